//! The clock thread with a test sink as its output.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::mpsc::channel;

use super::*;
use crate::{
    melody::{Melody, Note},
    playback::{
        message::{Event, Message},
        sequencer::Command,
        thread_messages::{ClockSender, clock_channel},
    },
};

mod allocations;

const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

/// A running clock thread, and the other ends of its channels.
struct ClockTest {
    epoch: Instant,
    clock: ClockSender,
    devices: Receiver<DeviceMessage>,
    playhead: Arc<PlayheadCell>,
    thread: std::thread::JoinHandle<()>,
}

impl ClockTest {
    fn start() -> Self {
        let epoch = Instant::now();
        let (clock, inbox) = clock_channel();
        let (devices, device_inbox) = channel();
        let playhead = Arc::new(PlayheadCell::default());
        let clock_thread = ClockThread {
            epoch,
            inbox,
            devices,
            playhead: Arc::clone(&playhead),
            sent_message_count: Arc::default(),
            input: Arc::default(),
            osc: Arc::default(),
            priority: Arc::default(),
        };
        Self {
            epoch,
            clock,
            devices: device_inbox,
            playhead,
            thread: std::thread::spawn(move || clock_thread.run()),
        }
    }

    /// Connects a test sink, and returns the receiver of its events.
    fn connect(&self, number: u64) -> Receiver<(Event, Instant)> {
        let (sender, received) = channel();
        let output = Output::TestSink(sender);
        let message = ClockMessage::Connect { output, number };
        self.clock.send(message);
        received
    }

    fn send(&self, command: Command) {
        self.clock.send(ClockMessage::Command(command));
    }

    fn play(&self, notes: &[Note]) {
        let melody = Arc::new(Melody::from_notes(notes, 32).unwrap());
        self.send(Command::Play { melody, tag: 1 });
    }

    /// Ends the thread, and returns its messages to the device thread.
    fn quit(self) -> Vec<DeviceMessage> {
        self.clock.send(ClockMessage::Quit);
        self.thread.join().unwrap();
        self.devices.try_iter().collect()
    }
}

const LONG_NOTE: Note = Note {
    pitch: 60,
    start: 0,
    end: 32,
};

#[test]
fn a_failure_of_the_old_output_leaves_the_new_one_alone() {
    let fixture = ClockTest::start();
    let old = fixture.connect(1);
    fixture.play(&[LONG_NOTE]);
    old.recv_timeout(WAIT_TIMEOUT).unwrap();
    // The old output fails while its note still sounds, and another one is connected.
    drop(old);
    let new = fixture.connect(2);
    fixture.send(Command::TestNote);
    new.recv_timeout(WAIT_TIMEOUT).unwrap();
    let failed = |message: &DeviceMessage| matches!(message, DeviceMessage::PortFailed { .. });
    assert!(!fixture.quit().iter().any(failed));
}

#[test]
fn after_a_panic_every_note_has_ended_and_the_thread_plays_on() {
    let fixture = ClockTest::start();
    let received = fixture.connect(1);
    fixture.play(&[LONG_NOTE]);
    let on = received.recv_timeout(WAIT_TIMEOUT).unwrap();
    assert!(
        matches!(on.0.message, Message::NoteOn { pitch: 60, .. }),
        "{on:?}"
    );
    fixture.clock.send(ClockMessage::Fault);
    let off = received.recv_timeout(WAIT_TIMEOUT).unwrap();
    assert!(
        matches!(off.0.message, Message::NoteOff { pitch: 60, .. }),
        "{off:?}"
    );
    let messages = std::iter::from_fn(|| fixture.devices.recv_timeout(WAIT_TIMEOUT).ok());
    let failure = messages.take(8).find_map(|message| match message {
        DeviceMessage::PortFailed { number, reason } => Some((number, reason)),
        _ => None,
    });
    let (number, reason) = failure.unwrap();
    assert!(number == 1 && reason.contains("a fault"), "{reason}");
    assert!(!fixture.playhead.read(Duration::ZERO).playing);

    let received = fixture.connect(2);
    fixture.send(Command::TestNote);
    received.recv_timeout(WAIT_TIMEOUT).unwrap();
    fixture.quit();
}

#[test]
fn notes_are_sent_on_their_deadlines_and_lateness_does_not_accumulate() {
    let fixture = ClockTest::start();
    let epoch = fixture.epoch;
    let notes: Vec<_> = (0..32)
        .map(|step| Note {
            pitch: 60,
            start: step,
            end: step + 1,
        })
        .collect();
    let received = fixture.connect(1);
    fixture.send(Command::Tempo(300.0));
    fixture.play(&notes);
    std::thread::sleep(Duration::from_millis(3_000));
    fixture.quit();
    // A busy machine sleeps longer than it was asked to.
    let due = (epoch.elapsed().as_secs_f64() * 20.0) as usize;

    let events: Vec<_> = received.try_iter().collect();
    let onsets: Vec<_> = events
        .iter()
        .filter(|(event, _)| matches!(event.message, Message::NoteOn { .. }))
        .collect();
    assert!(
        (40..=due + 1).contains(&onsets.len()),
        "{} onsets where {due} were due at twenty per second",
        onsets.len()
    );
    for (step, (event, _)) in onsets.iter().enumerate() {
        let ideal = onsets[0].0.time + Duration::from_millis(50) * u32::try_from(step).unwrap();
        assert!(
            event.time.abs_diff(ideal) < Duration::from_nanos(10),
            "the schedule itself is exact"
        );
    }
    let mut lateness: Vec<_> = onsets
        .iter()
        .map(|(event, sent)| sent.duration_since(epoch + event.time))
        .collect();
    lateness.sort();
    // On an idle machine it is a few microseconds; this leaves room for a busy one.
    let median = lateness[lateness.len() / 2];
    eprintln!("sent {median:?} late at the median");
    assert!(median < Duration::from_millis(100), "{lateness:?}");
    let ends = events
        .iter()
        .filter(|(event, _)| matches!(event.message, Message::NoteOff { .. }))
        .count();
    assert_eq!(
        ends,
        onsets.len(),
        "every note ends, the last one when the clock quits"
    );
}

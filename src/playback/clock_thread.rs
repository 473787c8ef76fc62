//! The clock thread: waits for deadlines and commands, and plays what is due.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    time::{Duration, Instant},
};

use super::{
    driver::SequencerDriver,
    followed_clock::FollowedClock,
    input::InputStatus,
    output::Output,
    playhead::PlayheadCell,
    thread_messages::{ClockMessage, DeviceMessage},
};
use crate::panics::catch_panic;

/// Time before a deadline that is spent in a busy loop: about the time that the system takes to wake a thread.
const SPIN_TIME: Duration = Duration::from_micros(150);
/// Time before a deadline at which the wait on the channel ends; short sleeps follow. Windows wakes a thread that waits on a
/// channel only at its tick of 15.6 ms.
const COARSE_TICK: Duration = if cfg!(windows) {
    Duration::from_millis(20)
} else {
    SPIN_TIME
};
const SHORT_SLEEP: Duration = Duration::from_millis(1);

/// The clock thread.
pub(super) struct ClockThread {
    /// Time zero of the player.
    pub epoch: Instant,
    /// Unbounded, because a command may neither wait nor be lost.
    pub inbox: Receiver<ClockMessage>,
    pub devices: Sender<DeviceMessage>,
    pub playhead: Arc<PlayheadCell>,
    /// Number of messages that left.
    pub activity: Arc<AtomicU64>,
    /// Whether the clock of the input is followed, and its tempo.
    pub input: Arc<InputStatus>,
}

impl ClockThread {
    /// Runs until it is told to quit; then every note ends and the output is sent back to the device thread.
    ///
    /// After a panic every note ends, nothing plays, and the output is connected again.
    pub fn run(self) {
        loop {
            let mut driver = SequencerDriver::new(Output::Silent);
            let mut connected = 0;
            let served = catch_panic(|| self.serve(&mut driver, &mut connected));
            // Also after a panic, so that no note keeps sounding.
            let finished = catch_panic(|| driver.finish(self.epoch.elapsed()));
            if let Ok(output) = finished {
                self.disconnect(output);
            }
            match served {
                Ok(()) => break,
                Err(panic) => {
                    let stopped = SequencerDriver::new(Output::Silent);
                    self.playhead.write(stopped.sequencer());
                    self.send_to_devices(DeviceMessage::PortFailed {
                        number: connected,
                        reason: format!("playing stopped unexpectedly ({panic})"),
                    });
                }
            }
        }
        self.send_to_devices(DeviceMessage::Quit);
    }

    /// Serves messages and deadlines until it is told to quit. `connected` is the number of the current output.
    fn serve(&self, driver: &mut SequencerDriver<Output>, connected: &mut u64) {
        let mut clock = FollowedClock::default();
        loop {
            let deadline = [driver.next_deadline(), clock.loss_deadline()];
            match self.next_message(deadline.into_iter().flatten().min()) {
                None => {
                    let now = self.epoch.elapsed();
                    driver.advance(now);
                    if let Some(tempo) = clock.detect_loss(driver, now) {
                        self.send_to_devices(DeviceMessage::ClockLost(tempo));
                    }
                }
                Some(ClockMessage::Command(command)) => {
                    clock.remember(&command);
                    driver.apply(self.epoch.elapsed(), command);
                }
                Some(ClockMessage::Signal { at, signal }) => {
                    clock.process_signal(driver, self.epoch.elapsed(), at, signal);
                }
                Some(ClockMessage::Connect { output, number }) => {
                    let old = driver.connect(self.epoch.elapsed(), output);
                    self.disconnect(old);
                    // A failure to end notes on the old output is no failure of the new one.
                    driver.take_failure();
                    *connected = number;
                }
                Some(ClockMessage::Patch(patch)) => driver.set_patch(self.epoch.elapsed(), patch),
                Some(ClockMessage::Quit) => break,
                #[cfg(test)]
                Some(ClockMessage::Fault) => panic!("a fault"),
            }
            if let Some(reason) = driver.take_failure() {
                let broken = driver.connect(self.epoch.elapsed(), Output::Silent);
                self.disconnect(broken);
                // A failure to end notes on the failed output is no further failure.
                driver.take_failure();
                self.send_to_devices(DeviceMessage::PortFailed {
                    number: *connected,
                    reason,
                });
            }
            if !self.input.follows_clock() {
                clock.stop(driver, self.epoch.elapsed());
            }
            self.input.set_tempo(clock.tempo());
            self.playhead.write(driver.sequencer());
            self.activity.store(driver.sent(), Ordering::Relaxed);
        }
    }

    /// The next message, or `None` if the deadline comes first.
    fn next_message(&self, deadline: Option<Duration>) -> Option<ClockMessage> {
        let Some(deadline) = deadline else {
            return Some(self.inbox.recv().unwrap_or(ClockMessage::Quit));
        };
        let coarse = deadline
            .saturating_sub(COARSE_TICK)
            .saturating_sub(self.epoch.elapsed());
        match self.inbox.recv_timeout(coarse) {
            Ok(message) => return Some(message),
            Err(RecvTimeoutError::Disconnected) => return Some(ClockMessage::Quit),
            Err(RecvTimeoutError::Timeout) => {}
        }
        loop {
            let left = deadline.saturating_sub(self.epoch.elapsed());
            if left.is_zero() {
                return None;
            }
            if left > SPIN_TIME {
                std::thread::sleep((left - SPIN_TIME).min(SHORT_SLEEP));
            } else {
                std::hint::spin_loop();
                continue;
            }
            match self.inbox.try_recv() {
                Ok(message) => return Some(message),
                Err(TryRecvError::Disconnected) => return Some(ClockMessage::Quit),
                Err(TryRecvError::Empty) => {}
            }
        }
    }

    /// Sends an output back to the device thread, which closes it, as that may take long.
    fn disconnect(&self, output: Output) {
        if !matches!(output, Output::Silent) {
            self.send_to_devices(DeviceMessage::Disconnected(output));
        }
    }

    fn send_to_devices(&self, message: DeviceMessage) {
        // Fails if the device thread has ended already, when the player is dropped.
        let _ = self.devices.send(message);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::mpsc::channel;

    use super::*;
    use crate::{
        melody::{Melody, Note},
        playback::{
            message::{Event, Message},
            sequencer::Command,
        },
    };

    const WAIT_TIMEOUT: Duration = Duration::from_secs(10);

    /// A running clock thread, and the other ends of its channels.
    struct ClockTest {
        epoch: Instant,
        clock: Sender<ClockMessage>,
        devices: Receiver<DeviceMessage>,
        playhead: Arc<PlayheadCell>,
        thread: std::thread::JoinHandle<()>,
    }

    impl ClockTest {
        fn start() -> Self {
            let epoch = Instant::now();
            let (clock, inbox) = channel();
            let (devices, device_inbox) = channel();
            let playhead = Arc::new(PlayheadCell::default());
            let clock_thread = ClockThread {
                epoch,
                inbox,
                devices,
                playhead: Arc::clone(&playhead),
                activity: Arc::default(),
                input: Arc::default(),
            };
            Self {
                epoch,
                clock,
                devices: device_inbox,
                playhead,
                thread: std::thread::spawn(move || clock_thread.run()),
            }
        }

        /// Connects a probe, and returns what it receives.
        fn connect(&self, number: u64) -> Receiver<(Event, Instant)> {
            let (sender, received) = channel();
            let output = Output::TestSink(sender);
            let message = ClockMessage::Connect { output, number };
            self.clock.send(message).unwrap();
            received
        }

        fn send(&self, command: Command) {
            self.clock.send(ClockMessage::Command(command)).unwrap();
        }

        fn play(&self, notes: &[Note]) {
            let melody = Arc::new(Melody::from_notes(notes, 32).unwrap());
            self.send(Command::Play { melody, tag: 1 });
        }

        /// Ends the thread, and returns its messages to the device thread.
        fn quit(self) -> Vec<DeviceMessage> {
            self.clock.send(ClockMessage::Quit).unwrap();
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
        fixture.clock.send(ClockMessage::Fault).unwrap();
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
    fn notes_leave_on_their_deadlines_and_lateness_does_not_add_up() {
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
            let ideal = onsets[0].0.at + Duration::from_millis(50) * u32::try_from(step).unwrap();
            assert!(
                event.at.abs_diff(ideal) < Duration::from_nanos(10),
                "the schedule itself is exact"
            );
        }
        let mut lateness: Vec<_> = onsets
            .iter()
            .map(|(event, sent)| sent.duration_since(epoch + event.at))
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
}

//! The clock thread: waits for deadlines and commands, and lets the conductor play.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    time::{Duration, Instant},
};

use super::{
    conductor::Conductor, devices::DeviceMessage, output::Output, playhead::PlayheadCell,
    sequencer::Command,
};
use crate::panics::catch_panic;

/// The last stretch before a deadline is spent awake: waking up takes the system about this long.
const SPIN: Duration = Duration::from_micros(150);
/// Windows wakes a waiting thread only at its 15.6 ms tick, so the wait on the channel ends before that and short exact
/// sleeps do the rest.
const COARSE_TICK: Duration = if cfg!(windows) {
    Duration::from_millis(20)
} else {
    SPIN
};
const SHORT_SLEEP: Duration = Duration::from_millis(1);

/// What the clock thread can be told.
#[derive(Debug)]
pub(super) enum ClockMessage {
    Command(Command),
    /// Play on this output from now on, and send the old one back. Failures of the output bear its number.
    Connect {
        /// The output.
        output: Output,
        /// Counts the outputs.
        number: u64,
    },
    Quit,
    /// Panic, as a fault would.
    #[cfg(test)]
    Fault,
}

/// What the clock thread works with.
pub(super) struct Clock {
    /// Time zero of the player.
    pub epoch: Instant,
    /// Unbounded, because a command may neither wait nor be lost; the thread empties it at every wake-up.
    pub inbox: Receiver<ClockMessage>,
    pub devices: Sender<DeviceMessage>,
    pub playhead: Arc<PlayheadCell>,
}

impl Clock {
    /// Runs until told to quit; then every note ends and the output goes back to the device thread.
    ///
    /// After a panic every note ends, nothing plays, and the output is connected anew.
    pub fn run(self) {
        loop {
            let mut conductor = Conductor::new(Output::Silent);
            let mut connected = 0;
            let served = catch_panic(|| self.serve(&mut conductor, &mut connected));
            // Also after a panic: notes that sound must end.
            let finished = catch_panic(|| conductor.finish(self.epoch.elapsed()));
            if let Ok(output) = finished {
                self.give_back(output);
            }
            match served {
                Ok(()) => break,
                Err(panic) => {
                    let stopped = Conductor::new(Output::Silent);
                    self.playhead.write(stopped.sequencer());
                    self.tell_devices(DeviceMessage::PortFailed {
                        number: connected,
                        reason: format!("playing stopped unexpectedly ({panic})"),
                    });
                }
            }
        }
        self.tell_devices(DeviceMessage::Quit);
    }

    /// Serves messages and deadlines until told to quit. `connected` is the number of the output in use.
    fn serve(&self, conductor: &mut Conductor<Output>, connected: &mut u64) {
        loop {
            match self.next_message(conductor.sequencer().next_deadline()) {
                None => conductor.advance(self.epoch.elapsed()),
                Some(ClockMessage::Command(command)) => {
                    conductor.apply(self.epoch.elapsed(), command)
                }
                Some(ClockMessage::Connect { output, number }) => {
                    let old = conductor.connect(self.epoch.elapsed(), output);
                    self.give_back(old);
                    // Notes that could not be ended on the old output are no failure of the new one.
                    conductor.take_failure();
                    *connected = number;
                }
                Some(ClockMessage::Quit) => break,
                #[cfg(test)]
                Some(ClockMessage::Fault) => panic!("a fault"),
            }
            if let Some(reason) = conductor.take_failure() {
                let broken = conductor.connect(self.epoch.elapsed(), Output::Silent);
                self.give_back(broken);
                // What could not be ended on a broken output is no further failure.
                conductor.take_failure();
                self.tell_devices(DeviceMessage::PortFailed {
                    number: *connected,
                    reason,
                });
            }
            self.playhead.write(conductor.sequencer());
        }
    }

    /// The next message, or `None` when the deadline has come first.
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
            if left > SPIN {
                std::thread::sleep((left - SPIN).min(SHORT_SLEEP));
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

    /// Devices are closed where they were opened: closing may take its time.
    fn give_back(&self, output: Output) {
        if !matches!(output, Output::Silent) {
            self.tell_devices(DeviceMessage::Retired(output));
        }
    }

    fn tell_devices(&self, message: DeviceMessage) {
        // The device thread may be gone already when the player is dropped; the message then drops what it carries.
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
        playback::message::{Event, Message},
    };

    /// A running clock, and the other ends of its channels.
    struct Bench {
        clock: Sender<ClockMessage>,
        devices: Receiver<DeviceMessage>,
        playhead: Arc<PlayheadCell>,
        thread: std::thread::JoinHandle<()>,
    }

    impl Bench {
        fn start() -> Self {
            let (clock, inbox) = channel();
            let (devices, device_inbox) = channel();
            let playhead = Arc::new(PlayheadCell::default());
            let ticking = Clock {
                epoch: Instant::now(),
                inbox,
                devices,
                playhead: Arc::clone(&playhead),
            };
            Self {
                clock,
                devices: device_inbox,
                playhead,
                thread: std::thread::spawn(move || ticking.run()),
            }
        }
    }

    /// One note of two bars.
    fn long_note() -> Arc<Melody> {
        let long = Note {
            pitch: 60,
            start: 0,
            end: 32,
        };
        Arc::new(Melody::from_notes(&[long], 32).unwrap())
    }

    fn connect(number: u64, probe: Sender<(Event, Instant)>) -> ClockMessage {
        ClockMessage::Connect {
            output: Output::Probe(probe),
            number,
        }
    }

    #[test]
    fn a_failure_of_the_old_output_leaves_the_new_one_alone() {
        let Bench {
            clock,
            devices,
            thread,
            ..
        } = Bench::start();
        let melody = long_note();
        let (old, old_heard) = channel();
        let (new, new_heard) = channel();
        clock.send(connect(1, old)).unwrap();
        clock
            .send(ClockMessage::Command(Command::Play { melody, tag: 1 }))
            .unwrap();
        old_heard.recv_timeout(Duration::from_secs(10)).unwrap();
        // The old output is gone while its note still sounds, and another one is chosen.
        drop(old_heard);
        clock.send(connect(2, new)).unwrap();
        clock
            .send(ClockMessage::Command(Command::TestNote))
            .unwrap();
        new_heard.recv_timeout(Duration::from_secs(10)).unwrap();
        clock.send(ClockMessage::Quit).unwrap();
        thread.join().unwrap();
        let failures = devices
            .try_iter()
            .filter(|message| matches!(message, DeviceMessage::PortFailed { .. }));
        assert_eq!(failures.count(), 0);
    }

    #[test]
    fn after_a_panic_every_note_has_ended_and_the_thread_plays_on() {
        let Bench {
            clock,
            devices,
            playhead,
            thread,
        } = Bench::start();
        let melody = long_note();
        let (probe, heard) = channel();
        clock.send(connect(1, probe)).unwrap();
        clock
            .send(ClockMessage::Command(Command::Play { melody, tag: 1 }))
            .unwrap();
        let wait = Duration::from_secs(10);
        let on = heard.recv_timeout(wait).unwrap();
        assert!(
            matches!(on.0.message, Message::NoteOn { pitch: 60, .. }),
            "{on:?}"
        );
        clock.send(ClockMessage::Fault).unwrap();
        let off = heard.recv_timeout(wait).unwrap();
        assert!(
            matches!(off.0.message, Message::NoteOff { pitch: 60, .. }),
            "{off:?}"
        );
        let told = std::iter::from_fn(|| devices.recv_timeout(wait).ok());
        let failure = told.take(8).find_map(|message| match message {
            DeviceMessage::PortFailed { number, reason } => Some((number, reason)),
            _ => None,
        });
        let (number, reason) = failure.unwrap();
        assert!(number == 1 && reason.contains("a fault"), "{reason}");
        assert!(!playhead.read(Duration::ZERO).playing);

        let (next, heard) = channel();
        clock.send(connect(2, next)).unwrap();
        clock
            .send(ClockMessage::Command(Command::TestNote))
            .unwrap();
        heard.recv_timeout(wait).unwrap();
        clock.send(ClockMessage::Quit).unwrap();
        thread.join().unwrap();
    }

    /// A running clock that plays a note on every 16th into a probe.
    #[test]
    fn notes_leave_on_their_deadlines_and_lateness_does_not_add_up() {
        let (clock, inbox) = channel();
        let (devices, _device_inbox) = channel();
        let (probe, heard) = channel();
        let epoch = Instant::now();
        let thread = std::thread::spawn({
            let playhead = Arc::new(PlayheadCell::default());
            move || {
                Clock {
                    epoch,
                    inbox,
                    devices,
                    playhead,
                }
                .run()
            }
        });
        let notes: Vec<_> = (0..32)
            .map(|step| Note {
                pitch: 60,
                start: step,
                end: step + 1,
            })
            .collect();
        let melody = Arc::new(Melody::from_notes(&notes, 32).unwrap());
        clock
            .send(ClockMessage::Connect {
                output: Output::Probe(probe),
                number: 1,
            })
            .unwrap();
        clock
            .send(ClockMessage::Command(Command::Tempo(300.0)))
            .unwrap();
        clock
            .send(ClockMessage::Command(Command::Play { melody, tag: 1 }))
            .unwrap();
        std::thread::sleep(Duration::from_millis(3_000));
        clock.send(ClockMessage::Quit).unwrap();
        thread.join().unwrap();
        // A busy machine sleeps longer than it was asked to.
        let due = (epoch.elapsed().as_secs_f64() * 20.0) as usize;

        let heard: Vec<_> = heard.try_iter().collect();
        let onsets: Vec<_> = heard
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
        let ends = heard
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

//! A sequencer and the one output it plays on: what the clock thread does, without the thread.

use std::time::Duration;

use super::{
    message::{Event, Message, Sink, VELOCITY},
    sequencer::{Command, Sequencer},
};

/// Plays a [`Sequencer`] on a [`Sink`]. Notes always end on the output they began on.
#[derive(Debug)]
pub(super) struct Conductor<S> {
    sequencer: Sequencer,
    sink: S,
    /// Events on their way; kept to save allocations.
    events: Vec<Event>,
    /// Why the output stopped taking events.
    failure: Option<String>,
}

impl<S: Sink> Conductor<S> {
    pub fn new(sink: S) -> Self {
        Self {
            sequencer: Sequencer::default(),
            sink,
            events: Vec::with_capacity(64),
            failure: None,
        }
    }

    pub fn sequencer(&self) -> &Sequencer {
        &self.sequencer
    }

    /// Plays everything that is due at `now`.
    pub fn advance(&mut self, now: Duration) {
        self.sequencer.advance(now, &mut self.events);
        self.deliver();
    }

    /// Carries out a command at `now`.
    pub fn apply(&mut self, now: Duration, command: Command) {
        self.sequencer.apply(now, command, &mut self.events);
        self.deliver();
    }

    /// Moves to another output and returns the old one. What sounds ends there and begins anew here, so that a note started
    /// while a device was still opening is heard.
    pub fn connect(&mut self, now: Duration, sink: S) -> S {
        self.advance(now);
        let mut old = std::mem::replace(&mut self.sink, sink);
        self.failure = None;
        for pitch in self.sequencer.sounding().pitches() {
            // An output that is left because it failed may fail here too.
            let _ = old.send(Event {
                at: now,
                message: Message::NoteOff { pitch },
            });
            self.events.push(Event {
                at: now,
                message: Message::NoteOn {
                    pitch,
                    velocity: VELOCITY,
                },
            });
        }
        self.deliver();
        old
    }

    /// Stops, ends every note and gives the output back.
    pub fn finish(mut self, now: Duration) -> S {
        self.apply(now, Command::Stop);
        self.sink
    }

    /// Why the output failed, once per failure.
    pub fn take_failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    fn deliver(&mut self) {
        for event in self.events.drain(..) {
            // After a failure the rest is still tried: a note-off that arrives is worth it.
            if let Err(reason) = self.sink.send(event) {
                self.failure.get_or_insert(reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::melody::{Melody, Note};

    /// An output that writes down what it is told, and may be broken.
    #[derive(Debug, Default)]
    struct Recorder {
        heard: Vec<Message>,
        broken: bool,
    }

    impl Sink for Recorder {
        fn send(&mut self, event: Event) -> Result<(), String> {
            if self.broken {
                return Err("unplugged".to_owned());
            }
            self.heard.push(event.message);
            Ok(())
        }
    }

    impl Recorder {
        /// The pitches that sound, or `None` if a note ended before it began or began twice.
        fn left_sounding(&self) -> Option<Vec<u8>> {
            let mut sounding = Vec::new();
            for message in &self.heard {
                match *message {
                    Message::NoteOn { pitch, .. } if sounding.contains(&pitch) => return None,
                    Message::NoteOn { pitch, .. } => sounding.push(pitch),
                    Message::NoteOff { pitch } => {
                        let place = sounding.iter().position(|&other| other == pitch)?;
                        sounding.swap_remove(place);
                    }
                    Message::Panic => {}
                }
            }
            Some(sounding)
        }
    }

    fn scale() -> Command {
        let notes: Vec<_> = (0..16)
            .map(|k| Note {
                pitch: 60 + k as u8,
                start: k * 2,
                end: k * 2 + 2,
            })
            .collect();
        Command::Play {
            melody: Arc::new(Melody::from_notes(&notes, 32).unwrap()),
            tag: 1,
        }
    }

    fn playing() -> Conductor<Recorder> {
        let mut conductor = Conductor::new(Recorder::default());
        conductor.apply(Duration::ZERO, scale());
        conductor
    }

    #[test]
    fn a_sounding_note_moves_to_the_new_output_and_ends_on_the_old_one() {
        let mut conductor = playing();
        let first = conductor.connect(Duration::from_millis(100), Recorder::default());
        assert_eq!(first.left_sounding(), Some(vec![]));
        assert_eq!(conductor.sink.left_sounding(), Some(vec![60]));
        conductor.advance(Duration::from_millis(250));
        assert_eq!(conductor.sink.left_sounding(), Some(vec![61]));
        assert_eq!(
            conductor.finish(Duration::from_millis(300)).left_sounding(),
            Some(vec![])
        );
    }

    #[test]
    fn leaving_ends_every_note() {
        let sink = playing().finish(Duration::from_millis(10));
        assert_eq!(sink.heard.len(), 2);
        assert_eq!(sink.left_sounding(), Some(vec![]));
    }

    #[test]
    fn a_broken_output_is_reported_once_and_the_music_goes_on() {
        let mut conductor = playing();
        conductor.sink.broken = true;
        conductor.advance(Duration::from_millis(250));
        assert_eq!(conductor.take_failure().as_deref(), Some("unplugged"));
        assert_eq!(conductor.take_failure(), None);
        conductor.connect(Duration::from_millis(260), Recorder::default());
        conductor.advance(Duration::from_millis(500));
        assert_eq!(
            conductor.sink.left_sounding(),
            Some(vec![62]),
            "the next note sounds on the new output"
        );
    }

    #[derive(Clone, Debug)]
    enum Act {
        Wait(u64),
        Do(Command),
        Connect,
    }

    fn any_act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => (0_u64..400).prop_map(Act::Wait),
            2 => Just(Act::Do(scale())),
            1 => prop::sample::select(vec![Command::Stop, Command::Panic, Command::TestNote, Command::Tempo(77.0)]).prop_map(Act::Do),
            2 => Just(Act::Connect),
        ]
    }

    proptest! {
        #[test]
        fn however_outputs_change_none_is_left_with_a_note(acts in prop::collection::vec(any_act(), 0..50)) {
            let mut conductor = Conductor::new(Recorder::default());
            let mut now = Duration::ZERO;
            let mut left = Vec::new();
            for act in acts {
                match act {
                    Act::Wait(ms) => {
                        now += Duration::from_millis(ms);
                        conductor.advance(now);
                    }
                    Act::Do(command) => conductor.apply(now, command),
                    Act::Connect => left.push(conductor.connect(now, Recorder::default())),
                }
            }
            left.push(conductor.finish(now));
            for output in left {
                prop_assert_eq!(output.left_sounding(), Some(vec![]), "{:?}", output.heard);
            }
        }
    }
}

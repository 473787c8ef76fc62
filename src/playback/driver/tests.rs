//! The messages that outputs receive, also when outputs change and fail.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    melody::{Backing, Feel, Melody, Note},
    playback::{sequencer::MetronomeAndClock, testing::any_setting},
};

/// An output that records its messages, and may be broken.
#[derive(Debug, Default)]
struct Recorder {
    messages: Vec<Message>,
    is_broken: bool,
}

impl Sink for Recorder {
    fn send(&mut self, event: Event) -> Result<(), String> {
        if self.is_broken {
            return Err("unplugged".to_owned());
        }
        self.messages.push(event.message);
        Ok(())
    }
}

/// A click in the lists of sounding pitches.
const CLICK: u16 = 200;
/// A running clock in the lists of sounding pitches.
const CLOCK: u16 = 201;
/// The first channel's lowest chord note in the lists of sounding pitches.
const CHORD: u16 = 1_000;

impl Recorder {
    /// The sounding pitches, or `None` if one ended before it started or started twice.
    fn active_pitches(&self) -> Option<Vec<u16>> {
        let mut active = Vec::new();
        for message in &self.messages {
            let (started, ended) = match *message {
                Message::NoteOn { pitch, .. } => (Some(pitch.into()), None),
                Message::NoteOff { pitch } => (None, Some(pitch.into())),
                Message::ClickOn { accent } => (Some(CLICK + 10 * u16::from(accent)), None),
                Message::ClickOff { accent } => (None, Some(CLICK + 10 * u16::from(accent))),
                Message::ChordOn { channel, pitch, .. } => (Some(chord_id(channel, pitch)), None),
                Message::ChordOff { channel, pitch } => (None, Some(chord_id(channel, pitch))),
                Message::Start | Message::Continue => (Some(CLOCK), None),
                Message::Stop => (None, Some(CLOCK)),
                _ => continue,
            };
            if let Some(pitch) = started {
                if active.contains(&pitch) {
                    return None;
                }
                active.push(pitch);
            }
            if let Some(pitch) = ended {
                let index = active.iter().position(|&other| other == pitch)?;
                active.swap_remove(index);
            }
        }
        Some(active)
    }
}

fn chord_id(channel: u8, pitch: u8) -> u16 {
    CHORD + 128 * u16::from(channel) + u16::from(pitch)
}

fn set_chords(text: &str, channel: u8) -> Command {
    Command::Chords(Some(Arc::new(Backing {
        progression: text.parse().unwrap(),
        velocity: 50,
        channel,
    })))
}

fn play_scale() -> Command {
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

fn playing_driver() -> SequencerDriver<Recorder> {
    let mut driver = SequencerDriver::new(Recorder::default());
    driver.apply(Duration::ZERO, play_scale());
    driver
}

#[test]
fn a_sounding_note_moves_to_the_new_output_and_ends_on_the_old_one() {
    let mut driver = playing_driver();
    let old_output = driver.connect(Duration::from_millis(100), Recorder::default());
    assert_eq!(old_output.active_pitches(), Some(vec![]));
    assert_eq!(driver.sink.active_pitches(), Some(vec![60]));
    driver.advance(Duration::from_millis(250));
    assert_eq!(driver.sink.active_pitches(), Some(vec![61]));
    assert_eq!(
        driver.finish(Duration::from_millis(300)).active_pitches(),
        Some(vec![])
    );
}

#[test]
fn finishing_ends_every_note() {
    let sink = playing_driver().finish(Duration::from_millis(10));
    assert_eq!(sink.messages.len(), 2);
    assert_eq!(sink.active_pitches(), Some(vec![]));
}

#[test]
fn a_broken_output_is_reported_once_and_the_music_goes_on() {
    let mut driver = playing_driver();
    driver.sink.is_broken = true;
    driver.advance(Duration::from_millis(250));
    assert_eq!(driver.take_failure().as_deref(), Some("unplugged"));
    assert_eq!(driver.take_failure(), None);
    driver.connect(Duration::from_millis(260), Recorder::default());
    driver.advance(Duration::from_millis(500));
    assert_eq!(
        driver.sink.active_pitches(),
        Some(vec![62]),
        "the next note sounds on the new output"
    );
}

#[test]
fn a_click_ends_on_its_output_and_a_clock_starts_again_on_the_new_one() {
    let mut driver = SequencerDriver::new(Recorder::default());
    let options = MetronomeAndClock {
        metronome: true,
        clock_out: true,
        ..MetronomeAndClock::default()
    };
    driver.apply(Duration::ZERO, Command::MetronomeAndClock(options));
    driver.apply(Duration::ZERO, play_scale());
    assert_eq!(
        driver.sink.active_pitches(),
        Some(vec![CLOCK, CLICK + 10, 60])
    );
    let old_output = driver.connect(Duration::from_millis(10), Recorder::default());
    assert_eq!(old_output.active_pitches(), Some(vec![]));
    driver.advance(Duration::from_millis(130));
    assert_eq!(
        driver
            .sink
            .messages
            .iter()
            .find(|message| matches!(message, Message::SongPosition(_))),
        Some(&Message::SongPosition(1)),
        "a sixteenth later"
    );
    let new_output = driver.finish(Duration::from_millis(140));
    assert_eq!(new_output.active_pitches(), Some(vec![]));
}

#[test]
fn a_note_that_moves_to_another_output_keeps_its_velocity() {
    let mut driver = SequencerDriver::new(Recorder::default());
    let feel = Feel {
        velocity: 33,
        ..Feel::default()
    };
    driver.apply(Duration::ZERO, Command::Feel(feel));
    driver.apply(Duration::ZERO, play_scale());
    driver.connect(Duration::from_millis(10), Recorder::default());
    assert!(matches!(
        driver.sink.messages[..],
        [Message::NoteOn {
            pitch: 60,
            velocity: 33
        }]
    ));
}

#[test]
fn a_chord_moves_to_the_new_output_and_ends_with_the_melody() {
    let mut driver = SequencerDriver::new(Recorder::default());
    driver.apply(Duration::ZERO, set_chords("Am F", 2));
    driver.apply(Duration::ZERO, play_scale());
    let am = [45, 57, 60, 64].map(|pitch| chord_id(1, pitch));
    let chord_pitches = |driver: &SequencerDriver<Recorder>| {
        let mut pitches = driver.sink.active_pitches().unwrap();
        pitches.retain(|&pitch| pitch >= CHORD);
        pitches.sort_unstable();
        pitches
    };
    assert_eq!(chord_pitches(&driver), am);
    let old_output = driver.connect(Duration::from_millis(10), Recorder::default());
    assert_eq!(old_output.active_pitches(), Some(vec![]));
    assert_eq!(chord_pitches(&driver), am);
    for sixteenth in 1..=16 {
        driver.advance(Duration::from_millis(125 * sixteenth + 10));
    }
    assert_eq!(
        chord_pitches(&driver),
        [41, 53, 57, 60].map(|pitch| chord_id(1, pitch))
    );
    driver.apply(Duration::from_millis(2_020), set_chords("C", 3));
    assert_eq!(chord_pitches(&driver), [0_u16; 0]);
    driver.advance(Duration::from_millis(2_130));
    assert_eq!(
        chord_pitches(&driver),
        [36, 55, 60, 64].map(|pitch| chord_id(2, pitch))
    );
    let new_output = driver.finish(Duration::from_millis(2_200));
    assert_eq!(new_output.active_pitches(), Some(vec![]));
}

#[derive(Clone, Debug)]
enum TestAction {
    /// Moves the clock on by milliseconds.
    AdvanceMs(u64),
    Apply(Command),
    Offset(i32),
    Connect,
}

fn any_action() -> impl Strategy<Value = TestAction> {
    let simple_commands = [
        Command::Stop,
        Command::Panic,
        Command::TestNote,
        Command::FinishBar,
    ];
    prop_oneof![
        8 => (0_u64..400).prop_map(TestAction::AdvanceMs),
        4 => Just(TestAction::Apply(play_scale())),
        2 => prop::sample::select(simple_commands.to_vec()).prop_map(TestAction::Apply),
        10 => any_setting().prop_map(TestAction::Apply),
        1 => (1_u8..=4).prop_map(|channel| TestAction::Apply(set_chords("Am F | % NC G7 | C/E", channel))),
        1 => Just(TestAction::Apply(Command::Chords(None))),
        3 => Just(TestAction::Connect),
        2 => (-300..300).prop_map(TestAction::Offset),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    /// 256 times about 400 actions: a hundred thousand.
    #[test]
    fn no_output_keeps_a_sounding_note_after_any_changes(actions in prop::collection::vec(any_action(), 300..500)) {
        let mut driver = SequencerDriver::new(Recorder::default());
        let mut now = Duration::ZERO;
        let mut old_outputs = Vec::new();
        for action in actions {
            match action {
                TestAction::AdvanceMs(ms) => {
                    now += Duration::from_millis(ms);
                    driver.advance(now);
                }
                TestAction::Apply(command) => driver.apply(now, command),
                TestAction::Offset(milliseconds) => driver.set_offset(now, milliseconds),
                TestAction::Connect => old_outputs.push(driver.connect(now, Recorder::default())),
            }
        }
        old_outputs.push(driver.finish(now));
        for output in old_outputs {
            prop_assert_eq!(output.active_pitches(), Some(vec![]), "{:?}", output.messages);
        }
    }
}

//! Helpers of tests: any command that changes how melodies are played, and a sink that records onsets.

use std::time::Duration;

use proptest::prelude::*;

use super::input::ClockEstimate;
use super::message::{Event, Message, Sink};
use super::sequencer::{Command, LaunchQuantization, MetronomeAndClock};
use crate::melody::testing::any_feel;

/// Records the onsets: pitch and time in seconds.
#[derive(Default)]
pub(super) struct OnsetRecorder(pub(super) Vec<(u8, f64)>);

impl Sink for OnsetRecorder {
    fn send(&mut self, event: Event) -> Result<(), String> {
        if let Message::NoteOn { pitch, .. } = event.message {
            self.0.push((pitch, event.time.as_secs_f64()));
        }
        Ok(())
    }
}

/// Any change of a setting, or a followed clock near the present, far from it, or lost.
pub(super) fn any_setting() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => (10.0..400.0_f64).prop_map(Command::Tempo),
        1 => any::<bool>().prop_map(Command::Looping),
        2 => any_feel().prop_map(Command::Feel),
        2 => any_metronome_and_clock(),
        1 => prop::sample::select(LaunchQuantization::ALL.to_vec()).prop_map(Command::LaunchQuantization),
        2 => any_clock(),
    ]
}

fn any_metronome_and_clock() -> impl Strategy<Value = Command> {
    any::<(bool, bool, bool)>().prop_map(|(metronome, count_in, clock_out)| {
        Command::MetronomeAndClock(MetronomeAndClock {
            metronome,
            count_in,
            clock_out,
        })
    })
}

fn any_clock() -> impl Strategy<Value = Command> {
    let clock = (
        20.0..300.0_f64,
        0_u64..60_000,
        prop::option::of(0.0..500.0_f64),
    );
    prop::option::of(clock).prop_map(|clock| {
        Command::Follow(clock.map(|(tempo, milliseconds, step)| ClockEstimate {
            tempo,
            time: Duration::from_millis(milliseconds),
            step,
        }))
    })
}

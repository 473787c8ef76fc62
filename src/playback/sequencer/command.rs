//! Commands to the sequencer, and their settings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::melody::{Backing, Feel, Melody, STEPS_PER_BAR, STEPS_PER_QUARTER};
use crate::playback::input::ClockEstimate;

/// Tempo until another is set, in quarter notes per minute.
pub const DEFAULT_TEMPO: f64 = 120.0;
/// Minimum tempo.
pub const MIN_TEMPO: f64 = 20.0;
/// Maximum tempo.
pub const MAX_TEMPO: f64 = 300.0;

/// A command to the sequencer.
#[derive(Clone, Debug)]
pub enum Command {
    /// Play a melody: at once from its first step when nothing plays, else from the next boundary of [`LaunchQuantization`].
    ///
    /// In a loop the new melody goes on at the step where the old one was. Without looping it starts from its first step.
    Play {
        /// The melody.
        melody: Arc<Melody>,
        /// An identifier, returned with the playhead.
        tag: u64,
    },
    /// Play a long melody from a step inside it: see [`StartPosition`].
    PlayFrom {
        /// The melody.
        melody: Arc<Melody>,
        /// An identifier, returned with the playhead.
        tag: u64,
        /// Where it starts, and whether it ends.
        start: StartPosition,
    },
    /// Stop, and end every note.
    Stop,
    /// Stop at the next bar line, unless another melody is played before.
    FinishBar,
    /// Set the tempo in quarter notes per minute; the position stays.
    Tempo(f64),
    /// Whether a melody repeats at its end, or stops there.
    Looping(bool),
    /// How melodies are played, from the next note on.
    Feel(Feel),
    /// Chords under the melodies, from the next step on; `None` for none.
    Chords(Option<Arc<Backing>>),
    /// When a melody replaces the one that plays.
    LaunchQuantization(LaunchQuantization),
    /// Metronome, count-in and MIDI clock.
    MetronomeAndClock(MetronomeAndClock),
    /// Follow tempo and position of a clock; `None` stops following, and the loop goes on.
    Follow(Option<ClockEstimate>),
    /// Play a note of half a second, also while a melody plays.
    TestNote,
    /// Stop, and silence the output.
    Panic,
}

/// Where a melody starts that is entered inside, such as a piece of many short melodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartPosition {
    /// First step if nothing plays, or without looping.
    pub step: usize,
    /// In a loop, the step to which the current position is added.
    pub loop_offset: usize,
    /// In a loop, the current position is taken modulo this number of steps; 0 for the length of the melody.
    pub loop_length: usize,
    /// Whether it is played once, also in a loop.
    pub play_once: bool,
}

impl StartPosition {
    /// The step at which the melody continues in a loop when the previous one was at `index`, or at its end.
    pub(super) fn step_in_loop(self, index: Option<usize>, steps: usize) -> usize {
        let length = if self.loop_length == 0 {
            steps
        } else {
            self.loop_length
        };
        (self.loop_offset + index.map_or(0, |index| index % length)) % steps
    }
}

/// When a melody replaces the one that plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaunchQuantization {
    /// At once, inside the step that plays.
    Now,
    /// At the next sixteenth.
    #[default]
    Sixteenth,
    /// At the next beat.
    Beat,
    /// At the next bar line.
    Bar,
    /// At the end of the melody that plays.
    LoopEnd,
}

impl LaunchQuantization {
    /// All of them, soonest first.
    pub const ALL: [Self; 5] = [
        Self::Now,
        Self::Sixteenth,
        Self::Beat,
        Self::Bar,
        Self::LoopEnd,
    ];

    /// Whether a melody may take over at this step of the one that plays, which may be any but its end.
    pub(super) fn allows(self, index: i64) -> bool {
        let grid = match self {
            Self::Now | Self::Sixteenth => 1,
            Self::Beat => STEPS_PER_QUARTER,
            Self::Bar => STEPS_PER_BAR,
            Self::LoopEnd => return false,
        };
        index % grid as i64 == 0
    }
}

/// Metronome, count-in and MIDI clock, all off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct MetronomeAndClock {
    /// A click on each beat.
    pub metronome: bool,
    /// A bar of clicks before a melody, if nothing plays yet.
    pub count_in: bool,
    /// MIDI clock, start, stop and song position.
    pub clock_out: bool,
}

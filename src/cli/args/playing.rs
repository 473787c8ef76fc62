//! Arguments of the commands that play: `play`, `render` and `ports`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

#[cfg(feature = "sound")]
use super::shared::JsonArgs;
#[cfg(feature = "sound")]
use crate::melody::DEFAULT_CHORD_CHANNEL;
use crate::melody::{Backing, DEFAULT_CHORD_VELOCITY, Feel, Progression, Scale};
use crate::playback::Instrument;
#[cfg(feature = "sound")]
use crate::playback::MAX_OFFSET_MS;

/// Arguments of `tunescape ports`.
#[cfg(feature = "sound")]
#[derive(Clone, Debug, Args)]
pub struct PortsArgs {
    /// Form of the list.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `tunescape play`.
#[cfg(feature = "sound")]
#[derive(Clone, Debug, Args)]
pub struct PlayArgs {
    /// MIDI files, played one after another: of each the track most like a tune, on the sixteenth grid.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// MIDI port to play on, as `tunescape ports` lists it: its name, or a part that no other name has.
    #[arg(long, value_name = "NAME", group = "output")]
    pub port: Option<String>,
    /// Play on the built-in synth and the system's sound device; so it is if no output is named.
    #[arg(long, group = "output")]
    pub synth: bool,
    /// The sound of the built-in synth.
    #[command(flatten)]
    pub sound: SoundArgs,
    /// Frames per block of the sound device, where the system lets it be chosen (Linux), 64 to 4096; grows when the machine is too
    /// busy.
    #[arg(long, value_name = "FRAMES", value_parser = clap::value_parser!(u32).range(64..=4_096), conflicts_with_all = ["port", "silent"])]
    pub buffer: Option<u32>,
    /// Keep the time without an output.
    #[arg(long, group = "output")]
    pub silent: bool,
    /// Times that each file is played; 0 plays the first file until Ctrl+C.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub loops: u32,
    /// Quarter notes per minute, 20 to 300; the file's own if left out.
    #[arg(long, value_name = "BPM", value_parser = parse_tempo)]
    pub tempo: Option<f64>,
    /// What is played of the files.
    #[command(flatten)]
    pub tune: TuneArgs,
    /// Milliseconds by which the notes come later than the MIDI clock, or earlier below 0: -250 to 250.
    #[arg(long, value_name = "MS", default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(-i64::from(MAX_OFFSET_MS)..=i64::from(MAX_OFFSET_MS)))]
    pub offset: i32,
    /// Send MIDI clock, start and stop to the port.
    #[arg(long, requires = "port", conflicts_with_all = ["synth", "silent"])]
    pub clock: bool,
    /// MIDI channel of the notes, 1 to 16.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16), requires = "port", conflicts_with_all = ["synth", "silent"])]
    pub channel: u8,
    /// MIDI channel of the chords, 1 to 16.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_CHORD_CHANNEL, value_parser = clap::value_parser!(u8).range(1..=16), requires_all = ["chords", "port"], conflicts_with_all = ["synth", "silent"])]
    pub chord_channel: u8,
    /// Program that the port is told to play, 1 to 128; the port's own if left out.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=128), requires = "port", conflicts_with_all = ["synth", "silent"])]
    pub program: Option<u8>,
    /// Bank of the program, 0 to 16383: 128 times controller 0, plus controller 32.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=16_383), requires = "program")]
    pub bank: Option<u16>,
}

/// Arguments of `tunescape render`.
#[derive(Clone, Debug, Args)]
pub struct RenderArgs {
    /// MIDI files, rendered one after another: of each the track most like a tune, on the sixteenth grid.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// File to write, by its ending: .wav or none, .flac (both stereo, 24 bits), or .musicxml for the notes as a score.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The sound.
    #[command(flatten)]
    pub sound: SoundArgs,
    /// Times that each file is played.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub loops: u32,
    /// Quarter notes per minute, 20 to 300; the file's own if left out (of several, the first one's).
    #[arg(long, value_name = "BPM", value_parser = parse_tempo)]
    pub tempo: Option<f64>,
    /// What is played of the files.
    #[command(flatten)]
    pub tune: TuneArgs,
    /// Sample rate, Hz.
    #[arg(long, value_name = "HZ", default_value_t = 48_000, value_parser = clap::value_parser!(u32).range(16_000..=192_000))]
    pub rate: u32,
    /// End with the last loop, for a sampler that repeats it, instead of with the reverberation.
    #[arg(long)]
    pub no_tail: bool,
    /// Write over files of the same names, and into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

/// What is played of MIDI files, and how.
#[derive(Clone, Debug, Args)]
pub struct TuneArgs {
    /// Which track of each file, as `tunescape encode FILE` lists them; the one most like a tune if left out.
    #[arg(long, value_name = "N")]
    pub track: Option<usize>,
    /// Swing of the sixteenths: the percentage of each pair at which its second note comes, 50 to 75; 67 is the triplet.
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(50..=75))]
    pub swing: u8,
    /// Move notes outside a scale to its nearest note, such as "D dorian"; this changes the melody.
    #[arg(long, value_name = "SCALE")]
    pub snap: Option<Scale>,
    /// Chords under the melodies, one for each bar, such as "Am F C G"; with | between bars a bar can have several.
    #[arg(long, value_name = "PROGRESSION")]
    pub chords: Option<Progression>,
    /// Velocity of the chords, 1 to 127.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_CHORD_VELOCITY, value_parser = clap::value_parser!(u8).range(1..=127), requires = "chords")]
    pub chord_velocity: u8,
}

impl TuneArgs {
    /// The chords under the melodies, on this MIDI channel.
    pub fn backing(&self, channel: u8) -> Option<Arc<Backing>> {
        let progression = self.chords.clone()?;
        Some(Arc::new(Backing {
            progression,
            velocity: self.chord_velocity,
            channel,
        }))
    }

    /// How the melodies are played.
    pub fn feel(&self) -> Feel {
        Feel {
            snap: self.snap,
            ..Feel::with_swing_ratio(self.swing)
        }
    }
}

/// The sound of the built-in synth.
#[derive(Clone, Debug, Args)]
pub struct SoundArgs {
    /// Instrument of the synth; the first if left out.
    #[arg(long, value_enum, conflicts_with = "soundfont")]
    pub instrument: Option<Instrument>,
    /// SoundFont (.sf2) to play with.
    #[arg(long, value_name = "FILE")]
    pub soundfont: Option<PathBuf>,
    /// Preset of the SoundFont: its name, a part that no other name has, or its program from 1; the first if left out.
    #[arg(
        long = "sound-preset",
        alias = "preset",
        value_name = "NAME",
        requires = "soundfont"
    )]
    pub preset: Option<String>,
}

fn parse_tempo(text: &str) -> Result<f64, String> {
    use crate::playback::{MAX_TEMPO, MIN_TEMPO};
    let range = MIN_TEMPO..=MAX_TEMPO;
    text.parse()
        .ok()
        .filter(|tempo| range.contains(tempo))
        .ok_or_else(|| format!("choose {MIN_TEMPO} to {MAX_TEMPO}"))
}

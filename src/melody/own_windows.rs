//! What a model can encode of somebody's own song: a part of it, on the grid, in windows of the model's length.
//!
//! Unlike the windows that models learn from, these keep everything that has a note: it is the user who chooses.

use std::path::{Path, PathBuf};

use super::bars::bar_runs;
use super::melody_type::{Melody, Note};
use super::midi_read::MidiSong;
use super::parts::{SongPart, song_parts};
use super::timing::{FINE, Timing};
use super::tokens::{HIGHEST_PITCH, LOWEST_PITCH, STEPS_PER_BAR, Tokens};
use super::voice::{GridNote, highest_voice};
use super::windows::{WindowOptions, cut};

/// Windows of one part at most; what follows is left out and said to be. Half an hour of two-bar windows.
pub const MOST_WINDOWS: usize = 1_024;

/// A song of which nothing can be encoded, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnMelodyError {
    /// There is no note in it.
    #[error("{} holds no notes; choose a file with a melody in it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// All its notes are drums.
    #[error("{} holds only drums (MIDI channel 10), which have no pitch; choose a file with a melody in it", path.display())]
    OnlyDrums {
        /// The file.
        path: PathBuf,
    },
}

/// One window of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnWindow {
    /// First bar, counted from 0 from the start of the song in bars of four quarters.
    pub bar: u64,
    /// The melody, of the model's length.
    pub melody: Melody,
}

/// How the bars of a song fit to the model's, which have four quarters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metre {
    /// In 4/4, 2/2 or 2/4: windows start on bar lines.
    Fits,
    /// In this metre where the part plays; windows count four quarters on from the start instead.
    Other(u8, u8),
}

/// The windows of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnWindows {
    /// In time order, one from each bar on that has notes; at most [`MOST_WINDOWS`].
    pub windows: Vec<OwnWindow>,
    /// How many there are in all.
    pub total: usize,
    /// How it is played, and what was straightened.
    pub timing: Timing,
    /// How its bars fit.
    pub metre: Metre,
    /// Notes that a piano does not have, and that were left out.
    pub outside_piano: usize,
}

impl OwnWindows {
    /// Everything about these windows that a person should know, as sentences.
    #[must_use]
    pub fn notes_to_user(&self) -> Vec<String> {
        let mut told = Vec::new();
        told.extend(self.timing.sentence());
        if let Metre::Other(numerator, denominator) = self.metre {
            told.push(format!(
                "it is in {numerator}/{denominator}, and the model knows bars of four quarters: windows are cut every four quarters"
            ));
        }
        if self.outside_piano > 0 {
            told.push(format!(
                "{} notes outside the piano's 88 keys are left out",
                self.outside_piano
            ));
        }
        if self.total > self.windows.len() {
            told.push(format!(
                "it is long: of {} windows the first {} are listed",
                self.total,
                self.windows.len()
            ));
        }
        told
    }
}

/// The parts of a song that can be encoded: those with notes that are no drums.
///
/// # Errors
/// [`OwnMelodyError`] if there is none.
pub fn own_parts(song: &MidiSong, path: &Path) -> Result<Vec<SongPart>, OwnMelodyError> {
    let path = path.to_owned();
    let mut parts = song_parts(song);
    if parts.is_empty() {
        return Err(OwnMelodyError::Empty { path });
    }
    parts.retain(|part| !part.is_drums());
    if parts.is_empty() {
        return Err(OwnMelodyError::OnlyDrums { path });
    }
    Ok(parts)
}

/// The windows of `steps` steps of a part: its highest voice on the nearest sixteenths, swing and delay straightened.
///
/// Musical time counts, so changes of tempo do not matter. A window starts on each bar that has a note within reach;
/// one that reaches past the end of the song, or into another metre, is filled up with silence. A note that sounds into
/// a window from before is not in it, and one that lasts past its end is cut.
#[must_use]
pub fn own_windows(song: &MidiSong, part: &SongPart, steps: usize) -> OwnWindows {
    let timing = Timing::measure(&part.notes, song.ticks_per_quarter);
    let straightened = timing.is_straightened();
    let (notes, resolution) = if straightened {
        (timing.straighten(&part.notes, song.ticks_per_quarter), FINE)
    } else {
        (part.notes.clone(), song.ticks_per_quarter)
    };
    let scaled = |tick: u64| {
        if straightened {
            let beats = tick as f64 / f64::from(song.ticks_per_quarter);
            (beats * f64::from(FINE)).round() as u64
        } else {
            tick
        }
    };
    let keys = LOWEST_PITCH..=HIGHEST_PITCH;
    let outside_piano = notes
        .iter()
        .filter(|note| !keys.contains(&note.pitch))
        .count();
    let mut found = Cut {
        options: WindowOptions {
            bars: steps.div_ceil(STEPS_PER_BAR).max(1),
            hop_bars: 1,
            minimum_notes: 1,
            longest_rest_steps: usize::MAX,
        },
        steps,
        windows: Vec::new(),
        total: 0,
    };
    let bar_ticks = 4 * u64::from(resolution);
    for run in bar_runs(song) {
        let start = scaled(run.start);
        let mut voice = highest_voice(&notes, start, resolution, keys.clone());
        if let Some(bars) = run.bars {
            voice.retain(|note| note.start < bars * STEPS_PER_BAR as u64);
        }
        found.add(&voice, start / bar_ticks);
    }
    let mut metre = Metre::Fits;
    if found.total == 0 {
        let voice = highest_voice(&notes, 0, resolution, keys);
        if let (false, Some(&(_, numerator, denominator))) =
            (voice.is_empty(), song.time_signatures.first())
        {
            metre = Metre::Other(numerator, denominator);
        }
        found.add(&voice, 0);
    }
    OwnWindows {
        windows: found.windows,
        total: found.total,
        timing,
        metre,
        outside_piano,
    }
}

/// Windows under way.
struct Cut {
    options: WindowOptions,
    steps: usize,
    windows: Vec<OwnWindow>,
    total: usize,
}

impl Cut {
    /// Cuts the voice of a run of bars that starts at bar `first_bar` of the song.
    fn add(&mut self, voice: &[GridNote], first_bar: u64) {
        let bar = STEPS_PER_BAR as u64;
        let last = voice.last().map_or(0, |note| note.start / bar);
        // Silence fills up the last windows, but no window holds nothing but the tail of the one before.
        let length = self.options.bars as u64;
        let first = voice.first().map_or(0, |note| note.start / bar);
        let bars = (last + 1).max(first + length);
        for (at, tokens) in cut(voice, bars, &self.options) {
            self.total += 1;
            if self.windows.len() < MOST_WINDOWS
                && let Some(melody) = self.trimmed(&tokens)
            {
                self.windows.push(OwnWindow {
                    bar: first_bar + at,
                    melody,
                });
            }
        }
    }

    /// The window at the model's exact length, which need not be whole bars.
    fn trimmed(&self, tokens: &Tokens) -> Option<Melody> {
        let melody = Melody::from_tokens(tokens.clone());
        if tokens.len() == self.steps {
            return Some(melody);
        }
        let notes: Vec<Note> = melody.notes().to_vec();
        Melody::from_notes(&notes, self.steps).ok()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{SongNote, SongTrack, most_melodic, windows};

    fn note(pitch: u8, channel: u8, start: u64, end: u64) -> SongNote {
        SongNote {
            pitch,
            velocity: 80,
            channel,
            start,
            end,
        }
    }

    fn song(tracks: Vec<Vec<SongNote>>) -> MidiSong {
        MidiSong {
            ticks_per_quarter: 480,
            tracks: tracks
                .into_iter()
                .map(|notes| SongTrack {
                    name: String::new(),
                    notes,
                })
                .collect(),
            time_signatures: Vec::new(),
            tempos: Vec::new(),
            length_ticks: 0,
            complete: true,
        }
    }

    /// One note per quarter for `bars` bars.
    fn quarters(bars: u64) -> Vec<SongNote> {
        (0..4 * bars)
            .map(|k| note(60 + (k % 16) as u8, 0, 480 * k, 480 * k + 480))
            .collect()
    }

    fn listed(song: &MidiSong, steps: usize) -> OwnWindows {
        let parts = own_parts(song, Path::new("own.mid")).unwrap();
        own_windows(song, &parts[most_melodic(&parts).unwrap()], steps)
    }

    #[test]
    fn a_plain_tune_gives_the_windows_that_models_learn_from() {
        let song = song(vec![quarters(6)]);
        let own = listed(&song, 32);
        let learnt = windows(&song, &WindowOptions::default());
        assert_eq!(
            own.windows.iter().map(|w| w.bar).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4]
        );
        let tokens: Vec<Tokens> = own
            .windows
            .iter()
            .map(|w| w.melody.tokens().clone())
            .collect();
        assert_eq!(tokens, learnt);
        assert!(own.notes_to_user().is_empty());
    }

    #[test]
    fn windows_have_the_length_of_the_model_and_a_short_tune_is_filled_with_silence() {
        for steps in [16, 24, 32, 256] {
            let own = listed(&song(vec![quarters(1)]), steps);
            assert_eq!(own.windows.len(), 1, "{steps}");
            assert_eq!(own.windows[0].melody.steps(), steps);
            assert_eq!(own.windows[0].melody.notes().len(), 4);
        }
    }

    #[test]
    fn changes_of_tempo_move_no_note() {
        let mut changing = song(vec![quarters(4)]);
        let steady = listed(&changing, 32);
        changing.tempos = vec![(0, 60.0), (500, 200.0), (2_000, 33.0)];
        assert_eq!(listed(&changing, 32), steady);
    }

    #[test]
    fn a_swung_tune_gives_the_windows_of_the_even_one() {
        let eighths = |off: u64| -> Vec<SongNote> {
            (0..32)
                .map(|k| {
                    let at = |k: u64| k / 2 * 480 + k % 2 * off;
                    note(60 + (k * 7 % 12) as u8, 0, at(k), at(k + 1))
                })
                .collect()
        };
        let (even, swung) = (
            listed(&song(vec![eighths(240)]), 32),
            listed(&song(vec![eighths(320)]), 32),
        );
        assert_eq!(even.windows, swung.windows);
        assert!(swung.notes_to_user()[0].contains("swung"));
    }

    #[test]
    fn the_highest_voice_of_chords_is_taken_and_drums_are_left_out() {
        let chords: Vec<SongNote> = (0..8)
            .flat_map(|k| {
                [48, 64, 67 + k as u8 % 3].map(|pitch| note(pitch, 0, 480 * k, 480 * k + 480))
            })
            .collect();
        let drums = (0..64)
            .map(|k| note(36, 9, 120 * k, 120 * k + 60))
            .collect();
        let own = listed(&song(vec![drums, chords]), 32);
        let pitches: Vec<u8> = own.windows[0]
            .melody
            .notes()
            .iter()
            .map(|n| n.pitch)
            .collect();
        assert_eq!(pitches, [67, 68, 69, 67, 68, 69, 67, 68]);
    }

    #[test]
    fn nothing_to_encode_is_one_sentence_each() {
        let path = Path::new("own.mid");
        let empty = own_parts(&song(vec![Vec::new()]), path).unwrap_err();
        assert_eq!(
            empty.to_string(),
            "own.mid holds no notes; choose a file with a melody in it"
        );
        let drums = own_parts(&song(vec![vec![note(36, 9, 0, 60)]]), path).unwrap_err();
        assert!(drums.to_string().contains("only drums"), "{drums}");
    }

    #[test]
    fn a_waltz_is_cut_every_four_quarters_and_says_so() {
        let mut waltz = song(vec![quarters(6)]);
        waltz.time_signatures = vec![(0, 3, 4)];
        let own = listed(&waltz, 32);
        assert_eq!(own.metre, Metre::Other(3, 4));
        assert_eq!(own.windows.len(), 5);
        assert!(own.notes_to_user()[0].starts_with("it is in 3/4"));
    }

    #[test]
    fn three_hours_of_music_are_listed_in_part_and_said_to_be() {
        // 120 beats per minute: 5,400 bars.
        let own = listed(&song(vec![quarters(5_400)]), 32);
        assert_eq!((own.windows.len(), own.total), (MOST_WINDOWS, 5_399));
        assert!(own.notes_to_user()[0].contains("of 5399 windows the first 1024"));
    }

    #[test]
    fn notes_a_piano_does_not_have_are_left_out_and_told() {
        let mut notes = quarters(2);
        notes.push(note(12, 0, 480, 960));
        let own = listed(&song(vec![notes]), 32);
        assert_eq!(own.outside_piano, 1);
        assert_eq!(own.windows[0].melody.notes().len(), 8);
    }
}

//! Windows of a few bars out of a song: what a model of melodies learns from.

use std::collections::BTreeSet;

use super::bars::bar_runs;
use super::melody_type::{Melody, Note};
use super::midi_read::MidiSong;
use super::tokens::{HIGHEST_PITCH, LOWEST_PITCH, STEPS_PER_BAR, Tokens};
use super::voice::{GridNote, highest_voice, melodic_part};

/// Which windows to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOptions {
    /// Length of a window in bars of four quarters.
    pub bars: usize,
    /// Bars from the start of one window to the start of the next.
    pub hop_bars: usize,
    /// Windows with fewer notes are left out; one without any always is.
    pub minimum_notes: usize,
    /// Windows with a longer silence anywhere are left out, in steps.
    pub longest_rest_steps: usize,
}

impl Default for WindowOptions {
    fn default() -> Self {
        Self {
            bars: 2,
            hop_bars: 1,
            minimum_notes: 3,
            longest_rest_steps: 16,
        }
    }
}

/// Windows of a song's most melodic part, each starting on a bar line, in time order, repeats included.
///
/// Only where the metre is 4/4, 2/2, or 2/4 (bars in pairs); no window reaches over another metre. The highest voice is
/// taken, on the nearest sixteenths; pitches outside the piano are left out. A note that sounds into a window from before
/// is not in it, and one that lasts past the end is cut. The last bar is filled up with silence.
#[must_use]
pub fn windows(song: &MidiSong, options: &WindowOptions) -> Vec<Tokens> {
    let part = melodic_part(song);
    let mut found = Vec::new();
    for run in bar_runs(song) {
        let mut notes = highest_voice(
            &part,
            run.start,
            song.ticks_per_quarter,
            LOWEST_PITCH..=HIGHEST_PITCH,
        );
        let bar = STEPS_PER_BAR as u64;
        if let Some(bars) = run.bars {
            notes.retain(|note| note.start < bars * bar);
        }
        let sounding_bars = notes
            .iter()
            .map(|note| note.end.div_ceil(bar))
            .max()
            .unwrap_or(0);
        let bars = run
            .bars
            .map_or(sounding_bars, |bars| bars.min(sounding_bars));
        found.extend(cut(&notes, bars, options).map(|(_, window)| window));
    }
    found
}

/// The windows of `notes` that lie within `bars` bars and are not too empty, each with its first bar.
pub(super) fn cut(
    notes: &[GridNote],
    bars: u64,
    options: &WindowOptions,
) -> impl Iterator<Item = (u64, Tokens)> {
    window_starts(notes, bars, options)
        .into_iter()
        .filter_map(move |first| {
            Some((first, window(notes, first * STEPS_PER_BAR as u64, options)?))
        })
}

/// The bars that a window of `notes` can start with. Only bars near notes are looked at: a file may claim that its next
/// note comes in a thousand years.
fn window_starts(notes: &[GridNote], bars: u64, options: &WindowOptions) -> BTreeSet<u64> {
    let length = options.bars.max(1) as u64;
    let hop = options.hop_bars.max(1) as u64;
    let mut starts = BTreeSet::new();
    for note in notes {
        let bar = note.start / STEPS_PER_BAR as u64;
        let earliest = (bar + 1).saturating_sub(length).next_multiple_of(hop);
        starts.extend(
            (earliest..=bar)
                .step_by(options.hop_bars.max(1))
                .filter(|first| first + length <= bars),
        );
    }
    starts
}

/// The window that starts at step `from`, unless it is too empty.
fn window(notes: &[GridNote], from: u64, options: &WindowOptions) -> Option<Tokens> {
    let steps = options.bars.max(1) * STEPS_PER_BAR;
    let to = from + steps as u64;
    let first = notes.partition_point(|note| note.start < from);
    let behind = notes.partition_point(|note| note.start < to);
    let inside = notes.get(first..behind)?;
    if inside.len() < options.minimum_notes.max(1) {
        return None;
    }
    let mut silent_since = from;
    let mut longest_rest = 0;
    let mut cut = Vec::with_capacity(inside.len());
    for note in inside {
        longest_rest = longest_rest.max(note.start - silent_since);
        silent_since = note.end.min(to);
        // Both fit: they count from the window's own start.
        let (start, end) = ((note.start - from) as u32, (silent_since - from) as u32);
        cut.push(Note {
            pitch: note.pitch,
            start,
            end,
        });
    }
    longest_rest = longest_rest.max(to - silent_since);
    if longest_rest > options.longest_rest_steps as u64 {
        return None;
    }
    Melody::from_notes(&cut, steps)
        .ok()
        .map(|melody| melody.tokens().clone())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{SongNote, SongTrack};

    /// A song at 4 ticks per quarter: a tick is a step.
    fn song(time_signatures: &[(u64, u8, u8)], notes: &[(u8, u64, u64)]) -> MidiSong {
        let notes = notes
            .iter()
            .map(|&(pitch, start, end)| SongNote {
                pitch,
                velocity: 80,
                channel: 0,
                start,
                end,
            })
            .collect();
        MidiSong {
            ticks_per_quarter: 4,
            tracks: vec![SongTrack {
                name: String::new(),
                notes,
            }],
            time_signatures: time_signatures.to_vec(),
            tempos: Vec::new(),
            length_ticks: 0,
            complete: true,
        }
    }

    /// One note on each quarter for `bars` bars of four.
    fn quarters(bars: u64) -> Vec<(u8, u64, u64)> {
        (0..bars * 4)
            .map(|k| (60 + (k % 16) as u8, k * 4, k * 4 + 4))
            .collect()
    }

    fn notes_of(tokens: &Tokens) -> Vec<(u8, u32, u32)> {
        let melody = Melody::from_tokens(tokens.clone());
        melody
            .notes()
            .iter()
            .map(|note| (note.pitch, note.start, note.end))
            .collect()
    }

    #[test]
    fn windows_start_on_every_bar_line() {
        let found = windows(&song(&[], &quarters(4)), &WindowOptions::default());
        assert_eq!(found.len(), 3);
        let first: Vec<u8> = found.iter().map(|window| notes_of(window)[0].0).collect();
        assert_eq!(first, [60, 64, 68]);
        let hop = WindowOptions {
            hop_bars: 2,
            ..Default::default()
        };
        assert_eq!(windows(&song(&[], &quarters(4)), &hop).len(), 2);
        let four = WindowOptions {
            bars: 4,
            ..Default::default()
        };
        assert_eq!(windows(&song(&[], &quarters(4)), &four)[0].len(), 64);
    }

    #[test]
    fn a_padded_pickup_stays_before_the_first_full_bar() {
        // Three beats of silence, a pickup of a quarter, then four quarters.
        let mut notes = vec![(55, 12, 16)];
        notes.extend((4..8).map(|k| (60 + k as u8, k * 4, k * 4 + 4)));
        let found = windows(&song(&[(0, 4, 4)], &notes), &WindowOptions::default());
        assert_eq!(found.len(), 1);
        assert_eq!(
            notes_of(&found[0]),
            [
                (55, 12, 16),
                (64, 16, 20),
                (65, 20, 24),
                (66, 24, 28),
                (67, 28, 32)
            ]
        );
    }

    #[test]
    fn a_note_from_before_is_not_in_the_window_and_a_long_one_is_cut_at_its_end() {
        // A note over the first bar line, and one over the end of the second window.
        let notes = [
            (60, 0, 4),
            (61, 4, 8),
            (62, 8, 20),
            (63, 20, 24),
            (64, 24, 32),
            (65, 32, 36),
            (66, 40, 60),
            (67, 60, 64),
        ];
        let found = windows(&song(&[], &notes), &WindowOptions::default());
        assert_eq!(
            notes_of(&found[0]),
            [
                (60, 0, 4),
                (61, 4, 8),
                (62, 8, 20),
                (63, 20, 24),
                (64, 24, 32)
            ]
        );
        assert_eq!(
            notes_of(&found[1]),
            [(63, 4, 8), (64, 8, 16), (65, 16, 20), (66, 24, 32)]
        );
    }

    #[test]
    fn bars_of_two_four_are_taken_in_pairs() {
        let found = windows(&song(&[(0, 2, 4)], &quarters(3)), &WindowOptions::default());
        let first: Vec<u8> = found.iter().map(|window| notes_of(window)[0].0).collect();
        assert_eq!(first, [60, 64]);
    }

    #[test]
    fn no_window_reaches_into_a_bar_of_another_metre() {
        // Two bars of 4/4, one of 3/4, two of 4/4: 19 quarters.
        let metres = [(0, 4, 4), (32, 3, 4), (44, 4, 4)];
        let found = windows(
            &song(&metres, &quarters(5)[..19]),
            &WindowOptions::default(),
        );
        let first: Vec<u8> = found.iter().map(|window| notes_of(window)[0].0).collect();
        assert_eq!(first, [60, 71]);
        assert!(windows(&song(&[(0, 3, 4)], &quarters(8)), &WindowOptions::default()).is_empty());
    }

    #[test]
    fn sparse_windows_are_left_out() {
        // Two notes are too few; three with more than a bar of silence are too sparse, with exactly a bar they are not.
        let take =
            |notes: &[(u8, u64, u64)]| windows(&song(&[], notes), &WindowOptions::default()).len();
        assert_eq!(take(&[(60, 0, 16), (62, 16, 32)]), 0);
        assert_eq!(take(&[(60, 0, 4), (62, 4, 8), (64, 25, 32)]), 0);
        assert_eq!(take(&[(60, 0, 4), (62, 4, 8), (64, 24, 32)]), 1);
    }

    #[test]
    fn a_last_bar_that_ends_early_is_filled_with_silence() {
        let found = windows(
            &song(&[], &[(60, 0, 8), (62, 8, 16), (64, 16, 20)]),
            &WindowOptions::default(),
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].as_slice()[20], super::super::NOTE_OFF);
    }

    #[test]
    fn a_note_a_thousand_years_away_costs_nothing() {
        let mut notes = quarters(2);
        notes.push((60, 1 << 50, (1 << 50) + 4));
        // The second window is a bar of notes and the bar of silence that follows it.
        assert_eq!(
            windows(&song(&[], &notes), &WindowOptions::default()).len(),
            2
        );
    }

    #[test]
    fn pitches_outside_the_piano_are_left_out() {
        let mut notes = quarters(2);
        notes[3].0 = 120;
        let found = windows(&song(&[], &notes), &WindowOptions::default());
        assert_eq!(notes_of(&found[0]).len(), 7);
    }

    #[test]
    fn odd_options_give_something_sensible() {
        let zero = WindowOptions {
            bars: 0,
            hop_bars: 0,
            minimum_notes: 0,
            longest_rest_steps: 0,
        };
        let found = windows(&song(&[], &quarters(2)), &zero);
        assert_eq!(found.iter().map(Tokens::len).collect::<Vec<_>>(), [16, 16]);
        assert_eq!(
            Melody::from_tokens(found.first().unwrap().clone()).bars(),
            1.0
        );
    }
}

//! Cuts one voice into excerpts of a model's length.

use std::collections::BTreeSet;

use super::omitted::{NoteCount, OmissionReason};
use super::voice::GridNote;
use crate::melody::melody_type::{Melody, Note};
use crate::melody::tokens::{STEPS_PER_BAR, Tokens};

/// Selection of training windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainingWindowOptions {
    /// Length of an excerpt in bars of four quarters.
    pub bars: usize,
    /// Bars from the start of one excerpt to the start of the next.
    pub hop_bars: usize,
    /// Fewest notes of an excerpt; at least one is required.
    pub min_notes: usize,
    /// Longest silence of an excerpt, in steps.
    pub longest_rest_steps: usize,
}

impl Default for TrainingWindowOptions {
    fn default() -> Self {
        Self {
            bars: 2,
            hop_bars: 1,
            min_notes: 3,
            longest_rest_steps: 16,
        }
    }
}

/// Selection of excerpts of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CutOptions {
    /// Length of an excerpt, at least 1.
    pub steps: usize,
    /// Bars from the start of one excerpt to the start of the next, at least 1.
    pub hop_bars: usize,
    /// Fewest notes of an excerpt, at least 1.
    pub min_notes: usize,
    /// Longest silence of an excerpt, in steps.
    pub longest_rest_steps: usize,
    /// Whether excerpts may extend past the last bar with a note, padded with silence.
    pub pads_end: bool,
    /// Maximum number of excerpts that are returned; the others are only counted.
    pub max_excerpts: usize,
}

/// An excerpt of a section, as long as the melodies of the model.
pub(super) struct CutExcerpt {
    /// Step of the section at which it starts.
    pub step: u64,
    /// The melody.
    pub tokens: Tokens,
}

/// The excerpts of a section.
#[derive(Default)]
pub(super) struct SectionExcerpts {
    /// The excerpts in time order.
    pub excerpts: Vec<CutExcerpt>,
    /// Number of excerpts, including those that are not returned.
    pub total_excerpts: usize,
    /// Notes of the voice in returned excerpts, and the others by reason.
    pub notes: NoteCount,
}

/// Whether a note is in an excerpt; of several excerpts the highest counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Coverage {
    /// All its excerpts are too sparse, or it has none.
    None,
    /// It is only in excerpts that are not returned.
    NotReturned,
    /// It is in a returned excerpt.
    Returned,
}

/// Cuts excerpts from the notes of a voice, sorted and without overlap, in a section of `bars` bars.
pub(super) fn cut_excerpts(
    voice: &[GridNote],
    bars: Option<u64>,
    options: &CutOptions,
) -> SectionExcerpts {
    let mut cut = SectionExcerpts::default();
    let mut coverage = vec![Coverage::None; voice.len()];
    for bar in excerpt_starts(voice, bars, options) {
        let step = bar * STEPS_PER_BAR as u64;
        let first = voice.partition_point(|note| note.start < step);
        let after = voice.partition_point(|note| note.start < step + options.steps as u64);
        let Some(tokens) = voice
            .get(first..after)
            .and_then(|excerpt_notes| excerpt(excerpt_notes, step, options))
        else {
            continue;
        };
        cut.total_excerpts += 1;
        let note_coverage = if cut.excerpts.len() < options.max_excerpts {
            cut.excerpts.push(CutExcerpt { step, tokens });
            Coverage::Returned
        } else {
            Coverage::NotReturned
        };
        for note in coverage.iter_mut().take(after).skip(first) {
            *note = note_coverage.max(*note);
        }
    }
    for note_coverage in coverage {
        match note_coverage {
            Coverage::Returned => cut.notes.kept += 1,
            Coverage::NotReturned => cut.notes.omit(OmissionReason::AfterLastExcerpt),
            Coverage::None => cut.notes.omit(OmissionReason::SparseWindow),
        }
    }
    cut
}

/// The bars at which an excerpt can start. Visits only bars near notes, since a damaged file may have notes far apart.
fn excerpt_starts(voice: &[GridNote], bars: Option<u64>, options: &CutOptions) -> BTreeSet<u64> {
    let bar_steps = STEPS_PER_BAR as u64;
    let length_bars = options.steps.div_ceil(STEPS_PER_BAR) as u64;
    let hop = options.hop_bars as u64;
    let end = if options.pads_end {
        // The last excerpts are padded with silence, but each has a bar that is not in the one before. An excerpt that ends
        // inside a bar does not contain that bar.
        let first = voice.first().map_or(0, |note| note.start / bar_steps);
        let last = voice.last().map_or(0, |note| note.start / bar_steps);
        let partial = u64::from(!options.steps.is_multiple_of(STEPS_PER_BAR));
        (last + 1 + partial).max(first + length_bars)
    } else {
        let sounding_end_bar = voice
            .iter()
            .map(|note| note.end.div_ceil(bar_steps))
            .max()
            .unwrap_or(0);
        bars.map_or(sounding_end_bar, |bars| bars.min(sounding_end_bar))
    };
    let mut starts = BTreeSet::new();
    for note in voice {
        let bar = note.start / bar_steps;
        let earliest = (bar + 1).saturating_sub(length_bars).next_multiple_of(hop);
        starts.extend(
            (earliest..=bar)
                .step_by(options.hop_bars)
                .filter(|first| first + length_bars <= end),
        );
    }
    starts
}

/// The excerpt that starts at step `from` and contains the notes `excerpt_notes`; `None` if it is too sparse.
fn excerpt(excerpt_notes: &[GridNote], from: u64, options: &CutOptions) -> Option<Tokens> {
    if excerpt_notes.len() < options.min_notes.max(1) {
        return None;
    }
    let to = from + options.steps as u64;
    let mut silent_since = from;
    let mut longest_rest = 0;
    let mut notes = Vec::with_capacity(excerpt_notes.len());
    for note in excerpt_notes {
        longest_rest = longest_rest.max(note.start - silent_since);
        silent_since = note.end.min(to);
        // In range: they count from the start of the excerpt.
        notes.push(Note {
            pitch: note.pitch,
            start: (note.start - from) as u32,
            end: (silent_since - from) as u32,
        });
    }
    if longest_rest.max(to - silent_since) > options.longest_rest_steps as u64 {
        return None;
    }
    // Notes outside the piano were omitted before.
    let melody = Melody::from_notes(&notes, options.steps).ok()?;
    Some(melody.tokens().clone())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::testing::{self, song_note};
    use crate::melody::{MidiSong, training_windows};

    fn excerpts(song: &MidiSong, options: &TrainingWindowOptions) -> Vec<Tokens> {
        training_windows(song, options).windows
    }

    fn default_windows(time_signatures: &[(u64, u8, u8)], notes: &[(u8, u64, u64)]) -> Vec<Tokens> {
        excerpts(
            &song(time_signatures, notes),
            &TrainingWindowOptions::default(),
        )
    }

    /// A song at 4 ticks per quarter: a tick is a step.
    fn song(time_signatures: &[(u64, u8, u8)], notes: &[(u8, u64, u64)]) -> MidiSong {
        let notes = notes.iter().map(|n| song_note(n.0, 0, n.1, n.2)).collect();
        testing::song(4, time_signatures, vec![("", notes)])
    }

    /// One note on each quarter for `bars` bars of four.
    fn quarters(bars: u64) -> Vec<(u8, u64, u64)> {
        (0..bars * 4)
            .map(|k| (60 + (k % 16) as u8, k * 4, k * 4 + 4))
            .collect()
    }

    fn notes_of(tokens: &Tokens) -> Vec<(u8, u32, u32)> {
        testing::notes_of(&Melody::from_tokens(tokens.clone()))
    }

    fn first_pitches(excerpts: &[Tokens]) -> Vec<u8> {
        excerpts
            .iter()
            .map(|tokens| notes_of(tokens)[0].0)
            .collect()
    }

    #[test]
    fn windows_start_on_every_bar_line() {
        let windows = default_windows(&[], &quarters(4));
        assert_eq!(windows.len(), 3);
        assert_eq!(first_pitches(&windows), [60, 64, 68]);
        let two_bar_hop = TrainingWindowOptions {
            hop_bars: 2,
            ..Default::default()
        };
        assert_eq!(excerpts(&song(&[], &quarters(4)), &two_bar_hop).len(), 2);
        let four_bars = TrainingWindowOptions {
            bars: 4,
            ..Default::default()
        };
        assert_eq!(excerpts(&song(&[], &quarters(4)), &four_bars)[0].len(), 64);
    }

    #[test]
    fn a_padded_pickup_stays_before_the_first_full_bar() {
        // Three beats of silence, a pickup of a quarter, then four quarters.
        let mut notes = vec![(55, 12, 16)];
        notes.extend((4..8).map(|k| (60 + k as u8, k * 4, k * 4 + 4)));
        let windows = default_windows(&[(0, 4, 4)], &notes);
        assert_eq!(windows.len(), 1);
        assert_eq!(
            notes_of(&windows[0]),
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
    fn a_note_that_started_before_is_not_in_the_window_and_a_long_one_is_cut_at_its_end() {
        // A note over the first bar line, and one over the end of the second excerpt.
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
        let windows = default_windows(&[], &notes);
        assert_eq!(
            notes_of(&windows[0]),
            [
                (60, 0, 4),
                (61, 4, 8),
                (62, 8, 20),
                (63, 20, 24),
                (64, 24, 32)
            ]
        );
        assert_eq!(
            notes_of(&windows[1]),
            [(63, 4, 8), (64, 8, 16), (65, 16, 20), (66, 24, 32)]
        );
    }

    #[test]
    fn bars_of_two_four_are_paired() {
        let windows = default_windows(&[(0, 2, 4)], &quarters(3));
        assert_eq!(first_pitches(&windows), [60, 64]);
    }

    #[test]
    fn no_window_extends_into_a_bar_of_another_metre() {
        // Two bars of 4/4, one of 3/4, two of 4/4: 19 quarters.
        let metres = [(0, 4, 4), (32, 3, 4), (44, 4, 4)];
        let windows = default_windows(&metres, &quarters(5)[..19]);
        assert_eq!(first_pitches(&windows), [60, 71]);
        assert!(default_windows(&[(0, 3, 4)], &quarters(8)).is_empty());
    }

    #[test]
    fn sparse_windows_are_left_out() {
        // Two notes are too few; three with more than a bar of silence are too sparse, with exactly a bar they are not.
        let count_windows = |notes: &[(u8, u64, u64)]| default_windows(&[], notes).len();
        assert_eq!(count_windows(&[(60, 0, 16), (62, 16, 32)]), 0);
        assert_eq!(count_windows(&[(60, 0, 4), (62, 4, 8), (64, 25, 32)]), 0);
        assert_eq!(count_windows(&[(60, 0, 4), (62, 4, 8), (64, 24, 32)]), 1);
    }

    #[test]
    fn a_last_bar_that_ends_early_is_padded_with_silence() {
        let windows = default_windows(&[], &[(60, 0, 8), (62, 8, 16), (64, 16, 20)]);
        assert_eq!(windows.len(), 1);
        assert_eq!(windows[0].as_slice()[20], crate::melody::NOTE_OFF);
    }

    #[test]
    fn a_note_very_far_away_takes_no_time() {
        let mut notes = quarters(2);
        notes.push((60, 1 << 50, (1 << 50) + 4));
        // The second excerpt is a bar of notes and the bar of silence that follows it.
        assert_eq!(default_windows(&[], &notes).len(), 2);
    }

    #[test]
    fn pitches_outside_the_piano_are_left_out() {
        let mut notes = quarters(2);
        notes[3].0 = 120;
        let windows = default_windows(&[], &notes);
        assert_eq!(notes_of(&windows[0]).len(), 7);
    }

    #[test]
    fn options_of_zero_give_windows_of_one_bar() {
        let zero = TrainingWindowOptions {
            bars: 0,
            hop_bars: 0,
            min_notes: 0,
            longest_rest_steps: 0,
        };
        let windows = excerpts(&song(&[], &quarters(2)), &zero);
        assert_eq!(
            windows.iter().map(Tokens::len).collect::<Vec<_>>(),
            [16, 16]
        );
        assert_eq!(
            Melody::from_tokens(windows.first().unwrap().clone()).bars(),
            1.0
        );
    }
}

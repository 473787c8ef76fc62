//! What a set of melodies sounds like, in numbers: histograms, and how much two sets have in common.

use std::collections::HashSet;

use crate::attributes::attribute;
use crate::melody::{Melody, STEPS_PER_BAR, Tokens, transposition_key};
use crate::statistics;

/// Pitch classes of the major scale; its rotations are all diatonic scales.
const DIATONIC: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
/// Note lengths from this many steps on share a bin.
const LONGEST: usize = 16;
/// Intervals of more semitones than this share a bin, up and down.
const WIDEST: i32 = 25;
/// Bins of an interval.
const INTERVALS: usize = 2 * WIDEST as usize + 1;

/// Something that is counted over melodies.
pub(super) struct Histogram {
    /// Its name in files.
    pub id: &'static str,
    /// Whether it belongs to the six whose mean overlap judges a model.
    pub judges: bool,
    /// Its weight when draws of the prior are fitted to the corpus; what has none tells whether the fit did more than
    /// to move the figures that it looked at.
    pub fitted: f64,
    /// The bins that a melody adds one to, with repetition.
    pub bins: fn(&Melody) -> Vec<usize>,
}

/// The share of notes in scale differs between draws and corpus by a few in a hundred, which an overlap hardly shows
/// and everyone hears; and there are far more pairs of intervals than bins of anything else.
pub(super) const HISTOGRAMS: [Histogram; 15] = [
    // Attributes in bins of a note in two bars, two points, two semitones, four semitones: finer bins would compare
    // the noise of a few thousand melodies.
    histogram("note_density", true, 1.0, |m| {
        measured(m, "note_density", 0.5)
    }),
    histogram("rhythmic_complexity", true, 1.0, |m| {
        measured(m, "rhythmic_complexity", 2.0)
    }),
    histogram("pitch_range", true, 1.0, |m| {
        measured(m, "pitch_range", 2.0)
    }),
    histogram("contour", true, 1.0, |m| measured(m, "contour", 4.0)),
    histogram("pitch_class", true, 1.0, pitch_classes),
    histogram("note_length", true, 1.0, note_lengths),
    histogram(IN_SCALE, false, 8.0, in_and_out_of_scale),
    histogram("pitch", false, 1.0, pitches),
    histogram("interval", false, 1.0, intervals),
    histogram("interval_pair", false, 2.0, interval_pairs),
    histogram("silent_steps", false, 1.0, silent_steps),
    histogram("inter_onset_interval", false, 0.0, inter_onset_intervals),
    histogram("onset_step", false, 0.0, onset_steps),
    histogram("distinct_pitches", false, 0.0, distinct_pitches),
    histogram("bars_alike", false, 0.0, bars_alike),
];
const IN_SCALE: &str = "in_scale";

const fn histogram(
    id: &'static str,
    judges: bool,
    fitted: f64,
    bins: fn(&Melody) -> Vec<usize>,
) -> Histogram {
    Histogram {
        id,
        judges,
        fitted,
        bins,
    }
}

fn measured(melody: &Melody, id: &str, width: f64) -> Vec<usize> {
    let Some(attribute) = attribute(id) else {
        return Vec::new();
    };
    let shown = (attribute.measure)(melody).map(attribute.display_scale);
    // The small share keeps sums of rounded numbers out of the bin below.
    shown
        .map(|value| (value / width + 1e-6) as usize)
        .into_iter()
        .collect()
}

fn pitches(melody: &Melody) -> Vec<usize> {
    melody
        .notes()
        .iter()
        .map(|note| usize::from(note.pitch))
        .collect()
}

fn pitch_classes(melody: &Melody) -> Vec<usize> {
    pitches(melody)
        .into_iter()
        .map(|pitch| pitch % 12)
        .collect()
}

fn note_lengths(melody: &Melody) -> Vec<usize> {
    let lengths = melody
        .notes()
        .iter()
        .map(|note| (note.end - note.start) as usize);
    lengths.map(|length| length.min(LONGEST)).collect()
}

fn onset_steps(melody: &Melody) -> Vec<usize> {
    melody
        .notes()
        .iter()
        .map(|note| note.start as usize)
        .collect()
}

fn inter_onset_intervals(melody: &Melody) -> Vec<usize> {
    onset_steps(melody)
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .collect()
}

fn intervals(melody: &Melody) -> Vec<usize> {
    let pairs = melody.notes().windows(2);
    pairs
        .map(|pair| {
            let interval = i32::from(pair[1].pitch) - i32::from(pair[0].pitch);
            (interval.clamp(-WIDEST, WIDEST) + WIDEST) as usize
        })
        .collect()
}

fn interval_pairs(melody: &Melody) -> Vec<usize> {
    let intervals = intervals(melody);
    intervals
        .windows(2)
        .map(|pair| pair[0] * INTERVALS + pair[1])
        .collect()
}

fn silent_steps(melody: &Melody) -> Vec<usize> {
    let sounding: usize = melody
        .notes()
        .iter()
        .map(|note| (note.end - note.start) as usize)
        .sum();
    let silent = melody.steps().saturating_sub(sounding);
    (!melody.is_empty()).then_some(silent).into_iter().collect()
}

fn distinct_pitches(melody: &Melody) -> Vec<usize> {
    let distinct: HashSet<usize> = pitches(melody).into_iter().collect();
    (!melody.is_empty())
        .then_some(distinct.len())
        .into_iter()
        .collect()
}

/// Steps at which the same happens as a bar before.
fn bars_alike(melody: &Melody) -> Vec<usize> {
    let tokens = melody.tokens().as_slice();
    let bar_later = tokens.iter().skip(STEPS_PER_BAR);
    let alike = tokens.iter().zip(bar_later).filter(|(a, b)| a == b).count();
    (!melody.is_empty()).then_some(alike).into_iter().collect()
}

/// A note outside the diatonic scale that holds most notes of its melody stands in bin 0, one inside in bin 1.
fn in_and_out_of_scale(melody: &Melody) -> Vec<usize> {
    let mut classes = [0_usize; 12];
    for class in pitch_classes(melody) {
        classes[class] += 1;
    }
    let inside = |root: usize| -> usize {
        DIATONIC
            .iter()
            .map(|step| classes[(root + step) % 12])
            .sum()
    };
    let inside = (0..12).map(inside).max().unwrap_or(0);
    let notes = melody.notes().len();
    std::iter::repeat_n(1, inside)
        .chain(std::iter::repeat_n(0, notes - inside))
        .collect()
}

/// The histograms of a set of melodies; empty melodies have no part in them.
#[derive(Clone, Debug)]
pub(super) struct Portrait {
    /// In the order of [`HISTOGRAMS`], as shares that sum to one; none where nothing was counted.
    shares: Vec<Vec<f64>>,
}

impl Portrait {
    pub fn of(melodies: &[Tokens]) -> Self {
        let melodies: Vec<Melody> = melodies.iter().cloned().map(Melody::from_tokens).collect();
        let shares = HISTOGRAMS
            .iter()
            .map(|histogram| shares(melodies.iter().map(histogram.bins)))
            .collect();
        Self { shares }
    }

    /// Share of all notes that lie in the best-fitting diatonic scale of their melody.
    pub fn in_scale(&self) -> f64 {
        let place = HISTOGRAMS
            .iter()
            .position(|histogram| histogram.id == IN_SCALE);
        let shares = place.map(|place| &self.shares[place]);
        shares
            .and_then(|shares| shares.get(1))
            .copied()
            .unwrap_or(0.0)
    }

    /// Shares of one of [`HISTOGRAMS`], by place.
    pub fn shares(&self, place: usize) -> &[f64] {
        &self.shares[place]
    }

    /// Mean overlap of the histograms that judge a model.
    pub fn overlap(&self, other: &Self) -> f64 {
        let judging = self
            .overlaps(other)
            .filter(|(histogram, _)| histogram.judges);
        let overlaps: Vec<f64> = judging.map(|(_, overlap)| overlap).collect();
        statistics::mean(&overlaps).unwrap_or(0.0)
    }

    /// Overlap of each histogram with the other's: the sum over the bins of the smaller share.
    pub fn overlaps(&self, other: &Self) -> impl Iterator<Item = (&'static Histogram, f64)> {
        let pairs = self.shares.iter().zip(&other.shares);
        HISTOGRAMS
            .iter()
            .zip(pairs.map(|(own, other)| overlap(own, other)))
    }
}

/// Counts what each melody adds one to, and divides by how much that is in all.
pub(super) fn shares(bins: impl IntoIterator<Item = Vec<usize>>) -> Vec<f64> {
    let mut counts: Vec<f64> = Vec::new();
    let mut all = 0.0;
    for bin in bins.into_iter().flatten() {
        if counts.len() <= bin {
            counts.resize(bin + 1, 0.0);
        }
        counts[bin] += 1.0;
        all += 1.0;
    }
    counts.iter_mut().for_each(|count| *count /= all);
    counts
}

fn overlap(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.min(*b)).sum()
}

/// Share of the melodies that are exact copies of one of `learnt`, transposed or not.
pub(super) fn share_of_copies<'a>(
    melodies: &[Tokens],
    learnt: impl Iterator<Item = &'a Tokens>,
) -> f64 {
    let known: HashSet<Vec<u8>> = learnt.map(transposition_key).collect();
    let copies = melodies
        .iter()
        .filter(|melody| known.contains(&transposition_key(melody)))
        .count();
    copies as f64 / melodies.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::Note;

    fn scale(pitches: &[u8]) -> Tokens {
        let notes: Vec<Note> = pitches
            .iter()
            .zip(0..)
            .map(|(&pitch, k)| Note {
                pitch,
                start: 2 * k,
                end: 2 * k + 2,
            })
            .collect();
        let melody = Melody::from_notes(&notes, 32).expect("notes inside two bars");
        melody.tokens().clone()
    }

    #[test]
    fn a_major_scale_lies_in_a_scale_and_a_chromatic_one_has_five_notes_outside() {
        // D major.
        let major = scale(&[62, 64, 66, 67, 69, 71, 73, 74]);
        assert_eq!(Portrait::of(&[major]).in_scale(), 1.0);
        let chromatic = scale(&[60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71]);
        assert!((Portrait::of(&[chromatic]).in_scale() - 7.0 / 12.0).abs() < 1e-12);
        assert_eq!(Portrait::of(&[]).in_scale(), 0.0);
    }

    #[test]
    fn a_set_overlaps_itself_wholly_and_another_where_they_share_bins() {
        let low = scale(&[60, 62, 64, 65]);
        let high = scale(&[62, 64, 66, 67]);
        let (one, other) = (
            Portrait::of(&[low.clone(), high]),
            Portrait::of(&[low.clone(), low]),
        );
        for (histogram, overlap) in one.overlaps(&one) {
            assert!((overlap - 1.0).abs() < 1e-12, "{}: {overlap}", histogram.id);
        }
        // Same rhythm and intervals, a whole tone apart: only what depends on the pitch itself differs. Of eight notes of
        // the first set 60, 65, 66, 67 stand once and 62, 64 twice; of the second each of 60, 62, 64, 65 twice.
        for (histogram, overlap) in one.overlaps(&other) {
            let expected = match histogram.id {
                "pitch_class" | "pitch" => 0.75,
                _ => 1.0,
            };
            assert!(
                (overlap - expected).abs() < 1e-12,
                "{}: {overlap}",
                histogram.id
            );
        }
    }

    #[test]
    fn a_small_tune_is_counted_by_hand() {
        // C, up a fourth, down a third, up more than two octaves; in eighths, and then six quarters of silence.
        let tune = Melody::from_tokens(scale(&[60, 65, 62, 90]));
        assert_eq!(intervals(&tune), [30, 22, 50]);
        assert_eq!(interval_pairs(&tune), [30 * 51 + 22, 22 * 51 + 50]);
        assert_eq!(inter_onset_intervals(&tune), [2, 2, 2]);
        assert_eq!(onset_steps(&tune), [0, 2, 4, 6]);
        assert_eq!(silent_steps(&tune), [24]);
        assert_eq!(note_lengths(&tune), [2, 2, 2, 2]);
        assert_eq!(distinct_pitches(&tune), [4]);
        // The second bar is silent: alike are the steps at which the first has neither an onset nor the end of a note.
        assert_eq!(bars_alike(&tune), [11]);
        // C, F and D lie in C major, F sharp does not.
        assert_eq!(in_and_out_of_scale(&tune), [1, 1, 1, 0]);
    }

    #[test]
    fn a_transposed_copy_is_a_copy_and_another_rhythm_is_not() {
        let learnt = [scale(&[60, 62, 64, 65])];
        let drawn = [
            scale(&[63, 65, 67, 68]),
            scale(&[60, 62, 64]),
            scale(&[60, 62, 64, 66]),
            scale(&[60, 62, 64, 65]),
        ];
        assert_eq!(share_of_copies(&drawn, learnt.iter()), 0.5);
    }
}

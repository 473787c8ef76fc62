//! Features of melodies, whose histograms compare sets of melodies.

use std::collections::HashSet;

use crate::attributes::attribute;
use crate::melody::{Melody, STEPS_PER_BAR};

/// Pitch classes of the major scale; its rotations are all diatonic scales.
const DIATONIC: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
/// Note lengths of this number of steps and more share a bin.
const MAX_NOTE_LENGTH: usize = 16;
/// Intervals of this number of semitones and more share a bin, one for up and one for down.
const MAX_INTERVAL: i32 = 25;
/// Number of bins of an interval.
const INTERVAL_BINS: usize = 2 * MAX_INTERVAL as usize + 1;

/// A feature of melodies and its bins.
pub(super) struct MelodyFeature {
    /// Name in files.
    pub id: &'static str,
    /// Whether it is one of the six features over which the overlap of a model is averaged.
    pub in_mean_overlap: bool,
    /// Weight when draws of the prior are fitted to the corpus. Features with weight 0 show whether the fit improves more than the
    /// metrics it optimises.
    pub fit_weight: f64,
    /// Returns the bins in which a melody is counted, with repetition.
    pub bins: fn(&Melody) -> Vec<usize>,
}

/// All features. Notes in scale weigh more because a difference of a few percent is audible but hardly changes an overlap; pairs of
/// intervals because they have far more bins than anything else.
pub(super) const MELODY_FEATURES: [MelodyFeature; 15] = [
    // Attributes in bins of a note in two bars, two points, two semitones, four semitones: finer bins would compare
    // the noise of a few thousand melodies.
    feature("note_density", true, 1.0, |m| {
        attribute_bin(m, "note_density", 0.5)
    }),
    feature("rhythmic_complexity", true, 1.0, |m| {
        attribute_bin(m, "rhythmic_complexity", 2.0)
    }),
    feature("pitch_range", true, 1.0, |m| {
        attribute_bin(m, "pitch_range", 2.0)
    }),
    feature("contour", true, 1.0, |m| attribute_bin(m, "contour", 4.0)),
    feature("pitch_class", true, 1.0, pitch_classes),
    feature("note_length", true, 1.0, note_lengths),
    feature(IN_SCALE, false, 8.0, in_and_out_of_scale),
    feature("pitch", false, 1.0, pitches),
    feature("interval", false, 1.0, intervals),
    feature("interval_pair", false, 2.0, interval_pairs),
    feature("silent_steps", false, 1.0, silent_steps),
    feature("inter_onset_interval", false, 0.0, inter_onset_intervals),
    feature("onset_step", false, 0.0, onset_steps),
    feature("distinct_pitches", false, 0.0, distinct_pitches),
    feature("bars_alike", false, 0.0, equal_bar_steps),
];
/// Id of the feature that counts notes inside and outside the scale.
pub(super) const IN_SCALE: &str = "in_scale";

const fn feature(
    id: &'static str,
    in_mean_overlap: bool,
    fit_weight: f64,
    bins: fn(&Melody) -> Vec<usize>,
) -> MelodyFeature {
    MelodyFeature {
        id,
        in_mean_overlap,
        fit_weight,
        bins,
    }
}

/// The bin of an attribute's displayed value, in bins of `width`; none for an empty melody.
fn attribute_bin(melody: &Melody, id: &str, width: f64) -> Vec<usize> {
    let Some(attribute) = attribute(id) else {
        return Vec::new();
    };
    let displayed = (attribute.measure)(melody).map(attribute.to_display_unit);
    // The small offset keeps rounding errors out of the bin below.
    displayed
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
    lengths.map(|length| length.min(MAX_NOTE_LENGTH)).collect()
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
            (interval.clamp(-MAX_INTERVAL, MAX_INTERVAL) + MAX_INTERVAL) as usize
        })
        .collect()
}

fn interval_pairs(melody: &Melody) -> Vec<usize> {
    let intervals = intervals(melody);
    intervals
        .windows(2)
        .map(|pair| pair[0] * INTERVAL_BINS + pair[1])
        .collect()
}

fn silent_steps(melody: &Melody) -> Vec<usize> {
    let sounding_steps: usize = melody
        .notes()
        .iter()
        .map(|note| (note.end - note.start) as usize)
        .sum();
    let silent = melody.steps().saturating_sub(sounding_steps);
    (!melody.is_empty()).then_some(silent).into_iter().collect()
}

fn distinct_pitches(melody: &Melody) -> Vec<usize> {
    let distinct: HashSet<usize> = pitches(melody).into_iter().collect();
    (!melody.is_empty())
        .then_some(distinct.len())
        .into_iter()
        .collect()
}

/// Number of steps with the same token as one bar earlier.
fn equal_bar_steps(melody: &Melody) -> Vec<usize> {
    let tokens = melody.tokens().as_slice();
    let one_bar_later = tokens.iter().skip(STEPS_PER_BAR);
    let equal = tokens
        .iter()
        .zip(one_bar_later)
        .filter(|(a, b)| a == b)
        .count();
    (!melody.is_empty()).then_some(equal).into_iter().collect()
}

/// Bin 0 has notes outside the diatonic scale that fits the melody best, bin 1 those inside.
fn in_and_out_of_scale(melody: &Melody) -> Vec<usize> {
    let mut classes = [0_usize; 12];
    for class in pitch_classes(melody) {
        classes[class] += 1;
    }
    let inside_scale_of = |root: usize| -> usize {
        DIATONIC
            .iter()
            .map(|step| classes[(root + step) % 12])
            .sum()
    };
    let inside = (0..12).map(inside_scale_of).max().unwrap_or(0);
    let notes = melody.notes().len();
    std::iter::repeat_n(1, inside)
        .chain(std::iter::repeat_n(0, notes - inside))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::Note;

    #[test]
    fn features_of_a_small_tune_agree_with_hand_counts() {
        // C, up a fourth, down a third, up more than two octaves; in eighths, and then six quarters of silence.
        let notes: Vec<Note> = [60, 65, 62, 90]
            .into_iter()
            .zip(0..)
            .map(|(pitch, k)| Note {
                pitch,
                start: 2 * k,
                end: 2 * k + 2,
            })
            .collect();
        let tune = Melody::from_notes(&notes, 32).expect("notes inside two bars");
        assert_eq!(intervals(&tune), [30, 22, 50]);
        assert_eq!(interval_pairs(&tune), [30 * 51 + 22, 22 * 51 + 50]);
        assert_eq!(inter_onset_intervals(&tune), [2, 2, 2]);
        assert_eq!(onset_steps(&tune), [0, 2, 4, 6]);
        assert_eq!(silent_steps(&tune), [24]);
        assert_eq!(note_lengths(&tune), [2, 2, 2, 2]);
        assert_eq!(distinct_pitches(&tune), [4]);
        // The second bar is silent: equal are the steps at which the first has neither an onset nor the end of a note.
        assert_eq!(equal_bar_steps(&tune), [11]);
        // C, F and D lie in C major, F sharp does not.
        assert_eq!(in_and_out_of_scale(&tune), [1, 1, 1, 0]);
    }
}

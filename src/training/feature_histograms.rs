//! Histograms of the features of a set of melodies, and their overlap with the histograms of another set.

use std::collections::HashSet;

use super::melody_features::{IN_SCALE, MELODY_FEATURES, MelodyFeature};
use crate::melody::{Melody, Tokens, transposition_key};
use crate::statistics;

/// The histograms of a set of melodies; empty melodies are not counted.
#[derive(Clone, Debug)]
pub struct FeatureHistograms {
    /// In the order of [`MELODY_FEATURES`], as frequencies that sum to 1; empty if nothing was counted.
    frequencies: Vec<Vec<f64>>,
}

impl FeatureHistograms {
    /// Counts the features of all melodies.
    #[must_use]
    pub fn compute(melodies: &[Tokens]) -> Self {
        let melodies: Vec<Melody> = melodies.iter().cloned().map(Melody::from_tokens).collect();
        let frequencies = MELODY_FEATURES
            .iter()
            .map(|feature| frequencies(melodies.iter().map(feature.bins)))
            .collect();
        Self { frequencies }
    }

    /// Fraction of all notes that lie in the best-fitting diatonic scale of their melody.
    #[must_use]
    pub fn in_scale(&self) -> f64 {
        let index = MELODY_FEATURES
            .iter()
            .position(|feature| feature.id == IN_SCALE);
        let frequencies = index.map(|index| &self.frequencies[index]);
        frequencies
            .and_then(|frequencies| frequencies.get(1))
            .copied()
            .unwrap_or(0.0)
    }

    /// Relative frequencies of the bins of one of [`MELODY_FEATURES`], by index.
    pub(super) fn frequencies(&self, index: usize) -> &[f64] {
        &self.frequencies[index]
    }

    /// Mean overlap of the six histograms that [`Evaluation::prior_overlaps`](super::Evaluation::prior_overlaps) lists, from 0 to
    /// 1.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> f64 {
        let features = self
            .overlaps(other)
            .filter(|(feature, _)| feature.in_mean_overlap);
        let overlaps: Vec<f64> = features.map(|(_, overlap)| overlap).collect();
        statistics::mean(&overlaps).unwrap_or(0.0)
    }

    /// Overlap of each histogram with the other's: the sum over the bins of the smaller fraction.
    pub(super) fn overlaps(
        &self,
        other: &Self,
    ) -> impl Iterator<Item = (&'static MelodyFeature, f64)> {
        let pairs = self.frequencies.iter().zip(&other.frequencies);
        MELODY_FEATURES
            .iter()
            .zip(pairs.map(|(a, b)| overlap(a, b)))
    }
}

/// Relative frequencies of the bins of all melodies.
pub(super) fn frequencies(bins: impl IntoIterator<Item = Vec<usize>>) -> Vec<f64> {
    let mut counts: Vec<f64> = Vec::new();
    let mut total = 0.0;
    for bin in bins.into_iter().flatten() {
        if counts.len() <= bin {
            counts.resize(bin + 1, 0.0);
        }
        counts[bin] += 1.0;
        total += 1.0;
    }
    counts.iter_mut().for_each(|count| *count /= total);
    counts
}

fn overlap(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.min(*b)).sum()
}

/// Fraction of the melodies that are exact copies of one of `training_melodies`, transposed or not; 0 without melodies.
#[must_use]
pub fn copy_fraction<'a>(
    melodies: &[Tokens],
    training_melodies: impl Iterator<Item = &'a Tokens>,
) -> f64 {
    let training_keys: HashSet<Vec<u8>> = training_melodies.map(transposition_key).collect();
    let copies = melodies
        .iter()
        .filter(|melody| training_keys.contains(&transposition_key(melody)))
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
        assert_eq!(FeatureHistograms::compute(&[major]).in_scale(), 1.0);
        let chromatic = scale(&[60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71]);
        assert!((FeatureHistograms::compute(&[chromatic]).in_scale() - 7.0 / 12.0).abs() < 1e-12);
        assert_eq!(FeatureHistograms::compute(&[]).in_scale(), 0.0);
    }

    #[test]
    fn a_set_overlaps_itself_completely_and_another_set_in_common_bins() {
        let low = scale(&[60, 62, 64, 65]);
        let high = scale(&[62, 64, 66, 67]);
        let (first, second) = (
            FeatureHistograms::compute(&[low.clone(), high]),
            FeatureHistograms::compute(&[low.clone(), low]),
        );
        for (feature, overlap) in first.overlaps(&first) {
            assert!((overlap - 1.0).abs() < 1e-12, "{}: {overlap}", feature.id);
        }
        // Same rhythm and intervals, a whole tone apart: only what depends on the pitch itself differs. Of the eight
        // notes of the first set 60, 65, 66, 67 occur once and 62, 64 twice; in the second 60, 62, 64, 65 occur twice each.
        for (feature, overlap) in first.overlaps(&second) {
            let expected = match feature.id {
                "pitch_class" | "pitch" => 0.75,
                _ => 1.0,
            };
            assert!(
                (overlap - expected).abs() < 1e-12,
                "{}: {overlap}",
                feature.id
            );
        }
    }

    #[test]
    fn a_transposed_copy_is_a_copy_and_another_rhythm_is_not() {
        let training_melodies = [scale(&[60, 62, 64, 65])];
        let melodies = [
            scale(&[63, 65, 67, 68]),
            scale(&[60, 62, 64]),
            scale(&[60, 62, 64, 66]),
            scale(&[60, 62, 64, 65]),
        ];
        assert_eq!(copy_fraction(&melodies, training_melodies.iter()), 0.5);
    }
}

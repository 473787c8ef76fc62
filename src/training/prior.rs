//! What draws of the prior sound like beside a corpus: histograms, scales, copies.

use std::collections::HashSet;

use crate::attributes::attribute;
use crate::melody::{Melody, Tokens, transposition_key};

/// Pitch classes of the major scale; its rotations are all diatonic scales.
const DIATONIC: [usize; 7] = [0, 2, 4, 5, 7, 9, 11];
/// The attributes whose histograms are compared, each with the width of a bin in its displayed unit: a note in two
/// bars, two points, two semitones, four semitones. Finer bins would compare the noise of a few thousand melodies.
const ATTRIBUTE_BINS: [(&str, f64); 4] = [
    ("note_density", 0.5),
    ("rhythmic_complexity", 2.0),
    ("pitch_range", 2.0),
    ("contour", 4.0),
];
/// Note lengths from this many steps on share a bin.
const LONGEST: usize = 16;

/// Histograms of a set of melodies; empty melodies have no part in them.
#[derive(Clone, Debug)]
pub(super) struct Portrait {
    /// Name and counts: four attributes, pitch class, note length.
    histograms: Vec<(&'static str, Vec<f64>)>,
    /// Share of all notes that lie in the best-fitting diatonic scale of their melody.
    pub in_scale: f64,
}

impl Portrait {
    pub fn of(melodies: &[Tokens]) -> Self {
        let melodies: Vec<Melody> = melodies.iter().cloned().map(Melody::from_tokens).collect();
        let mut histograms = Vec::new();
        for (id, width) in ATTRIBUTE_BINS {
            let mut counts = Vec::new();
            if let Some(attribute) = attribute(id) {
                for value in melodies.iter().filter_map(attribute.measure) {
                    let shown = (attribute.display_scale)(value);
                    // The small share keeps sums of rounded numbers out of the bin below.
                    add(&mut counts, (shown / width + 1e-6) as usize);
                }
            }
            histograms.push((id, counts));
        }
        let (mut classes, mut lengths) = (Vec::new(), Vec::new());
        let (mut notes, mut inside) = (0, 0);
        for melody in &melodies {
            let mut own = [0; 12];
            for note in melody.notes() {
                own[usize::from(note.pitch % 12)] += 1;
                add(&mut classes, usize::from(note.pitch % 12));
                add(
                    &mut lengths,
                    ((note.end - note.start) as usize).min(LONGEST),
                );
            }
            notes += own.iter().sum::<usize>();
            inside += best_scale(&own);
        }
        histograms.push(("pitch_class", classes));
        histograms.push(("note_length", lengths));
        Self {
            histograms,
            in_scale: inside as f64 / notes.max(1) as f64,
        }
    }

    /// Overlap of each histogram with the other's: the sum over the bins of the smaller share.
    pub fn overlaps(&self, other: &Self) -> Vec<(&'static str, f64)> {
        self.histograms
            .iter()
            .zip(&other.histograms)
            .map(|((name, own), (_, other))| (*name, overlap(own, other)))
            .collect()
    }
}

fn add(counts: &mut Vec<f64>, bin: usize) {
    if counts.len() <= bin {
        counts.resize(bin + 1, 0.0);
    }
    counts[bin] += 1.0;
}

fn overlap(a: &[f64], b: &[f64]) -> f64 {
    let (sum_a, sum_b) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
    if sum_a == 0.0 || sum_b == 0.0 {
        return 0.0;
    }
    a.iter()
        .zip(b)
        .map(|(a, b)| (a / sum_a).min(b / sum_b))
        .sum()
}

/// Of notes counted by pitch class, those in the diatonic scale that holds most of them.
fn best_scale(classes: &[usize; 12]) -> usize {
    (0..12)
        .map(|root| {
            let inside = DIATONIC.iter().map(|step| classes[(root + step) % 12]);
            inside.sum::<usize>()
        })
        .max()
        .unwrap_or(0)
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
        assert_eq!(Portrait::of(&[major]).in_scale, 1.0);
        let chromatic = scale(&[60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71]);
        assert!((Portrait::of(&[chromatic]).in_scale - 7.0 / 12.0).abs() < 1e-12);
    }

    #[test]
    fn a_set_overlaps_itself_wholly_and_another_where_they_share_bins() {
        let low = scale(&[60, 62, 64, 65]);
        let high = scale(&[62, 64, 66, 67]);
        let (one, other) = (
            Portrait::of(&[low.clone(), high]),
            Portrait::of(&[low.clone(), low]),
        );
        assert!(
            one.overlaps(&one)
                .iter()
                .all(|(_, o)| (o - 1.0).abs() < 1e-12)
        );
        let overlaps = one.overlaps(&other);
        // Same rhythm and intervals, a whole tone apart: only the pitch classes differ. Of eight notes of the first
        // set 60, 65, 66, 67 stand once and 62, 64 twice; of the second each of 60, 62, 64, 65 twice.
        let (classes, rest): (Vec<_>, Vec<_>) = overlaps
            .into_iter()
            .partition(|(name, _)| *name == "pitch_class");
        assert!(
            rest.iter().all(|(_, o)| (o - 1.0).abs() < 1e-12),
            "{rest:?}"
        );
        assert!((classes[0].1 - 0.75).abs() < 1e-12, "{classes:?}");
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

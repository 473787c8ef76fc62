//! How different two melodies sound: each becomes a row of numbers, and their Euclidean distance is the difference.
//!
//! What is compared follows the similarity measures of music research: where notes start (the rhythm distances
//! surveyed by Toussaint 2004), the course of the pitch over time whatever its level (Ó Maidín 1998, whose difference is
//! taken after the best transposition), which pitches are used (the distributions of Müllensiefen and Frieler 2004),
//! and the notes themselves, each interval at the step it is played (the substitutions of Mongeau and Sankoff 1990).
//! The level itself counts less than its course: a melody moved by a few semitones stays nearer than one with another
//! course or rhythm. Müllensiefen and
//! Frieler found that such parts together predict listeners better than any alone. Rows instead of an alignment of notes make
//! the distance a metric, cheap enough for millions of pairs, and a plain average between melodies meaningful.

use crate::melody::Melody;

/// How much each part weighs in the squared distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimilarityWeights {
    /// Where notes start.
    pub rhythm: f32,
    /// The course of the pitch around its own mean.
    pub contour: f32,
    /// Which pitch classes sound, and for how long.
    pub content: f32,
    /// The interval that leads to each note, where it starts.
    pub notes: f32,
    /// The mean pitch.
    pub level: f32,
}

impl Default for SimilarityWeights {
    fn default() -> Self {
        Self {
            rhythm: 0.27,
            contour: 1.0,
            content: 0.02,
            notes: 0.05,
            level: 0.6,
        }
    }
}

/// Share of an onset that counts at the step before and after: a note a sixteenth early is half the same.
const BLUR: f32 = 0.5;
const OCTAVE: f32 = 12.0;
const PITCH_CLASSES: usize = 12;
/// The pitch of silence, so that a melody without notes lies somewhere: the middle of the piano's range.
const MIDDLE: f32 = 64.0;

/// The row of numbers of a melody: two rows are as far apart as the melodies are different.
///
/// The unit is such that melodies with not an onset in common, or an octave apart throughout, are about 1 apart. The
/// length of the row depends only on the number of steps.
#[must_use]
pub fn similarity_row(melody: &Melody) -> Vec<f32> {
    weighted_similarity_row(melody, &SimilarityWeights::default())
}

/// [`similarity_row`] with other weights.
#[must_use]
pub fn weighted_similarity_row(melody: &Melody, weights: &SimilarityWeights) -> Vec<f32> {
    let steps = melody.steps();
    let mut row = Vec::with_capacity(3 * steps + PITCH_CLASSES + 1);
    let per_step = |weight: f32| (weight / steps.max(1) as f32).sqrt();
    let sound = sounding(melody);
    let level = sound.iter().sum::<f32>() / steps.max(1) as f32;

    row.extend(rhythm(melody).iter().map(|x| per_step(weights.rhythm) * x));
    row.extend(
        sound
            .iter()
            .map(|pitch| per_step(weights.contour) * (pitch - level) / OCTAVE),
    );
    row.extend(
        intervals(melody)
            .iter()
            .map(|x| per_step(weights.notes) * x),
    );
    row.extend(content(melody).iter().map(|x| weights.content.sqrt() * x));
    row.push(weights.level.sqrt() * (level - MIDDLE) / OCTAVE);
    row
}

/// Onsets per step, blurred to the steps beside them.
fn rhythm(melody: &Melody) -> Vec<f32> {
    let mut row = vec![0.0; melody.steps()];
    // An onset's three values have a squared sum of 2, as two onsets that are not shared have in the Hamming distance.
    let whole = (2.0 / (1.0 + 2.0 * BLUR * BLUR)).sqrt();
    for note in melody.notes() {
        let at = note.start as usize;
        for (step, share) in [
            (at.checked_sub(1), BLUR),
            (Some(at), 1.0),
            (at.checked_add(1), BLUR),
        ] {
            if let Some(slot) = step.and_then(|step| row.get_mut(step)) {
                *slot += whole * share;
            }
        }
    }
    row
}

/// The pitch heard or last heard at each step; before the first note, the first.
fn sounding(melody: &Melody) -> Vec<f32> {
    let mut pitch = melody
        .notes()
        .first()
        .map_or(MIDDLE, |note| f32::from(note.pitch));
    let mut notes = melody.notes().iter().peekable();
    (0..melody.steps() as u32)
        .map(|step| {
            while let Some(note) = notes.next_if(|note| note.start <= step) {
                pitch = f32::from(note.pitch);
            }
            pitch
        })
        .collect()
}

/// At each onset the interval from the note before, in octaves; larger than one octave counts as one.
fn intervals(melody: &Melody) -> Vec<f32> {
    let mut row = vec![0.0; melody.steps()];
    for pair in melody.notes().windows(2) {
        let [before, note] = pair else { continue };
        let interval = (f32::from(note.pitch) - f32::from(before.pitch)) / OCTAVE;
        if let Some(slot) = row.get_mut(note.start as usize) {
            *slot = interval.clamp(-1.0, 1.0);
        }
    }
    row
}

/// The pitch classes as a share of the sounding time, scaled to unit length.
fn content(melody: &Melody) -> [f32; PITCH_CLASSES] {
    let mut row = [0.0; PITCH_CLASSES];
    for note in melody.notes() {
        row[usize::from(note.pitch) % PITCH_CLASSES] += (note.end - note.start) as f32;
    }
    let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        for value in &mut row {
            *value /= length;
        }
    }
    row
}

/// How different two melodies are, by two simple counts: the share of steps at which one has an onset and the other
/// has not, plus the mean difference of the sounding pitch in octaves.
///
/// Not what maps are made by, but a yardstick for them that shares no formula with [`similarity_row`]. A note sounds on
/// until the next one starts, and the first is taken to sound before it starts; two silent melodies are equal in pitch, a silent
/// one is an octave from any other. Steps that only one of the two has are ignored.
#[must_use]
pub fn plain_difference(a: &Melody, b: &Melody) -> f64 {
    let steps = a.steps().min(b.steps());
    if steps == 0 {
        return 0.0;
    }
    let onsets = |melody: &Melody| {
        let mut row = vec![false; steps];
        for note in melody.notes() {
            if let Some(slot) = row.get_mut(note.start as usize) {
                *slot = true;
            }
        }
        row
    };
    let differing = onsets(a)
        .iter()
        .zip(onsets(b))
        .filter(|(x, y)| **x != *y)
        .count();
    let pitch = match (a.is_empty(), b.is_empty()) {
        (true, true) => 0.0,
        (false, false) => {
            let (a, b) = (sounding(a), sounding(b));
            let sum: f32 = a.iter().zip(&b).map(|(x, y)| (x - y).abs()).sum();
            f64::from(sum / OCTAVE) / steps as f64
        }
        _ => 1.0,
    };
    differing as f64 / steps as f64 + pitch
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;
    use crate::melody::{Note, STEPS_PER_BAR, Tokens, transpose};

    fn melody(notes: &[(u8, u32)]) -> Melody {
        let notes: Vec<Note> = notes
            .iter()
            .map(|&(pitch, start)| Note {
                pitch,
                start,
                end: start + 2,
            })
            .collect();
        Melody::from_notes(&notes, 2 * STEPS_PER_BAR).unwrap()
    }

    fn distance(a: &Melody, b: &Melody) -> f32 {
        let (a, b) = (similarity_row(a), similarity_row(b));
        a.iter()
            .zip(&b)
            .map(|(x, y)| (x - y).powi(2))
            .sum::<f32>()
            .sqrt()
    }

    fn tune() -> Vec<(u8, u32)> {
        vec![
            (60, 0),
            (62, 4),
            (64, 8),
            (67, 12),
            (65, 16),
            (64, 20),
            (62, 24),
            (60, 28),
        ]
    }

    #[test]
    fn small_changes_are_small_and_larger_ones_larger() {
        let own = melody(&tune());
        let change = |index: usize, note: (u8, u32)| {
            let mut notes = tune();
            notes[index] = note;
            distance(&own, &melody(&notes))
        };
        let (a_tone, an_octave) = (change(3, (69, 12)), change(3, (79, 12)));
        let (a_sixteenth, a_quarter) = (change(3, (67, 13)), change(3, (67, 15)));
        assert!(a_tone < an_octave && a_sixteenth < a_quarter);
        let dense = melody(&(0..32).map(|step| (60, step)).collect::<Vec<_>>());
        assert!(an_octave < distance(&own, &dense));
    }

    #[test]
    fn a_transposed_melody_stays_nearer_than_one_with_another_course() {
        let own = melody(&tune());
        let moved = Melody::from_tokens(transpose(own.tokens(), 5).unwrap());
        let upside_down: Vec<(u8, u32)> = tune().iter().map(|(p, s)| (127 - p, *s)).collect();
        let other_rhythm: Vec<(u8, u32)> = tune().iter().map(|(p, s)| (*p, s + 2)).collect();
        let far = distance(&own, &melody(&upside_down)).min(distance(&own, &melody(&other_rhythm)));
        assert!(
            distance(&own, &moved) < 0.9 * far,
            "{} {far}",
            distance(&own, &moved)
        );
    }

    #[test]
    fn the_plain_difference_by_hand() {
        let a = melody(&[(60, 0), (62, 16)]);
        // One onset a step later in both bars: four cells of 32 differ. An octave up in the second half.
        let b = melody(&[(60, 1), (74, 17)]);
        let found = plain_difference(&a, &b);
        // Step 16 is 62 against 60, steps 17 to 31 are 62 against 74.
        let by_hand = 4.0 / 32.0 + (2.0 + 15.0 * 12.0) / 12.0 / 32.0;
        assert!((found - by_hand).abs() < 1e-6, "{found} {by_hand}");
        let silent = melody(&[]);
        assert_eq!(plain_difference(&silent, &silent), 0.0);
        assert!((plain_difference(&silent, &a) - (1.0 + 2.0 / 32.0)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn every_melody_has_a_row_of_finite_numbers_of_the_same_length(ids in prop::collection::vec(0_u8..90, 32)) {
            let row = similarity_row(&Melody::from_tokens(Tokens::new(ids).unwrap()));
            prop_assert_eq!(row.len(), 3 * 32 + 12 + 1);
            prop_assert!(row.iter().all(|x| x.is_finite()));
        }
    }
}

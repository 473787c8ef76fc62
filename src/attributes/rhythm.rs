//! Attributes of a melody's onsets: density and metrical complexity.

use crate::melody::{Melody, STEPS_PER_BAR};

/// Metrical weight of each sixteenth of a 4/4 bar.
///
/// The number of levels of the metrical hierarchy (whole, half, quarter, eighth, sixteenth) that have a beat at that sixteenth:
/// Lerdahl and Jackendoff's dots as used by G. T. Toussaint, "A mathematical analysis of African, Brazilian and Cuban
/// clave rhythms", Bridges 2002.
pub(super) const METRICAL_WEIGHTS: [u32; STEPS_PER_BAR] =
    [5, 1, 2, 1, 3, 1, 2, 1, 4, 1, 2, 1, 3, 1, 2, 1];

/// Number of notes / number of sixteenth steps; `None` for an empty melody.
#[must_use]
pub fn note_density(melody: &Melody) -> Option<f64> {
    (!melody.is_empty()).then(|| melody.notes().len() as f64 / melody.steps() as f64)
}

/// Toussaint's metrical complexity; `None` for an empty melody.
///
/// (sum of the n largest weights) - (sum of the weights at the n onsets), with the weights `5 1 2 1 3 1 2 1 4 1 2 1 3 1 2 1`
/// repeated for each bar. 0 means that every note is on one of the strongest beats.
#[must_use]
pub fn rhythmic_complexity(melody: &Melody) -> Option<f64> {
    let weights: Vec<u32> = METRICAL_WEIGHTS
        .iter()
        .copied()
        .cycle()
        .take(melody.steps())
        .collect();
    let onsets = melody.notes().iter().map(|note| note.start as usize);
    complexity(&weights, onsets)
}

/// Rhythmic complexity as computed by the code of the published study.
///
/// It differs from [`rhythmic_complexity`] in two ways: for B bars each weight is repeated B times in place
/// (`5 5 1 1 2 2 …` for two bars), and the grid of pulses is stretched so that it ends where the last note ends.
#[must_use]
pub fn rhythmic_complexity_of_published_code(melody: &Melody) -> Option<f64> {
    let bars = melody.steps().div_ceil(STEPS_PER_BAR);
    let weights: Vec<u32> = METRICAL_WEIGHTS
        .iter()
        .flat_map(|&weight| std::iter::repeat_n(weight, bars))
        .collect();
    let end = melody.notes().last()?.end as usize;
    let pulse = |step: usize| step * weights.len() / end.max(1);
    let onsets = melody.notes().iter().map(|note| pulse(note.start as usize));
    complexity(&weights, onsets)
}

/// (sum of the n largest `weights`) - (sum of the weights at the n `onsets`); `onsets` are indices into `weights`.
fn complexity(weights: &[u32], onsets: impl ExactSizeIterator<Item = usize>) -> Option<f64> {
    let count = onsets.len();
    if count == 0 {
        return None;
    }
    let onset_weight_sum: u32 = onsets.filter_map(|onset| weights.get(onset)).sum();
    let mut sorted_weights = weights.to_vec();
    sorted_weights.sort_unstable_by(|a, b| b.cmp(a));
    let max_weight_sum: u32 = sorted_weights.iter().take(count).sum();
    Some(f64::from(max_weight_sum) - f64::from(onset_weight_sum))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::Tokens;
    use crate::melody::testing::melody;

    /// A melody of `steps` with one-step notes at `onsets`.
    fn rhythm(onsets: &[u32], steps: usize) -> Melody {
        let notes: Vec<(u8, u32, u32)> = onsets.iter().map(|&s| (60, s, s + 1)).collect();
        melody(&notes, steps)
    }

    /// The six clave and bell patterns of Toussaint 2002 with the metrical complexity printed there.
    const CLAVES: [(&str, [u32; 5], f64); 6] = [
        ("shiko", [0, 4, 6, 10, 12], 2.0),
        ("son", [0, 3, 6, 10, 12], 4.0),
        ("rumba", [0, 3, 7, 10, 12], 5.0),
        ("soukous", [0, 3, 6, 10, 11], 6.0),
        ("bossa", [0, 3, 6, 10, 13], 6.0),
        ("gahu", [0, 3, 6, 10, 14], 5.0),
    ];

    #[test]
    fn the_six_clave_patterns_have_the_complexity_published_by_toussaint() {
        for (name, onsets, complexity) in CLAVES {
            assert_eq!(
                rhythmic_complexity(&rhythm(&onsets, 16)),
                Some(complexity),
                "{name}"
            );
        }
    }

    #[test]
    fn a_clave_played_twice_is_twice_as_complex() {
        // The ten largest of 32 weights are 5 5 4 4 3 3 3 3 2 2: twice the five largest of 16.
        for (name, onsets, complexity) in CLAVES {
            let twice = [onsets, onsets.map(|onset| onset + 16)].concat();
            let complexity_of_two = rhythmic_complexity(&rhythm(&twice, 32));
            assert_eq!(complexity_of_two, Some(2.0 * complexity), "{name}");
        }
    }

    #[test]
    fn a_final_rest_does_not_move_the_pulse_grid() {
        let notes = |last_end| melody(&[(60, 0, 4), (62, 16, last_end)], 32);
        // Both onsets are on a first beat of a bar.
        assert_eq!(rhythmic_complexity(&notes(32)), Some(0.0));
        assert_eq!(rhythmic_complexity(&notes(24)), Some(0.0));
        // The published code: weights 5 5 1 1 2 2 1 1 3 3 1 1 2 2 1 1 4 4 ...; step 16 of 32 is pulse 16 (weight 4),
        // and of a melody that ends at step 24 it is pulse floor(16 * 32 / 24) = 21 (weight 2).
        assert_eq!(
            rhythmic_complexity_of_published_code(&notes(32)),
            Some(10.0 - 9.0)
        );
        assert_eq!(
            rhythmic_complexity_of_published_code(&notes(24)),
            Some(10.0 - 7.0)
        );
    }

    #[test]
    fn the_published_code_agrees_on_one_bar_that_ends_with_a_note() {
        for (name, onsets, complexity) in CLAVES {
            let mut notes = onsets.map(|start| (60, start, start + 1));
            notes[4].2 = 16;
            let published_complexity = rhythmic_complexity_of_published_code(&melody(&notes, 16));
            assert_eq!(published_complexity, Some(complexity), "{name}");
        }
    }

    #[test]
    fn density_counts_notes_per_sixteenth_of_the_whole_melody() {
        assert_eq!(note_density(&rhythm(&[0, 4, 8, 12], 32)), Some(0.125));
        assert_eq!(note_density(&rhythm(&[0, 4, 8, 12], 16)), Some(0.25));
        assert_eq!(
            note_density(&rhythm(&(0..32).collect::<Vec<_>>(), 32)),
            Some(1.0)
        );
    }

    #[test]
    fn a_melody_of_a_bar_and_a_half_is_measured_on_its_steps() {
        // Weights of 24 steps: of one onset the best is 5, and step 20 has weight 3.
        assert_eq!(rhythmic_complexity(&rhythm(&[20], 24)), Some(2.0));
    }

    #[test]
    fn an_empty_melody_has_no_rhythm_attributes() {
        for steps in [0, 16, 32] {
            let silence = Melody::from_tokens(Tokens::new(vec![0; steps]).unwrap());
            assert_eq!(note_density(&silence), None);
            assert_eq!(rhythmic_complexity(&silence), None);
            assert_eq!(rhythmic_complexity_of_published_code(&silence), None);
        }
    }
}

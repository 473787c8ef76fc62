//! Syncopation: notes on weak beats that last over stronger ones.

use super::rhythm::METRICAL_WEIGHTS;
use crate::melody::{Melody, STEPS_PER_BAR};

/// The index of syncopation of Longuet-Higgins and Lee; `None` for an empty melody.
///
/// A step without an onset, silent or held, is syncopated by the amount by which its metrical weight exceeds that of the last
/// onset before it; the index is the sum over all steps. The melody is treated as a loop: the steps before its first onset follow
/// its last one. 0 means that no step is stronger than the last onset before it.
///
/// H. C. Longuet-Higgins and C. S. Lee, "The rhythmic interpretation of monophonic music", Music Perception 1(4), 1984; as
/// described in the appendix of W. T. Fitch and A. J. Rosenfeld, "Perception and production of syncopated rhythms", Music
/// Perception 25(1), 2007, whose weights `0 -4 -3 -4 -2 -4 -3 -4 -1 -4 -3 -4 -2 -4 -3 -4` are those of Toussaint less 5.
#[must_use]
pub fn syncopation(melody: &Melody) -> Option<f64> {
    let weight = |step: u32| METRICAL_WEIGHTS[step as usize % STEPS_PER_BAR];
    let mut last_onset_weight = weight(melody.notes().last()?.start);
    let mut onsets = melody.notes().iter().map(|note| note.start).peekable();
    let mut index = 0;
    for step in 0..melody.steps() as u32 {
        if onsets.next_if_eq(&step).is_some() {
            last_onset_weight = weight(step);
        } else {
            index += weight(step).saturating_sub(last_onset_weight);
        }
    }
    Some(f64::from(index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::testing::melody;

    /// A melody of notes of one step where `pattern` has an `x`.
    fn rhythm(pattern: &str) -> Melody {
        let onsets = (0..).zip(pattern.chars()).filter(|(_, c)| *c == 'x');
        let notes: Vec<(u8, u32, u32)> = onsets.map(|(step, _)| (60, step, step + 1)).collect();
        melody(&notes, pattern.len())
    }

    /// Rhythms of the experiments of Fitch and Rosenfeld 2007 with their indices of syncopation, the first from its figure 1.
    const PUBLISHED: [(&str, f64); 14] = [
        ("..x...x.x.x...x.", 5.0),
        ("x...x...x...x.x.", 0.0),
        ("x.x.x.......x.x.", 1.0),
        ("x...xxx.....x...", 2.0),
        ("..x...x.x.x.x...", 3.0),
        ("..x...x.x...x.x.", 4.0),
        ("x.....x..x....x.", 5.0),
        ("x..x...x..x.x...", 6.0),
        ("x....x...x...xx.", 7.0),
        ("x....x...x...x..", 8.0),
        ("..x...x...xx.x..", 10.0),
        ("..x..x.....x...x", 13.0),
        ("...x.x....xx...x", 14.0),
        (".x...x...x...x..", 15.0),
    ];

    #[test]
    fn rhythms_of_fitch_and_rosenfeld_have_their_published_index() {
        for (pattern, index) in PUBLISHED {
            assert_eq!(syncopation(&rhythm(pattern)), Some(index), "{pattern}");
            let twice = pattern.repeat(2);
            assert_eq!(syncopation(&rhythm(&twice)), Some(2.0 * index), "{twice}");
        }
    }

    #[test]
    fn only_onsets_count_not_how_long_notes_sound() {
        // The last onset, an eighth before the bar line, is held over it or not: 0 - -3 is 3 either way.
        let held = melody(&[(60, 0, 4), (62, 14, 24)], 32);
        let short = melody(&[(60, 0, 4), (62, 14, 15)], 32);
        // After step 0 nothing is stronger. After step 14 (-3) come steps 16 (0), 20 (-2), 24 (-1) and 28 (-2): 3 + 1 + 2 + 1.
        assert_eq!(syncopation(&held), Some(7.0));
        assert_eq!(syncopation(&short), Some(7.0));
    }

    #[test]
    fn a_run_without_gaps_is_not_syncopated_and_silence_has_no_index() {
        assert_eq!(syncopation(&rhythm(&"x".repeat(32))), Some(0.0));
        assert_eq!(syncopation(&rhythm(&".".repeat(32))), None);
        assert_eq!(syncopation(&melody(&[], 0)), None);
    }
}

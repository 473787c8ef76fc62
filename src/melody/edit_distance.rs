//! Edit distance between melodies.

use super::melody_type::{Melody, Note};

/// Edit distance between two melodies as sequences of notes: inserting or deleting a note costs 1, changing its onset or its
/// pitch 1/2 each.
///
/// This is the weighted edit distance of Wagner and Fischer (1974), as applied to music by Mongeau and Sankoff (1990), with
/// simple weights; lengths of notes do not count. It is a metric on sequences of onset and pitch, at most the number of notes
/// of the longer melody.
#[must_use]
pub fn edit_distance(a: &Melody, b: &Melody) -> f64 {
    let (a, b) = (a.notes(), b.notes());
    // One row of the table at a time: the distance of the notes of `a` so far to the first `j` notes of `b`.
    let mut row: Vec<f64> = (0..=b.len()).map(|notes| notes as f64).collect();
    for (a_index, note) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = a_index as f64 + 1.0;
        let mut left = row[0];
        for (other, above) in b.iter().zip(row.iter_mut().skip(1)) {
            let cost = (diagonal + substitution_cost(note, other))
                .min(*above + 1.0)
                .min(left + 1.0);
            diagonal = std::mem::replace(above, cost);
            left = cost;
        }
    }
    row.last().copied().unwrap_or(0.0)
}

fn substitution_cost(a: &Note, b: &Note) -> f64 {
    (f64::from(u8::from(a.pitch != b.pitch)) + f64::from(u8::from(a.start != b.start))) / 2.0
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{Tokens, testing};
    use proptest::prelude::*;

    fn melody(notes: &[(u8, u32)]) -> Melody {
        let notes: Vec<(u8, u32, u32)> = notes.iter().map(|n| (n.0, n.1, n.1 + 1)).collect();
        testing::melody(&notes, 32)
    }

    #[test]
    fn inserted_deleted_and_changed_notes_have_their_costs() {
        let tune = melody(&[(60, 0), (62, 4), (64, 8)]);
        for (other, cost) in [
            (melody(&[(60, 0), (62, 4), (64, 8)]), 0.0),
            (melody(&[(60, 0), (64, 8)]), 1.0),
            (melody(&[(60, 0), (62, 4), (65, 8)]), 0.5),
            (melody(&[(60, 0), (62, 5), (64, 8)]), 0.5),
            (melody(&[(60, 0), (63, 5), (64, 8)]), 1.0),
            (melody(&[(55, 2), (60, 0), (62, 4), (64, 8)]), 1.0),
            (melody(&[]), 3.0),
        ] {
            assert_eq!(edit_distance(&tune, &other), cost, "{other:?}");
        }
    }

    fn any_melody() -> impl Strategy<Value = Melody> {
        prop::collection::vec(0_u8..8, 0..24)
            .prop_map(|ids| Melody::from_tokens(Tokens::new(ids).unwrap()))
    }

    proptest! {
        #[test]
        fn it_is_a_metric_bounded_by_the_numbers_of_notes(a in any_melody(), b in any_melody(), c in any_melody()) {
            let (ab, bc, ac) = (edit_distance(&a, &b), edit_distance(&b, &c), edit_distance(&a, &c));
            prop_assert_eq!(edit_distance(&a, &a), 0.0);
            prop_assert_eq!(ab, edit_distance(&b, &a));
            prop_assert!(ac <= ab + bc);
            prop_assert!(ab <= a.notes().len().max(b.notes().len()) as f64);
            prop_assert!(ab >= a.notes().len().abs_diff(b.notes().len()) as f64);
        }
    }
}

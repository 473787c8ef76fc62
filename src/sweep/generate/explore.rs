//! Melodies near a point, nearest first.

use super::candidate_list::CandidateList;
use crate::attributes::similarity_features;
use crate::embedding::squared_distance;
use crate::latent::{LatentPoint, explored_point};
use crate::melody::Melody;
use crate::model::MelodyModel;
use crate::progress::Observer;
use crate::sweep::error::SweepError;

/// Draws and decodes melodies around a point, with standard deviation `sigma` per dimension. The melody of the point itself is not
/// included.
///
/// They are ordered by their distance in sound from the melody of the point (that of [`similarity_features`]); those with its own
/// notes come last, since they are nothing new, and silent ones before them.
pub(super) fn explore(
    centre: &LatentPoint,
    sigma: f64,
    count: u32,
    seed: u64,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<CandidateList, SweepError> {
    let drawn = (0..u64::from(count)).map(|index| explored_point(centre, sigma, seed, index));
    let points = std::iter::once(centre.clone()).chain(drawn).collect();
    let list = CandidateList::decode(Vec::new(), points, model, observer)?;
    let order = list
        .melodies
        .split_first()
        .map(|(centre_melody, melodies)| {
            let mut order = nearest_first(centre_melody, melodies);
            order.iter_mut().for_each(|index| *index += 1);
            order
        });
    Ok(list.select(&order.unwrap_or_default()))
}

/// Indices of the melodies in the order of their distance from `centre_melody`; equal distances keep their order.
fn nearest_first(centre_melody: &Melody, melodies: &[Melody]) -> Vec<usize> {
    let row = similarity_features(centre_melody);
    let notes = centre_melody.tokens().canonical();
    let distance = |melody: &Melody| {
        if centre_melody.is_empty() || melody.is_empty() {
            f32::INFINITY
        } else {
            squared_distance(&row, &similarity_features(melody))
        }
    };
    let sort_keys: Vec<(bool, f32)> = melodies
        .iter()
        .map(|melody| (melody.tokens().canonical() == notes, distance(melody)))
        .collect();
    let mut order: Vec<usize> = (0..melodies.len()).collect();
    order.sort_by(|a, b| {
        let ((is_same_a, distance_a), (is_same_b, distance_b)) = (sort_keys[*a], sort_keys[*b]);
        is_same_a
            .cmp(&is_same_b)
            .then(distance_a.total_cmp(&distance_b))
    });
    order
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::prior_point;
    use crate::melody::{Tokens, transpose};
    use crate::progress::Unobserved;
    use crate::sweep::testing::FakeModel;

    /// Quarters with these pitches.
    fn quarters(pitches: [u8; 8]) -> Melody {
        let mut tokens = vec![0; 32];
        for (beat, pitch) in pitches.into_iter().enumerate() {
            tokens[4 * beat] = pitch - 19;
        }
        Melody::from_tokens(Tokens::new(tokens).unwrap())
    }

    #[test]
    fn a_melody_with_one_other_note_comes_before_a_higher_one_and_the_same_one_last() {
        let centre_melody = quarters([60, 62, 64, 67, 65, 64, 62, 60]);
        let one_note = quarters([60, 62, 64, 67, 65, 64, 62, 64]);
        let octave = Melody::from_tokens(transpose(centre_melody.tokens(), 12).unwrap());
        let silent = Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap());
        let melodies = [
            centre_melody.clone(),
            octave.clone(),
            silent.clone(),
            one_note,
            octave,
        ];
        assert_eq!(nearest_first(&centre_melody, &melodies), [3, 1, 4, 2, 0]);
        // From silence nothing is near.
        assert_eq!(nearest_first(&silent, &melodies), [0, 1, 3, 4, 2]);
    }

    #[test]
    fn explored_melodies_are_the_draws_of_the_seed_in_another_order() {
        let centre = prior_point(24, 3, 0);
        let explored =
            |model: &mut FakeModel| explore(&centre, 0.4, 16, 9, model, &mut Unobserved).unwrap();
        let list = explored(&mut FakeModel::new(24));
        assert_eq!((list.points.len(), list.melodies.len()), (16, 16));
        for index in 0..16 {
            let point = explored_point(&centre, 0.4, 9, index);
            assert!(list.points.contains(&point), "{index}");
        }
        let again = explored(&mut FakeModel::new(24));
        assert_eq!(list.points, again.points);
    }
}

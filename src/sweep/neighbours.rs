//! The melodies of a map that are most like one of them, in sound and in the latent space.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::identity::MelodyId;
use super::plan::SweepPlan;
use crate::attributes::similarity_features;
use crate::embedding::squared_distance;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};

/// A melody to compare.
#[derive(Clone, Debug)]
pub struct NeighbourCandidate {
    /// Its id.
    pub id: MelodyId,
    /// Its notes.
    pub melody: Arc<Melody>,
    /// Its latent point, if it is not in the plan.
    pub latent: Option<LatentPoint>,
}

/// A melody that is like another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// Its id.
    pub id: MelodyId,
    /// Distance from the other one.
    pub distance: f64,
    /// Number of further melodies with the same notes, which are not listed.
    pub duplicate_count: usize,
}

/// The melodies most like one, nearest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MelodyNeighbours {
    /// By the distance of [`similarity_features`]: about 1 for a melody without a common onset, or an octave away throughout.
    /// All have different notes. Empty for a silent melody.
    pub by_melody_distance: Vec<Neighbour>,
    /// By the distance between latent points, in standard deviations of the prior.
    pub by_latent: Vec<Neighbour>,
    /// Number of other melodies with the same notes.
    pub duplicate_count: usize,
}

/// Finds the `count` nearest neighbours of `query` among `others`, which may contain it, by melody distance and by latent distance.
///
/// Equal distances keep the order of the candidates. The result does not depend on the number of threads.
#[must_use]
pub fn find_neighbours(
    plan: &SweepPlan,
    query: &NeighbourCandidate,
    others: &[NeighbourCandidate],
    count: usize,
) -> MelodyNeighbours {
    let (by_melody_distance, duplicate_count) = by_melody_distance(query, others, count);
    MelodyNeighbours {
        by_melody_distance,
        by_latent: by_latent(plan, query, others, count),
        duplicate_count,
    }
}

fn by_melody_distance(
    query: &NeighbourCandidate,
    others: &[NeighbourCandidate],
    count: usize,
) -> (Vec<Neighbour>, usize) {
    let query_features = similarity_features(&query.melody);
    let is_silent = query.melody.is_empty();
    let distances = others.par_iter().map(|other| {
        if is_silent || other.melody.is_empty() || other.id == query.id {
            f32::INFINITY
        } else {
            squared_distance(&query_features, &similarity_features(&other.melody))
        }
    });
    let mut list: Vec<Neighbour> = Vec::new();
    let query_notes = query.melody.tokens().canonical();
    let mut list_positions: HashMap<Tokens, usize> = HashMap::new();
    let mut duplicate_count = 0;
    for (squared, index) in sorted_ascending(distances.collect()) {
        let Some(other) = others.get(index) else {
            continue;
        };
        let notes = other.melody.tokens().canonical();
        if notes == query_notes {
            duplicate_count += 1;
        } else if let Some(listed) = list_positions
            .get(&notes)
            .and_then(|index| list.get_mut(*index))
        {
            listed.duplicate_count += 1;
        } else if list.len() < count {
            list_positions.insert(notes, list.len());
            list.push(Neighbour {
                id: other.id,
                distance: f64::from(squared).sqrt(),
                duplicate_count: 0,
            });
        } else if list
            .last()
            .is_none_or(|last| f64::from(squared).sqrt() > last.distance)
        {
            // Melodies with the notes of a listed one have its distance, so none follows.
            break;
        }
    }
    (list, duplicate_count)
}

fn by_latent(
    plan: &SweepPlan,
    query: &NeighbourCandidate,
    others: &[NeighbourCandidate],
    count: usize,
) -> Vec<Neighbour> {
    let point = |candidate: &NeighbourCandidate| {
        let latent = candidate.latent.clone();
        latent.or_else(|| plan.latent(candidate.id))
    };
    let Some(query_point) = point(query) else {
        return Vec::new();
    };
    let distances = others.par_iter().map(|other| {
        let other_point = point(other).filter(|_| other.id != query.id);
        other_point.map_or(f32::INFINITY, |other_point| {
            query_point.distance(&other_point) as f32
        })
    });
    sorted_ascending(distances.collect())
        .take(count)
        .filter_map(|(distance, index)| {
            Some(Neighbour {
                id: others.get(index)?.id,
                distance: f64::from(distance),
                duplicate_count: 0,
            })
        })
        .collect()
}

/// The finite values in ascending order, with their indices.
fn sorted_ascending(values: Vec<f32>) -> impl Iterator<Item = (f32, usize)> {
    let mut order: Vec<(f32, usize)> = values
        .into_iter()
        .zip(0..)
        .filter(|(value, _)| value.is_finite())
        .collect();
    order.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order.into_iter()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::{Note, STEPS_PER_BAR, transpose};
    use crate::sweep::SweepConfig;

    fn tune(shift: u32) -> Arc<Melody> {
        let notes: Vec<Note> = [60, 62, 64, 67, 65, 64, 62, 60]
            .iter()
            .zip(0..)
            .map(|(pitch, beat)| Note {
                pitch: *pitch,
                start: 4 * beat + shift,
                end: 4 * beat + shift + 2,
            })
            .collect();
        Arc::new(Melody::from_notes(&notes, 2 * STEPS_PER_BAR).unwrap())
    }

    fn plan() -> SweepPlan {
        let config = SweepConfig {
            regions: 4,
            samples: 8,
            ..SweepConfig::default()
        };
        SweepPlan::new(&config, 32).unwrap()
    }

    fn sample(region: u32, sample: u32, melody: &Arc<Melody>) -> NeighbourCandidate {
        NeighbourCandidate {
            id: MelodyId::Sample { region, sample },
            melody: Arc::clone(melody),
            latent: None,
        }
    }

    #[test]
    fn a_tune_moved_up_a_tone_comes_before_one_played_late_and_equal_ones_are_counted() {
        let own = tune(0);
        let higher = Arc::new(Melody::from_tokens(transpose(own.tokens(), 2).unwrap()));
        let late = tune(2);
        let silent = Arc::new(Melody::from_notes(&[], 2 * STEPS_PER_BAR).unwrap());
        let others = [
            sample(0, 0, &late),
            sample(0, 1, &own),
            sample(0, 2, &higher),
            sample(0, 3, &silent),
            sample(0, 4, &own),
            sample(1, 0, &higher),
            sample(1, 1, &late),
            sample(1, 2, &higher),
        ];
        let neighbours = find_neighbours(&plan(), &others[1], &others, 2);
        assert_eq!(neighbours.duplicate_count, 1);
        let list: Vec<_> = neighbours
            .by_melody_distance
            .iter()
            .map(|a| (a.id, a.duplicate_count))
            .collect();
        assert_eq!(list, [(others[2].id, 2), (others[0].id, 1)]);
        assert!(
            neighbours.by_melody_distance[0].distance < neighbours.by_melody_distance[1].distance
        );
        // Nothing sounds like silence.
        let nothing = find_neighbours(&plan(), &others[3], &others, 2);
        assert!(nothing.by_melody_distance.is_empty() && nothing.by_latent.len() == 2);
    }

    #[test]
    fn note_offs_in_silence_make_no_other_melody() {
        let own = tune(2);
        // The first two steps are silent.
        let mut tokens = own.tokens().as_slice().to_vec();
        tokens[0] = crate::melody::NOTE_OFF;
        let spelt_otherwise = Arc::new(Melody::from_tokens(Tokens::new(tokens).unwrap()));
        assert_ne!(own.tokens(), spelt_otherwise.tokens());
        let higher = Arc::new(Melody::from_tokens(transpose(own.tokens(), 2).unwrap()));
        let others = [
            sample(0, 0, &own),
            sample(0, 1, &spelt_otherwise),
            sample(0, 2, &higher),
        ];
        let neighbours = find_neighbours(&plan(), &others[0], &others, 3);
        assert_eq!(neighbours.duplicate_count, 1);
        let ids: Vec<_> = neighbours.by_melody_distance.iter().map(|a| a.id).collect();
        assert_eq!(ids, [others[2].id]);
    }

    #[test]
    fn the_nearest_latent_points_are_those_of_an_exhaustive_search() {
        let (plan, melody) = (plan(), tune(0));
        let others: Vec<NeighbourCandidate> = plan
            .sample_ids()
            .map(|id| NeighbourCandidate {
                id,
                melody: Arc::clone(&melody),
                latent: None,
            })
            .collect();
        // A generated melody brings its own point: between two samples, nearer to the first.
        let point = |index: usize| plan.latent(others[index].id).unwrap();
        let between: Vec<f32> = point(3)
            .as_slice()
            .iter()
            .zip(point(20).as_slice())
            .map(|(a, b)| 0.8 * a + 0.2 * b)
            .collect();
        let query = NeighbourCandidate {
            id: MelodyId::Steered { steer: 0, index: 0 },
            melody: Arc::clone(&melody),
            latent: Some(LatentPoint::new(between)),
        };
        let neighbours = find_neighbours(&plan, &query, &others, 5);
        let mut by_hand: Vec<(f64, MelodyId)> = (0..others.len())
            .map(|index| {
                (
                    query.latent.as_ref().unwrap().distance(&point(index)),
                    others[index].id,
                )
            })
            .collect();
        by_hand.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert_eq!(neighbours.by_latent[0].id, others[3].id);
        for (neighbours, (distance, id)) in neighbours.by_latent.iter().zip(by_hand) {
            assert_eq!(neighbours.id, id);
            assert!((neighbours.distance - distance).abs() < 1e-5);
        }
        assert!(
            neighbours.by_melody_distance.is_empty() && neighbours.duplicate_count == others.len()
        );
    }
}

//! Placing a new point on a finished map by its nearest neighbours, with an error estimate.

use super::features::Features;
use super::neighbours::nearest_to;
use super::plane::squared_distance;

/// Number of neighbours that determine a position.
const NEIGHBOUR_COUNT: usize = 8;

/// Position of a new point on a map, with its reliability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// The position, in map units.
    pub position: [f64; 2],
    /// Root mean square distance on the map, in map units, from the position to the neighbours, with their weights: small where
    /// they lie together, large where the map separates them.
    pub error: f64,
    /// Distance from the point to the nearest of the map's points, in the layout's own distance; large for a point far from
    /// all others.
    pub nearest_distance: f64,
}

/// The position of a new point on a finished map, by its nearest neighbours in the layout's own distance.
///
/// It is the neighbours' mean with the weights exp(-d²/m²), where d is a neighbour's distance and m the median of these distances
/// (a kernel regression with a Gaussian kernel of standard deviation m/√2, Nadaraya 1964). Neighbours far on the map from the
/// medoid are left out, because a mean of points that the map separates would lie where none of them is. A point that equals a
/// row of the map gets exactly its position. `None` on an empty map.
///
/// # Shapes
/// - `features`: the rows of the map's points, `positions`: one per row
/// - `row`: the new point, as long as the rows
#[must_use]
pub fn place_by_neighbours(
    features: &Features,
    positions: &[[f64; 2]],
    row: &[f32],
) -> Option<Placement> {
    let neighbours: Vec<(f64, [f64; 2])> = nearest_to(features, row, NEIGHBOUR_COUNT)
        .into_iter()
        .filter_map(|(squared, index)| Some((f64::from(squared), *positions.get(index as usize)?)))
        .collect();
    let (nearest, nearest_position) = *neighbours.first()?;
    let median_squared = neighbours
        .get(neighbours.len() / 2)
        .map_or(nearest, |(squared, _)| *squared);
    let weight_of = |squared: f64| {
        if median_squared > 0.0 {
            (-squared / median_squared).exp()
        } else {
            1.0
        }
    };
    // The neighbour with the smallest weighted sum of distances to the others on the map.
    let spread = |centre: [f64; 2]| -> f64 {
        neighbours
            .iter()
            .map(|(squared, map_position)| {
                weight_of(*squared) * squared_distance(centre, *map_position).sqrt()
            })
            .sum()
    };
    let medoid = neighbours
        .iter()
        .map(|(_, map_position)| (spread(*map_position), *map_position))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(nearest_position, |(_, map_position)| map_position);
    let from_medoid = |map_position: &[f64; 2]| squared_distance(medoid, *map_position);
    let mut squared_radii: Vec<f64> = neighbours
        .iter()
        .map(|(_, map_position)| from_medoid(map_position))
        .collect();
    squared_radii.sort_by(f64::total_cmp);
    let limit = squared_radii
        .get(squared_radii.len() / 2)
        .copied()
        .unwrap_or(0.0)
        * 4.0;
    let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
    for (squared, map_position) in neighbours
        .iter()
        .filter(|(_, map_position)| from_medoid(map_position) <= limit)
    {
        let weight = weight_of(*squared);
        x += weight * map_position[0];
        y += weight * map_position[1];
        total += weight;
    }
    let position = if nearest <= 0.0 || total <= 0.0 {
        nearest_position
    } else {
        [x / total, y / total]
    };
    let (mut errors, mut weights) = (0.0, 0.0);
    for (squared, map_position) in &neighbours {
        errors += weight_of(*squared) * squared_distance(position, *map_position);
        weights += weight_of(*squared);
    }
    let error = if nearest <= 0.0 || weights <= 0.0 {
        0.0
    } else {
        (errors / weights).sqrt()
    };
    Some(Placement {
        position,
        error,
        nearest_distance: nearest.sqrt(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::embedding::plane::distance;

    fn grid() -> (Features, Vec<[f64; 2]>) {
        let rows: Vec<[f32; 2]> = (0..400)
            .map(|k| [(k % 20) as f32, (k / 20) as f32])
            .collect();
        let positions = rows
            .iter()
            .map(|r| [f64::from(r[0]) * 3.0, f64::from(r[1]) * 3.0])
            .collect();
        (Features::new(&rows), positions)
    }

    #[test]
    fn a_new_point_is_placed_between_its_neighbours_and_a_known_one_at_its_position() {
        let (features, positions) = grid();
        let new = place_by_neighbours(&features, &positions, &[4.5, 7.5]).unwrap();
        assert!(
            (new.position[0] - 13.5).abs() < 1.5 && (new.position[1] - 22.5).abs() < 1.5,
            "{new:?}"
        );
        assert!(
            new.error < 6.0 && (new.nearest_distance - 0.5_f64.sqrt()).abs() < 1e-6,
            "{new:?}"
        );
        let known = place_by_neighbours(&features, &positions, &[4.0, 7.0]).unwrap();
        assert_eq!((known.position, known.error), ([12.0, 21.0], 0.0));
        assert!(place_by_neighbours(&Features::new::<[f32; 2]>(&[]), &[], &[1.0, 2.0]).is_none());
    }

    #[test]
    fn neighbours_that_the_map_separates_make_a_large_error_and_no_position_between_them() {
        let (features, mut positions) = grid();
        let intact = place_by_neighbours(&features, &positions, &[9.6, 9.5]).unwrap();
        // The left half of the map is moved far away.
        for (k, position) in positions.iter_mut().enumerate() {
            if k % 20 < 10 {
                position[0] -= 500.0;
            }
        }
        let separated = place_by_neighbours(&features, &positions, &[9.6, 9.5]).unwrap();
        assert!(
            separated.error > 10.0 * intact.error,
            "{separated:?} {intact:?}"
        );
        let nearest_distance = positions
            .iter()
            .map(|p| distance(*p, separated.position))
            .fold(f64::INFINITY, f64::min);
        assert!(nearest_distance < 5.0, "{nearest_distance}");
    }
}

//! Placing a point on a finished map by its nearest neighbours there, and how wrong that place may be.

use super::Features;
use super::neighbours::nearest_to;

/// Neighbours that decide a place.
const DECIDING: usize = 8;

/// Where a new point goes, and how far the place can be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// The place, in map units.
    pub position: [f64; 2],
    /// Root mean square distance on the map from the place to the neighbours that decided it, weighted as they were: small where all of them
    /// lie together, large where the map has torn them apart. Map units.
    pub error: f64,
    /// Distance from the point to the nearest of the map's points, in the layout's own distance: what is far from everything
    /// is nowhere at home.
    pub to_nearest: f64,
}

/// The place of a point on a finished map, by its nearest neighbours in the layout's own distance. Nothing moves for it.
///
/// The place is the neighbours' mean with Gaussian weights, as wide as the distance to the middle one of them (a kernel
/// regression, Nadaraya 1964, with a neighbour's bandwidth). A mean of neighbours that the map has torn apart would lie
/// where none of them is: so those far on the map from the best of them are left out. A point that is on
/// the map already, to the last digit, goes exactly where it is. `None` on an empty map.
///
/// # Shapes
/// - `features`: the rows of the map's points, `positions`: one per row
/// - `row`: the new point, as long as the rows
#[must_use]
pub fn among(features: &Features, positions: &[[f64; 2]], row: &[f32]) -> Option<Placement> {
    let near: Vec<(f64, [f64; 2])> = nearest_to(features, row, DECIDING)
        .into_iter()
        .filter_map(|(square, index)| Some((f64::from(square), *positions.get(index as usize)?)))
        .collect();
    let (nearest, home) = *near.first()?;
    let middle = near
        .get(near.len() / 2)
        .map_or(nearest, |(square, _)| *square);
    let weigh = |square: f64| {
        if middle > 0.0 {
            (-square / middle).exp()
        } else {
            1.0
        }
    };
    let apart = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    // The neighbour that the others, by weight, are nearest to on the map: its surroundings are the place.
    let together = |centre: [f64; 2]| -> f64 {
        near.iter()
            .map(|(square, at)| weigh(*square) * apart(centre, *at).sqrt())
            .sum()
    };
    let medoid = near
        .iter()
        .map(|(_, at)| (together(*at), *at))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(home, |(_, at)| at);
    let mut reaches: Vec<f64> = near.iter().map(|(_, at)| apart(medoid, *at)).collect();
    reaches.sort_by(f64::total_cmp);
    let reach = reaches.get(reaches.len() / 2).copied().unwrap_or(0.0) * 4.0;
    let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
    for (square, at) in near.iter().filter(|(_, at)| apart(medoid, *at) <= reach) {
        let weight = weigh(*square);
        x += weight * at[0];
        y += weight * at[1];
        total += weight;
    }
    let position = if nearest <= 0.0 || total <= 0.0 {
        home
    } else {
        [x / total, y / total]
    };
    let (mut errors, mut weights) = (0.0, 0.0);
    for (square, at) in &near {
        errors += weigh(*square) * apart(position, *at);
        weights += weigh(*square);
    }
    let error = if nearest <= 0.0 || weights <= 0.0 {
        0.0
    } else {
        (errors / weights).sqrt()
    };
    Some(Placement {
        position,
        error,
        to_nearest: nearest.sqrt(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn grid() -> (Features, Vec<[f64; 2]>) {
        let rows: Vec<[f32; 2]> = (0..400)
            .map(|k| [(k % 20) as f32, (k / 20) as f32])
            .collect();
        let places = rows
            .iter()
            .map(|r| [f64::from(r[0]) * 3.0, f64::from(r[1]) * 3.0])
            .collect();
        (Features::new(&rows), places)
    }

    #[test]
    fn a_new_point_goes_between_its_neighbours_and_a_known_one_where_it_is() {
        let (features, places) = grid();
        let new = among(&features, &places, &[4.5, 7.5]).unwrap();
        assert!(
            (new.position[0] - 13.5).abs() < 1.5 && (new.position[1] - 22.5).abs() < 1.5,
            "{new:?}"
        );
        assert!(
            new.error < 6.0 && (new.to_nearest - 0.5_f64.sqrt()).abs() < 1e-6,
            "{new:?}"
        );
        let known = among(&features, &places, &[4.0, 7.0]).unwrap();
        assert_eq!((known.position, known.error), ([12.0, 21.0], 0.0));
        assert!(among(&Features::new::<[f32; 2]>(&[]), &[], &[1.0, 2.0]).is_none());
    }

    #[test]
    fn neighbours_that_the_map_tore_apart_make_a_large_error_and_no_place_in_the_void() {
        let (features, mut places) = grid();
        let whole = among(&features, &places, &[9.6, 9.5]).unwrap();
        // The left half of the map is carried far away.
        for (k, place) in places.iter_mut().enumerate() {
            if k % 20 < 10 {
                place[0] -= 500.0;
            }
        }
        let torn = among(&features, &places, &[9.6, 9.5]).unwrap();
        assert!(torn.error > 10.0 * whole.error, "{torn:?} {whole:?}");
        let to_nearest = places
            .iter()
            .map(|p| (p[0] - torn.position[0]).hypot(p[1] - torn.position[1]))
            .fold(f64::INFINITY, f64::min);
        assert!(to_nearest < 5.0, "{to_nearest}");
    }
}

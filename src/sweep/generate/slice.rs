//! A slice of the latent space: the melodies on a grid in the plane through a point in which the melodies change most.
//!
//! The plane is that of the model's principal axes, the same at every point. Over 40 points of the prior, melodies 1.5 standard
//! deviations away along them differ more from the one in the centre than along the plane of steepest change of each point, from
//! central differences in all dimensions, which takes as many melodies as the slice itself.

use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::MelodyModel;
use crate::progress::Observer;
use crate::sweep::decode::decode_greedy;
use crate::sweep::error::SweepError;

/// Cells of the full slice per cell of the coarse one, in each direction.
const COARSE_FACTOR: usize = 2;

/// The melodies of a slice, row by row from the lower left corner.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentSlice {
    /// Melodies per row, and rows.
    pub side: usize,
    /// The latent point of each melody.
    pub points: Vec<LatentPoint>,
    /// The most likely melody of each point.
    pub melodies: Vec<Melody>,
    /// Their attributes.
    pub attributes: Vec<AttributeRow>,
}

/// Decodes `side` x `side` melodies around a point, up to `max_distance` from it along each direction, in standard deviations of the
/// prior. Melodies tend to have more notes to the right and higher pitches upwards.
///
/// `coarse` gets every second melody of every second row first, a quarter of the work.
///
/// # Errors
/// [`SweepError::Cancelled`], [`SweepError::Model`].
pub fn latent_slice(
    centre: &LatentPoint,
    (side, max_distance): (usize, f64),
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
    coarse: &mut dyn FnMut(LatentSlice),
) -> Result<LatentSlice, SweepError> {
    let [right, up] = directions(centre, max_distance as f32, model, observer)?;
    let offset =
        |index: usize| max_distance * (2.0 * index as f64 / (side.max(2) - 1) as f64 - 1.0);
    let points: Vec<LatentPoint> = (0..side * side)
        .map(|cell| {
            let (x, y) = (offset(cell % side) as f32, offset(cell / side) as f32);
            shifted(&shifted(centre, &right, x), &up, y)
        })
        .collect();
    let is_coarse = |cell: &usize| {
        (cell % side).is_multiple_of(COARSE_FACTOR) && (cell / side).is_multiple_of(COARSE_FACTOR)
    };
    let (first, later): (Vec<usize>, Vec<usize>) = (0..points.len()).partition(is_coarse);
    let mut melodies: Vec<Option<Melody>> = vec![None; points.len()];
    for (cells, coarse_side) in [(first, Some(side.div_ceil(COARSE_FACTOR))), (later, None)] {
        let of_cells: Vec<LatentPoint> = cells.iter().map(|&cell| points[cell].clone()).collect();
        let decoded = decode_greedy(model, observer, &of_cells)?;
        if let Some(side) = coarse_side {
            coarse(LatentSlice::new(side, of_cells, decoded.clone()));
        }
        for (cell, melody) in cells.into_iter().zip(decoded) {
            melodies[cell] = Some(melody);
        }
    }
    let melodies = melodies.into_iter().flatten().collect();
    Ok(LatentSlice::new(side, points, melodies))
}

impl LatentSlice {
    fn new(side: usize, points: Vec<LatentPoint>, melodies: Vec<Melody>) -> Self {
        Self {
            side,
            attributes: melodies.iter().map(AttributeRow::measure).collect(),
            points,
            melodies,
        }
    }
}

/// The point at this distance from `point` along a unit vector.
fn shifted(point: &LatentPoint, axis: &LatentPoint, distance: f32) -> LatentPoint {
    let coordinates = point.as_slice().iter().zip(axis.as_slice());
    LatentPoint::new(coordinates.map(|(z, a)| z + distance * a).collect())
}

/// The principal axes, in the order and with the signs by which melodies tend to have more notes to the right and higher pitches
/// upwards, judged by the melodies at `distance` from the centre along each.
fn directions(
    centre: &LatentPoint,
    distance: f32,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<[LatentPoint; 2], SweepError> {
    let mut axes = model.principal_axes();
    let none = LatentPoint::new(vec![0.0; centre.len()]);
    axes.resize(2, none);
    let ends: Vec<LatentPoint> = axes
        .iter()
        .flat_map(|axis| [distance, -distance].map(|step| shifted(centre, axis, step)))
        .collect();
    let melodies = decode_greedy(model, observer, &ends)?;
    let gain = |axis: usize, measure: fn(&Melody) -> f64| {
        let of_end = |end: usize| melodies.get(2 * axis + end).map_or(0.0, measure);
        of_end(0) - of_end(1)
    };
    let notes = [gain(0, note_count), gain(1, note_count)];
    let pitches = [gain(0, mean_pitch), gain(1, mean_pitch)];
    let swaps = (notes[0] * pitches[1]).abs() < (notes[1] * pitches[0]).abs();
    let (right, up) = if swaps { (1, 0) } else { (0, 1) };
    let signed = |axis: usize, gain: f64| {
        let sign = if gain < 0.0 { -1.0 } else { 1.0 };
        LatentPoint::new(axes[axis].as_slice().iter().map(|x| sign * x).collect())
    };
    Ok([signed(right, notes[right]), signed(up, pitches[up])])
}

fn note_count(melody: &Melody) -> f64 {
    melody.notes().len() as f64
}

/// Mean pitch of the notes, a MIDI number; middle C without notes.
fn mean_pitch(melody: &Melody) -> f64 {
    let notes = melody.notes();
    if notes.is_empty() {
        return 60.0;
    }
    notes.iter().map(|note| f64::from(note.pitch)).sum::<f64>() / notes.len() as f64
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::prior_point;
    use crate::melody::Tokens;
    use crate::model::{ModelError, Posterior, Sampling};
    use crate::progress::Unobserved;

    /// A model of ten dimensions: the fourth moves all pitches by a fifth per unit, the eighth the number of notes.
    struct TwoDirections;

    impl MelodyModel for TwoDirections {
        fn latent_size(&self) -> usize {
            10
        }
        fn steps(&self) -> usize {
            32
        }
        fn principal_axes(&self) -> Vec<LatentPoint> {
            // The one that raises the pitch first, the one that adds notes second and downwards.
            [(3, 1.0), (7, -1.0)]
                .map(|(index, x)| {
                    LatentPoint::new((0..10).map(|d| if d == index { x } else { 0.0 }).collect())
                })
                .to_vec()
        }
        fn decode(
            &mut self,
            latents: &[LatentPoint],
            _sampling: &Sampling,
        ) -> Result<Vec<Tokens>, ModelError> {
            let melody = |z: &LatentPoint| {
                let z = z.as_slice();
                let count = (8.0 + 6.0 * z[7]).round().clamp(1.0, 32.0) as usize;
                let pitch = (60.0 + 7.0 * z[3]).round().clamp(22.0, 100.0) as u8;
                let mut tokens = vec![0_u8; 32];
                for note in 0..count {
                    tokens[note * 32 / count] = pitch - 19;
                }
                Tokens::new(tokens).unwrap()
            };
            Ok(latents.iter().map(melody).collect())
        }
        fn encode(&mut self, _melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
            Err(ModelError::NoEncoder)
        }
        fn device_name(&self) -> String {
            "toy".to_owned()
        }
        fn weights_hash(&self) -> &str {
            "0123456789ab"
        }
    }

    #[test]
    fn there_are_more_notes_to_the_right_and_higher_ones_upwards() {
        let centre = prior_point(10, 5, 0);
        let [right, up] = directions(&centre, 1.5, &mut TwoDirections, &mut Unobserved).unwrap();
        let axis =
            |index| LatentPoint::new((0..10).map(|d| f32::from(u8::from(d == index))).collect());
        assert!(right.distance(&axis(7)) < 1e-6, "{right:?}");
        assert!(up.distance(&axis(3)) < 1e-6, "{up:?}");
    }

    #[test]
    fn a_slice_is_a_grid_around_its_centre_and_is_the_same_again() {
        let centre = prior_point(10, 5, 0);
        let slice = |coarse: &mut dyn FnMut(LatentSlice)| {
            latent_slice(
                &centre,
                (5, 1.5),
                &mut TwoDirections,
                &mut Unobserved,
                coarse,
            )
            .unwrap()
        };
        let mut coarse = None;
        let full = slice(&mut |first| coarse = Some(first));
        assert_eq!((full.side, full.points.len()), (5, 25));
        assert!(full.points[12].distance(&centre) < 1e-6);
        // The corners lie at the square root of two times the distance.
        let corner = full.points[24].distance(&centre);
        assert!((corner - 1.5 * 2.0_f64.sqrt()).abs() < 1e-5, "{corner}");
        let tokens: Vec<Tokens> = full.melodies.iter().map(|m| m.tokens().clone()).collect();
        let decoded = TwoDirections.decode(&full.points, &Sampling::Greedy);
        assert_eq!(tokens, decoded.unwrap());
        assert_eq!(full, slice(&mut |_| {}));
        // The coarse one has the melodies of every second column and row.
        let coarse = coarse.unwrap();
        assert_eq!((coarse.side, coarse.melodies.len()), (3, 9));
        assert_eq!(coarse.points[5], full.points[14]);
        assert_eq!(coarse.melodies[5], full.melodies[14]);
    }
}

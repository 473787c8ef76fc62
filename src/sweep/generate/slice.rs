//! A slice of the latent space: the melodies on a grid in a plane through a point, in which the music changes most.
//!
//! The directions of the plane come from the decoder alone: central differences of the features of a melody along every latent
//! dimension are their Jacobian, and its first two left singular vectors are the directions in which the features change most.

use nalgebra::DMatrix;

use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Note};
use crate::model::MelodyModel;
use crate::progress::Observer;
use crate::sweep::decode::decode_greedy;
use crate::sweep::error::SweepError;

/// Length of the steps from the centre along each dimension, in both directions, in standard deviations of the prior: long enough
/// to change notes.
const STEP: f32 = 1.0;
/// How much the start of a note counts, in semitones.
const ONSET: f64 = 6.0;

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

/// Decodes `side` x `side` melodies around a point, up to `reach` from it along each direction, in standard deviations of the
/// prior. To the right there are rather more notes, upwards rather higher ones.
///
/// # Errors
/// [`SweepError::Cancelled`], [`SweepError::Model`].
pub fn latent_slice(
    centre: &LatentPoint,
    (side, reach): (usize, f64),
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<LatentSlice, SweepError> {
    let [right, up] = directions_of_change(centre, model, observer)?;
    let at = |index: usize| reach * (2.0 * index as f64 / (side.max(2) - 1) as f64 - 1.0);
    let cells = (0..side).flat_map(|row| (0..side).map(move |column| (row, column)));
    let points: Vec<LatentPoint> = cells
        .map(|(row, column)| {
            let (x, y) = (at(column) as f32, at(row) as f32);
            let steps = right.iter().zip(&up);
            let moved = centre.as_slice().iter().zip(steps);
            LatentPoint::new(moved.map(|(z, (r, u))| z + x * r + y * u).collect())
        })
        .collect();
    let melodies = decode_greedy(model, observer, &points)?;
    Ok(LatentSlice {
        side,
        attributes: melodies.iter().map(AttributeRow::measure).collect(),
        points,
        melodies,
    })
}

/// Two orthogonal unit vectors, one coordinate per latent dimension, along which the melody at a point changes most.
fn directions_of_change(
    centre: &LatentPoint,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
) -> Result<[Vec<f32>; 2], SweepError> {
    let dimensions = centre.len();
    let moved = |by: f32| {
        (0..dimensions).map(move |dimension| {
            let mut point = centre.as_slice().to_vec();
            point[dimension] += by;
            LatentPoint::new(point)
        })
    };
    let points: Vec<LatentPoint> = moved(STEP).chain(moved(-STEP)).collect();
    let melodies = decode_greedy(model, observer, &points)?;
    let (ahead, behind) = melodies.split_at(dimensions);
    let width = 2 * model.steps();
    let mut jacobian = DMatrix::zeros(dimensions, width);
    for (row, (ahead, behind)) in ahead.iter().zip(behind).enumerate() {
        let change = features(ahead, width)
            .into_iter()
            .zip(features(behind, width));
        for (column, (ahead, behind)) in change.enumerate() {
            jacobian[(row, column)] = ahead - behind;
        }
    }
    let basis = jacobian.clone().svd(true, false).u.unwrap_or_default();
    let axis = |index: usize, unit: usize| -> Vec<f64> {
        match basis.ncols() > index {
            true => basis.column(index).iter().copied().collect(),
            false => (0..dimensions)
                .map(|d| f64::from(u8::from(d == unit)))
                .collect(),
        }
    };
    let gain = |axis: &[f64], columns: std::ops::Range<usize>| -> f64 {
        let sum = |row: usize| {
            columns
                .clone()
                .map(|column| jacobian[(row, column)])
                .sum::<f64>()
        };
        axis.iter().enumerate().map(|(row, x)| x * sum(row)).sum()
    };
    let (mut right, mut up) = (axis(0, 0), axis(1, 1));
    // Features are pitches, then starts of notes.
    let half = width / 2;
    if gain(&right, half..width) < 0.0 {
        right.iter_mut().for_each(|x| *x = -*x);
    }
    if gain(&up, 0..half) < 0.0 {
        up.iter_mut().for_each(|x| *x = -*x);
    }
    let narrow = |axis: Vec<f64>| axis.into_iter().map(|x| x as f32).collect();
    Ok([narrow(right), narrow(up)])
}

/// What is heard at each step, in semitones: the pitch that sounds, relative to the mean of all pitches where none does, and
/// whether a note starts.
fn features(melody: &Melody, width: usize) -> Vec<f64> {
    let notes = melody.notes();
    let mut features = vec![0.0; width];
    let half = width / 2;
    let mean = |notes: &[Note]| {
        let sum: f64 = notes.iter().map(|note| f64::from(note.pitch)).sum();
        sum / notes.len().max(1) as f64
    };
    if !notes.is_empty() {
        features[..half].fill(mean(notes));
    }
    for note in notes {
        let (start, end) = (note.start as usize, note.end as usize);
        if let Some(sounding) = features.get_mut(start..end.min(half)) {
            sounding.fill(f64::from(note.pitch));
        }
        if let Some(onset) = features.get_mut(half + start).filter(|_| start < half) {
            *onset = ONSET;
        }
    }
    features
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
    fn the_plane_holds_the_directions_that_change_the_music() {
        let centre = prior_point(10, 5, 0);
        let found = directions_of_change(&centre, &mut TwoDirections, &mut Unobserved).unwrap();
        for direction in &found {
            let norm: f32 = direction.iter().map(|x| x * x).sum();
            assert!((norm - 1.0).abs() < 1e-5);
            let inside = direction[3].powi(2) + direction[7].powi(2);
            assert!(inside > 0.9, "{direction:?}");
        }
        let product: f32 = found[0].iter().zip(&found[1]).map(|(a, b)| a * b).sum();
        assert!(product.abs() < 1e-5);
    }

    #[test]
    fn a_slice_is_a_grid_around_its_centre_and_is_the_same_again() {
        let centre = prior_point(10, 5, 0);
        let slice = || latent_slice(&centre, (5, 1.5), &mut TwoDirections, &mut Unobserved);
        let found = slice().unwrap();
        assert_eq!((found.side, found.points.len()), (5, 25));
        assert!(found.points[12].distance(&centre) < 1e-6);
        // The corners lie at the square root of two times the reach.
        let corner = found.points[24].distance(&centre);
        assert!((corner - 1.5 * 2.0_f64.sqrt()).abs() < 1e-5, "{corner}");
        let tokens: Vec<Tokens> = found.melodies.iter().map(|m| m.tokens().clone()).collect();
        let decoded = TwoDirections.decode(&found.points, &Sampling::Greedy);
        assert_eq!(tokens, decoded.unwrap());
        assert_eq!(found, slice().unwrap());
    }
}

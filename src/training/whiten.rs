//! Fits the latent space to the prior after training: the same melodies, in coordinates that look like the prior.
//!
//! The posteriors of all training melodies together (the aggregated posterior) should look like the prior, or draws of
//! the prior fall between what the model has learnt. A KL divergence with a weight below 1 does not see to that:
//! Hoffman and Johnson 2016, "ELBO surgery", take it apart. The first two moments can be set right afterwards without
//! any loss: a linear map of the latent space that the encoder's last layer and the decoder's first take in leaves every
//! reconstruction as it was.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::gradient::Layout;
use crate::model::Posterior;

/// Least variance of a direction; keeps the map invertible.
const LEAST_VARIANCE: f64 = 1e-6;
/// Halvings in the search for a bias.
const HALVINGS: usize = 50;
/// How far the biases of the standard deviations may move, up or down.
const FARTHEST: f64 = 20.0;

/// Moves and turns the latent space of the model `weights` (of this layout) so that the aggregated posterior, of which
/// `posteriors` are a sample, has mean 0 and covariance 1.
///
/// The map is the symmetric root of the covariance (ZCA: Kessy, Lewin and Strimmer 2018), which moves each dimension as
/// little as can be. Means are mapped exactly. The model's standard deviations are one per dimension, and a turned
/// ellipsoid is not: their biases are moved so that the logarithm of each is right on average. Too small a sample
/// leaves everything as it is.
pub(super) fn whiten(layout: &Layout, weights: &mut [f32], posteriors: &[Posterior]) {
    let size = layout.mu.outputs;
    if posteriors.len() < 2 {
        return;
    }
    let Moments { mean, covariance } = Moments::of(posteriors, size);
    let eigen = SymmetricEigen::new(covariance);
    let power = |exponent: f64| {
        let values = eigen
            .eigenvalues
            .map(|v| v.max(LEAST_VARIANCE).powf(exponent));
        &eigen.eigenvectors * DMatrix::from_diagonal(&values) * eigen.eigenvectors.transpose()
    };
    let (root, inverse) = (power(0.5), power(-0.5));
    let mean = DMatrix::from_row_slice(1, size, mean.as_slice());

    // Encoder: w = (z - mean) * inverse, rows being points.
    let mu = &layout.mu;
    let kernel = matrix(&weights[mu.kernel.clone()], mu.inputs, size) * &inverse;
    put(&mut weights[mu.kernel.clone()], &kernel);
    let bias = matrix(&weights[mu.bias.clone()], 1, size) - &mean;
    put(&mut weights[mu.bias.clone()], &(bias * &inverse));
    let shifts = shifts(posteriors, &inverse);
    for (bias, shift) in weights[layout.sigma.bias.clone()].iter_mut().zip(shifts) {
        *bias += shift as f32;
    }

    // Decoder: what reads z = mean + w * root. The first layer reads tokens too, in the rows before.
    let states = &layout.initial_state;
    let first = &layout.decoder[0];
    let tokens = first.inputs - size;
    let columns = 4 * first.units;
    let start = first.input_kernel.start + tokens * columns;
    for (kernel, bias, columns) in [
        (states.kernel.clone(), states.bias.clone(), states.outputs),
        (start..first.input_kernel.end, first.bias.clone(), columns),
    ] {
        let old = matrix(&weights[kernel.clone()], size, columns);
        put(&mut weights[kernel], &(&root * &old));
        let moved = matrix(&weights[bias.clone()], 1, columns) + &mean * old;
        put(&mut weights[bias], &moved);
    }
}

/// Mean and covariance of the aggregated posterior: a mixture of Gaussians without correlations.
struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

impl Moments {
    fn of(posteriors: &[Posterior], size: usize) -> Self {
        let share = 1.0 / posteriors.len() as f64;
        let vector =
            |values: &[f32]| DVector::from_iterator(size, values.iter().map(|v| f64::from(*v)));
        let mut mean = DVector::zeros(size);
        for posterior in posteriors {
            mean.axpy(share, &vector(&posterior.mu), 1.0);
        }
        let mut covariance = DMatrix::zeros(size, size);
        for posterior in posteriors {
            let off = vector(&posterior.mu) - &mean;
            covariance.ger(share, &off, &off, 1.0);
            for (k, sigma) in posterior.sigma.iter().enumerate() {
                covariance[(k, k)] += share * f64::from(*sigma).powi(2);
            }
        }
        Self { mean, covariance }
    }
}

/// What to add to the biases under the softplus, so that the mean logarithm of each standard deviation is that of the
/// mapped posteriors.
fn shifts(posteriors: &[Posterior], inverse: &DMatrix<f64>) -> Vec<f64> {
    let squares = inverse.map(|v| v * v);
    let size = inverse.ncols();
    let mut wanted = vec![0.0; size];
    for posterior in posteriors {
        let variances = posterior.sigma.iter().map(|s| f64::from(*s).powi(2));
        let mapped = DVector::from_iterator(size, variances).transpose() * &squares;
        for (sum, variance) in wanted.iter_mut().zip(mapped.iter()) {
            *sum += 0.5 * variance.max(f64::MIN_POSITIVE).ln();
        }
    }
    (0..size)
        .map(|k| {
            // What the softplus was taken of; its inverse is ln(e^s - 1).
            let below: Vec<f64> = posteriors
                .iter()
                .map(|posterior| {
                    f64::from(posterior.sigma[k])
                        .exp_m1()
                        .max(f64::MIN_POSITIVE)
                        .ln()
                })
                .collect();
            let sum_at = |shift: f64| -> f64 {
                let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
                below
                    .iter()
                    .map(|x| softplus(x + shift).max(f64::MIN_POSITIVE).ln())
                    .sum()
            };
            let (mut low, mut high) = (-FARTHEST, FARTHEST);
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(low, high);
                if sum_at(middle) < wanted[k] {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            f64::midpoint(low, high)
        })
        .collect()
}

fn matrix(values: &[f32], rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_row_iterator(rows, columns, values.iter().map(|v| f64::from(*v)))
}

/// Row by row.
fn put(values: &mut [f32], matrix: &DMatrix<f64>) {
    let entries = matrix.row_iter();
    let entries = entries.flat_map(|row| row.iter().copied().collect::<Vec<f64>>());
    for (value, entry) in values.iter_mut().zip(entries) {
        *value = entry as f32;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use std::sync::Arc;

    use super::*;
    use crate::latent::LatentPoint;
    use crate::melody::Tokens;
    use crate::model::{
        Decode as _, DeviceChoice, Engine, MusicVaeConfig, Parameters, Sampling, Weights,
    };
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    fn engine(config: &MusicVaeConfig, parameters: Parameters) -> Engine {
        let weights = Weights::new("test", config.clone(), parameters, serde_json::Value::Null);
        Engine::open(Arc::new(weights.unwrap()), &DeviceChoice::Cpu).unwrap()
    }

    #[test]
    fn the_melodies_stay_and_their_posteriors_together_look_like_the_prior() {
        let config = MusicVaeConfig {
            latent_size: 5,
            encoder_layers: vec![16],
            decoder_layers: vec![16, 16],
            ..MusicVaeConfig::default()
        };
        let layout = Layout::new(&config);
        let mut weights = layout.flatten(&Parameters::initialise(&config, 4)).unwrap();
        // Posteriors far from the prior: wide, off the origin, turned, and of many sizes.
        for weight in &mut weights[layout.mu.kernel.clone()] {
            *weight *= 60.0;
        }
        for (k, bias) in weights[layout.mu.bias.clone()].iter_mut().enumerate() {
            *bias += 0.8 - 0.5 * k as f32;
        }
        for weight in &mut weights[layout.sigma.kernel.clone()] {
            *weight *= 3.0;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let melodies: Vec<Tokens> = (0..600)
            .map(|_| {
                let ids = (0..config.steps).map(|_| rng.random_range(0..90));
                Tokens::new(ids.collect()).unwrap()
            })
            .collect();
        let mut before = engine(&config, layout.unflatten(&weights));
        let old = before.encode(&melodies).unwrap();
        whiten(&layout, &mut weights, &old);
        let mut after = engine(&config, layout.unflatten(&weights));
        let new = after.encode(&melodies).unwrap();

        let moments = Moments::of(&old, 5);
        assert!((moments.covariance - DMatrix::identity(5, 5)).norm() > 1.0);
        assert!(moments.mean.norm() > 1.0);
        let moments = Moments::of(&new, 5);
        assert!(moments.mean.norm() < 1e-3, "{}", moments.mean);
        // The standard deviations are right on average only.
        let off = (moments.covariance - DMatrix::identity(5, 5)).norm();
        assert!(off < 0.1, "{off}");

        let decode = |engine: &mut Engine, posteriors: &[Posterior]| {
            let points: Vec<LatentPoint> = posteriors
                .iter()
                .map(|posterior| LatentPoint::new(posterior.mu.clone()))
                .collect();
            engine.decode(&points, &Sampling::Greedy).unwrap()
        };
        let (a, b) = (decode(&mut before, &old), decode(&mut after, &new));
        // Rounding may tip a token of an untrained model, whose logits are nearly equal.
        let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
        assert!(same >= 590, "{same} of 600");
    }
}

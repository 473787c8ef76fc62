//! Whitens the latent space after training, so that the aggregated posterior matches the prior.
//!
//! If the posteriors of all training melodies together (the aggregated posterior) differ from the prior, draws from the
//! prior lie where the decoder was not trained. A KL divergence with a weight below 1 does not prevent that (Hoffman and
//! Johnson 2016, "ELBO surgery"). The first two moments can be corrected after training, without any loss, by a
//! [`LatentTransform`].

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::gradient::WeightLayout;
use super::latent_transform::LatentTransform;
use crate::model::Posterior;

/// Minimum variance along a direction; keeps the transform invertible.
const MIN_VARIANCE: f64 = 1e-6;

/// Maps the latent space of the model `weights` (of this layout) so that the aggregated posterior, of which `posteriors`
/// are a sample, has mean 0 and the identity as covariance.
///
/// The transform is the symmetric root of the covariance (ZCA: Kessy, Lewin and Strimmer 2018), which changes each dimension as
/// little as possible. The covariance is mixed with the identity, which has the weight `shrinkage` (Ledoit and Wolf 2004), since
/// the covariance of few posteriors is uncertain. With fewer than two posteriors nothing changes.
pub(super) fn whiten(
    layout: &WeightLayout,
    weights: &mut [f32],
    posteriors: &[Posterior],
    shrinkage: f64,
) {
    let size = layout.mu.outputs;
    if posteriors.len() < 2 {
        return;
    }
    let Moments { mean, covariance } = Moments::compute(posteriors, size);
    let identity = DMatrix::identity(size, size);
    let eigen = SymmetricEigen::new(covariance * (1.0 - shrinkage) + identity * shrinkage);
    let covariance_power = |exponent: f64| {
        let values = eigen
            .eigenvalues
            .map(|v| v.max(MIN_VARIANCE).powf(exponent));
        &eigen.eigenvectors * DMatrix::from_diagonal(&values) * eigen.eigenvectors.transpose()
    };
    let transform = LatentTransform {
        mean: DMatrix::from_row_slice(1, size, mean.as_slice()),
        matrix: covariance_power(0.5),
        inverse: covariance_power(-0.5),
    };
    transform.apply(layout, weights, posteriors);
}

/// Mean and covariance of the aggregated posterior, a mixture of Gaussians with diagonal covariances.
struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

impl Moments {
    fn compute(posteriors: &[Posterior], size: usize) -> Self {
        let weight = 1.0 / posteriors.len() as f64;
        let vector =
            |values: &[f32]| DVector::from_iterator(size, values.iter().map(|v| f64::from(*v)));
        let mut mean = DVector::zeros(size);
        for posterior in posteriors {
            mean.axpy(weight, &vector(&posterior.mu), 1.0);
        }
        let mut covariance = DMatrix::zeros(size, size);
        for posterior in posteriors {
            let deviation = vector(&posterior.mu) - &mean;
            covariance.ger(weight, &deviation, &deviation, 1.0);
            for (k, sigma) in posterior.sigma.iter().enumerate() {
                covariance[(k, k)] += weight * f64::from(*sigma).powi(2);
            }
        }
        Self { mean, covariance }
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
        DeviceChoice, Engine, MelodyModel as _, MusicVaeConfig, Parameters, Sampling, Weights,
    };
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    fn engine(config: &MusicVaeConfig, parameters: Parameters) -> Engine {
        let weights = Weights::new("test", config.clone(), parameters, serde_json::Value::Null);
        Engine::open(Arc::new(weights.unwrap()), &DeviceChoice::Cpu).unwrap()
    }

    #[test]
    fn reconstructions_stay_and_the_aggregated_posterior_has_the_moments_of_the_prior() {
        let config = MusicVaeConfig {
            latent_size: 5,
            encoder_layers: vec![16],
            decoder_layers: vec![16, 16],
            ..MusicVaeConfig::default()
        };
        let layout = WeightLayout::new(&config);
        let mut weights = layout.flatten(&Parameters::initialise(&config, 4)).unwrap();
        // Posteriors far from the prior: wide, off the origin, correlated, and of many sizes.
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
        let mut engine_before = engine(&config, layout.unflatten(&weights));
        let posteriors_before = engine_before.encode(&melodies).unwrap();
        whiten(&layout, &mut weights, &posteriors_before, 0.0);
        let mut engine_after = engine(&config, layout.unflatten(&weights));
        let posteriors_after = engine_after.encode(&melodies).unwrap();

        let moments = Moments::compute(&posteriors_before, 5);
        assert!((moments.covariance - DMatrix::identity(5, 5)).norm() > 1.0);
        assert!(moments.mean.norm() > 1.0);
        let moments = Moments::compute(&posteriors_after, 5);
        assert!(moments.mean.norm() < 1e-3, "{}", moments.mean);
        // The standard deviations are right on average only.
        let error = (moments.covariance - DMatrix::identity(5, 5)).norm();
        assert!(error < 0.1, "{error}");

        let decode = |engine: &mut Engine, posteriors: &[Posterior]| {
            let points: Vec<LatentPoint> = posteriors
                .iter()
                .map(|posterior| LatentPoint::new(posterior.mu.clone()))
                .collect();
            engine.decode(&points, &Sampling::Greedy).unwrap()
        };
        let (a, b) = (
            decode(&mut engine_before, &posteriors_before),
            decode(&mut engine_after, &posteriors_after),
        );
        // Rounding may tip a token of an untrained model, whose logits are nearly equal.
        let equal_count = a.iter().zip(&b).filter(|(a, b)| a == b).count();
        assert!(equal_count >= 590, "{equal_count} of 600");
    }
}

//! The active dimensions of a latent space.

use serde::Serialize;

use crate::model::Posterior;
use crate::statistics::variance;
use crate::training::ACTIVE_NATS;

/// Variance of the posterior's mean above which a dimension is active by Burda et al. 2016.
const ACTIVE_VARIANCE: f64 = 0.01;

/// The latent dimensions that the encoder uses for the sweep's own melodies.
///
/// A dimension counts as active if the posterior differs from the prior in it: if the mean over melodies of
/// KL(q(z_d | melody) || N(0, 1)) = (mu^2 + sigma^2 - 1) / 2 - ln sigma exceeds 0.05 nats. This is the rate of the dimension
/// in the training objective (Kingma et al. 2016).
/// The variance of mu alone (Burda et al. 2016, threshold 0.01) is given too, but it ignores the posterior's own variance:
/// if that is nearly the prior's, a slightly varying mean carries almost no information and still counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActiveDimensions {
    /// Number of dimensions whose mean divergence exceeds the threshold.
    pub count: usize,
    /// The threshold, in nats.
    pub threshold: f64,
    /// Number of encoded melodies.
    pub melodies: usize,
    /// Mean divergence of a melody's posterior from the prior, in nats: the sum over the dimensions.
    pub kl_nats: f64,
    /// Fraction of `kl_nats` in the active dimensions.
    #[serde(rename = "share")]
    pub kl_fraction: f64,
    /// The effective number of dimensions: the square of the summed divergences over the sum of their squares.
    pub effective: f64,
    /// Number of dimensions whose posterior mean has a variance above `variance_threshold`.
    pub count_by_variance: usize,
    /// The threshold on the variance.
    pub variance_threshold: f64,
    /// Mean divergence in each dimension, in nats.
    pub divergences: Vec<f64>,
    /// Variance of the posterior's mean in each dimension.
    pub variances: Vec<f64>,
}

impl ActiveDimensions {
    /// Measures posteriors of the same latent size; `None` with fewer than two.
    #[must_use]
    pub fn measure(posteriors: &[Posterior]) -> Option<Self> {
        let latent_size = posteriors
            .first()
            .filter(|_| posteriors.len() > 1)?
            .mu
            .len();
        let column = |part: fn(&Posterior) -> &[f32], d: usize| -> Vec<f64> {
            let present = posteriors.iter().filter_map(|p| part(p).get(d));
            present.map(|x| f64::from(*x)).collect()
        };
        let mus: Vec<Vec<f64>> = (0..latent_size).map(|d| column(|p| &p.mu, d)).collect();
        let divergences: Vec<f64> = mus
            .iter()
            .enumerate()
            .map(|(d, mus)| {
                let sigmas = column(|p| &p.sigma, d);
                let divergences_of_melodies = mus.iter().zip(&sigmas).map(|(mu, sigma)| {
                    (mu * mu + sigma * sigma - 1.0) / 2.0 - sigma.max(f64::MIN_POSITIVE).ln()
                });
                divergences_of_melodies.sum::<f64>() / mus.len() as f64
            })
            .collect();
        let variances: Vec<f64> = mus.iter().filter_map(|mus| variance(mus)).collect();
        let active = || divergences.iter().filter(|kl| **kl > ACTIVE_NATS);
        let total_kl: f64 = divergences.iter().sum();
        let squares: f64 = divergences.iter().map(|kl| kl * kl).sum();
        let ratio = |part: f64, total: f64| if total > 0.0 { part / total } else { 0.0 };
        Some(Self {
            count: active().count(),
            threshold: ACTIVE_NATS,
            melodies: posteriors.len(),
            kl_nats: total_kl,
            kl_fraction: ratio(active().sum(), total_kl),
            effective: ratio(total_kl * total_kl, squares),
            count_by_variance: variances.iter().filter(|v| **v > ACTIVE_VARIANCE).count(),
            variance_threshold: ACTIVE_VARIANCE,
            divergences,
            variances,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_dimension_counts_if_its_posterior_is_not_the_prior() {
        // The first dimension distinguishes melodies, the second varies within the spread of the prior, the third equals the prior.
        let posteriors: Vec<Posterior> = (0..100)
            .map(|k| {
                let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
                Posterior {
                    mu: vec![sign, 0.15 * sign, 0.0],
                    sigma: vec![0.1, 0.99, 1.0],
                }
            })
            .collect();
        let measured = ActiveDimensions::measure(&posteriors).unwrap();
        assert_eq!((measured.count, measured.count_by_variance), (1, 2));
        // By hand: (1 + 0.01 - 1) / 2 + ln 10.
        let first = 0.005 + 10.0_f64.ln();
        assert!(
            (measured.divergences[0] - first).abs() < 1e-6,
            "{measured:?}"
        );
        assert!(measured.divergences[1] < 0.02 && measured.divergences[2].abs() < 1e-12);
        assert!((measured.kl_nats - measured.divergences.iter().sum::<f64>()).abs() < 1e-12);
        assert!(measured.kl_fraction > 0.99 && (1.0..1.02).contains(&measured.effective));
        assert_eq!(ActiveDimensions::measure(&posteriors[..1]), None);
    }
}

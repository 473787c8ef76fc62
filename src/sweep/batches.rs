//! Decoding latent points batch by batch without keeping a sweep: for runs that do not fit into memory.

use super::config::SweepConfig;
use super::decode::{decode_sweep_batch, next_batch};
use super::error::SweepError;
use super::identity::MelodyId;
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::MelodyModel;
use crate::progress::{Observer, RateMeter};

/// Decodes `points` in batches of at least `min_batch`. Each point has its id in `ids`, which seeds the sampling of its tokens, so
/// that the melodies are those of a sweep of this config.
///
/// Cancellation is checked before each batch; progress is counted by `meter`.
///
/// # Errors
/// [`SweepError::Cancelled`], [`SweepError::Model`], [`SweepError::MelodyCount`].
pub fn decode_batches(
    config: &SweepConfig,
    (points, ids): (&[LatentPoint], &[MelodyId]),
    min_batch: usize,
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
    meter: &mut RateMeter,
) -> Result<Vec<Melody>, SweepError> {
    let mut melodies = Vec::with_capacity(points.len());
    let (mut points, mut ids) = (points, ids);
    while let Some(batch_points) = next_batch(&mut points, min_batch, model) {
        observer.check()?;
        let (batch_ids, remaining_ids) = ids.split_at(batch_points.len().min(ids.len()));
        ids = remaining_ids;
        let decoded = decode_sweep_batch(model, observer, config, batch_points, batch_ids)?;
        melodies.extend(decoded);
        observer.progress(meter.add(batch_points.len()));
    }
    Ok(melodies)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::Unobserved;
    use crate::sweep::testing::FakeModel;
    use crate::sweep::{RunOptions, run};

    #[test]
    fn samples_decoded_alone_are_those_of_the_whole_sweep() {
        let config = SweepConfig {
            regions: 6,
            samples: 7,
            temperature: 0.8,
            ..SweepConfig::default()
        };
        let mut model = FakeModel::new(24);
        let options = RunOptions::default();
        let sweep = run(&config, &options, &mut model, &mut Unobserved).unwrap();
        let ids: Vec<MelodyId> = sweep.plan.sample_ids().skip(10).take(15).collect();
        let points: Vec<LatentPoint> = ids.iter().filter_map(|id| sweep.plan.latent(*id)).collect();
        let mut meter = RateMeter::for_melodies(15);
        let (model, observer) = (&mut model, &mut Unobserved);
        let melodies =
            decode_batches(&config, (&points, &ids), 4, model, observer, &mut meter).unwrap();
        for (melody, entry) in melodies.iter().zip(&sweep.samples[10..]) {
            assert_eq!(melody, &*entry.melody);
        }
        assert_eq!(melodies.len(), 15);
    }
}

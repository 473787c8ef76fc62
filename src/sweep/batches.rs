//! Decoding latent points batch by batch without keeping anything else of a sweep: for runs that do not fit into memory.

use super::decode::{SamplingParams, decode, streams};
use super::observer::Meter;
use super::{MelodyId, Observer, SweepConfig, SweepError};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::Decode;

/// The melodies of `points`, each drawn as the melody of its id in `ids` is in a sweep of this config.
///
/// The observer is asked before each batch whether to go on, and told of progress after it, by `meter`.
///
/// # Errors
/// [`SweepError::Cancelled`], [`SweepError::Model`], [`SweepError::MelodyCount`].
pub fn decode_batches(
    config: &SweepConfig,
    (points, ids): (&[LatentPoint], &[MelodyId]),
    batch: usize,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
    meter: &mut Meter,
) -> Result<Vec<Melody>, SweepError> {
    let sampling_params = SamplingParams {
        temperature: config.temperature,
        seed: config.seed,
    };
    let mut melodies = Vec::with_capacity(points.len());
    let batch = batch.max(1);
    for (points, ids) in points.chunks(batch).zip(ids.chunks(batch)) {
        if observer.cancelled() {
            return Err(SweepError::Cancelled);
        }
        let numbers: Vec<u64> = ids.iter().map(|id| streams::of_sweep(*id)).collect();
        melodies.extend(decode(
            decoder,
            observer,
            sampling_params,
            points,
            &numbers,
        )?);
        observer.progress(meter.add(points.len()));
    }
    Ok(melodies)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::sweep::testing::FakeDecoder;
    use crate::sweep::{RunOptions, Unobserved, run};

    #[test]
    fn samples_decoded_by_themselves_are_those_of_the_whole_sweep() {
        let config = SweepConfig {
            regions: 6,
            samples: 7,
            temperature: 0.8,
            ..SweepConfig::default()
        };
        let mut decoder = FakeDecoder::new(24);
        let options = RunOptions::default();
        let sweep = run(&config, &options, &mut decoder, &mut Unobserved).unwrap();
        let ids: Vec<MelodyId> = sweep.plan.sample_ids().skip(10).take(15).collect();
        let points: Vec<LatentPoint> = ids.iter().filter_map(|id| sweep.plan.latent(*id)).collect();
        let mut meter = Meter::start(15);
        let melodies = decode_batches(
            &config,
            (&points, &ids),
            4,
            &mut decoder,
            &mut Unobserved,
            &mut meter,
        )
        .unwrap();
        for (melody, entry) in melodies.iter().zip(&sweep.samples[10..]) {
            assert_eq!(melody, &*entry.melody);
        }
        assert_eq!(melodies.len(), 15);
    }
}

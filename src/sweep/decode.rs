//! Decoding batches of latent points into melodies.

use super::config::SweepConfig;
use super::error::SweepError;
use super::identity::MelodyId;
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::{MelodyModel, Sampling};
use crate::progress::{Observer, RateMeter};

/// Numbers of the random streams for sampling with a temperature: a melody has the same stream in any batch.
pub(super) mod streams {
    use crate::sweep::identity::MelodyId;

    /// The stream of a melody of a sweep.
    pub(in crate::sweep) fn of_melody(id: MelodyId) -> u64 {
        match id {
            MelodyId::Sample { region, sample } => (u64::from(region) << 32) | u64::from(sample),
            MelodyId::Centre { region } => (1 << 63) | u64::from(region),
            MelodyId::Steered { index, .. } | MelodyId::Generated { index, .. } => {
                of_candidate(u64::from(index) << 24)
            }
        }
    }

    /// The stream of a candidate of steering.
    pub(in crate::sweep) fn of_candidate(number: u64) -> u64 {
        (1 << 62) | number
    }
}

/// How tokens are drawn.
#[derive(Clone, Copy)]
pub(super) struct SamplingParams {
    pub(super) temperature: f32,
    pub(super) seed: u64,
}

/// Melodies of a batch where the caller does not choose: small, so that cancelling never takes long.
pub(super) const BATCH: usize = 64;

/// Takes the most likely token at each step.
pub(super) const GREEDY: SamplingParams = SamplingParams {
    temperature: 0.0,
    seed: 0,
};

/// Decodes points of a sweep, drawn as the melodies with these ids.
pub(super) fn decode_sweep_batch(
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
    config: &SweepConfig,
    points: &[LatentPoint],
    ids: &[MelodyId],
) -> Result<Vec<Melody>, SweepError> {
    let streams: Vec<u64> = ids.iter().map(|id| streams::of_melody(*id)).collect();
    let sampling_params = SamplingParams {
        temperature: config.temperature,
        seed: config.seed,
    };
    decode(model, observer, sampling_params, points, &streams)
}

/// Decodes points greedily, batch by batch.
pub(super) fn decode_greedy(
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
    points: &[LatentPoint],
) -> Result<Vec<Melody>, SweepError> {
    let mut meter = RateMeter::start(points.len() as u64);
    let mut melodies = Vec::with_capacity(points.len());
    for batch in points.chunks(BATCH) {
        observer.check()?;
        melodies.extend(decode(model, observer, GREEDY, batch, &[])?);
        observer.progress(meter.add(batch.len()));
    }
    Ok(melodies)
}

/// Decodes a batch and forwards the decoder's notices. `streams` has one number per point; greedy decoding ignores it.
///
/// Greedy decoding passes the whole batch to the decoder; with a temperature, each run of consecutive streams.
pub(super) fn decode(
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
    sampling_params: SamplingParams,
    points: &[LatentPoint],
    streams: &[u64],
) -> Result<Vec<Melody>, SweepError> {
    let mut melodies = Vec::with_capacity(points.len());
    let mut rest = points;
    let mut numbers = streams;
    while !rest.is_empty() {
        let (count, sampling) = match numbers.first() {
            Some(first) if sampling_params.temperature > 0.0 => {
                let run = (*first..)
                    .zip(numbers)
                    .take_while(|(expected, number)| expected == *number)
                    .count();
                let SamplingParams { temperature, seed } = sampling_params;
                (
                    run,
                    Sampling::Temperature {
                        temperature,
                        seed,
                        first_stream: *first,
                    },
                )
            }
            _ => (rest.len(), Sampling::Greedy),
        };
        let decoded = model.decode(&rest[..count], &sampling);
        for notice in model.take_notices() {
            observer.notice(notice);
        }
        let tokens = decoded?;
        if tokens.len() != count {
            return Err(SweepError::MelodyCount {
                wanted: count,
                found: tokens.len(),
            });
        }
        melodies.extend(tokens.into_iter().map(Melody::from_tokens));
        rest = &rest[count..];
        numbers = numbers.get(count..).unwrap_or_default();
    }
    Ok(melodies)
}

/// Names of devices in the order in which they decoded.
#[must_use]
pub fn describe_devices(devices: &[String]) -> String {
    devices.join(", then ")
}

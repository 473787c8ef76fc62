//! Decoding batches of latent points into melodies.

use super::config::SweepConfig;
use super::error::SweepError;
use super::identity::MelodyId;
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::{MelodyModel, Sampling, Streams};
use crate::progress::{Observer, RateMeter};

/// Numbers of the random streams for sampling with a temperature; the stream of a melody does not depend on its batch.
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

/// Parameters of drawing tokens.
#[derive(Clone, Copy)]
pub(super) struct SamplingParams {
    pub(super) temperature: f32,
    pub(super) seed: u64,
}

/// How the tokens of a melody of this sweep are chosen, where it is the only one of its call.
#[must_use]
pub fn sampling_of(config: &SweepConfig, id: MelodyId) -> Sampling {
    if config.temperature > 0.0 {
        Sampling::Temperature {
            temperature: config.temperature,
            seed: config.seed,
            streams: Streams::StartingAt(streams::of_melody(id)),
        }
    } else {
        Sampling::Greedy
    }
}

/// Fewest melodies of a batch where the caller does not choose: small, so that cancelling never takes long.
pub(super) const MIN_BATCH: usize = 64;

/// Parameters that take the most likely token at each step.
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
    let mut meter = RateMeter::for_melodies(points.len() as u64);
    let mut melodies = Vec::with_capacity(points.len());
    let mut rest = points;
    while let Some(batch) = next_batch(&mut rest, MIN_BATCH, model) {
        observer.check()?;
        melodies.extend(decode(model, observer, GREEDY, batch, &[])?);
        observer.progress(meter.add(batch.len()));
    }
    Ok(melodies)
}

/// Takes the next batch off `items`: at least `min` items, and as many as the model's device wants; `None` after the last.
pub(super) fn next_batch<'a, T>(
    items: &mut &'a [T],
    min: usize,
    model: &dyn MelodyModel,
) -> Option<&'a [T]> {
    let count = min.max(model.preferred_batch()).max(1).min(items.len());
    let (batch, remaining) = items.split_at(count);
    *items = remaining;
    (!batch.is_empty()).then_some(batch)
}

/// Decodes a batch by one call of the decoder and forwards its notices. `streams` has one number per point; greedy decoding
/// ignores it.
pub(super) fn decode(
    model: &mut dyn MelodyModel,
    observer: &mut dyn Observer,
    sampling_params: SamplingParams,
    points: &[LatentPoint],
    streams: &[u64],
) -> Result<Vec<Melody>, SweepError> {
    let SamplingParams { temperature, seed } = sampling_params;
    let sampling = if temperature > 0.0 && !streams.is_empty() {
        Sampling::Temperature {
            temperature,
            seed,
            streams: Streams::PerPoint(streams.into()),
        }
    } else {
        Sampling::Greedy
    };
    let decoded = model.decode(points, &sampling);
    for notice in model.take_notices() {
        observer.notice(notice);
    }
    let tokens = decoded?;
    if tokens.len() != points.len() {
        return Err(SweepError::MelodyCount {
            expected: points.len(),
            found: tokens.len(),
        });
    }
    Ok(tokens.into_iter().map(Melody::from_tokens).collect())
}

/// Names of devices in the order in which they decoded.
#[must_use]
pub fn describe_devices(devices: &[String]) -> String {
    devices.join(", then ")
}

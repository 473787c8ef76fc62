//! Latent points in, melodies out, through whatever decodes.

use super::{Observer, SweepError};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::{Decode, Sampling};

/// Numbers of the random streams that temperature sampling draws from: a melody keeps its stream whatever the
/// batch it is decoded in.
pub(super) mod streams {
    use crate::sweep::MelodyId;

    /// The stream of a melody of a sweep.
    pub(in crate::sweep) fn of_sweep(id: MelodyId) -> u64 {
        match id {
            MelodyId::Sample { region, sample } => (u64::from(region) << 32) | u64::from(sample),
            MelodyId::Centre { region } => (1 << 63) | u64::from(region),
            MelodyId::Steered { index, .. } | MelodyId::Generated { index, .. } => {
                of_candidate(index, 0)
            }
        }
    }

    /// The stream of a candidate for a steered melody.
    pub(in crate::sweep) fn of_candidate(index: u32, candidate: u32) -> u64 {
        (1 << 62) | (u64::from(index) << 24) | u64::from(candidate)
    }
}

/// How the melodies of one sweep or steer are drawn.
#[derive(Clone, Copy)]
pub(super) struct SamplingParams {
    pub(super) temperature: f32,
    pub(super) seed: u64,
}

/// Decodes a batch, `points` and `streams` side by side, and passes the decoder's notices on.
///
/// The likeliest melody needs no random numbers, so the batch goes over in one piece; with a temperature it goes
/// in pieces of consecutive streams.
pub(super) fn decode(
    decoder: &mut dyn Decode,
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
        let decoded = decoder.decode(&rest[..count], &sampling);
        for notice in decoder.take_notices() {
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

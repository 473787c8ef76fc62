//! The self-test of a graphics adapter: its melodies compared with the CPU's before it is trusted.

use super::batches::decode_on_cpu;
use super::cpu::CpuDecoder;
use super::device_decoder::DeviceDecoder;
use super::sampling::{Sampling, Streams};
use crate::latent::{LatentPoint, prior_point};

/// Melodies that the self-test of a graphics adapter decodes.
const MELODY_COUNT: usize = 64;
/// Maximum number of these melodies that may differ from the CPU's; the bars of a melody, if those are fewer. Rounding may
/// tip two nearly equal logits; a wrong kernel changes nearly all melodies.
const MAX_DIFFERING: usize = MELODY_COUNT / 4;
/// Seed of the self-test's latent points and draws.
const SEED: u64 = 0x7475_6e65;

/// Result of a self-test: a graphics adapter's melodies compared with the CPU's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfTestResult {
    /// Melodies compared.
    pub melodies: usize,
    /// Of those, the ones that differ in some token.
    pub differing: usize,
}

/// Sampling parameters of the self-test: the flattest distribution that a user is likely to ask for.
pub(super) const TEST_SAMPLING: Sampling = Sampling::Temperature {
    temperature: 1.0,
    seed: SEED,
    streams: Streams::StartingAt(0),
};

/// Compares whole melodies of the adapter `name` with those of the CPU, for latent points of this width and melodies of
/// this many bars.
///
/// # Errors
/// A sentence for the user if the adapter fails or gives other melodies.
pub(super) fn self_test(
    cpu: &CpuDecoder,
    decoder: &mut DeviceDecoder,
    name: &str,
    (latent_size, bars): (usize, f64),
    sampling: &Sampling,
) -> Result<SelfTestResult, String> {
    let points: Vec<LatentPoint> = (0..MELODY_COUNT as u64)
        .map(|index| prior_point(latent_size, SEED, index))
        .collect();
    let expected = decode_on_cpu(cpu, &points, sampling, false)
        .map_err(|error| error.to_string())?
        .tokens;
    let decoded = decoder
        .decode(name, &points, sampling, false)
        .map_err(|error| format!("{error}."))?
        .tokens;
    let differing = expected
        .iter()
        .zip(&decoded)
        .filter(|(expected, decoded)| expected != decoded)
        .count();
    if differing > (bars as usize).min(MAX_DIFFERING) {
        return Err(format!(
            "{name} gave other melodies than the CPU for {differing} of {} test points, so it cannot be trusted.",
            points.len()
        ));
    }
    Ok(SelfTestResult {
        melodies: points.len(),
        differing,
    })
}

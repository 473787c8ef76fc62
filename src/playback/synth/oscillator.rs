//! Constants and decay factors of all oscillators.

/// Partials above this fraction of the sample rate are left out.
pub(super) const BAND_LIMIT: f32 = 0.45;
/// Reference frequency of the decay times, Hz: middle C.
pub(super) const MIDDLE_C: f32 = 261.6;

/// The factor per sample of a decay to 1/e within `seconds`.
pub(super) fn decay_per_sample(seconds: f32, sample_rate: f32) -> f32 {
    (-1.0 / (seconds * sample_rate)).exp()
}

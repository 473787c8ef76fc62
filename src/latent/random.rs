//! Random generators keyed by a seed, a purpose and two indices.
//!
//! Each generator has its own ChaCha key, so a sample's numbers do not depend on how many others were drawn,
//! on the batch size or on the thread.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

/// Purpose of the numbers. Two purposes never share numbers, even under one seed.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// Strata and jitter of a Latin hypercube, by dimension.
    Hypercube = 1,
    /// The samples around a region's centre, by region and sample.
    RegionSample = 2,
    /// Draws of the prior, by index.
    Prior = 3,
    /// Draws around a point explored by the user, by index.
    Exploration = 4,
}

/// The generator keyed by `(seed, purpose, first_index, second_index)`.
pub(super) fn generator(
    seed: u64,
    purpose: Purpose,
    first_index: u64,
    second_index: u64,
) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    let words = [seed, purpose as u64, first_index, second_index];
    for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

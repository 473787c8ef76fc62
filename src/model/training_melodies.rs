//! The melodies that a model was trained on, as a Bloom filter: small, and none of them can be read from it.
//!
//! The default model's is `weights/default.melodies`. It says of every melody of the training windows that it is one of them, and of
//! about one in 120 others.

use std::borrow::Cow;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::melody::{Tokens, transposition_key};

/// The filter of the model that ships with the program.
static DEFAULT_FILTER: &[u8] = include_bytes!("../../weights/default.melodies");

/// First bytes of a file.
const MAGIC: &[u8; 8] = b"TSMELS01";
/// Length of a weights hash in the file, hexadecimal digits.
const HASH_DIGITS: usize = 12;
/// Bits per melody, and hash functions, each of which sets one bit for a melody. They give false positives with a probability of
/// 0.8 % (Bloom 1970; the best number of functions is 10 ln 2).
const BITS_PER_MELODY: usize = 10;
const HASH_FUNCTIONS: u64 = 7;

/// A set of melodies, up to transposition, that can be asked whether it has one but cannot be listed.
#[derive(Clone, Debug)]
pub struct MelodyFilter {
    /// Hash of the weights that were trained on the melodies.
    weights_hash: String,
    bits: Cow<'static, [u8]>,
}

impl MelodyFilter {
    /// The filter of melodies that the model with this hash was trained on.
    #[must_use]
    pub fn new<'a>(
        weights_hash: &str,
        melodies: impl ExactSizeIterator<Item = &'a Tokens>,
    ) -> Self {
        let bytes = (melodies.len() * BITS_PER_MELODY).div_ceil(8).max(1);
        let mut bits = vec![0_u8; bytes];
        for melody in melodies {
            for bit in bit_indices(melody, bytes) {
                bits[bit / 8] |= 1 << (bit % 8);
            }
        }
        Self {
            weights_hash: weights_hash.to_owned(),
            bits: Cow::Owned(bits),
        }
    }

    /// Whether the set has this melody, transposed or not; true by chance for one in 120 that it does not have.
    #[must_use]
    pub fn contains(&self, melody: &Tokens) -> bool {
        bit_indices(melody, self.bits.len()).all(|bit| self.bits[bit / 8] >> (bit % 8) & 1 == 1)
    }

    /// Hash of the weights that were trained on the melodies.
    #[must_use]
    pub fn weights_hash(&self) -> &str {
        &self.weights_hash
    }

    /// The bytes of a file with the filter: `TSMELS01`, twelve digits of the weights' hash, then the bits, lowest first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let digits = self.weights_hash.bytes().chain(std::iter::repeat(b' '));
        bytes.extend(digits.take(HASH_DIGITS));
        bytes.extend_from_slice(&self.bits);
        bytes
    }

    /// Reads [`MelodyFilter::to_bytes`]; `None` if they are none.
    #[must_use]
    pub fn from_bytes(bytes: &'static [u8]) -> Option<Self> {
        let (digits, bits) = bytes.strip_prefix(MAGIC)?.split_at_checked(HASH_DIGITS)?;
        let weights_hash = std::str::from_utf8(digits).ok()?.trim_end().to_owned();
        (!bits.is_empty()).then_some(Self {
            weights_hash,
            bits: Cow::Borrowed(bits),
        })
    }

    /// The filter of the weights with this hash, if the program knows it.
    pub(super) fn of_weights(hash: &str) -> Option<&'static Self> {
        static DEFAULT: LazyLock<Option<MelodyFilter>> =
            LazyLock::new(|| MelodyFilter::from_bytes(DEFAULT_FILTER));
        DEFAULT.as_ref().filter(|known| known.weights_hash == hash)
    }
}

/// Indices of the bits of a melody in a filter of this many bytes: two halves of its hash give all of them (Kirsch and Mitzenmacher 2006).
fn bit_indices(melody: &Tokens, bytes: usize) -> impl Iterator<Item = usize> + use<> {
    let digest = Sha256::digest(transposition_key(melody));
    let number = |from: usize| {
        let digits = digest.iter().skip(from).take(8);
        digits.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
    };
    let (first, step) = (number(0), number(8) | 1);
    let bits = bytes as u64 * 8;
    (0..HASH_FUNCTIONS).map(move |k| (first.wrapping_add(k.wrapping_mul(step)) % bits) as usize)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::transpose;
    use crate::model::Weights;

    /// Melodies of 32 tokens, none equal to another.
    fn melodies(from: u32, count: u32) -> Vec<Tokens> {
        let token = |number: u32, place: u32| (number / 80_u32.pow(place) % 80) as u8 + 2;
        let melody = |number| {
            let mut tokens = vec![0; 32];
            // The first note is the same in all, as the key does not tell transpositions apart.
            tokens[0] = 41;
            for place in 0..3 {
                tokens[4 + 4 * place as usize] = token(number, place);
            }
            Tokens::new(tokens).unwrap()
        };
        (from..from + count).map(melody).collect()
    }

    #[test]
    fn it_has_every_melody_of_the_set_at_any_pitch_and_few_others() {
        let known = melodies(0, 2_000);
        let filter = MelodyFilter::new("0123456789ab", known.iter());
        assert!(known.iter().all(|melody| filter.contains(melody)));
        let mut moved = known.iter().filter_map(|melody| transpose(melody, 3));
        assert!(moved.all(|melody| filter.contains(&melody)));
        let others = melodies(100_000, 4_000);
        let wrong = others.iter().filter(|melody| filter.contains(melody));
        // (1 - exp(-7 / 10))^7 = 0.82 % of 4,000 are 33.
        let wrong = wrong.count();
        assert!((10..70).contains(&wrong), "{wrong}");
    }

    #[test]
    fn a_file_is_read_as_it_was_written_and_others_are_not() {
        let known = melodies(0, 50);
        let bytes = MelodyFilter::new("0123456789ab", known.iter()).to_bytes();
        let bytes: &'static [u8] = bytes.leak();
        let read = MelodyFilter::from_bytes(bytes).unwrap();
        assert_eq!(read.weights_hash(), "0123456789ab");
        assert!(known.iter().all(|melody| read.contains(melody)));
        assert!(MelodyFilter::from_bytes(&bytes[..20]).is_none());
        assert!(MelodyFilter::from_bytes(&bytes[1..]).is_none());
        assert!(MelodyFilter::from_bytes(b"").is_none());
    }

    #[test]
    fn the_default_model_has_its_own_and_other_models_none() {
        let weights = Weights::default_model().unwrap();
        assert!(MelodyFilter::of_weights(weights.hash()).is_some());
        assert!(MelodyFilter::of_weights("000000000000").is_none());
    }
}

//! The melodies that a model was trained on, as a Bloom filter: it is small, and no melody can be recovered from it.
//!
//! The default model's filter is `weights/default.melodies`. It contains every melody of the training windows; about one in 120
//! other melodies is a false positive.

use std::borrow::Cow;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::melody::{Tokens, transposition_key};

/// The filter of the model that ships with the program.
static DEFAULT_FILTER: &[u8] = include_bytes!("../../weights/default.melodies");

/// First bytes of a filter file.
const MAGIC: &[u8; 8] = b"TSMELS01";
/// Length of a weights hash in the file, in hexadecimal digits.
const HASH_DIGITS: usize = 12;
/// Bits of the filter per melody. With [`HASH_FUNCTION_COUNT`] the probability of a false positive is 0.8 % (Bloom 1970).
const BITS_PER_MELODY: usize = 10;
/// Number of hash functions, each of which sets one bit for a melody: 10 ln 2, the optimum for 10 bits per melody.
const HASH_FUNCTION_COUNT: u64 = 7;

/// A Bloom filter of melodies, up to transposition: a set with a membership test, whose members cannot be listed.
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
        let byte_count = (melodies.len() * BITS_PER_MELODY).div_ceil(8).max(1);
        let mut bits = vec![0_u8; byte_count];
        for melody in melodies {
            for bit in bit_indices(melody, byte_count) {
                bits[bit / 8] |= 1 << (bit % 8);
            }
        }
        Self {
            weights_hash: weights_hash.to_owned(),
            bits: Cow::Owned(bits),
        }
    }

    /// Whether the set has this melody, transposed or not; a false positive for about one in 120 other melodies.
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

    /// Reads the format of [`MelodyFilter::to_bytes`]; `None` if the bytes are not in it.
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
    #[must_use]
    pub fn for_weights_hash(hash: &str) -> Option<&'static Self> {
        static DEFAULT: LazyLock<Option<MelodyFilter>> =
            LazyLock::new(|| MelodyFilter::from_bytes(DEFAULT_FILTER));
        DEFAULT
            .as_ref()
            .filter(|filter| filter.weights_hash == hash)
    }
}

/// Indices of the bits of a melody in a filter of this many bytes: two halves of its hash give all of them (Kirsch and
/// Mitzenmacher 2006).
fn bit_indices(melody: &Tokens, byte_count: usize) -> impl Iterator<Item = usize> + use<> {
    let digest = Sha256::digest(transposition_key(melody));
    let word_at = |from: usize| {
        let word_bytes = digest.iter().skip(from).take(8);
        word_bytes.fold(0_u64, |word, byte| (word << 8) | u64::from(*byte))
    };
    let (first, step) = (word_at(0), word_at(8) | 1);
    let bit_count = byte_count as u64 * 8;
    (0..HASH_FUNCTION_COUNT)
        .map(move |k| (first.wrapping_add(k.wrapping_mul(step)) % bit_count) as usize)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::transpose;
    use crate::model::Weights;

    /// Melodies of 32 tokens, none equal to another.
    fn melodies(first: u32, count: u32) -> Vec<Tokens> {
        let token = |index: u32, digit: u32| (index / 80_u32.pow(digit) % 80) as u8 + 2;
        let melody = |index| {
            let mut tokens = vec![0; 32];
            // The first note is the same in all, as the key does not tell transpositions apart.
            tokens[0] = 41;
            for digit in 0..3 {
                tokens[4 + 4 * digit as usize] = token(index, digit);
            }
            Tokens::new(tokens).unwrap()
        };
        (first..first + count).map(melody).collect()
    }

    #[test]
    fn the_filter_contains_its_melodies_at_any_pitch_and_few_others() {
        let members = melodies(0, 2_000);
        let filter = MelodyFilter::new("0123456789ab", members.iter());
        assert!(members.iter().all(|melody| filter.contains(melody)));
        let mut transposed = members.iter().filter_map(|melody| transpose(melody, 3));
        assert!(transposed.all(|melody| filter.contains(&melody)));
        let non_members = melodies(100_000, 4_000);
        let false_positives = non_members.iter().filter(|melody| filter.contains(melody));
        // (1 - exp(-7 / 10))^7 = 0.82 % of 4,000 are 33.
        let false_positives = false_positives.count();
        assert!((10..70).contains(&false_positives), "{false_positives}");
    }

    #[test]
    fn a_file_is_read_as_it_was_written_and_others_are_not() {
        let members = melodies(0, 50);
        let bytes = MelodyFilter::new("0123456789ab", members.iter()).to_bytes();
        let bytes: &'static [u8] = bytes.leak();
        let filter = MelodyFilter::from_bytes(bytes).unwrap();
        assert_eq!(filter.weights_hash(), "0123456789ab");
        assert!(members.iter().all(|melody| filter.contains(melody)));
        assert!(MelodyFilter::from_bytes(&bytes[..20]).is_none());
        assert!(MelodyFilter::from_bytes(&bytes[1..]).is_none());
        assert!(MelodyFilter::from_bytes(b"").is_none());
    }

    #[test]
    fn the_default_model_has_a_filter_and_other_models_have_none() {
        let weights = Weights::default_model().unwrap();
        assert!(MelodyFilter::for_weights_hash(weights.hash()).is_some());
        assert!(MelodyFilter::for_weights_hash("000000000000").is_none());
    }
}

//! Hash of the melodies of a training run.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::corpus::Corpus;
use crate::melody::Tokens;

/// SHA-256 of the melodies of a run, in hexadecimal.
///
/// Batches sample melodies by their index, so the hash depends on the order of the windows in [`Corpus`], source by
/// source. That order follows the paths inside the corpus folder: a copied or moved corpus has the same hash. Names of
/// files and folders are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorpusHash {
    /// Hash of the windows of training.
    train: String,
    /// Hash of the windows of validation.
    valid: String,
}

impl CorpusHash {
    /// The hash of the windows of training and validation.
    #[must_use]
    pub fn compute(corpus: &Corpus, valid: &[Tokens]) -> Self {
        let sources = corpus.sources.iter();
        let rehearsal = Some(corpus.rehearsal.as_slice()).filter(|melodies| !melodies.is_empty());
        Self {
            train: hash_melodies(
                sources
                    .map(|source| source.windows.as_slice())
                    .chain(rehearsal),
            ),
            valid: hash_melodies(std::iter::once(valid)),
        }
    }

    /// The differing parts, as a phrase.
    pub(super) fn difference(&self, other: &Self) -> String {
        let parts = [
            ("the melodies to learn from", self.train != other.train),
            ("the `valid` melodies", self.valid != other.valid),
        ];
        let differing = parts.iter().filter(|(_, differs)| *differs);
        let names: Vec<&str> = differing.map(|(name, _)| *name).collect();
        names.join(" and ")
    }
}

/// Hashes lists of melodies: the length of each list, then the length and the tokens of each melody. Lengths are 64-bit
/// little-endian.
fn hash_melodies<'a>(lists: impl Iterator<Item = &'a [Tokens]>) -> String {
    let mut hasher = Sha256::new();
    let length_bytes = |count: usize| (count as u64).to_le_bytes();
    for windows in lists {
        hasher.update(length_bytes(windows.len()));
        for window in windows {
            hasher.update(length_bytes(window.len()));
            hasher.update(window.as_slice());
        }
    }
    let bytes = hasher.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn the_hash_is_sha256_of_lengths_and_tokens() {
        let windows = [Tokens::new(vec![41, 0, 0, 1]).unwrap()];
        // printf '\x01\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x29\0\0\x01' | sha256sum
        assert_eq!(
            hash_melodies(std::iter::once(&windows[..])),
            "fc5b55f14a3be863855a6b044225c195b8bd61b93f720122b78cd74349114e4b"
        );
    }

    #[test]
    fn the_hash_depends_on_the_order_and_on_the_boundaries_between_sources() {
        let [a, b] = [40, 41].map(|id| Tokens::new(vec![id, 0]).unwrap());
        let hash_lists = |lists: &[&[Tokens]]| hash_melodies(lists.iter().copied());
        let (ab, ba) = ([a.clone(), b.clone()], [b.clone(), a.clone()]);
        let reference = hash_lists(&[&ab]);
        assert_eq!(reference, hash_lists(&[&ab.clone()]));
        assert_ne!(reference, hash_lists(&[&ba]));
        assert_ne!(reference, hash_lists(&[&ab[..1], &ab[1..]]));
        assert_ne!(reference, hash_lists(&[&ab[..1]]));
    }
}

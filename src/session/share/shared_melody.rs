//! The contents of a share text.

use super::quantized::QuantizedPoint;
use crate::melody::Tokens;
use crate::model::Sampling;

/// A melody with everything that a share text contains of it.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedMelody {
    /// First 12 hex digits of the SHA-256 of the model's weights.
    pub weights_hash: String,
    /// Version of the program that made the text: major, minor, patch.
    pub version: [u8; 3],
    /// How its tokens were chosen, when its point is decoded by itself.
    pub sampling: Sampling,
    /// Number of sixteenth steps.
    pub steps: usize,
    /// Its latent point.
    pub point: QuantizedPoint,
    /// Its notes.
    pub content: SharedContent,
}

/// The notes of a shared melody.
#[derive(Clone, Debug, PartialEq)]
pub enum SharedContent {
    /// The notes that the model decodes at the point. The value is the CRC-32 of their tokens, to verify it.
    Decoded(u32),
    /// The tokens themselves, for notes that the model does not decode at the point, or may not.
    Included(Tokens),
}

impl SharedMelody {
    /// The version of the program that made the text.
    #[must_use]
    pub fn version_text(&self) -> String {
        let [major, minor, patch] = self.version;
        format!("{major}.{minor}.{patch}")
    }
}

/// The version of this program.
pub(super) fn program_version() -> [u8; 3] {
    let mut numbers = env!("CARGO_PKG_VERSION").split(['.', '-']);
    std::array::from_fn(|_| {
        let number = numbers.next().and_then(|number| number.parse().ok());
        number.unwrap_or(0)
    })
}

/// The CRC-32 of the tokens of a melody.
pub(super) fn token_checksum(tokens: &Tokens) -> u32 {
    crc32fast::hash(tokens.as_slice())
}

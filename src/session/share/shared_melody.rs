//! What a share text says of a melody.

use super::quantized::QuantizedPoint;
use crate::melody::Tokens;
use crate::model::Sampling;

/// A melody as a share text has it.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedMelody {
    /// First 12 hex digits of the SHA-256 of the model's weights.
    pub weights_hash: String,
    /// Version of the program that made the text: major, minor, patch.
    pub version: [u8; 3],
    /// How its tokens were chosen; a point of a call is one alone.
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
    /// What the model decodes at the point; the CRC-32 of its tokens tells whether it does.
    Decoded(u32),
    /// The tokens themselves: they are not what the model decodes at the point.
    Carried(Tokens),
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
pub(super) fn this_version() -> [u8; 3] {
    let mut numbers = env!("CARGO_PKG_VERSION").split(['.', '-']);
    std::array::from_fn(|_| {
        let number = numbers.next().and_then(|number| number.parse().ok());
        number.unwrap_or(0)
    })
}

/// The CRC-32 of tokens.
pub(super) fn token_check(tokens: &Tokens) -> u32 {
    crc32fast::hash(tokens.as_slice())
}

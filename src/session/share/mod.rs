//! Share texts: one line of text from which another machine restores a melody.
//!
//! # Format
//! `tunescape:1:WEIGHTS:DATA`. `1` is the version of the format, `WEIGHTS` are the first 12 hex digits of the weights' SHA-256, `DATA`
//! are bytes in URL-safe base64 (RFC 4648, section 5) without padding, numbers little-endian:
//!
//! | bytes | content |
//! |---|---|
//! | 1 | flags: 1 sampled with a temperature, 2 the tokens are in the text |
//! | 3 | version of the program: major, minor, patch |
//! | 2, 2 | steps of the melody; dimensions of the latent point |
//! | 1, 4 | bits per coordinate; the largest absolute coordinate, `f32` |
//! | 20 | if sampled:  temperature `f32`, seed `u64`, random stream `u64` |
//! | 4, or 7 bits per step | CRC-32 of the tokens, or the tokens |
//! | bits per coordinate | the latent point: see [`QuantizedPoint`] |
//! | 4 | CRC-32 of `WEIGHTS`, a colon and all bytes before |
//!
//! - `quantized`: the coordinates in few bits; `shared_melody`: the contents of a share text; `text`: writing and parsing the line
//! - `make`: making a share text from a melody, and the melody from a share text, with a model

mod error;
mod make;
mod quantized;
mod shared_melody;
#[cfg(test)]
mod tests;
mod text;

pub use error::ShareError;
pub(in crate::session) use make::share_with_notes;
pub use make::{ShareSource, share, share_exact_point, share_tokens, text_with_shares};
pub use quantized::QuantizedPoint;
pub use shared_melody::{SharedContent, SharedMelody};
pub use text::{SHARE_PREFIX, share_texts_in};

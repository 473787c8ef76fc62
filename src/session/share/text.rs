//! Writing and parsing share texts.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::ShareError;
use super::quantized::{QuantizedPoint, pack, packed_len, unpack};
use super::shared_melody::{SharedContent, SharedMelody};
use crate::melody::Tokens;
use crate::model::{Sampling, Streams};

/// The beginning of every share text.
pub const SHARE_PREFIX: &str = "tunescape:";
/// Format version that this program reads and writes, after [`SHARE_PREFIX`].
const FORMAT_PREFIX: &str = "1:";

/// Flag: the tokens are sampled with a temperature.
const SAMPLED_FLAG: u8 = 1;
/// Flag: the tokens are in the text.
const TOKENS_FLAG: u8 = 2;
/// Bits of a token.
const TOKEN_BITS: u8 = 7;
/// Upper bound of the length of a share text: one with 65,535 coordinates and tokens is shorter. With spaces it may be twice as long.
const MAX_TEXT_BYTES: usize = 500_000;

impl fmt::Display for SharedMelody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.bytes();
        let checksum = checksum(&self.weights_hash, &bytes);
        bytes.extend(checksum.to_le_bytes());
        let data = URL_SAFE_NO_PAD.encode(bytes);
        write!(
            f,
            "{SHARE_PREFIX}{FORMAT_PREFIX}{}:{data}",
            self.weights_hash
        )
    }
}

impl FromStr for SharedMelody {
    type Err = ShareError;

    /// Reads a text. White space in it is ignored: programs for mail and chat break long lines.
    fn from_str(text: &str) -> Result<Self, ShareError> {
        if text.len() > 2 * MAX_TEXT_BYTES {
            return Err(ShareError::NotShared);
        }
        let text: String = text.split_whitespace().collect();
        let remainder = text
            .strip_prefix(SHARE_PREFIX)
            .ok_or(ShareError::NotShared)?;
        let version = remainder.split(':').next().unwrap_or_default();
        let Some(remainder) = remainder.strip_prefix(FORMAT_PREFIX) else {
            let is_newer = version.parse().is_ok_and(|number: u32| number > 1);
            return Err(if is_newer {
                ShareError::Newer
            } else {
                ShareError::NotShared
            });
        };
        let truncated = ShareError::Damaged("its end is missing");
        let (weights_hash, data) = remainder.split_once(':').ok_or(truncated)?;
        if !is_weights_hash(weights_hash) {
            return Err(ShareError::Damaged("the name of its model is wrong"));
        }
        let bytes = URL_SAFE_NO_PAD.decode(data);
        let bytes = bytes.map_err(|_error| ShareError::Damaged("a letter is missing or wrong"))?;
        let split = bytes.split_last_chunk::<4>();
        let (bytes, stored) = split.ok_or(ShareError::Damaged("its end is missing"))?;
        if checksum(weights_hash, bytes) != u32::from_le_bytes(*stored) {
            return Err(ShareError::Damaged("its checksum is wrong"));
        }
        read_bytes(weights_hash, bytes)
    }
}

/// The share texts in a longer text, in order.
pub fn share_texts_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(SHARE_PREFIX).map(|(start, _)| {
        let remainder = &text[start..];
        let end = remainder.find(|letter: char| !is_share_character(letter));
        &remainder[..end.unwrap_or(remainder.len())]
    })
}

fn is_share_character(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, ':' | '-' | '_')
}

fn is_weights_hash(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn checksum(weights_hash: &str, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(weights_hash.as_bytes());
    hasher.update(b":");
    hasher.update(bytes);
    hasher.finalize()
}

impl SharedMelody {
    /// All bytes except the checksum.
    fn bytes(&self) -> Vec<u8> {
        let has_sampling = !matches!(self.sampling, Sampling::Greedy);
        let has_tokens = matches!(self.content, SharedContent::Included(_));
        let mut bytes =
            vec![(u8::from(has_sampling) * SAMPLED_FLAG) | (u8::from(has_tokens) * TOKENS_FLAG)];
        bytes.extend(self.version);
        // The ranges were checked when the melody was made or read.
        bytes.extend((self.steps as u16).to_le_bytes());
        bytes.extend((self.point.dimensions() as u16).to_le_bytes());
        bytes.push(self.point.bits());
        bytes.extend(self.point.max_abs().to_le_bytes());
        if let Sampling::Temperature {
            temperature,
            seed,
            streams,
        } = &self.sampling
        {
            bytes.extend(temperature.to_le_bytes());
            bytes.extend(seed.to_le_bytes());
            bytes.extend(streams.number(0).to_le_bytes());
        }
        match &self.content {
            SharedContent::Decoded(checksum) => bytes.extend(checksum.to_le_bytes()),
            SharedContent::Included(tokens) => {
                let ids: Vec<u32> = tokens.as_slice().iter().map(|id| u32::from(*id)).collect();
                bytes.extend(pack(&ids, TOKEN_BITS));
            }
        }
        bytes.extend(self.point.bytes());
        bytes
    }
}

/// Reads values from the front of a byte slice.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], ShareError> {
        let split = self.0.split_at_checked(count);
        let (taken, remainder) = split.ok_or(ShareError::Damaged("its end is missing"))?;
        self.0 = remainder;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ShareError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }
}

/// Reads the bytes before the checksum.
fn read_bytes(weights_hash: &str, bytes: &[u8]) -> Result<SharedMelody, ShareError> {
    let mut reader = Reader(bytes);
    let [flags] = reader.array()?;
    if flags & !(SAMPLED_FLAG | TOKENS_FLAG) != 0 {
        return Err(ShareError::Newer);
    }
    let version = reader.array()?;
    let steps = usize::from(u16::from_le_bytes(reader.array()?));
    let dimensions = usize::from(u16::from_le_bytes(reader.array()?));
    let [bits] = reader.array()?;
    let max_abs = f32::from_le_bytes(reader.array()?);
    let sampling = if flags & SAMPLED_FLAG == 0 {
        Sampling::Greedy
    } else {
        let temperature = f32::from_le_bytes(reader.array()?);
        if !(temperature.is_finite() && temperature > 0.0) {
            return Err(ShareError::Damaged("a temperature is out of range"));
        }
        Sampling::Temperature {
            temperature,
            seed: u64::from_le_bytes(reader.array()?),
            streams: Streams::StartingAt(u64::from_le_bytes(reader.array()?)),
        }
    };
    let content = if flags & TOKENS_FLAG == 0 {
        SharedContent::Decoded(u32::from_le_bytes(reader.array()?))
    } else {
        let ids = unpack(
            reader.take(packed_len(steps, TOKEN_BITS))?,
            TOKEN_BITS,
            steps,
        );
        let tokens = Tokens::new(ids.into_iter().map(|id| id as u8).collect());
        SharedContent::Included(tokens.map_err(|_error| ShareError::Damaged("a note is wrong"))?)
    };
    let coordinates = reader.take(packed_len(dimensions, bits))?;
    let point = QuantizedPoint::from_bytes(bits, max_abs, dimensions, coordinates)?;
    if !reader.0.is_empty() || steps == 0 || dimensions == 0 {
        return Err(ShareError::Damaged("its length is wrong"));
    }
    Ok(SharedMelody {
        weights_hash: weights_hash.to_owned(),
        version,
        sampling,
        steps,
        point,
        content,
    })
}

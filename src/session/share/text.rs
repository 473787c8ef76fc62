//! The line of a share text.

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
pub const MARK: &str = "tunescape:";
/// The beginning of those that this version reads.
const FORM: &str = "1:";

/// Flag: drawn with a temperature.
const DRAWN: u8 = 1;
/// Flag: the tokens are in the text.
const CARRIED: u8 = 2;
/// Bits of a token.
const TOKEN_BITS: u8 = 7;
/// Letters of the longest share text: 65,535 coordinates and tokens take less. A text that is twice as long is none.
const MAX_LETTERS: usize = 500_000;

impl fmt::Display for SharedMelody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.bytes();
        let check = check(&self.weights_hash, &bytes);
        bytes.extend(check.to_le_bytes());
        let data = URL_SAFE_NO_PAD.encode(bytes);
        write!(f, "{MARK}{FORM}{}:{data}", self.weights_hash)
    }
}

impl FromStr for SharedMelody {
    type Err = ShareError;

    /// Reads a text. White space in it is ignored: programs for mail and chat break long lines.
    fn from_str(text: &str) -> Result<Self, ShareError> {
        if text.len() > 2 * MAX_LETTERS {
            return Err(ShareError::NotShared);
        }
        let text: String = text.split_whitespace().collect();
        let rest = text.strip_prefix(MARK).ok_or(ShareError::NotShared)?;
        let form = rest.split(':').next().unwrap_or_default();
        let Some(rest) = rest.strip_prefix(FORM) else {
            let is_newer = form.parse().is_ok_and(|number: u32| number > 1);
            return Err(if is_newer {
                ShareError::Newer
            } else {
                ShareError::NotShared
            });
        };
        let end = ShareError::Damaged("its end is missing");
        let (weights, data) = rest.split_once(':').ok_or(end)?;
        if !is_weights(weights) {
            return Err(ShareError::Damaged("the name of its model is wrong"));
        }
        let bytes = URL_SAFE_NO_PAD.decode(data);
        let bytes = bytes.map_err(|_error| ShareError::Damaged("a letter is missing or wrong"))?;
        let split = bytes.split_last_chunk::<4>();
        let (bytes, stored) = split.ok_or(ShareError::Damaged("its end is missing"))?;
        if check(weights, bytes) != u32::from_le_bytes(*stored) {
            return Err(ShareError::Damaged("its checksum is wrong"));
        }
        read(weights, bytes)
    }
}

/// The share texts in a longer text, in their order.
pub fn share_texts_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(MARK).map(|(start, _)| {
        let rest = &text[start..];
        let end = rest.find(|letter: char| !is_letter(letter));
        &rest[..end.unwrap_or(rest.len())]
    })
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, ':' | '-' | '_')
}

fn is_weights(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn check(weights: &str, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(weights.as_bytes());
    hasher.update(b":");
    hasher.update(bytes);
    hasher.finalize()
}

impl SharedMelody {
    /// All bytes but the checksum.
    fn bytes(&self) -> Vec<u8> {
        let is_drawn = !matches!(self.sampling, Sampling::Greedy);
        let is_carried = matches!(self.content, SharedContent::Carried(_));
        let mut bytes = vec![(u8::from(is_drawn) * DRAWN) | (u8::from(is_carried) * CARRIED)];
        bytes.extend(self.version);
        // Checked when the melody was made or read.
        bytes.extend((self.steps as u16).to_le_bytes());
        bytes.extend((self.point.dimensions() as u16).to_le_bytes());
        bytes.push(self.point.bits());
        bytes.extend(self.point.largest().to_le_bytes());
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
            SharedContent::Decoded(check) => bytes.extend(check.to_le_bytes()),
            SharedContent::Carried(tokens) => {
                let ids: Vec<u32> = tokens.as_slice().iter().map(|id| u32::from(*id)).collect();
                bytes.extend(pack(&ids, TOKEN_BITS));
            }
        }
        bytes.extend(self.point.bytes());
        bytes
    }
}

/// Takes bytes off the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], ShareError> {
        let split = self.0.split_at_checked(count);
        let (taken, rest) = split.ok_or(ShareError::Damaged("its end is missing"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ShareError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }
}

/// Reads the bytes before the checksum.
fn read(weights: &str, bytes: &[u8]) -> Result<SharedMelody, ShareError> {
    let mut reader = Reader(bytes);
    let [flags] = reader.array()?;
    if flags & !(DRAWN | CARRIED) != 0 {
        return Err(ShareError::Newer);
    }
    let version = reader.array()?;
    let steps = usize::from(u16::from_le_bytes(reader.array()?));
    let dimensions = usize::from(u16::from_le_bytes(reader.array()?));
    let [bits] = reader.array()?;
    let largest = f32::from_le_bytes(reader.array()?);
    let sampling = if flags & DRAWN == 0 {
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
    let content = if flags & CARRIED == 0 {
        SharedContent::Decoded(u32::from_le_bytes(reader.array()?))
    } else {
        let ids = unpack(
            reader.take(packed_len(steps, TOKEN_BITS))?,
            TOKEN_BITS,
            steps,
        );
        let tokens = Tokens::new(ids.into_iter().map(|id| id as u8).collect());
        SharedContent::Carried(tokens.map_err(|_error| ShareError::Damaged("a note is wrong"))?)
    };
    let coordinates = reader.take(packed_len(dimensions, bits))?;
    let point = QuantizedPoint::from_bytes(bits, largest, dimensions, coordinates)?;
    if !reader.0.is_empty() || steps == 0 || dimensions == 0 {
        return Err(ShareError::Damaged("its length is wrong"));
    }
    Ok(SharedMelody {
        weights_hash: weights.to_owned(),
        version,
        sampling,
        steps,
        point,
        content,
    })
}

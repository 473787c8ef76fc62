//! Decoding of stored numbers, chunk by chunk, so that no tensor is in memory twice.

use std::io::{self, Read};

use half::{bf16, f16};

/// Number format of a stored tensor, always little-endian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NumberFormat {
    F32,
    F64,
    F16,
    Bf16,
    /// `value = q * scale + min` of an 8-bit `q`, computed in 64 bits.
    Linear8 {
        min: f64,
        scale: f64,
    },
    /// The same with a 16-bit `q`.
    Linear16 {
        min: f64,
        scale: f64,
    },
}

/// Bytes read at a time; a multiple of every width.
const CHUNK_BYTES: usize = 256 << 10;

impl NumberFormat {
    /// Bytes of one number.
    pub fn width(self) -> u64 {
        match self {
            Self::Linear8 { .. } => 1,
            Self::F16 | Self::Bf16 | Self::Linear16 { .. } => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    fn decode(self, bytes: &[u8], values: &mut Vec<f32>) {
        match self {
            Self::F32 => values.extend(words(bytes).map(|word| f32::from_le_bytes(*word))),
            Self::F64 => values.extend(words(bytes).map(|word| f64::from_le_bytes(*word) as f32)),
            Self::F16 => values.extend(words(bytes).map(|word| f16::from_le_bytes(*word).to_f32())),
            Self::Bf16 => {
                values.extend(words(bytes).map(|word| bf16::from_le_bytes(*word).to_f32()));
            }
            Self::Linear8 { min, scale } => {
                values.extend(bytes.iter().map(|q| (f64::from(*q) * scale + min) as f32));
            }
            Self::Linear16 { min, scale } => values.extend(
                words(bytes)
                    .map(|word| (f64::from(u16::from_le_bytes(*word)) * scale + min) as f32),
            ),
        }
    }
}

/// The bytes in words of `N`.
fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = &[u8; N]> {
    bytes.as_chunks::<N>().0.iter()
}

/// Reads `count` numbers; `on_bytes` receives all bytes in order, for a checksum.
///
/// The caller must have checked that so many bytes are stored: memory for all numbers is reserved at once.
pub(super) fn read_numbers(
    mut reader: impl Read,
    count: usize,
    number_format: NumberFormat,
    mut on_bytes: impl FnMut(&[u8]),
) -> io::Result<Vec<f32>> {
    let mut remaining = count * number_format.width() as usize;
    let mut values = Vec::with_capacity(count);
    let mut buffer = vec![0; CHUNK_BYTES.min(remaining)];
    while remaining > 0 {
        let chunk = CHUNK_BYTES.min(remaining);
        let bytes = &mut buffer[..chunk];
        reader.read_exact(bytes)?;
        on_bytes(bytes);
        number_format.decode(bytes, &mut values);
        remaining -= chunk;
    }
    Ok(values)
}

/// Number of elements of a shape; `None` if no memory could hold them.
pub(super) fn element_count(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1_usize, |count, extent| count.checked_mul(*extent))
        .filter(|count| *count <= isize::MAX as usize / 8)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn every_encoding_gives_its_numbers_across_chunks() {
        let count = CHUNK_BYTES / 2 + 3;
        let bytes: Vec<u8> = (0..count as u16 as usize + count)
            .flat_map(|k| (k as u16).to_le_bytes())
            .collect();
        let linear = NumberFormat::Linear16 {
            min: -1.0,
            scale: 0.25,
        };
        let mut byte_count = 0;
        let values =
            read_numbers(&bytes[..], count, linear, |chunk| byte_count += chunk.len()).unwrap();
        assert_eq!((values.len(), byte_count), (count, 2 * count));
        assert_eq!(values[count - 1], (count - 1) as u16 as f32 * 0.25 - 1.0);

        let linear = NumberFormat::Linear8 {
            min: 0.5,
            scale: 2.0,
        };
        assert_eq!(
            read_numbers(&[0_u8, 255][..], 2, linear, |_| ()).unwrap(),
            [0.5, 510.5]
        );
        for (number_format, bytes) in [
            (NumberFormat::F32, (-1.5_f32).to_le_bytes().to_vec()),
            (NumberFormat::F64, (-1.5_f64).to_le_bytes().to_vec()),
            (NumberFormat::F16, vec![0x00, 0xbe]),
            (NumberFormat::Bf16, vec![0xc0, 0xbf]),
        ] {
            assert_eq!(
                read_numbers(&bytes[..], 1, number_format, |_| ()).unwrap(),
                [-1.5],
                "{number_format:?}"
            );
            assert!(read_numbers(&bytes[1..], 1, number_format, |_| ()).is_err());
        }
    }

    #[test]
    fn shapes_that_no_memory_holds_have_no_count() {
        assert_eq!(element_count(&[3, 4]), Some(12));
        assert_eq!(element_count(&[]), Some(1));
        assert_eq!(element_count(&[usize::MAX, 2]), None);
        assert_eq!(element_count(&[1 << 62]), None);
    }
}

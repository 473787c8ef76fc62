//! A latent point with few bits per coordinate.

use super::error::ShareError;
use crate::latent::LatentPoint;

/// Bits per coordinate for exact coordinates.
pub(super) const EXACT_BITS: u8 = 32;
/// Maximum number of bits per coordinate for rounded coordinates.
const MAX_ROUNDED_BITS: u8 = 16;

/// A latent point whose coordinates are integer multiples of one step, or exact.
///
/// With b bits, coordinate x is stored as `round(x / max_abs * levels) + levels`, where `max_abs` is the largest absolute coordinate and
/// `levels` is `2^(b-1) - 1`: the restored coordinate differs from x by at most half a step of
/// `max_abs / levels`. With 32 bits x is stored exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedPoint {
    bits: u8,
    max_abs: f32,
    coordinates: Vec<u32>,
}

fn levels(bits: u8) -> u32 {
    (1_u32 << (bits - 1)) - 1
}

impl QuantizedPoint {
    /// Rounds a point to `bits` bits per coordinate: 2 to 16, or 32 for exact coordinates.
    ///
    /// # Errors
    /// [`ShareError::Unsupported`] for other numbers of bits and for coordinates that are not finite.
    pub fn new(point: &LatentPoint, bits: u8) -> Result<Self, ShareError> {
        let values = point.as_slice();
        if !values.iter().all(|value| value.is_finite()) {
            return Err(ShareError::Unsupported(
                "its latent point has a coordinate that is no finite number",
            ));
        }
        let max_abs = values.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
        let coordinates = match bits {
            EXACT_BITS => values.iter().map(|x| x.to_bits()).collect(),
            2..=MAX_ROUNDED_BITS => {
                let levels = levels(bits);
                let scale = if max_abs > 0.0 {
                    f64::from(levels) / f64::from(max_abs)
                } else {
                    0.0
                };
                let round = |x: &f32| {
                    let steps = (f64::from(*x) * scale).round() + f64::from(levels);
                    (steps as u32).min(2 * levels)
                };
                values.iter().map(round).collect()
            }
            _ => {
                return Err(ShareError::Unsupported(
                    "a coordinate has 2 to 16 bits, or 32",
                ));
            }
        };
        Ok(Self {
            bits,
            max_abs,
            coordinates,
        })
    }

    /// The point that is represented. It is equal on every machine: one product and one quotient of doubles, rounded to `f32`.
    #[must_use]
    pub fn point(&self) -> LatentPoint {
        if self.bits == EXACT_BITS {
            return LatentPoint::new(
                self.coordinates
                    .iter()
                    .copied()
                    .map(f32::from_bits)
                    .collect(),
            );
        }
        let levels = f64::from(levels(self.bits));
        let value = |steps: &u32| {
            let steps = f64::from(*steps) - levels;
            (steps * f64::from(self.max_abs) / levels) as f32
        };
        LatentPoint::new(self.coordinates.iter().map(value).collect())
    }

    /// Bits per coordinate.
    #[must_use]
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// Number of coordinates.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.coordinates.len()
    }

    /// The largest absolute coordinate.
    pub(super) fn max_abs(&self) -> f32 {
        self.max_abs
    }

    /// The coordinates packed in `bits` bits each, the lowest bit first.
    pub(super) fn bytes(&self) -> Vec<u8> {
        pack(&self.coordinates, self.bits)
    }

    /// Reads a point of `dimensions` dimensions.
    pub(super) fn from_bytes(
        bits: u8,
        max_abs: f32,
        dimensions: usize,
        bytes: &[u8],
    ) -> Result<Self, ShareError> {
        if !matches!(bits, 2..=MAX_ROUNDED_BITS | EXACT_BITS) {
            return Err(ShareError::Damaged("a number of bits is wrong"));
        }
        let coordinates = unpack(bytes, bits, dimensions);
        let point = Self {
            bits,
            max_abs,
            coordinates,
        };
        let in_range = |steps: &u32| bits == EXACT_BITS || *steps <= 2 * levels(bits);
        let is_finite =
            max_abs.is_finite() && point.point().as_slice().iter().all(|x| x.is_finite());
        if is_finite && point.coordinates.iter().all(in_range) {
            Ok(point)
        } else {
            Err(ShareError::Damaged("a coordinate is out of range"))
        }
    }
}

/// Number of bytes of `count` values of `bits` bits each.
pub(super) fn packed_len(count: usize, bits: u8) -> usize {
    (count * usize::from(bits)).div_ceil(8)
}

/// Packs values one after another in `bits` bits each, the lowest bit first.
pub(super) fn pack(values: &[u32], bits: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(packed_len(values.len(), bits));
    let (mut bit_buffer, mut buffered_bits) = (0_u64, 0_u32);
    for value in values {
        bit_buffer |= u64::from(*value) << buffered_bits;
        buffered_bits += u32::from(bits);
        while buffered_bits >= 8 {
            bytes.push(bit_buffer as u8);
            bit_buffer >>= 8;
            buffered_bits -= 8;
        }
    }
    if buffered_bits > 0 {
        bytes.push(bit_buffer as u8);
    }
    bytes
}

/// Unpacks `count` values from [`pack`]; missing bits count as 0.
pub(super) fn unpack(bytes: &[u8], bits: u8, count: usize) -> Vec<u32> {
    let mask = (1_u64 << bits) - 1;
    let mut bytes = bytes.iter();
    let (mut bit_buffer, mut buffered_bits) = (0_u64, 0_u32);
    let mut next_value = || {
        while buffered_bits < u32::from(bits) {
            bit_buffer |= u64::from(*bytes.next().unwrap_or(&0)) << buffered_bits;
            buffered_bits += 8;
        }
        let value = (bit_buffer & mask) as u32;
        bit_buffer >>= bits;
        buffered_bits -= u32::from(bits);
        value
    };
    (0..count).map(|_| next_value()).collect()
}

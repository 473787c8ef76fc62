//! A latent point in few bits per coordinate.

use super::error::ShareError;
use crate::latent::LatentPoint;

/// Bits of a coordinate that is stored exactly.
pub(super) const EXACT_BITS: u8 = 32;
/// Most bits of a coordinate that is rounded.
const MAX_ROUNDED_BITS: u8 = 16;

/// A latent point whose coordinates are whole multiples of one step, or exact.
///
/// With b bits, coordinate x is stored as `round(x / largest * levels) + levels`, where `largest` is the largest absolute coordinate and
/// `levels` is `2^(b-1) - 1`: at most half a step of `largest / levels` from x. With 32 bits it is stored as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizedPoint {
    bits: u8,
    largest: f32,
    coordinates: Vec<u32>,
}

fn levels(bits: u8) -> u32 {
    (1_u32 << (bits - 1)) - 1
}

impl QuantizedPoint {
    /// Rounds a point to so many bits per coordinate: 2 to 16, or 32 for exact ones.
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
        let largest = values.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        let coordinates = match bits {
            EXACT_BITS => values.iter().map(|x| x.to_bits()).collect(),
            2..=MAX_ROUNDED_BITS => {
                let levels = levels(bits);
                let scale = if largest > 0.0 {
                    f64::from(levels) / f64::from(largest)
                } else {
                    0.0
                };
                let rounded = |x: &f32| {
                    let steps = (f64::from(*x) * scale).round() + f64::from(levels);
                    (steps as u32).min(2 * levels)
                };
                values.iter().map(rounded).collect()
            }
            _ => {
                return Err(ShareError::Unsupported(
                    "a coordinate has 2 to 16 bits, or 32",
                ));
            }
        };
        Ok(Self {
            bits,
            largest,
            coordinates,
        })
    }

    /// The point. Equal on every machine: a product and a quotient of doubles, rounded once.
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
            (steps * f64::from(self.largest) / levels) as f32
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
    pub(super) fn largest(&self) -> f32 {
        self.largest
    }

    /// The coordinates, one after another in `bits` each, the lowest bit first.
    pub(super) fn bytes(&self) -> Vec<u8> {
        pack(&self.coordinates, self.bits)
    }

    /// Reads a point of so many dimensions.
    pub(super) fn from_bytes(
        bits: u8,
        largest: f32,
        dimensions: usize,
        bytes: &[u8],
    ) -> Result<Self, ShareError> {
        if !matches!(bits, 2..=MAX_ROUNDED_BITS | EXACT_BITS) {
            return Err(ShareError::Damaged("a number of bits is wrong"));
        }
        let coordinates = unpack(bytes, bits, dimensions);
        let point = Self {
            bits,
            largest,
            coordinates,
        };
        let in_range = |steps: &u32| bits == EXACT_BITS || *steps <= 2 * levels(bits);
        let is_finite =
            largest.is_finite() && point.point().as_slice().iter().all(|x| x.is_finite());
        if is_finite && point.coordinates.iter().all(in_range) {
            Ok(point)
        } else {
            Err(ShareError::Damaged("a coordinate is out of range"))
        }
    }
}

/// Bytes that so many values of so many bits take.
pub(super) fn packed_len(values: usize, bits: u8) -> usize {
    (values * usize::from(bits)).div_ceil(8)
}

/// Values one after another in `bits` each, the lowest bit first.
pub(super) fn pack(values: &[u32], bits: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(packed_len(values.len(), bits));
    let (mut waiting, mut count) = (0_u64, 0_u32);
    for value in values {
        waiting |= u64::from(*value) << count;
        count += u32::from(bits);
        while count >= 8 {
            bytes.push(waiting as u8);
            waiting >>= 8;
            count -= 8;
        }
    }
    if count > 0 {
        bytes.push(waiting as u8);
    }
    bytes
}

/// So many values from [`pack`]; bits that are missing count as 0.
pub(super) fn unpack(bytes: &[u8], bits: u8, values: usize) -> Vec<u32> {
    let mask = (1_u64 << bits) - 1;
    let mut bytes = bytes.iter();
    let (mut waiting, mut count) = (0_u64, 0_u32);
    let mut next = || {
        while count < u32::from(bits) {
            waiting |= u64::from(*bytes.next().unwrap_or(&0)) << count;
            count += 8;
        }
        let value = (waiting & mask) as u32;
        waiting >>= bits;
        count -= u32::from(bits);
        value
    };
    (0..values).map(|_| next()).collect()
}

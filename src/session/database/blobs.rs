//! Conversion between numbers and the little-endian bytes of a blob. Trailing bytes of an incomplete number are ignored.

use crate::latent::LatentPoint;

/// The coordinates of a latent point, as `f32`.
pub(in crate::session) fn latent_bytes(latent: &LatentPoint) -> Vec<u8> {
    let numbers = latent.as_slice().iter();
    numbers.flat_map(|x| x.to_le_bytes()).collect()
}

/// A latent point from [`latent_bytes`].
pub(in crate::session) fn latent_point(bytes: &[u8]) -> LatentPoint {
    let (numbers, _) = bytes.as_chunks::<4>();
    let numbers = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes));
    LatentPoint::new(numbers.collect())
}

/// Numbers as `f64`.
pub(in crate::session) fn value_bytes(values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    values.into_iter().flat_map(f64::to_le_bytes).collect()
}

/// Numbers from [`value_bytes`].
pub(in crate::session) fn values(bytes: &[u8]) -> Vec<f64> {
    let (numbers, _) = bytes.as_chunks::<8>();
    let numbers = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes));
    numbers.collect()
}

/// Positions on a map, x before y.
pub(in crate::session) fn position_bytes(positions: impl IntoIterator<Item = [f64; 2]>) -> Vec<u8> {
    value_bytes(positions.into_iter().flatten())
}

/// Positions from [`position_bytes`].
pub(in crate::session) fn positions(bytes: &[u8]) -> Vec<[f64; 2]> {
    let (pairs, _) = bytes.as_chunks::<16>();
    let pair = |bytes: &[u8; 16]| {
        let mut coordinates = values(bytes).into_iter();
        [0, 1].map(|_| coordinates.next().unwrap_or_default())
    };
    pairs.iter().map(pair).collect()
}

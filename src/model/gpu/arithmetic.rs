//! Weights, the logistic function, tanh and logarithms in the decode kernel.
//!
//! Implemented here because the accuracy of WGSL's own functions differs from adapter to adapter (WGSL specification,
//! section 15.7.4) and its tanh may overflow.

use std::f32::consts::{LOG2_E, SQRT_2};

use cubecl::prelude::*;

/// Four weights or sums: a unit's input gate, candidate, forget gate and output gate.
pub(super) type Quad = Vector<f32, Const<4>>;
/// One value for each of two melodies.
pub(super) type Pair = Vector<f32, Const<2>>;
/// Bits of two floats, or of four floats of 16 bits.
pub(super) type Words = Vector<i32, Const<2>>;

/// Loads the quad of weights at `index`; `half` if they are stored in 16 bits, see [`super::pack`].
#[cube]
pub(super) fn load_quad(weights: &[Words], index: usize, #[comptime] half: bool) -> Quad {
    let mut quad = Quad::empty();
    if comptime!(half) {
        let words = weights[index];
        let (low, high) = (words.extract(0usize), words.extract(1usize));
        quad.insert(0usize, widen(low << 16i32));
        quad.insert(1usize, widen(low));
        quad.insert(2usize, widen(high << 16i32));
        quad.insert(3usize, widen(high));
    } else {
        let (low, high) = (weights[2 * index], weights[2 * index + 1]);
        quad.insert(0usize, f32::reinterpret(low.extract(0usize)));
        quad.insert(1usize, f32::reinterpret(low.extract(1usize)));
        quad.insert(2usize, f32::reinterpret(high.extract(0usize)));
        quad.insert(3usize, f32::reinterpret(high.extract(1usize)));
    }
    quad
}

/// The float of 16 bits in the upper half of a word, times 2^-112: its exponent is moved without a change of its bias.
#[cube]
fn widen(word: i32) -> f32 {
    // Sign, exponent and fraction at their places in a float of 32 bits: 0x8FFF_E000.
    f32::reinterpret((word >> 3i32) & -1_879_056_384i32)
}

/// Exponential function, computed as in [`crate::model::cpu::exp`].
#[cube]
fn exp(x: f32) -> f32 {
    let x = clamp(x, -87.0f32, 88.0f32);
    let k = (x * LOG2_E + 0.5).floor();
    let r = (x - k * 0.693_359_4) - k * -2.121_944_4e-4f32;
    let p = 1.984_127e-4f32 * r + 1.388_888_9e-3;
    let p = p * r + 8.333_334e-3;
    let p = p * r + 4.166_666_8e-2;
    let p = p * r + 0.166_666_67;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    p * f32::reinterpret((i32::cast_from(k) + 127i32) << 23i32)
}

/// The logistic function.
#[cube]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Hyperbolic tangent.
#[cube]
pub(super) fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (exp(2.0 * x) + 1.0)
}

/// Natural logarithm of a positive normal number, to about 1e-7 relative, also near 1.
///
/// Moshier's polynomial (Cephes, `logf`) on a fraction between sqrt(1/2) and sqrt(2).
#[cube]
pub(super) fn ln(x: f32) -> f32 {
    let bits = i32::reinterpret(x);
    let fraction = f32::reinterpret((bits & 0x007f_ffffi32) | 0x3f80_0000i32);
    let is_large = fraction > SQRT_2;
    let exponent = f32::cast_from((bits >> 23i32) - 127i32) + select(is_large, 1.0f32, 0.0f32);
    let f = select(is_large, fraction * 0.5, fraction) - 1.0;
    let p = 7.037_683_6e-2f32 * f - 0.115_146_1;
    let p = p * f + 0.116_769_99;
    let p = p * f - 0.124_201_41;
    let p = p * f + 0.142_493_23;
    let p = p * f - 0.166_680_58;
    let p = p * f + 0.200_007_14;
    let p = p * f - 0.249_999_94;
    let p = p * f + 0.333_333_3;
    let square = f * f;
    let y = p * f * square - 2.121_944_4e-4 * exponent - 0.5 * square;
    f + y + 0.693_359_4 * exponent
}

//! The number format of matrix products.

use serde::{Deserialize, Serialize};

use super::bfloat16::{self, PackedOperand};
use super::product::{Matrix, Update, product};

/// Number format of the operands of matrix products; sums are 32-bit floats in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatmulFormat {
    /// 32-bit floats, on every processor.
    #[default]
    Float32,
    /// Operands rounded to bfloat16: about twice as fast, on processors with AVX-512 BF16 only.
    Bfloat16,
}

impl MatmulFormat {
    /// Whether this processor supports it.
    #[must_use]
    pub fn is_supported(self) -> bool {
        match self {
            Self::Float32 => true,
            Self::Bfloat16 => bfloat16::is_supported(),
        }
    }

    /// A right operand, prepared for many products.
    pub(crate) fn prepare(self, matrix: Matrix<'_>) -> RightOperand<'_> {
        match self {
            Self::Float32 => RightOperand::Float32(matrix),
            Self::Bfloat16 => RightOperand::Bfloat16(PackedOperand::new(matrix)),
        }
    }

    /// The product of `left` `[m, k]` and `right` `[k, n]`, into `out` `[m, n]`, row-major.
    pub(crate) fn product(
        self,
        out: &mut [f32],
        update: Update,
        left: Matrix<'_>,
        right: Matrix<'_>,
    ) {
        self.prepare(right).multiply(out, update, left);
    }

    /// `input` `[rows, inputs]` times `kernel` `[inputs, outputs]` plus `bias` `[outputs]`, into `out`
    /// `[rows, outputs]`.
    pub(crate) fn affine(
        self,
        out: &mut [f32],
        input: Matrix<'_>,
        kernel: Matrix<'_>,
        bias: &[f32],
    ) {
        out.chunks_exact_mut(bias.len())
            .for_each(|row| row.copy_from_slice(bias));
        self.product(out, Update::Add, input, kernel);
    }
}

/// The right operand of many products, converted to its number format once.
pub(crate) enum RightOperand<'a> {
    Float32(Matrix<'a>),
    Bfloat16(PackedOperand),
}

impl RightOperand<'_> {
    /// The product of `left` `[m, k]` and this operand `[k, n]`, into `out` `[m, n]`, row-major.
    ///
    /// # Panics
    /// If the extents do not fit, or the processor does not support the number format.
    pub(crate) fn multiply(&self, out: &mut [f32], update: Update, left: Matrix<'_>) {
        match self {
            Self::Float32(right) => product(out, update, left, *right),
            Self::Bfloat16(right) => right.multiply(out, update, left),
        }
    }
}

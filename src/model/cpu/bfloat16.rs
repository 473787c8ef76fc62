//! Matrix products whose operands are rounded to bfloat16, summed in 32-bit floats.
//!
//! Twice the products per second of 32-bit floats on processors with AVX-512 BF16, at a precision that is enough for training
//! (Kalamkar et al. 2019, "A study of BFLOAT16 for deep learning training"). An operand of many products, such as a
//! recurrent kernel over the steps of a sequence, is rounded and laid out once.
#![expect(
    unsafe_code,
    reason = "vector instructions on raw pointers; every extent is checked here first"
)]

use super::product::{Matrix, Update};

/// Columns of the right operand in one panel: two vectors of 16.
const PANEL_COLUMNS: usize = 32;
/// Rows of the left operand in one block: 16 sums stay in registers, more than the latency of a product.
const BLOCK_ROWS: usize = 8;
/// Pairs of inner positions that one pass covers, so that its part of a panel stays in the nearest caches.
const PASS_PAIRS: usize = 256;

/// Whether this processor has the AVX-512 BF16 instructions.
pub(crate) fn is_supported() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512bf16") && is_x86_feature_detected!("avx512bw");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// A right operand `[inner, columns]`, rounded and laid out in panels.
pub(crate) struct PackedOperand {
    inner: usize,
    columns: usize,
    /// `[panel, pair, PANEL_COLUMNS]`: two neighbouring inner positions in one word, zeros past the edges.
    words: Vec<u32>,
}

impl PackedOperand {
    pub(crate) fn new(matrix: Matrix<'_>) -> Self {
        let (inner, columns) = matrix.extents();
        let words = pack::<PANEL_COLUMNS>(matrix.transpose());
        Self {
            inner,
            columns,
            words,
        }
    }

    /// The product of `left` `[m, inner]` and this operand, into `out` `[m, columns]`, row-major.
    ///
    /// # Panics
    /// If the extents do not fit or the processor is not [`is_supported`].
    pub(crate) fn multiply(&self, out: &mut [f32], update: Update, left: Matrix<'_>) {
        let (rows, inner) = left.extents();
        assert_eq!(inner, self.inner, "inner extents of a product");
        assert_eq!(out.len(), rows * self.columns, "extents of a product");
        assert!(is_supported(), "a processor with AVX-512 BF16");
        if update == Update::Replace {
            out.fill(0.0);
        }
        let left = pack::<BLOCK_ROWS>(left);
        let pairs = inner.div_ceil(2);
        for first_pair in (0..pairs).step_by(PASS_PAIRS) {
            let pair_count = PASS_PAIRS.min(pairs - first_pair);
            for (panel_index, column) in (0..self.columns).step_by(PANEL_COLUMNS).enumerate() {
                let panel = &self.words[(panel_index * pairs + first_pair) * PANEL_COLUMNS..]
                    [..pair_count * PANEL_COLUMNS];
                let width = PANEL_COLUMNS.min(self.columns - column);
                for (block_index, row) in (0..rows).step_by(BLOCK_ROWS).enumerate() {
                    let block = &left[(block_index * pairs + first_pair) * BLOCK_ROWS..]
                        [..pair_count * BLOCK_ROWS];
                    let height = BLOCK_ROWS.min(rows - row);
                    let out_start = row * self.columns + column;
                    let out_length = (height - 1) * self.columns + width;
                    let out = &mut out[out_start..out_start + out_length];
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: the processor has the instructions (asserted above); `panel` and `block` hold the same
                    // number of pairs, and `out` reaches to the last column of the last row that is written.
                    unsafe {
                        x86::add_tile(out, self.columns, height, width, block, panel);
                    }
                }
            }
        }
    }
}

/// Rows of a matrix `[rows, inner]` in groups of `G`, as `[group, pair, G]` words; zeros past the edges.
fn pack<const G: usize>(matrix: Matrix<'_>) -> Vec<u32> {
    let (rows, inner) = matrix.extents();
    let pairs = inner.div_ceil(2);
    let mut words = vec![0_u32; rows.div_ceil(G) * pairs * G];
    #[cfg(target_arch = "x86_64")]
    if is_supported() {
        // SAFETY: the processor has the instructions.
        unsafe { x86::pack_into::<G>(&mut words, matrix) };
        return words;
    }
    pack_into::<G>(&mut words, matrix);
    words
}

#[inline(always)]
fn pack_into<const G: usize>(words: &mut [u32], matrix: Matrix<'_>) {
    let (rows, inner) = matrix.extents();
    let values = matrix.values();
    let pairs = inner.div_ceil(2);
    for (group, words) in words.chunks_exact_mut(pairs * G).enumerate() {
        let height = G.min(rows - group * G);
        if matrix.is_transposed() {
            // Stored as [inner, rows]: a pair is one above the other.
            for (pair, words) in words.as_chunks_mut::<G>().0.iter_mut().enumerate() {
                let upper = &values[2 * pair * rows + group * G..][..height];
                let lower = values.get((2 * pair + 1) * rows + group * G..);
                let lower = lower.and_then(|lower| lower.get(..height));
                match (lower, <&[f32; G]>::try_from(upper)) {
                    (Some(lower), Ok(upper)) => {
                        // The usual case, of a length that the compiler knows.
                        for k in 0..G {
                            words[k] = bfloat16_bits(upper[k]) | bfloat16_bits(lower[k]) << 16;
                        }
                    }
                    (Some(lower), Err(_)) => {
                        for ((word, upper), lower) in words.iter_mut().zip(upper).zip(lower) {
                            *word = bfloat16_bits(*upper) | bfloat16_bits(*lower) << 16;
                        }
                    }
                    (None, _) => {
                        for (word, upper) in words.iter_mut().zip(upper) {
                            *word = bfloat16_bits(*upper);
                        }
                    }
                }
            }
        } else {
            for row in 0..height {
                let values = &values[(group * G + row) * inner..][..inner];
                let (value_pairs, remainder) = values.as_chunks::<2>();
                for (words, pair) in words.chunks_exact_mut(G).zip(value_pairs) {
                    words[row] = bfloat16_bits(pair[0]) | bfloat16_bits(pair[1]) << 16;
                }
                if let [last] = remainder {
                    words[(pairs - 1) * G + row] = bfloat16_bits(*last);
                }
            }
        }
    }
}

/// The bits of `x` as bfloat16: the upper half of a float, rounded to the nearest, ties to even.
#[inline(always)]
fn bfloat16_bits(x: f32) -> u32 {
    let bits = x.to_bits();
    bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;
    use std::mem::transmute;

    use super::{BLOCK_ROWS, Matrix, PANEL_COLUMNS};

    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    pub(super) fn pack_into<const G: usize>(words: &mut [u32], matrix: Matrix<'_>) {
        super::pack_into::<G>(words, matrix);
    }

    /// Adds the product of a block `[pair, BLOCK_ROWS]` and a panel `[pair, PANEL_COLUMNS]` to the first `height` rows and `width`
    /// columns of `out`, whose rows lie `stride` apart.
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    pub(super) fn add_tile(
        out: &mut [f32],
        stride: usize,
        height: usize,
        width: usize,
        block: &[u32],
        panel: &[u32],
    ) {
        let mut sums = [[_mm512_setzero_ps(); 2]; BLOCK_ROWS];
        for (block, panel) in block
            .as_chunks::<BLOCK_ROWS>()
            .0
            .iter()
            .zip(panel.as_chunks::<PANEL_COLUMNS>().0)
        {
            // SAFETY: a panel's pair is two vectors long; a vector of words and one of bfloat16 pairs are the same bits.
            let right: [__m512bh; 2] = unsafe {
                let address = panel.as_ptr().cast::<__m512i>();
                [
                    transmute::<__m512i, __m512bh>(_mm512_loadu_si512(address)),
                    transmute::<__m512i, __m512bh>(_mm512_loadu_si512(address.add(1))),
                ]
            };
            for (sums, word) in sums.iter_mut().zip(block) {
                // SAFETY: as above.
                let left =
                    unsafe { transmute::<__m512i, __m512bh>(_mm512_set1_epi32(*word as i32)) };
                sums[0] = _mm512_dpbf16_ps(sums[0], left, right[0]);
                sums[1] = _mm512_dpbf16_ps(sums[1], left, right[1]);
            }
        }
        let mask = u32::MAX >> (PANEL_COLUMNS - width);
        let masks = [mask as u16, (mask >> 16) as u16];
        for (row, sums) in sums.iter().enumerate().take(height) {
            for half in 0..2 {
                // SAFETY: only lanes whose bit is set are touched, and those lie inside `out`.
                unsafe {
                    let address = out.as_mut_ptr().wrapping_add(row * stride + 16 * half);
                    let sum = _mm512_maskz_loadu_ps(masks[half], address);
                    _mm512_mask_storeu_ps(address, masks[half], _mm512_add_ps(sum, sums[half]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Small integers are exact in bfloat16, so the products equal the schoolbook sum exactly.
        #[test]
        fn products_of_any_extents_agree_with_the_schoolbook_sum(
            (m, k, n) in (1_usize..20, 1_usize..40, 1_usize..70),
            transposed in any::<[bool; 2]>(),
        ) {
            if !is_supported() {
                return Ok(());
            }
            let a: Vec<f32> = (0..m * k).map(|i| (i * 7 % 19) as f32 - 9.0).collect();
            let b: Vec<f32> = (0..k * n).map(|i| (i * 5 % 23) as f32 - 11.0).collect();
            let left = if transposed[0] { Matrix::new(&a, k, m).transpose() } else { Matrix::new(&a, m, k) };
            let right = if transposed[1] { Matrix::new(&b, n, k).transpose() } else { Matrix::new(&b, k, n) };
            let mut out = vec![3.0; m * n];
            PackedOperand::new(right).multiply(&mut out, Update::Add, left);
            for (row, column) in (0..m).flat_map(|row| (0..n).map(move |column| (row, column))) {
                let sum: f32 = (0..k)
                    .map(|i| {
                        let x = if transposed[0] { a[i * m + row] } else { a[row * k + i] };
                        let y = if transposed[1] { b[column * k + i] } else { b[i * n + column] };
                        x * y
                    })
                    .sum();
                prop_assert_eq!(out[row * n + column], 3.0 + sum);
            }
        }
    }

    #[test]
    fn rounding_is_to_the_nearest_with_ties_to_even() {
        let round_trip = |x: f32| f32::from_bits(bfloat16_bits(x) << 16);
        assert_eq!(round_trip(1.0), 1.0);
        // bfloat16 has 7 bits behind the point: neighbours of 1 are 1/128 apart.
        assert_eq!(round_trip(1.0 + 1.0 / 256.0), 1.0);
        assert_eq!(round_trip(1.0 + 3.0 / 256.0), 1.0 + 4.0 / 256.0);
        assert_eq!(round_trip(-1.0 - 1.01 / 256.0), -1.0 - 1.0 / 128.0);
    }
}

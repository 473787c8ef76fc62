//! The vector instructions that the decoder's loops are compiled for, chosen at run time.
//!
//! The loops themselves are plain Rust over arrays as long as a register. Each is compiled once for every kind, in a function
//! with those instructions enabled.

/// Set of vector instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instructions {
    /// AVX-512 on x86-64.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2, FMA and F16C on x86-64.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Those that every processor of the architecture has: NEON on 64-bit ARM, SSE2 on x86-64.
    Baseline,
}

impl Instructions {
    /// The best kind that this processor has.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c");
            if avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                return Self::Avx512;
            }
            if avx2 {
                return Self::Avx2;
            }
        }
        Self::Baseline
    }

    /// All kinds that this processor has, the best first.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::detect()];
        #[cfg(target_arch = "x86_64")]
        if all[0] == Self::Avx512 {
            all.push(Self::Avx2);
        }
        if all[0] != Self::Baseline {
            all.push(Self::Baseline);
        }
        all
    }

    /// Whether there is an instruction that converts 16-bit floats to 32-bit floats.
    pub(super) fn widens_half(self) -> bool {
        self != Self::Baseline
    }

    /// Number of 32-bit floats in a register.
    pub(super) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => AVX512_LANES,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => AVX2_LANES,
            Self::Baseline => BASELINE_LANES,
        }
    }

    /// Rows of a batch that are multiplied together, so that their sums fill the registers.
    pub(super) fn rows_per_block(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => AVX512_ROWS,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => AVX2_ROWS,
            Self::Baseline => BASELINE_ROWS,
        }
    }
}

/// Number of 32-bit floats in a register of AVX-512, and rows per block.
#[cfg(target_arch = "x86_64")]
pub(super) const AVX512_LANES: usize = 16;
#[cfg(target_arch = "x86_64")]
pub(super) const AVX512_ROWS: usize = 6;
/// The same for AVX2, which has half as many registers.
#[cfg(target_arch = "x86_64")]
pub(super) const AVX2_LANES: usize = 8;
#[cfg(target_arch = "x86_64")]
pub(super) const AVX2_ROWS: usize = 3;
/// The same for NEON and SSE2.
pub(super) const BASELINE_LANES: usize = 4;
pub(super) const BASELINE_ROWS: usize = if cfg!(target_arch = "aarch64") { 6 } else { 2 };

/// Operations that a loop compiled for one set of instructions needs.
pub(super) trait VectorOps<const L: usize> {
    /// Whether `multiply_add` is fused: the product is not rounded before the addition.
    const FUSED: bool;

    /// Converts 16-bit floats to 32-bit floats, exactly.
    fn widen(half: &[u16; L]) -> [f32; L];

    /// `a * b + sum`.
    #[inline(always)]
    fn multiply_add(a: f32, b: f32, sum: f32) -> f32 {
        if Self::FUSED {
            a.mul_add(b, sum)
        } else {
            a * b + sum
        }
    }
}

/// [`Instructions::Baseline`].
pub(super) struct Baseline;

impl VectorOps<BASELINE_LANES> for Baseline {
    const FUSED: bool = cfg!(target_arch = "aarch64");

    #[inline(always)]
    fn widen(half: &[u16; BASELINE_LANES]) -> [f32; BASELINE_LANES] {
        half.map(|x| half::f16::from_bits(x).to_f32())
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector instructions; only functions with the instructions enabled call these"
)]
mod x86 {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm256_cvtph_ps};
    use std::arch::x86_64::{__m256i, _mm256_loadu_si256, _mm512_cvtph_ps};
    use std::mem::transmute;

    use super::{AVX2_LANES, AVX512_LANES, VectorOps};

    /// [`Instructions::Avx512`](super::Instructions::Avx512).
    pub(in crate::model::cpu) struct Avx512;

    impl VectorOps<AVX512_LANES> for Avx512 {
        const FUSED: bool = true;

        #[inline(always)]
        fn widen(half: &[u16; AVX512_LANES]) -> [f32; AVX512_LANES] {
            let address = half.as_ptr().cast::<__m256i>();
            // SAFETY: the array is as long as the register, and the caller runs only where AVX-512 was detected.
            unsafe { transmute(_mm512_cvtph_ps(_mm256_loadu_si256(address))) }
        }
    }

    /// [`Instructions::Avx2`](super::Instructions::Avx2).
    pub(in crate::model::cpu) struct Avx2;

    impl VectorOps<AVX2_LANES> for Avx2 {
        const FUSED: bool = true;

        #[inline(always)]
        fn widen(half: &[u16; AVX2_LANES]) -> [f32; AVX2_LANES] {
            let address = half.as_ptr().cast::<__m128i>();
            // SAFETY: the array is as long as the register, and the caller runs only where F16C was detected.
            unsafe { transmute(_mm256_cvtph_ps(_mm_loadu_si128(address))) }
        }
    }
}

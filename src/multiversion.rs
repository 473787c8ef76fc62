//! Function multiversioning: loops that are also compiled for the wider vectors of AVX2 and AVX-512.
//!
//! The compiler keeps the order and rounding of every operation whatever the width, so all versions give bit-identical results.

/// Defines a function that runs its loop compiled for AVX-512 or AVX2 where the processor has it.
///
/// The loop itself must be an `#[inline(always)]` function of the same arguments.
macro_rules! multiversion {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) = $inner:path) => {
        $(#[$attribute])*
        $visibility fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn avx512($($argument: $type),*) {
                    $inner($($argument),*)
                }
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                {
                    #[expect(unsafe_code, reason = "the processor has the instructions, as checked above")]
                    // SAFETY: the processor has the instructions, as checked above.
                    return unsafe { avx512($($argument),*) };
                }
                #[target_feature(enable = "avx2")]
                fn avx2($($argument: $type),*) {
                    $inner($($argument),*)
                }
                if is_x86_feature_detected!("avx2") {
                    #[expect(unsafe_code, reason = "the processor has the instructions, as checked above")]
                    // SAFETY: the processor has the instructions, as checked above.
                    return unsafe { avx2($($argument),*) };
                }
            }
            $inner($($argument),*)
        }
    };
}
pub(crate) use multiversion;

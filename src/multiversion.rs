//! Function multiversioning: plain loops compiled again for wider vectors, AVX2 and AVX-512.
//!
//! The compiler keeps the order and rounding of every operation whatever the width, so results are the same to the
//! last bit.

/// Defines a function that runs its loop compiled for AVX-512 or AVX2 where the processor has it.
///
/// The loop itself must be an `#[inline(always)]` function of the same arguments.
macro_rules! multiversion {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) = $inner:path) => {
        $(#[$attribute])*
        $visibility fn $name($($argument: $kind),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn wide($($argument: $kind),*) {
                    $inner($($argument),*)
                }
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                {
                    #[expect(unsafe_code, reason = "the processor has the instructions, as checked above")]
                    // SAFETY: as the reason says.
                    return unsafe { wide($($argument),*) };
                }
                #[target_feature(enable = "avx2")]
                fn middle($($argument: $kind),*) {
                    $inner($($argument),*)
                }
                if is_x86_feature_detected!("avx2") {
                    #[expect(unsafe_code, reason = "the processor has the instructions, as checked above")]
                    // SAFETY: as the reason says.
                    return unsafe { middle($($argument),*) };
                }
            }
            $inner($($argument),*)
        }
    };
}
pub(crate) use multiversion;

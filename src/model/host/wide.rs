//! Plain loops, compiled once more for the widest vectors.
//!
//! The compiler keeps the order and rounding of every operation whatever the width, so results are the same to the
//! last bit.

/// Defines a function twice, with and without AVX-512, and calls the one that the processor can run.
///
/// The loop itself must be an `#[inline(always)]` function of the same arguments.
macro_rules! widest {
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
                    #[expect(unsafe_code, reason = "the processor has the instructions, asked for right above")]
                    // SAFETY: as the reason says.
                    return unsafe { wide($($argument),*) };
                }
            }
            $inner($($argument),*)
        }
    };
}
pub(crate) use widest;

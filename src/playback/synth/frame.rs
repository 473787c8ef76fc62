//! Stereo frames.

/// One stereo sample, left and right, `-1.0..=1.0`.
pub type Frame = [f32; 2];

/// Maximum number of frames rendered at a time.
pub const MAX_CHUNK_FRAMES: usize = 64;

//! Whether a sound device asks for blocks at the pace at which it plays them.

use std::time::Duration;

/// Blocks that are looked at together: more than a device fills ahead when it begins.
const BLOCKS: u32 = 24;

/// Waits until a device has kept time for a moment.
///
/// A device that never lets its thread pause, as ALSA's `null`, would keep everything else from a core if that thread were
/// raised.
#[derive(Debug)]
pub(super) struct DevicePace {
    sample_rate: f64,
    begin: Duration,
    frames: usize,
    blocks: u32,
    is_known: bool,
}

impl DevicePace {
    /// For a device of this sample rate, Hz.
    pub fn new(sample_rate: f64) -> Self {
        Self {
            sample_rate,
            begin: Duration::ZERO,
            frames: 0,
            blocks: 0,
            is_known: false,
        }
    }

    /// Takes a block of `frames`, requested at `now`. True once: when the last blocks took at least half of their time.
    pub fn begin(&mut self, now: Duration, frames: usize) -> bool {
        if self.is_known {
            return false;
        }
        if self.blocks == 0 {
            (self.begin, self.frames) = (now, 0);
        }
        let passed = now.saturating_sub(self.begin).as_secs_f64();
        let played = self.frames as f64 / self.sample_rate;
        self.frames += frames;
        self.blocks = (self.blocks + 1) % BLOCKS;
        self.is_known = self.blocks == 0 && passed > 0.5 * played;
        self.is_known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_pauses_between_blocks_is_told_from_one_that_does_not() {
        let block = Duration::from_secs_f64(512.0 / 48_000.0);
        let mut card = DevicePace::new(48_000.0);
        // Four blocks at once in the beginning, then one at a time.
        let told: Vec<bool> = (0..60_u32)
            .map(|k| card.begin(block * k.saturating_sub(4), 512))
            .collect();
        assert_eq!(told.iter().position(|told| *told), Some(23));
        assert_eq!(told.iter().filter(|told| **told).count(), 1);

        let mut null = DevicePace::new(48_000.0);
        let told = (0..10_000_u64).any(|k| null.begin(Duration::from_micros(20 * k), 512));
        assert!(!told);
    }
}

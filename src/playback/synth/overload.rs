//! Whether the blocks of a stream are too small for how busy the machine is.

/// Share of earlier underruns that still counts at the next check.
const DECAY: f32 = 0.8;
/// Recent underruns from which on the blocks are too small: three at once, or one in each of four seconds.
const LIMIT: f32 = 2.9;

/// Counts recent underruns.
#[derive(Debug, Default)]
pub(super) struct OverloadDetector {
    recent: f32,
}

impl OverloadDetector {
    /// Whether the blocks are too small, after so many underruns since the last check. To be called about once a second.
    pub fn check(&mut self, underruns: u32) -> bool {
        self.recent = DECAY * self.recent + underruns as f32;
        self.recent >= LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds until the blocks count as too small, with so many underruns in every `interval`-th second.
    fn seconds(underruns: u32, interval: usize) -> Option<usize> {
        let mut detector = OverloadDetector::default();
        (1..=600_usize).find(|second| {
            let is_due = second.is_multiple_of(interval);
            detector.check(if is_due { underruns } else { 0 })
        })
    }

    #[test]
    fn a_burst_and_a_steady_drip_are_an_overload_and_a_single_underrun_now_and_then_is_none() {
        assert_eq!(seconds(3, 1), Some(1));
        assert_eq!(seconds(2, 1), Some(2));
        assert_eq!(seconds(1, 1), Some(4));
        assert_eq!(seconds(1, 3), None);
        assert_eq!(seconds(2, 10), None);
    }
}

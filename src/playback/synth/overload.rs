//! Whether the blocks of a stream are too small for how busy the machine is.

/// Factor on the count of earlier underruns at each check.
const RECENT_DECAY: f32 = 0.8;
/// Count of recent underruns from which on the blocks are too small: three at once, or one in each of four seconds.
const MAX_RECENT_UNDERRUNS: f32 = 2.9;

/// Counts recent underruns.
#[derive(Debug, Default)]
pub(super) struct OverloadDetector {
    recent_underruns: f32,
}

impl OverloadDetector {
    /// Adds the underruns since the last check, and returns whether the blocks are too small. To be called about once a second.
    pub fn check(&mut self, underruns: u32) -> bool {
        self.recent_underruns = RECENT_DECAY * self.recent_underruns + underruns as f32;
        self.recent_underruns >= MAX_RECENT_UNDERRUNS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds until the blocks count as too small, with `underruns` in every `interval`-th second.
    fn seconds_until_overload(underruns: u32, interval: usize) -> Option<usize> {
        let mut detector = OverloadDetector::default();
        (1..=600_usize).find(|second| {
            let is_due = second.is_multiple_of(interval);
            detector.check(if is_due { underruns } else { 0 })
        })
    }

    #[test]
    fn bursts_and_frequent_underruns_are_an_overload_and_rare_ones_are_not() {
        assert_eq!(seconds_until_overload(3, 1), Some(1));
        assert_eq!(seconds_until_overload(2, 1), Some(2));
        assert_eq!(seconds_until_overload(1, 1), Some(4));
        assert_eq!(seconds_until_overload(1, 3), None);
        assert_eq!(seconds_until_overload(2, 10), None);
    }
}

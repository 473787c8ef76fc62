//! How many melodies one launch decodes, from measured times.

use std::time::Duration;

/// Time that one launch should take: two frames of a window that the same adapter draws.
const TARGET: Duration = Duration::from_millis(30);
/// Workgroups of the first launch.
const FIRST_GROUPS: usize = 8;
/// Most times that a launch is larger than the one before: few workgroups leave most of an adapter idle, so their rate
/// says little about many.
const GROWTH: usize = 4;
/// Bytes of scratch memory of one launch.
const MAX_SCRATCH_BYTES: usize = 1 << 26;
/// Melodies of one launch.
const MAX_POINTS: usize = 4_096;

/// The size of the next launch. It changes no result.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkSize {
    target: Duration,
    /// Melodies of a workgroup.
    rows: usize,
    max_groups: usize,
    groups: usize,
}

impl ChunkSize {
    /// For workgroups of `rows` melodies that need `scratch_bytes` of scratch memory each.
    pub fn new(rows: usize, scratch_bytes: usize) -> Self {
        let points = MAX_POINTS.min(MAX_SCRATCH_BYTES / scratch_bytes.max(1));
        let max_groups = (points / rows).max(1);
        Self {
            target: TARGET,
            rows,
            max_groups,
            groups: FIRST_GROUPS.min(max_groups),
        }
    }

    /// Sets the time that one launch should take.
    pub fn set_target(&mut self, target: Duration) {
        self.target = target;
    }

    /// Melodies of the next launch; at least one workgroup.
    pub fn points(&self) -> usize {
        self.groups * self.rows
    }

    /// Takes into account that `points` melodies took `elapsed`.
    pub fn record(&mut self, points: usize, elapsed: Duration) {
        let groups = points.div_ceil(self.rows);
        let seconds = elapsed.as_secs_f64().max(1e-6);
        let in_target = groups as f64 * self.target.as_secs_f64() / seconds;
        self.groups = (in_target as usize).clamp(1, (GROWTH * groups).clamp(1, self.max_groups));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Melodies of each launch for 6,400 melodies on an adapter of this speed, after a first one of 64.
    fn launches(melodies_per_second: f64) -> Vec<usize> {
        let mut chunk = ChunkSize::new(12, 12_288);
        let record = |chunk: &mut ChunkSize, points: usize| {
            let seconds = points as f64 / melodies_per_second + 1e-3;
            chunk.record(points, Duration::from_secs_f64(seconds));
        };
        record(&mut chunk, 64);
        let mut rest = 6_400;
        let mut launches = Vec::new();
        while rest > 0 {
            let points = chunk.points().min(rest);
            record(&mut chunk, points);
            launches.push(points);
            rest -= points;
        }
        launches
    }

    #[test]
    fn launches_are_few_on_a_fast_adapter_and_short_on_a_slow_one() {
        let fast = launches(100_000.0);
        assert!(fast.len() <= 16, "{fast:?}");
        // Nothing smaller than a workgroup can be launched: on a software adapter it takes longer than the target.
        assert!(launches(100.0).iter().all(|points| *points <= 12));
        for speed in [2_000.0, 20_000.0] {
            let longest = launches(speed).into_iter().max().unwrap_or(0);
            assert!(
                longest as f64 / speed < 0.031,
                "{longest} at {speed} per second"
            );
        }
    }
}

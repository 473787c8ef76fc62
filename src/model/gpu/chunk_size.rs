//! How many melodies one launch decodes, from measured times.

use std::time::Duration;

/// Time that one launch should take: two frames of a window that the same adapter draws.
const DEFAULT_LAUNCH_TIME: Duration = Duration::from_millis(30);
/// Workgroups of the first launch.
const INITIAL_GROUPS: usize = 8;
/// Maximum factor by which a launch is larger than the previous one: few workgroups leave most of an adapter idle, so their
/// rate says little about many.
const MAX_GROWTH: usize = 4;
/// Maximum scratch memory of one launch, in bytes.
const MAX_SCRATCH_BYTES: usize = 1 << 26;
/// Maximum number of melodies of one launch.
const MAX_POINTS: usize = 4_096;

/// The size of the next launch. It changes no result.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkSize {
    /// Time that one launch should take.
    launch_time: Duration,
    /// Melodies of a workgroup.
    melodies_per_group: usize,
    max_groups: usize,
    /// Workgroups of the next launch.
    groups: usize,
}

impl ChunkSize {
    /// For workgroups of `melodies_per_group` melodies, each of which needs `scratch_bytes` of scratch memory.
    pub fn new(melodies_per_group: usize, scratch_bytes: usize) -> Self {
        let points = MAX_POINTS.min(MAX_SCRATCH_BYTES / scratch_bytes.max(1));
        let max_groups = (points / melodies_per_group).max(1);
        Self {
            launch_time: DEFAULT_LAUNCH_TIME,
            melodies_per_group,
            max_groups,
            groups: INITIAL_GROUPS.min(max_groups),
        }
    }

    /// Sets the time that one launch should take.
    pub fn set_launch_time(&mut self, time: Duration) {
        self.launch_time = time;
    }

    /// Melodies of the next launch; at least one workgroup.
    pub fn points(&self) -> usize {
        self.groups * self.melodies_per_group
    }

    /// Records that a launch of `points` melodies took `elapsed`, and chooses the size of the next one.
    pub fn record(&mut self, points: usize, elapsed: Duration) {
        let groups = points.div_ceil(self.melodies_per_group);
        let seconds = elapsed.as_secs_f64().max(1e-6);
        let groups_in_launch_time = groups as f64 * self.launch_time.as_secs_f64() / seconds;
        self.groups = (groups_in_launch_time as usize)
            .clamp(1, (MAX_GROWTH * groups).clamp(1, self.max_groups));
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
        let mut remaining = 6_400;
        let mut launches = Vec::new();
        while remaining > 0 {
            let points = chunk.points().min(remaining);
            record(&mut chunk, points);
            launches.push(points);
            remaining -= points;
        }
        launches
    }

    #[test]
    fn launches_are_few_on_a_fast_adapter_and_short_on_a_slow_one() {
        let fast = launches(100_000.0);
        assert!(fast.len() <= 16, "{fast:?}");
        // Nothing smaller than a workgroup can be launched: on a software adapter it takes longer than the launch time.
        assert!(launches(100.0).iter().all(|points| *points <= 12));
        for speed in [2_000.0, 20_000.0] {
            let max_points = launches(speed).into_iter().max().unwrap_or(0);
            assert!(
                max_points as f64 / speed < 0.031,
                "{max_points} at {speed} per second"
            );
        }
    }
}

//! How often the map is drawn while a melody plays.

use std::time::Duration;

use crate::melody::STEPS_PER_QUARTER;

/// Time between two frames where a graphics card draws.
const GPU_INTERVAL: Duration = Duration::from_millis(16);
/// Shortest and longest time between two frames where the processor draws.
const CPU_INTERVALS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(250));
/// Part of one processor that the program may take while it plays and the processor draws.
const MAX_CPU_FRACTION: f64 = 0.38;
/// How long the processor's time is measured for, seconds.
const MEASUREMENT_SECONDS: f64 = 1.0;

/// Longest time between two frames while a melody plays, seconds, so that the glow of onsets is smooth.
const MAX_TIME_PER_PIXEL: f64 = 0.05;

/// How often the map is drawn while a melody plays: about 60 times per second on a graphics card. Where the processor draws,
/// as often as its time for a frame allows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum RepaintRate {
    /// A graphics card draws.
    #[default]
    Gpu,
    /// The processor draws.
    Cpu {
        /// Time between two frames.
        interval: Duration,
        /// When the processor's time was last read and what it was, seconds.
        last_reading: Option<(f64, f64)>,
    },
}

impl RepaintRate {
    /// Time between two frames that show the progress of a job where the processor draws: on two cores, drawing a map that fills at
    /// 20 frames per second took as much of the processor as decoding its melodies.
    pub const CPU_PROGRESS_INTERVAL: Duration = Duration::from_millis(200);

    /// The rate where the processor draws, before anything is measured.
    pub fn cpu() -> Self {
        Self::Cpu {
            interval: CPU_INTERVALS.0,
            last_reading: None,
        }
    }

    /// Time between two frames.
    pub fn interval(self) -> Duration {
        match self {
            Self::Gpu => GPU_INTERVAL,
            Self::Cpu { interval, .. } => interval,
        }
    }

    /// Follows the time that the processor takes; to be called in each frame that playing alone asked for. `now` and
    /// `processor` are seconds: the window's clock, and the time that all threads of the program have taken so far.
    pub fn update(&mut self, now: f64, processor: impl FnOnce() -> Option<f64>) {
        let Self::Cpu {
            interval,
            last_reading,
        } = self
        else {
            return;
        };
        if last_reading.is_some_and(|(at, _)| (now - at) < MEASUREMENT_SECONDS) {
            return;
        }
        let Some(used) = processor() else { return };
        let previous = last_reading.replace((now, used));
        // After a longer pause it is not known what the time was for.
        let Some((at, before)) = previous.filter(|(at, _)| now - at < 2.0 * MEASUREMENT_SECONDS)
        else {
            return;
        };
        let fraction = (used - before) / (now - at);
        // A step towards the interval at which frames take the allowed fraction: the square root halves it on a log scale.
        let factor = (fraction / MAX_CPU_FRACTION).sqrt().clamp(0.7, 2.0);
        *interval = interval
            .mul_f64(factor)
            .clamp(CPU_INTERVALS.0, CPU_INTERVALS.1);
    }
}

/// Time in which the playhead moves by a pixel in a piano roll of this width, at a tempo in beats per minute; no longer than
/// what glows can wait.
pub fn time_per_pixel(steps: usize, tempo: f64, pixels: f32) -> Duration {
    let steps_per_second = tempo * STEPS_PER_QUARTER as f64 / 60.0;
    let seconds = steps as f64 / steps_per_second / f64::from(pixels);
    Duration::from_secs_f64(if seconds.is_finite() {
        seconds.clamp(0.0, MAX_TIME_PER_PIXEL)
    } else {
        0.0
    })
}

/// Processor time of all threads of the program so far, seconds; `None` where the system does not tell it in a file.
pub fn processor_seconds() -> Option<f64> {
    // proc(5): the fields after the name, which may contain anything, in parentheses; a tick is 10 ms on every Linux.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<f64>);
    Some((ticks.next()?.ok()? + ticks.next()?.ok()?) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interval after a minute in which every frame takes this time of the processor, and the rest of the program this load.
    fn interval_after_a_minute(frame_seconds: f64, other_load: f64) -> f64 {
        let mut rate = RepaintRate::cpu();
        let (mut now, mut used) = (0.0, 0.0);
        while now < 60.0 {
            let interval = rate.interval().as_secs_f64().max(frame_seconds / 2.0);
            now += interval;
            used += frame_seconds + other_load * interval;
            rate.update(now, || Some(used));
        }
        rate.interval().as_secs_f64()
    }

    #[test]
    fn frames_take_a_third_of_a_processor_however_long_one_takes() {
        for milliseconds in [20.0, 40.0, 70.0] {
            let frame = milliseconds / 1e3;
            let fraction = frame / interval_after_a_minute(frame, 0.02) + 0.02;
            assert!(
                (0.28..0.4).contains(&fraction),
                "{milliseconds} ms: {fraction:.2}"
            );
        }
    }

    #[test]
    fn the_playhead_of_a_long_melody_needs_fewer_frames() {
        let milliseconds = |steps| time_per_pixel(steps, 120.0, 320.0).as_secs_f64() * 1e3;
        assert!((milliseconds(32) - 12.5).abs() < 1e-6);
        assert_eq!(milliseconds(256), 50.0);
        assert_eq!(time_per_pixel(32, 0.0, 0.0), Duration::ZERO);
    }

    #[test]
    fn the_rate_has_limits() {
        assert_eq!(
            interval_after_a_minute(0.001, 0.0),
            CPU_INTERVALS.0.as_secs_f64()
        );
        assert_eq!(
            interval_after_a_minute(0.4, 1.0),
            CPU_INTERVALS.1.as_secs_f64()
        );
        let mut gpu = RepaintRate::Gpu;
        gpu.update(5.0, || Some(5.0));
        assert_eq!(gpu.interval(), GPU_INTERVAL);
    }
}

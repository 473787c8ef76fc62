//! The time of each block of sound.

use std::time::Duration;

/// Fraction of the difference between callback and prediction that is corrected per block, as callbacks jitter and the sound card
/// does not.
const CORRECTION: f64 = 0.02;
/// The same for the first blocks, as a device requests those that fill its buffer all at once.
const FIRST_CORRECTION: f64 = 0.2;
/// Number of the first blocks, about half a second.
const FIRST_BLOCKS: u32 = 64;
/// Difference between callback and prediction above which the stream has stalled, in durations of the longest block.
const STALLED_BLOCKS: f64 = 6.0;
/// Latency in durations of the longest block, so that an event that arrives during one block is in time for the next.
pub(super) const LATENCY_BLOCKS: f64 = 1.5;

/// Maps times of the player's clock to frames of a block, without the jitter of the callbacks.
#[derive(Debug)]
pub(super) struct BlockClock {
    /// Frames per second.
    sample_rate: f64,
    /// Length of the device's buffer, seconds.
    buffer_seconds: f64,
    /// Predicted start of the next block, seconds of the player's clock.
    predicted_start: Option<f64>,
    /// Start of the current block, seconds of the player's clock.
    start: f64,
    /// Number of blocks since the stream started or stalled.
    block_count: u32,
    /// Length of the longest block so far, seconds.
    longest_block_seconds: f64,
    /// When the previous block was requested, seconds of the player's clock.
    last_request: Option<f64>,
}

impl BlockClock {
    /// A clock of a device: `sample_rate` in frames per second, `buffer_frames` in its whole buffer.
    pub fn new(sample_rate: f64, buffer_frames: u32) -> Self {
        Self {
            sample_rate,
            buffer_seconds: f64::from(buffer_frames) / sample_rate,
            predicted_start: None,
            start: 0.0,
            block_count: 0,
            longest_block_seconds: 0.0,
            last_request: None,
        }
    }

    /// Starts a block of `frames`, requested at `now`. True if it is requested so late that the device must have run out of
    /// sound, even if the previous block filled its buffer.
    pub fn begin_block(&mut self, now: Duration, frames: usize) -> bool {
        let now = now.as_secs_f64();
        let block_seconds = frames as f64 / self.sample_rate;
        self.longest_block_seconds = self.longest_block_seconds.max(block_seconds);
        self.start = match self.predicted_start {
            Some(predicted)
                if (now - predicted).abs() < STALLED_BLOCKS * self.longest_block_seconds =>
            {
                self.block_count = self.block_count.saturating_add(1);
                let is_first = self.block_count <= FIRST_BLOCKS;
                let correction = if is_first {
                    FIRST_CORRECTION
                } else {
                    CORRECTION
                };
                predicted + correction * (now - predicted)
            }
            _ => {
                self.block_count = 0;
                now
            }
        };
        self.predicted_start = Some(self.start + block_seconds);
        let last_request = self.last_request.replace(now);
        last_request.is_some_and(|last| now - last > self.buffer_seconds)
    }

    /// The frame of the current block at which an event of this time sounds: 0 if that is past, beyond the block if it is later.
    pub fn frame_of(&self, time: Duration) -> usize {
        let seconds = time.as_secs_f64() + LATENCY_BLOCKS * self.longest_block_seconds - self.start;
        (seconds * self.sample_rate).round().max(0.0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_evenly_spaced_although_callbacks_jitter() {
        const BLOCK: usize = 512;
        let mut clock = BlockClock::new(48_000.0, 1_024);
        let mut note_frames = Vec::new();
        let mut next_note = 0_u32;
        for block in 0..2_000_usize {
            // Callbacks up to 4 ms late, by a fixed pseudo-random sequence.
            let jitter = (block * 7919 % 41) as f64 * 1e-4;
            let now = Duration::from_secs_f64((block * BLOCK) as f64 / 48_000.0 + jitter);
            clock.begin_block(now, BLOCK);
            loop {
                let time = Duration::from_millis(125) * next_note;
                let frame = clock.frame_of(time);
                // The player sends a note at its moment, so a later one is not known yet.
                if time > now || frame >= BLOCK {
                    break;
                }
                note_frames.push(block * BLOCK + frame);
                next_note += 1;
            }
        }
        let spacings: Vec<_> = note_frames
            .windows(2)
            .skip(40)
            .map(|pair| pair[1] - pair[0])
            .collect();
        assert!(spacings.len() > 100);
        // 125 ms are 6000 frames; 0.5 ms are 24.
        assert!(
            spacings.iter().all(|spacing| spacing.abs_diff(6_000) <= 24),
            "{spacings:?}"
        );
    }

    #[test]
    fn blocks_that_fill_a_device_at_once_have_no_effect_half_a_second_later() {
        const BLOCK: usize = 341;
        let mut clock = BlockClock::new(48_000.0, 1_024);
        let mut now = Duration::ZERO;
        for block in 0..66_usize {
            // Three blocks, then one whenever one was played.
            let played = block.saturating_sub(2) * BLOCK;
            now = Duration::from_secs_f64(played as f64 / 48_000.0);
            clock.begin_block(now, BLOCK);
        }
        let expected = (LATENCY_BLOCKS * BLOCK as f64).round() as usize;
        assert!(clock.frame_of(now).abs_diff(expected) <= 1);
    }

    #[test]
    fn a_device_of_two_blocks_runs_out_when_it_requests_none_for_longer() {
        let mut clock = BlockClock::new(48_000.0, 960);
        let mut ran_out =
            |microseconds| clock.begin_block(Duration::from_micros(microseconds), 480);
        // Two blocks of 10 ms at first, then one whenever one was played, late by less than it holds.
        for time in [0, 100, 10_000, 20_000, 39_000, 39_100, 49_000, 60_000] {
            assert!(!ran_out(time), "{time}");
        }
        assert!(ran_out(80_200));
        assert!(!ran_out(80_300));
    }

    #[test]
    fn after_a_stream_stood_still_notes_are_on_time_again() {
        let mut clock = BlockClock::new(48_000.0, 960);
        clock.begin_block(Duration::ZERO, 480);
        clock.begin_block(Duration::from_secs(5), 480);
        let frame = clock.frame_of(Duration::from_secs(5));
        assert_eq!(frame, 720, "one and a half blocks after the moment");
    }
}

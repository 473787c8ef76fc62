//! The bars of a song by its time signatures.
//!
//! A song starts in 4/4 unless it says otherwise, with its first bar line at tick 0. A time signature starts a bar at its
//! tick, or on a bar line less than half a sixteenth away; of two on one bar line the later counts. A bar that is interrupted
//! by a signature is a short bar.

use crate::melody::midi::MidiSong;

/// A run of neighbouring bars of one metre and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BarRun {
    /// Tick of its first bar line.
    pub start: u64,
    /// Time signature.
    pub metre: (u8, u8),
    /// Length of each bar in ticks, at least 1.
    pub bar_ticks: u64,
    /// Number of its first bar in the song, counted from 1.
    pub first_bar: u64,
    /// Number of bars; `None` for the last run of a song.
    pub bars: Option<u64>,
}

impl BarRun {
    /// Tick at which it ends; `None` for the last.
    pub fn end(&self) -> Option<u64> {
        let length = self.bars?.saturating_mul(self.bar_ticks);
        Some(self.start.saturating_add(length))
    }
}

/// The bars of a song.
pub(super) struct BarGrid {
    runs: Vec<BarRun>,
}

impl BarGrid {
    /// Finds the bars of `song`.
    pub fn from_song(song: &MidiSong) -> Self {
        let quarter = u64::from(song.ticks_per_quarter);
        let tolerance = quarter / 8;
        let bar_ticks = |(numerator, denominator): (u8, u8)| {
            (4 * quarter * u64::from(numerator) / u64::from(denominator.max(1))).max(1)
        };
        let mut grid = Self { runs: Vec::new() };
        let mut last = BarRun {
            start: 0,
            metre: (4, 4),
            bar_ticks: bar_ticks((4, 4)),
            first_bar: 1,
            bars: None,
        };
        for &(tick, numerator, denominator) in &song.time_signatures {
            let metre = (numerator, denominator);
            let elapsed = tick.saturating_sub(last.start);
            let bars = (elapsed + last.bar_ticks / 2) / last.bar_ticks;
            let bar_line = last.start + bars * last.bar_ticks;
            let is_on_bar_line = bar_line.abs_diff(tick) <= tolerance;
            if is_on_bar_line && metre == last.metre {
                continue;
            }
            let start = if is_on_bar_line { bar_line } else { tick };
            last = BarRun {
                start,
                metre,
                bar_ticks: bar_ticks(metre),
                first_bar: grid.close_run(last, start),
                bars: None,
            };
        }
        grid.runs.push(last);
        grid
    }

    /// Adds the last run, which ends at a tick; returns the number of the next bar.
    fn close_run(&mut self, last: BarRun, end: u64) -> u64 {
        let bars = (end - last.start) / last.bar_ticks;
        let rest_ticks = (end - last.start) % last.bar_ticks;
        if bars > 0 {
            self.runs.push(BarRun {
                bars: Some(bars),
                ..last
            });
        }
        if rest_ticks > 0 {
            self.runs.push(BarRun {
                start: end - rest_ticks,
                bar_ticks: rest_ticks,
                first_bar: last.first_bar + bars,
                bars: Some(1),
                ..last
            });
        }
        last.first_bar + bars + u64::from(rest_ticks > 0)
    }

    /// The runs in time order, without gaps.
    pub fn runs(&self) -> &[BarRun] {
        &self.runs
    }

    /// Number of the bar that a tick lies in, counted from 1.
    pub fn bar_at(&self, tick: u64) -> u64 {
        let end_index = self.runs.partition_point(|run| run.start <= tick);
        let run = self.runs.get(end_index.saturating_sub(1));
        run.map_or(1, |run| {
            run.first_bar + tick.saturating_sub(run.start) / run.bar_ticks
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::testing;

    /// Start, metre, bar length, first bar and bars of a run.
    type RunFields = (u64, (u8, u8), u64, u64, Option<u64>);

    /// The runs of a song of 480 ticks per quarter.
    fn runs(time_signatures: &[(u64, u8, u8)]) -> Vec<RunFields> {
        grid(time_signatures)
            .runs()
            .iter()
            .map(|s| (s.start, s.metre, s.bar_ticks, s.first_bar, s.bars))
            .collect()
    }

    fn grid(time_signatures: &[(u64, u8, u8)]) -> BarGrid {
        BarGrid::from_song(&testing::song(480, time_signatures, Vec::new()))
    }

    #[test]
    fn a_song_without_a_time_signature_is_in_four_four() {
        assert_eq!(runs(&[]), [(0, (4, 4), 1920, 1, None)]);
        assert_eq!(runs(&[(3840, 4, 4)]), [(0, (4, 4), 1920, 1, None)]);
    }

    #[test]
    fn of_two_signatures_on_one_bar_line_the_later_counts() {
        assert_eq!(runs(&[(0, 4, 4), (0, 3, 4)]), [(0, (3, 4), 1440, 1, None)]);
        assert_eq!(runs(&[(0, 3, 4), (10, 4, 4)]), [(0, (4, 4), 1920, 1, None)]);
    }

    #[test]
    fn a_signature_near_a_bar_line_belongs_on_it() {
        assert_eq!(
            runs(&[(0, 4, 4), (1918, 4, 4)]),
            [(0, (4, 4), 1920, 1, None)]
        );
        for tick in [1860, 1918, 1920, 1980] {
            assert_eq!(
                runs(&[(tick, 3, 4)]),
                [(0, (4, 4), 1920, 1, Some(1)), (1920, (3, 4), 1440, 2, None)],
                "{tick}"
            );
        }
    }

    #[test]
    fn a_signature_inside_a_bar_shortens_it() {
        // A pickup of a quarter, unmarked but for the repeated signature; then a short bar within the song.
        assert_eq!(
            runs(&[(0, 4, 4), (480, 4, 4)]),
            [(0, (4, 4), 480, 1, Some(1)), (480, (4, 4), 1920, 2, None)]
        );
        assert_eq!(
            runs(&[(0, 4, 4), (2400, 3, 4)]),
            [
                (0, (4, 4), 1920, 1, Some(1)),
                (1920, (4, 4), 480, 2, Some(1)),
                (2400, (3, 4), 1440, 3, None)
            ]
        );
    }

    #[test]
    fn bars_are_counted_through_every_metre() {
        // Two bars of 4/4, three of 3/4, then 6/8.
        let grid = grid(&[(0, 4, 4), (3840, 3, 4), (8160, 6, 8)]);
        for (tick, bar) in [
            (0, 1),
            (1919, 1),
            (1920, 2),
            (3840, 3),
            (8159, 5),
            (8160, 6),
            (9600, 7),
        ] {
            assert_eq!(grid.bar_at(tick), bar, "{tick}");
        }
    }
}

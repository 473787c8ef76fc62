//! The bars of a whole song, in whatever metre, by its time signatures.
//!
//! A song starts in 4/4 unless it says otherwise, with its first bar line at tick 0. A time signature starts a bar where
//! it stands; one that stands less than half a sixteenth beside a bar line belongs on it, and of two on one bar line the
//! later counts. A bar that a signature cuts short is a short bar.

use crate::melody::midi::MidiSong;

/// Neighbouring bars of one metre and one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Tick of its first bar line.
    pub start: u64,
    /// Time signature.
    pub metre: (u8, u8),
    /// Length of each bar in ticks, at least 1.
    pub bar_ticks: u64,
    /// Number of its first bar in the song, counted from 1.
    pub first_bar: u64,
    /// How many bars; the last stretch of a song has no end.
    pub bars: Option<u64>,
}

impl Stretch {
    /// Tick at which it ends; `None` for the last.
    pub fn end(&self) -> Option<u64> {
        Some(
            self.start
                .saturating_add(self.bars?.saturating_mul(self.bar_ticks)),
        )
    }
}

/// The bars of a song.
pub(super) struct BarGrid {
    stretches: Vec<Stretch>,
}

impl BarGrid {
    /// Finds the bars of `song`.
    pub fn of(song: &MidiSong) -> Self {
        let quarter = u64::from(song.ticks_per_quarter);
        let tolerance = quarter / 8;
        let bar_ticks = |(numerator, denominator): (u8, u8)| {
            (4 * quarter * u64::from(numerator) / u64::from(denominator.max(1))).max(1)
        };
        let mut grid = Self {
            stretches: Vec::new(),
        };
        let mut last = Stretch {
            start: 0,
            metre: (4, 4),
            bar_ticks: bar_ticks((4, 4)),
            first_bar: 1,
            bars: None,
        };
        for &(tick, numerator, denominator) in &song.time_signatures {
            let metre = (numerator, denominator);
            let since = tick.saturating_sub(last.start);
            let bars = (since + last.bar_ticks / 2) / last.bar_ticks;
            let line = last.start + bars * last.bar_ticks;
            let is_on_line = line.abs_diff(tick) <= tolerance;
            if is_on_line && metre == last.metre {
                continue;
            }
            let start = if is_on_line { line } else { tick };
            last = Stretch {
                start,
                metre,
                bar_ticks: bar_ticks(metre),
                first_bar: grid.close(last, start),
                bars: None,
            };
        }
        grid.stretches.push(last);
        grid
    }

    /// Ends the last stretch at a tick, where the next one starts; returns the number of the next bar.
    fn close(&mut self, last: Stretch, end: u64) -> u64 {
        let bars = (end - last.start) / last.bar_ticks;
        let left = (end - last.start) % last.bar_ticks;
        if bars > 0 {
            self.stretches.push(Stretch {
                bars: Some(bars),
                ..last
            });
        }
        if left > 0 {
            self.stretches.push(Stretch {
                start: end - left,
                bar_ticks: left,
                first_bar: last.first_bar + bars,
                bars: Some(1),
                ..last
            });
        }
        last.first_bar + bars + u64::from(left > 0)
    }

    /// The stretches in time order, without gaps; the last has no end.
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// Number of the bar that a tick lies in, counted from 1.
    pub fn bar_at(&self, tick: u64) -> u64 {
        let behind = self
            .stretches
            .partition_point(|stretch| stretch.start <= tick);
        self.stretches
            .get(behind.saturating_sub(1))
            .map_or(1, |stretch| {
                stretch.first_bar + tick.saturating_sub(stretch.start) / stretch.bar_ticks
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::midi::ReadReport;

    /// Start, metre, bar length, first bar and bars of a stretch.
    type Numbers = (u64, (u8, u8), u64, u64, Option<u64>);

    /// The stretches of a song of 480 ticks per quarter.
    fn stretches(time_signatures: &[(u64, u8, u8)]) -> Vec<Numbers> {
        grid(time_signatures)
            .stretches()
            .iter()
            .map(|s| (s.start, s.metre, s.bar_ticks, s.first_bar, s.bars))
            .collect()
    }

    fn grid(time_signatures: &[(u64, u8, u8)]) -> BarGrid {
        BarGrid::of(&MidiSong {
            ticks_per_quarter: 480,
            tracks: Vec::new(),
            time_signatures: time_signatures.to_vec(),
            tempos: Vec::new(),
            length_ticks: 0,
            report: ReadReport::default(),
        })
    }

    #[test]
    fn a_song_without_a_time_signature_is_in_four_four() {
        assert_eq!(stretches(&[]), [(0, (4, 4), 1920, 1, None)]);
        assert_eq!(stretches(&[(3840, 4, 4)]), [(0, (4, 4), 1920, 1, None)]);
    }

    #[test]
    fn of_two_signatures_on_one_bar_line_the_later_counts() {
        assert_eq!(
            stretches(&[(0, 4, 4), (0, 3, 4)]),
            [(0, (3, 4), 1440, 1, None)]
        );
        assert_eq!(
            stretches(&[(0, 3, 4), (10, 4, 4)]),
            [(0, (4, 4), 1920, 1, None)]
        );
    }

    #[test]
    fn a_signature_a_little_beside_a_bar_line_belongs_on_it() {
        assert_eq!(
            stretches(&[(0, 4, 4), (1918, 4, 4)]),
            [(0, (4, 4), 1920, 1, None)]
        );
        for tick in [1860, 1918, 1920, 1980] {
            assert_eq!(
                stretches(&[(tick, 3, 4)]),
                [(0, (4, 4), 1920, 1, Some(1)), (1920, (3, 4), 1440, 2, None)],
                "{tick}"
            );
        }
    }

    #[test]
    fn a_signature_inside_a_bar_cuts_it_short() {
        // A pickup of a quarter, unmarked but for the repeated signature; then a short bar within the song.
        assert_eq!(
            stretches(&[(0, 4, 4), (480, 4, 4)]),
            [(0, (4, 4), 480, 1, Some(1)), (480, (4, 4), 1920, 2, None)]
        );
        assert_eq!(
            stretches(&[(0, 4, 4), (2400, 3, 4)]),
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

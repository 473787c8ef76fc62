//! Divides a song into sections from which excerpts are cut, with their own origin of the sixteenth grid.
//!
//! The models use bars of four quarters. Neighbouring bars of four quarters form a section. A single shorter bar before them
//! is their pickup, padded with silence in front. Bars of another metre form a section too, cut every four quarters if the
//! options say so.

use super::bar_grid::{BarGrid, BarRun};
use crate::melody::tokens::{STEPS_PER_BAR, STEPS_PER_QUARTER};

/// Fine ticks per quarter note, in which notes are placed: rounding moves no note to another sixteenth.
pub(super) const FINE_TICKS_PER_QUARTER: i64 = 960;
/// Fine ticks per sixteenth.
pub(super) const FINE_TICKS_PER_STEP: i64 = FINE_TICKS_PER_QUARTER / STEPS_PER_QUARTER as i64;
const QUARTERS_PER_BAR: u64 = (STEPS_PER_BAR / STEPS_PER_QUARTER) as u64;

/// Which bars of a song become sections with excerpts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SectionOptions {
    /// Whether bars of other metres than four quarters are used too.
    pub other_metres: bool,
    /// Whether short bars within the song count as pickups, not only its first bar.
    pub inner_pickups: bool,
    /// Whether metres of the same length, such as 8/8, count as four quarters. The default model was trained on 4/4, 2/2 and 2/4 only.
    pub equal_length_metres: bool,
}

/// A section of a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// First tick.
    pub start_tick: u64,
    /// Tick at which it ends; the last section has no end.
    pub end_tick: Option<u64>,
    /// Tick of step 0; before `start_tick`, and perhaps negative, if there is a pickup.
    pub origin: i128,
    /// Its metre, if its bars do not have four quarters.
    pub other_metre: Option<(u8, u8)>,
    /// Whether excerpts are cut from it.
    pub is_used: bool,
    /// Whether its first bar is a pickup, padded with silence.
    pub has_pickup: bool,
}

impl Section {
    /// Converts a tick to fine ticks from the origin, halves up.
    pub fn fine_tick(&self, tick: u64, ticks_per_quarter: u32) -> i64 {
        let quarter = i128::from(ticks_per_quarter);
        let elapsed = i128::from(tick) - self.origin;
        let fine =
            (2 * elapsed * i128::from(FINE_TICKS_PER_QUARTER) + quarter).div_euclid(2 * quarter);
        fine.clamp(0, i128::from(i64::MAX / 4)) as i64
    }

    /// Converts a step to its tick.
    pub fn tick(&self, step: u64, ticks_per_quarter: u32) -> u64 {
        let quarter = i128::from(ticks_per_quarter);
        let tick = self.origin + i128::from(step) * quarter / STEPS_PER_QUARTER as i128;
        u64::try_from(tick.max(i128::from(self.start_tick))).unwrap_or(self.start_tick)
    }

    /// Its start and end in fine ticks; no end for the last section.
    pub fn extent(&self, ticks_per_quarter: u32) -> (i64, Option<i64>) {
        let end = self
            .end_tick
            .map(|end_tick| self.fine_tick(end_tick, ticks_per_quarter));
        (self.fine_tick(self.start_tick, ticks_per_quarter), end)
    }
}

/// The sections of a song, in time order and without gaps. `onsets` are the ticks of a part's notes in order, since a
/// short bar without a note is no pickup.
pub(super) fn sections(
    grid: &BarGrid,
    ticks_per_quarter: u32,
    onsets: &[u64],
    options: SectionOptions,
) -> Vec<Section> {
    let bar_ticks = QUARTERS_PER_BAR * u64::from(ticks_per_quarter);
    let has_note = |start_tick: u64, end_tick: u64| {
        let first = onsets.partition_point(|onset| *onset < start_tick);
        onsets.get(first).is_some_and(|onset| *onset < end_tick)
    };
    let runs: Vec<BarRun> = grid
        .runs()
        .iter()
        .flat_map(|run| split_odd_bar(*run, bar_ticks))
        .collect();
    let mut sections: Vec<Section> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let (start_tick, end_tick) = (run.start, run.end());
        let has_four_quarters = is_four_quarters(run, bar_ticks, options.equal_length_metres);
        let is_short = !has_four_quarters
            && end_tick.is_some_and(|end_tick| end_tick - start_tick < bar_ticks);
        let precedes_full_bar = runs
            .get(index + 1)
            .is_some_and(|next| is_four_quarters(next, bar_ticks, options.equal_length_metres));
        let is_pickup = is_short
            && precedes_full_bar
            && (index == 0 || options.inner_pickups)
            && end_tick.is_some_and(|end_tick| has_note(start_tick, end_tick));
        let section = Section {
            start_tick,
            end_tick,
            origin: match end_tick {
                Some(end_tick) if is_pickup => i128::from(end_tick) - i128::from(bar_ticks),
                _ => i128::from(start_tick),
            },
            other_metre: (!has_four_quarters && !is_pickup).then_some(run.metre),
            is_used: has_four_quarters || is_pickup || options.other_metres,
            has_pickup: is_pickup,
        };
        match sections.last_mut() {
            Some(last) if continues_grid(last, &section, has_four_quarters) => {
                last.end_tick = end_tick
            }
            _ => sections.push(section),
        }
    }
    sections
}

/// Whether section `next` continues the grid of section `last`: both have bars of four quarters (`last` perhaps after a pickup), or
/// both have other metres.
fn continues_grid(last: &Section, next: &Section, next_has_four_quarters: bool) -> bool {
    match (last.other_metre, next.other_metre) {
        (None, None) => next_has_four_quarters,
        (Some(_), Some(_)) => true,
        _ => false,
    }
}

fn is_four_quarters(run: &BarRun, bar_ticks: u64, equal_length_metres: bool) -> bool {
    match run.metre {
        (4, 4) | (2, 2) => run.bar_ticks == bar_ticks,
        // 8/8 and the like.
        (numerator, denominator) if numerator == denominator => {
            equal_length_metres && run.bar_ticks == bar_ticks
        }
        // In pairs, see `split_odd_bar`.
        (2, 4) => {
            run.bars.is_none_or(|bars| bars.is_multiple_of(2)) && 2 * run.bar_ticks == bar_ticks
        }
        _ => false,
    }
}

/// Separates the last bar of an odd number of 2/4 bars from the others, which are paired.
fn split_odd_bar(run: BarRun, bar_ticks: u64) -> impl Iterator<Item = BarRun> {
    let has_odd_bar = run.metre == (2, 4)
        && 2 * run.bar_ticks == bar_ticks
        && run.bars.is_some_and(|bars| !bars.is_multiple_of(2));
    let pairs = BarRun {
        bars: run.bars.map(|bars| bars - u64::from(has_odd_bar)),
        ..run
    };
    let odd_bar = has_odd_bar.then(|| BarRun {
        start: pairs.end().unwrap_or(run.start),
        first_bar: run.first_bar + pairs.bars.unwrap_or(0),
        bars: Some(1),
        ..run
    });
    let pairs = (pairs.bars != Some(0)).then_some(pairs);
    pairs.into_iter().chain(odd_bar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::testing;

    const IMPORT: SectionOptions = SectionOptions {
        other_metres: true,
        inner_pickups: true,
        equal_length_metres: true,
    };
    const TRAINING: SectionOptions = SectionOptions {
        other_metres: false,
        inner_pickups: false,
        equal_length_metres: false,
    };

    /// From, to and origin of each used section, in quarters, of a song with a note on every quarter.
    fn used_sections(
        time_signatures: &[(u64, u8, u8)],
        options: SectionOptions,
    ) -> Vec<(u64, Option<u64>, i128)> {
        let in_ticks = |&(quarter, n, d): &(u64, u8, u8)| (10 * quarter, n, d);
        let signatures: Vec<_> = time_signatures.iter().map(in_ticks).collect();
        let grid = BarGrid::from_song(&testing::song(10, &signatures, Vec::new()));
        let onsets: Vec<u64> = (0..100).map(|quarter| 10 * quarter).collect();
        sections(&grid, 10, &onsets, options)
            .iter()
            .filter(|section| section.is_used)
            .map(|s| {
                (
                    s.start_tick / 10,
                    s.end_tick.map(|end_tick| end_tick / 10),
                    s.origin / 10,
                )
            })
            .collect()
    }

    #[test]
    fn metres_of_four_quarters_make_one_section() {
        for options in [IMPORT, TRAINING] {
            assert_eq!(used_sections(&[], options), [(0, None, 0)]);
            let eight = used_sections(&[(0, 8, 8)], options);
            assert_eq!(eight.len(), usize::from(options.equal_length_metres));
            assert_eq!(
                used_sections(&[(0, 4, 4), (8, 2, 2), (16, 2, 4)], options),
                [(0, None, 0)]
            );
        }
    }

    #[test]
    fn another_metre_is_left_out_of_training_and_a_section_of_its_own_in_an_import() {
        let metres = [(0, 4, 4), (8, 2, 2), (16, 3, 4), (22, 6, 8), (28, 4, 4)];
        assert_eq!(
            used_sections(&metres, TRAINING),
            [(0, Some(16), 0), (28, None, 28)]
        );
        assert_eq!(
            used_sections(&metres, IMPORT),
            [(0, Some(16), 0), (16, Some(28), 16), (28, None, 28)]
        );
        assert_eq!(used_sections(&[(0, 3, 4)], TRAINING), []);
    }

    #[test]
    fn a_pickup_is_padded_in_front() {
        for options in [IMPORT, TRAINING] {
            assert_eq!(
                used_sections(&[(0, 1, 4), (1, 4, 4)], options),
                [(0, None, -3)]
            );
            assert_eq!(
                used_sections(&[(0, 4, 4), (1, 4, 4)], options),
                [(0, None, -3)]
            );
        }
    }

    #[test]
    fn a_lone_short_bar_leads_into_what_follows_in_an_import() {
        let metres = [(0, 4, 4), (4, 1, 4), (5, 4, 4)];
        assert_eq!(
            used_sections(&metres, IMPORT),
            [(0, Some(4), 0), (4, None, 1)]
        );
        assert_eq!(
            used_sections(&metres, TRAINING),
            [(0, Some(4), 0), (5, None, 5)]
        );
    }

    #[test]
    fn a_bar_of_two_four_that_is_left_over_leads_into_what_follows() {
        let metres = [(0, 2, 4), (6, 4, 4)];
        assert_eq!(
            used_sections(&metres, IMPORT),
            [(0, Some(4), 0), (4, None, 2)]
        );
        assert_eq!(
            used_sections(&metres, TRAINING),
            [(0, Some(4), 0), (6, None, 6)]
        );
    }
}

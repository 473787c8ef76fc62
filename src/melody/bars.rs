//! Where the bars of sixteen sixteenths lie in a song, by its time signatures.

use super::midi_read::MidiSong;

/// Neighbouring bars of four quarters each, without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BarRun {
    /// Tick of the first bar line.
    pub start: u64,
    /// Number of bars; the last run of a song is open and has `None`.
    pub bars: Option<u64>,
}

/// Quarters in the bars that melodies are made of.
const QUARTERS: u64 = 4;

/// The stretches of `song` in 4/4, 2/2, or 2/4 with its bars taken in pairs.
///
/// A song starts in 4/4 unless it says otherwise, and the first bar line is at tick 0: a pickup is either padded to a
/// full bar or has a short time signature of its own. A time signature starts a bar where it stands.
pub(super) fn bar_runs(song: &MidiSong) -> Vec<BarRun> {
    let metres = metres(song);
    let bar_ticks = u64::from(song.ticks_per_quarter) * QUARTERS;
    let mut runs: Vec<BarRun> = Vec::new();
    // Tick up to which the last run is made of whole bars, so that the next metre may go on from there.
    let mut whole_until = None;
    for (index, &(start, numerator, denominator)) in metres.iter().enumerate() {
        if !matches!((numerator, denominator), (4, 4) | (2, 2) | (2, 4)) {
            continue;
        }
        let bars = metres
            .get(index + 1)
            .map(|&(end, ..)| (end - start) / bar_ticks);
        match runs.last_mut() {
            Some(run) if whole_until == Some(start) => {
                run.bars = bars.and_then(|more| run.bars.map(|bars| bars + more));
            }
            _ => runs.push(BarRun { start, bars }),
        }
        whole_until = bars.map(|bars| start + bars * bar_ticks);
    }
    runs
}

/// Tick, numerator and denominator of each metre that differs from what was before it or moves the bar lines.
fn metres(song: &MidiSong) -> Vec<(u64, u8, u8)> {
    let mut metres = vec![(0, 4, 4)];
    for &(tick, numerator, denominator) in &song.time_signatures {
        if let Some(&(since, n, d)) = metres.last() {
            let bar_ticks =
                u64::from(song.ticks_per_quarter) * QUARTERS * u64::from(n) / u64::from(d.max(1));
            let on_bar_line = bar_ticks > 0 && (tick - since).is_multiple_of(bar_ticks);
            if (n, d) == (numerator, denominator) && on_bar_line {
                continue;
            }
            // Two at one place: the later one counts.
            if since == tick {
                metres.pop();
            }
        }
        metres.push((tick, numerator, denominator));
    }
    metres
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(time_signatures: &[(u64, u8, u8)]) -> Vec<(u64, Option<u64>)> {
        let song = MidiSong {
            ticks_per_quarter: 10,
            tracks: Vec::new(),
            time_signatures: time_signatures.to_vec(),
            tempos: Vec::new(),
            length_ticks: 0,
            complete: true,
        };
        bar_runs(&song)
            .into_iter()
            .map(|run| (run.start, run.bars))
            .collect()
    }

    #[test]
    fn a_song_without_time_signature_is_in_four_four() {
        assert_eq!(runs(&[]), [(0, None)]);
        assert_eq!(runs(&[(80, 4, 4)]), [(0, None)]);
    }

    #[test]
    fn waltzes_and_jigs_have_no_bars_of_sixteen_steps() {
        assert_eq!(runs(&[(0, 3, 4)]), []);
        assert_eq!(runs(&[(0, 6, 8)]), []);
    }

    #[test]
    fn a_pickup_with_its_own_short_metre_moves_the_bar_lines() {
        assert_eq!(runs(&[(0, 1, 4), (10, 4, 4)]), [(10, None)]);
    }

    #[test]
    fn bars_go_on_through_a_change_between_metres_of_four_quarters() {
        // Two bars of 4/4, two of 2/2, two pairs of 2/4.
        assert_eq!(runs(&[(0, 4, 4), (80, 2, 2), (160, 2, 4)]), [(0, None)]);
        assert_eq!(runs(&[(0, 4, 4), (80, 2, 2), (160, 3, 4)]), [(0, Some(4))]);
    }

    #[test]
    fn a_lone_half_bar_breaks_the_run() {
        // A bar of 4/4, one of 2/4, then 4/4 again.
        assert_eq!(
            runs(&[(0, 4, 4), (40, 2, 4), (60, 4, 4)]),
            [(0, Some(1)), (60, None)]
        );
    }

    #[test]
    fn a_repeated_time_signature_on_a_bar_line_changes_nothing() {
        assert_eq!(runs(&[(0, 2, 4), (20, 2, 4), (60, 2, 4)]), [(0, None)]);
        // Off the bar line it starts a new bar.
        assert_eq!(runs(&[(0, 4, 4), (50, 4, 4)]), [(0, Some(1)), (50, None)]);
        assert_eq!(runs(&[(0, 3, 4), (0, 4, 4)]), [(0, None)]);
    }
}

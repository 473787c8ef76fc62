//! How well a melody fits chords.

use super::backing::Backing;
use super::progression::Progression;
use crate::melody::feel::TICKS_PER_STEP;
use crate::melody::performance::Performance;

/// Fraction, 0 to 1, of the time in which the melody and a chord both sound that the melody is on a note of the chord. The melody
/// repeats until it and the progression end together. `None` if they never sound at the same time.
///
/// The measure is our own, as simple as it can be: it knows no difference between a passing note and a wrong one.
#[must_use]
pub fn chord_fit(performance: &Performance, progression: &Progression) -> Option<f64> {
    let length = performance.length();
    let backing = Backing {
        progression: progression.clone(),
        velocity: 1,
        channel: 1,
    };
    let loops = backing.loops((length / TICKS_PER_STEP) as usize) as u64;
    let (mut on_chord_ticks, mut overlap_ticks) = (0_u64, 0_u64);
    for pass in 0..loops {
        let pass_start = pass * u64::from(length);
        for note in performance.notes() {
            let [start, end] = [note.start, note.end].map(|tick| pass_start + u64::from(tick));
            for (from, to, is_chord_note) in overlaps(progression, start, end, note.pitch) {
                overlap_ticks += to - from;
                on_chord_ticks += if is_chord_note { to - from } else { 0 };
            }
        }
    }
    (overlap_ticks > 0).then(|| on_chord_ticks as f64 / overlap_ticks as f64)
}

/// The spans from `start` to `end`, in ticks, in which a chord sounds: start, end, and whether the pitch is a note of the chord.
fn overlaps(
    progression: &Progression,
    start: u64,
    end: u64,
    pitch: u8,
) -> impl Iterator<Item = (u64, u64, bool)> {
    let step = u64::from(TICKS_PER_STEP);
    let mut tick = start;
    std::iter::from_fn(move || {
        while tick < end {
            let span = progression.span_at((tick / step) as i64);
            let step_in_progression = (tick / step) % u64::from(progression.steps());
            let span_end = tick - tick % step + (u64::from(span.end) - step_in_progression) * step;
            let (from, to) = (tick, span_end.min(end));
            tick = to;
            if let Some(chord) = span.chord {
                return Some((from, to, chord.contains(pitch)));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::feel::Feel;
    use crate::melody::performance::perform;
    use crate::melody::testing::melody;

    fn fit(notes: &[(u8, u32, u32)], steps: usize, chords: &str) -> Option<f64> {
        let performance = perform(&melody(notes, steps), &Feel::PLAIN);
        chord_fit(&performance, &chords.parse().unwrap())
    }

    #[test]
    fn the_share_of_time_on_notes_of_the_chord() {
        let tune = [(60, 0, 4), (62, 4, 8), (64, 8, 16)];
        // C and E of C major, D is not: 12 of 16 steps.
        assert_eq!(fit(&tune, 16, "C"), Some(0.75));
        assert_eq!(fit(&tune, 16, "F#"), Some(0.0));
        // The first half of the bar is C D over C, the second E over G: 4 of 16.
        assert_eq!(fit(&tune, 16, "C G |"), Some(0.25));
    }

    #[test]
    fn a_note_is_counted_on_each_chord_that_it_sounds_over_and_silence_is_left_out() {
        // E over C, then over G.
        assert_eq!(fit(&[(64, 0, 16)], 16, "C G |"), Some(0.5));
        assert_eq!(fit(&[(64, 0, 16)], 16, "C NC |"), Some(1.0));
        assert_eq!(fit(&[(64, 0, 8)], 16, "NC C |"), None);
        assert_eq!(fit(&[], 16, "C"), None);
        // A loop of one bar over two: E is in C and not in G.
        assert_eq!(fit(&[(64, 0, 16)], 16, "C G"), Some(0.5));
    }
}

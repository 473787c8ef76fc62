//! Detects notes that ring on into the next ones of their own voice (let ring, a pedal written as lengths).

use super::candidate::{NoteCandidate, TOLERANCE, interval};
use crate::melody::import::sections::FINE_TICKS_PER_STEP;

/// Candidates on either side by which ringing is detected.
const WINDOW: usize = 32;

/// Cumulative counts from the start of the part to a candidate.
#[derive(Clone, Copy, Default)]
struct RingingSums {
    overlaps: i64,
    nested: i64,
    chords: i64,
    /// Notes that sound with the next one and the next but one.
    three_sound: i64,
    /// Sizes of the intervals from note to note, and from note to the next but one.
    intervals: (i64, i64),
}

/// Marks the notes of passages of one voice whose notes ring on.
///
/// In such a passage at least 2 of 5 notes overlap the next one by more than half a sixteenth, and of these at most a
/// quarter end after it, not counting those whose next one ends because its key is pressed again. Besides, one of these holds:
/// - At most a third are chords, and the intervals from note to note are in sum no larger than those from each note to the
///   next but one; in two alternating voices they would be (tones near in pitch are heard as one stream; Bregman,
///   "Auditory Scene Analysis", 1990).
/// - At most an eighth are chords, and 2 of 5 notes sound with the next two, which two alternating voices cannot.
pub(super) fn mark_ringing(line: &mut [NoteCandidate]) {
    let repeated = repeated(line);
    let pairs = line.len().saturating_sub(1);
    let mut sums = vec![RingingSums::default()];
    let mut sum = RingingSums::default();
    for here in 0..pairs {
        let (note, next) = (line[here], line[here + 1]);
        let overlaps = note.end - next.start > FINE_TICKS_PER_STEP / 2;
        let nested = overlaps && next.end < note.end - TOLERANCE && !repeated[here + 1];
        sum.overlaps += i64::from(overlaps);
        sum.nested += i64::from(nested);
        sum.chords += i64::from(note.chord);
        sum.intervals.0 += interval(note.pitch, next.pitch).abs();
        let next_but_one = line[(here + 2).min(pairs)];
        sum.intervals.1 += interval(note.pitch, next_but_one.pitch).abs();
        sum.three_sound += i64::from(note.end - next_but_one.start > FINE_TICKS_PER_STEP / 2);
        sums.push(sum);
    }
    for (here, note) in line.iter_mut().enumerate().take(pairs) {
        let from = here.saturating_sub(WINDOW);
        let to = (here + WINDOW).min(pairs);
        let (a, b, count) = (sums[from], sums[to], (to - from) as i64);
        let overlaps = b.overlaps - a.overlaps;
        let chords = b.chords - a.chords;
        let one_stream = b.intervals.0 - a.intervals.0 <= b.intervals.1 - a.intervals.1;
        let three_sound = (b.three_sound - a.three_sound) * 5 >= count * 2;
        note.rings = overlaps * 5 >= count * 2
            && (b.nested - a.nested) * 4 <= overlaps
            && (one_stream && chords * 3 <= count || three_sound && chords * 8 <= count);
    }
}

/// For each candidate, whether it ends where the next candidate of its pitch starts.
fn repeated(line: &[NoteCandidate]) -> Vec<bool> {
    let mut next_start = [None; 256];
    let mut repeated: Vec<bool> = line
        .iter()
        .rev()
        .map(|note| {
            let next = next_start[usize::from(note.pitch)].replace(note.start);
            next.is_some_and(|next: i64| (next - note.end).abs() <= TOLERANCE)
        })
        .collect();
    repeated.reverse();
    repeated
}

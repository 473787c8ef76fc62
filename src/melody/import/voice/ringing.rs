//! Detects notes that ring on into the next ones of their own voice (let ring, a pedal written as lengths).

use super::candidate::{END_TOLERANCE, NoteCandidate, interval};
use crate::melody::import::sections::FINE_TICKS_PER_STEP;

/// Candidates on either side by which ringing is detected.
const WINDOW_CANDIDATES: usize = 32;

/// Cumulative counts from the start of the part to a candidate.
#[derive(Clone, Copy, Default)]
struct RingingSums {
    /// Notes that overlap the next one.
    overlaps: i64,
    /// Notes that overlap the next one and end after it.
    nested: i64,
    /// Notes of chords.
    chords: i64,
    /// Notes that sound with the next one and the next but one.
    three_sound: i64,
    /// Sizes of the intervals from note to note, and from note to the next but one.
    intervals: (i64, i64),
}

/// Marks the notes of passages of one voice whose notes ring on.
///
/// In such a passage at least 2 of 5 notes overlap the next one by more than half a sixteenth, and of these at most a
/// quarter end after it, not counting those whose next one ends because its key is pressed again. Also, one of these holds:
/// - At most a third are chords, and the intervals from note to note are in sum no larger than those from each note to the
///   next but one; in two alternating voices they would be (tones near in pitch are heard as one stream; Bregman,
///   "Auditory Scene Analysis", 1990).
/// - At most an eighth are chords, and 2 of 5 notes sound with the next two, which two alternating voices cannot.
pub(super) fn mark_ringing(candidates: &mut [NoteCandidate]) {
    let ends_at_repetition = ends_at_repetition(candidates);
    let pairs = candidates.len().saturating_sub(1);
    let mut sums = vec![RingingSums::default()];
    let mut totals = RingingSums::default();
    for index in 0..pairs {
        let (note, next) = (candidates[index], candidates[index + 1]);
        let overlaps = note.end - next.start > FINE_TICKS_PER_STEP / 2;
        let nested =
            overlaps && next.end < note.end - END_TOLERANCE && !ends_at_repetition[index + 1];
        totals.overlaps += i64::from(overlaps);
        totals.nested += i64::from(nested);
        totals.chords += i64::from(note.is_chord);
        totals.intervals.0 += interval(note.pitch, next.pitch).abs();
        let next_but_one = candidates[(index + 2).min(pairs)];
        totals.intervals.1 += interval(note.pitch, next_but_one.pitch).abs();
        totals.three_sound += i64::from(note.end - next_but_one.start > FINE_TICKS_PER_STEP / 2);
        sums.push(totals);
    }
    for (index, note) in candidates.iter_mut().enumerate().take(pairs) {
        let from = index.saturating_sub(WINDOW_CANDIDATES);
        let to = (index + WINDOW_CANDIDATES).min(pairs);
        let (start_sums, end_sums, count) = (sums[from], sums[to], (to - from) as i64);
        let overlaps = end_sums.overlaps - start_sums.overlaps;
        let chords = end_sums.chords - start_sums.chords;
        let is_one_stream = end_sums.intervals.0 - start_sums.intervals.0
            <= end_sums.intervals.1 - start_sums.intervals.1;
        let three_sound = (end_sums.three_sound - start_sums.three_sound) * 5 >= count * 2;
        note.is_ringing = overlaps * 5 >= count * 2
            && (end_sums.nested - start_sums.nested) * 4 <= overlaps
            && (is_one_stream && chords * 3 <= count || three_sound && chords * 8 <= count);
    }
}

/// For each candidate, whether it ends where the next candidate of the same pitch starts.
fn ends_at_repetition(candidates: &[NoteCandidate]) -> Vec<bool> {
    let mut next_start = [None; 256];
    let mut ends_at_repetition: Vec<bool> = candidates
        .iter()
        .rev()
        .map(|note| {
            let next = next_start[usize::from(note.pitch)].replace(note.start);
            next.is_some_and(|next: i64| (next - note.end).abs() <= END_TOLERANCE)
        })
        .collect();
    ends_at_repetition.reverse();
    ends_at_repetition
}

//! Finds the melody among the candidates by dynamic programming over onsets.

use super::candidate::{BEFORE_ALL_NOTES, END_TOLERANCE, NoteCandidate, interval};
use crate::melody::import::place::PlacedNote;
use crate::melody::import::sections::FINE_TICKS_PER_STEP;

// Costs of a line, see `extract_voice`; only their ratios matter.

/// Cost of an interval per semitone.
const SEMITONE_COST: i64 = 4;
/// Largest interval in semitones; wider ones cost the same.
const MAX_INTERVAL: i64 = 24;
/// Cost of a lower note that ends a sounding one.
const CUT_COST: i64 = 60;
/// Cost of skipping a higher note while a lower one of the line sounds.
const SKIP_HIGHER_COST: i64 = 100;
/// Cost of skipping a lower note that outlasts the sounding one.
const SKIP_LONGER_COST: i64 = 20;
/// Maximum and minimum cost of skipping a note while the line is silent.
const SKIP_IN_SILENCE_COST: (i64, i64) = (60, 8);
/// Cost of skipping a note while the line is silent, before [`DEPTH_DISCOUNT`] and the limits above: for a note that sounds with
/// others, and for one that sounds alone.
const SKIP_BASE_COST: (i64, i64) = (90, 50);
/// Reduction of that cost per semitone by which the skipped note is below the last note of the line.
const DEPTH_DISCOUNT: i64 = 3;
/// Cost of skipping a note where there is one voice only: higher than that of any two intervals.
const SKIP_SINGLE_VOICE_COST: i64 = 1000;
/// Maximum number of candidates that are skipped in a row, which bounds the work.
const MAX_SKIPPED: usize = 63;
/// Largest additional cost of a row of skipped candidates.
const MAX_GAP_COST: i64 = 500;
/// Candidates on either side by which voices are counted.
const VOICE_COUNT_WINDOW: usize = 16;

/// Marks the candidates that sound alone, and those where there is more than one voice.
pub(super) fn mark_simultaneous(candidates: &mut [NoteCandidate], notes: &[PlacedNote]) {
    let mut latest_end = vec![BEFORE_ALL_NOTES; notes.len() + 1];
    for (index, note) in notes.iter().enumerate() {
        latest_end[index + 1] = latest_end[index].max(note.end);
    }
    // Number of simultaneous candidates before each index.
    let mut simultaneous_counts = vec![0_usize; candidates.len() + 1];
    let mut sounding_until = BEFORE_ALL_NOTES;
    for (index, note) in candidates.iter_mut().enumerate() {
        let next_start = notes
            .get(note.index + 1)
            .map_or(i64::MAX, |next| next.start);
        note.is_alone = !note.is_chord
            && latest_end[note.index] - note.start <= FINE_TICKS_PER_STEP / 2
            && note.end - FINE_TICKS_PER_STEP / 2 <= next_start;
        let is_simultaneous = note.is_chord || sounding_until - note.start > FINE_TICKS_PER_STEP;
        simultaneous_counts[index + 1] = simultaneous_counts[index] + usize::from(is_simultaneous);
        sounding_until = sounding_until.max(note.end);
    }
    let count = candidates.len();
    for (index, note) in candidates.iter_mut().enumerate() {
        let from = index.saturating_sub(VOICE_COUNT_WINDOW);
        let to = (index + VOICE_COUNT_WINDOW).min(count);
        note.has_many_voices =
            (simultaneous_counts[to] - simultaneous_counts[from]) * 8 >= to - from;
    }
}

/// Cost of skipping a candidate after a note of the line with this `pitch` and `end`.
fn skip_cost(pitch: u8, end: i64, skipped: &NoteCandidate) -> i64 {
    let overlap = end.min(skipped.end) - skipped.start;
    if overlap > 0 && overlap * 2 >= skipped.end - skipped.start {
        return match skipped.pitch > pitch {
            true => SKIP_HIGHER_COST,
            false if skipped.end <= end + FINE_TICKS_PER_STEP / 2 => 0,
            false => SKIP_LONGER_COST,
        };
    }
    if !skipped.has_many_voices {
        return SKIP_SINGLE_VOICE_COST;
    }
    let (simultaneous_cost, alone_cost) = SKIP_BASE_COST;
    let base = if skipped.is_alone {
        alone_cost
    } else {
        simultaneous_cost
    };
    let (max, min) = SKIP_IN_SILENCE_COST;
    (base + DEPTH_DISCOUNT * interval(pitch, skipped.pitch))
        .min(max)
        .max(min)
}

/// Cost of the transition from `note` to `next`.
fn transition_cost(note: &NoteCandidate, next: &NoteCandidate) -> i64 {
    let overlap = note.end - next.start;
    let is_under_note =
        overlap > FINE_TICKS_PER_STEP || (overlap > 0 && next.end <= note.end + END_TOLERANCE);
    let cut_cost = if is_under_note && next.pitch < note.pitch {
        CUT_COST
    } else {
        0
    };
    let semitones = interval(note.pitch, next.pitch).abs();
    SEMITONE_COST * semitones.min(MAX_INTERVAL) + cut_cost
}

/// The candidates on the line of least cost.
pub(super) fn cheapest_path(candidates: &[NoteCandidate]) -> Vec<NoteCandidate> {
    let max_step = MAX_SKIPPED + 1;
    // Least cost of a line up to each candidate, and the candidate before it on that line.
    let mut cheapest: Vec<(i64, Option<usize>)> = vec![(i64::MAX, None); candidates.len()];
    for (first, entry) in cheapest.iter_mut().enumerate().take(max_step) {
        let skipped = candidates[..first].iter();
        entry.0 = skipped
            .map(|skipped| skip_cost(candidates[first].pitch, BEFORE_ALL_NOTES, skipped))
            .sum();
    }
    let mut cheapest_end: (i64, Option<usize>) = (i64::MAX, None);
    for (index, note) in candidates.iter().enumerate() {
        let mut cost = cheapest[index].0;
        let limit = cost + MAX_GAP_COST;
        let mut next = index + 1;
        while next < candidates.len() && next - index <= max_step && cost <= limit {
            let path_cost = cost + transition_cost(note, &candidates[next]);
            if path_cost < cheapest[next].0 {
                cheapest[next] = (path_cost, Some(index));
            }
            cost += skip_cost(note.pitch, note.end, &candidates[next]);
            next += 1;
        }
        if next == candidates.len() && cost < cheapest_end.0 {
            cheapest_end = (cost, Some(index));
        }
    }
    let mut melody = Vec::new();
    let mut next_index = cheapest_end.1;
    while let Some(index) = next_index {
        melody.push(candidates[index]);
        next_index = cheapest[index].1;
    }
    melody.reverse();
    melody
}

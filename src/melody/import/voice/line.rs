//! Finds the melody among the candidates by dynamic programming over onsets.

use super::candidate::{BEFORE_ALL_NOTES, NoteCandidate, TOLERANCE, interval};
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
/// Largest and smallest cost of skipping a note while the line is silent.
const SKIP_IN_SILENCE_COST: (i64, i64) = (60, 8);
/// The same before these limits and [`DEPTH_DISCOUNT`], for a note that sounds with others and for one alone.
const SKIP_BASE_COST: (i64, i64) = (90, 50);
/// Reduction of that per semitone under the last note of the line.
const DEPTH_DISCOUNT: i64 = 3;
/// Cost of skipping a note where there is one voice; more than any two intervals.
const SKIP_SINGLE_VOICE_COST: i64 = 1000;
/// Maximum number of candidates that are skipped in a row, which bounds the work.
const MAX_SKIPPED: usize = 63;
/// Largest additional cost of a row of skipped candidates.
const MAX_GAP_COST: i64 = 500;
/// Candidates on either side by which voices are counted.
const VOICE_COUNT_WINDOW: usize = 16;

/// Marks the candidates that sound alone, and those where there is more than one voice.
pub(super) fn mark_simultaneous(line: &mut [NoteCandidate], notes: &[PlacedNote]) {
    let mut latest_end = vec![BEFORE_ALL_NOTES; notes.len() + 1];
    for (index, note) in notes.iter().enumerate() {
        latest_end[index + 1] = latest_end[index].max(note.end);
    }
    let mut with_others = vec![0_usize; line.len() + 1];
    let mut sounding_until = BEFORE_ALL_NOTES;
    for (here, note) in line.iter_mut().enumerate() {
        let next_start = notes
            .get(note.index + 1)
            .map_or(i64::MAX, |next| next.start);
        note.alone = !note.chord
            && latest_end[note.index] - note.start <= FINE_TICKS_PER_STEP / 2
            && note.end - FINE_TICKS_PER_STEP / 2 <= next_start;
        let simultaneous = note.chord || sounding_until - note.start > FINE_TICKS_PER_STEP;
        with_others[here + 1] = with_others[here] + usize::from(simultaneous);
        sounding_until = sounding_until.max(note.end);
    }
    let count = line.len();
    for (here, note) in line.iter_mut().enumerate() {
        let from = here.saturating_sub(VOICE_COUNT_WINDOW);
        let to = (here + VOICE_COUNT_WINDOW).min(count);
        note.many_voices = (with_others[to] - with_others[from]) * 8 >= to - from;
    }
}

/// Cost of skipping a candidate after a note of the line of that `pitch` and `end`.
fn skip_cost(pitch: u8, end: i64, skipped: &NoteCandidate) -> i64 {
    let shared = end.min(skipped.end) - skipped.start;
    if shared > 0 && shared * 2 >= skipped.end - skipped.start {
        return match skipped.pitch > pitch {
            true => SKIP_HIGHER_COST,
            false if skipped.end <= end + FINE_TICKS_PER_STEP / 2 => 0,
            false => SKIP_LONGER_COST,
        };
    }
    if !skipped.many_voices {
        return SKIP_SINGLE_VOICE_COST;
    }
    let (with_others, alone) = SKIP_BASE_COST;
    let base = if skipped.alone { alone } else { with_others };
    let (max, min) = SKIP_IN_SILENCE_COST;
    (base + DEPTH_DISCOUNT * interval(pitch, skipped.pitch))
        .min(max)
        .max(min)
}

/// Cost of the transition from `note` to `next`.
fn transition_cost(note: &NoteCandidate, next: &NoteCandidate) -> i64 {
    let overlap = note.end - next.start;
    let under = overlap > FINE_TICKS_PER_STEP || (overlap > 0 && next.end <= note.end + TOLERANCE);
    let cut = if under && next.pitch < note.pitch {
        CUT_COST
    } else {
        0
    };
    let semitones = interval(note.pitch, next.pitch).abs();
    SEMITONE_COST * semitones.min(MAX_INTERVAL) + cut
}

/// The candidates on the line of least cost.
pub(super) fn cheapest_path(line: &[NoteCandidate]) -> Vec<NoteCandidate> {
    let reach = MAX_SKIPPED + 1;
    // Least cost of a line up to each candidate, and the candidate before it on that line.
    let mut cheapest: Vec<(i64, Option<usize>)> = vec![(i64::MAX, None); line.len()];
    for (first, entry) in cheapest.iter_mut().enumerate().take(reach) {
        let before = line[..first].iter();
        entry.0 = before
            .map(|skipped| skip_cost(line[first].pitch, BEFORE_ALL_NOTES, skipped))
            .sum();
    }
    let mut last: (i64, Option<usize>) = (i64::MAX, None);
    for (here, note) in line.iter().enumerate() {
        let mut cost = cheapest[here].0;
        let limit = cost + MAX_GAP_COST;
        let mut next = here + 1;
        while next < line.len() && next - here <= reach && cost <= limit {
            let there = cost + transition_cost(note, &line[next]);
            if there < cheapest[next].0 {
                cheapest[next] = (there, Some(here));
            }
            cost += skip_cost(note.pitch, note.end, &line[next]);
            next += 1;
        }
        if next == line.len() && cost < last.0 {
            last = (cost, Some(here));
        }
    }
    let mut melody = Vec::new();
    let mut at = last.1;
    while let Some(here) = at {
        melody.push(line[here]);
        at = cheapest[here].1;
    }
    melody.reverse();
    melody
}

//! The melody among the candidates: a dynamic programme over onsets.

use super::{Candidate, NEAR, NEVER, interval};
use crate::melody::import::place::PlacedNote;
use crate::melody::import::sections::FINE_STEP;

// Costs of a line, see `extract_voice`; only their relations matter.

/// A semitone of an interval.
const LEAP: i64 = 4;
/// Wider intervals cost no more than this, in semitones.
const WIDEST_LEAP: i64 = 24;
/// A lower note ends one that still sounds.
const CUT: i64 = 60;
/// A higher note is left out while a lower one of the line sounds.
const HIGHER: i64 = 100;
/// A lower note that outlasts the sounding one is left out.
const OUTLASTS: i64 = 20;
/// A note is left out where the line is silent: the most and the least this costs.
const SILENCE: (i64, i64) = (60, 8);
/// The same before the bounds and before [`DEPTH`], for a note that sounds with others and for one alone.
const SILENCE_BASE: (i64, i64) = (90, 50);
/// What each semitone under the last note of the line takes off that.
const DEPTH: i64 = 3;
/// A note is left out in a stretch of one voice; dearer than any two intervals.
const ONE_VOICE: i64 = 1000;
/// No more notes than this are left out in a row, which bounds the work.
const MOST_LEFT_OUT: usize = 63;
/// Leaving notes out in a row is given up beyond this cost.
const DEAREST_GAP: i64 = 500;
/// Candidates on either side that tell whether a stretch has one voice.
const VOICES_REACH: usize = 16;

/// Marks the candidates that no other note sounds with, and those in stretches of more than one voice.
pub(super) fn mark_company(line: &mut [Candidate], notes: &[PlacedNote]) {
    let mut latest_end = vec![NEVER; notes.len() + 1];
    for (index, note) in notes.iter().enumerate() {
        latest_end[index + 1] = latest_end[index].max(note.end);
    }
    let mut with_others = vec![0_usize; line.len() + 1];
    let mut sounding_until = NEVER;
    for (here, note) in line.iter_mut().enumerate() {
        let next_start = notes
            .get(note.index + 1)
            .map_or(i64::MAX, |next| next.start);
        note.alone = !note.chord
            && latest_end[note.index] - note.start <= FINE_STEP / 2
            && note.end - FINE_STEP / 2 <= next_start;
        let company = note.chord || sounding_until - note.start > FINE_STEP;
        with_others[here + 1] = with_others[here] + usize::from(company);
        sounding_until = sounding_until.max(note.end);
    }
    let count = line.len();
    for (here, note) in line.iter_mut().enumerate() {
        let from = here.saturating_sub(VOICES_REACH);
        let to = (here + VOICES_REACH).min(count);
        note.many_voices = (with_others[to] - with_others[from]) * 8 >= to - from;
    }
}

/// What it costs to leave out `left_out` after a note of the line of that `pitch` that ends at `end`.
fn cost_of_leaving_out(pitch: u8, end: i64, left_out: &Candidate) -> i64 {
    let shared = end.min(left_out.end) - left_out.start;
    if shared > 0 && shared * 2 >= left_out.end - left_out.start {
        return match left_out.pitch > pitch {
            true => HIGHER,
            false if left_out.end <= end + FINE_STEP / 2 => 0,
            false => OUTLASTS,
        };
    }
    if !left_out.many_voices {
        return ONE_VOICE;
    }
    let (with_others, alone) = SILENCE_BASE;
    let base = if left_out.alone { alone } else { with_others };
    let (most, least) = SILENCE;
    (base + DEPTH * interval(pitch, left_out.pitch))
        .min(most)
        .max(least)
}

/// What it costs to go from `note` to `next`.
fn cost_of_going(note: &Candidate, next: &Candidate) -> i64 {
    let rest = note.end - next.start;
    let under = rest > FINE_STEP || (rest > 0 && next.end <= note.end + NEAR);
    let cut = if under && next.pitch < note.pitch {
        CUT
    } else {
        0
    };
    LEAP * interval(note.pitch, next.pitch).abs().min(WIDEST_LEAP) + cut
}

/// The notes of `line` that make the cheapest melody.
pub(super) fn cheapest_line(line: &[Candidate]) -> Vec<Candidate> {
    let reach = MOST_LEFT_OUT + 1;
    // Cost of the cheapest line up to each candidate, and the candidate before it on that line.
    let mut cheapest: Vec<(i64, Option<usize>)> = vec![(i64::MAX, None); line.len()];
    for (first, entry) in cheapest.iter_mut().enumerate().take(reach) {
        let before = line[..first].iter();
        entry.0 = before
            .map(|left_out| cost_of_leaving_out(line[first].pitch, NEVER, left_out))
            .sum();
    }
    let mut last: (i64, Option<usize>) = (i64::MAX, None);
    for (here, note) in line.iter().enumerate() {
        let mut cost = cheapest[here].0;
        let dearest = cost + DEAREST_GAP;
        let mut next = here + 1;
        while next < line.len() && next - here <= reach && cost <= dearest {
            let there = cost + cost_of_going(note, &line[next]);
            if there < cheapest[next].0 {
                cheapest[next] = (there, Some(here));
            }
            cost += cost_of_leaving_out(note.pitch, note.end, &line[next]);
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

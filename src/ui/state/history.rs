//! The history: every melody that was heard, in order.

use std::collections::{BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::kept_melodies::KeptMelodies;
use super::listening::Listening;
use super::playback::{PlayRequest, PlaybackState};
use crate::melody::Melody;
use crate::session::library::{Annotations, KeptMelody, MelodyIdentity, now_ms};
use crate::session::session_file::{HeardMelody, MAX_HEARD};
use crate::sweep::{GenerateMethod, MelodyId};

/// A melody of a session that was opened counts as heard for a whole loop if the next one was heard so many milliseconds after it:
/// two bars at 120 beats per minute at least, and no longer than a listener stays with a loop.
const HEARD_WHOLE_MS: RangeInclusive<i64> = 4_000..=120_000;
/// Steps that the playhead may have passed after it was read last.
const UNSEEN_STEPS: f64 = 1.0;
/// Minimum time that a position between the points has to play to stay in the history, milliseconds; a shorter one was passed by.
const MIN_HEARD_MS: i64 = 1_000;

/// A melody that was heard.
#[derive(Clone)]
pub struct HeardEntry {
    /// Its number in the order of hearing, from 1.
    pub number: u64,
    /// The map that it was on; `None` if it was on none.
    pub map: Option<u32>,
    /// The melody.
    pub melody: Arc<Melody>,
    /// What the library stores of it if it is kept; `kept_at_ms` is when it was heard.
    pub stored: KeptMelody,
    /// Steps of it that were heard.
    heard_steps: f64,
}

/// The melodies that were heard, at most [`MAX_HEARD`], and the entry that the user has gone back to.
#[derive(Default)]
pub struct History {
    /// Oldest first.
    entries: VecDeque<HeardEntry>,
    last_number: u64,
    /// Numbers of the entries that were removed because they were only passed by, until the session has removed them too.
    passed_by: BTreeSet<u64>,
    /// Number of the entry that was heard or gone to last.
    current: Option<u64>,
    /// Number of the entry that was current before it.
    previous: Option<u64>,
    /// Tag of the request whose melodies are being recorded, and which of them were.
    recorded_request: Option<u64>,
    recorded_indices: BTreeSet<usize>,
    /// Tag of the request that plays an entry again.
    replay_request: Option<u64>,
    listening: Listening,
    /// Changes whenever another melody was heard for a whole loop.
    judgements_version: u64,
    /// Whether the window shows the history in place of the kept melodies.
    pub shown: bool,
    /// The text that is searched for.
    pub search: String,
}

impl History {
    /// All entries, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &HeardEntry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was heard yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry by its number.
    pub fn get(&self, number: u64) -> Option<&HeardEntry> {
        self.entries.get(self.index(number)?)
    }

    /// Number of the entry that was heard or gone to last.
    pub fn current(&self) -> Option<u64> {
        self.current
    }

    /// Index of the entry with a number. Numbers ascend, with gaps where an entry was passed by.
    fn index(&self, number: u64) -> Option<usize> {
        let index = self
            .entries
            .binary_search_by_key(&number, |entry| entry.number);
        index.ok()
    }

    /// The entry before (-1) or after (1) the current one.
    pub fn neighbour(&self, offset: i32) -> Option<u64> {
        let index = self.index(self.current?)?;
        let next = index.checked_add_signed(isize::try_from(offset).ok()?)?;
        self.entries.get(next).map(|entry| entry.number)
    }

    /// The entry that was current before this one, for switching between the two.
    pub fn previous_entry(&self) -> Option<u64> {
        let previous = self.previous.filter(|number| self.index(*number).is_some());
        previous.or_else(|| self.neighbour(-1))
    }

    fn set_current(&mut self, number: Option<u64>) {
        if number != self.current {
            self.previous = self.current;
            self.current = number;
        }
    }

    /// The entries whose name, id or map contains every word of the search, newest first. Those that are kept have the name under
    /// which they are kept.
    pub fn search_results(&self, kept_melodies: &KeptMelodies) -> Vec<&HeardEntry> {
        let search = self.search.to_lowercase();
        let words: Vec<&str> = search.split_whitespace().collect();
        if words.is_empty() {
            return self.iter().rev().collect();
        }
        let contains = |entry: &&HeardEntry| {
            let text = entry.text(kept_melodies).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        self.iter().rev().filter(contains).collect()
    }

    /// Records what plays now, unless it is recorded already. `map` is the map of a request.
    pub(in crate::ui) fn record(
        &mut self,
        playback: &PlaybackState,
        map: impl FnOnce(u64) -> Option<u32>,
    ) {
        let Some(request) = playback.now_playing() else {
            self.listening.stop();
            return;
        };
        let step = playback.playhead.step;
        let index = request.visit(step).map_or(0, |(visit, _)| visit);
        let Some(stored) = request.kept_melodies.get(index) else {
            self.listening.stop();
            return;
        };
        self.record_melody(request, index, stored, map);
        let length = request.melody.steps();
        let heard = self.listening.advance((request.tag, index, step), length);
        self.add_heard_steps(&stored.identity, heard);
    }

    fn record_melody(
        &mut self,
        request: &PlayRequest,
        index: usize,
        stored: &KeptMelody,
        map: impl FnOnce(u64) -> Option<u32>,
    ) {
        if self.recorded_request != Some(request.tag) {
            self.recorded_request = Some(request.tag);
            self.recorded_indices.clear();
        }
        // A path that plays round and round is recorded once.
        if !self.recorded_indices.insert(index) || self.replay_request == Some(request.tag) {
            return;
        }
        let is_same = |last: &HeardEntry| last.stored.identity == stored.identity;
        if self.entries.back().is_some_and(is_same) {
            let last = self.entries.back().map(|last| last.number);
            self.set_current(last);
            return;
        }
        let melody = request.sequence.get(index).map(|(_, melody)| melody);
        let melody = Arc::clone(melody.unwrap_or(&request.melody));
        let map = request.generation.and_then(map);
        self.push(melody, stored.clone(), map);
    }

    /// Adds to how long the current entry was heard, if it is this melody.
    fn add_heard_steps(&mut self, identity: &MelodyIdentity, steps: f64) {
        let index = self.current.and_then(|number| self.index(number));
        let entry = index.and_then(|index| self.entries.get_mut(index));
        if let Some(entry) = entry.filter(|entry| entry.stored.identity == *identity) {
            let before = entry.was_heard_whole();
            entry.heard_steps += steps;
            self.judgements_version += u64::from(!before && entry.was_heard_whole());
        }
    }

    /// Changes whenever another melody was heard for a whole loop, or other melodies are in it.
    pub(in crate::ui) fn judgements_version(&self) -> u64 {
        self.judgements_version
    }

    fn push(&mut self, melody: Arc<Melody>, mut stored: KeptMelody, map: Option<u32>) {
        stored.kept_at_ms = now_ms();
        stored.marked = false;
        stored.annotations = Annotations::default();
        if let Some(last) = self.entries.back()
            && is_probe(&last.stored)
            && is_probe(&stored)
            && stored.kept_at_ms - last.stored.kept_at_ms < MIN_HEARD_MS
        {
            self.passed_by.insert(last.number);
            self.entries.pop_back();
        }
        self.last_number += 1;
        self.entries.push_back(HeardEntry {
            number: self.last_number,
            map,
            melody,
            stored,
            heard_steps: 0.0,
        });
        if self.entries.len() > MAX_HEARD {
            self.entries.pop_front();
        }
        self.set_current(Some(self.last_number));
    }

    /// Takes note that a request plays an entry again: it is not recorded, and going back continues from that entry.
    pub(in crate::ui) fn note_replay(&mut self, number: u64, tag: u64) {
        self.set_current(Some(number));
        self.replay_request = Some(tag);
    }

    /// The history of a session that was opened, in place of this one.
    pub(in crate::ui) fn restore(&mut self, heard: Vec<HeardMelody>) {
        let times: Vec<i64> = heard.iter().map(|heard| heard.melody.kept_at_ms).collect();
        let entries = heard.into_iter().enumerate().map(|(index, heard)| {
            let tokens = heard.melody.identity.tokens.clone();
            let melody = Arc::new(Melody::from_tokens(tokens));
            let next = times.get(index + 1);
            let heard_ms = next.map_or(0, |next| next.saturating_sub(heard.melody.kept_at_ms));
            let is_whole = HEARD_WHOLE_MS.contains(&heard_ms);
            HeardEntry {
                number: heard.number,
                map: heard.map,
                heard_steps: if is_whole { melody.steps() as f64 } else { 0.0 },
                melody,
                stored: heard.melody,
            }
        });
        let entries: VecDeque<HeardEntry> = entries.collect();
        let last = entries.back().map(|last| last.number);
        *self = Self {
            last_number: last.unwrap_or(0),
            current: last,
            entries,
            // What plays was heard before this session was opened.
            recorded_request: self.recorded_request,
            replay_request: self.recorded_request,
            judgements_version: self.judgements_version + 1,
            shown: self.shown,
            ..Self::default()
        };
    }

    /// The entries after a number, as a session stores them.
    pub(in crate::ui) fn heard_since(&self, number: u64) -> Vec<HeardMelody> {
        let newer = self.entries.iter().filter(|entry| entry.number > number);
        newer.map(HeardEntry::to_heard_melody).collect()
    }

    /// Numbers up to this one that a session may have and that were passed by since.
    pub(in crate::ui) fn passed_until(&self, number: u64) -> impl Iterator<Item = u64> {
        self.passed_by.range(..=number).copied()
    }

    /// Number of the newest entry so far; 0 before the first.
    pub(in crate::ui) fn last_number(&self) -> u64 {
        self.last_number
    }
}

fn is_probe(stored: &KeptMelody) -> bool {
    matches!(stored.identity.id, MelodyId::Generated { method, .. } if method == GenerateMethod::Probe)
}

impl HeardEntry {
    /// Whether it was heard for a whole loop, so that not keeping it says something.
    pub fn was_heard_whole(&self) -> bool {
        self.heard_steps + UNSEEN_STEPS >= self.melody.steps() as f64
    }

    /// Its present name and where it comes from, as one line.
    pub fn text(&self, kept_melodies: &KeptMelodies) -> String {
        let name = kept_melodies.name_of(&self.stored);
        let slug = self.stored.identity.id.slug();
        match self.map {
            Some(map) => format!("{name}, map {map}, {slug}"),
            None => format!("{name}, {slug}"),
        }
    }

    fn to_heard_melody(&self) -> HeardMelody {
        HeardMelody {
            number: self.number,
            map: self.map,
            melody: self.stored.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn melodies_of_an_opened_session_were_heard_whole_by_the_time_until_the_next_one() {
        let mut history = History::default();
        // Passed by, heard for two loops, left alone over lunch, and the last one.
        let times = [0, 1_500, 10_000, 3_600_000];
        let heard = times.iter().zip(1..).map(|(time, number)| HeardMelody {
            number,
            map: None,
            melody: KeptMelody {
                kept_at_ms: *time,
                ..KeptMelody::for_test(number as u32)
            },
        });
        let version = history.judgements_version();
        history.restore(heard.collect());
        let whole: Vec<bool> = history.iter().map(HeardEntry::was_heard_whole).collect();
        assert_eq!(whole, [false, true, false, false]);
        assert_ne!(history.judgements_version(), version);
    }
}

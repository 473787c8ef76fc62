//! The history: every melody that was heard, in order.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::kept_melodies::KeptMelodies;
use super::playback::PlaybackState;
use crate::melody::Melody;
use crate::session::library::{Annotations, KeptMelody, now_ms};
use crate::session::session_file::{HeardMelody, MAX_HEARD};
use crate::sweep::{GenerateMethod, MelodyId};

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
            return;
        };
        let visit = request.visit(playback.playhead.step);
        let index = visit.map_or(0, |(visit, _)| visit);
        let Some(stored) = request.kept_melodies.get(index) else {
            return;
        };
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
        let entries = heard.into_iter().map(|heard| HeardEntry {
            number: heard.number,
            map: heard.map,
            melody: Arc::new(Melody::from_tokens(heard.melody.identity.tokens.clone())),
            stored: heard.melody,
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

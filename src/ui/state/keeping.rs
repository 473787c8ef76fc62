//! Kept melodies: what the window shows of the library.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::AppState;
use crate::attributes::AttributeRow;
use crate::melody::Melody;
use crate::session::library::{Change, KeptMelody, LibraryEntry, MelodyIdentity, now_ms};
use crate::sweep::{MelodyEntry, MelodyId};

/// Provenance of a melody: enough to decode it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its id in its sweep.
    pub id: MelodyId,
    /// What it is called.
    pub name: String,
    /// Seed of that sweep.
    pub seed: u64,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
}

/// A kept melody.
#[derive(Clone)]
pub struct Kept {
    /// Its number, never used twice. Those of unsaved melodies count down from [`u64::MAX`].
    pub number: u64,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its attributes.
    pub attributes: AttributeRow,
    /// What the library stores of it.
    pub stored: KeptMelody,
    /// Whether it is in the library; if not, it lasts until the window closes.
    pub saved: bool,
}

impl Kept {
    /// Measures a stored melody.
    fn new(number: u64, stored: KeptMelody, saved: bool) -> Self {
        let melody = Arc::new(Melody::from_tokens(stored.identity.tokens.clone()));
        Self {
            number,
            attributes: AttributeRow::measure(&melody),
            melody,
            stored,
            saved,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.stored.name
    }

    /// Where it came from.
    pub fn source(&self) -> Source {
        let identity = &self.stored.identity;
        Source {
            id: identity.id,
            name: self.stored.name.clone(),
            seed: identity.seed,
            weights_hash: identity.weights_hash.clone(),
        }
    }

    /// Its number in the library, if it is there.
    pub fn library_number(&self) -> Option<u64> {
        self.saved.then_some(self.number)
    }
}

/// A submitted change that the library has not answered yet.
struct Pending {
    number: u64,
    identity: MelodyIdentity,
    kept: bool,
}

/// The kept melodies in the order they were kept; those that could not be saved come last.
#[derive(Default)]
pub struct Tray {
    list: Vec<Kept>,
    /// Places in the list by id: an id alone may stand for several melodies.
    places: HashMap<MelodyId, Vec<usize>>,
    marked: BTreeSet<u64>,
    pending: Vec<Pending>,
    unsaved_numbers: u64,
}

impl Tray {
    /// Kept melodies, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Kept> {
        self.list.iter()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Numbers of the melodies that are marked for export.
    pub fn marked(&self) -> &BTreeSet<u64> {
        &self.marked
    }

    /// A kept melody by its number.
    pub fn get(&self, number: u64) -> Option<&Kept> {
        self.list.iter().find(|kept| kept.number == number)
    }

    /// The kept melody of this provenance and these notes.
    pub fn find(&self, seed: u64, weights_hash: &str, entry: &MelodyEntry) -> Option<&Kept> {
        let places = self.places.get(&entry.id)?;
        places
            .iter()
            .filter_map(|place| self.list.get(*place))
            .find(|kept| {
                let identity = &kept.stored.identity;
                identity.seed == seed
                    && identity.weights_hash == weights_hash
                    && identity.tokens == *entry.melody.tokens()
            })
    }

    /// What an export of the tray writes: the marked melodies, or all.
    pub fn to_export(&self) -> impl Iterator<Item = &Kept> {
        self.list
            .iter()
            .filter(|kept| self.marked.is_empty() || self.marked.contains(&kept.number))
    }

    /// Melodies that are not in the library.
    pub fn unsaved(&self) -> impl Iterator<Item = &Kept> {
        self.list.iter().filter(|kept| !kept.saved)
    }

    fn of(&self, identity: &MelodyIdentity) -> Option<&Kept> {
        self.list
            .iter()
            .find(|kept| kept.stored.identity == *identity)
    }

    /// Whether a melody will be kept once all submitted changes are made.
    pub(in crate::ui) fn will_be_kept(&self, identity: &MelodyIdentity) -> bool {
        let last = self
            .pending
            .iter()
            .rev()
            .find(|one| one.identity == *identity);
        last.map_or_else(|| self.of(identity).is_some(), |one| one.kept)
    }

    /// Notes a change that was submitted as `number`.
    pub(in crate::ui) fn submitted(&mut self, number: u64, change: &Change) {
        let (identity, kept) = match change {
            Change::Keep { melody, .. } => (melody.identity.clone(), true),
            Change::Remove(identity) => ((**identity).clone(), false),
            Change::Mark { .. } => return,
        };
        self.pending.push(Pending {
            number,
            identity,
            kept,
        });
    }

    /// Forgets submitted changes up to `number`: the library has dealt with them.
    pub(in crate::ui) fn answered(&mut self, number: u64) {
        self.pending.retain(|one| one.number > number);
    }

    /// Shows what the library holds. Unsaved melodies stay, unless they are in the library by now.
    pub(in crate::ui) fn show(&mut self, entries: &[LibraryEntry]) {
        let mut before: HashMap<MelodyIdentity, Kept> = self
            .list
            .drain(..)
            .map(|kept| (kept.stored.identity.clone(), kept))
            .collect();
        let mut list: Vec<Kept> = Vec::with_capacity(entries.len());
        self.marked
            .retain(|number| *number > u64::MAX - self.unsaved_numbers);
        for entry in entries {
            let stored = entry.melody.clone();
            // What plays is known by its allocation, so a melody that was shown before stays the same one.
            list.push(match before.remove(&stored.identity) {
                Some(kept) => {
                    self.marked.remove(&kept.number);
                    Kept {
                        number: entry.number,
                        stored,
                        saved: true,
                        ..kept
                    }
                }
                None => Kept::new(entry.number, stored, true),
            });
            if entry.melody.marked {
                self.marked.insert(entry.number);
            }
        }
        let mut unsaved: Vec<Kept> = before.into_values().filter(|kept| !kept.saved).collect();
        unsaved.sort_by_key(|kept| std::cmp::Reverse(kept.number));
        list.extend(unsaved);
        self.set(list);
    }

    /// Keeps a melody that could not be saved until the window closes. Returns false if it is there already.
    pub(in crate::ui) fn keep_unsaved(&mut self, melody: KeptMelody) -> bool {
        if self.of(&melody.identity).is_some() {
            return false;
        }
        let number = u64::MAX - self.unsaved_numbers;
        self.unsaved_numbers += 1;
        if melody.marked {
            self.marked.insert(number);
        }
        let mut list = std::mem::take(&mut self.list);
        list.push(Kept::new(number, melody, false));
        self.set(list);
        true
    }

    /// Removes a melody that is not in the library. Returns whether it was there.
    pub(in crate::ui) fn remove_unsaved(&mut self, identity: &MelodyIdentity) -> bool {
        let Some(number) = self
            .unsaved()
            .find(|kept| kept.stored.identity == *identity)
            .map(|kept| kept.number)
        else {
            return false;
        };
        self.marked.remove(&number);
        let mut list = std::mem::take(&mut self.list);
        list.retain(|kept| kept.number != number);
        self.set(list);
        true
    }

    /// Marks an unsaved melody for export, or unmarks it.
    pub(in crate::ui) fn mark_unsaved(&mut self, number: u64, marked: bool) {
        if let Some(kept) = self.list.iter_mut().find(|kept| kept.number == number) {
            kept.stored.marked = marked;
            if marked {
                self.marked.insert(number);
            } else {
                self.marked.remove(&number);
            }
        }
    }

    fn set(&mut self, list: Vec<Kept>) {
        self.places.clear();
        for (place, kept) in list.iter().enumerate() {
            let id = kept.stored.identity.id;
            self.places.entry(id).or_default().push(place);
        }
        self.list = list;
    }
}

impl AppState {
    /// Seed of the sweep on the map, or of the form while there is none.
    pub fn seed(&self) -> u64 {
        self.library
            .plan()
            .map_or(self.sweep.form.seed, |plan| plan.config.seed)
    }

    /// First 12 hex digits of the SHA-256 of the weights that the shown map was made with, or that are open while there
    /// is no map; empty while there is neither.
    pub fn weights_hash(&self) -> &str {
        let map = self.maps.shown.as_ref().map(|map| &map.model);
        map.or_else(|| self.model.info())
            .map_or("", |info| info.weights_hash.as_str())
    }

    /// The kept melody that is this melody of the map, whichever run of the program kept it.
    pub fn kept(&self, entry: &MelodyEntry) -> Option<&Kept> {
        self.tray.find(self.seed(), self.weights_hash(), entry)
    }

    /// Whether a melody of the map is kept.
    pub fn is_kept(&self, id: MelodyId) -> bool {
        !self.tray.is_empty()
            && self
                .library
                .get(id)
                .is_some_and(|entry| self.kept(entry).is_some())
    }

    /// The melody on the map that this kept melody is, if it is there.
    pub fn on_map(&self, kept: &Kept) -> Option<MelodyId> {
        let entry = self.library.get(kept.stored.identity.id)?;
        let found = self.kept(entry)?;
        (found.number == kept.number).then_some(entry.id)
    }

    /// What the library would store of a melody of the map.
    pub(in crate::ui) fn to_keep(&self, entry: &MelodyEntry) -> KeptMelody {
        KeptMelody {
            identity: MelodyIdentity {
                weights_hash: self.weights_hash().to_owned(),
                seed: self.seed(),
                id: entry.id,
                tokens: entry.melody.tokens().clone(),
            },
            name: self.title(entry.id),
            latent: self.library.latent(entry.id),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            marked: false,
            kept_at_ms: now_ms(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::Tokens;

    fn melody(region: u32, marked: bool) -> KeptMelody {
        KeptMelody {
            identity: MelodyIdentity {
                weights_hash: "0123456789ab".to_owned(),
                seed: 1,
                id: MelodyId::Centre { region },
                tokens: Tokens::new(vec![41; 32]).unwrap(),
            },
            name: format!("Region {region}, centre"),
            latent: None,
            app_version: String::new(),
            marked,
            kept_at_ms: 0,
        }
    }

    fn entries(numbers: &[u32]) -> Vec<LibraryEntry> {
        numbers
            .iter()
            .map(|number| LibraryEntry {
                number: u64::from(*number),
                melody: melody(*number, *number == 2),
            })
            .collect()
    }

    fn names(tray: &Tray) -> Vec<&str> {
        tray.iter().map(Kept::name).collect()
    }

    #[test]
    fn another_window_s_changes_leave_unsaved_melodies_and_the_ones_that_play() {
        let mut tray = Tray::default();
        tray.show(&entries(&[1, 2]));
        let playing = Arc::clone(&tray.get(1).unwrap().melody);
        assert!(tray.keep_unsaved(melody(9, true)));
        assert!(!tray.keep_unsaved(melody(9, true)));
        tray.show(&entries(&[1, 3]));
        let shown = ["Region 1, centre", "Region 3, centre", "Region 9, centre"];
        assert_eq!(names(&tray), shown);
        assert!(Arc::ptr_eq(&tray.get(1).unwrap().melody, &playing));
        // The mark of the removed one is gone, that of the unsaved one is not.
        assert_eq!(tray.marked().iter().collect::<Vec<_>>(), [&u64::MAX]);
        // Once saved, it is there once, under its number.
        tray.show(&entries(&[1, 3, 9]));
        assert_eq!(names(&tray), shown);
        assert_eq!(tray.unsaved().count(), 0);
        assert!(tray.marked().is_empty());
    }

    #[test]
    fn a_submitted_change_counts_before_it_is_answered_but_is_not_shown() {
        let mut tray = Tray::default();
        let keep = Change::Keep {
            melody: Box::new(melody(1, false)),
            number: None,
        };
        let identity = melody(1, false).identity;
        tray.submitted(1, &keep);
        assert!(tray.will_be_kept(&identity) && tray.is_empty());
        tray.submitted(2, &Change::Remove(Box::new(identity.clone())));
        assert!(!tray.will_be_kept(&identity));
        tray.show(&entries(&[1]));
        tray.answered(1);
        assert!(!tray.will_be_kept(&identity) && tray.len() == 1);
        tray.answered(2);
        assert!(tray.will_be_kept(&identity));
    }
}

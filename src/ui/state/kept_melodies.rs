//! The kept melodies: those that the user wants to have again.
//!
//! The *library* is the file on the disk that stores kept melodies for later sessions. A kept melody that the library could
//! not store is *unsaved* and lost when the window closes. *Marked* melodies are the kept ones that the user has chosen for
//! export.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kept_entry::KeptEntry;
use super::tray_view::{self, TrayView};
use crate::session::library::{KeptEdit, KeptMelody, LibraryChange, LibraryEntry, MelodyIdentity};
use crate::sweep::{MelodyEntry, MelodyId};
use crate::worker::LibraryStatus;

/// A submitted change that the library has not made yet.
struct PendingChange {
    number: u64,
    identity: MelodyIdentity,
    change: PendingKind,
}

enum PendingKind {
    /// Whether it is kept from then on.
    Kept(bool),
    /// An edit.
    Edit(KeptEdit),
}

/// The kept melodies in the order they were kept; those that could not be saved come last.
#[derive(Default)]
pub struct KeptMelodies {
    list: Vec<KeptEntry>,
    /// Indices into the list by id: several melodies may have the same id.
    indices: HashMap<MelodyId, Vec<usize>>,
    marked: BTreeSet<u64>,
    pending: Vec<PendingChange>,
    unsaved_numbers: u64,
    /// Number of times that the library was read.
    reads: u64,
    /// Changes with the melodies.
    version: u64,
    /// What is known of the library since then.
    library: LibraryStatus,
    view: TrayView,
    /// Indices into the list of those that the view shows, in its order.
    shown: Vec<usize>,
    /// The first other melody with the same notes, by number.
    same_notes: HashMap<u64, u64>,
    /// Names that several have.
    shared_names: HashSet<String>,
}

impl KeptMelodies {
    /// Number of times that the library was read: 0 before it is open.
    pub fn reads(&self) -> u64 {
        self.reads
    }

    /// Changes whenever other melodies are kept, or what is stored of them changes.
    pub(in crate::ui) fn version(&self) -> u64 {
        self.version
    }

    /// What tells the library from others, once it is open.
    pub fn library_id(&self) -> Option<&str> {
        self.library.id.as_deref()
    }

    /// The melodies that are in the library, as it stores them.
    pub fn library_entries(&self) -> Vec<LibraryEntry> {
        let saved = self.list.iter().filter(|kept| kept.saved);
        saved
            .map(|kept| LibraryEntry {
                number: kept.number,
                melody: kept.stored.clone(),
            })
            .collect()
    }

    /// Melodies of the library that could not be read.
    pub fn unreadable(&self) -> usize {
        self.library.unreadable
    }

    /// Takes the status of the library; `None` if it could not be read yet.
    pub(in crate::ui) fn set_library_status(&mut self, status: Option<LibraryStatus>) {
        if let Some(status) = status {
            self.reads += 1;
            self.library = status;
        }
    }

    /// Kept melodies, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &KeptEntry> {
        self.list.iter()
    }

    /// Number of kept melodies.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no kept melody.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Numbers of the melodies that are marked for export.
    pub fn marked(&self) -> &BTreeSet<u64> {
        &self.marked
    }

    /// A kept melody by its number.
    pub fn get(&self, number: u64) -> Option<&KeptEntry> {
        self.list.iter().find(|kept| kept.number == number)
    }

    /// The kept melody of this provenance and these notes.
    pub fn find(&self, seed: u64, weights_hash: &str, entry: &MelodyEntry) -> Option<&KeptEntry> {
        let indices = self.indices.get(&entry.id)?;
        indices
            .iter()
            .filter_map(|index| self.list.get(*index))
            .find(|kept| {
                let identity = &kept.stored.identity;
                identity.seed == seed
                    && identity.weights_hash == weights_hash
                    && identity.tokens == *entry.melody.tokens()
            })
    }

    /// The melodies that are exported, in the order of the tray: the marked ones, or all if none is marked.
    pub fn to_export(&self) -> Vec<&KeptEntry> {
        tray_view::arrange(&self.list, &self.view.unfiltered())
            .into_iter()
            .map(|index| &self.list[index])
            .filter(|kept| self.marked.is_empty() || self.marked.contains(&kept.number))
            .collect()
    }

    /// Melodies that are not in the library.
    pub fn unsaved(&self) -> impl Iterator<Item = &KeptEntry> {
        self.list.iter().filter(|kept| !kept.saved)
    }

    /// The kept melody of this identity.
    pub fn find_identity(&self, identity: &MelodyIdentity) -> Option<&KeptEntry> {
        let indices = self.indices.get(&identity.id)?;
        indices
            .iter()
            .filter_map(|index| self.list.get(*index))
            .find(|kept| kept.stored.identity == *identity)
    }

    /// The present name of a stored melody: that of the kept one it is, or the one it was stored under.
    pub fn name_of<'a>(&'a self, stored: &'a KeptMelody) -> &'a str {
        let kept = self.find_identity(&stored.identity);
        kept.and_then(KeptEntry::trimmed_name)
            .unwrap_or(&stored.name)
    }

    /// How they are sorted and which of them are shown.
    pub fn view(&self) -> &TrayView {
        &self.view
    }

    /// Sorts them and chooses those that are shown.
    pub(in crate::ui) fn set_view(&mut self, view: TrayView) {
        self.view = view;
        self.shown = tray_view::arrange(&self.list, &self.view);
    }

    /// Those that the view shows, in its order.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &KeptEntry> {
        self.shown.iter().map(|index| &self.list[*index])
    }

    /// The one at this place of those that are shown.
    pub fn shown_at(&self, place: usize) -> Option<&KeptEntry> {
        self.list.get(*self.shown.get(place)?)
    }

    /// The first other one with the same notes.
    pub fn same_notes(&self, number: u64) -> Option<&KeptEntry> {
        self.get(*self.same_notes.get(&number)?)
    }

    /// Its name; with its number if others have the same name, and by its number alone if it has none.
    pub fn label(&self, kept: &KeptEntry) -> String {
        let name = kept.name().trim();
        match kept.library_number() {
            Some(number) if name.is_empty() => format!("Kept {number}"),
            Some(number) if self.shared_names.contains(name) => format!("{name} ({number})"),
            _ => name.to_owned(),
        }
    }

    /// All tags, sorted.
    pub fn tags(&self) -> BTreeSet<&str> {
        let tags = self
            .list
            .iter()
            .flat_map(|kept| &kept.stored.annotations.tags);
        tags.map(String::as_str).collect()
    }

    /// The sort key that brings a melody before another one, or to the end; `None` if there is no number between its neighbours.
    pub(in crate::ui) fn sort_key_before(&self, number: u64, before: Option<u64>) -> Option<f64> {
        let (others, at) = self.others_by_hand(number, before);
        // The next one that is kept stands behind all others.
        let newest = self.list.iter().filter_map(KeptEntry::library_number).max();
        let high = match others.get(at) {
            Some(next) => next.sort_key(),
            None => newest.unwrap_or(0) as f64 + 1.0,
        };
        let low = match at.checked_sub(1) {
            Some(last) => others[last].sort_key(),
            None => high - 2.0,
        };
        let between = low + (high - low) / 2.0;
        (low < between && between < high).then_some(between)
    }

    /// The melodies of the library in the order by hand, with one of them before another one, or at the end.
    pub(in crate::ui) fn order_with(&self, number: u64, before: Option<u64>) -> Vec<&KeptEntry> {
        let (mut order, at) = self.others_by_hand(number, before);
        if let Some(kept) = self.get(number) {
            order.insert(at, kept);
        }
        order
    }

    /// The others of the library in the order by hand, and the place of the one before which a melody comes.
    fn others_by_hand(&self, number: u64, before: Option<u64>) -> (Vec<&KeptEntry>, usize) {
        let by_hand = tray_view::arrange(&self.list, &TrayView::default());
        let others: Vec<&KeptEntry> = by_hand
            .into_iter()
            .map(|index| &self.list[index])
            .filter(|kept| kept.saved && kept.number != number)
            .collect();
        let found = others.iter().position(|kept| Some(kept.number) == before);
        let at = found.unwrap_or(others.len());
        (others, at)
    }

    /// What the library will store of a melody once all submitted changes are made.
    pub(in crate::ui) fn as_submitted(&self, kept: &KeptEntry) -> KeptMelody {
        let mut melody = kept.stored.clone();
        for pending in &self.pending {
            if let PendingKind::Edit(edit) = &pending.change
                && pending.identity == melody.identity
            {
                edit.apply_to(&mut melody);
            }
        }
        melody
    }

    /// Edits a melody that is not in the library. Returns whether it was there.
    pub(in crate::ui) fn edit_unsaved(
        &mut self,
        identity: &MelodyIdentity,
        edit: &KeptEdit,
    ) -> bool {
        let mut unsaved = self.list.iter_mut().filter(|kept| !kept.saved);
        let Some(kept) = unsaved.find(|kept| kept.stored.identity == *identity) else {
            return false;
        };
        edit.apply_to(&mut kept.stored);
        let list = std::mem::take(&mut self.list);
        self.set_list(list);
        true
    }

    /// Whether a melody will be kept once all submitted changes are made.
    pub(in crate::ui) fn will_be_kept(&self, identity: &MelodyIdentity) -> bool {
        let mut last = self.pending.iter().rev();
        let last = last.find_map(|one| match one.change {
            PendingKind::Kept(kept) if one.identity == *identity => Some(kept),
            _ => None,
        });
        last.unwrap_or_else(|| self.find_identity(identity).is_some())
    }

    /// Stores a change that was submitted as `number`.
    pub(in crate::ui) fn submitted(&mut self, number: u64, change: &LibraryChange) {
        change.each(&mut |change| {
            let (identity, change) = match change {
                LibraryChange::Keep { melody, .. } => (&melody.identity, PendingKind::Kept(true)),
                LibraryChange::Remove(identity) => (&**identity, PendingKind::Kept(false)),
                LibraryChange::Edit { identity, edit } => {
                    (&**identity, PendingKind::Edit(edit.clone()))
                }
                LibraryChange::Mark { .. } | LibraryChange::Several(_) => return,
            };
            self.pending.push(PendingChange {
                number,
                identity: identity.clone(),
                change,
            });
        });
    }

    /// Removes submitted changes up to `number`: the library has made or refused them.
    pub(in crate::ui) fn completed(&mut self, number: u64) {
        self.pending.retain(|one| one.number > number);
    }

    /// Shows these entries of the library. Unsaved melodies stay, unless they are in the library by now.
    pub(in crate::ui) fn show(&mut self, entries: &[LibraryEntry]) {
        let mut before: HashMap<MelodyIdentity, KeptEntry> = self
            .list
            .drain(..)
            .map(|kept| (kept.stored.identity.clone(), kept))
            .collect();
        let mut list: Vec<KeptEntry> = Vec::with_capacity(entries.len());
        self.marked
            .retain(|number| *number > u64::MAX - self.unsaved_numbers);
        for entry in entries {
            let stored = entry.melody.clone();
            // The melody that plays is identified by its allocation, so a melody that was shown before keeps its own.
            list.push(match before.remove(&stored.identity) {
                Some(kept) => {
                    self.marked.remove(&kept.number);
                    KeptEntry {
                        number: entry.number,
                        stored,
                        saved: true,
                        ..kept
                    }
                }
                None => KeptEntry::new(entry.number, stored, true),
            });
            if entry.melody.marked {
                self.marked.insert(entry.number);
            }
        }
        let mut unsaved: Vec<KeptEntry> = before.into_values().filter(|kept| !kept.saved).collect();
        unsaved.sort_by_key(|kept| std::cmp::Reverse(kept.number));
        list.extend(unsaved);
        self.set_list(list);
    }

    /// Keeps a melody that could not be saved until the window closes. Returns false if it is there already.
    pub(in crate::ui) fn keep_unsaved(&mut self, melody: KeptMelody) -> bool {
        if self.find_identity(&melody.identity).is_some() {
            return false;
        }
        let number = u64::MAX - self.unsaved_numbers;
        self.unsaved_numbers += 1;
        if melody.marked {
            self.marked.insert(number);
        }
        let mut list = std::mem::take(&mut self.list);
        list.push(KeptEntry::new(number, melody, false));
        self.set_list(list);
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
        self.set_list(list);
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

    fn set_list(&mut self, list: Vec<KeptEntry>) {
        self.version += 1;
        self.indices.clear();
        for (index, kept) in list.iter().enumerate() {
            let id = kept.stored.identity.id;
            self.indices.entry(id).or_default().push(index);
        }
        self.same_notes = tray_view::same_notes(&list);
        self.shared_names = tray_view::shared_names(&list);
        self.shown = tray_view::arrange(&list, &self.view);
        self.list = list;
    }
}

#[cfg(test)]
mod tests;

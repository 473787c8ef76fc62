//! The kept melodies: those that the user wants to have again.
//!
//! The *library* is the file on the disk that stores kept melodies for later sessions. A kept melody that the library could
//! not store is *unsaved* and lost when the window closes. *Marked* melodies are the kept ones that the user has chosen for
//! export.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kept_entry::KeptEntry;
use super::pending_library_changes::PendingLibraryChanges;
use super::tray_view::{self, TrayView};
use crate::session::library::{KeptEdit, KeptMelody, LibraryChange, LibraryEntry, MelodyIdentity};
use crate::sweep::{MelodyEntry, MelodyId};
use crate::worker::LibraryStatus;

/// The kept melodies in the order they were kept; those that could not be saved come last.
#[derive(Default)]
pub struct KeptMelodies {
    list: Vec<KeptEntry>,
    /// Indices into the list by id: several melodies may have the same id.
    indices: HashMap<MelodyId, Vec<usize>>,
    marked: BTreeSet<u64>,
    pending: PendingLibraryChanges,
    unsaved_numbers: u64,
    /// Number of times that the library was read.
    read_count: u64,
    /// Changes with the melodies.
    version: u64,
    /// The status of the library as of the last reading.
    library: LibraryStatus,
    view: TrayView,
    /// Indices into the list of those that the view shows, in its order.
    shown_indices: Vec<usize>,
    /// The first other melody with the same notes, by number.
    same_notes: HashMap<u64, u64>,
    /// Names that more than one melody has.
    shared_names: HashSet<String>,
}

impl KeptMelodies {
    /// Number of times that the library was read: 0 before it is open.
    pub fn read_count(&self) -> u64 {
        self.read_count
    }

    /// Changes whenever other melodies are kept, or what is stored of them changes.
    pub(in crate::ui) fn version(&self) -> u64 {
        self.version
    }

    /// The identifier of the library, once it is open.
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

    /// Number of melodies of the library that could not be read.
    pub fn unreadable_count(&self) -> usize {
        self.library.unreadable_count
    }

    /// Takes the status of the library; `None` if it could not be read yet.
    pub(in crate::ui) fn set_library_status(&mut self, status: Option<LibraryStatus>) {
        if let Some(status) = status {
            self.read_count += 1;
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

    /// How the melodies are sorted and which of them are shown.
    pub fn view(&self) -> &TrayView {
        &self.view
    }

    /// Sets how the melodies are sorted and which of them are shown.
    pub(in crate::ui) fn set_view(&mut self, view: TrayView) {
        self.view = view;
        self.shown_indices = tray_view::arrange(&self.list, &self.view);
    }

    /// The melodies that the view shows, in its order.
    pub fn shown_entries(&self) -> impl ExactSizeIterator<Item = &KeptEntry> {
        self.shown_indices.iter().map(|index| &self.list[*index])
    }

    /// The melody at an index of the shown ones.
    pub fn nth_shown(&self, index: usize) -> Option<&KeptEntry> {
        self.list.get(*self.shown_indices.get(index)?)
    }

    /// The number of the melody before which one is moved to have this index of the shown ones: the one shown there, or behind the
    /// last shown one the melody that follows it in the library; `None` for the end of the library.
    pub fn number_after_move(&self, index: usize) -> Option<u64> {
        if let Some(kept) = self.nth_shown(index) {
            return Some(kept.number);
        }
        let last_shown = self.shown_indices.last()?;
        let all = tray_view::arrange(&self.list, &self.view.unfiltered());
        let position = all.iter().position(|entry| entry == last_shown)?;
        all.get(position + 1).map(|&entry| self.list[entry].number)
    }

    /// The first other melody with the same notes.
    pub fn same_notes(&self, number: u64) -> Option<&KeptEntry> {
        self.get(*self.same_notes.get(&number)?)
    }

    /// The name of a kept melody; with its number if others have the same name, and its number alone if it has no name.
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
        let (others, insert_index) = self.others_in_manual_order(number, before);
        // The next melody that is kept comes after all others.
        let newest = self.list.iter().filter_map(KeptEntry::library_number).max();
        let high = match others.get(insert_index) {
            Some(next) => next.sort_key(),
            None => newest.unwrap_or(0) as f64 + 1.0,
        };
        let low = match insert_index.checked_sub(1) {
            Some(last) => others[last].sort_key(),
            None => high - 2.0,
        };
        let between = low + (high - low) / 2.0;
        (low < between && between < high).then_some(between)
    }

    /// The melodies of the library in the order by hand, with one of them before another one, or at the end.
    pub(in crate::ui) fn order_after_move(
        &self,
        number: u64,
        before: Option<u64>,
    ) -> Vec<&KeptEntry> {
        let (mut order, insert_index) = self.others_in_manual_order(number, before);
        if let Some(kept) = self.get(number) {
            order.insert(insert_index, kept);
        }
        order
    }

    /// The other melodies of the library in the user's own order, and the index at which a melody would be inserted.
    fn others_in_manual_order(&self, number: u64, before: Option<u64>) -> (Vec<&KeptEntry>, usize) {
        let manual_order = tray_view::arrange(&self.list, &TrayView::default());
        let others: Vec<&KeptEntry> = manual_order
            .into_iter()
            .map(|index| &self.list[index])
            .filter(|kept| kept.saved && kept.number != number)
            .collect();
        let before_index = others.iter().position(|kept| Some(kept.number) == before);
        let insert_index = before_index.unwrap_or(others.len());
        (others, insert_index)
    }

    /// What is stored of a listed melody once all submitted changes are made; if they remove it, what is stored now.
    pub(in crate::ui) fn as_submitted(&self, kept: &KeptEntry) -> KeptMelody {
        self.submitted(&kept.stored.identity)
            .unwrap_or_else(|| kept.stored.clone())
    }

    /// What is stored of a melody once all submitted changes are made, also if it is not listed yet. `None` if it is not kept then.
    pub(in crate::ui) fn submitted(&self, identity: &MelodyIdentity) -> Option<KeptMelody> {
        let stored = self.find_identity(identity).map(|kept| kept.stored.clone());
        self.pending.apply_to(identity, stored)
    }

    /// A melody that could not be saved, with the edits that were submitted after it; `None` if it was removed after it.
    pub(in crate::ui) fn with_later_changes(&self, melody: KeptMelody) -> Option<KeptMelody> {
        let identity = melody.identity.clone();
        self.pending.apply_to(&identity, Some(melody))
    }

    /// Whether a melody will be marked once all submitted changes are made.
    pub(in crate::ui) fn will_be_marked(&self, number: u64) -> bool {
        if self.pending.is_empty() {
            return self.marked.contains(&number);
        }
        let kept = self.get(number);
        let submitted = kept.and_then(|kept| self.pending.marks(&kept.stored.identity));
        submitted.unwrap_or_else(|| self.marked.contains(&number))
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
        let submitted = self.pending.keeps(identity);
        submitted.unwrap_or_else(|| self.find_identity(identity).is_some())
    }

    /// Whether a submitted change keeps the melody.
    pub(in crate::ui) fn is_being_kept(&self, identity: &MelodyIdentity) -> bool {
        self.pending.keeps(identity) == Some(true)
    }

    /// Stores a change that was submitted as `number`.
    pub(in crate::ui) fn record_submitted(&mut self, number: u64, change: &LibraryChange) {
        let list = &self.list;
        let identity_of = |number| {
            let kept = list.iter().find(|kept| kept.number == number);
            kept.map(|kept| kept.stored.identity.clone())
        };
        self.pending.add(number, change, identity_of);
    }

    /// Removes submitted changes up to `number`: the library has made or refused them.
    pub(in crate::ui) fn forget_completed(&mut self, number: u64) {
        self.pending.complete(number);
    }

    /// Replaces the list by these entries of the library. Unsaved melodies stay, unless they are in the library by now.
    pub(in crate::ui) fn show(&mut self, entries: &[LibraryEntry]) {
        let mut previous: HashMap<MelodyIdentity, KeptEntry> = self
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
            list.push(match previous.remove(&stored.identity) {
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
        let mut unsaved: Vec<KeptEntry> =
            previous.into_values().filter(|kept| !kept.saved).collect();
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
    pub(in crate::ui) fn set_unsaved_marked(&mut self, number: u64, marked: bool) {
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
        self.shown_indices = tray_view::arrange(&list, &self.view);
        self.list = list;
    }
}

#[cfg(test)]
mod tests;

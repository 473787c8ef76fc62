//! Changes of the library that were submitted, and neither made nor refused so far.

use crate::session::library::{KeptEdit, KeptMelody, LibraryChange, MelodyIdentity};

/// What a pending change does with its melody.
enum PendingEffect {
    /// Keeps it, unless it is kept already.
    Keep(Box<KeptMelody>),
    /// Removes it.
    Remove,
    /// Edits it.
    Edit(KeptEdit),
    /// Marks it for export, or unmarks it.
    Mark(bool),
}

struct PendingChange {
    number: u64,
    identity: MelodyIdentity,
    effect: PendingEffect,
}

/// The pending changes, in the order in which the library makes them.
#[derive(Default)]
pub(super) struct PendingLibraryChanges {
    list: Vec<PendingChange>,
}

impl PendingLibraryChanges {
    /// Adds a change that was submitted as `number`. `identity_of` finds the melody with a number of the library.
    pub fn add(
        &mut self,
        number: u64,
        change: &LibraryChange,
        identity_of: impl Fn(u64) -> Option<MelodyIdentity>,
    ) {
        change.for_each(&mut |change| {
            let (identity, effect) = match change {
                LibraryChange::Keep { melody, .. } => {
                    (melody.identity.clone(), PendingEffect::Keep(melody.clone()))
                }
                LibraryChange::Remove(identity) => ((**identity).clone(), PendingEffect::Remove),
                LibraryChange::Edit { identity, edit } => {
                    ((**identity).clone(), PendingEffect::Edit(edit.clone()))
                }
                LibraryChange::Mark { number, marked } => match identity_of(*number) {
                    Some(identity) => (identity, PendingEffect::Mark(*marked)),
                    None => return,
                },
                LibraryChange::Several(_) => return,
            };
            self.list.push(PendingChange {
                number,
                identity,
                effect,
            });
        });
    }

    /// Removes the changes up to `number`: the library has made or refused them.
    pub fn complete(&mut self, number: u64) {
        self.list.retain(|pending| pending.number > number);
    }

    /// Whether no change is pending.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether the changes keep or remove a melody; `None` if they do neither.
    pub fn keeps(&self, identity: &MelodyIdentity) -> Option<bool> {
        let mut last = self.effects(identity).rev();
        last.find_map(|effect| match effect {
            PendingEffect::Keep(_) => Some(true),
            PendingEffect::Remove => Some(false),
            PendingEffect::Edit(_) | PendingEffect::Mark(_) => None,
        })
    }

    /// Whether the changes mark or unmark a melody; `None` if they do neither.
    pub fn marks(&self, identity: &MelodyIdentity) -> Option<bool> {
        let mut last = self.effects(identity).rev();
        last.find_map(|effect| match effect {
            PendingEffect::Mark(marked) => Some(*marked),
            _ => None,
        })
    }

    /// What becomes of a melody, of which `stored` is in the library now. `None` if it is not kept then.
    pub fn apply_to(
        &self,
        identity: &MelodyIdentity,
        stored: Option<KeptMelody>,
    ) -> Option<KeptMelody> {
        let mut melody = stored;
        for effect in self.effects(identity) {
            match (effect, &mut melody) {
                (PendingEffect::Keep(kept), None) => melody = Some((**kept).clone()),
                (PendingEffect::Remove, _) => melody = None,
                (PendingEffect::Edit(edit), Some(melody)) => edit.apply_to(melody),
                (PendingEffect::Mark(marked), Some(melody)) => melody.marked = *marked,
                (PendingEffect::Keep(_), Some(_))
                | (PendingEffect::Edit(_) | PendingEffect::Mark(_), None) => {}
            }
        }
        melody
    }

    fn effects(
        &self,
        identity: &MelodyIdentity,
    ) -> impl DoubleEndedIterator<Item = &PendingEffect> {
        let of_melody = self
            .list
            .iter()
            .filter(move |pending| pending.identity == *identity);
        of_melody.map(|pending| &pending.effect)
    }
}

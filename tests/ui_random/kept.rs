//! The melodies that must be kept, derived from the undo steps: keeping and removing a melody each add one.

use std::collections::HashSet;

use tunescape::session::library::MelodyIdentity;
use tunescape::sweep::MelodyId;
use tunescape::ui::{AppState, Command, ReversibleAction};

use crate::window::fake_model::FakeModel;
use crate::window::{self, Setup};

/// An undo step of the kept melodies.
#[derive(Clone, PartialEq)]
enum Step {
    Kept(MelodyIdentity),
    Removed(MelodyIdentity),
    Marked,
    /// Several changes, in the order in which they are undone.
    Several(Vec<Step>),
}

/// The melodies that must be kept.
#[derive(Default)]
pub struct KeptLedger {
    expected: HashSet<MelodyIdentity>,
    steps: Vec<Step>,
    /// Number of steps that the window had dropped at the last call of `observe`, because there were too many.
    dropped: usize,
    kept: u64,
    removed: u64,
    undone: u64,
    /// Whether the newest step is a removal that the last call of `observe` found.
    has_new_removal: bool,
}

fn kept_steps(state: &AppState) -> Vec<Step> {
    let actions = state.undo.iter().filter_map(|step| step.action.as_ref());
    actions.filter_map(kept_step).collect()
}

fn kept_step(action: &ReversibleAction) -> Option<Step> {
    match action {
        ReversibleAction::RemoveKept(melody) => Some(Step::Kept(melody.identity.clone())),
        ReversibleAction::RestoreKept(melody, _) => Some(Step::Removed(melody.identity.clone())),
        ReversibleAction::SetMarked(..) | ReversibleAction::EditKept(..) => Some(Step::Marked),
        ReversibleAction::Several(_, actions) => Some(Step::Several(
            actions.iter().filter_map(kept_step).collect(),
        )),
        _ => None,
    }
}

/// The removed melody that undo would restore now.
pub fn melody_restored_by_undo(state: &AppState) -> Option<MelodyIdentity> {
    match state.undo.last()?.action.as_ref()? {
        ReversibleAction::RestoreKept(melody, _) => Some(melody.identity.clone()),
        _ => None,
    }
}

impl KeptLedger {
    /// Follows the steps that were added and undone since the last call.
    pub fn observe(&mut self, state: &AppState) {
        let current_steps = kept_steps(state);
        // The change of a dropped step can no longer be undone.
        let dropped = state.dropped_kept_steps - self.dropped;
        self.dropped = state.dropped_kept_steps;
        let previous_steps = self.steps.get(dropped..).unwrap_or_default();
        let same_count = previous_steps
            .iter()
            .zip(&current_steps)
            .take_while(|(a, b)| a == b)
            .count();
        self.undone += previous_steps[same_count..].len() as u64;
        let undone_steps = previous_steps[same_count..].to_vec();
        for undone_step in undone_steps.iter().rev() {
            self.undo_step(undone_step);
        }
        for new_step in &current_steps[same_count..] {
            self.apply_step(new_step);
        }
        self.has_new_removal = matches!(current_steps[same_count..].last(), Some(Step::Removed(_)));
        self.steps = current_steps;
    }

    fn undo_step(&mut self, step: &Step) {
        match step {
            Step::Kept(identity) => {
                self.expected.remove(identity);
            }
            Step::Removed(identity) => {
                self.expected.insert(identity.clone());
            }
            Step::Marked => {}
            Step::Several(steps) => steps.iter().for_each(|step| self.undo_step(step)),
        }
    }

    fn apply_step(&mut self, step: &Step) {
        match step {
            Step::Kept(identity) => {
                self.expected.insert(identity.clone());
                self.kept += 1;
            }
            Step::Removed(identity) => {
                self.expected.remove(identity);
                self.removed += 1;
            }
            Step::Marked => {}
            Step::Several(steps) => steps.iter().for_each(|step| self.apply_step(step)),
        }
    }

    /// The melody whose removal the last call of `observe` found, if undo would restore it now.
    pub fn newly_removed(&self, state: &AppState) -> Option<MelodyIdentity> {
        melody_restored_by_undo(state).filter(|_| self.has_new_removal)
    }

    /// Numbers of melodies that were kept and removed so far.
    pub fn counts(&self) -> (u64, u64) {
        (self.kept, self.removed)
    }

    /// Number of steps that were executed and undone so far.
    pub fn changes(&self) -> u64 {
        self.kept + self.removed + self.undone
    }

    /// Whether exactly the expected melodies are kept.
    pub fn is_as_expected(&self, state: &AppState) -> bool {
        state.kept_melodies.len() == self.expected.len()
            && state
                .kept_melodies
                .iter()
                .all(|kept| kept.saved && self.expected.contains(&kept.stored.identity))
    }

    /// A message with the melodies that are missing and those that should not be kept.
    pub fn difference(&self, state: &AppState) -> String {
        let kept: HashSet<&MelodyIdentity> = state
            .kept_melodies
            .iter()
            .map(|kept| &kept.stored.identity)
            .collect();
        let ids = |list: Vec<&MelodyIdentity>| -> Vec<String> {
            list.iter()
                .map(|identity| format!("{:?}", identity.id))
                .collect()
        };
        let lost = ids(self
            .expected
            .iter()
            .filter(|identity| !kept.contains(*identity))
            .collect());
        let unexpected = ids(kept
            .iter()
            .copied()
            .filter(|identity| !self.expected.contains(*identity))
            .collect());
        format!(
            "kept melodies were lost: {lost:?}, or are there without having been kept: {unexpected:?}"
        )
    }
}

/// The window drops its oldest steps. Their changes stay: the steps alone do not distinguish a dropped removal from an undone
/// one.
#[test]
fn random_input_expects_what_it_did_before_steps_were_dropped() {
    let mut window = Setup::new(FakeModel::busy(), 2).open().swept();
    let mut ledger = KeptLedger::default();
    let [kept, removed] = [3, 16].map(|region| MelodyId::Centre { region });
    for (id, count) in [(kept, 1), (removed, 2), (removed, 1)] {
        window.command(Command::Select(id));
        window.command(Command::ToggleKept);
        ledger.observe(window.state());
        window.run_until_kept(count);
    }
    for index in 0..110 {
        let region = index % window::REGIONS;
        let ids = vec![MelodyId::Centre { region }];
        window.harness.state_mut().command(Command::SelectMany(ids));
        ledger.observe(window.state());
        let state = window.state();
        assert!(ledger.is_as_expected(state), "{}", ledger.difference(state));
    }
    assert_eq!(window.state().dropped_kept_steps, 3);
    assert_eq!(ledger.counts(), (2, 1));
}

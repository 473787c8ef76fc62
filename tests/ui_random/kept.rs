//! What must be kept, followed from the steps that can be undone: every keeping and every removal is one.

use std::collections::HashSet;

use tunescape::session::library::MelodyIdentity;
use tunescape::sweep::MelodyId;
use tunescape::ui::{AppState, Command, UndoAction};

use crate::window::fake_model::FakeModel;
use crate::window::{self, Setup};

/// A step to undo that concerns the kept melodies.
#[derive(Clone, PartialEq)]
enum Step {
    Kept(MelodyIdentity),
    Removed(MelodyIdentity),
    Marked,
    /// Several at once, in the order that undoes them.
    Several(Vec<Step>),
}

/// The melodies that must be kept.
#[derive(Default)]
pub struct KeptLedger {
    expected: HashSet<MelodyIdentity>,
    steps: Vec<Step>,
    /// Steps that were dropped until the last call of `observe`, because there were too many.
    dropped: usize,
    kept: u64,
    removed: u64,
    undone: u64,
    /// The last step is a removal that was made since the last call of `observe`.
    fresh_removal: bool,
}

fn steps(state: &AppState) -> Vec<Step> {
    let actions = state.undo.iter().filter_map(|step| step.action.as_ref());
    actions.filter_map(step).collect()
}

fn step(action: &UndoAction) -> Option<Step> {
    match action {
        UndoAction::RemoveKept(melody) => Some(Step::Kept(melody.identity.clone())),
        UndoAction::RestoreKept(melody, _) => Some(Step::Removed(melody.identity.clone())),
        UndoAction::SetMarked(..) | UndoAction::EditKept(..) => Some(Step::Marked),
        UndoAction::Several(_, actions) => {
            Some(Step::Several(actions.iter().filter_map(step).collect()))
        }
        _ => None,
    }
}

/// The removed melody that undo would bring back now.
pub fn undone_by(state: &AppState) -> Option<MelodyIdentity> {
    match state.undo.last()?.action.as_ref()? {
        UndoAction::RestoreKept(melody, _) => Some(melody.identity.clone()),
        _ => None,
    }
}

impl KeptLedger {
    /// Follows the steps that were added and undone since the last call.
    pub fn observe(&mut self, state: &AppState) {
        let now = steps(state);
        // What was kept or removed by a dropped step stays so.
        let dropped = state.dropped_kept_steps - self.dropped;
        self.dropped = state.dropped_kept_steps;
        let before = self.steps.get(dropped..).unwrap_or_default();
        let same = before.iter().zip(&now).take_while(|(a, b)| a == b).count();
        self.undone += before[same..].len() as u64;
        let undone_steps = before[same..].to_vec();
        for undone in undone_steps.iter().rev() {
            self.undo(undone);
        }
        for made in &now[same..] {
            self.make(made);
        }
        self.fresh_removal = matches!(now[same..].last(), Some(Step::Removed(_)));
        self.steps = now;
    }

    fn undo(&mut self, step: &Step) {
        match step {
            Step::Kept(identity) => {
                self.expected.remove(identity);
            }
            Step::Removed(identity) => {
                self.expected.insert(identity.clone());
            }
            Step::Marked => {}
            Step::Several(steps) => steps.iter().for_each(|step| self.undo(step)),
        }
    }

    fn make(&mut self, step: &Step) {
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
            Step::Several(steps) => steps.iter().for_each(|step| self.make(step)),
        }
    }

    /// The melody whose removal the last call of `observe` found, if undo would bring it back now.
    pub fn removed(&self, state: &AppState) -> Option<MelodyIdentity> {
        undone_by(state).filter(|_| self.fresh_removal)
    }

    /// How many were kept and removed.
    pub fn counts(&self) -> (u64, u64) {
        (self.kept, self.removed)
    }

    /// How many steps were made and undone.
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

    /// What is kept and should not be, and the reverse.
    pub fn difference(&self, state: &AppState) -> String {
        let kept: HashSet<&MelodyIdentity> = state
            .kept_melodies
            .iter()
            .map(|kept| &kept.stored.identity)
            .collect();
        let ids = |list: Vec<&MelodyIdentity>| -> Vec<String> {
            list.iter().map(|one| format!("{:?}", one.id)).collect()
        };
        let lost = ids(self
            .expected
            .iter()
            .filter(|one| !kept.contains(*one))
            .collect());
        let more = ids(kept
            .iter()
            .copied()
            .filter(|one| !self.expected.contains(*one))
            .collect());
        format!(
            "kept melodies were lost: {lost:?}, or are there without having been kept: {more:?}"
        )
    }
}

/// The window drops its oldest steps. What was kept stays expected, and what was removed does not come back: with the steps
/// alone to go by, a dropped removal looks like one that was undone.
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

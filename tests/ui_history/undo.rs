//! Tests of undo and redo: words, and random commands that are all undone and all redone.

use std::collections::BTreeMap;

use eframe::egui::{Key, Modifiers};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tunescape::attributes::ATTRIBUTES;
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{
    Command, GenerateCommand, KeptOrder, PathCommand, ReversibleAction, SelectedCommand,
    SteerCommand, TimelineCommand, TimelineSource, TrayCommand, TrayView, UndoStep,
};

use crate::window::fake_model::FakeModel;
use crate::window::{REGIONS, Setup, Window};

fn swept() -> Window {
    Setup::new(FakeModel::busy(), 2).open().swept()
}

/// What undo and redo restore, exactly: the selection, every melody that was added with its notes, the kept ones, the path's
/// points, the timeline, the filter and the chosen layout.
#[derive(Debug, PartialEq)]
struct Snapshot {
    selection: (Option<MelodyId>, Vec<MelodyId>),
    added: BTreeMap<MelodyId, Vec<u8>>,
    kept: BTreeMap<String, String>,
    tray: TrayView,
    path: Option<String>,
    timeline: String,
    filter: Vec<Option<(u64, u64)>>,
    layout: LayoutKind,
}

fn snapshot(window: &Window) -> Snapshot {
    let state = window.state();
    // The melodies of a path are decoded anew from its points.
    let generated = state
        .melodies
        .generated_sets()
        .flat_map(|(_, set)| &set.entries);
    let added = state.melodies.steered().chain(generated);
    let is_of_path = |id: MelodyId| id.slug().starts_with("path");
    let path = state.path.drawn.as_ref();
    Snapshot {
        selection: (
            state.selection.focus.filter(|id| !is_of_path(*id)),
            state
                .selection
                .all
                .iter()
                .copied()
                .filter(|id| !is_of_path(*id))
                .collect(),
        ),
        added: added
            .filter(|entry| !is_of_path(entry.id))
            .map(|entry| (entry.id, entry.melody.tokens().as_slice().to_vec()))
            .collect(),
        kept: state
            .kept_melodies
            .iter()
            .map(|kept| {
                let marked = state.kept_melodies.marked().contains(&kept.number);
                let added = (marked, kept.name(), &kept.stored.annotations);
                (format!("{:?}", kept.stored.identity), format!("{added:?}"))
            })
            .collect(),
        tray: state.kept_melodies.view().clone(),
        path: path.map(|path| format!("{:?}", path.points)),
        timeline: format!(
            "{:?} {:?}",
            state.timeline.piece.blocks(),
            state.timeline.piece.loop_range()
        ),
        filter: (0..ATTRIBUTES.len())
            .map(|index| {
                let range = state.filter.get(index);
                range.map(|(low, high)| (low.to_bits(), high.to_bits()))
            })
            .collect(),
        layout: state.settings.layout_kind,
    }
}

/// Whether a step is one on the kept melodies, which the library makes on a thread of its own.
fn is_about_library(step: Option<&UndoStep>) -> bool {
    let action = step.and_then(|step| step.action.as_ref());
    action.is_some_and(ReversibleAction::is_about_kept)
}

/// Waits until nothing works any more: the model, the layouts, and the library if it was asked for a change.
fn settle(window: &mut Window, library_reads: Option<u64>) {
    window.run_until("all work is done", |app| {
        let state = app.state();
        state.generate.running.is_empty()
            && state.steer.running.is_none()
            && state.sweep.running.is_none()
            && !state.path.decoding
            && state.layout.layout_progress.is_none()
            && library_reads.is_none_or(|reads| state.kept_melodies.read_count() > reads)
    });
}

fn random_command(rng: &mut ChaCha8Rng, window: &Window) -> Command {
    let centre = |rng: &mut ChaCha8Rng| MelodyId::Centre {
        region: rng.random_range(0..REGIONS),
    };
    let kept: Vec<u64> = window
        .state()
        .kept_melodies
        .iter()
        .map(|kept| kept.number)
        .collect();
    let position =
        |rng: &mut ChaCha8Rng| [rng.random_range(-0.8..0.8), rng.random_range(-0.8..0.8)];
    match rng.random_range(0..20) {
        17.. => timeline(rng),
        0 | 1 => Command::Select(centre(rng)),
        2 => Command::ToggleSelected(centre(rng)),
        3 => Command::SelectMany((0..3).map(|_| centre(rng)).collect()),
        4 => Command::Deselect,
        5 | 6 => Command::ToggleKept,
        7 if !kept.is_empty() => Command::ToggleKeptMarked(kept[rng.random_range(0..kept.len())]),
        13 | 14 if !kept.is_empty() => {
            let number = kept[rng.random_range(0..kept.len())];
            Command::Tray(match rng.random_range(0..6) {
                0 => TrayCommand::Rename(number, format!("Idea {}", rng.random_range(0..9))),
                1 => TrayCommand::SetStars(number, rng.random_range(0..6)),
                2 => TrayCommand::SetTags(number, vec!["slow".to_owned()]),
                3 => TrayCommand::Move(number, kept.first().copied()),
                4 => TrayCommand::SetView(TrayView {
                    order: KeptOrder::Name,
                    ..TrayView::default()
                }),
                _ => TrayCommand::RemoveMarked,
            })
        }
        15 => Command::Selected(SelectedCommand::Keep),
        8 => Command::Generate(GenerateCommand::Explore(centre(rng))),
        9 => Command::Generate(GenerateCommand::Blend(centre(rng), centre(rng))),
        10 => Command::Path(PathCommand::Draw {
            points: (0..3).map(|_| position(rng)).collect(),
            closed: false,
        }),
        11 => {
            let low = rng.random_range(0.0..4.0);
            Command::SetFilter(rng.random_range(0..4), Some((low, low + 3.0)))
        }
        12 => Command::SetLayout(
            [LayoutKind::MelodyDistance, LayoutKind::Latent][rng.random_range(0..2)],
        ),
        _ => Command::Steer(SteerCommand::Want {
            attribute: 0,
            value: f64::from(rng.random_range(3..9)),
        }),
    }
}

/// A change of the timeline, also of a block that is not there.
fn timeline(rng: &mut ChaCha8Rng) -> Command {
    let block = rng.random_range(0..3);
    Command::Timeline(match rng.random_range(0..9) {
        0..4 => TimelineCommand::Add(TimelineSource::Melody(MelodyId::Centre {
            region: rng.random_range(0..REGIONS),
        })),
        4 => TimelineCommand::Remove(block),
        5 => TimelineCommand::Move(block, rng.random_range(0..3)),
        6 => TimelineCommand::SetRepeats(block, rng.random_range(1..5)),
        7 => TimelineCommand::Transpose(block, rng.random_range(-5..5)),
        _ => TimelineCommand::SetLoop(Some((block, 0))),
    })
}

/// Does a command and waits for what follows. `is_kept` tells whether it is one on the kept melodies.
fn execute(window: &mut Window, command: Command, is_kept: impl Fn(&Window) -> bool) {
    let reads = window.state().kept_melodies.read_count();
    window.harness.state_mut().command(command);
    let reads = is_kept(window).then_some(reads);
    settle(window, reads);
}

/// Random commands with searches among them. Their number stays below that of the steps that can be undone.
fn undo_all_and_redo_all(seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut window = swept();
    let first = snapshot(&window);
    for step in 0..30 {
        let command = random_command(&mut rng, &window);
        let steps = window.state().undo.len();
        execute(&mut window, command, |window| {
            let undo = &window.state().undo;
            undo.len() > steps && is_about_library(undo.last())
        });
        if step % 10 == 9 {
            let search = Command::Steer(SteerCommand::Start);
            execute(&mut window, search, |_| false);
        }
    }
    let last = snapshot(&window);
    let steps = window.state().undo.len();
    assert!((10..100).contains(&steps), "{steps} steps");
    for _ in 0..steps {
        let is_kept = is_about_library(window.state().undo.last());
        execute(&mut window, Command::Undo, |_| is_kept);
    }
    assert!(window.state().undo.is_empty());
    assert_eq!(snapshot(&window), first, "seed {seed}: all undone");
    for _ in 0..steps {
        let is_kept = is_about_library(window.state().redo.last());
        execute(&mut window, Command::Redo, |_| is_kept);
    }
    assert!(window.state().redo.is_empty());
    assert_eq!(snapshot(&window), last, "seed {seed}: all redone");
}

#[test]
fn random_commands_all_undone_give_the_first_state_and_all_redone_the_last() {
    for seed in 0..3 {
        undo_all_and_redo_all(seed);
    }
}

#[test]
fn undo_and_redo_say_what_they_do_and_have_keys() {
    let mut window = swept();
    assert_eq!(window.state().undo_text(), "Undo");
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    assert_eq!(window.state().undo_text(), "Undo: keep Region 3, centre");
    window.press_ctrl(Key::Z);
    window.run_until_kept(0);
    assert_eq!(window.state().redo_text(), "Redo: keep Region 3, centre");
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.run_until_kept(1);
    window.press_ctrl(Key::Z);
    window.run_until_kept(0);
    window.press_ctrl(Key::Y);
    window.run_until_kept(1);
    // A removal is told as one, and one of another kind after it too.
    let number = window.state().kept_melodies.iter().next().unwrap().number;
    window.command(Command::RemoveKept(number));
    window.run_until_kept(0);
    assert_eq!(window.state().undo_text(), "Undo: remove Region 3, centre");
    window.command(Command::SetFilter(0, Some((2.0, 5.0))));
    assert_eq!(window.state().undo_text(), "Undo: filter");
    // What is done anew ends what could be redone.
    window.press_ctrl(Key::Z);
    assert_eq!(window.state().redo_text(), "Redo: filter");
    window.select(5);
    assert_eq!(window.state().redo_text(), "Redo");
}

#[test]
fn a_drag_of_the_filter_is_one_step() {
    let mut window = swept();
    for high in 0..20 {
        window.command(Command::SetFilter(0, Some((1.0, 4.0 + f64::from(high)))));
    }
    assert_eq!(window.state().undo.len(), 1);
    window.command(Command::Undo);
    assert_eq!(window.state().filter.get(0), None);
    window.command(Command::Redo);
    assert_eq!(window.state().filter.get(0), Some((1.0, 23.0)));
}

//! Tests of arranging: adding, repeating, transposing, moving, undo, export.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use tunescape::model::{MelodyModel as _, Sampling};
use tunescape::session::share::{SharedContent, SharedMelody, share_texts_in};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, HistoryCommand, TimelineCommand, TimelineSource};

use crate::piece_file;
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

pub fn swept() -> Window {
    Setup::new(FakeModel::busy(), 2).open().swept()
}

/// Adds the centres of regions.
pub fn add(window: &mut Window, regions: &[u32]) {
    window.command(Command::Timeline(TimelineCommand::Show(true)));
    for region in regions {
        let id = MelodyId::Centre { region: *region };
        let add = TimelineCommand::Add(TimelineSource::Melody(id));
        window.command(Command::Timeline(add));
    }
    window.harness.run_steps(3);
}

/// Labels, repeats and transpositions of the blocks.
pub fn blocks(window: &Window) -> Vec<(String, u32, i8)> {
    let piece = &window.state().timeline.piece;
    let labels = piece.labels().into_iter().zip(piece.blocks());
    let blocks = labels.map(|(label, block)| (label, block.repeats(), block.transposition()));
    blocks.collect()
}

fn block(label: &str, repeats: u32, transposition: i8) -> (String, u32, i8) {
    (label.to_owned(), repeats, transposition)
}

/// Opens the menu of a block and clicks an entry so often.
fn click_in_menu(window: &mut Window, block: &str, entry: &str, times: usize) {
    window.harness.get_by_label(block).click_secondary();
    window.harness.run_steps(3);
    for _ in 0..times {
        window.click(entry);
    }
    window.press(Key::Escape);
}

#[test]
fn a_piece_of_32_bars_is_made_by_clicks_and_read_back_from_its_file() {
    let mut window = swept();
    window.click("Show the timeline");
    assert!(window.has_containing("Melodies in a row become a piece"));
    for region in [3, 7, 3] {
        window.click_at(window.region_position(region));
        window.click("Add to timeline");
    }
    let added = [block("A", 1, 0), block("B", 1, 0), block("A", 1, 0)];
    assert_eq!(blocks(&window), added);
    // Two bars each: eight, eight and sixteen.
    click_in_menu(&mut window, "Block 1: A", "Repeat more", 3);
    click_in_menu(&mut window, "Block 2: B", "Repeat more", 3);
    click_in_menu(&mut window, "Block 3: A", "Repeat more", 7);
    click_in_menu(&mut window, "Block 3: A", "Semitone up", 3);
    let made = [block("A", 4, 0), block("B", 4, 0), block("A'", 8, 3)];
    assert_eq!(blocks(&window), made);
    assert!(window.has("32 bars"));

    window.click("Export timeline…");
    window.click("As one file with markers…");
    window.run_until_notice("Written to");
    let folder = window.folder.path().join("exported");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert_eq!(files.len(), 1);
    let path = files[0].as_ref().unwrap().path();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(name, "tunescape_timeline_32_bars_120bpm.mid");
    let file = piece_file::read(&path);
    assert_eq!((file.ticks_per_quarter, file.tempos), (480, vec![500_000]));
    let bar = 4 * 480;
    assert_eq!(file.end, 32 * bar);
    let markers = [(0, "A"), (8 * bar, "B"), (16 * bar, "A'")];
    let markers = markers.map(|(tick, label)| (tick, label.to_owned()));
    assert_eq!(file.markers, markers);

    let melody = |region| {
        let id = MelodyId::Centre { region };
        window.state().melodies.get(id).unwrap().melody.clone()
    };
    let mut expected = Vec::new();
    for two_bars in 0..16_u32 {
        let (region, up) = match two_bars {
            0..4 => (3, 0),
            4..8 => (7, 0),
            _ => (3, 3),
        };
        for note in melody(region).notes() {
            let tick = |step| 120 * step + two_bars * 2 * bar;
            expected.push((tick(note.start), tick(note.end), note.pitch + up));
        }
    }
    assert_eq!(file.notes, expected);
    // The program itself names each melody of the file.
    let explained = std::process::Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .args(["explain", "--json"])
        .arg(&path)
        .output()
        .unwrap();
    let explained: serde_json::Value = serde_json::from_slice(&explained.stdout).unwrap();
    assert_eq!(explained["melodies"].as_array().unwrap().len(), 3);
    // Each block's text gives its melody again.
    let origins = file
        .texts
        .iter()
        .filter(|(_, text)| text.starts_with("block "));
    let shared: Vec<(u32, SharedMelody)> = origins
        .flat_map(|(tick, text)| {
            share_texts_in(text).map(move |share| (*tick, share.parse().unwrap()))
        })
        .collect();
    let starts: Vec<u32> = shared.iter().map(|(tick, _)| *tick).collect();
    assert_eq!(starts, [0, 8 * bar, 16 * bar]);
    for ((_, shared), region) in shared.iter().zip([3, 7, 3]) {
        let tokens = melody(region).tokens().clone();
        assert_eq!(shared.content, SharedContent::Included(tokens));
    }
}

#[test]
fn the_keys_of_a_block_change_it_and_undo_says_what_it_takes_back() {
    let mut window = swept();
    add(&mut window, &[3, 7]);
    window.click("Block 1: A");
    window.press(Key::Plus);
    window.press(Key::ArrowUp);
    assert_eq!(blocks(&window), [block("A", 2, 1), block("B", 1, 0)]);
    window.press(Key::ArrowRight);
    // It keeps the focus, and each its letter.
    assert_eq!(blocks(&window), [block("B", 1, 0), block("A", 2, 1)]);
    window.press(Key::Minus);
    window
        .harness
        .key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    window.harness.run_steps(3);
    assert_eq!(blocks(&window), [block("B", 1, 0), block("A", 1, -11)]);
    window.press(Key::Delete);
    assert_eq!(blocks(&window), [block("B", 1, 0)]);
    // What is selected then has the focus.
    window.press(Key::Plus);
    assert_eq!(blocks(&window), [block("B", 2, 0)]);
    window.press(Key::Minus);
    // The map's selection is not changed by the arrows.
    assert_eq!(window.focus(), None);

    let undone = [
        ("Undo: play B ×1", 1),
        ("Undo: play B ×2", 1),
        ("Undo: remove A from the timeline", 2),
        ("Undo: transpose A to -11", 2),
        ("Undo: play A ×1", 2),
        ("Undo: move A in the timeline", 2),
        ("Undo: transpose A to +1", 2),
        ("Undo: play A ×2", 2),
        ("Undo: add Region 7, centre to the timeline", 1),
        ("Undo: add Region 3, centre to the timeline", 0),
    ];
    for (text, left) in undone {
        assert_eq!(window.state().undo_text(), text);
        window.press_ctrl(Key::Z);
        assert_eq!(window.state().timeline.piece.len(), left);
    }
    let redo = "Redo: add Region 3, centre to the timeline";
    assert_eq!(window.state().redo_text(), redo);
    for _ in undone {
        window.press_ctrl(Key::Y);
    }
    assert_eq!(blocks(&window), [block("B", 1, 0)]);
}

#[test]
fn a_block_is_dragged_to_another_place() {
    let mut window = swept();
    add(&mut window, &[3, 7, 5]);
    let place = |window: &Window, label: &str| window.harness.get_by_label(label).rect().center();
    let (from, to) = (place(&window, "Block 1: A"), place(&window, "Block 3: C"));
    window.harness.hover_at(from);
    window.harness.run_steps(1);
    window.harness.drag_at(from);
    window.harness.run_steps(1);
    for part in [0.3, 0.7, 1.0, 1.05] {
        window.harness.hover_at(from + (to - from) * part);
        window.harness.run_steps(1);
    }
    window.harness.drop_at(from + (to - from) * 1.05);
    window.harness.run_steps(3);
    let order: Vec<MelodyId> = window
        .state()
        .timeline
        .piece
        .blocks()
        .iter()
        .map(|block| block.source().identity.id)
        .collect();
    assert_eq!(order, [7, 5, 3].map(|region| MelodyId::Centre { region }));
}

#[test]
fn melodies_are_added_from_every_place_that_lists_them() {
    let mut window = swept();
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    window.press(Key::I);
    assert_eq!(window.state().timeline.piece.len(), 1);
    // What is seen below the map stays.
    assert!(window.has_notice("was added to the timeline, which has 2 bars now"));
    let number = window.state().kept_melodies.iter().next().unwrap().number;
    let kept = format!("Kept {number}: Region 3, centre");
    window.harness.get_by_label(&kept).click_secondary();
    window.harness.run_steps(3);
    window
        .harness
        .query_all_by_label("Add to timeline")
        // Beside the menu over the tray, the inspector has a button of this name.
        .find(|node| node.rect().top() > 600.0)
        .unwrap()
        .click();
    window.harness.run_steps(3);
    assert!(window.has_notice("was added to the timeline, which has 4 bars now"));
    window.command(Command::History(HistoryCommand::Show(true)));
    assert!(window.has("Heard 1: Region 3, centre"));
    window.press_ctrl(Key::T);
    assert!(window.has("Block 2: A"));
    window.press_ctrl(Key::T);
    assert!(window.has(&kept));
}

#[test]
fn the_model_writes_a_bridge_between_two_blocks() {
    let mut window = swept();
    add(&mut window, &[3, 7]);
    window.command(Command::Timeline(TimelineCommand::Transpose(0, 2)));
    click_in_menu(&mut window, "Block 1: A", "Bridge to the next", 1);
    window.run_until("the bridge is there", |app| {
        app.state().timeline.piece.len() == 3
    });
    assert_eq!(
        blocks(&window),
        [block("A", 1, 2), block("C", 1, 2), block("B", 1, 0)]
    );
    let piece = window.state().timeline.piece.clone();
    let bridge = piece.blocks()[1].source();
    let latent = bridge.latent.clone().unwrap();
    let decoded = FakeModel::busy()
        .decode(&[latent], &Sampling::Greedy)
        .unwrap();
    assert_eq!(decoded[0], bridge.identity.tokens);
    assert_eq!(bridge.name, "Bridge after Region 3, centre");
    // The map has no new melodies.
    assert_eq!(window.state().melodies.added_count(), 0);
    assert_eq!(window.state().undo_text(), "Undo: bridge after A");
    window.press_ctrl(Key::Z);
    assert_eq!(blocks(&window), [block("A", 1, 2), block("B", 1, 0)]);
    // After the last block there is nothing to lead to.
    window.command(Command::Timeline(TimelineCommand::Bridge(1)));
    assert!(window.has_notice("A bridge needs two blocks"));
}

#[test]
fn the_model_writes_variations_of_a_block() {
    let mut window = swept();
    add(&mut window, &[3, 7]);
    window.command(Command::Timeline(TimelineCommand::Transpose(0, 2)));
    click_in_menu(&mut window, "Block 1: A", "Variation V", 1);
    let has = |blocks| move |app: &tunescape::ui::App| app.state().timeline.piece.len() == blocks;
    window.run_until("the variation is there", has(3));
    assert_eq!(
        blocks(&window),
        [block("A", 1, 2), block("A'", 1, 2), block("B", 1, 0)]
    );
    window.click("Block 2: A'");
    window.press(Key::V);
    window.run_until("a second one is there", has(4));
    assert_eq!(blocks(&window)[2], block("A''", 1, 2));
    let piece = window.state().timeline.piece.clone();
    for pair in piece.blocks()[..3].windows(2) {
        let (before, varied) = (pair[0].source(), pair[1].source());
        assert_ne!(before.identity.tokens, varied.identity.tokens);
        let latent = varied.latent.clone().unwrap();
        // Nearer than two melodies of the prior, which are the square root of twice the dimensions apart.
        assert!(latent.distance(&before.latent.clone().unwrap()) < (2.0 * 24.0_f64).sqrt());
        let decoded = FakeModel::busy().decode(&[latent], &Sampling::Greedy);
        assert_eq!(decoded.unwrap()[0], varied.identity.tokens);
    }
    assert_eq!(window.state().undo_text(), "Undo: variation of A'");
    window.press_ctrl(Key::Z);
    window.press_ctrl(Key::Z);
    assert_eq!(blocks(&window), [block("A", 1, 2), block("B", 1, 0)]);
}

#[test]
fn what_cannot_be_done_with_a_block_is_told() {
    let mut window = swept();
    add(&mut window, &[3]);
    window.command(Command::Timeline(TimelineCommand::Transpose(0, 87)));
    assert!(window.has_notice("would leave the piano"));
    assert_eq!(blocks(&window), [block("A", 1, 0)]);
    assert_eq!(window.state().undo.len(), 1);
}

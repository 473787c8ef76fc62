//! Tests of notices: their texts and their positions.

use eframe::egui::vec2;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ExportGrouping, ExportSelection, ModelState, Panel};

use crate::open;
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

fn export(window: &mut Window, region: u32, count: usize) {
    window.command(Command::Select(MelodyId::Centre { region }));
    window.command(Command::Export(
        ExportSelection::Shown,
        ExportGrouping::Folder,
    ));
    window.run_until("the export is told of", |app| {
        app.state().notices.iter().count() == count
    });
}

fn top_of(window: &Window, words: &str) -> f32 {
    let node = window.harness.get_by_label_contains(words);
    node.rect().top()
}

#[test]
fn each_export_has_a_notice_that_stays_in_place_when_an_older_one_is_removed() {
    let mut window = open();
    export(&mut window, 1, 1);
    export(&mut window, 2, 2);
    let (first, second) = (
        top_of(&window, "r001_centre"),
        top_of(&window, "r002_centre"),
    );
    assert!(first < second, "the newest is below");
    let oldest = window.state().notices.iter().next().unwrap().id;
    window.command(Command::Dismiss(oldest));
    assert_eq!(top_of(&window, "r002_centre"), second);
    export(&mut window, 3, 2);
    assert_eq!(top_of(&window, "r002_centre"), second);
    assert!(top_of(&window, "r003_centre") > second);
    // The same file twice is two exports, and two questions.
    for (count, region) in [(3, 3), (4, 3)] {
        export(&mut window, region, count);
    }
    assert_eq!(window.count("already there"), 2);
}

#[test]
fn the_notice_of_a_refused_export_names_the_files_that_would_be_overwritten() {
    let mut window = open();
    let five: Vec<MelodyId> = (1..6).map(|region| MelodyId::Centre { region }).collect();
    window.command(Command::SelectMany(five));
    let export = Command::Export(ExportSelection::Selected, ExportGrouping::Folder);
    window.command(export.clone());
    window.run_until("the files are told of", |app| {
        app.state().notices.iter().count() == 1
    });
    let files = window.exported();
    std::fs::remove_file(&files[4]).unwrap();
    let names: Vec<&str> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect();
    window.command(export);
    window.run_until("the refusal is told of", |app| {
        app.state().notices.iter().count() == 2
    });
    let message = format!(
        "4 files are already there in {} ({}, {}, {} and 1 more)",
        files[0].parent().unwrap().display(),
        names[0],
        names[1],
        names[2]
    );
    assert_eq!(window.count(&message), 1, "{message}");
    // The tooltip names all of them.
    let replace = window.harness.get_by_label("Replace").rect().center();
    window.harness.hover_at(replace);
    for _ in 0..100 {
        window.harness.run_steps(1);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(window.count("Writes over 4 files"), 1);
    assert!(window.count(names[3]) > 0);
}

#[test]
fn a_long_notice_is_small_and_shows_its_whole_text_on_hover() {
    let mut window = open();
    window.harness.set_size(vec2(640.0, 440.0));
    window.harness.run_steps(4);
    let path = format!("/{}last.safetensors", "a/rather/long/path/".repeat(6));
    window.command(Command::OpenModel(Some(path.clone().into())));
    window.run_until_notice(&path);
    window.harness.run_steps(4);
    let notice = window.harness.get_by_label_contains(&path).rect();
    assert!(notice.height() < 440.0 / 6.0, "{notice:?}");
    window.harness.hover_at(notice.center());
    for _ in 0..100 {
        window.harness.run_steps(1);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(window.count(&path), 2);
}

#[test]
fn a_lost_output_is_reported_once() {
    let mut window = open();
    let lose_output = |window: &mut Window| {
        let text = "The sound device stopped working".to_owned();
        let mut recording = window.recorder.lock().unwrap();
        recording.lost = Some(text.clone());
        recording.notices.push(text);
    };
    lose_output(&mut window);
    window.harness.run_steps(4);
    assert_eq!(window.count("The sound device stopped working"), 1);
    assert_eq!(window.state().notices.iter().count(), 0);
    // It is back, which is worth a note and no error.
    {
        let mut recording = window.recorder.lock().unwrap();
        recording.lost = None;
        recording
            .notices
            .push("The sound device is back.".to_owned());
    }
    window.harness.run_steps(4);
    assert_eq!(window.count("The sound device stopped working"), 0);
    assert_eq!(window.count("The sound device is back."), 1);

    // Where the transport is hidden, nothing else would say it.
    window.command(Command::TogglePanel(Panel::Bottom));
    lose_output(&mut window);
    window.harness.run_steps(4);
    assert_eq!(window.count("The sound device stopped working"), 1);
}

#[test]
fn settings_that_cannot_be_saved_are_reported_once_and_the_window_still_works() {
    let mut window = open();
    let folder = tempfile::tempdir().unwrap();
    let blocker = folder.path().join("a file");
    std::fs::write(&blocker, "").unwrap();
    let app = window.harness.state_mut();
    app.set_settings_file(blocker.join("app.ron"));
    window.harness.run_steps(4);
    assert_eq!(window.count("Settings cannot be saved"), 1);
    assert_eq!(window.count(blocker.to_str().unwrap()), 1);
    window.command(Command::Select(MelodyId::Centre { region: 1 }));
    assert_eq!(
        window.state().selection.focus,
        Some(MelodyId::Centre { region: 1 })
    );
}

#[test]
fn without_a_model_the_search_for_melodies_waits_for_one() {
    let mut setup = Setup::new(FakeModel::busy(), 8);
    setup.first_model = Some(setup.folder.path().join("gone.safetensors"));
    let mut window = setup.open();
    window.run_until("the missing model is reported", |app| {
        matches!(app.state().model, ModelState::Failed(_))
    });
    let button = window.harness.get_by_label("32 new melodies");
    assert!(button.accesskit_node().is_disabled());
}

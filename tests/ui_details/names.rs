//! Tests of the names of generated melodies, and of counts.

use std::collections::HashSet;

use eframe::egui::Key;
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ExportGrouping, ExportSelection, GenerateCommand, SteerCommand};

use crate::open;

const CENTRE: MelodyId = MelodyId::Centre { region: 4 };
const OTHER: MelodyId = MelodyId::Centre { region: 11 };

#[test]
fn steered_and_explored_melodies_are_named_by_what_was_asked_for() {
    let mut window = open();
    window.command(Command::Steer(SteerCommand::Want {
        attribute: 0,
        value: 6.5,
    }));
    window.command(Command::Steer(SteerCommand::Start));
    window.run_until("the steer is done", |app| {
        app.state().melodies.steered().next().is_some()
    });
    assert!(window.shows("Density 6.5 · 1"));
    let ids: Vec<MelodyId> = window
        .state()
        .melodies
        .steered()
        .map(|entry| entry.id)
        .collect();
    let names: HashSet<String> = ids.iter().map(|id| window.state().title(*id)).collect();
    assert_eq!(names.len(), ids.len(), "no two have the same name");
    window.press(Key::F);
    window.run_until_kept(1);
    assert!(window.count("Kept 1: Density 6.5 · 1") > 0);

    window.command(Command::Generate(GenerateCommand::Explore(CENTRE)));
    window.run_until("the exploration is there", |app| {
        app.state().melodies.generated_sets().next().is_some()
    });
    assert!(window.shows("Explored 1"));
}

#[test]
fn a_blend_and_a_path_count_their_melodies_and_so_do_their_files() {
    let mut window = open();
    window.command(Command::Generate(GenerateCommand::Blend(CENTRE, OTHER)));
    window.run_until("the blend is there", |app| {
        app.state().melodies.generated_sets().next().is_some()
    });
    assert!(window.shows("Blend 1 of 7"));
    // The name says it, so nothing beside it does again.
    assert!(!window.shows("1 of 7"));
    window.command(Command::Export(
        ExportSelection::Selected,
        ExportGrouping::Folder,
    ));
    window.run_until("the files are told of", |app| {
        app.state().notices.iter().count() == 1
    });
    let files = window.exported();
    assert_eq!(files.len(), 7);
    for (file, number) in files.iter().zip(1..) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let expected_start = format!("tunescape_blend_0{number}_of_07_");
        assert!(name.starts_with(&expected_start), "{name}");
        assert!(name.ends_with("npb_120bpm.mid"), "{name}");
    }

    window.press(Key::D);
    for id in [CENTRE, OTHER] {
        let at = window.point_of(id);
        window.click_at(at);
    }
    window.run_until("the path plays", |app| app.state().playing_path().is_some());
    assert!(window.shows("On path 1 of 16"));
}

#[test]
fn the_number_of_melodies_is_shown_once() {
    let mut window = open();
    assert_eq!(window.count("180 melodies"), 1);
    let mut form = window.state().sweep.form.clone();
    form.samples = 1;
    window.command(Command::SetSweep(form.clone()));
    assert_eq!(
        (window.count("180 melodies"), window.count("40 melodies")),
        (1, 1)
    );
    form.regions = 1;
    window.command(Command::SetSweep(form));
    assert_eq!(window.count("2 melodies"), 1);
}

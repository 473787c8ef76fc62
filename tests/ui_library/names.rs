//! The name that the user gives a kept melody: it is that melody's name in the whole window and in its files.

use std::fs;

use eframe::egui::Key;
use tunescape::sweep::MelodyId;
use tunescape::ui::{
    Command, ExportGrouping, ExportSelection, HistoryCommand, SimilarCommand, TimelineCommand,
    TimelineSource, TrayCommand,
};

use crate::library;
use crate::window::Window;

const CENTRE: MelodyId = MelodyId::Centre { region: 5 };

impl Window {
    /// Number of widgets with exactly this label.
    fn count(&self, label: &str) -> usize {
        use egui_kittest::kittest::Queryable as _;
        self.harness.query_all_by_label(label).count()
    }
}

/// A window in which region 3 is kept, and region 5 under a name that was given with F2 after it was heard and became a block.
fn renamed(path: &std::path::Path) -> Window {
    let mut window = Window::with_kept(path, &[3, 5]);
    let add = TimelineCommand::Add(TimelineSource::Shown);
    window.command(Command::Timeline(add));
    window.command(Command::Similar(SimilarCommand::Find(CENTRE)));
    window.press(Key::F2);
    window.type_text("bridge idea");
    window.answered(|window| window.press(Key::Enter));
    window
}

#[test]
fn the_name_of_a_kept_melody_is_its_name_in_the_whole_window() {
    let (_folder, path) = library();
    let mut window = renamed(&path);
    assert_eq!(window.state().title(CENTRE), "bridge idea");
    // The map's list, the inspector, what plays.
    assert!(window.count("bridge idea") >= 3);
    assert!(window.has("Like bridge idea"), "the list of similar ones");
    assert!(!window.has("Region 5, centre"));
    window.click("Show what was heard");
    assert!(window.has("Heard 2: bridge idea"));
    for (search, found) in [("Bridge", true), ("region 5", false)] {
        let search = HistoryCommand::Search(search.to_owned());
        window.command(Command::History(search));
        assert_eq!(window.has("Heard 2: bridge idea"), found);
    }
    // A copy of it on the timeline, and one that is added now.
    let added = TimelineCommand::Add(TimelineSource::Heard(2));
    window.command(Command::Timeline(added));
    let piece = &window.state().timeline.piece;
    let name = |at: usize| {
        let kept_melodies = &window.state().kept_melodies;
        kept_melodies.name_of(piece.blocks()[at].source())
    };
    assert_eq!([name(0), name(1)], ["bridge idea", "bridge idea"]);
    window.undo();
    window.answered(Window::undo);
    assert_eq!(window.state().title(CENTRE), "Region 5, centre");
    assert!(!window.has_containing("bridge idea"));
}

#[test]
fn the_name_is_on_the_files_of_the_map_and_of_the_timeline() {
    let (_folder, path) = library();
    let mut window = renamed(&path);
    let folder = window.folder.path().join("exported");
    let export = |window: &mut Window, what, grouping| {
        let notices = window.state().notices.iter().count();
        window.command(Command::Export(what, grouping));
        window.run_until("it is written", |app| {
            app.state().notices.iter().count() > notices
        });
        let files = fs::read_dir(&folder).unwrap();
        let mut paths: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let texts: Vec<String> = paths
            .iter()
            .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
            .collect();
        let name = |path: &std::path::PathBuf| path.file_name()?.to_str().map(str::to_owned);
        let names: Vec<String> = paths.iter().map(|path| name(path).unwrap()).collect();
        (names, texts)
    };
    let (names, texts) = export(&mut window, ExportSelection::Shown, ExportGrouping::Folder);
    assert!(names[0].starts_with("tunescape_bridge_idea_"), "{names:?}");
    assert!(texts[0].contains("bridge idea") && texts[0].contains("region 5, centre"));
    // A name that is only its place names the file by the place.
    window.tray(TrayCommand::Rename(2, "Region 5, centre".to_owned()));
    let (names, _) = export(&mut window, ExportSelection::Shown, ExportGrouping::Folder);
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("tunescape_r005_centre_")),
        "{names:?}"
    );
    window.answered(Window::undo);
    let (names, texts) = export(
        &mut window,
        ExportSelection::Timeline,
        ExportGrouping::Blocks,
    );
    let named = |text: &String| text.contains("bars 1 to 2, bridge idea once");
    assert!(texts.iter().any(named), "{names:?}");
}

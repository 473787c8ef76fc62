//! Chords under the melodies: typed, heard, measured, exported.

use eframe::egui::Role;
use egui_kittest::kittest::Queryable as _;
use tunescape::melody::{Feel, chord_fit, parse_midi, perform};
use tunescape::ui::{ChordSettings, Command, ExportGrouping, ExportSelection, Settings};

use crate::window::Window;
use crate::{open, open_exporting};

fn played_progression(window: &Window) -> Option<String> {
    let recording = window.recorder.lock().unwrap();
    let backing = recording.chords.as_ref()?;
    Some(backing.progression.to_string())
}

fn type_progression(window: &mut Window, text: &str) {
    let field = || Role::TextInput;
    window
        .harness
        .get_by_role_and_label(field(), "Progression")
        .focus();
    window.harness.run_steps(2);
    window.press_ctrl(eframe::egui::Key::A);
    window
        .harness
        .get_by_role_and_label(field(), "Progression")
        .type_text(text);
    window.harness.run_steps(3);
}

#[test]
fn chords_are_off_then_typed_and_errors_name_the_place() {
    let mut window = open();
    assert_eq!(played_progression(&window), None);
    window.click("Feel");
    window.click("Chords");
    assert_eq!(played_progression(&window).as_deref(), Some("Am F C G"));
    type_progression(&mut window, "Dm7 G7 | Cmaj7");
    assert_eq!(
        played_progression(&window).as_deref(),
        Some("Dm7 G7 | Cmaj7")
    );
    type_progression(&mut window, "Dm7 Hx");
    assert!(window.has_containing("\"Hx\" (character 5) is no chord"));
    // The last valid progression is still played.
    assert_eq!(
        played_progression(&window).as_deref(),
        Some("Dm7 G7 | Cmaj7")
    );
    let settings = &window.state().settings;
    let stored = serde_json::to_string(settings).unwrap();
    let read: Settings = serde_json::from_str(&stored).unwrap();
    assert_eq!(read.chords, settings.chords);
    assert!(read.chords.on);
}

#[test]
fn the_inspector_shows_how_well_a_melody_fits() {
    let mut window = open();
    window.select(5);
    assert!(!window.has("Chords"));
    let chords = ChordSettings {
        on: true,
        text: "C | F".to_owned(),
        ..ChordSettings::default()
    };
    window.command(Command::SetChords(chords));
    let melody = window.state().inspector_melody().unwrap().melody.clone();
    let fit = chord_fit(&perform(&melody, &Feel::PLAIN), &"C | F".parse().unwrap());
    let text = format!("{:.0} % on their notes", 100.0 * fit.unwrap());
    assert!(window.has(&text), "{text}");
    // The chords are transposed with the melody, so it fits as well as before.
    let feel = Feel {
        transpose: 5,
        ..Feel::PLAIN
    };
    window.command(Command::SetFeel(feel));
    assert!(window.has(&text), "{text}");
}

#[test]
fn an_exported_melody_has_the_chords_beside_it_unless_raw_notes_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_exporting(folder.path().to_owned());
    window.click_centre_of(5);
    let chords = ChordSettings {
        on: true,
        ..ChordSettings::default()
    };
    window.command(Command::SetChords(chords));
    for (raw, tracks, bars) in [(false, 3, 4), (true, 1, 2)] {
        window.command(Command::SetExportRaw(raw));
        window.command(Command::Export(
            ExportSelection::Shown,
            ExportGrouping::Folder,
        ));
        let file = || std::fs::read_dir(folder.path()).unwrap().next();
        window.run_until("a file is told of", |app| {
            file().is_some() && app.state().notices.iter().next().is_some()
        });
        let path = file().unwrap().unwrap().path();
        let song = parse_midi(&std::fs::read(&path).unwrap(), &path).unwrap();
        assert_eq!(song.tracks.len(), tracks);
        assert_eq!(song.length_ticks, bars * 1920);
        std::fs::remove_file(&path).unwrap();
        let id = window.state().notices.iter().next().unwrap().id;
        window.command(Command::Dismiss(id));
    }
}

//! Tests of how melodies are played, and that exports contain what is heard.

use std::path::{Path, PathBuf};
use std::time::Duration;

use eframe::egui::{Event, Key, accesskit};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::melody::{Feel, Scale, parse_midi};
use tunescape::playback::{LaunchQuantization, MAX_OFFSET_MS};
use tunescape::ui::{Command, Settings};

use crate::window::Window;
use crate::{open, open_exporting};

fn feel(window: &Window) -> Feel {
    window.recorder.lock().unwrap().feel
}

#[test]
fn the_feel_is_set_behind_one_button_and_set_back() {
    let mut window = open();
    window.click("Feel");
    window.click("Octave up");
    window.click("Octave up");
    window.click("Octave down");
    assert_eq!(feel(&window).transpose, 12);
    window.click("Swing of 16ths");
    window.click("Other deviations");
    let seed = feel(&window).seed;
    assert_ne!(seed, Feel::PLAIN.seed);
    window.click("Reset transposition");
    assert!(feel(&window).is_plain());
    let settings = &window.state().settings;
    assert_eq!(settings.feel, feel(&window));
    let stored = serde_json::to_string(settings).unwrap();
    assert_eq!(
        serde_json::from_str::<Settings>(&stored).unwrap(),
        *settings
    );
}

#[test]
fn metronome_count_in_clock_and_launch_are_chosen_and_off_before() {
    let mut window = open();
    let metronome_and_clock = |window: &Window| window.recorder.lock().unwrap().metronome_and_clock;
    assert_eq!(
        metronome_and_clock(&window),
        tunescape::playback::MetronomeAndClock::default()
    );
    window.click("Feel");
    for label in ["Metronome", "Count-in", "MIDI clock"] {
        window.click(label);
    }
    let options = metronome_and_clock(&window);
    assert!(options.metronome && options.count_in && options.clock_out);
    for (label, launch) in [
        ("Start at the next bar", LaunchQuantization::Bar),
        ("Start at once", LaunchQuantization::Now),
    ] {
        window.click(label);
        assert_eq!(window.recorder.lock().unwrap().launch, launch);
    }
}

/// Sets a number field by its label, as a screen reader does.
fn set_number(window: &mut Window, label: &str, value: f64) {
    let field = window.harness.get_by_label(label);
    let (target_node, target_tree) = field.accesskit_node().locate();
    let request = accesskit::ActionRequest {
        action: accesskit::Action::SetValue,
        target_node,
        target_tree,
        data: Some(accesskit::ActionData::NumericValue(value)),
    };
    let event = Event::AccessKitActionRequest(request);
    window.harness.event(event);
    window.harness.run_steps(3);
}

#[test]
fn the_latency_offset_is_typed_in_milliseconds_and_remembered() {
    let mut window = open();
    window.click("Feel");
    set_number(&mut window, "Latency offset", -35.0);
    assert_eq!(window.recorder.lock().unwrap().offset, -35);
    assert_eq!(window.state().settings.latency_offset, -35);
    set_number(&mut window, "Latency offset", 9_000.0);
    assert_eq!(window.recorder.lock().unwrap().offset, MAX_OFFSET_MS);
}

#[test]
fn the_tempo_is_halved_doubled_and_tapped_with_a_key() {
    let mut window = open();
    window.click("Feel");
    window.click("Half the tempo");
    assert_eq!(window.recorder.lock().unwrap().tempo, 60.0);
    window.click("Double the tempo");
    window.click("Double the tempo");
    assert_eq!(window.recorder.lock().unwrap().tempo, 240.0);
    window.press(Key::Escape);
    for _ in 0..4 {
        window.press(Key::T);
        std::thread::sleep(Duration::from_millis(400));
    }
    // A busy machine sleeps longer.
    let tempo = window.recorder.lock().unwrap().tempo;
    assert!((30.0..=150.0).contains(&tempo), "{tempo}");
}

/// The MIDI file of a folder, if there is one.
fn midi_file(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|extension| extension == "mid"))
}

/// Exports the shown melody, and returns its pitches. The file is removed.
fn export(window: &mut Window, folder: &Path) -> Vec<u8> {
    window.click("Export…");
    window.run_until("a file is written", |_| midi_file(folder).is_some());
    let path = midi_file(folder).unwrap();
    let song = parse_midi(&std::fs::read(&path).unwrap(), &path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let notes = song.tracks.iter().flat_map(|track| &track.notes);
    notes.map(|note| note.pitch).collect()
}

#[test]
fn an_export_has_what_is_heard_unless_raw_notes_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_exporting(folder.path().to_owned());
    window.click_centre_of(5);
    let melody = {
        let recorded = window.recorder.lock().unwrap();
        recorded.played.last().unwrap().0.clone()
    };
    let written: Vec<u8> = melody.notes().iter().map(|note| note.pitch).collect();
    assert_eq!(export(&mut window, folder.path()), written);
    window.click("Feel");
    window.click("Octave up");
    window.press(Key::Escape);
    let higher: Vec<u8> = written.iter().map(|pitch| pitch + 12).collect();
    assert_eq!(export(&mut window, folder.path()), higher);
    let scale: Scale = "C# major pentatonic".parse().unwrap();
    let feel = Feel {
        snap: Some(scale),
        ..Feel::PLAIN
    };
    window.command(Command::SetFeel(feel));
    let snapped: Vec<u8> = written
        .iter()
        .map(|&pitch| scale.nearest_pitch(pitch))
        .collect();
    assert_ne!(snapped, written);
    assert_eq!(export(&mut window, folder.path()), snapped);
    window.click("Feel");
    window.click("Export raw notes");
    window.press(Key::Escape);
    assert_eq!(export(&mut window, folder.path()), written);
    assert!(!window.has("Octave up"));
}

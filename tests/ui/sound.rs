//! Tests of choosing sounds, of the settings, and of recordings.

use eframe::egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use tunescape::playback::input::InputMessage;
use tunescape::playback::{AudioFormat, Instrument, OutputChoice, SoundChoice};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ControlTarget, ExportSelection, MidiControl, MidiInputCommand};

use crate::dropped_files::drop_on;
use crate::sound_font::tiny_sound_font;
use crate::{SAMPLES, open, open_exporting};

#[test]
fn an_instrument_is_chosen_in_the_output_menu_and_plays_on_the_synth() {
    let mut window = open();
    window.command(Command::SetOutput(OutputChoice::Silent));
    window.click("Output");
    window.click("Built-in synth");
    window.click("Bell");
    let bell = SoundChoice::BuiltIn(Instrument::Bell);
    let recorder = window.recorder.clone();
    let recording = recorder.lock().unwrap();
    assert_eq!(recording.sound, bell);
    assert_eq!(recording.output, Some(OutputChoice::Synth));
    assert_eq!(window.state().settings.sound, bell);
}

#[test]
fn a_dropped_sound_font_is_played_with_its_first_preset() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.sf2");
    std::fs::write(&path, tiny_sound_font()).unwrap();
    let mut window = open();
    drop_on(&mut window, &[&path]);
    window.run_until("the font is read", |app| {
        app.state().sound.sound_font.is_some()
    });
    assert_eq!(window.state().settings.sound.name(), "Sine");
    assert_eq!(window.recorder.lock().unwrap().sound.name(), "Sine");
    // A file that is not a SoundFont is refused, and the sound stays.
    std::fs::write(&path, b"RIFF\x04\0\0\0sfbk").unwrap();
    drop_on(&mut window, &[&path]);
    window.run_until("the refusal is told of", |app| {
        let mut notices = app.state().notices.iter();
        notices.any(|notice| notice.text.contains("is not a SoundFont"))
    });
    assert_eq!(window.state().settings.sound.name(), "Sine");
}

#[test]
fn the_settings_open_with_a_key_change_the_buffer_and_close() {
    let mut window = open();
    // A long text in a row leaves the names of the rows on one line.
    window.recorder.lock().unwrap().lost = Some("No sound device was found. ".repeat(4));
    window.press_ctrl(Key::Comma);
    window.harness.run_steps(5);
    for name in ["Sound device", "Sample rate"] {
        let label = window.harness.get_by_role_and_label(Role::Label, name);
        assert!(label.rect().height() < 20.0, "{name}: {:?}", label.rect());
    }
    // The row has the same label.
    window
        .harness
        .get_by_role_and_label(Role::ComboBox, "Buffer")
        .click();
    window.harness.run_steps(3);
    window.click("256 frames");
    assert_eq!(window.state().settings.sound_device.block_frames, Some(256));
    assert_eq!(
        window.recorder.lock().unwrap().sound_device.block_frames,
        Some(256)
    );
    window.click("Close the settings");
    assert!(!window.state().sound.settings_open);
}

#[test]
fn a_melody_is_recorded_as_a_wav_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_exporting(folder.path().to_owned());
    window.click_centre_of(5);
    for count in [1, 2] {
        window.command(Command::Record(ExportSelection::Shown, AudioFormat::Wav));
        window.run_until("the recording is told of", |app| {
            let mut notices = app.state().notices.iter();
            notices.any(|notice| notice.text.starts_with("Recorded") && notice.action.is_none())
        });
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), count, "{names:?}");
        assert!(
            names
                .iter()
                .all(|name| name.to_string_lossy().ends_with(".wav")),
            "{names:?}"
        );
        let id = window.state().notices.iter().next().unwrap().id;
        window.command(Command::Dismiss(id));
    }
}

#[test]
fn a_recording_that_ends_leaves_the_progress_of_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_exporting(folder.path().to_owned());
    let melodies = (0..20).flat_map(|region| {
        let samples = (0..SAMPLES).map(move |sample| MelodyId::Sample { region, sample });
        samples.chain([MelodyId::Centre { region }])
    });
    // Twenty minutes of sound.
    window.command(Command::SelectMany(melodies.collect()));
    window.command(Command::Record(ExportSelection::Selected, AudioFormat::Wav));
    window.run_until_labelled("Recording");
    window.command(Command::Record(ExportSelection::Shown, AudioFormat::Wav));
    window.run_until_notice("Recorded");
    assert!(window.has("Recording"), "the long one goes on");
    window.click("Cancel");
    window.run_until_notice("The recording was cancelled");
    assert!(!window.has("Recording"));
}

#[test]
fn the_settings_list_ports_clock_and_learnt_controllers_and_remove_them() {
    let mut window = open();
    let density = ControlTarget::Attribute("note_density".to_owned());
    let knob = MidiControl {
        channel: 0,
        controller: 21,
    };
    window.command(Command::MidiInput(MidiInputCommand::Choose(Some(
        "Keyboard".to_owned(),
    ))));
    window.command(Command::MidiInput(MidiInputCommand::Learn(Some(
        density.clone(),
    ))));
    window.recorder.lock().unwrap().input = vec![InputMessage::Control {
        channel: 0,
        controller: 21,
        value: 64,
    }];
    window.run_until("the knob is learnt", |app| {
        let controls = &app.state().settings.controls;
        controls.control(&density) == Some(knob)
    });
    window.press_ctrl(Key::Comma);
    assert!(window.has_containing("One knob is learnt"));
    // It may be further down the page.
    window.harness.get_by_label("×").click_accesskit();
    window.harness.run_steps(3);
    assert!(window.has_containing("No knob is learnt yet"));
    assert_eq!(window.state().settings.controls.count(), 0);
    window.click("Send to the output");
    assert!(
        window
            .recorder
            .lock()
            .unwrap()
            .metronome_and_clock
            .clock_out
    );
    window.click("Follow that of the input");
    assert!(window.recorder.lock().unwrap().follows_clock);
    assert!(window.has_containing("none arrives to be followed"));
    window
        .harness
        .get_by_role_and_label(Role::ComboBox, "Output of the notes")
        .click();
    window.harness.run_steps(3);
    window.click("Grand Piano");
    let port = OutputChoice::Port("Grand Piano".to_owned());
    assert_eq!(window.recorder.lock().unwrap().output, Some(port));
    assert!(window.has("Connected, on channel 1."));
}

#[test]
fn the_size_of_text_is_chosen_in_the_settings_or_with_keys_and_kept() {
    let mut window = open();
    window.command(Command::SetUiScale(150));
    window.harness.run_steps(2);
    assert_eq!(window.harness.ctx.zoom_factor(), 1.5);
    assert_eq!(window.state().settings.ui_scale, 150);
    // egui's own key.
    window.press_ctrl(Key::Minus);
    window.harness.run_steps(2);
    assert_eq!(window.state().settings.ui_scale, 140);
    window.command(Command::SetUiScale(1_000));
    window.harness.run_steps(2);
    assert_eq!(window.state().settings.ui_scale, 200);
    window.command(Command::SetUiScale(100));
    window.harness.run_steps(3);
    window.press_ctrl(Key::Comma);
    assert!(window.has_containing("drawn at 100 % now"));
}

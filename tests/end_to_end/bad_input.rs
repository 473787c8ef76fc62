//! Tests that missing devices and files lead to a sentence for the user, and that the program goes on where it can.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::harness::{Missing, tests};
use crate::tools::output_folder;
use crate::window::{Tunescape, most_isolated, need_window};

tests![
    without_a_sound_device_the_window_says_so_and_lives_on,
    a_missing_model_is_told_and_the_default_one_is_a_click_away,
    without_a_display_there_is_one_sentence_and_exit_code_1,
];

/// A sentence for the user: not a name of an error, not a page of them.
fn assert_a_sentence(text: &str) {
    assert!((30..400).contains(&text.len()), "{text}");
    assert!(text.contains(' ') && !text.contains('\n'), "{text}");
    assert!(!text.contains(".rs:") && !text.contains("Error("), "{text}");
}

fn without_a_sound_device_the_window_says_so_and_lives_on() -> Result<(), Missing> {
    let test = "no-sound";
    need_window()?;
    let folder = output_folder(test);
    let mut program = Tunescape::start(&folder, |command| {
        // ALSA without any device, PulseAudio without a server.
        command
            .env("ALSA_CONFIG_PATH", "/dev/null")
            .env("PULSE_SERVER", "unix:/nowhere")
            .env("TUNESCAPE_SWEEP", "12x2");
    });
    let message = program.wait("the missing sound device to be told", |state| {
        state
            .output
            .message
            .clone()
            .filter(|_| !state.output.connected)
    });
    assert_a_sentence(&message);
    eprintln!("no sound device: {message}");
    // While melodies come in, the points move under the pointer.
    let melody = program.wait("a melody to click on a map at rest", |state| {
        let at_rest = !state.sweep.running && state.layout.settled;
        let melody = most_isolated(state, &[]).filter(|_| at_rest);
        melody.map(|point| point.id.clone())
    });
    program.click_melody(&melody);
    program.display.screenshot("no-sound-device");
    program.close();
    Ok(())
}

fn a_missing_model_is_told_and_the_default_one_is_a_click_away() -> Result<(), Missing> {
    let test = "no-model";
    need_window()?;
    let folder = output_folder(test);
    let missing = folder.join("nowhere.safetensors");
    let mut program = Tunescape::start(&folder, |command| {
        command
            .arg("--model")
            .arg(&missing)
            .env("TUNESCAPE_SWEEP", "12x2");
    });
    let message = program.wait("the missing model to be told", |state| {
        state.model_error.clone()
    });
    assert_a_sentence(&message);
    assert!(message.contains("nowhere.safetensors"), "{message}");
    eprintln!("no model: {message}");
    program.display.screenshot("1-no-model");

    // The button is below the sentence, in the middle of the map.
    let [left, top, right, bottom] = program.wait("the map", |state| state.map);
    let middle = (top + bottom) / 2.0;
    for step in 0..20 {
        let place = ((left + right) / 2.0, middle - 70.0 + 8.0 * f64::from(step));
        let (x, y) = program.on_screen(place);
        program.display.click(x, y);
        thread::sleep(Duration::from_millis(700));
        if program.state().model_error.is_none() {
            break;
        }
    }
    program.wait("melodies of the default model", |state| {
        state.points.iter().any(|point| point.ready).then_some(())
    });
    program.display.screenshot("2-the-default-model");
    program.close();
    Ok(())
}

fn without_a_display_there_is_one_sentence_and_exit_code_1() {
    let folder = output_folder("no-display");
    let home = tempfile::tempdir().expect("a temporary folder");
    for (name, display) in [("none", None), ("gone", Some(":4711"))] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tunescape"));
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(variable);
        }
        if let Some(display) = display {
            command.env("DISPLAY", display);
        }
        let output = command
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .stdin(Stdio::null())
            .output()
            .expect("the program starts");
        let words = String::from_utf8_lossy(&output.stderr);
        fs::write(folder.join(format!("{name}.log")), words.as_bytes()).expect("a log");
        eprintln!("display {name}: {}", words.trim());
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert_eq!(words.lines().count(), 1, "{words}");
        let sentence = words
            .trim()
            .strip_prefix("tunescape: ")
            .expect("who speaks");
        assert_a_sentence(sentence);
        assert!(sentence.contains("display") && sentence.contains("--help"));
    }
}

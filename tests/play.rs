//! `tunescape play` and `tunescape ports`, on a machine that needs no sound or MIDI device.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use command::{fails, succeeds, tunescape};
use tunescape::melody::{Melody, MidiWriteOptions, Note, Track, single_track_bytes};

/// A file of two bars at 240 bpm, which last two seconds. Only the first bar has notes.
fn two_bars(folder: &Path, name: &str) -> PathBuf {
    let notes: Vec<Note> = (0..4)
        .map(|quarter| Note {
            pitch: 60 + quarter as u8,
            start: 4 * quarter,
            end: 4 * quarter + 2,
        })
        .collect();
    let track = Track {
        melody: &Melody::from_notes(&notes, 32).unwrap(),
        name: "Two bars".to_owned(),
        text: String::new(),
    };
    let options = MidiWriteOptions {
        tempo_bpm: 240.0,
        ..MidiWriteOptions::default()
    };
    let path = folder.join(name);
    std::fs::write(&path, single_track_bytes(&track, &options)).unwrap();
    path
}

#[test]
fn a_file_plays_for_its_length_at_its_own_tempo_or_a_given_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = two_bars(folder.path(), "tune.mid");
    let file = file.to_str().unwrap();
    for (more, seconds) in [
        (&[][..], 2.0),
        (&["--loops", "3", "--tempo", "300"][..], 4.8),
    ] {
        let start = Instant::now();
        succeeds(&[&["play", file, "--silent"], more].concat());
        let took = start.elapsed().as_secs_f64();
        // The program itself takes time to start.
        assert!((seconds - 0.05..seconds + 8.0).contains(&took), "{took}");
    }
}

#[test]
fn what_plays_is_told_with_its_length_and_tempo() {
    let folder = tempfile::tempdir().unwrap();
    let file = two_bars(folder.path(), "tune.mid");
    let output = tunescape(&["play", file.to_str().unwrap(), "--silent", "--tempo", "300"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("4 notes in 2 bars at 300.0 bpm"),
        "{message}"
    );
    let file = file.to_str().unwrap();
    let output = tunescape(&[
        "play", file, "--silent", "--tempo", "300", "--snap", "c major",
    ]);
    let message = String::from_utf8(output.stderr).unwrap();
    // C C# D D#: two of them are outside.
    assert!(
        message.contains("snapped to C major: 2 of 4 notes changed"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_an_endless_loop_with_the_documented_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = two_bars(folder.path(), "tune.mid");
    let mut program = Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .args(["play", file.to_str().unwrap(), "--silent", "--loops", "0"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(program.try_wait().unwrap(), None, "it plays until Ctrl+C");
    let id = program.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = program.try_wait().unwrap() {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(130));
}

#[test]
fn what_cannot_be_played_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let file = two_bars(folder.path(), "tune.mid");
    let file = file.to_str().unwrap();
    let message = fails(&["play", file, "--port", "A port that no machine has"], 1);
    assert!(message.contains("A port that no machine has"), "{message}");
    let message = fails(&["play", "no-such-file.mid", "--silent"], 1);
    assert!(message.contains("no-such-file.mid"), "{message}");
    let message = fails(&["play", file, file, "--silent", "--loops", "0"], 2);
    assert!(message.contains("second file"), "{message}");
    let message = fails(&["play", file, "--silent", "--track", "9"], 2);
    assert!(message.contains("--track takes 1 to 1"), "{message}");
    let message = fails(&["play", file, "--silent", "--chords", "Am F Hx"], 2);
    assert!(
        message.contains("\"Hx\" (character 6) is no chord"),
        "{message}"
    );
    succeeds(&[
        "play", file, "--silent", "--tempo", "300", "--chords", "Am F",
    ]);
    for wrong in [
        &["--silent", "--synth"][..],
        &["--tempo", "1000"],
        &["--port", "x", "--channel", "17"],
        &["--port", "x", "--program", "0"],
        &["--silent", "--program", "1"],
        &["--port", "x", "--bank", "3"],
        &["--silent", "--clock"],
        &["--silent", "--swing", "80"],
        &["--silent", "--snap", "D dorien"],
        &["--silent", "--chord-velocity", "9"],
        &["--silent", "--chords", "C", "--chord-channel", "3"],
        &["--port", "x", "--chords", "C", "--channel", "2"],
        &["--silent", "--offset", "251"],
        &["--silent", "--buffer", "512"],
    ] {
        fails(&[&["play", file], wrong].concat(), 2);
    }
}

#[test]
fn the_ports_are_listed_for_people_and_for_scripts() {
    let text = succeeds(&["ports"]);
    assert!(
        text.contains("outputs:") && text.contains("inputs:"),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&succeeds(&["ports", "--json"])).unwrap();
    for list in ["outputs", "inputs"] {
        for port in json[list].as_array().unwrap() {
            assert!(text.contains(port["name"].as_str().unwrap()), "{text}");
        }
    }
}

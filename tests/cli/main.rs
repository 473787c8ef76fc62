//! The commands as scripts use them: files, columns, exit codes, sentences.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod flags;
mod json;
mod mix_models;
mod output;
mod steer;

#[path = "../support/command.rs"]
mod command;
#[path = "../support/small_corpus.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod small_corpus;
#[path = "../support/tune.rs"]
mod tune;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use command::{TINY, array, fails, files, succeeds, tunescape};
use tunescape::model::{DeviceKind, list_devices};

fn sweep(folder: &Path, more: &[&str]) {
    let out = folder.to_str().unwrap().to_owned();
    let mut arguments = vec!["sweep", "--device", "cpu", "--quiet", "--model", TINY];
    arguments.extend([
        "--regions",
        "6",
        "--samples",
        "5",
        "--seed",
        "3",
        "--out",
        &out,
    ]);
    arguments.extend(more);
    succeeds(&arguments);
}

/// Every file of a folder but `run.json`, which has the time that the run took.
fn files_but_record(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = files(folder);
    found.retain(|name, _| !name.ends_with("run.json"));
    found
}

#[test]
fn a_sweep_writes_the_files_columns_and_shapes_that_scripts_rely_on() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    sweep(&out, &[]);
    let table = std::fs::read_to_string(out.join("samples.csv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(
        lines.next().unwrap(),
        "region,sample,file,empty,notes,note_density,pitch_range,contour,rhythmic_complexity,map_x,map_y,signed_contour,highest_note,lowest_note,syncopation,rests,repetition,note_length,motif_repetition"
    );
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 30);
    assert_eq!((rows[7][0], rows[7][1]), ("1", "2"));
    for row in &rows {
        assert!(out.join(row[2]).is_file(), "{row:?}");
        if row[3] == "true" {
            assert!(row[5..9].iter().all(|value| value.is_empty()), "{row:?}");
        } else {
            let density = row[4].parse::<f64>().unwrap() / 32.0;
            assert!(
                (row[5].parse::<f64>().unwrap() - density).abs() < 1e-12,
                "{row:?}"
            );
        }
    }
    assert_eq!(std::fs::read_dir(out.join("melodies")).unwrap().count(), 30);
    assert_eq!(array::<f32>(&out.join("latents.npy")).0, [30, 16]);
    assert_eq!(array::<f32>(&out.join("centroids.npy")).0, [6, 16]);
    assert_eq!(array::<u8>(&out.join("tokens.npy")).0, [30, 32]);
    let run: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(run["seed"], 3);
    assert_eq!(run["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(run["weights_hash"].as_str().unwrap().len(), 12);
    assert!(
        std::fs::read_to_string(out.join("regions.csv"))
            .unwrap()
            .starts_with("region,")
    );
}

#[test]
fn batch_size_and_threads_change_no_byte_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    sweep(&first, &[]);
    let wanted = files_but_record(&first);
    for (batch, threads) in [("1", "1"), ("7", "2"), ("64", "1"), ("64", "3")] {
        let out = folder.path().join(format!("{batch}-{threads}"));
        sweep(&out, &["--batch", batch, "--threads", threads]);
        assert!(
            files_but_record(&out) == wanted,
            "batch {batch}, {threads} threads"
        );
    }
    let drawn = folder.path().join("drawn");
    sweep(&drawn, &["--temperature", "0.9"]);
    assert!(files_but_record(&drawn) != wanted);
    let again = folder.path().join("again");
    sweep(&again, &["--temperature", "0.9", "--batch", "1"]);
    assert!(files_but_record(&again) == files_but_record(&drawn));
}

#[test]
fn a_folder_in_use_is_refused_before_anything_is_decoded_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    let arguments = ["sweep", "--device", "cpu", "--model", TINY, "--out", out];
    let message = fails(&arguments, 5);
    assert!(
        message.contains("not empty") && message.contains("--overwrite"),
        "{message}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn wrong_arguments_exit_with_2_and_a_sentence() {
    let message = fails(&["sweep", "--sigma", "wide", "--out", "x"], 2);
    assert!(message.contains("as-published"), "{message}");
    let message = fails(&["steer", "--attribute", "charm", "--value", "3"], 2);
    assert!(message.contains("note_density"), "{message}");
    // The model is missing: a request that cannot be met is refused before any work.
    let steer = ["steer", "--model", "/no/such/model"];
    let message = fails(
        &[&steer[..], &["--density", "5", "--count", "0"]].concat(),
        2,
    );
    assert!(message.contains("choose 1 to 4096"), "{message}");
    let message = fails(&[&steer[..], &["--density", "nan"]].concat(), 2);
    assert!(message.contains("give a number, or hold"), "{message}");
    fails(&["no-such-command"], 2);
}

#[test]
fn weights_that_are_missing_or_broken_exit_with_1_and_a_sentence_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.safetensors");
    std::fs::write(&broken, b"nonsense").unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    for (model, says) in [
        ("absent.safetensors", "could not be read"),
        (broken.to_str().unwrap(), "not a complete"),
    ] {
        let message = fails(
            &["sweep", "--device", "cpu", "--model", model, "--out", out],
            1,
        );
        assert!(
            message.contains(says) && message.contains(model),
            "{message}"
        );
        assert_eq!(
            message
                .lines()
                .filter(|line| line.starts_with("tunescape: "))
                .count(),
            1
        );
    }
}

#[test]
fn devices_lists_the_cpu_and_says_what_would_be_used() {
    let message = succeeds(&["devices", "--device", "cpu"]);
    assert!(message.contains("* CPU"), "{message}");
    assert!(message.contains("--device cpu takes CPU."), "{message}");
    let message = fails(&["devices", "--device", "no such card"], 1);
    assert!(message.contains("no device"), "{message}");
}

#[test]
fn the_centres_of_a_sweep_come_as_one_file_with_a_track_each() {
    let folder = tempfile::tempdir().unwrap();
    let (run, tracks) = (folder.path().join("run"), folder.path().join("tracks.mid"));
    sweep(&run, &["--tracks", tracks.to_str().unwrap()]);
    let bytes = std::fs::read(&tracks).unwrap();
    let file = midi_msg::MidiFile::from_midi(&bytes).unwrap();
    assert_eq!(file.header.format, midi_msg::SMFFormat::MultiTrack);
    // The conductor's track, and one for each of six regions.
    assert_eq!(file.tracks.len(), 7);
}

/// Runs the program as on a machine without a session, with changes to its surroundings.
fn without_session(arguments: &[&str], change: impl Fn(&mut Command)) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tunescape"));
    command.args(arguments).env_remove("XDG_RUNTIME_DIR");
    command.env_remove("NODEVICE_SELECT");
    change(&mut command);
    let output = command.output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {message}");
    (String::from_utf8(output.stdout).unwrap(), message)
}

#[test]
fn a_command_asks_for_no_display_and_on_the_cpu_for_no_adapter() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let mut sweep = vec!["sweep", "--quiet", "--model", TINY, "--overwrite"];
    sweep.extend(["--regions", "6", "--samples", "2", "--out", out]);
    let on = |device: &'static str| {
        let mut arguments = sweep.clone();
        arguments.extend(["--device", device]);
        arguments
    };
    for arguments in [vec!["devices"], on("auto"), on("cpu")] {
        let (_, message) = without_session(&arguments, |_| ());
        assert!(
            !message.contains("XDG_RUNTIME_DIR"),
            "{arguments:?}: {message}"
        );
    }
    // The Vulkan loader tells of itself as soon as anything asks it for adapters.
    let talkative = |command: &mut Command| {
        command.env("VK_LOADER_DEBUG", "all");
    };
    let (_, message) = without_session(&on("cpu"), talkative);
    assert_eq!(message, "");
    let (_, message) = without_session(&["devices"], talkative);
    eprintln!(
        "the loader tells {} lines when asked",
        message.lines().count()
    );
}

#[test]
fn the_gpu_runtime_leaves_the_folder_alone_that_the_program_is_started_from() {
    let adapter = list_devices()
        .into_iter()
        .find(|device| device.kind == DeviceKind::Software);
    let device = adapter
        .as_ref()
        .map_or("cpu", |device| device.name.as_str());
    let (project, caches) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(project.path().join("Cargo.toml"), "").unwrap();
    // Settings of somebody's own work with the same runtime.
    let settings = "[compilation.logger]\nlevel = \"full\"\nfile = \"compiled.log\"\n\
        [autotune.logger]\nlevel = \"full\"\nfile = \"tuned.log\"\n\
        [environment]\npath = \"local\"\n";
    std::fs::write(project.path().join("cubecl.toml"), settings).unwrap();
    let before = files_but_record(project.path());
    let (message, _) = without_session(
        &["devices", "--device", device, "--prove", "--model", TINY],
        |command| {
            command
                .current_dir(project.path())
                .env("XDG_CACHE_HOME", caches.path())
                .env("CUBECL_AUTOTUNE_LEVEL", "minimal");
        },
    );
    assert!(message.contains(device), "{message}");
    assert!(
        files_but_record(project.path()) == before,
        "the project has other files"
    );
}

#[test]
fn a_file_of_tracks_that_is_there_is_refused_before_anything_is_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let (run, there) = (folder.path().join("run"), folder.path().join("tracks.mid"));
    std::fs::write(&there, "mine").unwrap();
    let named = folder.path().join("tracks");
    for tracks in [&there, &named] {
        let output = tunescape(&[
            "sweep",
            "--regions",
            "6",
            "--samples",
            "1",
            "--out",
            run.to_str().unwrap(),
            "--tracks",
            tracks.to_str().unwrap(),
        ]);
        assert!(!output.status.success());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("already there"), "{message}");
        assert!(!run.exists(), "nothing was decoded");
    }
    assert_eq!(std::fs::read(&there).unwrap(), b"mine");
}

//! What commands print and write where that fails, and what they refuse to read and write.

use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};

use crate::command::{TINY, fails, succeeds, tunescape, with_tiny_model};
use crate::sweep;

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_does_not_fit_on_the_disk_is_an_error_and_a_reader_that_stops_is_none() {
    let into = |arguments: &[&str], out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tunescape"));
        command.args(arguments).stdout(out).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), errors)
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for arguments in [
        &["inspect", TINY][..],
        &["inspect", TINY, "--json"],
        &["devices", "--device", "cpu"],
        &["status", folder],
        &["status", folder, "--json"],
        &["completions", "bash"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (code, errors) = into(arguments, full.into());
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(errors.contains("could not be printed"), "{errors}");
        // A pipe that nobody reads from.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (code, errors) = into(arguments, writer.into());
        assert_eq!((code, errors.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn the_status_of_what_is_no_study_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    sweep(&folder.path().join("run"), &[]);
    let said = fails(&["status", &at("run")], 1);
    assert!(said.contains("not of a study"), "{said}");
    let said = fails(&["status", &at("run"), "--json"], 1);
    assert!(said.contains("not of a study"), "{said}");
    fs::write(at("file"), "text").unwrap();
    for name in ["nothere", "file"] {
        let said = fails(&["status", &at(name)], 1);
        assert!(said.contains(name), "{said}");
        assert!(said.contains("name the folder"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    // A folder in which shards will be.
    fs::create_dir(at("empty")).unwrap();
    assert!(succeeds(&["status", &at("empty")]).contains("nothing is decoded yet"));
    // A study without its report does not name it.
    fs::write(at("empty/run.json"), r#"{"kind": "study"}"#).unwrap();
    let said = succeeds(&["status", &at("empty")]);
    assert!(said.contains("finished"), "{said}");
    assert!(said.contains("report.html is not there"), "{said}");
    fs::write(at("empty/report.html"), "").unwrap();
    let said = succeeds(&["status", &at("empty")]);
    assert!(said.trim_end().ends_with("report.html"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn explain_reads_no_more_of_a_device_than_a_song_may_have() {
    let said = fails(&["explain", "/dev/zero"], 1);
    assert!(said.contains("larger than 64 MiB"), "{said}");
}

#[test]
fn merging_a_folder_that_is_not_there_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let count_missing = |shards: &[&str]| {
        let out = at("out");
        let said = fails(
            &with_tiny_model(&[&["merge", "--out", &out], shards].concat()),
            4,
        );
        said.matches("holds no part of a study").count()
    };
    assert_eq!(count_missing(&[&at("nothere")]), 1);
    assert_eq!(count_missing(&[&at("nothere"), &at("nor this")]), 2);
}

#[test]
fn a_decoded_melody_is_written_as_midi_or_refused_before_a_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    sweep(&folder.path().join("run"), &[]);
    let file = at("run/melodies/region_000_sample_00.mid");
    let record = succeeds(&["explain", &file, "--json"]);
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    let share_text = record["melodies"][0]["share"].as_str().unwrap();
    for name in ["d.wav", "d.FLAC", "d.musicxml", "d.midi"] {
        for arguments in [&["decode", "--share", share_text][..], &["explain", &file]] {
            let out = at(name);
            let said = fails(&with_tiny_model(&[arguments, &["--out", &out]].concat()), 2);
            assert!(said.contains("ends in .mid"), "{said}");
        }
    }
    let out = at("no folder/d.mid");
    let arguments = with_tiny_model(&["decode", "--share", share_text, "--out", &out]);
    let said = fails(&arguments, 1);
    assert!(said.contains("does not exist; make it"), "{said}");
    assert!(!folder.path().join("no folder").exists());
    // Without an ending, `.mid` is added, which is said, and nothing is replaced.
    let out = at("tune 92.5");
    let arguments = with_tiny_model(&["decode", "--share", share_text, "--out", &out]);
    assert!(succeeds(&arguments).contains("tune 92.5.mid"));
    let said = fails(&arguments, 1);
    assert!(said.contains("--overwrite"), "{said}");
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["run", "tune 92.5.mid"]);
    assert!(
        tunescape(&["explain", &at("tune 92.5.mid")])
            .status
            .success()
    );
}

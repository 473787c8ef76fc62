//! What commands print and write where that fails, and what they refuse to read and write.

use std::fs::{self, OpenOptions};
use std::process::{Command, Stdio};

use crate::command::{TINY, fails, on_tiny, succeeds};
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

#[test]
fn merging_a_folder_that_is_not_there_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let told = |shards: &[&str]| {
        let out = at("out");
        let said = fails(&on_tiny(&[&["merge", "--out", &out], shards].concat()), 4);
        said.matches("holds no part of a study").count()
    };
    assert_eq!(told(&[&at("nothere")]), 1);
    assert_eq!(told(&[&at("nothere"), &at("nor this")]), 2);
}

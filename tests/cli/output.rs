//! What commands print and write where that fails, and what they refuse to read and write.

use std::fs;

use crate::command::{fails, succeeds};
use crate::sweep;

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

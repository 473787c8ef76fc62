//! `tunescape study` and `merge` as scripts use them: files, columns, taking up, joining, recomputing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod other_runs;
mod runs;
mod shards;

#[path = "../support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;

use std::path::Path;

use command::{TINY, files, succeeds};

/// A small study, or a shard of it.
fn study(out: &Path, more: &[&str]) {
    let out = out.to_str().unwrap();
    let mut arguments = vec!["study", "--device", "cpu", "--quiet", "--model", TINY];
    arguments.extend([
        "--regions",
        "9",
        "--samples",
        "7",
        "--seed",
        "3",
        "--group-samples",
        "12",
    ]);
    arguments.extend(["--out", out]);
    arguments.extend(more);
    succeeds(&arguments);
}

/// Equal names and bytes; says which file differs.
fn assert_same(left: &Path, right: &Path) {
    let (left, right) = (files(left), files(right));
    assert_eq!(
        left.keys().collect::<Vec<_>>(),
        right.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &left {
        assert!(*bytes == right[name], "{} differs", name.display());
    }
}

fn table(path: &Path) -> (String, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let head = reader
        .headers()
        .unwrap()
        .iter()
        .collect::<Vec<_>>()
        .join(",");
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    (head, rows)
}

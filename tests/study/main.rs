//! `tunescape study` and `merge` as scripts use them: files, columns, taking up, joining, recomputing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod other_runs;
mod runs;
mod shards;

#[path = "../support/command.rs"]
mod command;
#[path = "../support/files.rs"]
mod files;

use std::path::Path;

use command::succeeds;
use files::files;

fn model() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("tests/fixtures/flat_tiny/weights.safetensors");
    path.to_str().unwrap().to_owned()
}

/// A small study, or a shard of it.
fn study(out: &Path, more: &[&str]) {
    let (model, out) = (model(), out.to_str().unwrap());
    let mut arguments = vec!["study", "--device", "cpu", "--quiet", "--model", &model];
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

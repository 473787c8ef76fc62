//! Running the program from tests, and reading its files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The weights of the tiny flat model.
pub const TINY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/fixtures/flat_tiny/weights.safetensors"
);

/// These arguments, with those for the tiny model on the CPU appended.
pub fn with_tiny_model<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &["--model", TINY, "--device", "cpu"]].concat()
}

/// Runs the program to its end.
pub fn tunescape(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the program, which has to succeed, and returns what it printed.
pub fn succeeds(arguments: &[&str]) -> String {
    let output = tunescape(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the program, which has to fail with this code, and returns its errors.
pub fn fails(arguments: &[&str], code: i32) -> String {
    let output = tunescape(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    errors
}

/// Every file of a folder with its bytes.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next_folder) = folders.pop() {
        for entry in std::fs::read_dir(next_folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                contents.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    contents
}

/// Shape and values of an array.
pub fn array<T: npyz::Deserialize>(path: &Path) -> (Vec<u64>, Vec<T>) {
    let bytes = std::fs::read(path).unwrap();
    let file = npyz::NpyFile::new(&bytes[..]).unwrap();
    (file.shape().to_vec(), file.into_vec().unwrap())
}

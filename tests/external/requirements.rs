//! What tests need from outside the repository: found, or missing.

use std::path::{Path, PathBuf};

use tunescape::model::{DeviceInfo, DeviceKind, list_devices};

use crate::harness::{Missing, needs};

/// The corpus of MIDI files with its table of splits.
pub fn corpus() -> Result<PathBuf, Missing> {
    shared("corpus", "split.csv")
}

/// Published checkpoints in miniature, with what the public implementations compute from them.
pub fn reference() -> Result<PathBuf, Missing> {
    shared("reference", "README.md")
}

/// MIDI files with the notes that an import should give.
pub fn trials() -> Result<PathBuf, Missing> {
    shared("trials", "expected.json")
}

/// A folder beside the repository that has this file.
fn shared(name: &str, file: &str) -> Result<PathBuf, Missing> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("../shared").join(name);
    let is_there = folder.join(file).is_file();
    is_there
        .then_some(folder)
        .ok_or_else(|| needs(format_args!("../shared/{name}")))
}

/// The first graphics adapter of one of these kinds.
pub fn adapter(accepts: impl Fn(DeviceKind) -> bool) -> Result<DeviceInfo, Missing> {
    let found = list_devices()
        .into_iter()
        .find(|device| accepts(device.kind));
    found.ok_or_else(|| needs("a graphics adapter, for which mesa-vulkan-drivers is enough"))
}

/// An adapter that computes on the processor.
pub fn software_adapter() -> Result<DeviceInfo, Missing> {
    adapter(|kind| kind == DeviceKind::Software)
}

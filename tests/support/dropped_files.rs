//! Files dropped on a window.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui;

use crate::window::Window;

/// A file dropped by its path.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("files are read by their paths".to_owned())
    }
}

/// Drops files on the window.
pub fn drop_on(window: &mut Window, paths: &[&Path]) {
    for path in paths {
        let file = Arc::new(Dropped((*path).to_owned()));
        window.harness.input_mut().dropped_files.push(file);
    }
    window.harness.run_steps(1);
}

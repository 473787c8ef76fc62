//! The files of a drag out of the window.

use std::path::PathBuf;
use std::sync::PoisonError;

use super::{ExportJob, Exporter, FileEvent, export_failed};
use crate::ui::file_clipboard::{copied_folder, write_copies};
use crate::ui::file_drag::FileDragger;

impl Exporter {
    /// Chooses what drags files out of the window.
    pub fn set_dragger(&mut self, dragger: Option<Box<dyn FileDragger>>) {
        self.dragger = dragger;
    }

    /// Whether files can be dragged out of the window.
    pub fn drags_files(&self) -> bool {
        self.dragger.is_some()
    }

    /// Writes the files of melodies that are dragged out of the window, where copied files are. Returns at once.
    pub fn drag_out(&mut self, job: ExportJob) {
        self.copies += 1;
        let (number, clipboard) = (self.copies, self.clipboard.clone());
        self.spawn(export_failed, move |_, _| {
            let folder = clipboard.map_or_else(copied_folder, |clipboard| {
                clipboard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .folder()
            });
            let written = write_copies(&job.items, &job.options, number, &folder);
            Some(written.map_or_else(
                |error| FileEvent::Failed(format!("the melody was not dragged out: {error}")),
                FileEvent::DragFiles,
            ))
        });
    }

    /// Drags files out of the window.
    ///
    /// # Errors
    /// If the system does not take them, for the user.
    pub fn start_drag(&mut self, window: &eframe::Frame, files: &[PathBuf]) -> Result<(), String> {
        let dragger = self
            .dragger
            .as_mut()
            .map(|dragger| dragger.drag(window, files));
        dragger.unwrap_or(Ok(())).map_err(|error| {
            format!("the melody was not dragged out: {error}; copy it with Ctrl+C instead")
        })
    }
}

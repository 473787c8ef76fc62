//! Dragging melodies out of the window, as files.

use std::path::PathBuf;
use std::sync::PoisonError;

use super::{ExportJob, Exporter, FileEvent, export_failed};
use crate::ui::file_clipboard::{default_copy_folder, write_copies};
use crate::ui::file_drag::FileDragger;

impl Exporter {
    /// Sets what drags files out of the window; `None` where that is not possible.
    pub fn set_dragger(&mut self, dragger: Option<Box<dyn FileDragger>>) {
        self.dragger = dragger;
    }

    /// Whether files can be dragged out of the window.
    pub fn can_drag_files(&self) -> bool {
        self.dragger.is_some()
    }

    /// Writes the files of melodies that are dragged out of the window, to the folder of copied files. Returns at once;
    /// `FileEvent::DragFiles` follows.
    pub fn drag_out(&mut self, job: ExportJob) {
        self.copies += 1;
        let (number, clipboard) = (self.copies, self.clipboard.clone());
        self.spawn(export_failed, move |_, _| {
            let folder = clipboard.map_or_else(default_copy_folder, |clipboard| {
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

    /// Starts to drag files out of the window.
    ///
    /// # Errors
    /// A message for the user, if the system does not accept the files.
    pub fn start_drag(&mut self, window: &eframe::Frame, files: &[PathBuf]) -> Result<(), String> {
        let result = self
            .dragger
            .as_mut()
            .map(|dragger| dragger.drag(window, files));
        result.unwrap_or(Ok(())).map_err(|error| {
            format!("the melody was not dragged out: {error}; copy it with Ctrl+C instead")
        })
    }
}

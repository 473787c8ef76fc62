//! Copying melodies as files to the clipboard, and reading the files on it.

use std::sync::{Arc, Mutex, PoisonError};

use super::{ExportJob, Exporter, FileEvent, export_failed};
use crate::ui::file_clipboard::{FileClipboard, copy_files};
use crate::ui::pasted_files::{PasteRequest, paths_in};

impl Exporter {
    /// Sets the clipboard for files.
    pub fn set_clipboard(&mut self, clipboard: impl FileClipboard + 'static) {
        self.clipboard = Some(Arc::new(Mutex::new(clipboard)));
    }

    /// Copies melodies as MIDI files, one each, to the clipboard. Returns at once.
    pub fn copy(&mut self, job: ExportJob) {
        self.copies += 1;
        let (number, clipboard) = (self.copies, self.clipboard.clone());
        self.spawn(export_failed, move |_, _| {
            let result = copy_files(&job.items, &job.options, number, clipboard.as_deref());
            Some(result.map_or_else(FileEvent::Failed, FileEvent::Info))
        });
    }

    /// Whether there is a clipboard for files.
    pub fn has_clipboard(&self) -> bool {
        self.clipboard.is_some()
    }

    /// Reads the paths of the files on the clipboard, or else those in the pasted text. Returns at once; `FileEvent::Pasted` follows.
    pub fn read_pasted_files(&self, request: PasteRequest) {
        let clipboard = self.clipboard.clone();
        let failed = |reason: &str| {
            FileEvent::Failed(format!(
                "pasting stopped unexpectedly ({reason}); drop the file on the window instead"
            ))
        };
        self.spawn(failed, move |_, _| {
            let mut files = clipboard.map_or_else(Vec::new, |clipboard| {
                let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
                let files = clipboard.files();
                files.unwrap_or_else(|error| {
                    tracing::warn!("the files on the clipboard could not be read: {error}");
                    Vec::new()
                })
            });
            if let PasteRequest::Text(text) = &request
                && files.is_empty()
            {
                files = paths_in(text);
            }
            Some(FileEvent::Pasted { files, request })
        });
    }
}

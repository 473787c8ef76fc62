//! Reading the files on the clipboard.

use std::sync::PoisonError;

use super::{Exporter, FileEvent};
use crate::ui::pasted_files::{PasteRequest, paths_in};

impl Exporter {
    /// Whether files can be pasted.
    pub fn has_clipboard(&self) -> bool {
        self.clipboard.is_some()
    }

    /// Looks for files on the clipboard, or in the text that was pasted. Returns at once.
    pub fn read_pasted(&self, request: PasteRequest) {
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

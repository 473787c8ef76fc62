//! The dialog for a folder of MIDI files to learn from.

use super::{Exporter, FileEvent};
use crate::ui::dialogs::DialogPurpose;

impl Exporter {
    /// Opens a dialog for a folder of MIDI files to learn from.
    pub fn choose_learn_folder(&self, folder: Option<&str>) {
        self.ask(DialogPurpose::LearnFolder, folder, |chosen| {
            FileEvent::LearnFolder(chosen.path)
        });
    }
}

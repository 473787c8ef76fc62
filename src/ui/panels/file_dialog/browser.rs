//! State of the file dialog: a folder, its entries, and the fields for a path and a name. Draws nothing.

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::files::{folder_entries, has_midi_extension, has_model_name, make_folder};
use crate::session::SCORE_EXTENSION;
use crate::ui::dialogs::DialogPurpose;

/// A file or folder in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name without the folder.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether it is a folder, or a link to one.
    pub is_folder: bool,
}

/// The state of an open dialog.
pub struct Browser {
    /// What the dialog is for.
    pub purpose: DialogPurpose,
    /// The text of the path field. It may name another folder than [`Self::folder`] until it is confirmed.
    pub location: String,
    /// The text of the name field.
    pub name: String,
    /// Whether files of other kinds are listed too.
    pub all_files: bool,
    /// Name of a new folder while it is typed.
    pub new_folder: Option<String>,
    /// Why the last action was refused, and what to do.
    pub message: Option<String>,
    folder: PathBuf,
    entries: Vec<Entry>,
    selected: Option<usize>,
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension()
        .is_some_and(|file_extension| file_extension.eq_ignore_ascii_case(extension))
}

impl Browser {
    /// A dialog that begins in `folder`.
    #[must_use]
    pub fn new(purpose: DialogPurpose, folder: &Path) -> Self {
        let name = purpose.suggestion().unwrap_or_default().to_owned();
        let mut browser = Self {
            purpose,
            location: String::new(),
            name,
            all_files: false,
            new_folder: None,
            message: None,
            folder: PathBuf::new(),
            entries: Vec::new(),
            selected: None,
        };
        browser.open_folder(folder);
        browser
    }

    /// Folders first, then files, each by name without regard to case.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Index of the selected entry.
    #[must_use]
    pub fn selected(&self) -> Option<usize> {
        self.selected
    }

    /// Whether the dialog has a field for the name of a file.
    #[must_use]
    pub fn has_name(&self) -> bool {
        !matches!(
            self.purpose,
            DialogPurpose::ExportFolder | DialogPurpose::LearnFolder
        )
    }

    /// Whether files of other kinds can be listed too.
    #[must_use]
    pub fn can_list_all_files(&self) -> bool {
        matches!(
            self.purpose,
            DialogPurpose::Model
                | DialogPurpose::Song
                | DialogPurpose::SoundFont
                | DialogPurpose::Session
        )
    }

    /// Lists a folder. If that is impossible the listed folder stays, and the message says why.
    pub fn open_folder(&mut self, folder: &Path) {
        match self.list(folder) {
            Ok(entries) => {
                self.folder = folder.to_path_buf();
                self.location = folder.display().to_string();
                self.entries = entries;
                self.selected = None;
                self.message = None;
            }
            Err(error) => {
                if self.folder.as_os_str().is_empty() {
                    self.folder = folder.to_path_buf();
                    self.location = folder.display().to_string();
                }
                self.message = Some(format!(
                    "{} cannot be listed ({error}); choose another folder",
                    folder.display()
                ));
            }
        }
    }

    /// Lists the same folder again.
    pub fn refresh(&mut self) {
        self.open_folder(&self.folder.clone());
    }

    /// Lists the folder above, if there is one.
    pub fn open_parent(&mut self) {
        if let Some(parent) = self.folder.parent().map(Path::to_path_buf) {
            self.open_folder(&parent);
        }
    }

    /// Selects an entry. The name of a file goes into the name field, a folder to export into into the path field.
    pub fn select(&mut self, index: usize) {
        let Some(entry) = self.entries.get(index) else {
            return;
        };
        self.selected = Some(index);
        self.message = None;
        if !entry.is_folder {
            self.name.clone_from(&entry.name);
        } else if !self.has_name() {
            self.location = entry.path.display().to_string();
        }
    }

    /// Selects the next or the previous entry.
    pub fn select_next(&mut self, forward: bool) {
        let last = self.entries.len().checked_sub(1);
        let next = match (self.selected, forward) {
            (None, true) => Some(0),
            (None, false) => last,
            (Some(index), true) => Some(index + 1),
            (Some(index), false) => index.checked_sub(1),
        };
        if let Some(next) = next {
            self.select(next);
        }
    }

    /// Opens the folder of this index, or chooses the file.
    pub fn activate(&mut self, index: usize) -> Option<PathBuf> {
        self.select(index);
        let entry = self.entries.get(index)?.clone();
        if entry.is_folder {
            self.open_folder(&entry.path);
            None
        } else {
            self.submit()
        }
    }

    /// Goes where the path field says: lists a folder, or chooses the file that is to be opened.
    pub fn go_to_location(&mut self) -> Option<PathBuf> {
        let path = match self.selected_entry() {
            // A path that is not text cannot be read back from the field.
            Some(entry) if self.location == entry.path.display().to_string() => entry.path.clone(),
            _ => self.resolve(&self.location),
        };
        if path.is_dir() {
            self.open_folder(&path);
        } else if self.can_list_all_files() && path.is_file() {
            return Some(path);
        } else {
            self.message = Some(format!(
                "There is no folder {}; correct the path, or make the folder with “New folder”",
                path.display()
            ));
        }
        None
    }

    /// The path that the fields name; `None` if they name none, and then the message says why.
    ///
    /// A path that was typed and not confirmed counts. A name may be a path of its own; the name of a folder opens it.
    pub fn submit(&mut self) -> Option<PathBuf> {
        if self.location != self.folder.display().to_string() {
            if let Some(path) = self.go_to_location() {
                return Some(path);
            }
            if self.message.is_some() {
                return None;
            }
        }
        self.message = None;
        if !self.has_name() {
            return Some(self.folder.clone());
        }
        let name = self.name.trim();
        if name.is_empty() {
            if let Some(index) = self.selected {
                return self.activate(index);
            }
            let text = if self.can_list_all_files() {
                "Choose a file in the list, or type its name"
            } else {
                "Type a name for the file"
            };
            self.message = Some(text.to_owned());
            return None;
        }
        let path = match self.selected_entry() {
            Some(entry) if self.name == entry.name => entry.path.clone(),
            _ => self.resolve(name),
        };
        if path.is_dir() {
            self.name.clear();
            self.open_folder(&path);
            return None;
        }
        if self.can_list_all_files() && !path.is_file() {
            self.message = Some(format!(
                "There is no file {}; correct the name, or choose a file in the list",
                path.display()
            ));
            return None;
        }
        let parent = path.parent().unwrap_or(&self.folder);
        if !parent.is_dir() {
            self.message = Some(format!(
                "There is no folder {}; correct the name, or make the folder with “New folder”",
                parent.display()
            ));
            return None;
        }
        Some(path)
    }

    /// Makes the folder whose name was typed, and lists it.
    pub fn make_new_folder(&mut self) {
        let Some(name) = &self.new_folder else {
            return;
        };
        let name = name.trim();
        if name.is_empty() {
            self.message = Some("Type a name for the new folder".to_owned());
            return;
        }
        let path = self.resolve(name);
        if path.exists() {
            self.message = Some(format!(
                "{} is already there; type another name",
                path.display()
            ));
            return;
        }
        match make_folder(&path) {
            Ok(()) => {
                self.new_folder = None;
                self.open_folder(&path);
            }
            Err(error) => self.message = Some(error.to_string()),
        }
    }

    fn selected_entry(&self) -> Option<&Entry> {
        self.entries.get(self.selected?)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        // An entry that vanishes while the folder is read is left out.
        for entry in folder_entries(folder)?.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_folder = path.is_dir();
            if !name.starts_with('.') && (is_folder || self.lists_file(&path)) {
                entries.push(Entry {
                    name,
                    path,
                    is_folder,
                });
            }
        }
        entries.sort_by_cached_key(|entry| (!entry.is_folder, entry.name.to_lowercase()));
        Ok(entries)
    }

    fn lists_file(&self, file: &Path) -> bool {
        match &self.purpose {
            DialogPurpose::ExportFolder | DialogPurpose::LearnFolder => false,
            DialogPurpose::SaveMidi { .. } => has_midi_extension(file),
            DialogPurpose::SaveScore { .. } => has_extension(file, SCORE_EXTENSION),
            DialogPurpose::SaveRecording { format, .. } => has_extension(file, format.extension()),
            DialogPurpose::SoundFont => self.all_files || has_extension(file, "sf2"),
            DialogPurpose::SaveSession { .. } => has_extension(file, "tunescape"),
            DialogPurpose::Session => self.all_files || has_extension(file, "tunescape"),
            DialogPurpose::Model => self.all_files || has_model_name(file),
            DialogPurpose::Song => self.all_files || has_midi_extension(file),
        }
    }

    /// Resolves a typed path against the listed folder: expands `~` and removes `.` and `..`.
    fn resolve(&self, typed: &str) -> PathBuf {
        let typed = Path::new(typed.trim());
        let typed = match (typed.strip_prefix("~"), std::env::home_dir()) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => typed.to_path_buf(),
        };
        let mut path = PathBuf::new();
        for part in self.folder.join(typed).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    path.pop();
                }
                part => path.push(part),
            }
        }
        path
    }
}

#[cfg(test)]
mod tests;

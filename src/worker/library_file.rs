//! A handle on the library file that reopens it when it is damaged or replaced, without losing a melody.

use std::path::PathBuf;
use std::sync::Arc;

use crate::session::library::{
    ExternalChange, LegacyImport, Library, LibraryChange, LibraryContents, LibraryEntry,
    LibraryError, OpenedLibrary,
};
use crate::wording::count_with_noun;

/// Location of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LibraryLocation {
    /// In this file.
    File(PathBuf),
    /// In memory: kept melodies are lost when the window closes.
    Memory,
}

/// Status of a library that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibraryStatus {
    /// Identifier of the library, from its table `library_identity`; `None` if that cannot be read.
    pub id: Option<String>,
    /// Number of melodies in it that could not be read.
    pub unreadable_count: usize,
}

/// A handle on the library file: open or not yet, with what was last read from it.
pub(super) struct LibraryHandle {
    location: LibraryLocation,
    /// Kept melodies in the settings of earlier versions, to be imported when the library opens.
    legacy_text: Option<String>,
    library: Option<Library>,
    /// The melodies as last read, which are restored into the library that replaces a damaged one.
    entries: Arc<Vec<LibraryEntry>>,
    /// Status of the library when it was last read.
    last_status: Option<LibraryStatus>,
    /// Sentences for the user that are not reported yet.
    notices: Vec<String>,
    /// Whether a change could not be read back, so that what was last read is out of date.
    is_out_of_date: bool,
}

impl LibraryHandle {
    /// A library that is not open yet.
    pub(super) fn new(location: LibraryLocation, legacy_text: Option<String>) -> Self {
        Self {
            location,
            legacy_text,
            library: None,
            entries: Arc::default(),
            last_status: None,
            notices: Vec::new(),
            is_out_of_date: false,
        }
    }

    /// The melodies as last read.
    pub(super) fn entries(&self) -> Arc<Vec<LibraryEntry>> {
        Arc::clone(&self.entries)
    }

    /// Status of the library when it was last read; `None` before.
    pub(super) fn last_status(&self) -> Option<LibraryStatus> {
        self.last_status.clone()
    }

    /// Returns the notices for the user that are not reported yet.
    pub(super) fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Whether the library is open.
    pub(super) fn is_open(&self) -> bool {
        self.library.is_some()
    }

    /// Opens the library and reads it, if it is not open.
    pub(super) fn open(&mut self) -> Result<(), LibraryError> {
        self.open_library()?;
        Ok(())
    }

    /// Applies a change and reads the library again.
    pub(super) fn apply(&mut self, change: &LibraryChange) -> Result<(), LibraryError> {
        self.with_library(|library| library.apply(change))?;
        // The change is applied; if it cannot be read back now, it is read by the next check.
        if let Err(error) = self.read() {
            self.is_out_of_date = true;
            self.notices.push(error.to_string());
        }
        Ok(())
    }

    /// Reads the library if another process has changed it, or if the last change could not be read back. Returns whether it was
    /// read.
    pub(super) fn check_for_changes(&mut self) -> Result<bool, LibraryError> {
        let Some(library) = &mut self.library else {
            return Ok(false);
        };
        match library.external_changes() {
            Ok(ExternalChange::Unchanged) if !self.is_out_of_date => return Ok(false),
            Ok(ExternalChange::Unchanged) => {}
            Ok(ExternalChange::Changed) => {}
            Ok(ExternalChange::Replaced) => self.library = None,
            Err(error) if error.needs_reopening() => self.library = None,
            Err(error) => return Err(error),
        }
        self.read()?;
        Ok(true)
    }

    fn read(&mut self) -> Result<(), LibraryError> {
        let contents = self.with_library(|library| library.list())?;
        self.store_contents(contents);
        Ok(())
    }

    /// Stores what was read, and adds a notice if the number of unreadable melodies has grown.
    fn store_contents(&mut self, contents: LibraryContents) {
        let unreadable_count = contents.unreadable_count;
        let previous_count = self
            .last_status
            .as_ref()
            .map_or(0, |status| status.unreadable_count);
        if unreadable_count > previous_count {
            self.notices.push(format!(
                "{} could not be read; they stay in the library, and a newer version of Tunescape may read them",
                count_with_noun(unreadable_count, "kept melody")
            ));
        }
        self.is_out_of_date = false;
        self.entries = Arc::new(contents.entries);
        self.last_status = Some(LibraryStatus {
            id: contents.library_id,
            unreadable_count,
        });
    }

    /// Calls `work` with the open library. If that finds the file damaged or moved, the library is reopened and `work` called again.
    fn with_library<T>(
        &mut self,
        mut work: impl FnMut(&mut Library) -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        match work(self.open_library()?) {
            Err(error) if error.needs_reopening() => {
                tracing::warn!("opening the library again: {error}");
                self.library = None;
                work(self.open_library()?)
            }
            result => result,
        }
    }

    fn open_library(&mut self) -> Result<&mut Library, LibraryError> {
        let library = match self.library.take() {
            Some(library) => library,
            None => self.open_and_restore()?,
        };
        Ok(self.library.insert(library))
    }

    /// Opens the library, imports the melodies of earlier versions, and restores the melodies as last read.
    fn open_and_restore(&mut self) -> Result<Library, LibraryError> {
        let mut library = match &self.location {
            LibraryLocation::Memory => Library::in_memory()?,
            LibraryLocation::File(path) => {
                let OpenedLibrary {
                    library,
                    damaged_copy,
                } = Library::open(path)?;
                if let Some(copy) = damaged_copy {
                    self.notices.push(format!(
                        "The library of kept melodies was damaged ({}); it was renamed to {} and a new one was started",
                        copy.reason,
                        copy.path.display()
                    ));
                }
                library
            }
        };
        if let Some(text) = &self.legacy_text {
            match library.import_legacy(text) {
                Ok(LegacyImport::Imported { unreadable_count: 0, .. } | LegacyImport::AlreadyImported) => {}
                Ok(LegacyImport::Imported { melody_count, unreadable_count }) => self.notices.push(format!(
                    "Of the melodies that an earlier version kept, {melody_count} were taken over and {unreadable_count} could not be read; their text stays in the settings file"
                )),
                // The library can be read but not written.
                Err(error) => self.notices.push(error.to_string()),
            }
        }
        if !self.entries.is_empty() {
            library.restore(&self.entries)?;
        }
        let contents = library.list()?;
        self.store_contents(contents);
        Ok(library)
    }
}

//! The library file: opened again when it is damaged or replaced, without losing a melody.

use std::path::PathBuf;
use std::sync::Arc;

use crate::session::library::{
    ExternalChange, LegacyImport, Library, LibraryChange, LibraryContents, LibraryEntry,
    LibraryError, OpenedLibrary,
};
use crate::wording::counted;

/// Where the library is.
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
    /// Melodies in it that could not be read.
    pub unreadable: usize,
}

/// A handle on the library file: open or not yet, with what was last read from it.
pub(super) struct LibraryHandle {
    location: LibraryLocation,
    /// Kept melodies in the settings of earlier versions, to be taken over when the library opens.
    legacy_text: Option<String>,
    library: Option<Library>,
    /// The melodies as last read, which are restored into the library that replaces a damaged one.
    entries: Arc<Vec<LibraryEntry>>,
    /// Status of the library when it was last read.
    last_status: Option<LibraryStatus>,
    /// Sentences for the user that are not reported yet.
    notices: Vec<String>,
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

    /// Takes the sentences for the user.
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

    /// Makes a change and reads the library again.
    pub(super) fn apply(&mut self, change: &LibraryChange) -> Result<(), LibraryError> {
        self.with_library(|library| library.apply(change))?;
        // The change is made; what cannot be read now is read later.
        if let Err(error) = self.read() {
            self.notices.push(error.to_string());
        }
        Ok(())
    }

    /// Reads the library if another process has changed it. Returns whether there is something new.
    pub(super) fn check_for_changes(&mut self) -> Result<bool, LibraryError> {
        let Some(library) = &mut self.library else {
            return Ok(false);
        };
        match library.external_changes() {
            Ok(ExternalChange::Unchanged) => return Ok(false),
            Ok(ExternalChange::Changed) => {}
            Ok(ExternalChange::Replaced) => self.library = None,
            Err(error) if error.needs_reopening() => self.library = None,
            Err(error) => return Err(error),
        }
        self.read()?;
        Ok(true)
    }

    fn read(&mut self) -> Result<(), LibraryError> {
        let listing = self.with_library(|library| library.list())?;
        self.take_listing(listing);
        Ok(())
    }

    /// Takes what was read, and says so if more of it could not be read than before.
    fn take_listing(&mut self, listing: LibraryContents) {
        let unreadable = listing.unreadable;
        let before = self.last_status.as_ref().map_or(0, |read| read.unreadable);
        if unreadable > before {
            self.notices.push(format!(
                "{} could not be read; they stay in the library, and a newer version of Tunescape may read them",
                counted(unreadable, "kept melody")
            ));
        }
        self.entries = Arc::new(listing.entries);
        self.last_status = Some(LibraryStatus {
            id: listing.library_id,
            unreadable,
        });
    }

    /// Works with the open library. If that finds it damaged or moved, it is opened again and the work repeated once.
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
            done => done,
        }
    }

    fn open_library(&mut self) -> Result<&mut Library, LibraryError> {
        let library = match self.library.take() {
            Some(library) => library,
            None => self.open_and_restore()?,
        };
        Ok(self.library.insert(library))
    }

    /// Opens the library, takes over what earlier versions kept, and restores what was read from it before.
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
                Ok(LegacyImport::Imported { unreadable: 0, .. } | LegacyImport::AlreadyImported) => {}
                Ok(LegacyImport::Imported { melodies, unreadable }) => self.notices.push(format!(
                    "Of the melodies that an earlier version kept, {melodies} were taken over and {unreadable} could not be read; their text stays in the settings file"
                )),
                // A library that can be read but not written.
                Err(error) => self.notices.push(error.to_string()),
            }
        }
        if !self.entries.is_empty() {
            library.restore(&self.entries)?;
        }
        let listing = library.list()?;
        self.take_listing(listing);
        Ok(library)
    }
}

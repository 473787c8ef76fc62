//! Files on the clipboard, and where they are written for it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use etcetera::BaseStrategy as _;

use crate::melody::MidiWriteOptions;
use crate::session::{ExportGrouping, ExportItem, OnExisting, export_files, write_files};
use crate::wording::counted;

/// Folders of files that were copied are removed once so many newer ones are there.
const KEPT_FOLDERS: u64 = 20;

/// A clipboard that takes and gives files.
pub trait FileClipboard: Send {
    /// Puts these files on the clipboard, in place of what is there. The error is for the user.
    ///
    /// # Errors
    /// If there is no clipboard, or it does not take them.
    fn set_files(&mut self, paths: &[PathBuf]) -> Result<(), String>;

    /// The files that are on the clipboard; none if it holds something else.
    ///
    /// # Errors
    /// If there is no clipboard, or it could not be read.
    fn files(&mut self) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    /// The folder in which each copy has a folder of its own: in the user's folder for caches.
    fn folder(&self) -> PathBuf {
        copied_folder()
    }
}

/// The folder of copied files: in the user's folder for caches.
pub fn copied_folder() -> PathBuf {
    let caches = etcetera::base_strategy::choose_native_strategy().map(|user| user.cache_dir());
    caches
        .unwrap_or_else(|_| std::env::temp_dir())
        .join("tunescape")
        .join("copied")
}

/// The clipboard of the system: a list of files, on X11 (and through it on Wayland) as `text/uri-list`. What was copied can be pasted
/// for as long as this value lasts; on Windows and macOS longer.
#[derive(Default)]
pub struct SystemClipboard(Option<arboard::Clipboard>);

impl SystemClipboard {
    fn clipboard(&mut self) -> Result<&mut arboard::Clipboard, String> {
        let clipboard = match self.0.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(|error| error.to_string())?,
        };
        Ok(self.0.insert(clipboard))
    }
}

impl FileClipboard for SystemClipboard {
    fn set_files(&mut self, paths: &[PathBuf]) -> Result<(), String> {
        let set = self.clipboard()?.set().file_list(paths);
        set.map_err(|error| error.to_string())
    }

    fn files(&mut self) -> Result<Vec<PathBuf>, String> {
        match self.clipboard()?.get().file_list() {
            Ok(files) => Ok(files),
            Err(arboard::Error::ContentNotAvailable) => Ok(Vec::new()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Writes the files of a copy and puts them on the clipboard. Returns what the user is told.
///
/// # Errors
/// Why nothing was copied, for the user.
pub fn copy(
    items: &[ExportItem],
    options: &MidiWriteOptions,
    number: u64,
    clipboard: Option<&Mutex<dyn FileClipboard>>,
) -> Result<String, String> {
    let failed = |error: String| {
        format!("the melody was not copied as a file: {error}; export it with Ctrl+E instead")
    };
    let Some(clipboard) = clipboard else {
        return Err(failed("there is no clipboard for files here".to_owned()));
    };
    let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
    let written = write_copies(items, options, number, &clipboard.folder()).map_err(failed)?;
    clipboard.set_files(&written).map_err(failed)?;
    Ok(match items {
        [item] => format!(
            "{} was copied as a MIDI file; paste it where files go",
            item.name
        ),
        items => format!(
            "{} were copied as MIDI files; paste them where files go",
            counted(items.len(), "melody")
        ),
    })
}

/// Writes the files of a copy into a folder of its own in `folder`; returns where they are.
///
/// # Errors
/// Why they could not be written.
pub fn write_copies(
    items: &[ExportItem],
    options: &MidiWriteOptions,
    number: u64,
    folder: &Path,
) -> Result<Vec<PathBuf>, String> {
    let folder = new_folder(folder, number).map_err(|error| error.to_string())?;
    let target = match items {
        [item] => folder.join(format!("{}.mid", item.stem)),
        _ => folder,
    };
    let files = export_files(items, ExportGrouping::Folder, &target, options);
    let files = files.map_err(|error| error.to_string())?;
    write_files(&files, OnExisting::Number).map_err(|error| error.to_string())
}

/// Makes an empty folder for the files of a copy. The oldest ones are removed: by then nobody pastes them.
fn new_folder(all: &Path, number: u64) -> io::Result<PathBuf> {
    let process = std::process::id();
    let folder = |number: u64| all.join(format!("{process}-{number}"));
    if let Some(old) = number.checked_sub(KEPT_FOLDERS) {
        std::fs::remove_dir_all(folder(old)).ok();
    }
    let folder = folder(number);
    // Of an earlier process with the same number.
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

//! Copying melodies as files: the clipboard, and the folders that the copied files are written to.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use etcetera::BaseStrategy as _;

use crate::melody::MidiWriteOptions;
use crate::session::{ExportGrouping, ExportItem, OnExisting, export_files, write_files};
use crate::wording::count_with_noun;

/// Number of copies whose folders are kept; older ones are removed.
const MAX_FOLDERS: u64 = 20;

/// A clipboard that takes and gives files.
pub trait FileClipboard: Send {
    /// Puts these files on the clipboard, in place of what is there. The error is for the user.
    ///
    /// # Errors
    /// If there is no clipboard, or it does not take them.
    fn set_files(&mut self, paths: &[PathBuf]) -> Result<(), String>;

    /// The files that are on the clipboard; empty if it contains something else.
    ///
    /// # Errors
    /// If there is no clipboard, or it could not be read.
    fn files(&mut self) -> Result<Vec<PathBuf>, String> {
        Ok(Vec::new())
    }

    /// The folder that contains a folder for each copy; by default in the user's cache folder.
    fn folder(&self) -> PathBuf {
        default_copy_folder()
    }
}

/// The default folder of copied files, in the user's cache folder.
pub fn default_copy_folder() -> PathBuf {
    let caches = etcetera::base_strategy::choose_native_strategy().map(|user| user.cache_dir());
    caches
        .unwrap_or_else(|_| std::env::temp_dir())
        .join("tunescape")
        .join("copied")
}

/// The clipboard of the system. It takes and gives a list of files, on X11 (which Wayland uses too) as `text/uri-list`. On X11 the
/// files can only be pasted as long as this value exists.
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

/// Writes melodies as MIDI files and puts these on the clipboard. Returns a message for the user.
///
/// # Errors
/// A message for the user, if nothing was copied.
pub fn copy_files(
    items: &[ExportItem],
    options: &MidiWriteOptions,
    number: u64,
    clipboard: Option<&Mutex<dyn FileClipboard>>,
) -> Result<String, String> {
    let error_text = |error: String| {
        format!("the melody was not copied as a file: {error}; export it with Ctrl+E instead")
    };
    let Some(clipboard) = clipboard else {
        return Err(error_text(
            "there is no clipboard for files here".to_owned(),
        ));
    };
    let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
    let written = write_copies(items, options, number, &clipboard.folder()).map_err(error_text)?;
    clipboard.set_files(&written).map_err(error_text)?;
    Ok(match items {
        [item] => format!(
            "{} was copied as a MIDI file; paste it where files go",
            item.name
        ),
        items => format!(
            "{} were copied as MIDI files; paste them where files go",
            count_with_noun(items.len(), "melody")
        ),
    })
}

/// Writes melodies as MIDI files into a new folder in `parent`, for the copy with this number. Returns the paths of the files.
///
/// # Errors
/// A message for the user, if the files could not be written.
pub fn write_copies(
    items: &[ExportItem],
    options: &MidiWriteOptions,
    number: u64,
    parent: &Path,
) -> Result<Vec<PathBuf>, String> {
    let folder = new_folder(parent, number).map_err(|error| error.to_string())?;
    let target = match items {
        [item] => folder.join(format!("{}.mid", item.stem)),
        _ => folder,
    };
    let files = export_files(items, ExportGrouping::Folder, &target, options);
    let files = files.map_err(|error| error.to_string())?;
    write_files(&files, OnExisting::Number).map_err(|error| error.to_string())
}

/// Creates an empty folder for the files of a copy, and removes one that is too old to be pasted.
fn new_folder(parent: &Path, number: u64) -> io::Result<PathBuf> {
    let process = std::process::id();
    let folder_of_copy = |number: u64| parent.join(format!("{process}-{number}"));
    if let Some(old) = number.checked_sub(MAX_FOLDERS) {
        std::fs::remove_dir_all(folder_of_copy(old)).ok();
    }
    let folder = folder_of_copy(number);
    // The folder of an earlier process with the same id.
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

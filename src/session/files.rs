//! Writing files that appear whole or not at all, and the folders for them.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::ExportError;
use crate::files::{self, folder_entries};

/// Writes a file in one stroke, over one of that name only with `overwrite`.
pub(super) fn write_atomic(
    path: &Path,
    overwrite: bool,
    content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), ExportError> {
    Ok(files::write_atomic(path, overwrite, content)?)
}

/// Makes a folder and those above it, if they are not there.
pub(super) fn make_folder(folder: &Path) -> Result<(), ExportError> {
    Ok(files::make_folder(folder)?)
}

/// Makes the folder of a run; one that is in use is refused unless it is to be overwritten. Nothing in it changes.
pub(super) fn check_run_folder(folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    if !overwrite && folder_entries(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(ExportError::FolderNotEmpty {
            folder: folder.to_path_buf(),
        });
    }
    make_folder(folder)
}

/// The same, and takes the record of an earlier run away.
pub(super) fn prepare_run_folder(folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    check_run_folder(folder, overwrite)?;
    // The record comes last and says that the run is complete: an old one must not vouch for new files.
    match fs::remove_file(folder.join("run.json")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(ExportError::write(folder, error))
        }
        _ => Ok(()),
    }
}

/// Removes what an earlier, larger run left in a folder of melodies: files named like ours that `written` does not have.
pub(super) fn remove_leftovers(
    folder: &Path,
    prefixes: &[&str],
    written: &std::collections::HashSet<String>,
) -> Result<(), ExportError> {
    let Ok(entries) = folder_entries(folder) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let rest = prefixes
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix)?.strip_suffix(".mid"));
        let ours = rest.is_some_and(|rest| {
            rest.split('_').all(|part| {
                part == "sample" || (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
            })
        });
        if ours && !written.contains(name) {
            fs::remove_file(entry.path())
                .map_err(|source| ExportError::write(&entry.path(), source))?;
        }
    }
    Ok(())
}

//! Writing files that appear whole or not at all, and the folders for them.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::ExportError;
use crate::files::folder_entries;

/// Writes a file in one stroke.
///
/// With `overwrite` a file of that name is replaced; without, it stays and [`ExportError::AlreadyThere`] comes back.
pub(super) fn write_whole(
    path: &Path,
    overwrite: bool,
    content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), ExportError> {
    crate::files::write_whole(path, overwrite, content).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => ExportError::AlreadyThere {
            count: 1,
            first: path.to_path_buf(),
        },
        _ => ExportError::write(path, source),
    })
}

/// Makes a folder and those above it, if they are not there.
pub(super) fn make_folder(folder: &Path) -> Result<(), ExportError> {
    if folder.is_file() {
        return Err(ExportError::NotAFolder {
            path: folder.to_path_buf(),
        });
    }
    fs::create_dir_all(folder).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => ExportError::NotAFolder {
            path: folder.to_path_buf(),
        },
        _ => ExportError::write(folder, source),
    })
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn a_write_that_breaks_off_leaves_neither_the_file_nor_a_part_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let error = write_whole(&path, false, |writer| {
            writer.write_all(&[b'x'; 100_000])?;
            Err(full())
        });
        assert!(
            error
                .unwrap_err()
                .to_string()
                .ends_with("the disk is full; make room or choose another folder")
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, "old").unwrap();
        assert!(write_whole(&path, true, |_| Err(full())).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    #[test]
    fn nothing_is_replaced_without_leave() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mid");
        write_whole(&path, false, |writer| writer.write_all(b"one")).unwrap();
        let error = write_whole(&path, false, |writer| writer.write_all(b"two")).unwrap_err();
        assert!(matches!(error, ExportError::AlreadyThere { count: 1, .. }));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write_whole(&path, true, |writer| writer.write_all(b"two")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }

    #[test]
    fn a_folder_that_cannot_be_is_said_in_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(
            make_folder(&file)
                .unwrap_err()
                .to_string()
                .ends_with("is a file, not a folder; choose another name")
        );
        assert!(matches!(
            make_folder(&file.join("deep/er")),
            Err(ExportError::NotAFolder { .. })
        ));
        let missing = folder.path().join("missing/a.csv");
        assert!(matches!(
            write_whole(&missing, false, |_| Ok(())),
            Err(ExportError::NoFolder { .. })
        ));
    }
}

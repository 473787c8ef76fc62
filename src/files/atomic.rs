//! Writes files atomically: a file appears complete or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{WriteError, parent_folder};

/// Prefix of the names of unfinished files.
pub const TEMPORARY_PREFIX: &str = ".tunescape-";

/// A temporary file in the folder of its final path. Removed when dropped without [`AtomicFile::persist`].
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    file: NamedTempFile,
}

impl AtomicFile {
    /// Creates the temporary file for `path`.
    ///
    /// # Errors
    /// The error of the system, if the folder cannot be written to.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY_PREFIX);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Temporary files are private by default; a saved file should be as readable as any other.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        Ok(Self {
            path: path.to_path_buf(),
            file: builder.tempfile_in(parent_folder(path))?,
        })
    }

    /// The open file.
    #[must_use]
    pub fn as_file(&self) -> &File {
        self.file.as_file()
    }

    /// Moves the file to its final path. Readers see the complete new file or the previous one.
    ///
    /// On a file system without hard links, a file that another process creates between the check for one and the rename is replaced
    /// even if `overwrite` is false.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something has that name and `overwrite` is false; it is then unchanged.
    pub fn persist(self, overwrite: bool) -> io::Result<()> {
        let Self { path, file } = self;
        if overwrite {
            return file.persist(&path).map(drop).map_err(|error| error.error);
        }
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(()),
            Err(error)
                if error.error.kind() == io::ErrorKind::AlreadyExists || entry_exists(&path) =>
            {
                Err(io::ErrorKind::AlreadyExists.into())
            }
            // Memory sticks often support no hard links: fall back to a plain rename.
            Err(error) => {
                let renamed = error.file.persist(&path);
                renamed.map(drop).map_err(|error| error.error)
            }
        }
    }
}

/// Writes a file atomically.
///
/// # Errors
/// [`WriteError::AlreadyExists`] when something has that name and `overwrite` is false; other errors of the system, and those
/// of `write_content`. A file that was there is then unchanged.
pub fn write_atomic(
    path: &Path,
    overwrite: bool,
    write_content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), WriteError> {
    write_new(path, overwrite, false, |file| write_content(file))
        .map_err(|source| WriteError::new(path, source))
}

/// Writes or replaces a file atomically and waits until it is on the disk; on Unix the folder is synced too. For results of hours of
/// work.
///
/// # Errors
/// As for [`AtomicFile::create`] and [`AtomicFile::persist`], and the errors of `write_content`. An existing file is then
/// unchanged.
pub fn write_atomic_synced(
    path: &Path,
    write_content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    write_new(path, true, true, |file| write_content(file))
}

fn write_new(
    path: &Path,
    overwrite: bool,
    sync: bool,
    write_content: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<()> {
    if !overwrite && entry_exists(path) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let new_file = AtomicFile::create(path)?;
    let mut writer = BufWriter::new(new_file.as_file());
    write_content(&mut writer)?;
    writer.flush()?;
    drop(writer);
    if sync {
        new_file.as_file().sync_all()?;
    }
    new_file.persist(overwrite)?;
    if sync {
        sync_folder(path);
    }
    Ok(())
}

/// Moves a complete file to a path that has to be free. On a file system without hard links, a file that another process creates
/// between the check for one and the move is replaced.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when something has that path; both files are then unchanged.
pub fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => {
            // The file has its new name; the old one is only a leftover.
            std::fs::remove_file(from).ok();
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists || entry_exists(to) => {
            Err(io::ErrorKind::AlreadyExists.into())
        }
        Err(_) => std::fs::rename(from, to),
    }
}

/// Makes renames in the folder of `path` survive a loss of power, where the system can; a failure is only logged.
pub fn sync_folder(path: &Path) {
    #[cfg(unix)]
    {
        let folder = parent_folder(path);
        if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
            tracing::warn!("could not sync {}: {error}", folder.display());
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Creates a folder and its parents where they are missing.
///
/// # Errors
/// [`WriteError::NotAFolder`] if a file has the name of the folder or of a parent; other errors of the system.
pub fn make_folder(folder: &Path) -> Result<(), WriteError> {
    let blocking_file = || folder.ancestors().find(|ancestor| ancestor.is_file());
    std::fs::create_dir_all(folder).map_err(|source| match blocking_file() {
        Some(file) => WriteError::NotAFolder {
            path: file.to_path_buf(),
        },
        None => WriteError::new(folder, source),
    })
}

/// Whether anything has this path, a broken link included.
#[must_use]
pub fn entry_exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::fs;

    use super::*;

    #[test]
    fn a_file_moves_to_a_free_path_only() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["new", "old"].map(|name| folder.path().join(name));
        fs::write(&from, "new").unwrap();
        fs::write(&to, "old").unwrap();
        let error = rename_to_free(&from, &to).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&to).unwrap(), "old");
        assert_eq!(fs::read_to_string(&from).unwrap(), "new");
        fs::remove_file(&to).unwrap();
        rename_to_free(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "new");
        assert!(!from.exists());
    }

    #[test]
    fn a_failed_write_leaves_neither_the_file_nor_a_part_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        let disk_full = || io::Error::from(io::ErrorKind::StorageFull);
        let error = write_atomic(&path, false, |writer| {
            writer.write_all(&[b'x'; 100_000])?;
            Err(disk_full())
        });
        let error = error.unwrap_err();
        assert!(matches!(error, WriteError::DiskFull { .. }), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, "old").unwrap();
        assert!(write_atomic(&path, true, |_| Err(disk_full())).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    #[test]
    fn nothing_is_replaced_unless_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mid");
        write_atomic(&path, false, |writer| writer.write_all(b"one")).unwrap();
        let error = write_atomic(&path, false, |writer| writer.write_all(b"two")).unwrap_err();
        assert!(matches!(error, WriteError::AlreadyExists { .. }), "{error}");
        // Also when the file appears while the new one is being written.
        let late_path = folder.path().join("late.mid");
        let new_file = AtomicFile::create(&late_path).unwrap();
        fs::write(&late_path, "theirs").unwrap();
        let error = new_file.persist(false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&late_path).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write_atomic(&path, true, |writer| writer.write_all(b"two")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_missing_folder_and_a_file_in_its_place_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("not here");
        let error = write_atomic(&missing.join("tune.mid"), false, |_| Ok(())).unwrap_err();
        assert!(
            matches!(&error, WriteError::NoFolder { folder } if *folder == missing),
            "{error}"
        );
        let file = folder.path().join("a file");
        fs::write(&file, b"").unwrap();
        for error in [
            write_atomic(&file.join("tune.mid"), false, |_| Ok(())).unwrap_err(),
            make_folder(&file).unwrap_err(),
            make_folder(&file.join("deep/er")).unwrap_err(),
        ] {
            assert!(
                matches!(&error, WriteError::NotAFolder { path } if *path == file),
                "{error}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_read_only_folder_gives_an_error_that_says_so() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        // The superuser may write anywhere, so there is nothing to see then.
        let writable_anyway = fs::write(folder.path().join("probe"), b"").is_ok();
        let result = write_atomic(&folder.path().join("tune.mid"), false, |_| Ok(()));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        if !writable_anyway {
            let error = result.unwrap_err();
            assert!(matches!(error, WriteError::ReadOnly { .. }), "{error}");
            assert!(error.to_string().contains("choose another folder"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_saved_file_can_be_read_like_any_other_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain");
        fs::write(&plain, b"").unwrap();
        let ours = folder.path().join("ours.mid");
        write_atomic(&ours, false, |writer| writer.write_all(b"x")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}

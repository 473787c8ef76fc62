//! Files as such, before anything reads what is in them: writing them whole or not at all, listing folders, telling what
//! a file is, and names that are safe to print.

mod error;
mod kind;
mod listing;
mod printable;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

pub use error::WriteError;
use error::folder_of;
pub use kind::{FileKind, FolderKind, MIDI_ENDINGS, has_midi_ending, has_model_name};
pub use listing::{folder_entries, is_system_name, is_system_path};
pub use printable::printable;

/// A file in the making: a temporary one in the folder of the name that it will take. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    file: NamedTempFile,
}

impl AtomicFile {
    /// Begins the file that will be called `path`.
    ///
    /// # Errors
    /// Why the folder cannot be written to.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".tunescape-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Temporary files are private by default; a saved file should be as readable as any other.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        Ok(Self {
            path: path.to_path_buf(),
            file: builder.tempfile_in(folder_of(path))?,
        })
    }

    /// The open file.
    #[must_use]
    pub fn as_file(&self) -> &File {
        self.file.as_file()
    }

    /// Gives the file its name. Readers see the whole new file or what was there before.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when something has that name and `overwrite` is false; it is then unchanged.
    pub fn finish(self, overwrite: bool) -> io::Result<()> {
        let Self { path, file } = self;
        if overwrite {
            return file.persist(&path).map(drop).map_err(|error| error.error);
        }
        match file.persist_noclobber(&path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists || is_there(&path) => {
                Err(io::ErrorKind::AlreadyExists.into())
            }
            // Memory sticks often know no hard links; a plain rename then has to do.
            Err(error) => {
                let placed = error.file.persist(&path);
                placed.map(drop).map_err(|error| error.error)
            }
        }
    }
}

/// Writes a file in one stroke.
///
/// # Errors
/// [`WriteError::AlreadyExists`] when something has that name and `overwrite` is false; else why the folder could not be
/// written to, or what `content` gives. Whatever was there is then unchanged.
pub fn write_atomic(
    path: &Path,
    overwrite: bool,
    content: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> Result<(), WriteError> {
    let write = || {
        if !overwrite && is_there(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let new = AtomicFile::begin(path)?;
        let mut writer = BufWriter::new(new.as_file());
        content(&mut writer)?;
        writer.flush()?;
        drop(writer);
        new.finish(overwrite)
    };
    write().map_err(|source| WriteError::new(path, source))
}

/// Makes a folder and those above it, if they are not there.
///
/// # Errors
/// [`WriteError::NotAFolder`] if a file has its name or that of a folder above it; else what the system does not allow.
pub fn make_folder(folder: &Path) -> Result<(), WriteError> {
    let in_the_way = || folder.ancestors().find(|above| above.is_file());
    std::fs::create_dir_all(folder).map_err(|source| match in_the_way() {
        Some(file) => WriteError::NotAFolder {
            path: file.to_path_buf(),
        },
        None => WriteError::new(folder, source),
    })
}

/// Writes a file in one stroke, over one of that name if there is one, and waits until it is on the disk: for what took
/// hours to make.
///
/// # Errors
/// As [`AtomicFile::begin`] and [`AtomicFile::finish`], and what `content` gives. Whatever was there is then unchanged.
pub fn write_atomic_synced(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let new = AtomicFile::begin(path)?;
    content(&mut new.as_file())?;
    new.as_file().sync_all()?;
    new.finish(true)
}

/// Whether anything has this name, a link that leads nowhere included.
#[must_use]
pub fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::fs;

    use super::*;

    #[test]
    fn a_write_that_breaks_off_leaves_neither_the_file_nor_a_part_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let error = write_atomic(&path, false, |writer| {
            writer.write_all(&[b'x'; 100_000])?;
            Err(full())
        });
        let error = error.unwrap_err();
        assert!(matches!(error, WriteError::DiskFull { .. }), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, "old").unwrap();
        assert!(write_atomic(&path, true, |_| Err(full())).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    #[test]
    fn nothing_is_replaced_without_leave() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mid");
        write_atomic(&path, false, |writer| writer.write_all(b"one")).unwrap();
        let error = write_atomic(&path, false, |writer| writer.write_all(b"two")).unwrap_err();
        assert!(matches!(error, WriteError::AlreadyExists { .. }), "{error}");
        // Also when the name is taken while the file is being made.
        let late = folder.path().join("late.mid");
        let new = AtomicFile::begin(&late).unwrap();
        fs::write(&late, "theirs").unwrap();
        let error = new.finish(false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&late).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write_atomic(&path, true, |writer| writer.write_all(b"two")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_that_is_missing_or_a_file_is_named() {
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

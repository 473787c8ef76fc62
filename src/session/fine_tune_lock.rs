//! The lock of the folder of an unfinished fine-tuning run, and removing that folder.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use crate::files::{WriteError, make_folder};

/// Name of the file that is locked while a process trains the model.
pub(super) const LOCK_FILE: &str = "lock";
/// Maximum number of attempts to take a lock: another process may hold it for a moment to see whether the run is interrupted, or
/// discard the run.
const LOCK_TRIES: usize = 5;
/// Pause between two attempts.
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// Extension of the folder of a discarded run while it is removed. Names of models do not begin with a dot as its name does.
pub(super) const DISCARDED_EXTENSION: &str = "discarded";

/// Creates the folder of a run, if it does not exist, and locks it. `None` if another process has locked it.
pub(super) fn lock_folder(folder: &Path) -> Result<Option<File>, WriteError> {
    let lock_path = folder.join(LOCK_FILE);
    let mut tries = 0;
    loop {
        tries += 1;
        make_folder(folder)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path);
        let lock = match lock {
            // Another process has discarded the folder since it was made.
            Err(error) if error.kind() == ErrorKind::NotFound && tries < LOCK_TRIES => continue,
            lock => lock.map_err(|source| WriteError::new(&lock_path, source))?,
        };
        match lock.try_lock() {
            Ok(()) if is_file_at(&lock, &lock_path) => return Ok(Some(lock)),
            // Another process has discarded the folder while this one waited for the lock.
            Ok(()) if tries < LOCK_TRIES => continue,
            Err(TryLockError::WouldBlock) if tries < LOCK_TRIES => {}
            Ok(()) | Err(TryLockError::WouldBlock) => return Ok(None),
            // Without locks in the file system, another process that trains the model goes unnoticed.
            Err(TryLockError::Error(error)) => {
                tracing::warn!("no lock of {folder:?}: {error}");
                return Ok(Some(lock));
            }
        }
        std::thread::sleep(LOCK_PAUSE);
    }
}

/// Whether an open file is still the one at this path.
#[cfg(unix)]
fn is_file_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |data: std::fs::Metadata| (data.dev(), data.ino());
    let ids = (file.metadata().map(id), path.metadata().map(id));
    matches!(ids, (Ok(own), Ok(at_path)) if own == at_path)
}

/// Whether an open file is still the one at this path: other systems do not move the folder of an open file.
#[cfg(not(unix))]
fn is_file_at(_: &File, _: &Path) -> bool {
    true
}

/// Removes the folder of a run that this process has locked. It gets another name first, so that another process that begins a run of
/// the same name meanwhile makes a new folder.
pub(super) fn remove_locked(folder: &Path, lock: Option<File>) -> Result<(), WriteError> {
    let mut name = OsString::from(".");
    name.push(folder.file_name().unwrap_or_default());
    name.push(format!(".{DISCARDED_EXTENSION}"));
    let discarded = folder.with_file_name(name);
    // Of an earlier run of this name.
    remove(&discarded)?;
    let is_renamed = std::fs::rename(folder, &discarded).is_ok();
    // Some systems neither rename nor remove the folder of an open file.
    drop(lock);
    remove(if is_renamed { &discarded } else { folder })
}

pub(super) fn remove(folder: &Path) -> Result<(), WriteError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(WriteError::new(folder, error))
        }
        _ => Ok(()),
    }
}

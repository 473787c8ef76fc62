//! Errors of writing files and folders, in sentences that say what to do.

use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something has that path and may not be replaced.
    #[error("{} is already there and was left as it is; choose another name or allow overwriting", path.display())]
    AlreadyExists {
        /// The file to write.
        path: PathBuf,
    },
    /// The folder does not exist.
    #[error("the folder {} does not exist; make it or choose another one", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is where a folder should be.
    #[error("{} is a file, not a folder; choose another name", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// The user may not write there.
    #[error("{} may not be written to; choose another folder", path.display())]
    ReadOnly {
        /// The file to write.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The disk is full.
    #[error("{} could not be written because the disk is full; make room or choose another folder", path.display())]
    DiskFull {
        /// The file to write.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// Another error of the system.
    #[error("{} could not be written ({source}); choose another folder", path.display())]
    Failed {
        /// The file to write.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl WriteError {
    /// The error for a failed write of `path`.
    #[must_use]
    pub fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::AlreadyExists { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path, source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, source }
            }
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                let folder = parent_folder(&path).to_path_buf();
                match path.ancestors().skip(1).find(|ancestor| ancestor.is_file()) {
                    Some(file) => Self::NotAFolder { path: file.into() },
                    None if !folder.is_dir() => Self::NoFolder { folder },
                    None => Self::Failed { path, source },
                }
            }
            _ => Self::Failed { path, source },
        }
    }
}

/// The parent folder of `path`; `.` for a bare file name.
pub(super) fn parent_folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_a_write_fails_has_its_own_advice() {
        let disk_full = "ideas/a.mid could not be written because the disk is full; make room or choose another folder";
        let already_exists = "ideas/a.mid is already there and was left as it is; choose another name or allow overwriting";
        for (kind, expected) in [
            (
                io::ErrorKind::PermissionDenied,
                "ideas/a.mid may not be written to; choose another folder",
            ),
            (io::ErrorKind::QuotaExceeded, disk_full),
            (
                io::ErrorKind::NotFound,
                "the folder ideas does not exist; make it or choose another one",
            ),
            (io::ErrorKind::AlreadyExists, already_exists),
            (
                io::ErrorKind::TimedOut,
                "ideas/a.mid could not be written (timed out); choose another folder",
            ),
        ] {
            let error = WriteError::new(Path::new("ideas/a.mid"), io::Error::from(kind));
            assert_eq!(error.to_string(), expected);
        }
    }
}

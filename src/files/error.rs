//! Why a file or folder could not be written, in sentences that say what to do.

use std::io;
use std::path::{Path, PathBuf};

/// A file or folder that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something of that name is there and was to be kept.
    #[error("{} is already there and was left as it is; choose another name or allow overwriting", path.display())]
    AlreadyExists {
        /// What was to be written.
        path: PathBuf,
    },
    /// The folder is not there.
    #[error("the folder {} does not exist; make it or choose another one", folder.display())]
    NoFolder {
        /// The folder of what was to be written.
        folder: PathBuf,
    },
    /// There is a file where a folder should be.
    #[error("{} is a file, not a folder; choose another name", path.display())]
    NotAFolder {
        /// The file.
        path: PathBuf,
    },
    /// The system does not let this user write there.
    #[error("{} may not be written to; choose another folder", path.display())]
    ReadOnly {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No space is left.
    #[error("{} could not be written because the disk is full; make room or choose another folder", path.display())]
    DiskFull {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing failed in some other way.
    #[error("{} could not be written ({source}); choose another folder", path.display())]
    Failed {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
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
                if let Some(file) = path.ancestors().skip(1).find(|above| above.is_file()) {
                    Self::NotAFolder {
                        path: file.to_path_buf(),
                    }
                } else if !folder_of(&path).is_dir() {
                    Self::NoFolder {
                        folder: folder_of(&path).to_path_buf(),
                    }
                } else {
                    Self::Failed { path, source }
                }
            }
            _ => Self::Failed { path, source },
        }
    }
}

/// The folder `path` lies in; `.` for a bare file name.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_a_write_fails_has_its_own_advice() {
        let say = |kind: io::ErrorKind| {
            WriteError::new(Path::new("ideas/a.mid"), io::Error::from(kind)).to_string()
        };
        assert_eq!(
            say(io::ErrorKind::PermissionDenied),
            "ideas/a.mid may not be written to; choose another folder"
        );
        assert_eq!(
            say(io::ErrorKind::QuotaExceeded),
            "ideas/a.mid could not be written because the disk is full; make room or choose another folder"
        );
        assert_eq!(
            say(io::ErrorKind::NotFound),
            "the folder ideas does not exist; make it or choose another one"
        );
        assert_eq!(
            say(io::ErrorKind::AlreadyExists),
            "ideas/a.mid is already there and was left as it is; choose another name or allow overwriting"
        );
        assert!(say(io::ErrorKind::TimedOut).starts_with("ideas/a.mid could not be written ("));
    }
}

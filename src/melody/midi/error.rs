//! What can go wrong with a MIDI file, in sentences for its owner.

use std::io;
use std::path::{Path, PathBuf};

use super::song::LARGEST_MIDI_FILE;

/// A MIDI file that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum MidiFileError {
    /// The file or its folder is not there, or may not be read.
    #[error("could not read the MIDI file {}: {source}; check that it is there and may be read", path.display())]
    Read {
        /// The file asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Larger than [`LARGEST_MIDI_FILE`].
    #[error(
        "{} is larger than {} MiB, far more than any song needs; leave it out or save it again from a music program",
        path.display(), LARGEST_MIDI_FILE >> 20
    )]
    TooLarge {
        /// The file asked for.
        path: PathBuf,
    },
    /// More notes than any song has: the memory is needed elsewhere.
    #[error("{} holds more than {limit} notes, far more than any song needs; leave it out", path.display())]
    TooManyNotes {
        /// The file asked for.
        path: PathBuf,
        /// Notes that would have been read.
        limit: usize,
    },
    /// Not a standard MIDI file, or one without a usable header or track.
    #[error("{} is not a MIDI file that can be read: {reason}; save it again as a standard MIDI file", path.display())]
    NotMidi {
        /// The file asked for.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file of another kind.
    #[error("{} is {what}, not a MIDI file; choose a MIDI file", path.display())]
    OtherKind {
        /// The file asked for.
        path: PathBuf,
        /// What it is, such as "a PNG image".
        what: &'static str,
    },
    /// A model where a melody was asked for.
    #[error(
        "{} is a model, not a MIDI file; give it with --model, or choose \"Open a model…\" in the window",
        path.display()
    )]
    Model {
        /// The file asked for.
        path: PathBuf,
    },
    /// Something of that name is there and was to be kept.
    #[error("{} is already there and was left as it is; choose another name or allow overwriting", path.display())]
    AlreadyExists {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// The folder of the new file does not exist, or is no folder.
    #[error("the folder {} does not exist; make it or choose another one", folder.display())]
    NoFolder {
        /// The folder of the file that was to be written.
        folder: PathBuf,
    },
    /// The system does not let this user write there.
    #[error("{} could not be written because its folder may not be written to; choose another folder", path.display())]
    ReadOnly {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No space is left.
    #[error("{} could not be written because the disk is full; make room or choose another folder", path.display())]
    DiskFull {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Writing failed in some other way.
    #[error("could not write {}: {source}; try another folder", path.display())]
    Write {
        /// The file that was to be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl MidiFileError {
    /// The error for a failed write of `path`.
    pub(super) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::AlreadyExists { path },
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                if !folder_of(&path).is_dir() =>
            {
                Self::NoFolder {
                    folder: folder_of(&path),
                }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::ReadOnly { path, source }
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, source }
            }
            _ => Self::Write { path, source },
        }
    }
}

/// The folder `path` lies in; `.` for a bare file name.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_a_write_fails_has_its_own_advice() {
        let say = |kind: io::ErrorKind| {
            MidiFileError::write(Path::new("ideas/a.mid"), io::Error::from(kind)).to_string()
        };
        assert_eq!(
            say(io::ErrorKind::PermissionDenied),
            "ideas/a.mid could not be written because its folder may not be written to; choose another folder"
        );
        assert_eq!(
            say(io::ErrorKind::StorageFull),
            "ideas/a.mid could not be written because the disk is full; make room or choose another folder"
        );
        assert_eq!(
            say(io::ErrorKind::NotFound),
            "the folder ideas does not exist; make it or choose another one"
        );
        assert!(say(io::ErrorKind::TimedOut).starts_with("could not write ideas/a.mid: "));
    }
}

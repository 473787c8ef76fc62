//! New files on disk: whole or not there at all, and never over somebody's work unasked.

use std::io;
use std::path::Path;

use super::error::MidiFileError;
use crate::files::write_whole;

/// Writes `bytes` to `path` in one stroke: readers see the whole new file or none.
///
/// # Errors
/// [`MidiFileError::AlreadyExists`] when something has that name and `overwrite` is false; else why the folder could
/// not be written to. Whatever was there is then unchanged.
pub fn write_new_file(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), MidiFileError> {
    write_whole(path, overwrite, |out| out.write_all(bytes)).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => MidiFileError::AlreadyExists {
            path: path.to_path_buf(),
        },
        _ => MidiFileError::write(path, source),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_is_already_there_is_left_alone_unless_overwriting_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tune.mid");
        write_new_file(&path, b"first", false).unwrap();
        let error = write_new_file(&path, b"second", false).unwrap_err();
        assert!(
            matches!(error, MidiFileError::AlreadyExists { .. }),
            "{error}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"first");
        write_new_file(&path, b"second", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            1,
            "no temporary file may stay behind"
        );
    }

    #[test]
    fn a_missing_folder_is_named_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("not here");
        let error = write_new_file(&missing.join("tune.mid"), b"x", false).unwrap_err();
        assert!(
            matches!(&error, MidiFileError::NoFolder { folder } if *folder == missing),
            "{error}"
        );
        let file = folder.path().join("a file");
        fs::write(&file, b"").unwrap();
        let error = write_new_file(&file.join("tune.mid"), b"x", false).unwrap_err();
        assert!(matches!(error, MidiFileError::NoFolder { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_read_only_folder_gives_an_error_that_says_so() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        // The superuser may write anywhere, so there is nothing to see then.
        let writable_anyway = fs::write(folder.path().join("probe"), b"").is_ok();
        let result = write_new_file(&folder.path().join("tune.mid"), b"x", false);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        if !writable_anyway {
            let error = result.unwrap_err();
            assert!(matches!(error, MidiFileError::ReadOnly { .. }), "{error}");
            assert!(error.to_string().contains("choose another folder"));
        }
    }
}

//! Lists folders without the files that operating systems create in them.

use std::fs::{self, DirEntry};
use std::io;
use std::path::Path;

/// Names of files and folders that operating systems create, compared case-insensitively.
const OS_FILE_NAMES: [&str; 10] = [
    ".DS_Store",
    ".fseventsd",
    ".Spotlight-V100",
    ".TemporaryItems",
    ".Trashes",
    "__MACOSX",
    "$RECYCLE.BIN",
    "desktop.ini",
    "System Volume Information",
    "Thumbs.db",
];

/// Whether an operating system creates files or folders of this name: AppleDouble files (`._name`),
/// `__MACOSX`, `.DS_Store`, `Thumbs.db`, `desktop.ini` and the like.
#[must_use]
pub fn is_os_file_name(name: &str) -> bool {
    name.starts_with("._")
        || OS_FILE_NAMES
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether any component of a path with `/` as separator, such as that of an archive member, is a name for [`is_os_file_name`].
#[must_use]
pub fn path_has_os_file_name(path: &str) -> bool {
    path.split('/').any(is_os_file_name)
}

/// The entries of a folder in no particular order, without those of [`is_os_file_name`].
///
/// # Errors
/// If the folder cannot be listed; also for single entries.
pub fn folder_entries(
    folder: &Path,
) -> io::Result<impl Iterator<Item = io::Result<DirEntry>> + use<>> {
    let is_not_os_file = |entry: &io::Result<DirEntry>| match entry {
        Ok(entry) => !is_os_file_name(&entry.file_name().to_string_lossy()),
        Err(_) => true,
    };
    Ok(fs::read_dir(folder)?.filter(is_not_os_file))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn files_of_the_operating_system_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "._tune.mid",
            ".DS_Store",
            "thumbs.db",
            "Desktop.ini",
            "tune.mid",
            ".hidden.mid",
        ] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("__MACOSX")).unwrap();
        let mut names: Vec<String> = folder_entries(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, [".hidden.mid", "tune.mid"]);
        assert!(folder_entries(&folder.path().join("absent")).is_err());
        assert!(path_has_os_file_name("__MACOSX/model/a.index"));
        assert!(path_has_os_file_name("model/._a.index"));
        assert!(!path_has_os_file_name("model/a._b.index"));
    }
}

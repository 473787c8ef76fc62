//! Writing the files of an export, each atomically; existing files are replaced only if the caller says so.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::files::ExportFile;
use super::on_existing::OnExisting;
use crate::files::{WriteError, entry_exists, make_folder, write_atomic};
use crate::session::error::ExportError;

/// Maximum number of numbered names to try for one file.
const MAX_NUMBERED_NAMES: u32 = 100_000;

/// Writes files, makes their folders if they are missing, and returns the paths that were written.
///
/// The other files are written even if one fails.
///
/// # Errors
/// [`ExportError::AlreadyExists`] if `on_existing` is `Refuse`: then nothing was written. [`ExportError::Write`] if the only file
/// or a folder fails, [`ExportError::PartlyWritten`] if some or all of several files fail.
pub fn write_files(
    files: &[ExportFile],
    on_existing: OnExisting,
) -> Result<Vec<PathBuf>, ExportError> {
    if on_existing == OnExisting::Refuse {
        refuse_existing(files)?;
    }
    let folders: HashSet<&Path> = files.iter().filter_map(|file| file.path.parent()).collect();
    for folder in folders.into_iter().filter(|path| *path != Path::new("")) {
        make_folder(folder)?;
    }
    let mut written = Vec::with_capacity(files.len());
    let mut failures = Vec::new();
    for file in files {
        match write_file(file, on_existing) {
            Ok(path) => written.push(path),
            Err(error) => failures.push((file.path.clone(), error)),
        }
    }
    if failures.is_empty() {
        return Ok(written);
    }
    // Another program has written files of these names since `refuse_existing` looked for them.
    let all_taken = failures
        .iter()
        .all(|(_, error)| matches!(error, WriteError::AlreadyExists { .. }));
    if on_existing == OnExisting::Refuse && all_taken && written.is_empty() {
        refuse_existing(files)?;
    }
    let (paths, mut errors): (Vec<PathBuf>, Vec<WriteError>) = failures.into_iter().unzip();
    let source = errors.swap_remove(0);
    if files.len() == 1 {
        return Err(source.into());
    }
    Err(ExportError::PartlyWritten {
        written_count: written.len(),
        total: files.len(),
        folder: first_parent(&paths),
        failed_paths: paths,
        source,
    })
}

fn refuse_existing(files: &[ExportFile]) -> Result<(), ExportError> {
    let existing_paths = files.iter().filter(|file| entry_exists(&file.path));
    let existing_paths: Vec<PathBuf> = existing_paths.map(|file| file.path.clone()).collect();
    if existing_paths.is_empty() {
        return Ok(());
    }
    Err(ExportError::AlreadyExists {
        existing: existing_paths,
    })
}

fn write_file(file: &ExportFile, on_existing: OnExisting) -> Result<PathBuf, WriteError> {
    let overwrite = on_existing == OnExisting::Replace;
    let mut path = file.path.clone();
    let mut number = 2;
    loop {
        match write_atomic(&path, overwrite, |out| out.write_all(&file.bytes)) {
            // Names are not checked beforehand: another program may take a free name at any time.
            Err(WriteError::AlreadyExists { .. })
                if on_existing == OnExisting::Number && number <= MAX_NUMBERED_NAMES =>
            {
                path = numbered_path(&file.path, number);
                number += 1;
            }
            result => return result.map(|()| path),
        }
    }
}

/// `idea.mid` and 2 give `idea_2.mid`.
fn numbered_path(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().map(OsString::from).unwrap_or_default();
    name.push(format!("_{number}"));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

fn first_parent(paths: &[PathBuf]) -> PathBuf {
    let folder = paths.first().and_then(|path| path.parent());
    folder.map(Path::to_path_buf).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::fs;

    use super::*;

    fn files(folder: &Path, names: &[&str]) -> Vec<ExportFile> {
        let file = |name: &&str| ExportFile {
            path: folder.join(name),
            bytes: b"new".to_vec(),
        };
        names.iter().map(file).collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.unwrap().file_name().into_string().unwrap()
        };
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn existing_files_are_reported_numbered_or_replaced_as_the_user_says() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("b 92.5.mid"), "old").unwrap();
        fs::write(folder.join("c.mid"), "old").unwrap();
        fs::write(folder.join("c_2.mid"), "old").unwrap();
        let all = files(folder, &["a.mid", "b 92.5.mid", "c.mid"]);
        let error = write_files(&all, OnExisting::Refuse).unwrap_err();
        assert!(
            matches!(&error, ExportError::AlreadyExists { existing } if existing.len() == 2 && existing[0] == all[1].path),
            "{error}"
        );
        let message = error.to_string();
        let expected = format!(
            "2 files are already there in {} (b 92.5.mid, c.mid), so nothing was written; ",
            folder.display()
        );
        assert!(message.starts_with(&expected), "{message}");
        assert_eq!(names(folder).len(), 3, "nothing was written");
        let written = write_files(&all, OnExisting::Number).unwrap();
        let expected = ["a.mid", "b 92.5_2.mid", "c_3.mid"].map(|name| folder.join(name));
        assert_eq!(written, expected);
        assert_eq!(text(&folder.join("c.mid")), "old");
        assert_eq!(names(folder).len(), 6);
        assert_eq!(write_files(&all, OnExisting::Replace).unwrap().len(), 3);
        assert_eq!(text(&folder.join("c.mid")), "new");
        assert_eq!(names(folder).len(), 6);
    }

    #[test]
    fn missing_folders_are_made_and_a_file_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new/ideas");
        write_files(&files(&target, &["a.mid", "b.mid"]), OnExisting::Refuse).unwrap();
        assert_eq!(names(&target), ["a.mid", "b.mid"]);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = write_files(&files(&file, &["a.mid"]), OnExisting::Refuse).unwrap_err();
        assert!(
            matches!(error, ExportError::Write(WriteError::NotAFolder { .. })),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_fails_is_named_and_all_others_are_written() {
        let folder = tempfile::tempdir().unwrap();
        // A folder cannot be replaced by a file.
        fs::create_dir(folder.path().join("b.mid")).unwrap();
        let all = files(folder.path(), &["a.mid", "b.mid", "c.mid"]);
        let error = write_files(&all, OnExisting::Replace).unwrap_err();
        let message = error.to_string();
        let expected = format!(
            "2 of 3 files were written to {}, but not b.mid: ",
            folder.path().display()
        );
        assert!(message.starts_with(&expected), "{message}");
        assert_eq!(text(&folder.path().join("a.mid")), "new");
        assert_eq!(text(&folder.path().join("c.mid")), "new");
        assert_eq!(names(folder.path()).len(), 3, "no part of a file is left");
        // The error of a single file is just its reason.
        let error = write_files(&all[1..2], OnExisting::Replace).unwrap_err();
        assert!(
            matches!(error, ExportError::Write(WriteError::Failed { .. })),
            "{error}"
        );
    }

    #[test]
    fn many_failures_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..9).map(|k| format!("{k}.mid")).collect();
        for name in &names[1..] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let all = files(folder.path(), &names);
        let message = write_files(&all, OnExisting::Replace)
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("1 of 9 files was written to "),
            "{message}"
        );
        assert!(
            message.contains(", but not 1.mid, 2.mid, 3.mid and 5 more: "),
            "{message}"
        );
    }

    #[test]
    fn names_taken_by_others_meanwhile_lead_to_the_next_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mid");
        let write = || {
            let file = ExportFile {
                path: path.clone(),
                bytes: b"x".to_vec(),
            };
            write_files(&[file], OnExisting::Number).unwrap()
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..25).for_each(|_| drop(write())));
            }
        });
        assert_eq!(names(folder.path()).len(), 100);
    }
}

//! Writing the files of an export, each atomically; existing files are replaced only if the caller says so.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::existing::OnExisting;
use super::files::ExportFile;
use crate::files::{WriteError, entry_exists, make_folder, write_atomic};
use crate::session::error::ExportError;

/// Numbers that are tried before a name counts as taken.
const MAX_NUMBERED_NAMES: u32 = 100_000;

/// Writes files, makes their folders if they are missing, and returns the paths that were written.
///
/// A file that fails does not keep the others from being written.
///
/// # Errors
/// [`ExportError::AlreadyExists`] if `existing` refuses: then nothing was written. [`ExportError::Write`] if the only file
/// or a folder fails, [`ExportError::PartlyWritten`] if some or all of several files fail.
pub fn write_files(
    files: &[ExportFile],
    existing: OnExisting,
) -> Result<Vec<PathBuf>, ExportError> {
    if existing == OnExisting::Refuse {
        refuse_taken(files)?;
    }
    let folders: HashSet<&Path> = files.iter().filter_map(|file| file.path.parent()).collect();
    for folder in folders.into_iter().filter(|path| *path != Path::new("")) {
        make_folder(folder)?;
    }
    let mut written = Vec::with_capacity(files.len());
    let mut failed = Vec::new();
    for file in files {
        match write_file(file, existing) {
            Ok(path) => written.push(path),
            Err(error) => failed.push((file.path.clone(), error)),
        }
    }
    if failed.is_empty() {
        return Ok(written);
    }
    // Somebody else has written files of these names since they were looked for.
    let all_taken = failed
        .iter()
        .all(|(_, error)| matches!(error, WriteError::AlreadyExists { .. }));
    if existing == OnExisting::Refuse && all_taken && written.is_empty() {
        refuse_taken(files)?;
    }
    let (paths, mut errors): (Vec<PathBuf>, Vec<WriteError>) = failed.into_iter().unzip();
    let source = errors.swap_remove(0);
    if files.len() == 1 {
        return Err(source.into());
    }
    Err(ExportError::PartlyWritten {
        written: written.len(),
        all: files.len(),
        folder: folder_of(&paths),
        failed: paths,
        source,
    })
}

fn refuse_taken(files: &[ExportFile]) -> Result<(), ExportError> {
    let taken = files.iter().filter(|file| entry_exists(&file.path));
    let taken: Vec<PathBuf> = taken.map(|file| file.path.clone()).collect();
    if taken.is_empty() {
        return Ok(());
    }
    Err(ExportError::AlreadyExists { taken })
}

fn write_file(file: &ExportFile, existing: OnExisting) -> Result<PathBuf, WriteError> {
    let overwrite = existing == OnExisting::Replace;
    let mut path = file.path.clone();
    let mut number = 2;
    loop {
        match write_atomic(&path, overwrite, |out| out.write_all(&file.bytes)) {
            // Not looked for beforehand: another program may take a free name at any time.
            Err(WriteError::AlreadyExists { .. })
                if existing == OnExisting::Number && number <= MAX_NUMBERED_NAMES =>
            {
                path = numbered(&file.path, number);
                number += 1;
            }
            result => return result.map(|()| path),
        }
    }
}

/// `idea.mid` and 2 give `idea_2.mid`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().map(OsString::from).unwrap_or_default();
    name.push(format!("_{number}"));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

fn folder_of(paths: &[PathBuf]) -> PathBuf {
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
    fn taken_names_are_counted_numbered_or_replaced_as_the_user_says() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::write(folder.join("b 92.5.mid"), "old").unwrap();
        fs::write(folder.join("c.mid"), "old").unwrap();
        fs::write(folder.join("c_2.mid"), "old").unwrap();
        let all = files(folder, &["a.mid", "b 92.5.mid", "c.mid"]);
        let error = write_files(&all, OnExisting::Refuse).unwrap_err();
        assert!(
            matches!(&error, ExportError::AlreadyExists { taken } if taken.len() == 2 && taken[0] == all[1].path),
            "{error}"
        );
        let said = error.to_string();
        let wanted = format!(
            "2 files are already there in {} (b 92.5.mid, c.mid), so nothing was written; ",
            folder.display()
        );
        assert!(said.starts_with(&wanted), "{said}");
        assert_eq!(names(folder).len(), 3, "nothing was written");
        let written = write_files(&all, OnExisting::Number).unwrap();
        let wanted = ["a.mid", "b 92.5_2.mid", "c_3.mid"].map(|name| folder.join(name));
        assert_eq!(written, wanted);
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
        let said = error.to_string();
        let wanted = format!(
            "2 of 3 files were written to {}, but not b.mid: ",
            folder.path().display()
        );
        assert!(said.starts_with(&wanted), "{said}");
        assert_eq!(text(&folder.path().join("a.mid")), "new");
        assert_eq!(text(&folder.path().join("c.mid")), "new");
        assert_eq!(names(folder.path()).len(), 3, "no part of a file is left");
        // Of a single file only the reason is told.
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
        let said = write_files(&all, OnExisting::Replace)
            .unwrap_err()
            .to_string();
        assert!(said.starts_with("1 of 9 files was written to "), "{said}");
        assert!(
            said.contains(", but not 1.mid, 2.mid, 3.mid and 5 more: "),
            "{said}"
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

    /// Set in the process that has a small disk of its own.
    #[cfg(target_os = "linux")]
    const SMALL_DISK: &str = "TUNESCAPE_TEST_SMALL_DISK";

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_fills_up_during_an_export_is_told_and_files_that_fit_are_written() {
        use std::process::Command;
        if let Some(disk) = std::env::var_os(SMALL_DISK) {
            export_to_small_disk(Path::new(&disk));
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        // A process with mounts of its own, where the system allows that to everyone.
        let small = |then: &str| {
            let mut command = Command::new("unshare");
            let mount = "mount -t tmpfs -o size=64k none \"$1\"";
            command.args(["-Urm", "sh", "-c", &format!("{mount} && {then}"), "sh"]);
            command.arg(folder.path());
            command
        };
        if !small("true")
            .output()
            .is_ok_and(|output| output.status.success())
        {
            eprintln!("skipped 1 test: a small disk cannot be mounted here");
            return;
        }
        let name = "session::export::write::tests::a_disk_that_fills_up_during_an_export_is_told_and_files_that_fit_are_written";
        let again = small("exec \"$2\" --exact \"$3\" --nocapture")
            .arg(std::env::current_exe().unwrap())
            .arg(name)
            .env(SMALL_DISK, folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success(), "{said}");
        assert!(said.contains("1 passed"), "{said}");
    }

    /// 64 KiB hold three files of 20 KiB and the small one behind the two that do not fit.
    #[cfg(target_os = "linux")]
    fn export_to_small_disk(disk: &Path) {
        let mut all = files(
            disk,
            &["1.mid", "2.mid", "3.mid", "4.mid", "5.mid", "6.mid"],
        );
        for file in &mut all[..5] {
            file.bytes = vec![7; 20 << 10];
        }
        let error = write_files(&all, OnExisting::Refuse).unwrap_err();
        let said = error.to_string();
        let wanted = format!(
            "4 of 6 files were written to {}, but not 4.mid, 5.mid: {} could not be written because the disk is full",
            disk.display(),
            disk.join("4.mid").display()
        );
        assert!(said.starts_with(&wanted), "{said}");
        assert_eq!(names(disk), ["1.mid", "2.mid", "3.mid", "6.mid"]);
        for (name, length) in [("1.mid", 20 << 10), ("3.mid", 20 << 10), ("6.mid", 3)] {
            assert_eq!(fs::read(disk.join(name)).unwrap().len(), length, "{name}");
        }
    }
}

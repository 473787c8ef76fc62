//! Checking whether the settings file can be written, as eframe, which writes it on another thread, only logs errors.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use crate::files::WriteError;

/// The file that eframe stores the settings in.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    /// Whether eframe has been asked to write it before.
    is_stored: bool,
    /// Whether the user knows that it cannot be written.
    is_reported: bool,
}

impl SettingsFile {
    /// The settings file of this run.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            is_stored: false,
            is_reported: false,
        }
    }

    /// A message for the user, the first time that the settings cannot be written.
    pub fn new_problem(&mut self) -> Option<String> {
        let problem = check_writable(&self.path).err().or_else(|| {
            // eframe empties the file before it writes it.
            (self.is_stored && fs::metadata(&self.path).is_ok_and(|data| data.len() == 0)).then(
                || {
                    format!(
                        "{} is empty after it was written; the disk may be full, make room on it",
                        self.path.display()
                    )
                },
            )
        })?;
        (!std::mem::replace(&mut self.is_reported, true)).then(|| {
            format!("Settings cannot be saved: {problem}. What you change is lost when the window closes")
        })
    }

    /// To be called when eframe is about to write the file.
    pub fn mark_stored(&mut self) {
        self.is_stored = true;
    }
}

/// Opens a file for writing without changing it; a file that did not exist is removed again.
fn check_writable(path: &Path) -> Result<(), String> {
    let is_new = !path.exists();
    let open_result = match path.parent() {
        Some(folder) => fs::create_dir_all(folder),
        None => Ok(()),
    }
    .and_then(|()| OpenOptions::new().append(true).create(true).open(path));
    open_result.map_err(|error| reason(path, error))?;
    if is_new && let Err(error) = fs::remove_file(path) {
        tracing::debug!("could not remove the empty {}: {error}", path.display());
    }
    Ok(())
}

/// The reason of an error, without the advice of [`WriteError`] to choose another folder: that of the settings is fixed.
fn reason(path: &Path, error: std::io::Error) -> String {
    let text = WriteError::new(path, error).to_string();
    text.split_once("; ")
        .map_or(text.clone(), |(reason, _)| reason.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn a_file_that_can_be_written_is_left_as_it_is_and_a_missing_one_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new folder/app.ron");
        assert_eq!(SettingsFile::new(path.clone()).new_problem(), None);
        assert!(!path.exists());
        fs::write(&path, "{}").unwrap();
        assert_eq!(SettingsFile::new(path.clone()).new_problem(), None);
        assert_eq!(fs::read(&path).unwrap(), b"{}");
    }

    #[test]
    fn a_folder_that_is_a_file_is_told_once_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let blocker = folder.path().join("tunescape");
        fs::write(&blocker, "").unwrap();
        let mut file = SettingsFile::new(blocker.join("app.ron"));
        let message = file.new_problem().unwrap();
        assert!(message.contains(blocker.to_str().unwrap()), "{message}");
        assert!(
            message.starts_with("Settings cannot be saved: "),
            "{message}"
        );
        assert_eq!(file.new_problem(), None);
    }

    #[test]
    fn a_file_that_is_empty_after_a_save_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.ron");
        fs::write(&path, "").unwrap();
        let mut file = SettingsFile::new(path);
        assert_eq!(file.new_problem(), None);
        file.mark_stored();
        assert!(file.new_problem().unwrap().contains("disk may be full"));
    }
}

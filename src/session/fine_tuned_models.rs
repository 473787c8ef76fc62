//! The folder of fine-tuned models: `NAME.safetensors` each, and below `learning` a folder for each unfinished one, with all that is
//! needed to resume it after the program was killed.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::files::{WriteError, entry_exists, folder_entries, make_folder, write_atomic};

/// Extension of a model.
const EXTENSION: &str = "safetensors";
/// Folder of the unfinished models.
const LEARNING: &str = "learning";
/// The record of a run.
const RECORD: &str = "record.json";
/// Locked while a program works at the run.
const LOCK: &str = "lock";
/// Largest number of bytes of a name: systems allow 255 for a file, and the extension is added.
const MAX_NAME: usize = 80;
/// Bytes of it that are left for a number.
const NUMBER: usize = 5;
/// How often a lock is tried, and the pause between: another process may just be looking whether the run is interrupted.
const LOCK_TRIES: usize = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// A fine-tuned model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FineTunedModel {
    /// Its name.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
}

/// The melodies that a model is fine-tuned on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FineTuneSource {
    /// The MIDI files below a folder.
    Folder(PathBuf),
    /// Melodies, each with its name and its tokens.
    Melodies(Vec<(String, Vec<u8>)>),
}

/// A run of fine-tuning: all that is needed to resume it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneRecord {
    /// Name of the new model.
    pub name: String,
    /// Its melodies.
    pub source: FineTuneSource,
    /// File of the model that it starts from; `None` for the program's own.
    pub model: Option<PathBuf>,
    /// Minutes to train.
    pub minutes: f64,
    /// Seconds of them that have passed.
    pub seconds_done: f64,
    /// Seed of its random numbers.
    pub seed: u64,
}

/// An error of the folder of fine-tuned models.
#[derive(Debug, thiserror::Error)]
pub enum FineTunedModelsError {
    /// A name is none that a file can have.
    #[error("{0:?} is no name for a model; use letters, digits, spaces, - and _, at most 80")]
    Name(String),
    /// A model has that name.
    #[error("there is a model named {0} already; choose another name")]
    Taken(String),
    /// A model of that name is being fine-tuned, by this process or another.
    #[error("a model named {0} is being learnt already; choose another name")]
    InUse(String),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The folder of fine-tuned models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FineTunedModels {
    folder: PathBuf,
}

impl FineTunedModels {
    /// The models of this folder, which need not exist.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The finished models, by name.
    #[must_use]
    pub fn list(&self) -> Vec<FineTunedModel> {
        let mut models: Vec<FineTunedModel> = entries(&self.folder)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|end| end == EXTENSION))
            .filter_map(|path| {
                let name = path.file_stem()?.to_str()?.to_owned();
                Some(FineTunedModel { name, path })
            })
            .collect();
        models.sort_by_cached_key(|model| model.name.to_lowercase());
        models
    }

    /// The interrupted runs: those that no process works at.
    #[must_use]
    pub fn interrupted(&self) -> Vec<FineTuneRecord> {
        let mut records: Vec<FineTuneRecord> = entries(&self.folder.join(LEARNING))
            .into_iter()
            .filter(|folder| {
                // Without a lock file the run had not begun.
                File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
            })
            .filter_map(|folder| {
                let text = std::fs::read_to_string(folder.join(RECORD)).ok()?;
                let record: FineTuneRecord = serde_json::from_str(&text).ok()?;
                (folder.file_name()?.to_str()? == record.name).then_some(record)
            })
            .collect();
        records.sort_by(|a, b| a.name.cmp(&b.name));
        records
    }

    /// Checks the name of a new model.
    ///
    /// # Errors
    /// [`FineTunedModelsError::Name`], [`FineTunedModelsError::Taken`], [`FineTunedModelsError::InUse`].
    pub fn check_name(&self, name: &str) -> Result<(), FineTunedModelsError> {
        check_letters(name)?;
        if entry_exists(&self.model_path(name)) {
            return Err(FineTunedModelsError::Taken(name.to_owned()));
        }
        if entry_exists(&self.learning_path(name)) {
            return Err(FineTunedModelsError::InUse(name.to_owned()));
        }
        Ok(())
    }

    /// A name like this that is free: with a number behind it, where it is taken.
    #[must_use]
    pub fn free_name(&self, wanted: &str) -> String {
        let kept = |letter: &char| letter.is_alphanumeric() || " -_.".contains(*letter);
        let mut letters = String::new();
        for letter in wanted.chars().filter(kept) {
            if letters.len() + letter.len_utf8() <= MAX_NAME - NUMBER {
                letters.push(letter);
            }
        }
        letters = letters.trim_matches([' ', '.']).to_owned();
        if letters.is_empty() {
            "My music".clone_into(&mut letters);
        }
        let mut number = 1;
        let mut name = letters.clone();
        while self.check_name(&name).is_err() && number < 1_000 {
            number += 1;
            name = format!("{letters} {number}");
        }
        name
    }

    /// Begins a run, or resumes an interrupted one of the same name.
    ///
    /// # Errors
    /// [`FineTunedModelsError`].
    pub fn begin(&self, record: &FineTuneRecord) -> Result<FineTuneFolder, FineTunedModelsError> {
        check_letters(&record.name)?;
        let out = self.model_path(&record.name);
        if entry_exists(&out) {
            return Err(FineTunedModelsError::Taken(record.name.clone()));
        }
        let folder = self.learning_path(&record.name);
        make_folder(&folder)?;
        let lock_path = folder.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|source| WriteError::new(&lock_path, source))?;
        let mut locked = lock.try_lock();
        for _ in 1..LOCK_TRIES {
            if !matches!(locked, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(LOCK_PAUSE);
            locked = lock.try_lock();
        }
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FineTunedModelsError::InUse(record.name.clone()));
            }
            // Where the file system has no locks, nothing tells whether another process works at it.
            Err(TryLockError::Error(error)) => tracing::warn!("no lock of {folder:?}: {error}"),
        }
        let learning = FineTuneFolder { folder, out, lock };
        learning.write_record(record)?;
        Ok(learning)
    }

    /// Removes the folder of an interrupted run; the one of a run that a process works at stays.
    ///
    /// # Errors
    /// [`FineTunedModelsError::InUse`], [`FineTunedModelsError::Write`].
    pub fn discard(&self, name: &str) -> Result<(), FineTunedModelsError> {
        check_letters(name)?;
        let folder = self.learning_path(name);
        if File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err()) {
            return Err(FineTunedModelsError::InUse(name.to_owned()));
        }
        remove(&folder)
    }

    fn model_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.{EXTENSION}"))
    }

    fn learning_path(&self, name: &str) -> PathBuf {
        self.folder.join(LEARNING).join(name)
    }
}

/// The folder of a run that is under way; it is locked.
#[derive(Debug)]
pub struct FineTuneFolder {
    folder: PathBuf,
    out: PathBuf,
    lock: File,
}

impl FineTuneFolder {
    /// File of the run's checkpoint.
    #[must_use]
    pub fn checkpoint_path(&self) -> PathBuf {
        self.folder.join("checkpoint")
    }

    /// File of the best weights so far.
    #[must_use]
    pub fn weights_path(&self) -> PathBuf {
        self.folder.join("best.safetensors")
    }

    /// Writes the record of the run, in place of an earlier one.
    ///
    /// # Errors
    /// [`FineTunedModelsError::Write`].
    pub fn write_record(&self, record: &FineTuneRecord) -> Result<(), FineTunedModelsError> {
        let path = self.folder.join(RECORD);
        write_atomic(&path, true, |out| Ok(serde_json::to_writer(out, record)?))?;
        Ok(())
    }

    /// Gives the best weights their place and name among the models, and removes the rest. Returns the model's file.
    ///
    /// # Errors
    /// [`FineTunedModelsError::Taken`] if a model has got that name meanwhile, [`FineTunedModelsError::Write`].
    pub fn finish(self) -> Result<PathBuf, FineTunedModelsError> {
        if entry_exists(&self.out) {
            let name = self.out.file_stem().unwrap_or_default();
            return Err(FineTunedModelsError::Taken(name.to_string_lossy().into()));
        }
        std::fs::rename(self.weights_path(), &self.out)
            .map_err(|source| WriteError::new(&self.out, source))?;
        let out = self.out.clone();
        if let Err(error) = self.discard() {
            tracing::warn!("{error}");
        }
        Ok(out)
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// [`FineTunedModelsError::Write`].
    pub fn discard(self) -> Result<(), FineTunedModelsError> {
        drop(self.lock);
        remove(&self.folder)
    }
}

fn remove(folder: &Path) -> Result<(), FineTunedModelsError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(WriteError::new(folder, error).into())
        }
        _ => Ok(()),
    }
}

/// What is in a folder; nothing where it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = folder_entries(folder).into_iter().flatten();
    entries.flatten().map(|entry| entry.path()).collect()
}

fn check_letters(name: &str) -> Result<(), FineTunedModelsError> {
    let allowed = |letter: char| letter.is_alphanumeric() || " -_.".contains(letter);
    let fits = name.len() <= MAX_NAME && name.trim() == name;
    let dots = name.starts_with('.') || name.ends_with('.');
    if name.is_empty() || !fits || dots || !name.chars().all(allowed) {
        return Err(FineTunedModelsError::Name(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn record(name: &str) -> FineTuneRecord {
        FineTuneRecord {
            name: name.to_owned(),
            source: FineTuneSource::Folder(PathBuf::from("songs")),
            model: None,
            minutes: 5.0,
            seconds_done: 0.0,
            seed: 1,
        }
    }

    #[test]
    fn a_run_is_interrupted_once_no_program_is_at_it_and_finishes_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let models = FineTunedModels::new(folder.path().join("models"));
        assert_eq!((models.list(), models.interrupted()), (vec![], vec![]));
        let running = models.begin(&record("Mine")).unwrap();
        assert!(models.interrupted().is_empty());
        let again = models.begin(&record("Mine")).unwrap_err();
        assert!(matches!(again, FineTunedModelsError::InUse(_)), "{again}");
        assert!(models.discard("Mine").is_err());
        drop(running);
        assert_eq!(models.interrupted(), [record("Mine")]);
        // It is not listed before it is finished.
        assert!(models.list().is_empty());
        let running = models.begin(&record("Mine")).unwrap();
        std::fs::write(running.weights_path(), b"weights").unwrap();
        let path = running.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"weights");
        let listed = models.list();
        assert_eq!(listed[0].name, "Mine");
        assert!(models.interrupted().is_empty());
        let taken = models.check_name("Mine").unwrap_err().to_string();
        assert!(taken.contains("choose another name"), "{taken}");
        assert_eq!(models.free_name("Mine"), "Mine 2");
    }

    #[test]
    fn names_stay_inside_the_folder() {
        let models = FineTunedModels::new(PathBuf::from("models"));
        for name in ["", " a", "a/b", "..", "a\\b", "a.", "a\nb", &"x".repeat(99)] {
            assert!(models.check_name(name).is_err(), "{name:?}");
            models.check_name(&models.free_name(name)).unwrap();
        }
        models.check_name("Größe 2").unwrap();
    }
}

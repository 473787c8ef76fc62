//! The folder of fine-tuned models. A finished model is the file `NAME.safetensors`; an unfinished one is the folder
//! `learning/NAME`, with everything needed to resume it after the program was killed. Mixed models are files of the folder, too.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::fine_tune_lock::{DISCARDED_EXTENSION, LOCK_FILE, lock_folder, remove, remove_locked};
use super::learnt_melodies::LearntMelodies;
use crate::files::{WriteError, entry_exists, folder_entries, make_folder, write_atomic};
use crate::model::{FloatFormat, Weights};

/// File extension of a model.
const EXTENSION: &str = "safetensors";
/// Folder of the unfinished models.
const LEARNING_FOLDER: &str = "learning";
/// File name of the record of a run.
const RECORD_FILE: &str = "record.json";
/// Maximum length of a name in bytes: systems allow 255 for a file name, and the extension is added.
const MAX_NAME_BYTES: usize = 80;
/// Bytes of a name that [`FineTunedModels::free_name`] leaves for a number.
const NUMBER_BYTES: usize = 5;

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

/// The record of a run of fine-tuning: everything needed to resume it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineTuneRecord {
    /// Name of the new model.
    pub name: String,
    /// Its melodies.
    pub source: FineTuneSource,
    /// Weights file of the model that it starts from; `None` for the default model.
    pub model: Option<PathBuf>,
    /// Training time in minutes.
    pub minutes: f64,
    /// Seconds trained so far.
    pub seconds_done: f64,
    /// Seed of its random numbers.
    pub seed: u64,
}

/// An error of the folder of fine-tuned models.
#[derive(Debug, thiserror::Error)]
pub enum FineTunedModelsError {
    /// The name cannot be the name of a file.
    #[error("{0:?} is no name for a model; use letters, digits, spaces and - _ . , %, at most 80")]
    Name(String),
    /// A finished model has that name.
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
    /// The models in `folder`, which need not exist.
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

    /// The interrupted runs: those that no process is training.
    #[must_use]
    pub fn interrupted_runs(&self) -> Vec<FineTuneRecord> {
        let mut records: Vec<FineTuneRecord> = entries(&self.folder.join(LEARNING_FOLDER))
            .into_iter()
            .filter(|folder| {
                // Without a lock file the run has not begun.
                File::open(folder.join(LOCK_FILE)).is_ok_and(|lock| lock.try_lock().is_ok())
            })
            .filter_map(|folder| {
                let text = std::fs::read_to_string(folder.join(RECORD_FILE)).ok()?;
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
        check_form(name)?;
        if entry_exists(&self.model_path(name)) {
            return Err(FineTunedModelsError::Taken(name.to_owned()));
        }
        if entry_exists(&self.learning_path(name)) {
            return Err(FineTunedModelsError::InUse(name.to_owned()));
        }
        Ok(())
    }

    /// A free name like `preferred`, without characters that are not allowed, and with a number appended if it is taken.
    #[must_use]
    pub fn free_name(&self, preferred: &str) -> String {
        let mut base = String::new();
        for letter in preferred.chars().filter(|letter| is_allowed(*letter)) {
            if base.len() + letter.len_utf8() <= MAX_NAME_BYTES - NUMBER_BYTES {
                base.push(letter);
            }
        }
        base = base.trim_matches([' ', '.']).to_owned();
        if base.is_empty() {
            "My music".clone_into(&mut base);
        }
        let mut number = 1;
        let mut name = base.clone();
        while self.check_name(&name).is_err() && number < 1_000 {
            number += 1;
            name = format!("{base} {number}");
        }
        name
    }

    /// Writes a finished model, under a free name like its own. If the folder has the same model already, nothing is written.
    ///
    /// # Errors
    /// [`FineTunedModelsError::Write`].
    pub fn add(&self, weights: &Weights) -> Result<FineTunedModel, FineTunedModelsError> {
        let name = self.free_name(weights.name());
        let written = self.list().into_iter().find(|model| {
            // A number may have been appended to its name.
            let may_be_equal = name.starts_with(&model.name) || model.name.starts_with(&name);
            may_be_equal
                && Weights::open(&model.path).is_ok_and(|found| found.hash() == weights.hash())
        });
        if let Some(model) = written {
            return Ok(model);
        }
        make_folder(&self.folder)?;
        let path = self.model_path(&name);
        let bytes = weights.to_bytes(FloatFormat::Float32);
        write_atomic(&path, false, |out| out.write_all(&bytes))?;
        Ok(FineTunedModel { name, path })
    }

    /// Begins a run, or resumes an interrupted one of the same name.
    ///
    /// # Errors
    /// [`FineTunedModelsError`].
    pub fn begin(&self, record: &FineTuneRecord) -> Result<FineTuneFolder, FineTunedModelsError> {
        check_form(&record.name)?;
        let model_path = self.model_path(&record.name);
        if entry_exists(&model_path) {
            return Err(FineTunedModelsError::Taken(record.name.clone()));
        }
        self.remove_discarded();
        let folder = self.learning_path(&record.name);
        let Some(lock) = lock_folder(&folder)? else {
            return Err(FineTunedModelsError::InUse(record.name.clone()));
        };
        let run = FineTuneFolder {
            folder,
            model_path,
            lock,
        };
        run.write_record(record)?;
        Ok(run)
    }

    /// Removes the folder of an interrupted run. The folder of a run that a process is training stays.
    ///
    /// # Errors
    /// [`FineTunedModelsError::InUse`], [`FineTunedModelsError::Write`].
    pub fn discard(&self, name: &str) -> Result<(), FineTunedModelsError> {
        check_form(name)?;
        let folder = self.learning_path(name);
        let lock = File::open(folder.join(LOCK_FILE)).ok();
        let lock_result = lock.as_ref().map(File::try_lock);
        if let Some(Err(TryLockError::WouldBlock)) = lock_result {
            return Err(FineTunedModelsError::InUse(name.to_owned()));
        }
        Ok(remove_locked(&folder, lock)?)
    }

    /// Removes what is left of discarded runs whose removal was interrupted.
    fn remove_discarded(&self) {
        for path in entries(&self.folder.join(LEARNING_FOLDER)) {
            let is_discarded = path
                .extension()
                .is_some_and(|end| end == DISCARDED_EXTENSION);
            if is_discarded && let Err(error) = remove(&path) {
                tracing::warn!("{error}");
            }
        }
    }

    fn model_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.{EXTENSION}"))
    }

    fn learning_path(&self, name: &str) -> PathBuf {
        self.folder.join(LEARNING_FOLDER).join(name)
    }
}

/// The folder of a run in progress, locked as long as this value lives.
#[derive(Debug)]
pub struct FineTuneFolder {
    folder: PathBuf,
    /// File of the finished model.
    model_path: PathBuf,
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

    /// File of the melodies that the model learns from.
    #[must_use]
    pub fn melodies_path(&self) -> PathBuf {
        self.folder.join("melodies.json")
    }

    /// Writes the record of the run, replacing an earlier one.
    ///
    /// # Errors
    /// [`FineTunedModelsError::Write`].
    pub fn write_record(&self, record: &FineTuneRecord) -> Result<(), FineTunedModelsError> {
        let path = self.folder.join(RECORD_FILE);
        write_atomic(&path, true, |out| Ok(serde_json::to_writer(out, record)?))?;
        Ok(())
    }

    /// Moves the best weights to the file of the finished model, and the melodies beside it, and removes the folder. Returns that
    /// file.
    ///
    /// # Errors
    /// [`FineTunedModelsError::Taken`] if another model was given that name in the meantime, [`FineTunedModelsError::Write`].
    pub fn finish(self) -> Result<PathBuf, FineTunedModelsError> {
        if entry_exists(&self.model_path) {
            let name = self.model_path.file_stem().unwrap_or_default();
            return Err(FineTunedModelsError::Taken(name.to_string_lossy().into()));
        }
        self.move_melodies()?;
        std::fs::rename(self.weights_path(), &self.model_path)
            .map_err(|source| WriteError::new(&self.model_path, source))?;
        let model_path = self.model_path.clone();
        if let Err(error) = self.discard() {
            tracing::warn!("{error}");
        }
        Ok(model_path)
    }

    /// Moves the melodies to their place beside the finished model. Those of a model of the same name that was removed since are
    /// replaced, or removed if this run has none.
    fn move_melodies(&self) -> Result<(), WriteError> {
        let target = LearntMelodies::path_beside(&self.model_path);
        let moved = std::fs::rename(self.melodies_path(), &target);
        let done = match moved {
            Err(error) if error.kind() == ErrorKind::NotFound => std::fs::remove_file(&target),
            other => other,
        };
        match done {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(WriteError::new(&target, error))
            }
            _ => Ok(()),
        }
    }

    /// Removes the folder.
    ///
    /// # Errors
    /// [`FineTunedModelsError::Write`].
    pub fn discard(self) -> Result<(), FineTunedModelsError> {
        Ok(remove_locked(&self.folder, Some(self.lock))?)
    }
}

/// The entries of a folder; none if it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = folder_entries(folder).into_iter().flatten();
    entries.flatten().map(|entry| entry.path()).collect()
}

/// Whether a name may contain this character: no system refuses it in the name of a file.
fn is_allowed(letter: char) -> bool {
    letter.is_alphanumeric() || " -_.,%".contains(letter)
}

fn check_form(name: &str) -> Result<(), FineTunedModelsError> {
    let fits = name.len() <= MAX_NAME_BYTES && name.trim() == name;
    let has_outer_dot = name.starts_with('.') || name.ends_with('.');
    if name.is_empty() || !fits || has_outer_dot || !name.chars().all(is_allowed) {
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
    fn a_run_is_interrupted_once_its_folder_is_unlocked_and_finishes_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let models = FineTunedModels::new(folder.path().join("models"));
        assert_eq!((models.list(), models.interrupted_runs()), (vec![], vec![]));
        let running = models.begin(&record("Mine")).unwrap();
        assert!(models.interrupted_runs().is_empty());
        let error = models.begin(&record("Mine")).unwrap_err();
        assert!(matches!(error, FineTunedModelsError::InUse(_)), "{error}");
        assert!(models.discard("Mine").is_err());
        drop(running);
        assert_eq!(models.interrupted_runs(), [record("Mine")]);
        // It is not listed before it is finished.
        assert!(models.list().is_empty());
        let running = models.begin(&record("Mine")).unwrap();
        std::fs::write(running.weights_path(), b"weights").unwrap();
        std::fs::write(running.melodies_path(), b"melodies").unwrap();
        let path = running.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"weights");
        let melodies = LearntMelodies::path_beside(&path);
        assert_eq!(std::fs::read(&melodies).unwrap(), b"melodies");
        let listed = models.list();
        assert_eq!(listed[0].name, "Mine");
        assert!(models.interrupted_runs().is_empty());
        let message = models.check_name("Mine").unwrap_err().to_string();
        assert!(message.contains("choose another name"), "{message}");
        assert_eq!(models.free_name("Mine"), "Mine 2");
        // The melodies of a model that was removed are not those of the next one of its name.
        std::fs::remove_file(&path).unwrap();
        let running = models.begin(&record("Mine")).unwrap();
        std::fs::write(running.weights_path(), b"weights").unwrap();
        running.finish().unwrap();
        assert!(!melodies.exists());
    }

    #[test]
    fn discarding_a_run_leaves_one_of_the_same_name_that_begins_at_that_moment() {
        let folder = tempfile::tempdir().unwrap();
        let models = FineTunedModels::new(folder.path().to_owned());
        let work = || {
            for _ in 0..300 {
                let run = match models.begin(&record("Mine")) {
                    Ok(run) => run,
                    Err(FineTunedModelsError::InUse(_)) => continue,
                    Err(error) => panic!("{error}"),
                };
                std::fs::write(run.checkpoint_path(), b"state").unwrap();
                std::thread::yield_now();
                assert_eq!(std::fs::read(run.checkpoint_path()).unwrap(), b"state");
                run.discard().unwrap();
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(work);
            scope.spawn(work);
        });
        models.begin(&record("Mine")).unwrap().discard().unwrap();
        let left = entries(&folder.path().join(LEARNING_FOLDER));
        assert_eq!(left, Vec::<PathBuf>::new());
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

//! The melodies that a fine-tuned model has learnt from, in a file beside the model: `NAME.learnt.json` beside `NAME.safetensors`.
//!
//! The model file has no notes of them, so that it can be given to others; this file stays on the user's machine.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{WriteError, write_atomic};
use crate::melody::{Melody, Tokens};

/// Ending of the file, in place of the model's extension.
const ENDING: &str = "learnt.json";
/// Version of the file's form.
const VERSION: u32 = 1;

/// A melody that a model has learnt from.
#[derive(Clone, Debug, PartialEq)]
pub struct LearntMelody {
    /// Its name: that of the file with the bars, or that of the kept melody.
    pub name: String,
    /// The melody.
    pub melody: Melody,
}

/// The melodies that a fine-tuned model has learnt from, with those that were held out to measure it.
#[derive(Clone, Debug, PartialEq)]
pub struct LearntMelodies {
    /// First 12 hex digits of the SHA-256 of the model's weights.
    pub weights_hash: String,
    /// The same of the model that it started from.
    pub start_weights_hash: String,
    /// The melodies, in the order of their files.
    pub melodies: Vec<LearntMelody>,
}

/// A file of melodies that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LearntMelodiesError {
    /// It cannot be opened or read.
    #[error("the melodies of the model in {path} could not be read ({source}); have it learn again to get them back", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// It is damaged, or of a later version of the program.
    #[error("{path} does not have the form of a list of melodies ({reason}); have the model learn again to get them back", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where they are known.
        reason: String,
    },
}

/// The contents of the file.
#[derive(Serialize, Deserialize)]
struct StoredMelodies {
    version: u32,
    weights_hash: String,
    started_from: String,
    /// Name and tokens of each melody.
    melodies: Vec<(String, Vec<u8>)>,
}

impl LearntMelodies {
    /// The file beside a model.
    #[must_use]
    pub fn path_beside(model: &Path) -> PathBuf {
        model.with_extension(ENDING)
    }

    /// Writes the file, replacing an earlier one.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        let melodies = self.melodies.iter();
        let stored = StoredMelodies {
            version: VERSION,
            weights_hash: self.weights_hash.clone(),
            started_from: self.start_weights_hash.clone(),
            melodies: melodies
                .map(|known| {
                    let tokens = known.melody.tokens().as_slice().to_vec();
                    (known.name.clone(), tokens)
                })
                .collect(),
        };
        write_atomic(path, true, |out| Ok(serde_json::to_writer(out, &stored)?))
    }

    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    /// [`LearntMelodiesError`].
    pub fn read(path: &Path) -> Result<Option<Self>, LearntMelodiesError> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                let path = path.to_owned();
                return Err(LearntMelodiesError::Read { path, source });
            }
        };
        let form_error = |reason: String| LearntMelodiesError::Form {
            path: path.to_owned(),
            reason,
        };
        let stored: StoredMelodies =
            serde_json::from_slice(&text).map_err(|error| form_error(error.to_string()))?;
        if stored.version != VERSION {
            return Err(form_error(format!("version {}", stored.version)));
        }
        let melodies = stored.melodies.into_iter().map(|(name, ids)| {
            let tokens = Tokens::new(ids).map_err(|error| form_error(error.to_string()))?;
            let melody = Melody::from_tokens(tokens);
            Ok(LearntMelody { name, melody })
        });
        Ok(Some(Self {
            weights_hash: stored.weights_hash,
            start_weights_hash: stored.started_from,
            melodies: melodies.collect::<Result<_, LearntMelodiesError>>()?,
        }))
    }

    /// At most `max` of the melodies, taken evenly from all of them, so that each part of the material has its share.
    #[must_use]
    pub fn spread(&self, max: usize) -> Vec<&LearntMelody> {
        let count = self.melodies.len();
        let taken = count.min(max);
        (0..taken)
            .filter_map(|index| self.melodies.get(index * count / taken))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn learnt(count: u8) -> LearntMelodies {
        let melody = |number: u8| LearntMelody {
            name: format!("tune {number}, bars 1–2"),
            melody: Melody::from_tokens(Tokens::new(vec![20 + number % 60, 0, 1, 0]).unwrap()),
        };
        LearntMelodies {
            weights_hash: "0123456789ab".to_owned(),
            start_weights_hash: "ba9876543210".to_owned(),
            melodies: (0..count).map(melody).collect(),
        }
    }

    #[test]
    fn what_was_written_is_read_again_and_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = LearntMelodies::path_beside(&folder.path().join("My tunes.safetensors"));
        assert_eq!(path.file_name().unwrap(), "My tunes.learnt.json");
        assert_eq!(LearntMelodies::read(&path).unwrap(), None);
        learnt(3).write(&path).unwrap();
        assert_eq!(LearntMelodies::read(&path).unwrap(), Some(learnt(3)));
        let text = std::fs::read_to_string(&path).unwrap();
        for (damaged, reason) in [
            (text.replace("[20,", "[99,"), "99"),
            (text[..text.len() / 2].to_owned(), "line 1"),
            (text.replace("\"version\":1", "\"version\":2"), "version 2"),
        ] {
            std::fs::write(&path, damaged).unwrap();
            let error = LearntMelodies::read(&path).unwrap_err().to_string();
            assert!(
                error.contains("learnt.json") && error.contains(reason),
                "{error}"
            );
        }
    }

    #[test]
    fn the_spread_ones_come_from_all_of_them() {
        let names = |count, max| -> Vec<String> {
            let learnt = learnt(count);
            let spread = learnt.spread(max);
            spread.iter().map(|known| known.name.clone()).collect()
        };
        let tunes = |numbers: &[u8]| -> Vec<String> {
            numbers
                .iter()
                .map(|number| format!("tune {number}, bars 1–2"))
                .collect()
        };
        assert_eq!(names(10, 4), tunes(&[0, 2, 5, 7]));
        assert_eq!(names(3, 4), tunes(&[0, 1, 2]));
        assert_eq!(names(0, 4), tunes(&[]));
    }
}

//! Two-bar windows from folders of MIDI files.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::corpus_files::{listed_files, midi_files_below, unreadable_reason};
use super::error::TrainingError;
use crate::melody::{
    MidiFileError, NoteCount, Tokens, TrainingWindowOptions, TrainingWindows, read_midi_file,
    training_windows, transposition_key,
};

/// Which files of a corpus to take.
#[derive(Clone, Debug)]
pub enum Split {
    /// Every MIDI file below the folder.
    All,
    /// The files that a CSV table with the columns `path` and `split` lists under a name such as `train`.
    Named {
        /// The table; its paths are relative to the corpus folder.
        table: PathBuf,
        /// Value of the `split` column to take.
        name: String,
    },
}

/// The windows of one first-level folder of the corpus.
#[derive(Clone, Debug)]
pub struct Source {
    /// The folder's name; empty for files that lie in the corpus folder itself.
    pub name: String,
    /// Files that gave at least one window.
    pub files: usize,
    /// Windows, no two of which are equal up to transposition.
    pub windows: Vec<Tokens>,
}

/// The windows of a folder of MIDI files.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The sources in the order of their names.
    pub sources: Vec<Source>,
    /// Melodies that the model knew before the run, for [`TrainingConfig::rehearsal_share`]; not among [`Corpus::windows`].
    ///
    /// [`TrainingConfig::rehearsal_share`]: super::TrainingConfig::rehearsal_share
    pub rehearsal: Vec<Tokens>,
    /// MIDI files looked at.
    pub files: usize,
    /// The files that gave at least one window.
    pub used: Vec<PathBuf>,
    /// What gave no windows, with the reason: unreadable files; of a corpus of melodies those of another length than the model's.
    pub skipped: Vec<(PathBuf, String)>,
    /// Files of which a part is missing or unreadable, with a description.
    pub damaged: Vec<(PathBuf, String)>,
    /// Notes of all files: how many are in a window, and why others are not. Repeated windows count too.
    pub note_count: NoteCount,
}

/// The windows of a file.
struct CorpusFile {
    windows: TrainingWindows,
    /// Description of its missing or unreadable parts.
    damage: Option<String>,
}

impl CorpusFile {
    fn open(path: &Path, options: &TrainingWindowOptions) -> Result<Self, MidiFileError> {
        // Opening a named pipe would block until another process writes to it.
        if path.metadata().is_ok_and(|data| !data.is_file()) {
            return Err(MidiFileError::OtherKind {
                path: path.to_owned(),
                what: "a device or a pipe",
            });
        }
        let song = read_midi_file(path)?;
        let damage = song.report.is_damaged();
        Ok(Self {
            windows: training_windows(&song, options),
            damage: damage.then(|| song.report.user_messages().join("; ")),
        })
    }
}

impl Corpus {
    /// Reads a corpus. Windows equal up to transposition to an earlier one are skipped.
    ///
    /// # Errors
    /// [`TrainingError`] if the folder or the split table cannot be read or nothing usable is in it;
    /// single unreadable files are listed in the result.
    pub fn read(
        folder: &Path,
        split: &Split,
        options: &TrainingWindowOptions,
    ) -> Result<Self, TrainingError> {
        let mut seen = HashSet::new();
        let paths = match split {
            Split::All => midi_files_below(folder)?,
            Split::Named { table, name } => listed_files(folder, table, name)?,
        };
        let read: Vec<(PathBuf, Result<CorpusFile, MidiFileError>)> = paths
            .into_par_iter()
            .map(|path| {
                let file = CorpusFile::open(&path, options);
                (path, file)
            })
            .collect();
        let files = read.len();
        let (mut used, mut skipped, mut damaged) = (Vec::new(), Vec::new(), Vec::new());
        let mut note_count = NoteCount::default();
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        for (path, file) in read {
            let file = match file {
                Ok(file) => file,
                Err(error) => {
                    let reason = unreadable_reason(&path, &error);
                    skipped.push((path, reason));
                    continue;
                }
            };
            note_count.add(&file.windows.notes);
            if let Some(damage) = file.damage {
                damaged.push((path.clone(), damage));
            }
            let new: Vec<Tokens> = file
                .windows
                .windows
                .into_iter()
                .filter(|w| seen.insert(transposition_key(w)))
                .collect();
            if new.is_empty() {
                continue;
            }
            let name = source_name(folder, &path);
            let source = sources.entry(name.clone()).or_insert_with(|| Source {
                name,
                files: 0,
                windows: Vec::new(),
            });
            source.files += 1;
            source.windows.extend(new);
            used.push(path);
        }
        if sources.is_empty() {
            let unreadable = skipped.len();
            return Err(TrainingError::NoWindows {
                path: folder.to_owned(),
                files,
                unreadable,
            });
        }
        Ok(Self {
            sources: sources.into_values().collect(),
            rehearsal: Vec::new(),
            files,
            used,
            skipped,
            damaged,
            note_count,
        })
    }

    /// A corpus of one source without files.
    #[must_use]
    pub fn from_windows(name: &str, windows: Vec<Tokens>) -> Self {
        Self {
            sources: vec![Source {
                name: name.to_owned(),
                files: 0,
                windows,
            }],
            rehearsal: Vec::new(),
            files: 0,
            used: Vec::new(),
            skipped: Vec::new(),
            damaged: Vec::new(),
            note_count: NoteCount::default(),
        }
    }

    /// Takes one of `every` windows out of the corpus, from the ends of the sources, and gives them. They are neighbours in
    /// their files, so that few of those that stay overlap with them. A source of which nothing stays is gone.
    #[must_use]
    pub fn hold_out(&mut self, every: usize) -> Vec<Tokens> {
        let mut held_out = Vec::new();
        let mut seen = 0;
        for source in &mut self.sources {
            seen += source.windows.len();
            // Counted over all of them: each may be a song of a few windows in a folder of its own.
            let count = (seen / every.max(2) - held_out.len()).min(source.windows.len());
            held_out.extend(source.windows.split_off(source.windows.len() - count));
        }
        self.sources.retain(|source| !source.windows.is_empty());
        held_out
    }

    /// Windows in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sources.iter().map(|source| source.windows.len()).sum()
    }

    /// Whether there are no windows; [`Corpus::read`] never gives such a corpus.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For each window, whether `other` has it too, transposed or not, in the order of [`Corpus::windows`].
    #[must_use]
    pub fn windows_also_in(&self, other: &Self) -> Vec<bool> {
        let known: HashSet<Vec<u8>> = other.windows().map(transposition_key).collect();
        self.windows()
            .map(|window| known.contains(&transposition_key(window)))
            .collect()
    }

    /// At most about `max` windows, taken evenly from all of them.
    #[must_use]
    pub fn sample(&self, max: usize) -> Vec<Tokens> {
        let stride = self.len().div_ceil(max.max(1)).max(1);
        self.windows().step_by(stride).cloned().collect()
    }

    /// All windows, source after source.
    pub fn windows(&self) -> impl Iterator<Item = &Tokens> {
        self.sources.iter().flat_map(|source| &source.windows)
    }
}

fn source_name(folder: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    match inside.components().collect::<Vec<_>>()[..] {
        [first, _, ..] => first.as_os_str().to_string_lossy().into_owned(),
        _ => String::new(),
    }
}

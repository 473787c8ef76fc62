//! Two-bar windows from folders of MIDI files.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::corpus_files::{listed_files, midi_files_below, unreadable_reason};
use super::error::TrainingError;
use crate::files::sanitise;
use crate::melody::{
    MidiFileError, NoteCount, Tokens, TrainingWindowOptions, TrainingWindows, bars_text,
    read_midi_file, training_windows, transposition_key,
};

/// Which files of a corpus folder to use.
#[derive(Clone, Debug)]
pub enum Split {
    /// Every MIDI file below the folder.
    All,
    /// The files whose `split` column in a CSV table is a name such as `train`.
    Named {
        /// The table with the columns `path` and `split`; its paths are relative to the corpus folder.
        table: PathBuf,
        /// Wanted value of the `split` column.
        name: String,
    },
}

/// The windows of one first-level folder of the corpus.
#[derive(Clone, Debug)]
pub struct Source {
    /// The folder's name; empty for files that lie in the corpus folder itself.
    pub name: String,
    /// Number of files that gave at least one window.
    pub file_count: usize,
    /// Windows, no two of which are equal up to transposition.
    pub windows: Vec<Tokens>,
    /// Where each window comes from; empty for a corpus without files.
    pub places: Vec<WindowPlace>,
}

/// The file and the bars that a window comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowPlace {
    /// Index of the file in [`Corpus::used_files`].
    pub file: usize,
    /// First and last bar of the song, counted from 1.
    pub bars: (u64, u64),
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
    /// Number of MIDI files looked at.
    pub file_count: usize,
    /// The files that gave at least one window.
    pub used_files: Vec<PathBuf>,
    /// Files that gave no windows, with the reason: unreadable ones; in a corpus of kept melodies, those of another length than the
    /// model's.
    pub skipped_files: Vec<(PathBuf, String)>,
    /// Files that are partly missing or unreadable, with a description.
    pub damaged_files: Vec<(PathBuf, String)>,
    /// Number of notes in all files: how many are in a window, and why others are not. Repeated windows count too.
    pub note_count: NoteCount,
}

/// The windows of one file.
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
                kind: "a device or a pipe",
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
        let mut known_windows = HashSet::new();
        let paths = match split {
            Split::All => midi_files_below(folder)?,
            Split::Named { table, name } => listed_files(folder, table, name)?,
        };
        let opened: Vec<(PathBuf, Result<CorpusFile, MidiFileError>)> = paths
            .into_par_iter()
            .map(|path| {
                let file = CorpusFile::open(&path, options);
                (path, file)
            })
            .collect();
        let file_count = opened.len();
        let (mut used_files, mut skipped_files, mut damaged_files) =
            (Vec::new(), Vec::new(), Vec::new());
        let mut note_count = NoteCount::default();
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        for (path, file) in opened {
            let file = match file {
                Ok(file) => file,
                Err(error) => {
                    let reason = unreadable_reason(&path, &error);
                    skipped_files.push((path, reason));
                    continue;
                }
            };
            note_count.add(&file.windows.notes);
            if let Some(damage) = file.damage {
                damaged_files.push((path.clone(), damage));
            }
            let windows = file.windows.windows.into_iter().zip(file.windows.bars);
            let (new_windows, bars): (Vec<Tokens>, Vec<(u64, u64)>) = windows
                .filter(|(window, _)| known_windows.insert(transposition_key(window)))
                .unzip();
            if new_windows.is_empty() {
                continue;
            }
            let name = source_name(folder, &path);
            let source = sources.entry(name.clone()).or_insert_with(|| Source {
                name,
                file_count: 0,
                windows: Vec::new(),
                places: Vec::new(),
            });
            source.file_count += 1;
            source.windows.extend(new_windows);
            let file = used_files.len();
            let places = bars.into_iter().map(|bars| WindowPlace { file, bars });
            source.places.extend(places);
            used_files.push(path);
        }
        if sources.is_empty() {
            let unreadable = skipped_files.len();
            return Err(TrainingError::NoWindows {
                path: folder.to_owned(),
                files: file_count,
                unreadable,
            });
        }
        Ok(Self {
            sources: sources.into_values().collect(),
            rehearsal: Vec::new(),
            file_count,
            used_files,
            skipped_files,
            damaged_files,
            note_count,
        })
    }

    /// A corpus of one source without files.
    #[must_use]
    pub fn from_windows(name: &str, windows: Vec<Tokens>) -> Self {
        Self {
            sources: vec![Source {
                name: name.to_owned(),
                file_count: 0,
                windows,
                places: Vec::new(),
            }],
            rehearsal: Vec::new(),
            file_count: 0,
            used_files: Vec::new(),
            skipped_files: Vec::new(),
            damaged_files: Vec::new(),
            note_count: NoteCount::default(),
        }
    }

    /// Removes one in `interval` windows from the corpus, taken from the ends of the sources, and returns them. They are consecutive
    /// in their files, so that few of the remaining windows overlap with them. A source without remaining windows is removed.
    #[must_use]
    pub fn hold_out(&mut self, interval: usize) -> Vec<Tokens> {
        let mut held_out = Vec::new();
        let mut window_count = 0;
        for source in &mut self.sources {
            window_count += source.windows.len();
            // Counted over all sources: each may be a song of a few windows in a folder of its own.
            let count = (window_count / interval.max(2) - held_out.len()).min(source.windows.len());
            let kept = source.windows.len() - count;
            held_out.extend(source.windows.split_off(kept));
            source.places.truncate(kept);
        }
        self.sources.retain(|source| !source.windows.is_empty());
        held_out
    }

    /// Number of windows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sources.iter().map(|source| source.windows.len()).sum()
    }

    /// Whether there are no windows; [`Corpus::read`] never returns such a corpus.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For each window, whether `other` has it too, transposed or not, in the order of [`Corpus::windows`].
    #[must_use]
    pub fn windows_also_in(&self, other: &Self) -> Vec<bool> {
        let other_windows: HashSet<Vec<u8>> = other.windows().map(transposition_key).collect();
        self.windows()
            .map(|window| other_windows.contains(&transposition_key(window)))
            .collect()
    }

    /// At most about `max` windows, taken evenly from all of them.
    #[must_use]
    pub fn sample(&self, max: usize) -> Vec<Tokens> {
        let stride = self.len().div_ceil(max.max(1)).max(1);
        self.windows().step_by(stride).cloned().collect()
    }

    /// A name for each window, in the order of [`Corpus::windows`]: the file's name without its extension, and the bars, as "tune, bars
    /// 3–4". Empty for a corpus without files.
    #[must_use]
    pub fn window_names(&self) -> Vec<String> {
        let places = self.sources.iter().flat_map(|source| &source.places);
        let name = |place: &WindowPlace| {
            let stem = self
                .used_files
                .get(place.file)
                .and_then(|path| path.file_stem());
            let stem = stem.unwrap_or_default().to_string_lossy();
            let (first, last) = place.bars;
            format!("{}, {}", sanitise(&stem), bars_text(first, last))
        };
        places.map(name).collect()
    }

    /// All windows, source after source.
    pub fn windows(&self) -> impl Iterator<Item = &Tokens> {
        self.sources.iter().flat_map(|source| &source.windows)
    }
}

/// Name of a file's source: its first-level folder below `folder`, empty if it lies in `folder` itself.
fn source_name(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    match relative.components().collect::<Vec<_>>()[..] {
        [first, _, ..] => first.as_os_str().to_string_lossy().into_owned(),
        _ => String::new(),
    }
}

//! Imports one part of a song: the pipeline from its notes to windows and a report.

use std::path::{Path, PathBuf};

use super::bar_grid::BarGrid;
use super::dropped::{DropReason, NoteCount};
use super::parts::{SongPart, most_melodic, song_parts};
use super::place::{PlacedNote, place, settle};
use super::report::{ImportReport, MetreSpan};
use super::sections::{Section, SectionOptions, sections};
use super::timing::Timing;
use super::voice::{GridNote, extract_voice};
use super::windows::{CutOptions, CutWindow, WindowOptions, cut};
use crate::melody::midi::MidiSong;
use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH, Melody, STEPS_PER_BAR, Tokens};

/// Windows of one part that are listed; half an hour of two-bar windows.
pub const MOST_WINDOWS: usize = 1_024;

/// A song of which nothing can be imported, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// There is no note in it.
    #[error("{} holds no notes; choose a file with a melody in it", path.display())]
    NoNotes {
        /// The file.
        path: PathBuf,
    },
}

/// What to import of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    windows: CutOptions,
    sections: SectionOptions,
}

impl ImportOptions {
    /// A user's own song, for a model of `steps` steps: a window from every bar that has a note within reach, in any
    /// metre, the last ones filled up with silence.
    #[must_use]
    pub fn song(steps: usize) -> Self {
        Self {
            windows: CutOptions {
                steps: steps.max(1),
                hop_bars: 1,
                minimum_notes: 1,
                longest_rest_steps: usize::MAX,
                fill_up: true,
                most: MOST_WINDOWS,
            },
            sections: SectionOptions {
                other_metres: true,
                inner_pickups: true,
                rare_metres: true,
            },
        }
    }

    /// What a model learns from: bars of four quarters only, and no window that is too empty or reaches over the end.
    #[must_use]
    pub fn training(options: &WindowOptions) -> Self {
        Self {
            windows: CutOptions {
                steps: options.bars.max(1) * STEPS_PER_BAR,
                hop_bars: options.hop_bars.max(1),
                minimum_notes: options.minimum_notes.max(1),
                longest_rest_steps: options.longest_rest_steps,
                fill_up: false,
                most: usize::MAX,
            },
            sections: SectionOptions {
                other_metres: false,
                inner_pickups: false,
                rare_metres: false,
            },
        }
    }
}

/// One window of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedWindow {
    /// First of the song's own bars that it covers, counted from 1.
    pub first_bar: u64,
    /// Last of these bars.
    pub last_bar: u64,
    /// The melody, of the model's length.
    pub melody: Melody,
    /// Section of the song, and step in it: where the window starts.
    position: (usize, u64),
}

/// A part as a model can take it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedPart {
    /// In time order.
    pub windows: Vec<ImportedWindow>,
    /// What was found, corrected and left out.
    pub report: ImportReport,
}

impl ImportedWindow {
    /// "bar 3" or "bars 3–4".
    #[must_use]
    pub fn bars_text(&self) -> String {
        if self.first_bar == self.last_bar {
            format!("bar {}", self.first_bar)
        } else {
            format!("bars {}–{}", self.first_bar, self.last_bar)
        }
    }
}

impl ImportedPart {
    /// Windows side by side, no note in two of them, by their index.
    pub fn side_by_side(&self) -> impl Iterator<Item = usize> {
        let mut end = (0, 0);
        let windows = self.windows.iter().enumerate();
        windows.filter_map(move |(index, window)| {
            let (section, step) = window.position;
            (window.position >= end).then(|| {
                end = (section, step + window.melody.steps() as u64);
                index
            })
        })
    }
}

/// The parts of a song that can be imported.
///
/// # Errors
/// [`ImportError::NoNotes`] if there is none.
pub fn import_parts(song: &MidiSong, path: &Path) -> Result<Vec<SongPart>, ImportError> {
    let parts = song_parts(song);
    if parts.is_empty() {
        return Err(ImportError::NoNotes {
            path: path.to_owned(),
        });
    }
    Ok(parts)
}

/// Imports a part: its melody on the nearest sixteenths, swing and delay corrected, in windows.
///
/// Musical time counts, so changes of tempo do not matter. A note that sounds into a window from before is not in it,
/// and one that lasts past its end is cut.
#[must_use]
pub fn import_part(song: &MidiSong, part: &SongPart, options: &ImportOptions) -> ImportedPart {
    let quarter = song.ticks_per_quarter;
    let grid = BarGrid::of(song);
    let onsets: Vec<u64> = part.notes.iter().map(|note| note.start).collect();
    let sections = sections(&grid, quarter, &onsets, options.sections);
    let mut notes = NoteCount::default();

    let keys = LOWEST_PITCH..=HIGHEST_PITCH;
    let playable = part.notes.iter().filter(|note| keys.contains(&note.pitch));
    let mut placed = place(playable.copied(), &sections, quarter);
    notes.drop_many(DropReason::OutsideKeyboard, part.notes.len() - placed.len());
    let timing = Timing::correct(&mut placed);
    settle(&mut placed, &sections, quarter);
    placed.sort_by_key(|note| (note.section, note.start, note.pitch));

    let mut found = Found {
        options,
        windows: Vec::new(),
        all_windows: 0,
        notes,
    };
    for of_section in placed.chunk_by(|a, b| a.section == b.section) {
        let index = of_section.first().map_or(0, |note| note.section);
        if let Some(section) = sections.get(index) {
            found.add(of_section, section, quarter);
        }
    }
    let windows: Vec<ImportedWindow> = found
        .windows
        .into_iter()
        .filter_map(|(index, window)| imported(index, window, &sections, &grid, quarter))
        .collect();
    let other_metres = other_metres(&grid, &sections, &onsets);
    let report = ImportReport {
        file: song.report.clone(),
        notes: found.notes,
        timing,
        is_all_in_other_metres: !other_metres.is_empty()
            && placed
                .iter()
                .filter_map(|note| sections.get(note.section))
                .all(|section| section.other_metre.is_some()),
        other_metres,
        pickup_bars: sections
            .iter()
            .filter(|section| section.has_pickup)
            .map(|section| grid.bar_at(section.from))
            .collect(),
        may_be_drums: part.may_be_drums(),
        windows: windows.len(),
        all_windows: found.all_windows,
    };
    ImportedPart { windows, report }
}

/// The windows of a section, with the bars of the song that they cover.
fn imported(
    index: usize,
    window: CutWindow,
    sections: &[Section],
    grid: &BarGrid,
    quarter: u32,
) -> Option<ImportedWindow> {
    let section = sections.get(index)?;
    let end = section.tick(window.step + window.tokens.len() as u64, quarter);
    let end = section.to.map_or(end, |to| to.min(end));
    let first_bar = grid.bar_at(section.tick(window.step, quarter));
    Some(ImportedWindow {
        first_bar,
        last_bar: grid.bar_at(end.saturating_sub(1)).max(first_bar),
        position: (index, window.step),
        melody: Melody::from_tokens(window.tokens),
    })
}

/// Windows and dropped notes under way.
struct Found<'a> {
    options: &'a ImportOptions,
    /// Section and window.
    windows: Vec<(usize, CutWindow)>,
    all_windows: usize,
    notes: NoteCount,
}

impl Found<'_> {
    /// Adds the notes of one section, in order.
    fn add(&mut self, placed: &[PlacedNote], section: &Section, quarter: u32) {
        let index = placed.first().map_or(0, |note| note.section);
        if !section.is_used {
            self.notes.drop_many(DropReason::OutsideMetre, placed.len());
            return;
        }
        let voice = self.one_voice(placed);
        let steps = section.to.map(|_| section.extent(quarter).1.unwrap_or(0));
        let bars =
            steps.map(|end| (end / super::sections::FINE_STEP) as u64 / STEPS_PER_BAR as u64);
        let left = self.options.windows.most.saturating_sub(self.windows.len());
        let options = CutOptions {
            most: left,
            ..self.options.windows
        };
        let found = cut(&voice, bars, &options);
        self.all_windows += found.all_windows;
        self.notes.add(&found.notes);
        self.windows
            .extend(found.windows.into_iter().map(|window| (index, window)));
    }

    /// The melody of a section's notes on the grid, in time order and without overlap; counts the other notes.
    fn one_voice(&mut self, placed: &[PlacedNote]) -> Vec<GridNote> {
        let chosen = extract_voice(placed);
        let voice = GridNote::in_turn(placed, &chosen);
        let mut is_chosen = vec![false; placed.len()];
        for &(index, _) in &chosen {
            if let Some(is_chosen) = is_chosen.get_mut(index) {
                *is_chosen = true;
            }
        }
        for (note, _) in placed.iter().zip(is_chosen).filter(|(_, chosen)| !chosen) {
            let on_same_step = chosen
                .binary_search_by_key(&note.step(), |&(index, _)| placed[index].step())
                .ok()
                .and_then(|at| placed.get(chosen[at].0));
            self.notes.drop(why_not_chosen(note, on_same_step));
        }
        voice
    }
}

/// Why a note is not in the melody, whose note on the same sixteenth is `chosen`.
fn why_not_chosen(note: &PlacedNote, chosen: Option<&PlacedNote>) -> DropReason {
    match chosen {
        Some(chosen)
            if note.has_length && (note.end <= chosen.start || chosen.end <= note.start) =>
        {
            DropReason::FasterThanGrid
        }
        Some(chosen) if chosen.pitch == note.pitch => DropReason::Duplicate,
        _ => DropReason::OtherVoice,
    }
}

/// Where notes lie in other metres than four quarters.
fn other_metres(grid: &BarGrid, sections: &[Section], onsets: &[u64]) -> Vec<MetreSpan> {
    let mut found: Vec<MetreSpan> = Vec::new();
    for stretch in grid.stretches() {
        let behind = sections.partition_point(|section| section.from <= stretch.start);
        let section = behind.checked_sub(1).and_then(|index| sections.get(index));
        if section.is_none_or(|section| section.other_metre.is_none()) {
            continue;
        }
        let first = onsets.partition_point(|onset| *onset < stretch.start);
        let end = stretch.end().unwrap_or(u64::MAX);
        let behind = onsets.partition_point(|onset| *onset < end);
        let Some([first, .., last] | [first @ last]) = onsets.get(first..behind) else {
            continue;
        };
        let span = MetreSpan {
            first_bar: grid.bar_at(*first),
            last_bar: grid.bar_at(*last),
            numerator: stretch.metre.0,
            denominator: stretch.metre.1,
        };
        match found.last_mut() {
            Some(before)
                if (before.numerator, before.denominator) == stretch.metre
                    && before.last_bar + 1 >= span.first_bar =>
            {
                before.last_bar = span.last_bar;
            }
            _ => found.push(span),
        }
    }
    found
}

/// What a model can learn from a song.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingWindows {
    /// In time order, repeats included.
    pub windows: Vec<Tokens>,
    /// All notes of the song: how many are in a window, and why others are not.
    pub notes: NoteCount,
}

/// Windows of a song's most melodic part, each starting on a bar line. See [`ImportOptions::training`].
#[must_use]
pub fn training_windows(song: &MidiSong, options: &WindowOptions) -> TrainingWindows {
    let parts = song_parts(song);
    let chosen = most_melodic(&parts).filter(|index| !parts[*index].may_be_drums());
    let mut found = TrainingWindows::default();
    for (index, part) in parts.iter().enumerate() {
        if Some(index) == chosen {
            let imported = import_part(song, part, &ImportOptions::training(options));
            found.notes.add(&imported.report.notes);
            let melodies = imported.windows.into_iter();
            found.windows = melodies
                .map(|window| window.melody.tokens().clone())
                .collect();
        } else if part.may_be_drums() {
            found.notes.drop_many(DropReason::Drums, part.notes.len());
        } else {
            found
                .notes
                .drop_many(DropReason::OtherPart, part.notes.len());
        }
    }
    found
}

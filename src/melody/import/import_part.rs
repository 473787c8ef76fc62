//! Imports a part of a song: the pipeline from its notes to excerpts and a report.

use std::path::{Path, PathBuf};

use super::bar_grid::BarGrid;
use super::excerpts::{CutExcerpt, CutOptions, TrainingWindowOptions, cut_excerpts};
use super::omitted::{NoteCount, OmissionReason};
use super::place::{PlacedNote, move_into_sections, place_notes};
use super::report::{ImportReport, MetreSpan};
use super::sections::{FINE_TICKS_PER_STEP, Section, SectionOptions, sections};
use super::song_parts::{SongPart, most_melodic_index, song_parts};
use super::timing::Timing;
use super::voice::{GridNote, extract_voice};
use crate::melody::melody_type::Melody;
use crate::melody::midi::MidiSong;
use crate::melody::tokens::{HIGHEST_PITCH, LOWEST_PITCH, STEPS_PER_BAR, Tokens};

/// Maximum number of excerpts of a part that are listed: half an hour of bars at 120 beats per minute.
pub const MAX_EXCERPTS: usize = 1_024;

/// Why nothing can be imported from a song.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It has no notes.
    #[error("{} holds no notes; choose a file with a melody in it", path.display())]
    NoNotes {
        /// The file.
        path: PathBuf,
    },
}

/// How to import a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportOptions {
    excerpts: CutOptions,
    sections: SectionOptions,
}

impl ImportOptions {
    /// Options for a song that a user imports, for a model of `steps` steps: excerpts from every bar, in any metre, each with a note;
    /// the last ones are padded with silence.
    #[must_use]
    pub fn song(steps: usize) -> Self {
        Self {
            excerpts: CutOptions {
                steps: steps.max(1),
                hop_bars: 1,
                min_notes: 1,
                longest_rest_steps: usize::MAX,
                pads_end: true,
                max_excerpts: MAX_EXCERPTS,
            },
            sections: SectionOptions {
                other_metres: true,
                inner_pickups: true,
                equal_length_metres: true,
            },
        }
    }

    /// Options for training: bars of four quarters only, and no excerpt that is too sparse or extends over the end.
    #[must_use]
    pub fn training(options: &TrainingWindowOptions) -> Self {
        Self {
            excerpts: CutOptions {
                steps: options.bars.max(1) * STEPS_PER_BAR,
                hop_bars: options.hop_bars.max(1),
                min_notes: options.min_notes.max(1),
                longest_rest_steps: options.longest_rest_steps,
                pads_end: false,
                max_excerpts: usize::MAX,
            },
            sections: SectionOptions {
                other_metres: false,
                inner_pickups: false,
                equal_length_metres: false,
            },
        }
    }
}

/// An excerpt of a part, as long as the melodies of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedExcerpt {
    /// First bar of the song that it covers, counted from 1.
    pub first_bar: u64,
    /// Last bar of the song that it covers.
    pub last_bar: u64,
    /// The melody, of the model's length.
    pub melody: Melody,
    /// Section of the song and step in it at which the excerpt starts.
    position: (usize, u64),
}

/// An imported part.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedPart {
    /// The excerpts in time order.
    pub excerpts: Vec<ImportedExcerpt>,
    /// Findings, corrections and omitted notes.
    pub report: ImportReport,
}

impl ImportedExcerpt {
    /// "bar 3" or "bars 3–4".
    #[must_use]
    pub fn bars_text(&self) -> String {
        bars_text(self.first_bar, self.last_bar)
    }
}

/// "bar 3" or "bars 3–4".
#[must_use]
pub fn bars_text(first: u64, last: u64) -> String {
    if first == last {
        format!("bar {first}")
    } else {
        format!("bars {first}–{last}")
    }
}

impl ImportedPart {
    /// Indices of successive excerpts that do not overlap.
    pub fn non_overlapping_indices(&self) -> impl Iterator<Item = usize> {
        let mut end = (0, 0);
        let excerpts = self.excerpts.iter().enumerate();
        excerpts.filter_map(move |(index, excerpt)| {
            let (section, step) = excerpt.position;
            (excerpt.position >= end).then(|| {
                end = (section, step + excerpt.melody.steps() as u64);
                index
            })
        })
    }
}

/// The parts of a song that can be imported.
///
/// # Errors
/// [`ImportError::NoNotes`] if there is none.
pub fn importable_parts(song: &MidiSong, path: &Path) -> Result<Vec<SongPart>, ImportError> {
    let parts = song_parts(song);
    if parts.is_empty() {
        return Err(ImportError::NoNotes {
            path: path.to_owned(),
        });
    }
    Ok(parts)
}

/// Imports a part: its melody on the nearest sixteenths, swing and delay corrected, in excerpts.
///
/// Musical time counts, so changes of tempo do not matter. A note that sounds into an excerpt from before is not in it,
/// and one that lasts past its end is cut.
#[must_use]
pub fn import_part(song: &MidiSong, part: &SongPart, options: &ImportOptions) -> ImportedPart {
    let ticks_per_quarter = song.ticks_per_quarter;
    let grid = BarGrid::from_song(song);
    let onsets: Vec<u64> = part.notes.iter().map(|note| note.start).collect();
    let sections = sections(&grid, ticks_per_quarter, &onsets, options.sections);
    let mut notes = NoteCount::default();

    let piano_pitches = LOWEST_PITCH..=HIGHEST_PITCH;
    let playable = part
        .notes
        .iter()
        .filter(|note| piano_pitches.contains(&note.pitch));
    let mut placed = place_notes(playable.copied(), &sections, ticks_per_quarter);
    notes.omit_several(
        OmissionReason::OutsideKeyboard,
        part.notes.len() - placed.len(),
    );
    let timing = Timing::correct(&mut placed);
    move_into_sections(&mut placed, &sections, ticks_per_quarter);
    placed.sort_by_key(|note| (note.section, note.start, note.pitch));

    let mut cutter = SectionCutter {
        options,
        excerpts: Vec::new(),
        total_excerpts: 0,
        notes,
    };
    for section_notes in placed.chunk_by(|a, b| a.section == b.section) {
        let index = section_notes.first().map_or(0, |note| note.section);
        if let Some(section) = sections.get(index) {
            cutter.add(section_notes, section, ticks_per_quarter);
        }
    }
    let excerpts: Vec<ImportedExcerpt> = cutter
        .excerpts
        .into_iter()
        .filter_map(|(index, excerpt)| {
            imported_excerpt(index, excerpt, &sections, &grid, ticks_per_quarter)
        })
        .collect();
    let other_metres = other_metres(&grid, &sections, &onsets);
    let report = ImportReport {
        file: song.report.clone(),
        notes: cutter.notes,
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
            .map(|section| grid.bar_at(section.start_tick))
            .collect(),
        may_be_drums: part.may_be_drums(),
        listed_excerpts: excerpts.len(),
        total_excerpts: cutter.total_excerpts,
    };
    ImportedPart { excerpts, report }
}

/// An excerpt of a section, with the bars of the song that it covers.
fn imported_excerpt(
    index: usize,
    excerpt: CutExcerpt,
    sections: &[Section],
    grid: &BarGrid,
    ticks_per_quarter: u32,
) -> Option<ImportedExcerpt> {
    let section = sections.get(index)?;
    let end = section.tick(
        excerpt.step + excerpt.tokens.len() as u64,
        ticks_per_quarter,
    );
    let end = section.end_tick.map_or(end, |to| to.min(end));
    let first_bar = grid.bar_at(section.tick(excerpt.step, ticks_per_quarter));
    Some(ImportedExcerpt {
        first_bar,
        last_bar: grid.bar_at(end.saturating_sub(1)).max(first_bar),
        position: (index, excerpt.step),
        melody: Melody::from_tokens(excerpt.tokens),
    })
}

/// Cuts the sections of a part into excerpts, and counts the omitted notes.
struct SectionCutter<'a> {
    options: &'a ImportOptions,
    /// Index of the section, and excerpt.
    excerpts: Vec<(usize, CutExcerpt)>,
    total_excerpts: usize,
    notes: NoteCount,
}

impl SectionCutter<'_> {
    /// Adds the notes of a section, in time order.
    fn add(&mut self, placed: &[PlacedNote], section: &Section, ticks_per_quarter: u32) {
        let index = placed.first().map_or(0, |note| note.section);
        if !section.is_used {
            self.notes
                .omit_several(OmissionReason::OutsideMetre, placed.len());
            return;
        }
        let voice = self.extract_melody(placed);
        let end = section.extent(ticks_per_quarter).1;
        let bars = end.map(|end| (end / FINE_TICKS_PER_STEP) as u64 / STEPS_PER_BAR as u64);
        let options = self.options.excerpts;
        let options = CutOptions {
            max_excerpts: options.max_excerpts.saturating_sub(self.excerpts.len()),
            ..options
        };
        let cut = cut_excerpts(&voice, bars, &options);
        self.total_excerpts += cut.total_excerpts;
        self.notes.add(&cut.notes);
        self.excerpts
            .extend(cut.excerpts.into_iter().map(|excerpt| (index, excerpt)));
    }

    /// The melody of a section's notes on the grid, in time order and without overlap; counts the other notes.
    fn extract_melody(&mut self, placed: &[PlacedNote]) -> Vec<GridNote> {
        let chosen = extract_voice(placed);
        let voice = GridNote::quantised(placed, &chosen);
        let mut is_chosen = vec![false; placed.len()];
        for &(index, _) in &chosen {
            if let Some(is_chosen) = is_chosen.get_mut(index) {
                *is_chosen = true;
            }
        }
        for (note, _) in placed.iter().zip(is_chosen).filter(|(_, chosen)| !chosen) {
            let melody_note = chosen
                .binary_search_by_key(&note.step(), |&(index, _)| placed[index].step())
                .ok()
                .and_then(|chosen_index| placed.get(chosen[chosen_index].0));
            self.notes.omit(omission_reason(note, melody_note));
        }
        voice
    }
}

/// Why a note is not in the melody, whose note on the same sixteenth is `chosen`.
fn omission_reason(note: &PlacedNote, chosen: Option<&PlacedNote>) -> OmissionReason {
    match chosen {
        Some(chosen)
            if note.has_length && (note.end <= chosen.start || chosen.end <= note.start) =>
        {
            OmissionReason::FasterThanGrid
        }
        Some(chosen) if chosen.pitch == note.pitch => OmissionReason::Duplicate,
        _ => OmissionReason::OtherVoice,
    }
}

/// The spans of bars with notes in other metres than four quarters.
fn other_metres(grid: &BarGrid, sections: &[Section], onsets: &[u64]) -> Vec<MetreSpan> {
    let mut spans: Vec<MetreSpan> = Vec::new();
    for run in grid.runs() {
        let end_index = sections.partition_point(|section| section.start_tick <= run.start);
        let section = end_index
            .checked_sub(1)
            .and_then(|index| sections.get(index));
        if section.is_none_or(|section| section.other_metre.is_none()) {
            continue;
        }
        let first = onsets.partition_point(|onset| *onset < run.start);
        let end = run.end().unwrap_or(u64::MAX);
        let end_index = onsets.partition_point(|onset| *onset < end);
        let Some([first, .., last] | [first @ last]) = onsets.get(first..end_index) else {
            continue;
        };
        let span = MetreSpan {
            first_bar: grid.bar_at(*first),
            last_bar: grid.bar_at(*last),
            numerator: run.metre.0,
            denominator: run.metre.1,
        };
        match spans.last_mut() {
            Some(previous)
                if (previous.numerator, previous.denominator) == run.metre
                    && previous.last_bar + 1 >= span.first_bar =>
            {
                previous.last_bar = span.last_bar;
            }
            _ => spans.push(span),
        }
    }
    spans
}

/// Training windows of a song.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingWindows {
    /// The windows in time order, repeats included.
    pub windows: Vec<Tokens>,
    /// First and last bar of the song that each window covers, counted from 1.
    pub bars: Vec<(u64, u64)>,
    /// All notes of the song: those in windows, and the others by reason.
    pub notes: NoteCount,
}

/// Training windows from the most melodic part of a song, each starting on a bar line; see [`ImportOptions::training`].
#[must_use]
pub fn training_windows(song: &MidiSong, options: &TrainingWindowOptions) -> TrainingWindows {
    let parts = song_parts(song);
    let chosen = most_melodic_index(&parts).filter(|index| !parts[*index].may_be_drums());
    let mut training = TrainingWindows::default();
    for (index, part) in parts.iter().enumerate() {
        if Some(index) == chosen {
            let imported = import_part(song, part, &ImportOptions::training(options));
            training.notes.add(&imported.report.notes);
            for excerpt in &imported.excerpts {
                training.windows.push(excerpt.melody.tokens().clone());
                training.bars.push((excerpt.first_bar, excerpt.last_bar));
            }
        } else {
            let reason = if part.may_be_drums() {
                OmissionReason::Drums
            } else {
                OmissionReason::OtherPart
            };
            training.notes.omit_several(reason, part.notes.len());
        }
    }
    training
}

//! The files of an export, in memory: their names and bytes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::item::{ExportItem, text_with_performance};
use super::on_existing::OnExisting;
use crate::melody::{
    MAX_MELODY_TRACKS, Marker, Melody, MidiWriteOptions, Track, looped_track_bytes,
    marked_track_bytes, multi_track_bytes, musicxml_bytes, piece_bytes, single_track_bytes,
};
use crate::session::error::ExportError;
use crate::wording::count_with_noun;

/// How several melodies are grouped into files. A single melody is always one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportGrouping {
    /// A folder with one file per melody.
    Folder,
    /// One file with a named track per melody.
    Tracks,
    /// One file with the melodies one after another.
    Piece,
    /// One file with the blocks of a piece one after another, each with a marker and its text. It is one pass also with chords
    /// or with a single block.
    Blocks,
    /// One MusicXML file with the melodies one after another as notation, also with a single melody.
    Score,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Path of the file.
    pub path: PathBuf,
    /// Its complete content.
    pub bytes: Vec<u8>,
}

/// The files of an export: MIDI files, of type 0 for one melody and for a piece and of type 1 for tracks and with chords, or a score.
///
/// `target` is the folder for [`ExportGrouping::Folder`] and two melodies or more, else the file. Repeated names of files
/// get numbers appended. A piece has the texts of all its melodies and, without chords, a marker with the name of each where it starts.
///
/// # Errors
/// [`ExportError::NoMelodies`] without melodies, [`ExportError::TooManyTracks`].
pub fn export_files(
    items: &[ExportItem],
    grouping: ExportGrouping,
    target: &Path,
    options: &MidiWriteOptions,
) -> Result<Vec<ExportFile>, ExportError> {
    let max_tracks = MAX_MELODY_TRACKS - usize::from(options.chords.is_some());
    let one_file = |bytes| {
        vec![ExportFile {
            path: midi_path(target),
            bytes,
        }]
    };
    // With chords a melody is repeated until it and the chords end together; the chords have their own track.
    let single_melody_bytes = |track: &Track<'_>| match &options.chords {
        None => single_track_bytes(track, options),
        Some(backing) => {
            let loops = backing.loops(track.melody.steps());
            looped_track_bytes(track, u32::try_from(loops).unwrap_or(u32::MAX), options)
        }
    };
    match (items, grouping) {
        ([], _) => Err(ExportError::NoMelodies),
        (_, ExportGrouping::Score) => Ok(vec![score_file(items, target, options)]),
        (_, ExportGrouping::Blocks) => Ok(one_file(timeline_bytes(items, options))),
        ([item], _) => Ok(one_file(single_melody_bytes(&item.track(options)))),
        (_, ExportGrouping::Folder) => {
            let mut used_names = HashSet::new();
            let file = |item: &ExportItem| ExportFile {
                path: target.join(format!("{}.mid", unused_name(&item.stem, &mut used_names))),
                bytes: single_melody_bytes(&item.track(options)),
            };
            Ok(items.iter().map(file).collect())
        }
        (_, ExportGrouping::Tracks) if items.len() > max_tracks => {
            Err(ExportError::TooManyTracks {
                count: items.len(),
                max_tracks,
            })
        }
        (_, ExportGrouping::Tracks) => {
            let tracks: Vec<Track<'_>> = items.iter().map(|item| item.track(options)).collect();
            Ok(one_file(multi_track_bytes(&tracks, options)))
        }
        (_, ExportGrouping::Piece) => {
            let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
            let track = Track {
                melody: &Melody::joined(items.iter().map(|item| &*item.melody)),
                name: format!("{} melodies", items.len()),
                text: text_with_performance(&texts.join("; "), options),
            };
            Ok(one_file(match options.chords {
                None => marked_track_bytes(&track, &markers(items), options),
                Some(_) => single_melody_bytes(&track),
            }))
        }
    }
}

/// File extension of MusicXML files.
pub const SCORE_EXTENSION: &str = "musicxml";

/// The score of melodies. With chords each melody is repeated until it and the chords end together.
fn score_file(items: &[ExportItem], target: &Path, options: &MidiWriteOptions) -> ExportFile {
    let loops = |item: &ExportItem| {
        let backing = options.chords.as_ref();
        backing.map_or(1, |backing| backing.loops(item.melody.steps()))
    };
    let melodies: Vec<Melody> = items
        .iter()
        .map(|item| Melody::joined(std::iter::repeat_n(&*item.melody, loops(item))))
        .collect();
    let tracks: Vec<Track<'_>> = items
        .iter()
        .zip(&melodies)
        .map(|(item, melody)| Track {
            melody,
            ..item.track(options)
        })
        .collect();
    let title = match items {
        [item] => item.name.clone(),
        _ => format!("{} melodies", items.len()),
    };
    ExportFile {
        path: with_file_extension(target, SCORE_EXTENSION),
        bytes: musicxml_bytes(&title, &tracks, options),
    }
}

/// The MIDI file of a piece: its blocks once, each with its name as a marker and its text.
fn timeline_bytes(items: &[ExportItem], options: &MidiWriteOptions) -> Vec<u8> {
    let melody = Melody::joined(items.iter().map(|item| &*item.melody));
    let text = format!(
        "timeline of {} in {} bars, tunescape {}",
        count_with_noun(items.len(), "block"),
        melody.bars(),
        env!("CARGO_PKG_VERSION")
    );
    let track = Track {
        melody: &melody,
        name: "Timeline".to_owned(),
        text: text_with_performance(&text, options),
    };
    let mut markers = markers(items);
    for (marker, item) in markers.iter_mut().zip(items) {
        marker.origin.clone_from(&item.text);
    }
    piece_bytes(&track, &markers, options)
}

/// Markers with the names of melodies that are played one after another, each where its melody starts.
fn markers(items: &[ExportItem]) -> Vec<Marker> {
    let mut step = 0_u32;
    let mut marker = |item: &ExportItem| {
        let text = item.name.clone();
        let origin = String::new();
        let marker = Marker { step, text, origin };
        let steps = u32::try_from(item.melody.steps()).unwrap_or(u32::MAX);
        step = step.saturating_add(steps);
        marker
    };
    items.iter().map(&mut marker).collect()
}

/// The path with `.mid` at its end: some programs, such as Ableton Live, open nothing else.
#[must_use]
pub fn midi_path(path: &Path) -> PathBuf {
    with_file_extension(path, "mid")
}

fn with_file_extension(path: &Path, extension: &str) -> PathBuf {
    if path
        .extension()
        .is_some_and(|present| present.eq_ignore_ascii_case(extension))
    {
        return path.to_path_buf();
    }
    // Not `with_extension`, which would replace the `.5` of `idea 92.5`.
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// What to do with existing files after a dialog: a file is replaced only if the dialog asked about its very path, which it did
/// not for the files in a folder, nor for a name to which `.mid` was appended later.
#[must_use]
pub fn replace_if_confirmed(
    files: &[ExportFile],
    chosen: &Path,
    dialog_confirmed: bool,
) -> OnExisting {
    match files {
        [file] if dialog_confirmed && file.path == chosen => OnExisting::Replace,
        _ => OnExisting::Refuse,
    }
}

/// `stem`, or the first of `stem_2`, `stem_3`, … that is not used yet.
fn unused_name(stem: &str, used_names: &mut HashSet<String>) -> String {
    let mut name = stem.to_owned();
    let mut number = 2_u64;
    // Upper and lower case are the same file on many systems.
    while !used_names.insert(name.to_lowercase()) {
        name = format!("{stem}_{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;

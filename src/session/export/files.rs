//! The files of an export, in memory: their names and bytes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::existing::OnExisting;
use super::item::{ExportItem, played_text};
use crate::melody::{
    MAX_MELODY_TRACKS, Marker, Melody, MidiWriteOptions, Track, looped_track_bytes,
    marked_track_bytes, multi_track_bytes, musicxml_bytes, piece_bytes, single_track_bytes,
};
use crate::session::error::ExportError;
use crate::wording::counted;

/// What to write many melodies as. One melody is always one file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportGrouping {
    /// A folder with one file per melody.
    Folder,
    /// One file with a named track per melody.
    Tracks,
    /// One file with the melodies one after another.
    Piece,
    /// One file with the blocks of a piece one after another, also of a single one, each with a marker and its text, once
    /// through also under chords.
    Blocks,
    /// One MusicXML file with the melodies one after another as notation; one melody, too.
    Score,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// Path of the file.
    pub path: PathBuf,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// The files of an export: type 0 for one melody and for a piece, type 1 for tracks and with chords, or a score.
///
/// `target` is the folder for [`ExportGrouping::Folder`] and two melodies or more, else the file. Two melodies of one name
/// get numbers. A piece has the texts of all its melodies and, without chords, a marker with the name of each where it starts.
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
    // With chords a melody is repeated until both end together, on a track beside them.
    let single = |track: &Track<'_>| match &options.chords {
        None => single_track_bytes(track, options),
        Some(backing) => {
            let loops = backing.loops(track.melody.steps());
            looped_track_bytes(track, u32::try_from(loops).unwrap_or(u32::MAX), options)
        }
    };
    match (items, grouping) {
        ([], _) => Err(ExportError::NoMelodies),
        (_, ExportGrouping::Score) => Ok(vec![score(items, target, options)]),
        (_, ExportGrouping::Blocks) => Ok(one_file(blocks(items, options))),
        ([item], _) => Ok(one_file(single(&item.track(options)))),
        (_, ExportGrouping::Folder) => {
            let mut used = HashSet::new();
            let file = |item: &ExportItem| ExportFile {
                path: target.join(format!("{}.mid", unused_name(&item.stem, &mut used))),
                bytes: single(&item.track(options)),
            };
            Ok(items.iter().map(file).collect())
        }
        (_, ExportGrouping::Tracks) if items.len() > max_tracks => {
            Err(ExportError::TooManyTracks {
                count: items.len(),
                most: max_tracks,
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
                text: played_text(&texts.join("; "), options),
            };
            Ok(one_file(match options.chords {
                None => marked_track_bytes(&track, &markers(items), options),
                Some(_) => single(&track),
            }))
        }
    }
}

/// The ending of MusicXML files.
pub const SCORE_EXTENSION: &str = "musicxml";

/// The score of melodies. With chords each is repeated until both end together.
fn score(items: &[ExportItem], target: &Path, options: &MidiWriteOptions) -> ExportFile {
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
        path: with_ending(target, SCORE_EXTENSION),
        bytes: musicxml_bytes(&title, &tracks, options),
    }
}

/// The file of a piece: its blocks once, each with its name as a marker and its text.
fn blocks(items: &[ExportItem], options: &MidiWriteOptions) -> Vec<u8> {
    let melody = Melody::joined(items.iter().map(|item| &*item.melody));
    let text = format!(
        "timeline of {} in {} bars, tunescape {}",
        counted(items.len(), "block"),
        melody.bars(),
        env!("CARGO_PKG_VERSION")
    );
    let track = Track {
        melody: &melody,
        name: "Timeline".to_owned(),
        text: played_text(&text, options),
    };
    let mut markers = markers(items);
    for (marker, item) in markers.iter_mut().zip(items) {
        marker.origin.clone_from(&item.text);
    }
    piece_bytes(&track, &markers, options)
}

/// The names of melodies that are played one after another, each where it starts.
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
    with_ending(path, "mid")
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    if path
        .extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
    {
        return path.to_path_buf();
    }
    // Not `with_extension`: in `idea 92.5` the part behind the point belongs to the name.
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// What a dialog's answer allows: a file is replaced only if the dialog asked about that very path, which is not so for
/// the files in a folder nor for a name that got its `.mid` later.
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
fn unused_name(stem: &str, used: &mut HashSet<String>) -> String {
    let mut name = stem.to_owned();
    let mut number = 2_u64;
    // Upper and lower case are the same file on many systems.
    while !used.insert(name.to_lowercase()) {
        name = format!("{stem}_{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;

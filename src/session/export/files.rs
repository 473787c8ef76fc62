//! The files of an export, in memory: their names and bytes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::existing::OnExisting;
use super::item::{ExportItem, played_text};
use crate::melody::{
    MAX_MELODY_TRACKS, Marker, Melody, MidiWriteOptions, Track, looped_track_bytes,
    marked_track_bytes, multi_track_bytes, musicxml_bytes, single_track_bytes,
};
use crate::session::error::ExportError;

/// What to write many melodies as. One melody is always one file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportGrouping {
    /// A folder with one file per melody.
    Folder,
    /// One file with a named track per melody.
    Tracks,
    /// One file with the melodies one after another.
    Piece,
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

/// The names of melodies that are played one after another, each where it starts.
fn markers(items: &[ExportItem]) -> Vec<Marker> {
    let mut step = 0_u32;
    let mut marker = |item: &ExportItem| {
        let text = item.name.clone();
        let marker = Marker { step, text };
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
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::sync::Arc;

    use super::*;
    use crate::attributes::AttributeRow;
    use crate::melody::{Backing, Feel, MidiSong, Note, parse_midi};
    use crate::sweep::MelodyId;

    const OPTIONS: MidiWriteOptions = MidiWriteOptions {
        tempo_bpm: 96.0,
        feel: Feel::PLAIN,
        chords: None,
        key_signature: false,
        program: 0,
        bank: None,
        channel: 0,
    };

    fn item(region: u32, sample: u32, pitch: u8) -> ExportItem {
        let note = |k: u32| Note {
            pitch,
            start: 4 * k,
            end: 4 * k + 3,
        };
        let notes: Vec<Note> = (0..8).map(note).collect();
        let melody = Melody::from_notes(&notes, 32).unwrap();
        let row = AttributeRow::measure(&melody);
        let id = MelodyId::Sample { region, sample };
        let (name, melody) = (id.to_string(), Arc::new(melody));
        ExportItem::new(id, name, melody, &row, 99, "0123456789ab", 96.0)
    }

    fn read(file: &ExportFile) -> MidiSong {
        parse_midi(&file.bytes, &file.path).unwrap()
    }

    fn names(files: &[ExportFile]) -> Vec<&str> {
        files.iter().filter_map(|file| file.path.to_str()).collect()
    }

    #[test]
    fn one_melody_is_a_type_0_file_of_two_bars_that_says_where_it_comes_from() {
        for grouping in [
            ExportGrouping::Folder,
            ExportGrouping::Tracks,
            ExportGrouping::Piece,
        ] {
            let target = Path::new("a/idea 92.5");
            let files = export_files(&[item(41, 12, 60)], grouping, target, &OPTIONS).unwrap();
            assert_eq!(names(&files), ["a/idea 92.5.mid"]);
            // The header chunk's format and number of tracks.
            assert_eq!(files[0].bytes[8..12], [0, 0, 0, 1]);
            let text = String::from_utf8_lossy(&files[0].bytes);
            assert!(text.contains("seed 99, region 41, sample 12, weights 0123456789ab"));
            let song = read(&files[0]);
            assert_eq!(song.length_ticks, 8 * u64::from(song.ticks_per_quarter));
            assert!((song.tempos[0].1 - 96.0).abs() < 0.01);
        }
    }

    #[test]
    fn files_of_a_folder_say_place_density_and_tempo_and_get_numbers_where_these_are_the_same() {
        let items = [item(1, 2, 60), item(1, 3, 62), item(1, 2, 64)];
        let files =
            export_files(&items, ExportGrouping::Folder, Path::new("ideas"), &OPTIONS).unwrap();
        assert_eq!(
            names(&files),
            [
                "ideas/tunescape_r001_s02_4.0npb_96bpm.mid",
                "ideas/tunescape_r001_s03_4.0npb_96bpm.mid",
                "ideas/tunescape_r001_s02_4.0npb_96bpm_2.mid"
            ]
        );
        let pitch = |file: &ExportFile| {
            let song = read(file);
            song.tracks
                .iter()
                .find_map(|t| t.notes.first())
                .unwrap()
                .pitch
        };
        assert_eq!(files.iter().map(pitch).collect::<Vec<_>>(), [60, 62, 64]);
        let mut used = HashSet::new();
        let all = ["a", "A", "a_2", "a"].map(|stem| unused_name(stem, &mut used));
        assert_eq!(all, ["a", "A_2", "a_2_2", "a_3"]);
    }

    #[test]
    fn many_melodies_fit_into_one_file_as_tracks_or_one_after_another() {
        let items = [item(1, 2, 60), item(7, 3, 62)];
        let target = Path::new("both.MID");
        let files = export_files(&items, ExportGrouping::Tracks, target, &OPTIONS).unwrap();
        assert_eq!(names(&files), ["both.MID"]);
        let song = read(&files[0]);
        let named = song.tracks.iter().filter(|track| !track.notes.is_empty());
        let named: Vec<(&str, usize)> = named
            .map(|track| (track.name.as_str(), track.notes.len()))
            .collect();
        assert_eq!(
            named,
            [("Region 1, sample 2", 8), ("Region 7, sample 3", 8)]
        );

        let files = export_files(&items, ExportGrouping::Piece, target, &OPTIONS).unwrap();
        assert_eq!(files[0].bytes[8..12], [0, 0, 0, 1]);
        let song = read(&files[0]);
        assert_eq!(song.length_ticks, 16 * u64::from(song.ticks_per_quarter));
        let text = String::from_utf8_lossy(&files[0].bytes);
        for place in ["region 1, sample 2", "region 7, sample 3"] {
            assert!(text.contains(place), "{place}");
        }
        let names = markers(&items).into_iter();
        let names: Vec<(u32, String)> = names.map(|marker| (marker.step, marker.text)).collect();
        assert_eq!(
            names,
            [
                (0, "Region 1, sample 2".to_owned()),
                (32, "Region 7, sample 3".to_owned())
            ]
        );
        // The marker event of the second melody, by the Standard MIDI File 1.0 specification.
        assert!(text.contains("\u{6}\u{12}Region 7, sample 3"));
    }

    #[test]
    fn with_chords_a_melody_lasts_as_long_as_they_do() {
        let backing = Backing {
            progression: "Am F C G".parse().unwrap(),
            velocity: 50,
            channel: 2,
        };
        let options = MidiWriteOptions {
            chords: Some(Arc::new(backing)),
            ..OPTIONS
        };
        let items = [item(1, 2, 60), item(7, 3, 62)];
        for grouping in [
            ExportGrouping::Folder,
            ExportGrouping::Tracks,
            ExportGrouping::Piece,
        ] {
            for file in export_files(&items, grouping, Path::new("a"), &options).unwrap() {
                let song = read(&file);
                let melodies = &song.tracks[1..song.tracks.len() - 1];
                let chords = song.tracks.last().unwrap();
                assert_eq!(chords.name, "Chords");
                // Two bars twice, or two melodies one after another; tracks end with the melodies.
                let (bars, notes) = match grouping {
                    ExportGrouping::Folder | ExportGrouping::Piece => (4, 16),
                    ExportGrouping::Tracks => (2, 8),
                    ExportGrouping::Score => unreachable!("not in the list"),
                };
                assert_eq!(song.length_ticks, bars * 1920, "{grouping:?}");
                assert!(melodies.iter().all(|track| track.notes.len() == notes));
                assert_eq!(chords.notes.len() as u64, 4 * bars);
                let text = String::from_utf8_lossy(&file.bytes);
                assert!(text.contains("; over the chords Am F C G"));
            }
        }
    }

    #[test]
    fn a_humanised_melody_is_repeated_under_chords_as_its_loop_is_heard() {
        let backing = Backing {
            progression: "Am F C G".parse().unwrap(),
            velocity: 50,
            channel: 2,
        };
        let options = MidiWriteOptions {
            chords: Some(Arc::new(backing)),
            feel: Feel {
                humanise: 80,
                seed: 5,
                ..Feel::PLAIN
            },
            ..OPTIONS
        };
        let items = [item(1, 2, 60)];
        let files = export_files(&items, ExportGrouping::Folder, Path::new("a"), &options).unwrap();
        let song = read(&files[0]);
        let (first, second) = song.tracks[1].notes.split_at(8);
        assert!(
            first
                .windows(2)
                .any(|pair| pair[0].velocity != pair[1].velocity)
        );
        for (a, b) in first.iter().zip(second) {
            assert_eq!((a.pitch, a.velocity), (b.pitch, b.velocity));
            // Two bars.
            assert_eq!((a.start + 3840, a.end + 3840), (b.start, b.end));
        }
    }

    #[test]
    fn a_file_says_how_its_notes_are_played_unless_they_are_as_written() {
        let swung = MidiWriteOptions {
            feel: Feel {
                swing: 67,
                ..Feel::PLAIN
            },
            ..OPTIONS
        };
        let items = [item(1, 2, 60), item(7, 3, 62)];
        for grouping in [
            ExportGrouping::Folder,
            ExportGrouping::Tracks,
            ExportGrouping::Piece,
        ] {
            for (options, is_said) in [(&OPTIONS, false), (&swung, true)] {
                let files = export_files(&items, grouping, Path::new("a"), options).unwrap();
                for file in files {
                    let text = String::from_utf8_lossy(&file.bytes);
                    assert_eq!(text.contains("; played with swing 67 % of 16ths"), is_said);
                }
            }
        }
    }

    #[test]
    fn nothing_and_more_tracks_than_a_file_holds_are_refused() {
        let target = Path::new("a.mid");
        let refused =
            |items: &[ExportItem], grouping| export_files(items, grouping, target, &OPTIONS);
        for grouping in [
            ExportGrouping::Folder,
            ExportGrouping::Tracks,
            ExportGrouping::Piece,
        ] {
            assert!(matches!(
                refused(&[], grouping),
                Err(ExportError::NoMelodies)
            ));
        }
        let many = vec![item(1, 1, 60); MAX_MELODY_TRACKS + 1];
        assert!(matches!(
            refused(&many, ExportGrouping::Tracks),
            Err(ExportError::TooManyTracks { count: 65_535, .. })
        ));
    }

    #[test]
    fn a_dialog_confirms_only_the_path_that_it_asked_about() {
        let file = |path: &str| ExportFile {
            path: PathBuf::from(path),
            bytes: Vec::new(),
        };
        let one = [file("a/idea.mid")];
        let path = Path::new("a/idea.mid");
        assert_eq!(replace_if_confirmed(&one, path, true), OnExisting::Replace);
        assert_eq!(replace_if_confirmed(&one, path, false), OnExisting::Refuse);
        assert_eq!(
            replace_if_confirmed(&one, Path::new("a/idea"), true),
            OnExisting::Refuse
        );
        let two = [file("a/1.mid"), file("a/2.mid")];
        assert_eq!(
            replace_if_confirmed(&two, Path::new("a"), true),
            OnExisting::Refuse
        );
        assert_eq!(midi_path(Path::new("a/b.midi")), Path::new("a/b.midi.mid"));
    }
}

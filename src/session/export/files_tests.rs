//! Tests of the files of an export.
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
fn files_in_a_folder_are_named_by_source_density_and_tempo_with_numbers_where_names_repeat() {
    let items = [item(1, 2, 60), item(1, 3, 62), item(1, 2, 64)];
    let files = export_files(&items, ExportGrouping::Folder, Path::new("ideas"), &OPTIONS).unwrap();
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
    let mut used_names = HashSet::new();
    let names_in_use = ["a", "A", "a_2", "a"].map(|stem| unused_name(stem, &mut used_names));
    assert_eq!(names_in_use, ["a", "A_2", "a_2_2", "a_3"]);
}

#[test]
fn many_melodies_fit_into_one_file_as_tracks_or_one_after_another() {
    let items = [item(1, 2, 60), item(7, 3, 62)];
    let target = Path::new("both.MID");
    let files = export_files(&items, ExportGrouping::Tracks, target, &OPTIONS).unwrap();
    assert_eq!(names(&files), ["both.MID"]);
    let song = read(&files[0]);
    let tracks_with_notes = song.tracks.iter().filter(|track| !track.notes.is_empty());
    let tracks_with_notes: Vec<(&str, usize)> = tracks_with_notes
        .map(|track| (track.name.as_str(), track.notes.len()))
        .collect();
    assert_eq!(
        tracks_with_notes,
        [("Region 1, sample 2", 8), ("Region 7, sample 3", 8)]
    );

    let files = export_files(&items, ExportGrouping::Piece, target, &OPTIONS).unwrap();
    assert_eq!(files[0].bytes[8..12], [0, 0, 0, 1]);
    let song = read(&files[0]);
    assert_eq!(song.length_ticks, 16 * u64::from(song.ticks_per_quarter));
    let text = String::from_utf8_lossy(&files[0].bytes);
    for source in ["region 1, sample 2", "region 7, sample 3"] {
        assert!(text.contains(source), "{source}");
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

fn chords() -> Arc<Backing> {
    Arc::new(Backing {
        progression: "Am F C G".parse().unwrap(),
        velocity: 50,
        channel: 2,
    })
}

#[test]
fn with_chords_a_melody_is_repeated_until_they_end() {
    let options = MidiWriteOptions {
        chords: Some(chords()),
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
                ExportGrouping::Score | ExportGrouping::Blocks => unreachable!("not in the list"),
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
fn repeats_of_a_humanised_melody_have_the_same_timing_and_velocities() {
    let options = MidiWriteOptions {
        chords: Some(chords()),
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
fn the_text_of_a_file_describes_its_feel_unless_it_is_plain() {
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
        for (options, is_stated) in [(&OPTIONS, false), (&swung, true)] {
            let files = export_files(&items, grouping, Path::new("a"), options).unwrap();
            for file in files {
                let text = String::from_utf8_lossy(&file.bytes);
                assert_eq!(
                    text.contains("; played with swing 67 % of 16ths"),
                    is_stated
                );
            }
        }
    }
}

#[test]
fn no_melodies_and_too_many_tracks_are_refused() {
    let target = Path::new("a.mid");
    let export = |items: &[ExportItem], grouping| export_files(items, grouping, target, &OPTIONS);
    for grouping in [
        ExportGrouping::Folder,
        ExportGrouping::Tracks,
        ExportGrouping::Piece,
    ] {
        assert!(matches!(
            export(&[], grouping),
            Err(ExportError::NoMelodies)
        ));
    }
    let too_many_items = vec![item(1, 1, 60); MAX_MELODY_TRACKS + 1];
    assert!(matches!(
        export(&too_many_items, ExportGrouping::Tracks),
        Err(ExportError::TooManyTracks { count: 65_535, .. })
    ));
}

#[test]
fn a_dialog_confirms_only_the_path_that_it_asked_about() {
    let file = |path: &str| ExportFile {
        path: PathBuf::from(path),
        bytes: Vec::new(),
    };
    let one_file = [file("a/idea.mid")];
    let path = Path::new("a/idea.mid");
    assert_eq!(
        replace_if_confirmed(&one_file, path, true),
        OnExisting::Replace
    );
    assert_eq!(
        replace_if_confirmed(&one_file, path, false),
        OnExisting::Refuse
    );
    assert_eq!(
        replace_if_confirmed(&one_file, Path::new("a/idea"), true),
        OnExisting::Refuse
    );
    let two_files = [file("a/1.mid"), file("a/2.mid")];
    assert_eq!(
        replace_if_confirmed(&two_files, Path::new("a"), true),
        OnExisting::Refuse
    );
    assert_eq!(midi_path(Path::new("a/b.midi")), Path::new("a/b.midi.mid"));
}

//! Tests of exported pieces.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Arc;

use super::piece_items;
use crate::latent::LatentPoint;
use crate::melody::{Backing, Feel, MidiSong, MidiWriteOptions, parse_midi};
use crate::session::library::KeptMelody;
use crate::session::piece::Piece;
use crate::session::share::{SharedContent, SharedMelody, share_texts_in};
use crate::session::{ExportGrouping, export_files};

/// A piece of blocks A, A' and bridge, of 2, 2 and 6 bars.
fn piece() -> Piece {
    let mut piece = Piece::default();
    for region in [1, 1, 2] {
        let melody = KeptMelody {
            latent: Some(LatentPoint::new(vec![0.5, -1.0, 2.0])),
            ..KeptMelody::for_test(region)
        };
        piece.insert(usize::MAX, Arc::new(melody)).unwrap();
    }
    piece.transpose(1, 5).unwrap();
    piece.set_repeats(2, 3).unwrap();
    piece.rename(2, Some("bridge")).unwrap();
    piece
}

fn export_piece(options: &MidiWriteOptions) -> (Vec<u8>, MidiSong) {
    let items = piece_items(&piece(), 96.0, |source| source.name.clone());
    let target = Path::new("piece");
    let files = export_files(&items, ExportGrouping::Blocks, target, options).unwrap();
    assert_eq!(files.len(), 1);
    let song = parse_midi(&files[0].bytes, &files[0].path).unwrap();
    (files.into_iter().next().unwrap().bytes, song)
}

#[test]
fn a_piece_is_one_file_with_a_marker_and_an_origin_per_block() {
    let options = MidiWriteOptions {
        tempo_bpm: 96.0,
        program: 4,
        ..MidiWriteOptions::default()
    };
    let chords = Backing {
        progression: "Am F C".parse().unwrap(),
        velocity: 50,
        channel: 2,
    };
    let with_chords = MidiWriteOptions {
        chords: Some(Arc::new(chords)),
        feel: Feel {
            swing: 60,
            ..Feel::PLAIN
        },
        ..options.clone()
    };
    for options in [&options, &with_chords] {
        let (bytes, song) = export_piece(options);
        // Ten bars, whatever the length of the chords.
        assert_eq!(song.length_ticks, 10 * 1920);
        let text = String::from_utf8_lossy(&bytes);
        // Marker events by the Standard MIDI File 1.0 specification: type 6 and the length.
        for marker in ["\u{6}\u{1}A", "\u{6}\u{2}A'", "\u{6}\u{6}bridge"] {
            assert!(text.contains(marker), "{marker}");
        }
        let origins: Vec<&String> = song
            .texts
            .iter()
            .filter(|text| text.starts_with("block "))
            .collect();
        for (origin, start) in origins.iter().zip([
            "block 1 of 3: A, bars 1 to 2, Region 1, centre once; seed 1, region 1, centre, weights 0123456789ab",
            "block 2 of 3: A', bars 3 to 4, Region 1, centre once, transposed by +5 semitones; seed 1",
            "block 3 of 3: bridge, bars 5 to 10, Region 2, centre 3 times; seed 1, region 2",
        ]) {
            assert!(origin.starts_with(start), "{origin}");
            let shared: Vec<SharedMelody> = share_texts_in(origin)
                .map(|share| share.parse().unwrap())
                .collect();
            let tokens = KeptMelody::for_test(1).identity.tokens;
            assert_eq!(shared.len(), 1);
            assert_eq!(shared[0].content, SharedContent::Included(tokens));
        }
        assert_eq!(origins.len(), 3);
        let melody = song.tracks.iter().find(|track| track.name == "Timeline");
        let notes = &melody.unwrap().notes;
        assert_eq!(notes.len(), 5 * 32);
        let pitches: Vec<u8> = notes.iter().step_by(32).map(|note| note.pitch).collect();
        assert_eq!(pitches, [60, 65, 60, 60, 60]);
        assert_eq!(
            melody.unwrap().programs[usize::from(options.channel)],
            Some(4)
        );
        assert!((song.tempos[0].1 - 96.0).abs() < 0.01);
    }
    let texts = export_piece(&with_chords).1.texts;
    assert!(
        texts
            .iter()
            .any(|text| text.contains("over the chords Am F C"))
    );
}

#[test]
fn a_piece_of_many_blocks_keeps_the_origin_of_each() {
    let mut piece = piece();
    while piece.len() < 200 {
        piece.duplicate(0).unwrap();
    }
    let items = piece_items(&piece, 120.0, |source| source.name.clone());
    let options = MidiWriteOptions::default();
    let files = export_files(&items, ExportGrouping::Blocks, Path::new("a"), &options).unwrap();
    let song = parse_midi(&files[0].bytes, &files[0].path).unwrap();
    let shared = song.texts.iter().flat_map(|text| share_texts_in(text));
    assert_eq!(shared.count(), 200);
}

#[test]
fn the_files_of_many_blocks_sort_by_their_numbers() {
    for (blocks, first) in [(9, "block_01_"), (99, "block_01_"), (256, "block_001_")] {
        let mut piece = Piece::default();
        for _ in 0..blocks {
            let melody = KeptMelody::for_test(1);
            piece.insert(usize::MAX, Arc::new(melody)).unwrap();
        }
        let items = piece_items(&piece, 120.0, |source| source.name.clone());
        let stems: Vec<&str> = items.iter().map(|item| item.stem.as_str()).collect();
        assert_eq!(stems.len(), blocks);
        assert!(stems[0].contains(first), "{}", stems[0]);
        assert!(stems.is_sorted(), "{stems:?}");
    }
}

//! Anybody's MIDI file in: type 0, 1 or 2, running status, several tracks, whatever a music program wrote.
//!
//! Nothing here panics on bad bytes, and memory stays bounded by the size of the file. Chunks are walked here,
//! their events in `midi_track`; what a note or a bar means to a melody is decided elsewhere.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::midi_error::MidiFileError;
use super::midi_track::read_track;

/// Larger files are refused, in bytes.
pub const LARGEST_MIDI_FILE: u64 = 64 << 20;
/// Files with more notes are refused; the longest symphonies have some hundred thousand.
const MOST_NOTES: usize = 4_000_000;
/// The header of a file counts its tracks in 16 bits.
const MOST_TRACKS: usize = 65_535;

/// A MIDI file's notes, metres and tempos. Times are ticks from the start of the song.
#[derive(Clone, Debug, PartialEq)]
pub struct MidiSong {
    /// Ticks in a quarter note, at least 1.
    pub ticks_per_quarter: u32,
    /// The tracks in the order of the file, those without notes too.
    pub tracks: Vec<SongTrack>,
    /// Tick, numerator and denominator of each time signature, in time order, from all tracks.
    pub time_signatures: Vec<(u64, u8, u8)>,
    /// Tick and quarter notes per minute of each tempo, in time order, from all tracks.
    pub tempos: Vec<(u64, f64)>,
    /// Tick of the last event of any track.
    pub length_ticks: u64,
    /// Whether every track was read to its end mark; a damaged or cut file gives what could be read, and false here.
    pub complete: bool,
}

/// One track of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SongTrack {
    /// Track name; empty if the file gives none.
    pub name: String,
    /// Notes by start, then pitch.
    pub notes: Vec<SongNote>,
}

/// One note of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SongNote {
    /// MIDI pitch, 0 to 127.
    pub pitch: u8,
    /// Velocity, 1 to 127.
    pub velocity: u8,
    /// Channel, 0 to 15; 9 is the drums of General MIDI.
    pub channel: u8,
    /// Start in ticks.
    pub start: u64,
    /// End in ticks, never before the start.
    pub end: u64,
}

/// Reads the MIDI file at `path`.
///
/// # Errors
/// When it cannot be read, is larger than [`LARGEST_MIDI_FILE`], or for the reasons of [`parse_midi`].
pub fn read_midi_file(path: &Path) -> Result<MidiSong, MidiFileError> {
    let failed = |source| MidiFileError::Read {
        path: path.to_path_buf(),
        source,
    };
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that is too large, whatever its metadata claims.
    let file = File::open(path).map_err(failed)?;
    file.take(LARGEST_MIDI_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    parse_midi(&bytes, path)
}

/// Reads the bytes of a MIDI file; `path` is only named in errors.
///
/// A note-on of a sounding key ends its note and starts another; a note never let go ends with its track. Of a type-2
/// file the patterns follow one another. A file wrapped for Windows (RMID) or the Macintosh is unwrapped.
///
/// # Errors
/// [`MidiFileError::TooLarge`], [`MidiFileError::NotMidi`], [`MidiFileError::Timecode`] or
/// [`MidiFileError::TooManyNotes`].
pub fn parse_midi(bytes: &[u8], path: &Path) -> Result<MidiSong, MidiFileError> {
    let not_midi = |reason| MidiFileError::NotMidi {
        path: path.to_path_buf(),
        reason,
    };
    if bytes.len() as u64 > LARGEST_MIDI_FILE {
        return Err(MidiFileError::TooLarge {
            path: path.to_path_buf(),
        });
    }
    let start = header_position(bytes).ok_or_else(|| not_midi("it has no MIDI header"))?;
    let mut chunks = Chunks {
        rest: &bytes[start..],
    };
    let Some((_, &[_, format, _, _, timing_high, timing_low, ..])) = chunks.next() else {
        return Err(not_midi("its header is cut short"));
    };
    if timing_high & 0x80 != 0 {
        return Err(MidiFileError::Timecode {
            path: path.to_path_buf(),
        });
    }
    let ticks_per_quarter = u32::from(u16::from_be_bytes([timing_high, timing_low]));
    if ticks_per_quarter == 0 {
        return Err(not_midi("its header gives a quarter note no length"));
    }
    let mut song = MidiSong {
        ticks_per_quarter,
        tracks: Vec::new(),
        time_signatures: Vec::new(),
        tempos: Vec::new(),
        length_ticks: 0,
        complete: true,
    };
    let mut notes_left = MOST_NOTES;
    for (_, data) in chunks.filter(|(id, _)| *id == b"MTrk").take(MOST_TRACKS) {
        let first_tick = if format == 2 { song.length_ticks } else { 0 };
        let track = read_track(data, first_tick, notes_left, &mut song).ok_or_else(|| {
            MidiFileError::TooManyNotes {
                path: path.to_path_buf(),
                limit: MOST_NOTES,
            }
        })?;
        notes_left -= track.notes.len();
        song.tracks.push(track);
    }
    if song.tracks.is_empty() {
        return Err(not_midi("it has no tracks"));
    }
    song.time_signatures.sort_by_key(|&(tick, ..)| tick);
    song.tempos.sort_by_key(|&(tick, _)| tick);
    Ok(song)
}

/// Where the MIDI header starts: at once, or behind the header of a wrapping.
fn header_position(bytes: &[u8]) -> Option<usize> {
    let wrapped = bytes.starts_with(b"RIFF") || bytes.first() == Some(&0);
    let search = if wrapped { bytes } else { bytes.get(..4)? };
    search.windows(4).position(|word| word == b"MThd")
}

/// The chunks of a file: id and content. The last one may be shorter than it claims.
struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (id, rest) = self.rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let (data, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        self.rest = rest;
        Some((id, data))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{
        Melody, MidiWriteOptions, Tokens, Track, multi_track_bytes, single_track_bytes,
    };
    use proptest::prelude::*;

    /// A file of the given format, division and track contents.
    fn file(format: u8, division: [u8; 2], tracks: &[&[u8]]) -> Vec<u8> {
        let mut bytes = b"MThd\0\0\0\x06\0".to_vec();
        bytes.push(format);
        bytes.extend((tracks.len() as u16).to_be_bytes());
        bytes.extend(division);
        for track in tracks {
            bytes.extend(b"MTrk");
            bytes.extend((track.len() as u32).to_be_bytes());
            bytes.extend(*track);
        }
        bytes
    }

    fn parse(bytes: &[u8]) -> Result<MidiSong, MidiFileError> {
        parse_midi(bytes, Path::new("some song.mid"))
    }

    /// Pitch, start and end of a track's notes.
    fn notes(song: &MidiSong, track: usize) -> Vec<(u8, u64, u64)> {
        song.tracks[track]
            .notes
            .iter()
            .map(|note| (note.pitch, note.start, note.end))
            .collect()
    }

    const END: &[u8] = b"\x00\xff\x2f\x00";

    #[test]
    fn a_two_track_file_with_running_status_metres_and_tempos_is_read() {
        let conductor = b"\x00\xff\x03\x04Song\x00\xff\x51\x03\x0f\x42\x40\x00\xff\x58\x04\x03\x02\x18\x08\
                          \x60\xff\x58\x04\x06\x03\x18\x08\x00\xff\x51\x03\x07\xa1\x20\x00\xff\x2f\x00";
        // Note-on C4, 96 ticks later velocity 0 by running status, then E4 in the same way.
        let tune = b"\x00\xff\x03\x05Fl\xf6te\x00\x93\x3c\x40\x60\x3c\x00\x00\x40\x41\x60\x40\x00\x00\xff\x2f\x00";
        let song = parse(&file(1, [0, 96], &[conductor, tune])).unwrap();
        assert_eq!(song.ticks_per_quarter, 96);
        assert_eq!(song.tempos, [(0, 60.0), (96, 120.0)]);
        assert_eq!(song.time_signatures, [(0, 3, 4), (96, 6, 8)]);
        assert_eq!(
            (song.tracks[0].name.as_str(), song.tracks[1].name.as_str()),
            ("Song", "Flöte")
        );
        let expected =
            [(60, 64, 0, 96), (64, 65, 96, 192)].map(|(pitch, velocity, start, end)| SongNote {
                pitch,
                velocity,
                channel: 3,
                start,
                end,
            });
        assert_eq!(song.tracks[1].notes, expected);
        assert_eq!((song.length_ticks, song.complete), (192, true));
    }

    #[test]
    fn a_key_struck_again_ends_its_first_note_whatever_the_order_of_the_events() {
        // On, on again after 10, off after 10 more; the same with a late note-off on the tick of the second strike.
        let again = parse(&file(
            0,
            [0, 96],
            &[&[b"\x00\x90\x3c\x40\x0a\x3c\x40\x0a\x3c\x00", END].concat()],
        ))
        .unwrap();
        assert_eq!(notes(&again, 0), [(60, 0, 10), (60, 10, 20)]);
        let late = b"\x00\x90\x3c\x40\x0a\x3c\x40\x00\x3c\x00\x0a\x3c\x00";
        assert_eq!(
            notes(
                &parse(&file(0, [0, 96], &[&[late, END].concat()])).unwrap(),
                0
            ),
            [(60, 0, 10), (60, 10, 20)]
        );
    }

    #[test]
    fn a_note_never_let_go_ends_with_its_track() {
        let song = parse(&file(0, [0, 96], &[b"\x00\x90\x3c\x40\x60\xff\x2f\x00"])).unwrap();
        assert_eq!(notes(&song, 0), [(60, 0, 96)]);
    }

    #[test]
    fn the_patterns_of_a_type_2_file_follow_one_another() {
        let pattern = b"\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x2f\x00";
        let song = parse(&file(2, [0, 96], &[pattern, pattern])).unwrap();
        assert_eq!(
            (notes(&song, 0), notes(&song, 1)),
            (vec![(60, 0, 96)], vec![(60, 96, 192)])
        );
    }

    #[test]
    fn a_malformed_meta_event_does_not_hide_the_notes_behind_it() {
        // An SMPTE offset at hour 31, then a key signature without its bytes.
        let track = b"\x05\xff\x54\x05\x1f\x00\x00\x00\x00\x05\xff\x59\x00\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x2f\x00";
        let song = parse(&file(0, [0, 96], &[track])).unwrap();
        assert_eq!(
            (notes(&song, 0), song.complete),
            (vec![(60, 10, 106)], true)
        );
    }

    #[test]
    fn a_file_cut_short_gives_what_is_there_and_says_so() {
        let bytes = file(
            0,
            [0, 96],
            &[b"\x00\x90\x3c\x40\x60\x3c\x00\x00\x40\x40\x60\x40\x00\x00\xff\x2f\x00"],
        );
        let song = parse(&bytes[..bytes.len() - 9]).unwrap();
        assert_eq!((notes(&song, 0), song.complete), (vec![(60, 0, 96)], false));
    }

    #[test]
    fn timecode_files_are_refused_with_advice() {
        for division in [[0xe8, 4], [0xe7, 40], [0x80, 0]] {
            let error = parse(&file(0, division, &[END])).unwrap_err();
            assert!(matches!(error, MidiFileError::Timecode { .. }), "{error}");
            assert!(
                error
                    .to_string()
                    .starts_with("some song.mid counts time in film frames")
            );
        }
    }

    #[test]
    fn what_is_no_midi_file_is_named_as_such() {
        for bytes in [
            &b""[..],
            b"MThd",
            b"\x89PNG\r\n\x1a\n....",
            b"MThd\0\0\0\x06\0\x01\0\0\x01",
            b"RIFF....WAVE",
        ] {
            let error = parse(bytes).unwrap_err();
            assert!(matches!(error, MidiFileError::NotMidi { .. }), "{error}");
        }
        assert!(matches!(
            parse(&file(0, [0, 0], &[END])).unwrap_err(),
            MidiFileError::NotMidi { .. }
        ));
        assert!(
            parse(&file(1, [0, 96], &[]))
                .unwrap_err()
                .to_string()
                .contains("it has no tracks")
        );
    }

    #[test]
    fn a_file_in_a_windows_wrapping_is_read() {
        let inner = file(
            0,
            [0, 96],
            &[b"\x00\x90\x3c\x40\x60\x3c\x00\x00\xff\x2f\x00"],
        );
        let mut bytes = b"RIFF".to_vec();
        bytes.extend((inner.len() as u32 + 12).to_le_bytes());
        bytes.extend(b"RMIDdata");
        bytes.extend((inner.len() as u32).to_le_bytes());
        bytes.extend(inner);
        assert_eq!(notes(&parse(&bytes).unwrap(), 0), [(60, 0, 96)]);
    }

    #[test]
    fn a_giant_file_is_refused_before_it_fills_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("giant.mid");
        std::fs::File::create(&path)
            .unwrap()
            .set_len(LARGEST_MIDI_FILE + 1)
            .unwrap();
        let error = read_midi_file(&path).unwrap_err();
        assert!(matches!(error, MidiFileError::TooLarge { .. }), "{error}");
        assert!(error.to_string().contains("is larger than 64 MiB"));
        let error = read_midi_file(&folder.path().join("missing.mid")).unwrap_err();
        assert!(matches!(error, MidiFileError::Read { .. }), "{error}");
    }

    proptest! {
        #[test]
        fn written_melodies_are_read_back_note_for_note(
            melodies in prop::collection::vec(prop::collection::vec(0_u8..90, 1..70), 1..5),
            bpm in 20.0..300.0_f64,
        ) {
            let melodies: Vec<Melody> =
                melodies.into_iter().map(|ids| Melody::from_tokens(Tokens::new(ids).unwrap())).collect();
            let track = |melody| Track { melody, name: "tune ♪".to_owned(), text: "seed 1".to_owned() };
            let options = MidiWriteOptions { tempo_bpm: bpm, ..Default::default() };
            let in_ticks = |melody: &Melody| -> Vec<(u8, u64, u64)> {
                melody.notes().iter().map(|n| (n.pitch, u64::from(n.start) * 120, u64::from(n.end) * 120)).collect()
            };
            let single = parse(&single_track_bytes(&track(&melodies[0]), &options)).unwrap();
            prop_assert_eq!(notes(&single, 0), in_ticks(&melodies[0]));
            prop_assert_eq!(single.length_ticks, melodies[0].steps() as u64 * 120);
            prop_assert!((single.tempos[0].1 - bpm).abs() < 0.01);

            let tracks: Vec<Track<'_>> = melodies.iter().map(track).collect();
            let song = parse(&multi_track_bytes(&tracks, &options)).unwrap();
            prop_assert!(song.complete);
            prop_assert_eq!(&song.time_signatures, &[(0, 4, 4)]);
            prop_assert_eq!(song.tracks.len(), melodies.len() + 1);
            for (k, melody) in melodies.iter().enumerate() {
                prop_assert_eq!(notes(&song, k + 1), in_ticks(melody));
                prop_assert_eq!(song.tracks[k + 1].name.as_str(), "tune ♪");
            }
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), format in 0_u8..4) {
            let _ = parse(&bytes);
            let _ = parse(&file(format, [0, 96], &[&bytes]));
            let _ = parse(&[&b"MThd"[..], &bytes].concat());
        }

        #[test]
        fn a_damaged_file_never_makes_the_reader_panic(
            ids in prop::collection::vec(0_u8..90, 1..40),
            keep in any::<prop::sample::Index>(),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        ) {
            let melody = Melody::from_tokens(Tokens::new(ids).unwrap());
            let track = Track { melody: &melody, name: "x".to_owned(), text: "y".to_owned() };
            let mut bytes = multi_track_bytes(&[track.clone(), track], &MidiWriteOptions::default());
            for (place, value) in flips {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            if let Ok(song) = parse(&bytes[..keep.index(bytes.len() + 1)]) {
                let _ = crate::melody::windows(&song, &crate::melody::WindowOptions::default());
            }
        }
    }
}

//! Reads MIDI files of format 0, 1 or 2, damaged ones too.
//!
//! No bytes cause a panic, and memory is bounded by the size of the file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::chunks::{MidiHeader, header_position, next_track, position_after_track};
use super::error::MidiFileError;
use super::song::{MAX_MIDI_FILE_BYTES, MidiSong, ReadReport};
use super::text::{TextEncoding, decode};
use super::track::{RawTrack, TrackContext, read_track};
use crate::files::{FileKind, sanitise};

/// Maximum number of notes of a file; the longest symphonies have some hundred thousand.
const MAX_NOTES: usize = 4_000_000;
/// Maximum number of tracks of a file, whose header counts them in 16 bits.
const MAX_TRACKS: usize = 65_535;
/// Number of bytes read to detect the kind of a file that is not MIDI.
const DETECTION_BYTES: usize = 4096;

/// Reads the MIDI file at `path`.
///
/// # Errors
/// If it cannot be read or is larger than [`MAX_MIDI_FILE_BYTES`], and those of [`parse_midi`].
pub fn read_midi_file(path: &Path) -> Result<MidiSong, MidiFileError> {
    parse_midi(&read_midi_bytes(path)?, path)
}

/// Reads the bytes of a file that may be a MIDI file.
///
/// # Errors
/// [`MidiFileError::Read`], and [`MidiFileError::TooLarge`] for more than [`MAX_MIDI_FILE_BYTES`], also of a device without end.
pub fn read_midi_bytes(path: &Path) -> Result<Vec<u8>, MidiFileError> {
    let read_error = |source| MidiFileError::Read {
        path: path.to_path_buf(),
        source,
    };
    let mut bytes = Vec::new();
    // One byte more than allowed detects a file that is too large, whatever its metadata says.
    let file = File::open(path).map_err(read_error)?;
    file.take(MAX_MIDI_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(read_error)?;
    if bytes.len() as u64 > MAX_MIDI_FILE_BYTES {
        return Err(MidiFileError::TooLarge {
            path: path.to_path_buf(),
        });
    }
    Ok(bytes)
}

/// Reads the bytes of a MIDI file; `path` is for error messages only.
///
/// A note-on of a sounding key ends its note and starts another; a note whose key is never released ends at the next
/// onset of its track. The patterns of a format-2 file follow one another. RMID and MacBinary files are unwrapped. Time in
/// frames per second becomes beats at 120 per minute.
///
/// # Errors
/// [`MidiFileError::TooLarge`], [`MidiFileError::NotMidi`] or [`MidiFileError::TooManyNotes`].
pub fn parse_midi(bytes: &[u8], path: &Path) -> Result<MidiSong, MidiFileError> {
    let not_midi = |reason| MidiFileError::NotMidi {
        path: path.to_path_buf(),
        reason,
    };
    if bytes.len() as u64 > MAX_MIDI_FILE_BYTES {
        return Err(MidiFileError::TooLarge {
            path: path.to_path_buf(),
        });
    }
    if bytes.is_empty() {
        return Err(not_midi("it is empty"));
    }
    let start = header_position(bytes).ok_or_else(|| not_midi_error(bytes, path))?;
    let header =
        MidiHeader::read(bytes, start).ok_or_else(|| not_midi("its header is cut short"))?;
    let (ticks_per_quarter, ticks_per_unit) = header
        .tick_resolution()
        .ok_or_else(|| not_midi("its header gives a quarter note no length"))?;
    let mut context = TrackContext {
        ticks_per_unit,
        notes_left: MAX_NOTES,
        ..TrackContext::default()
    };
    let mut raw_tracks: Vec<RawTrack<'_>> = Vec::new();
    let mut report = ReadReport {
        declared_tracks: header.declared_tracks,
        is_timecode: ticks_per_unit != 1,
        ..ReadReport::default()
    };
    let mut position = header.next_chunk;
    while let Some(chunk) = next_track(bytes, position) {
        if raw_tracks.len() == MAX_TRACKS {
            break;
        }
        context.first_tick = if header.format == 2 {
            context.length_ticks
        } else {
            0
        };
        let track = read_track(&bytes[chunk.start..chunk.end], &mut context, &mut report)
            .ok_or_else(|| MidiFileError::TooManyNotes {
                path: path.to_path_buf(),
                limit: MAX_NOTES,
            })?;
        if !track.has_end && chunk.is_cut {
            report.is_cut = true;
        } else if track.undecodable_tail_bytes > 0 {
            report.skipped_events += 1;
            report.skipped_bytes += track.undecodable_tail_bytes;
        }
        position = position_after_track(bytes, &chunk, chunk.start + track.bytes_read);
        // Bytes after the end mark that are not clearly events are not read, but reported.
        let unread = bytes.get(chunk.start + track.bytes_read..position);
        if let Some(unread) = unread.filter(|_| track.has_end && chunk.has_valid_length)
            && unread.iter().any(|byte| *byte != 0)
        {
            report.skipped_events += 1;
            report.skipped_bytes += unread.len();
        }
        raw_tracks.push(track);
    }
    if raw_tracks.is_empty() {
        return Err(not_midi("it has no tracks"));
    }
    report.read_tracks = raw_tracks.len();
    Ok(assemble_song(
        raw_tracks,
        context,
        report,
        ticks_per_quarter,
    ))
}

/// The error for a file without a MIDI header, by the kind of file that it is.
fn not_midi_error(bytes: &[u8], path: &Path) -> MidiFileError {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let path = path.to_path_buf();
    match FileKind::detect_bytes(&name, bytes.get(..DETECTION_BYTES).unwrap_or(bytes)) {
        FileKind::Model => MidiFileError::Model { path },
        FileKind::SoundFont => MidiFileError::OtherKind {
            path,
            kind: "a SoundFont",
        },
        FileKind::Other(kind) | FileKind::Archive(kind) if kind != FileKind::UNKNOWN => {
            MidiFileError::OtherKind { path, kind }
        }
        _ => MidiFileError::NotMidi {
            path,
            reason: "it has no MIDI header",
        },
    }
}

/// Builds the song: decodes the names by the encoding of all texts, and sorts signatures and tempos.
fn assemble_song(
    raw_tracks: Vec<RawTrack<'_>>,
    mut context: TrackContext,
    report: ReadReport,
    ticks_per_quarter: u32,
) -> MidiSong {
    let mut texts = TextEncoding::new();
    for track in &raw_tracks {
        track.texts.iter().for_each(|text| texts.feed(text));
    }
    let encoding = texts.guess();
    let text_events = raw_tracks.iter().flat_map(|track| &track.text_events);
    // Of any length, unlike names.
    let full_text = |text: &&[u8]| sanitise(&String::from_utf8_lossy(text)).into_owned();
    let texts = text_events.map(full_text).collect();
    let tracks = raw_tracks
        .into_iter()
        .map(|mut raw| {
            raw.track.name = decode(raw.name, encoding);
            raw.track
        })
        .collect();
    context.time_signatures.sort_by_key(|&(tick, ..)| tick);
    context.tempos.sort_by_key(|&(tick, _)| tick);
    context.key_signatures.sort_by_key(|&(tick, _)| tick);
    MidiSong {
        ticks_per_quarter,
        tracks,
        texts,
        time_signatures: context.time_signatures,
        tempos: context.tempos,
        key_signatures: context.key_signatures,
        length_ticks: context.length_ticks,
        report,
    }
}

#[cfg(test)]
mod tests;

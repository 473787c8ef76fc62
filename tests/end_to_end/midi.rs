//! Exported MIDI files, read by a second reader that shares no code with the one that wrote them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use midi_msg::{ChannelVoiceMsg, Division, Meta, MidiFile, MidiMsg, SMFFormat, Track};

/// The contents of a MIDI file as a sequencer reads them.
#[derive(Debug, Default, PartialEq)]
pub struct ReadFile {
    pub format: u8,
    pub ticks_per_quarter: u32,
    /// Microseconds per quarter note, every tempo event of the file.
    pub tempos: Vec<u32>,
    /// Numerator and denominator, every time signature of the file.
    pub metres: Vec<(u8, u16)>,
    pub tracks: Vec<ReadTrack>,
}

/// One track chunk.
#[derive(Debug, Default, PartialEq)]
pub struct ReadTrack {
    pub name: String,
    pub texts: Vec<String>,
    /// In order of their beginnings.
    pub notes: Vec<ReadNote>,
    /// Tick of the End of Track event.
    pub end: u32,
}

/// A note-on of audible velocity and the note-off that belongs to it, in ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadNote {
    pub pitch: u8,
    pub velocity: u8,
    pub start: u32,
    pub end: u32,
}

/// Reads a file; anything that is not a clean MIDI file is a panic that says what is wrong.
pub fn read(path: &Path) -> ReadFile {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    parse(&bytes).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()))
}

fn parse(bytes: &[u8]) -> Result<ReadFile, String> {
    let file = MidiFile::from_midi(bytes).map_err(|wrong| wrong.to_string())?;
    let Division::TicksPerQuarterNote(ticks) = file.header.division else {
        return Err("time is not counted in quarter notes".to_owned());
    };
    if file.tracks.len() != usize::from(file.header.num_tracks) {
        return Err(format!(
            "{} tracks announced, {} found",
            file.header.num_tracks,
            file.tracks.len()
        ));
    }
    let format = match file.header.format {
        SMFFormat::SingleTrack => 0,
        SMFFormat::MultiTrack => 1,
        SMFFormat::MultiSong => 2,
    };
    let mut read = ReadFile {
        format,
        ticks_per_quarter: u32::from(ticks),
        ..ReadFile::default()
    };
    for track in &file.tracks {
        let track = read_track(track, &mut read)?;
        read.tracks.push(track);
    }
    Ok(read)
}

fn read_track(track: &Track, file: &mut ReadFile) -> Result<ReadTrack, String> {
    let mut read = ReadTrack::default();
    let mut sounding: HashMap<u8, (u8, u32)> = HashMap::new();
    let mut ended = false;
    let mut again = None;
    for event in track.events() {
        if ended {
            return Err("an event follows the end of the track".to_owned());
        }
        read.end += event.delta_time;
        match &event.event {
            MidiMsg::Meta {
                msg: Meta::TrackName(name),
            } => read.name.clone_from(name),
            MidiMsg::Meta {
                msg: Meta::Text(text),
            } => read.texts.push(text.clone()),
            MidiMsg::Meta {
                msg: Meta::SetTempo(tempo),
            } => file.tempos.push(*tempo),
            MidiMsg::Meta {
                msg: Meta::TimeSignature(metre),
            } => {
                file.metres.push((metre.numerator, metre.denominator));
            }
            MidiMsg::Meta {
                msg: Meta::EndOfTrack,
            } => ended = true,
            MidiMsg::ChannelVoice { msg, .. } | MidiMsg::RunningChannelVoice { msg, .. } => {
                match *msg {
                    ChannelVoiceMsg::NoteOn { note, velocity } if velocity > 0 => {
                        let sounded = sounding.insert(note, (velocity, read.end)).is_some();
                        again = again.or(sounded.then_some(note));
                    }
                    ChannelVoiceMsg::NoteOn { note, .. }
                    | ChannelVoiceMsg::NoteOff { note, .. } => {
                        let begun = sounding.remove(&note);
                        let (velocity, start) =
                            begun.ok_or(format!("note {note} ends but never began"))?;
                        read.notes.push(ReadNote {
                            pitch: note,
                            velocity,
                            start,
                            end: read.end,
                        });
                    }
                    _ => {}
                }
            }
            MidiMsg::Invalid { error, .. } => return Err(error.to_string()),
            _ => {}
        }
    }
    if let Some(note) = again {
        return Err(format!("note {note} begins while it sounds"));
    }
    if !ended || !sounding.is_empty() {
        return Err(format!(
            "the track ends early; still sounding: {:?}",
            sounding.keys()
        ));
    }
    read.notes.sort_by_key(|note| (note.start, note.pitch));
    Ok(read)
}

pub mod tests {
    use super::*;
    use crate::harness::tests;

    tests![
        a_file_written_by_hand_reads_as_it_was_meant,
        damaged_files_are_refused
    ];

    /// Written by hand from the MIDI 1.0 file specification: format 0, 480 ticks, 120 bpm, 4/4, two notes.
    const BY_HAND: &[u8] = &[
        b'M', b'T', b'h', b'd', 0, 0, 0, 6, 0, 0, 0, 1, 0x01, 0xE0, //
        b'M', b'T', b'r', b'k', 0, 0, 0, 51, //
        0, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20, //
        0, 0xFF, 0x58, 4, 4, 2, 24, 8, //
        0, 0xFF, 0x03, 4, b'n', b'a', b'm', b'e', //
        0, 0xFF, 0x01, 4, b't', b'e', b'x', b't', //
        0, 0x90, 60, 80, //
        120, 0x80, 60, 64, //
        0, 0x90, 62, 80, //
        0x83, 0x60, 62, 0, // running status, velocity 0
        0x74, 0xFF, 0x2F, 0, //
    ];

    fn a_file_written_by_hand_reads_as_it_was_meant() {
        let note = |pitch, start, end| ReadNote {
            pitch,
            velocity: 80,
            start,
            end,
        };
        let track = ReadTrack {
            name: "name".to_owned(),
            texts: vec!["text".to_owned()],
            notes: vec![note(60, 0, 120), note(62, 120, 600)],
            end: 716,
        };
        let file = ReadFile {
            format: 0,
            ticks_per_quarter: 480,
            tempos: vec![500_000],
            metres: vec![(4, 4)],
            tracks: vec![track],
        };
        assert_eq!(parse(BY_HAND), Ok(file));
    }

    fn damaged_files_are_refused() {
        assert!(parse(&BY_HAND[..40]).is_err());
        let mut stuck = BY_HAND.to_vec();
        stuck[14 + 8 + 31 + 5] = 0xB0; // the first note-off becomes a controller
        assert!(parse(&stuck).is_err());
    }
}

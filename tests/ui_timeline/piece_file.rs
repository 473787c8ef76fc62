//! A piece in a MIDI file, read by a reader that shares no code with the one that wrote it.

use std::collections::BTreeMap;
use std::path::Path;

use midi_msg::{ChannelVoiceMsg, Division, Meta, MidiFile, MidiMsg};

/// What a sequencer shows of a file of one track.
#[derive(Debug, Default)]
pub struct PieceFile {
    pub ticks_per_quarter: u32,
    /// Microseconds per quarter note.
    pub tempos: Vec<u32>,
    /// Ticks and texts.
    pub markers: Vec<(u32, String)>,
    pub texts: Vec<(u32, String)>,
    /// Start and end in ticks, and pitch, in order.
    pub notes: Vec<(u32, u32, u8)>,
    /// Tick of the end of the track.
    pub end: u32,
}

/// Reads a file; what is wrong with it is a panic.
pub fn read(path: &Path) -> PieceFile {
    let bytes = std::fs::read(path).unwrap();
    let file = MidiFile::from_midi(&bytes).unwrap();
    let Division::TicksPerQuarterNote(ticks) = file.header.division else {
        panic!("time is not counted in quarter notes");
    };
    assert_eq!(file.tracks.len(), 1);
    let mut read = PieceFile {
        ticks_per_quarter: u32::from(ticks),
        ..PieceFile::default()
    };
    let mut sounding: BTreeMap<u8, u32> = BTreeMap::new();
    for event in file.tracks[0].events() {
        read.end += event.delta_time;
        let tick = read.end;
        match &event.event {
            MidiMsg::Meta { msg } => match msg {
                Meta::Marker(text) => read.markers.push((tick, text.clone())),
                Meta::Text(text) => read.texts.push((tick, text.clone())),
                Meta::SetTempo(tempo) => read.tempos.push(*tempo),
                _ => {}
            },
            MidiMsg::ChannelVoice { msg, .. } | MidiMsg::RunningChannelVoice { msg, .. } => {
                match *msg {
                    ChannelVoiceMsg::NoteOn { note, velocity } if velocity > 0 => {
                        assert_eq!(sounding.insert(note, tick), None, "{note} at {tick}");
                    }
                    ChannelVoiceMsg::NoteOn { note, .. }
                    | ChannelVoiceMsg::NoteOff { note, .. } => {
                        let start = sounding.remove(&note).unwrap();
                        read.notes.push((start, tick, note));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    assert!(sounding.is_empty(), "{sounding:?} never end");
    read.notes.sort_unstable();
    read
}

//! The content of a MIDI file: notes, metres, tempos, and a report of what could not be read.

use serde::Serialize;

use crate::melody::scale::KeySignature;
use crate::wording::{count_with_noun, singular_or_plural};

/// Size of the largest MIDI file that is read, in bytes.
pub const MAX_MIDI_FILE_BYTES: u64 = 64 << 20;

/// A MIDI file's notes, metres and tempos. Times are ticks from the start of the song.
#[derive(Clone, Debug, PartialEq)]
pub struct MidiSong {
    /// Ticks in a quarter note, at least 1.
    pub ticks_per_quarter: u32,
    /// The tracks in the order of the file, those without notes too.
    pub tracks: Vec<SongTrack>,
    /// Text events of all tracks as UTF-8, the first 1,024 of each track, without control characters.
    pub texts: Vec<String>,
    /// Tick, numerator and denominator of each time signature, in time order, from all tracks.
    pub time_signatures: Vec<(u64, u8, u8)>,
    /// Tick and quarter notes per minute of each tempo, in time order, from all tracks.
    pub tempos: Vec<(u64, f64)>,
    /// Tick and content of each key signature, in time order, from all tracks.
    pub key_signatures: Vec<(u64, KeySignature)>,
    /// Tick of the last event of any track.
    pub length_ticks: u64,
    /// Problems found by the reader.
    pub report: ReadReport,
}

/// One track of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SongTrack {
    /// Track name without control characters; empty if the file gives none.
    pub name: String,
    /// Notes by start, then pitch.
    pub notes: Vec<SongNote>,
    /// First program (0 to 127) of each channel; `None` if it selects none.
    pub programs: [Option<u8>; 16],
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

/// Problems found by the reader of a MIDI file.
///
/// A file is damaged ([`ReadReport::is_damaged`]) if tracks are missing or cut, or bytes could not be decoded. What loses
/// nothing (a wrong chunk length, a missing end mark, an empty track, a value out of range) is repaired without a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReadReport {
    /// Tracks that the file's header announces.
    pub declared_tracks: usize,
    /// Tracks that were found.
    pub read_tracks: usize,
    /// Whether the file ends before its last track does.
    pub is_cut: bool,
    /// Number of runs of consecutive bytes that could not be decoded and were skipped.
    pub skipped_events: usize,
    /// Number of bytes in these runs.
    pub skipped_bytes: usize,
    /// Notes whose key is never released; each ends at the next onset of its track.
    pub unreleased_notes: usize,
    /// Delta times longer than the 28 bits of the format allow; each is read as 0.
    pub impossible_deltas: usize,
    /// The file counts time in frames per second (SMPTE); 120 beats per minute are assumed.
    pub is_timecode: bool,
}

impl ReadReport {
    /// Whether something of the file is missing or could not be read.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.read_tracks < self.declared_tracks || self.is_cut || self.skipped_events > 0
    }

    /// The report as messages for users, without capital and full stop.
    #[must_use]
    pub fn user_messages(&self) -> Vec<String> {
        let mut messages = Vec::new();
        if self.read_tracks < self.declared_tracks {
            messages.push(format!(
                "the file is damaged: its header announces {}, {} {} here",
                count_with_noun(self.declared_tracks, "track"),
                self.read_tracks,
                singular_or_plural(self.read_tracks, "is", "are")
            ));
        }
        if self.is_cut {
            messages.push("the file is cut off: its last track has no end".to_owned());
        }
        if self.skipped_events > 0 {
            messages.push(format!(
                "the file is damaged: in {} {} could not be read and skipped",
                count_with_noun(self.skipped_events, "place"),
                count_with_noun(self.skipped_bytes, "byte")
            ));
        }
        if self.unreleased_notes > 0 {
            messages.push(format!(
                "{} {} never released and ended where the next note of the track starts",
                count_with_noun(self.unreleased_notes, "note"),
                singular_or_plural(self.unreleased_notes, "is", "are")
            ));
        }
        if self.impossible_deltas > 0 {
            messages.push(format!(
                "{} {} longer than a MIDI file allows and taken as none",
                count_with_noun(self.impossible_deltas, "pause"),
                singular_or_plural(self.impossible_deltas, "is", "are")
            ));
        }
        if self.is_timecode {
            messages.push(
                "the file counts time in film frames, not in beats: bars are taken at 120 beats per minute"
                    .to_owned(),
            );
        }
        messages
    }
}

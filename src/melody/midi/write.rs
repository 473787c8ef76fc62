//! Writes melodies as standard MIDI files, into memory.

use std::sync::Arc;

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Timing, TrackEvent, TrackEventKind};

use crate::melody::chords::Backing;
use crate::melody::feel::{Feel, TICKS_PER_QUARTER, TICKS_PER_STEP};
use crate::melody::key::estimate_performed_key;
use crate::melody::melody_type::Melody;
use crate::melody::performance::{Performance, perform};
use crate::melody::scale::KeySignature;

/// Largest delta time of the format, in ticks.
const MAX_DELTA: u32 = (1 << 28) - 1;
/// Maximum number of melodies of a file, which has up to 65,535 tracks, one of them the conductor track.
pub const MAX_MELODY_TRACKS: usize = 65_534;
/// General MIDI program of chords, counted from 0: an organ, as the built-in synth plays them.
const CHORD_PROGRAM: u8 = 16;
/// The drum channel of General MIDI, channel 10 counted from 1.
const DRUM_CHANNEL: u8 = 9;

/// A melody with its texts for the file.
#[derive(Clone, Debug)]
pub struct Track<'a> {
    /// The melody; its length in steps is the length of the track.
    pub melody: &'a Melody,
    /// Track name, shown by music programs.
    pub name: String,
    /// Origin of the melody, written as a text event.
    pub text: String,
}

/// A text that music programs show at a step of a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Time in steps from the start of the track.
    pub step: u32,
    /// The text.
    pub text: String,
    /// Origin of what starts there, written as a text event before it; empty for none.
    pub origin: String,
}

/// How melodies are written to a file: tempo, feel, chords, key signature, sound and channel.
#[derive(Clone, Debug, PartialEq)]
pub struct MidiWriteOptions {
    /// Tempo in quarter notes per minute, limited to what a MIDI file can store.
    pub tempo_bpm: f64,
    /// How the notes are played. The default writes them as they are.
    pub feel: Feel,
    /// Chords under the melodies, on their own track; left out of files of one track.
    pub chords: Option<Arc<Backing>>,
    /// Whether to write a key signature, where the key of the notes is clear or they are snapped to a scale.
    pub key_signature: bool,
    /// General MIDI program, 0 to 127.
    pub program: u8,
    /// Bank of the program, 0 to 16383; `None` writes none.
    pub bank: Option<u16>,
    /// MIDI channel, 0 to 15.
    pub channel: u8,
}

impl Default for MidiWriteOptions {
    fn default() -> Self {
        Self {
            tempo_bpm: 120.0,
            feel: Feel::default(),
            chords: None,
            key_signature: false,
            program: 0,
            bank: None,
            channel: 0,
        }
    }
}

/// One melody as a type-0 file: name, tempo, 4/4, key signature if asked for and clear, text, program and notes. The track ends
/// exactly at the last step.
#[must_use]
pub fn single_track_bytes(track: &Track<'_>, options: &MidiWriteOptions) -> Vec<u8> {
    marked_track_bytes(track, &[], options)
}

/// As [`single_track_bytes`], with markers among the notes.
#[must_use]
pub fn marked_track_bytes(
    track: &Track<'_>,
    markers: &[Marker],
    options: &MidiWriteOptions,
) -> Vec<u8> {
    let mut writer = TrackWriter::default();
    writer.name(&track.name);
    writer.tempo_and_metre(options.tempo_bpm);
    let performance = perform(track.melody, &options.feel);
    writer.key(key_signature_of(&performance, options));
    writer.melody(
        track,
        markers,
        &performance,
        options,
        options.channel.min(15),
    );
    file_bytes(Format::SingleTrack, &[writer.events])
}

/// Several melodies as a type-1 file: a conductor track with tempo and 4/4, then one named track for each melody.
///
/// A key signature that all melodies with a clear key share is in the conductor track; else each is in its own.
///
/// All start together and end exactly at their last step. The tracks take successive channels from `options.channel` on,
/// without those of drums and chords, so that no track cuts another's notes when they are merged. The chords come last.
#[must_use]
pub fn multi_track_bytes(tracks: &[Track<'_>], options: &MidiWriteOptions) -> Vec<u8> {
    type_1_bytes(tracks, 1, &[], options)
}

/// One melody repeated `loops` times (at least once), as a file of [`multi_track_bytes`]. All repetitions are equal.
#[must_use]
pub fn looped_track_bytes(track: &Track<'_>, loops: u32, options: &MidiWriteOptions) -> Vec<u8> {
    type_1_bytes(std::slice::from_ref(track), loops, &[], options)
}

/// A piece with markers: without chords as a file of [`marked_track_bytes`]; with chords as a file of [`multi_track_bytes`], with
/// the markers in the conductor track.
#[must_use]
pub fn piece_bytes(track: &Track<'_>, markers: &[Marker], options: &MidiWriteOptions) -> Vec<u8> {
    match options.chords {
        None => marked_track_bytes(track, markers, options),
        Some(_) => type_1_bytes(std::slice::from_ref(track), 1, markers, options),
    }
}

/// The type-1 file of [`multi_track_bytes`], with each melody repeated `loops` times and markers in the conductor track.
fn type_1_bytes(
    tracks: &[Track<'_>],
    loops: u32,
    markers: &[Marker],
    options: &MidiWriteOptions,
) -> Vec<u8> {
    let max = MAX_MELODY_TRACKS - usize::from(options.chords.is_some());
    let tracks = &tracks[..tracks.len().min(max)];
    let transpose = options.feel.transpose;
    let chords = options.chords.as_deref();
    let chords = chords.map(|backing| backing.transposed(transpose));
    let chords = chords.as_ref();
    let chord_channel = chords.map(Backing::zero_based_channel);
    let mut conductor = TrackWriter::default();
    conductor.tempo_and_metre(options.tempo_bpm);
    let performances = tracks
        .iter()
        .map(|track| perform(track.melody, &options.feel).repeated(loops));
    let performances: Vec<Performance> = performances.collect();
    let keys: Vec<Option<KeySignature>> = performances
        .iter()
        .map(|performance| key_signature_of(performance, options))
        .collect();
    let mut clear_keys = keys.iter().flatten();
    let first_key = clear_keys.next();
    let common_key = first_key
        .filter(|&key| clear_keys.all(|other| other == key))
        .copied();
    conductor.key(common_key);
    let lengths = performances.iter().map(Performance::length);
    let end = lengths.max().unwrap_or(0);
    for (tick, kind) in marker_events(markers) {
        conductor.push(tick, kind);
    }
    conductor.end(end);
    let mut track_events = vec![conductor.events];
    let mut channels = (0..16_u8)
        .cycle()
        .skip(usize::from(options.channel.min(15)))
        .filter(|&c| c != DRUM_CHANNEL && Some(c) != chord_channel);
    for ((track, performance), key) in tracks.iter().zip(&performances).zip(keys) {
        let mut writer = TrackWriter::default();
        writer.name(&track.name);
        writer.key(key.filter(|_| common_key.is_none()));
        let channel = channels.next().unwrap_or(0);
        writer.melody(track, &[], performance, options, channel);
        track_events.push(writer.events);
    }
    let text = chords.map(|backing| backing.progression.to_string());
    if let (Some(backing), Some(text)) = (chords, &text) {
        let mut writer = TrackWriter::default();
        writer.name("Chords");
        writer.chords(backing, text, end);
        track_events.push(writer.events);
    }
    file_bytes(Format::Parallel, &track_events)
}

/// The key signature of a performance, if the options ask for one: that of the scale that notes are snapped to, else that of the
/// estimated key, if it is clear.
fn key_signature_of(performance: &Performance, options: &MidiWriteOptions) -> Option<KeySignature> {
    if !options.key_signature {
        return None;
    }
    let estimated = || estimate_performed_key(performance)?.clear_key();
    let key = options.feel.snap.or_else(estimated)?;
    Some(key.signature())
}

/// The events of markers and of their origins, in time order, each with its tick.
fn marker_events(markers: &[Marker]) -> Vec<(u32, TrackEventKind<'_>)> {
    let mut events = Vec::new();
    for marker in markers {
        let tick = marker.step.saturating_mul(TICKS_PER_STEP);
        let origin = Some(&marker.origin).filter(|origin| !origin.is_empty());
        let origin = origin.map(|origin| MetaMessage::Text(origin.as_bytes()));
        let text = MetaMessage::Marker(marker.text.as_bytes());
        let texts = origin.into_iter().chain([text]);
        events.extend(texts.map(|text| (tick, TrackEventKind::Meta(text))));
    }
    events.sort_by_key(|(tick, _)| *tick);
    events
}

fn file_bytes(format: Format, tracks: &[Vec<TrackEvent<'_>>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = Header::new(format, Timing::Metrical(u15::new(TICKS_PER_QUARTER)));
    let written = midly::write(&header, tracks.iter().map(|track| track.iter()), &mut bytes);
    debug_assert!(
        written.is_ok(),
        "only a text of 256 MB, a track of 4 GB or too many tracks can fail"
    );
    bytes
}

/// Collects the events of a track and converts their ticks to delta times.
#[derive(Default)]
struct TrackWriter<'a> {
    events: Vec<TrackEvent<'a>>,
    tick: u32,
}

impl<'a> TrackWriter<'a> {
    fn push(&mut self, tick: u32, kind: TrackEventKind<'a>) {
        let delta = u28::new(tick.saturating_sub(self.tick).min(MAX_DELTA));
        self.events.push(TrackEvent { delta, kind });
        self.tick = tick;
    }

    fn meta(&mut self, tick: u32, message: MetaMessage<'a>) {
        self.push(tick, TrackEventKind::Meta(message));
    }

    fn name(&mut self, name: &'a str) {
        self.meta(0, MetaMessage::TrackName(name.as_bytes()));
    }

    fn tempo_and_metre(&mut self, bpm: f64) {
        let bpm = if bpm.is_finite() && bpm > 0.0 {
            bpm
        } else {
            MidiWriteOptions::default().tempo_bpm
        };
        // The file stores microseconds per quarter note in 24 bits.
        let micros = (60_000_000.0 / bpm)
            .round()
            .clamp(1.0, f64::from((1_u32 << 24) - 1)) as u32;
        self.meta(0, MetaMessage::Tempo(u24::new(micros)));
        // 4 / 2^2, a metronome click each quarter (24 MIDI clocks), 8 thirty-seconds in a quarter.
        self.meta(0, MetaMessage::TimeSignature(4, 2, 24, 8));
    }

    fn key(&mut self, key: Option<KeySignature>) {
        if let Some(KeySignature { sharps, is_minor }) = key {
            self.meta(0, MetaMessage::KeySignature(sharps, is_minor));
        }
    }

    fn melody(
        &mut self,
        track: &'a Track<'_>,
        markers: &'a [Marker],
        performance: &Performance,
        options: &MidiWriteOptions,
        channel: u8,
    ) {
        self.meta(0, MetaMessage::Text(track.text.as_bytes()));
        let channel = u4::new(channel);
        let midi = |message| TrackEventKind::Midi { channel, message };
        // Controllers 0 and 32, before the program (MIDI 1.0 detailed specification, page 13).
        let bank = options.bank.map(|bank| [(0, bank >> 7), (32, bank)]);
        for (controller, value) in bank.into_iter().flatten() {
            let controller = u7::new(controller);
            let value = u7::new((value & 0x7F) as u8);
            self.push(0, midi(MidiMessage::Controller { controller, value }));
        }
        let program = u7::new(options.program.min(127));
        self.push(0, midi(MidiMessage::ProgramChange { program }));
        let mut events = marker_events(markers);
        // Notes never overlap, so each one's end comes before the next one's start.
        for note in performance.notes() {
            let key = u7::new(note.pitch.min(127));
            let vel = u7::new(note.velocity.min(127));
            let on = MidiMessage::NoteOn { key, vel };
            let off = MidiMessage::NoteOff { key, vel: 0.into() };
            events.extend([(note.start, midi(on)), (note.end, midi(off))]);
        }
        // The sort is stable: a marker comes before the note that starts there.
        events.sort_by_key(|(tick, _)| *tick);
        for (tick, kind) in events {
            self.push(tick, kind);
        }
        self.end(performance.length());
    }

    /// The chords up to the tick `end`.
    fn chords(&mut self, backing: &Backing, text: &'a str, end: u32) {
        self.meta(0, MetaMessage::Text(text.as_bytes()));
        let channel = u4::new(backing.zero_based_channel());
        let midi = |message| TrackEventKind::Midi { channel, message };
        let program = u7::new(CHORD_PROGRAM);
        self.push(0, midi(MidiMessage::ProgramChange { program }));
        let vel = u7::new(backing.velocity.clamp(1, 127));
        let notes = backing.notes(end / TICKS_PER_STEP);
        // At each tick notes end before others start.
        let mut events: Vec<(u32, bool, u8)> = notes
            .iter()
            .flat_map(|note| {
                [
                    (note.start, true, note.pitch),
                    (note.end, false, note.pitch),
                ]
            })
            .collect();
        events.sort_unstable();
        for (tick, is_start, pitch) in events {
            let key = u7::new(pitch);
            let message = if is_start {
                MidiMessage::NoteOn { key, vel }
            } else {
                MidiMessage::NoteOff { key, vel: 0.into() }
            };
            self.push(tick, midi(message));
        }
        self.end(end);
    }

    fn end(&mut self, tick: u32) {
        self.meta(tick, MetaMessage::EndOfTrack);
    }
}

#[cfg(test)]
mod tests;

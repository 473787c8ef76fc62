//! Builds the notes of a track from its events.

use super::event::Event;
use super::events::Events;
use super::song::{ReadReport, SongNote, SongTrack};
use crate::melody::scale::KeySignature;

/// Maximum number of texts of a track that are kept to detect the encoding of names.
const MAX_TEXTS: usize = 64;
/// Maximum number of text events of a track that are kept: a piece has one per block.
const MAX_TEXT_EVENTS: usize = 1_024;

/// State shared by the tracks of a file.
#[derive(Default)]
pub(super) struct TrackContext {
    /// Ticks for each unit of the file's delta times.
    pub ticks_per_unit: u64,
    /// Tick at which the next track starts.
    pub first_tick: u64,
    /// Number of notes that may still be read.
    pub notes_left: usize,
    /// Tick, numerator and denominator of each time signature.
    pub time_signatures: Vec<(u64, u8, u8)>,
    /// Tick and quarter notes per minute of each tempo.
    pub tempos: Vec<(u64, f64)>,
    /// Tick and content of each key signature.
    pub key_signatures: Vec<(u64, KeySignature)>,
    /// Tick of the last event so far.
    pub length_ticks: u64,
}

/// A track with undecoded names.
pub(super) struct RawTrack<'a> {
    pub track: SongTrack,
    /// The track's name, else the instrument's.
    pub name: &'a [u8],
    instrument: &'a [u8],
    /// Texts of the track, such as names and lyrics, at most [`MAX_TEXTS`].
    pub texts: Vec<&'a [u8]>,
    /// Its text events, at most [`MAX_TEXT_EVENTS`].
    pub text_events: Vec<&'a [u8]>,
    /// Whether it has an end mark.
    pub has_end: bool,
    /// Number of bytes read, up to the end of its last event.
    pub bytes_read: usize,
    /// Undecodable bytes at its end.
    pub undecodable_tail_bytes: usize,
}

/// A pressed key.
#[derive(Clone, Copy)]
struct PressedKey {
    velocity: u8,
    start: u64,
    /// Whether it was pressed again while it sounded: a note-off on the same tick then belongs to the previous note.
    is_repeated: bool,
}

/// Reads a track; `None` if it has more notes than may still be read.
pub(super) fn read_track<'a>(
    bytes: &'a [u8],
    context: &mut TrackContext,
    report: &mut ReadReport,
) -> Option<RawTrack<'a>> {
    let mut raw = RawTrack {
        track: SongTrack::default(),
        name: b"",
        instrument: b"",
        texts: Vec::new(),
        text_events: Vec::new(),
        has_end: false,
        bytes_read: 0,
        undecodable_tail_bytes: 0,
    };
    let mut keys = HeldKeys::new();
    let mut tick = context.first_tick;
    let mut events = Events::new(bytes);
    while let Some((delta, event)) = events.next() {
        tick = tick.saturating_add(delta.saturating_mul(context.ticks_per_unit));
        match event {
            Event::NoteOn {
                channel,
                key,
                velocity,
            } => keys.press(channel, key, velocity, tick, &mut raw.track.notes),
            Event::NoteOff { channel, key } => {
                keys.release(channel, key, tick, &mut raw.track.notes);
            }
            Event::AllNotesOff { channel } => {
                (0..128).for_each(|key| keys.release(channel, key, tick, &mut raw.track.notes));
            }
            Event::Program { channel, program } => {
                raw.track.programs[usize::from(channel & 15)].get_or_insert(program);
            }
            Event::Meta { kind: 0x2f, .. } => {
                raw.has_end = true;
                if !events.has_events_after_end() {
                    break;
                }
            }
            Event::Meta { kind, data } => raw.add_meta(kind, data, tick, context),
            Event::Other => {}
        }
        if raw.track.notes.len() > context.notes_left {
            return None;
        }
    }
    if is_blank(raw.name) {
        raw.name = raw.instrument;
    }
    raw.bytes_read = events.position();
    raw.undecodable_tail_bytes = events.undecodable_tail_bytes;
    report.skipped_events += events.skipped_events;
    report.skipped_bytes += events.skipped_bytes;
    report.impossible_deltas += events.impossible_deltas;
    report.unreleased_notes += keys.release_all(tick, &mut raw.track.notes);
    if raw.track.notes.len() > context.notes_left {
        return None;
    }
    context.notes_left -= raw.track.notes.len();
    raw.track
        .notes
        .sort_by_key(|note| (note.start, note.pitch, note.channel, note.end));
    context.length_ticks = context.length_ticks.max(tick);
    Some(raw)
}

impl<'a> RawTrack<'a> {
    /// Adds a meta event: a tempo, a time or key signature, or a text.
    fn add_meta(&mut self, kind: u8, data: &'a [u8], tick: u64, context: &mut TrackContext) {
        match (kind, data) {
            (0x51, &[high, middle, low, ..]) => {
                let micros = u32::from_be_bytes([0, high, middle, low]);
                if micros > 0 {
                    let tempo = 60_000_000.0 / f64::from(micros);
                    context.tempos.push((tick, tempo));
                }
            }
            (0x58, &[numerator, power, ..]) if numerator > 0 && power < 8 => {
                context.time_signatures.push((tick, numerator, 1 << power));
            }
            (0x59, &[sharps, minor, ..]) => {
                let signature = KeySignature {
                    sharps: sharps as i8,
                    is_minor: minor == 1,
                };
                // A damaged key signature is ignored.
                if signature.key().is_some() && minor <= 1 {
                    context.key_signatures.push((tick, signature));
                }
            }
            (0x01..=0x07, text) => {
                if self.texts.len() < MAX_TEXTS {
                    self.texts.push(text);
                }
                if kind == 1 && self.text_events.len() < MAX_TEXT_EVENTS {
                    self.text_events.push(text);
                }
                match kind {
                    3 if is_blank(self.name) => self.name = text,
                    4 if is_blank(self.instrument) => self.instrument = text,
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

fn is_blank(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| byte.is_ascii_whitespace() || *byte == 0)
}

/// The keys of all channels; `None` for a released one.
struct HeldKeys(Box<[Option<PressedKey>]>);

impl HeldKeys {
    fn new() -> Self {
        Self(vec![None; 16 * 128].into_boxed_slice())
    }

    fn slot(&mut self, channel: u8, key: u8) -> &mut Option<PressedKey> {
        &mut self.0[usize::from(channel & 15) << 7 | usize::from(key & 127)]
    }

    /// Starts a note; ends the note that sounds on the same key.
    fn press(&mut self, channel: u8, key: u8, velocity: u8, tick: u64, notes: &mut Vec<SongNote>) {
        let slot = self.slot(channel, key);
        let previous = slot.replace(PressedKey {
            velocity,
            start: tick,
            is_repeated: slot.is_some(),
        });
        notes.extend(previous.map(|held| held.note(channel, key, tick)));
    }

    /// Ends the note of a key, if it sounds.
    fn release(&mut self, channel: u8, key: u8, tick: u64, notes: &mut Vec<SongNote>) {
        let slot = self.slot(channel, key);
        match slot {
            Some(held) if held.is_repeated && held.start == tick => held.is_repeated = false,
            _ => notes.extend(slot.take().map(|held| held.note(channel, key, tick))),
        }
    }

    /// Ends the notes of all pressed keys: each at the next onset after its own, the last ones with the track. Returns their
    /// number.
    fn release_all(&mut self, end_of_track: u64, notes: &mut Vec<SongNote>) -> usize {
        let mut onsets: Vec<u64> = notes.iter().map(|note| note.start).collect();
        onsets.extend(self.0.iter().flatten().map(|held| held.start));
        onsets.sort_unstable();
        let mut count = 0;
        for (index, slot) in self.0.iter_mut().enumerate() {
            if let Some(held) = slot.take() {
                let next = onsets.partition_point(|onset| *onset <= held.start);
                let end = onsets.get(next).copied().unwrap_or(end_of_track);
                notes.push(held.note((index >> 7) as u8, (index & 127) as u8, end));
                count += 1;
            }
        }
        count
    }
}

impl PressedKey {
    fn note(self, channel: u8, key: u8, end: u64) -> SongNote {
        SongNote {
            pitch: key,
            velocity: self.velocity,
            channel,
            start: self.start,
            end,
        }
    }
}

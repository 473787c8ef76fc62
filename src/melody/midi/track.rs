//! The events of one track of a MIDI file, turned into notes.

use super::events::{Event, Events};
use super::song::{ReadReport, SongNote, SongTrack};

/// Texts of a track that are kept to find the encoding of names.
const MOST_TEXTS: usize = 64;

/// What the tracks of a file share.
#[derive(Default)]
pub(super) struct TrackContext {
    /// Ticks for each unit of the file's delta times.
    pub ticks_per_unit: u64,
    /// Tick at which the next track starts.
    pub first_tick: u64,
    /// Notes that the rest of the file may have.
    pub notes_left: usize,
    /// Tick, numerator and denominator of each time signature.
    pub time_signatures: Vec<(u64, u8, u8)>,
    /// Tick and quarter notes per minute of each tempo.
    pub tempos: Vec<(u64, f64)>,
    /// Tick of the last event so far.
    pub length_ticks: u64,
}

/// A track whose names are not decoded yet.
pub(super) struct RawTrack<'a> {
    pub track: SongTrack,
    /// The track's name, else the instrument's.
    pub name: &'a [u8],
    /// Some of the track's texts, names and lyrics among them.
    pub texts: Vec<&'a [u8]>,
    /// Whether it has an end mark.
    pub has_end: bool,
    /// Bytes up to the end of its last event.
    pub bytes_read: usize,
    /// Bytes at its end that could not be decoded.
    pub broken_tail: usize,
}

/// A key that is down.
#[derive(Clone, Copy)]
struct Held {
    velocity: u8,
    start: u64,
    /// Whether it was struck while it sounded: a note-off on the same tick then belongs to the note before.
    again: bool,
}

/// Reads one track; `None` when it has more notes than are left.
pub(super) fn read_track<'a>(
    bytes: &'a [u8],
    context: &mut TrackContext,
    report: &mut ReadReport,
) -> Option<RawTrack<'a>> {
    let mut raw = RawTrack {
        track: SongTrack::default(),
        name: b"",
        texts: Vec::new(),
        has_end: false,
        bytes_read: 0,
        broken_tail: 0,
    };
    let mut instrument: &[u8] = b"";
    let mut keys = Keys::new();
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
            Event::Meta { kind, data } => match (kind, data) {
                (0x2f, _) => {
                    raw.has_end = true;
                    if !events.go_on() {
                        break;
                    }
                }
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
                (0x01..=0x07, text) => {
                    if raw.texts.len() < MOST_TEXTS {
                        raw.texts.push(text);
                    }
                    match kind {
                        3 if is_blank(raw.name) => raw.name = text,
                        4 if is_blank(instrument) => instrument = text,
                        _ => {}
                    }
                }
                _ => {}
            },
            Event::Other => {}
        }
        if raw.track.notes.len() > context.notes_left {
            return None;
        }
    }
    if is_blank(raw.name) {
        raw.name = instrument;
    }
    raw.bytes_read = events.position();
    raw.broken_tail = events.broken_tail;
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

fn is_blank(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| byte.is_ascii_whitespace() || *byte == 0)
}

/// The keys of all channels, down or up.
struct Keys(Box<[Option<Held>]>);

impl Keys {
    fn new() -> Self {
        Self(vec![None; 16 * 128].into_boxed_slice())
    }

    fn slot(&mut self, channel: u8, key: u8) -> &mut Option<Held> {
        &mut self.0[usize::from(channel & 15) << 7 | usize::from(key & 127)]
    }

    /// A key goes down; one that is down already ends its note first.
    fn press(&mut self, channel: u8, key: u8, velocity: u8, tick: u64, notes: &mut Vec<SongNote>) {
        let slot = self.slot(channel, key);
        let before = slot.replace(Held {
            velocity,
            start: tick,
            again: slot.is_some(),
        });
        notes.extend(before.map(|held| held.note(channel, key, tick)));
    }

    /// A key goes up, if it is down.
    fn release(&mut self, channel: u8, key: u8, tick: u64, notes: &mut Vec<SongNote>) {
        let slot = self.slot(channel, key);
        match slot {
            Some(held) if held.again && held.start == tick => held.again = false,
            _ => notes.extend(slot.take().map(|held| held.note(channel, key, tick))),
        }
    }

    /// Ends the notes of all keys that are still down: each at the next onset behind its own, the last ones with the
    /// track. Returns how many there are.
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

impl Held {
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

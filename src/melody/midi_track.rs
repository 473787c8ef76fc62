//! The events of one track of a MIDI file, turned into notes.

use midly::{EventIter, MetaMessage, MidiMessage, TrackEventKind};

use super::midi_read::{MidiSong, SongNote, SongTrack};

/// Longest track name kept, in bytes.
const LONGEST_NAME: usize = 1024;

/// A key that is down.
#[derive(Clone, Copy)]
struct Held {
    velocity: u8,
    start: u64,
    /// Whether it was struck while it sounded: a note-off on the same tick then belongs to the note before.
    again: bool,
}

/// Reads one track, adding its metres and tempos to `song`; `None` when it has more than `most_notes`.
pub(super) fn read_track(
    data: &[u8],
    first_tick: u64,
    most_notes: usize,
    song: &mut MidiSong,
) -> Option<SongTrack> {
    let mut track = SongTrack::default();
    let mut held: [Option<Held>; 16 * 128] = [None; 16 * 128];
    let mut tick = first_tick;
    let mut ended = false;
    let mut events = EventIter::new(data);
    loop {
        let unread = events.unread();
        let Some(Ok(event)) = events.next() else {
            // One malformed meta event (a wrong SMPTE offset, say) is no reason to lose the notes behind it.
            let Some((delta, rest)) = behind_meta_event(unread) else {
                break;
            };
            tick += u64::from(delta);
            events = EventIter::new(rest);
            continue;
        };
        tick += u64::from(event.delta.as_int());
        match event.kind {
            TrackEventKind::Midi { channel, message } => {
                let (key, velocity) = match message {
                    MidiMessage::NoteOn { key, vel } => (key.as_int(), vel.as_int()),
                    MidiMessage::NoteOff { key, .. } => (key.as_int(), 0),
                    _ => continue,
                };
                let channel = channel.as_int();
                let slot = &mut held[usize::from(channel) << 7 | usize::from(key)];
                let before = *slot;
                *slot = match before {
                    Some(mut now) if velocity == 0 && now.again && now.start == tick => {
                        now.again = false;
                        *slot = Some(now);
                        continue;
                    }
                    _ if velocity == 0 => None,
                    _ => Some(Held {
                        velocity,
                        start: tick,
                        again: before.is_some(),
                    }),
                };
                if let Some(Held {
                    velocity, start, ..
                }) = before
                {
                    track.notes.push(SongNote {
                        pitch: key,
                        velocity,
                        channel,
                        start,
                        end: tick,
                    });
                    if track.notes.len() > most_notes {
                        return None;
                    }
                }
            }
            TrackEventKind::Meta(MetaMessage::EndOfTrack) => {
                ended = true;
                break;
            }
            TrackEventKind::Meta(MetaMessage::TrackName(name)) if track.name.is_empty() => {
                track.name = text(name)
            }
            TrackEventKind::Meta(MetaMessage::Tempo(micros)) if micros.as_int() > 0 => {
                song.tempos
                    .push((tick, 60_000_000.0 / f64::from(micros.as_int())));
            }
            TrackEventKind::Meta(MetaMessage::TimeSignature(numerator, power, ..))
                if numerator > 0 && power < 8 =>
            {
                song.time_signatures.push((tick, numerator, 1 << power));
            }
            _ => {}
        }
    }
    for (index, held) in held.iter().enumerate() {
        if let Some(Held {
            velocity, start, ..
        }) = *held
        {
            let (pitch, channel) = ((index & 127) as u8, (index >> 7) as u8);
            track.notes.push(SongNote {
                pitch,
                velocity,
                channel,
                start,
                end: tick,
            });
        }
    }
    if track.notes.len() > most_notes {
        return None;
    }
    track
        .notes
        .sort_by_key(|note| (note.start, note.pitch, note.channel, note.end));
    song.length_ticks = song.length_ticks.max(tick);
    song.complete &= ended;
    Some(track)
}

/// Skips the meta event at the start of `bytes`; gives its delta time and what follows. `None` if it is none.
fn behind_meta_event(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (delta, rest) = variable_length(bytes)?;
    let [0xff, _, rest @ ..] = rest else {
        return None;
    };
    let (length, rest) = variable_length(rest)?;
    Some((delta, rest.get(length as usize..)?))
}

/// A variable-length number of the MIDI file format: seven bits per byte, at most four bytes.
fn variable_length(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(4).enumerate() {
        value = value << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[index + 1..]));
        }
    }
    None
}

/// Text of a file: UTF-8 where it is that, else the Latin-1 of older programs.
fn text(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(LONGEST_NAME)];
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // Cut in the middle of a letter by the length limit.
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned()
        }
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    text.trim_matches(|letter: char| letter == '\0' || letter.is_whitespace())
        .to_owned()
}

//! Decodes a single event of a track chunk.

/// Maximum number of bytes searched for the end of a sysex message that has no length.
const MAX_RAW_SYSEX_BYTES: usize = 4096;
/// Maximum number of bytes of a variable-length number; it may have leading zeros.
const MAX_NUMBER_BYTES: usize = 64;

/// An event, as far as the importer needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// Note-on with a velocity of 1 to 127.
    NoteOn { channel: u8, key: u8, velocity: u8 },
    /// Note-off, or note-on of velocity 0.
    NoteOff { channel: u8, key: u8 },
    /// Program change.
    Program { channel: u8, program: u8 },
    /// Controllers 120 and 123: every note of the channel ends.
    AllNotesOff { channel: u8 },
    /// Meta event with its type and content.
    Meta { kind: u8, data: &'a [u8] },
    /// Anything else that was decoded.
    Other,
}

/// Deviations from the specification that are accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tolerance {
    /// No deviation.
    Strict,
    /// Values above 127.
    LargeValues,
    /// All that players accept. Decoding may be slow, so this is not for looking ahead.
    Lenient,
}

/// A decoded event.
#[derive(Clone, Copy)]
pub(super) struct Decoded<'a> {
    pub delta: u64,
    pub event: Event<'a>,
    /// Position of the next event.
    pub next: usize,
    /// Running status after it.
    pub running_status: Option<u8>,
    /// Whether it deviates from the specification.
    pub is_unusual: bool,
}

/// Reads the bytes of one event.
struct EventReader<'a> {
    bytes: &'a [u8],
    next: usize,
    is_unusual: bool,
    skip_real_time: bool,
}

/// Decodes the event at `position`. With `skip_real_time`, bytes 0xF8 to 0xFE inside a message are real-time messages, not values.
pub(super) fn decode_event(
    bytes: &[u8],
    position: usize,
    running_status: Option<u8>,
    tolerance: Tolerance,
    skip_real_time: bool,
) -> Option<Decoded<'_>> {
    let (delta, next) = variable_length(bytes, position)?;
    let mut reader = EventReader {
        bytes,
        next,
        // A number of more than four bytes is no delta time of the format.
        is_unusual: next - position > 4,
        skip_real_time,
    };
    let byte = *bytes.get(next)?;
    let status = if byte < 0x80 {
        running_status?
    } else {
        reader.next += 1;
        byte
    };
    let event = match status {
        ..0xf0 => reader.channel_message(status)?,
        _ => reader.system_message(status, tolerance)?,
    };
    let EventReader {
        next, is_unusual, ..
    } = reader;
    (!is_unusual || tolerance != Tolerance::Strict).then_some(Decoded {
        delta,
        event,
        next,
        running_status: if status < 0xf0 {
            Some(status)
        } else {
            running_status
        },
        is_unusual,
    })
}

impl<'a> EventReader<'a> {
    fn value(&mut self) -> Option<u8> {
        while self.skip_real_time && matches!(self.bytes.get(self.next), Some(0xf8..=0xfe)) {
            self.next += 1;
        }
        let value = *self.bytes.get(self.next)?;
        self.next += 1;
        self.is_unusual |= value > 0x7f;
        Some(value)
    }

    fn channel_message(&mut self, status: u8) -> Option<Event<'a>> {
        let channel = status & 0x0f;
        Some(match status & 0xf0 {
            0xb0 => {
                let controller = self.value()?;
                self.value()?;
                match controller {
                    120 | 123 => Event::AllNotesOff { channel },
                    _ => Event::Other,
                }
            }
            0xc0 => Event::Program {
                channel,
                program: self.value()?.min(0x7f),
            },
            0xd0 => {
                self.value()?;
                Event::Other
            }
            0xa0 | 0xe0 => {
                self.value()?;
                self.value()?;
                Event::Other
            }
            _ => {
                let (key, velocity) = (self.value()?, self.value()?.min(0x7f));
                match (key, velocity) {
                    // There is no such key: the message is damaged.
                    (0x80.., _) => Event::Other,
                    (_, 1..) if status >= 0x90 => Event::NoteOn {
                        channel,
                        key,
                        velocity,
                    },
                    _ => Event::NoteOff { channel, key },
                }
            }
        })
    }

    fn system_message(&mut self, status: u8, tolerance: Tolerance) -> Option<Event<'a>> {
        match status {
            0xf0 | 0xf7 => {
                let (end, is_raw) = sysex_end(self.bytes, self.next, tolerance)?;
                self.is_unusual |= is_raw;
                self.next = end;
            }
            0xff => {
                let kind = *self.bytes.get(self.next)?;
                let (length, start) = variable_length(self.bytes, self.next + 1)?;
                self.next = start.checked_add(usize::try_from(length).ok()?)?;
                self.is_unusual |= kind > 0x7f;
                let data = self.bytes.get(start..self.next)?;
                return Some(Event::Meta { kind, data });
            }
            0xf2 => {
                self.value()?;
                self.value()?;
            }
            0xf1 | 0xf3 => {
                self.value()?;
            }
            _ => self.is_unusual |= matches!(status, 0xf4 | 0xf5 | 0xf9 | 0xfd),
        }
        Some(Event::Other)
    }
}

/// End of a sysex message whose length is at `position`, and whether it has no length and ends with 0xF7 instead.
fn sysex_end(bytes: &[u8], position: usize, tolerance: Tolerance) -> Option<(usize, bool)> {
    let declared_end = variable_length(bytes, position).and_then(|(length, start)| {
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        (end <= bytes.len()).then_some(end)
    });
    match declared_end {
        Some(end) => Some((end, false)),
        None if tolerance != Tolerance::Lenient => None,
        None => {
            let mut rest = bytes.get(position..)?.iter().take(MAX_RAW_SYSEX_BYTES);
            Some((position + rest.position(|byte| *byte == 0xf7)? + 1, true))
        }
    }
}

/// A variable-length number (seven bits per byte, the last below 128) and its end. Saturates; `None` if it is longer than
/// [`MAX_NUMBER_BYTES`] bytes.
pub(super) fn variable_length(bytes: &[u8], position: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (index, &byte) in bytes
        .get(position..)?
        .iter()
        .take(MAX_NUMBER_BYTES)
        .enumerate()
    {
        value = value.saturating_mul(128) | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, position + index + 1));
        }
    }
    None
}

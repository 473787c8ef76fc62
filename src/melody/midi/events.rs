//! Decodes the events of one track chunk, and goes on behind what it cannot decode.
//!
//! Players accept more than the specification of the Standard MIDI File (RP-001) allows, so this reader does:
//! running status goes on after meta events, sysex and system messages; values above 127 count as 127; real-time bytes
//! inside a message are skipped; a variable-length number may have any number of bytes. Bytes that mean nothing are
//! skipped up to the next place from which several events in a row can be decoded.

/// Longest delta time of the format, in ticks: 28 bits.
const LONGEST_DELTA: u64 = (1 << 28) - 1;
/// Events in a row that must decode before bytes count as events again.
const CONVINCING_RUN: usize = 4;
/// Events looked ahead to choose between two readings of a byte.
const LOOK_AHEAD: usize = 16;
/// Events that the less likely reading of a byte must be ahead by.
const MARGIN: usize = 2;
/// Bytes of a sysex message without a length that are searched for its end.
const LONGEST_RAW_SYSEX: usize = 4096;
/// Bytes of a sysex message with a doubtful length that are searched for its end.
const SYSEX_SEARCH: usize = 512;
/// Bytes of a variable-length number that are read; it may have leading zeros, but not without end.
const LONGEST_NUMBER: usize = 64;
/// Id of a track chunk, where the chunk before it claims a wrong length.
const TRACK_ID: &[u8; 4] = b"MTrk";

/// What the importer needs to know of an event.
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
    /// Meta event: its type and content.
    Meta { kind: u8, data: &'a [u8] },
    /// Anything else that was decoded.
    Other,
}

/// How much an event may differ from the specification.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tolerance {
    /// In nothing.
    None,
    /// Values may be above 127.
    Values,
    /// Whatever players accept. Decoding may take long, so this is for events that are read, not for looking ahead.
    Most,
}

/// One decoded event.
#[derive(Clone, Copy)]
struct Decoded<'a> {
    delta: u64,
    event: Event<'a>,
    /// Where the next event starts.
    next: usize,
    running: Option<u8>,
    /// Whether a strict reader would refuse it.
    is_unusual: bool,
}

/// The events of a track chunk.
pub(super) struct Events<'a> {
    bytes: &'a [u8],
    position: usize,
    running: Option<u8>,
    /// Places at which bytes were skipped.
    pub skipped_events: usize,
    /// Bytes skipped.
    pub skipped_bytes: usize,
    /// Bytes at the end behind which no event follows that can be decoded.
    pub broken_tail: usize,
    /// Delta times above the format's limit.
    pub impossible_deltas: usize,
}

impl<'a> Events<'a> {
    /// The events in `bytes`, which start behind the header of a chunk.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            running: None,
            skipped_events: 0,
            skipped_bytes: 0,
            broken_tail: 0,
            impossible_deltas: 0,
        }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether more events follow an end mark: the next one has a status byte of its own, and all decode.
    pub fn go_on(&self) -> bool {
        let rest = self.bytes.len() - self.position;
        let own_status = variable_length(self.bytes, self.position)
            .and_then(|(_, at)| self.bytes.get(at))
            .is_some_and(|byte| *byte >= 0x80);
        own_status && clean_run(self.bytes, self.position, None, rest) == rest
    }

    /// Skips bytes up to the next place from which several events decode; the end if there is none.
    fn resynchronise(&mut self) {
        let from = self.position;
        self.position = (from + 1..self.bytes.len())
            .find(|&at| {
                is_track_header(self.bytes, at)
                    || clean_run(self.bytes, at, self.running, CONVINCING_RUN) >= CONVINCING_RUN
            })
            .unwrap_or(self.bytes.len());
        if self.position == self.bytes.len() {
            self.broken_tail = self.position - from;
        } else {
            self.skipped_events += 1;
            self.skipped_bytes += self.position - from;
        }
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = (u64, Event<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.position >= self.bytes.len() || is_track_header(self.bytes, self.position) {
                return None;
            }
            let Some(decoded) = decode(self.bytes, self.position, self.running) else {
                self.resynchronise();
                continue;
            };
            self.position = decoded.next;
            self.running = decoded.running;
            let delta = if decoded.delta > LONGEST_DELTA {
                self.impossible_deltas += 1;
                0
            } else {
                decoded.delta
            };
            return Some((delta, decoded.event));
        }
    }
}

/// Whether another track chunk starts here: its id, and a length below 16 MiB.
fn is_track_header(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 5), Some([id @ .., 0]) if id == TRACK_ID)
}

/// Decodes the event at `at`. A byte from 0xF8 to 0xFE inside a message is a value above 127, or a real-time message if
/// clearly more events decode behind it then.
fn decode(bytes: &[u8], at: usize, running: Option<u8>) -> Option<Decoded<'_>> {
    let as_value = decode_as(bytes, at, running, Tolerance::Most, false);
    if let Some(unmeasured) = as_value.and_then(|counted| unmeasured_sysex(bytes, at, &counted)) {
        return Some(unmeasured);
    }
    let Some(value) = as_value.filter(|decoded| decoded.is_unusual) else {
        return as_value;
    };
    match decode_as(bytes, at, running, Tolerance::Most, true) {
        Some(skipped)
            if skipped.next != value.next
                && clean_events(bytes, &skipped) >= clean_events(bytes, &value) + MARGIN =>
        {
            Some(skipped)
        }
        _ => Some(value),
    }
}

/// The sysex message at `at` up to its end mark, if the length that it was decoded by is wrong: by one, or so that
/// clearly fewer events decode behind it.
fn unmeasured_sysex<'a>(bytes: &[u8], at: usize, counted: &Decoded<'a>) -> Option<Decoded<'a>> {
    let (_, status) = variable_length(bytes, at)?;
    let ends_with_mark = bytes.get(counted.next.checked_sub(1)?) == Some(&0xf7);
    if bytes.get(status) != Some(&0xf0) || ends_with_mark {
        return None;
    }
    let rest = bytes.get(status + 1..)?.iter().take(SYSEX_SEARCH);
    let next = status + 2 + rest.copied().position(|byte| byte == 0xf7)?;
    let unmeasured = Decoded { next, ..*counted };
    let is_near = next.abs_diff(counted.next) == 1;
    let is_better = clean_events(bytes, &unmeasured) >= clean_events(bytes, counted) + MARGIN;
    (is_near || is_better).then_some(unmeasured)
}

/// How many of the next events decode without anything unusual.
fn clean_events(bytes: &[u8], behind: &Decoded<'_>) -> usize {
    let (mut at, mut running) = (behind.next, behind.running);
    let mut clean = 0;
    for count in 0..LOOK_AHEAD {
        if at >= bytes.len() || is_track_header(bytes, at) {
            return clean + LOOK_AHEAD - count;
        }
        let Some(decoded) = decode_as(bytes, at, running, Tolerance::Values, false) else {
            break;
        };
        clean += usize::from(!decoded.is_unusual);
        (at, running) = (decoded.next, decoded.running);
    }
    clean
}

/// Decodes the event at `at`; with `skip_real_time`, bytes 0xF8 to 0xFE inside a message are no values.
fn decode_as(
    bytes: &[u8],
    at: usize,
    running: Option<u8>,
    tolerance: Tolerance,
    skip_real_time: bool,
) -> Option<Decoded<'_>> {
    let (delta, mut next) = variable_length(bytes, at)?;
    // A number of more than four bytes is no delta time of the format.
    let mut is_unusual = next - at > 4;
    let byte = *bytes.get(next)?;
    let status = if byte < 0x80 {
        running?
    } else {
        next += 1;
        byte
    };
    let mut value = || {
        while skip_real_time && matches!(bytes.get(next), Some(0xf8..=0xfe)) {
            next += 1;
        }
        let value = *bytes.get(next)?;
        next += 1;
        is_unusual |= value > 0x7f;
        Some(value)
    };
    let channel = status & 0x0f;
    let event = match status {
        0x80..=0x9f => {
            let (key, velocity) = (value()?, value()?.min(0x7f));
            match (key, velocity) {
                // There is no such key: the message is spoilt.
                (0x80.., _) => Event::Other,
                (_, 1..) if status >= 0x90 => Event::NoteOn {
                    channel,
                    key,
                    velocity,
                },
                _ => Event::NoteOff { channel, key },
            }
        }
        0xb0..=0xbf => {
            let controller = value()?;
            value()?;
            match controller {
                120 | 123 => Event::AllNotesOff { channel },
                _ => Event::Other,
            }
        }
        0xc0..=0xcf => Event::Program {
            channel,
            program: value()?.min(0x7f),
        },
        0xa0..=0xef => {
            value()?;
            if !(0xd0..=0xdf).contains(&status) {
                value()?;
            }
            Event::Other
        }
        0xf0 | 0xf7 => {
            let (end, is_raw) = sysex_end(bytes, next, tolerance)?;
            is_unusual |= is_raw;
            next = end;
            Event::Other
        }
        0xff => {
            let kind = *bytes.get(next)?;
            let (length, start) = variable_length(bytes, next + 1)?;
            next = start.checked_add(usize::try_from(length).ok()?)?;
            is_unusual |= kind > 0x7f;
            Event::Meta {
                kind,
                data: bytes.get(start..next)?,
            }
        }
        0xf2 => {
            value()?;
            value()?;
            Event::Other
        }
        0xf1 | 0xf3 => {
            value()?;
            Event::Other
        }
        _ => {
            is_unusual |= matches!(status, 0xf4 | 0xf5 | 0xf9 | 0xfd);
            Event::Other
        }
    };
    (!is_unusual || tolerance != Tolerance::None).then_some(Decoded {
        delta,
        event,
        next,
        running: if status < 0xf0 { Some(status) } else { running },
        is_unusual,
    })
}

/// Where a sysex message ends whose length starts at `at`; whether it has no length and ends with 0xF7 instead.
fn sysex_end(bytes: &[u8], at: usize, tolerance: Tolerance) -> Option<(usize, bool)> {
    let counted = variable_length(bytes, at).and_then(|(length, start)| {
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        (end <= bytes.len()).then_some(end)
    });
    match counted {
        Some(end) => Some((end, false)),
        None if tolerance != Tolerance::Most => None,
        None => {
            let rest = bytes.get(at..)?;
            let end = rest
                .iter()
                .take(LONGEST_RAW_SYSEX)
                .position(|byte| *byte == 0xf7)?;
            Some((at + end + 1, true))
        }
    }
}

/// Events that decode in a row from `at` on without anything unusual, at most `most`; `most` if they reach the end of
/// the bytes or of the track.
fn clean_run(bytes: &[u8], mut at: usize, mut running: Option<u8>, most: usize) -> usize {
    for count in 0..most {
        if at >= bytes.len() || is_track_header(bytes, at) {
            return most;
        }
        let Some(decoded) = decode_as(bytes, at, running, Tolerance::None, false) else {
            return count;
        };
        if matches!(decoded.event, Event::Meta { kind: 0x2f, .. }) {
            return most;
        }
        (at, running) = (decoded.next, decoded.running);
    }
    most
}

/// A variable-length number (seven bits in each byte, the last below 128) and where it ends. Numbers that do not fit
/// become the largest that does; `None` if there is no end within [`LONGEST_NUMBER`].
fn variable_length(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (index, &byte) in bytes.get(at..)?.iter().take(LONGEST_NUMBER).enumerate() {
        value = value.saturating_mul(128) | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, at + index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(bytes: &[u8]) -> (Vec<(u64, u8, u8)>, usize, usize) {
        let mut events = Events::new(bytes);
        let mut found = Vec::new();
        let mut tick = 0;
        for (delta, event) in events.by_ref() {
            tick += delta;
            match event {
                Event::NoteOn { key, velocity, .. } => found.push((tick, key, velocity)),
                Event::NoteOff { key, .. } => found.push((tick, key, 0)),
                _ => {}
            }
        }
        (found, events.skipped_events, events.skipped_bytes)
    }

    const END: &[u8] = b"\x00\xff\x2f\x00";

    #[test]
    fn running_status_goes_on_after_meta_sysex_and_real_time_events() {
        for between in [
            &b"\x00\xff\x05\x02la"[..],
            b"\x00\xf0\x03\x7e\x09\xf7",
            b"\x00\xf8",
            b"\x00\xfe",
            b"\x00\xf6",
            b"\x00\xf2\x01\x02",
        ] {
            let bytes = [b"\x00\x90\x3c\x50", between, b"\x60\x3c\x00", END].concat();
            assert_eq!(
                notes(&bytes),
                (vec![(0, 60, 80), (96, 60, 0)], 0, 0),
                "{between:x?}"
            );
        }
    }

    #[test]
    fn values_above_127_count_as_127() {
        for odd in [
            &b"\x00\xb0\x07\xff"[..],
            b"\x00\xb0\x07\x80",
            b"\x00\xe0\x00\xc0",
            b"\x00\xc0\xfe",
        ] {
            let bytes = [odd, b"\x00\x90\x3c\xc8\x60\x3c\x00", END].concat();
            assert_eq!(
                notes(&bytes),
                (vec![(0, 60, 127), (96, 60, 0)], 0, 0),
                "{odd:x?}"
            );
        }
    }

    #[test]
    fn a_real_time_byte_inside_a_message_is_no_value() {
        for clock in 0xf8..=0xfe {
            let bytes = [
                b"\x00\x90\x3c",
                &[clock][..],
                b"\x50\x60\x3c\x00\x00\x3e\x50\x60\x3e\x00",
                END,
            ]
            .concat();
            assert_eq!(
                notes(&bytes).0,
                [(0, 60, 80), (96, 60, 0), (96, 62, 80), (192, 62, 0)],
                "{clock:x}"
            );
        }
    }

    #[test]
    fn numbers_may_have_leading_zeros_and_are_limited_to_28_bits() {
        let mut padded = Events::new(b"\x80\x80\x80\x80\x80\x60\x90\x3c\x50");
        assert_eq!(padded.next().map(|(delta, _)| delta), Some(96));
        let mut huge = Events::new(b"\x8f\xff\xff\xff\x00\x90\x3c\x50");
        assert_eq!(huge.next().map(|(delta, _)| delta), Some(0));
        assert_eq!(huge.impossible_deltas, 1);
        let endless = vec![0xff; 10_000_000];
        assert_eq!(Events::new(&endless).count(), 0);
    }

    #[test]
    fn bytes_that_mean_nothing_are_skipped_and_counted() {
        // Three data bytes before any status.
        let bytes = [
            b"\x10\x20\x30\x00\x90\x3c\x50\x60\x3c\x00\x00\x3e\x50\x60\x3e\x00",
            END,
        ]
        .concat();
        assert_eq!(
            notes(&bytes),
            (
                vec![(0, 60, 80), (96, 60, 0), (96, 62, 80), (192, 62, 0)],
                1,
                3
            )
        );
    }

    #[test]
    fn a_sysex_message_with_a_wrong_length_ends_at_its_end_mark() {
        let tune = b"\x00\x90\x3c\x50\x60\x3c\x00\x00\x3e\x50\x60\x3e\x00";
        let wanted = [(0, 60, 80), (96, 60, 0), (96, 62, 80), (192, 62, 0)];
        for message in [
            // The length leaves the end mark out, counts a byte too many, or is missing: 0x41 is the maker's number.
            &b"\x00\xf0\x04\x7e\x7f\x09\x01\xf7"[..],
            b"\x00\xf0\x06\x7e\x7f\x09\x01\xf7",
            b"\x00\xf0\x0a\x10\x42\x12\x40\x00\x7f\x00\x41\xf7",
        ] {
            let bytes = [message, tune, tune, tune, END].concat();
            assert_eq!(notes(&bytes).0[..4], wanted, "{message:x?}");
        }
        // A message in two parts: the first has no end mark of its own.
        let parts = b"\x00\xf0\x03\x43\x12\x00\x10\xf7\x03\x01\x02\xf7";
        let bytes = [&parts[..], tune, END].concat();
        assert_eq!(notes(&bytes).0.len(), 4);
    }

    #[test]
    fn a_sysex_message_without_a_length_ends_at_its_end_mark() {
        let bytes = [
            b"\x00\xf0\x7e\x7f\x09\x01\xf7\x00\x90\x3c\x50\x60\x3c\x00",
            END,
        ]
        .concat();
        assert_eq!(notes(&bytes).0, [(0, 60, 80), (96, 60, 0)]);
    }
}

//! Iterates over the events of a track chunk and resynchronises after bytes that cannot be decoded.
//!
//! Players accept more than the specification of the Standard MIDI File (RP-001) allows, and so does this reader:
//! running status continues after meta events, sysex and system messages; values above 127 count as 127; real-time bytes
//! inside a message are skipped; a variable-length number may have leading zeros. Undecodable bytes are skipped up to the
//! next position from which several events in a row can be decoded.

use super::event::{Decoded, Event, Tolerance, decode_event, variable_length};

/// Largest delta time of the format, in ticks: 28 bits.
const MAX_DELTA: u64 = (1 << 28) - 1;
/// Events in a row that must decode to resynchronise.
const RESYNC_EVENTS: usize = 4;
/// Events decoded ahead to choose between two interpretations of a byte.
const LOOK_AHEAD_EVENTS: usize = 16;
/// Number of valid events by which the less likely interpretation must be ahead to be chosen.
const MIN_VALID_ADVANTAGE: usize = 2;
/// Maximum number of bytes searched for the end mark of a sysex message with a doubtful length.
const SYSEX_SEARCH_BYTES: usize = 512;
/// Id of a track chunk, to detect one inside a chunk with a wrong length.
const TRACK_ID: &[u8; 4] = b"MTrk";

/// The events of a track chunk.
pub(super) struct Events<'a> {
    bytes: &'a [u8],
    position: usize,
    running_status: Option<u8>,
    /// Number of places at which bytes were skipped.
    pub skipped_events: usize,
    /// Bytes skipped.
    pub skipped_bytes: usize,
    /// Undecodable bytes at the end.
    pub undecodable_tail_bytes: usize,
    /// Delta times above the format's limit.
    pub impossible_deltas: usize,
}

impl<'a> Events<'a> {
    /// The events in `bytes`, the content of a chunk.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            position: 0,
            running_status: None,
            skipped_events: 0,
            skipped_bytes: 0,
            undecodable_tail_bytes: 0,
            impossible_deltas: 0,
        }
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether more events follow an end mark: the next one has a status byte, and all decode.
    pub fn has_events_after_end(&self) -> bool {
        let rest = self.bytes.len() - self.position;
        let has_status_byte = variable_length(self.bytes, self.position)
            .and_then(|(_, position)| self.bytes.get(position))
            .is_some_and(|byte| *byte >= 0x80);
        has_status_byte && valid_run_length(self.bytes, self.position, None, rest) == rest
    }

    /// Skips bytes up to the next position from which several events decode, else to the end.
    fn resynchronise(&mut self) {
        let from = self.position;
        self.position = (from + 1..self.bytes.len())
            .find(|&position| {
                is_track_header(self.bytes, position)
                    || valid_run_length(self.bytes, position, self.running_status, RESYNC_EVENTS)
                        >= RESYNC_EVENTS
            })
            .unwrap_or(self.bytes.len());
        if self.position == self.bytes.len() {
            self.undecodable_tail_bytes = self.position - from;
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
            let Some(decoded) = decode(self.bytes, self.position, self.running_status) else {
                self.resynchronise();
                continue;
            };
            self.position = decoded.next;
            self.running_status = decoded.running_status;
            let delta = if decoded.delta > MAX_DELTA {
                self.impossible_deltas += 1;
                0
            } else {
                decoded.delta
            };
            return Some((delta, decoded.event));
        }
    }
}

/// Whether another track chunk starts at `position`: its id, and a length below 16 MiB.
fn is_track_header(bytes: &[u8], position: usize) -> bool {
    matches!(bytes.get(position..position + 5), Some([id @ .., 0]) if id == TRACK_ID)
}

/// Decodes the event at `position`. A byte from 0xF8 to 0xFE inside a message is a value above 127, or a real-time message if
/// clearly more events decode after it then.
fn decode(bytes: &[u8], position: usize, running_status: Option<u8>) -> Option<Decoded<'_>> {
    let as_value = decode_event(bytes, position, running_status, Tolerance::Lenient, false);
    if let Some(to_end_mark) =
        as_value.and_then(|by_length| sysex_to_end_mark(bytes, position, &by_length))
    {
        return Some(to_end_mark);
    }
    let Some(value) = as_value.filter(|decoded| decoded.is_unusual) else {
        return as_value;
    };
    match decode_event(bytes, position, running_status, Tolerance::Lenient, true) {
        Some(skipped)
            if skipped.next != value.next
                && count_valid_events(bytes, &skipped)
                    >= count_valid_events(bytes, &value) + MIN_VALID_ADVANTAGE =>
        {
            Some(skipped)
        }
        _ => Some(value),
    }
}

/// The sysex message at `position` up to its end mark, if its declared length is wrong: by one, or so that clearly fewer events
/// decode after it. `by_length` is the message as its length gives it.
fn sysex_to_end_mark<'a>(
    bytes: &[u8],
    position: usize,
    by_length: &Decoded<'a>,
) -> Option<Decoded<'a>> {
    let (_, status) = variable_length(bytes, position)?;
    let ends_with_mark = bytes.get(by_length.next.checked_sub(1)?) == Some(&0xf7);
    if bytes.get(status) != Some(&0xf0) || ends_with_mark {
        return None;
    }
    let rest = bytes.get(status + 1..)?.iter().take(SYSEX_SEARCH_BYTES);
    let next = status + 2 + rest.copied().position(|byte| byte == 0xf7)?;
    let to_end_mark = Decoded { next, ..*by_length };
    let is_off_by_one = next.abs_diff(by_length.next) == 1;
    let is_better = count_valid_events(bytes, &to_end_mark)
        >= count_valid_events(bytes, by_length) + MIN_VALID_ADVANTAGE;
    (is_off_by_one || is_better).then_some(to_end_mark)
}

/// Number of events after `last` that follow the specification, of the next [`LOOK_AHEAD_EVENTS`].
fn count_valid_events(bytes: &[u8], last: &Decoded<'_>) -> usize {
    let (mut position, mut running_status) = (last.next, last.running_status);
    let mut valid = 0;
    for count in 0..LOOK_AHEAD_EVENTS {
        if position >= bytes.len() || is_track_header(bytes, position) {
            return valid + LOOK_AHEAD_EVENTS - count;
        }
        let Some(decoded) = decode_event(
            bytes,
            position,
            running_status,
            Tolerance::LargeValues,
            false,
        ) else {
            break;
        };
        valid += usize::from(!decoded.is_unusual);
        (position, running_status) = (decoded.next, decoded.running_status);
    }
    valid
}

/// Number of events in a row from `position` on that follow the specification, at most `max`; `max` if they reach the end of
/// the bytes or of the track.
fn valid_run_length(
    bytes: &[u8],
    mut position: usize,
    mut running_status: Option<u8>,
    max: usize,
) -> usize {
    for count in 0..max {
        if position >= bytes.len() || is_track_header(bytes, position) {
            return max;
        }
        let Some(decoded) = decode_event(bytes, position, running_status, Tolerance::Strict, false)
        else {
            return count;
        };
        if matches!(decoded.event, Event::Meta { kind: 0x2f, .. }) {
            return max;
        }
        (position, running_status) = (decoded.next, decoded.running_status);
    }
    max
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tick, key and velocity of note-ons and note-offs (velocity 0), and the numbers of skipped events and bytes.
    fn notes(bytes: &[u8]) -> (Vec<(u64, u8, u8)>, usize, usize) {
        let mut events = Events::new(bytes);
        let mut notes = Vec::new();
        let mut tick = 0;
        for (delta, event) in events.by_ref() {
            tick += delta;
            match event {
                Event::NoteOn { key, velocity, .. } => notes.push((tick, key, velocity)),
                Event::NoteOff { key, .. } => notes.push((tick, key, 0)),
                _ => {}
            }
        }
        (notes, events.skipped_events, events.skipped_bytes)
    }

    const END_OF_TRACK: &[u8] = b"\x00\xff\x2f\x00";

    #[test]
    fn running_status_continues_after_meta_sysex_and_real_time_events() {
        for inserted in [
            &b"\x00\xff\x05\x02la"[..],
            b"\x00\xf0\x03\x7e\x09\xf7",
            b"\x00\xf8",
            b"\x00\xfe",
            b"\x00\xf6",
            b"\x00\xf2\x01\x02",
        ] {
            let bytes = [b"\x00\x90\x3c\x50", inserted, b"\x60\x3c\x00", END_OF_TRACK].concat();
            assert_eq!(
                notes(&bytes),
                (vec![(0, 60, 80), (96, 60, 0)], 0, 0),
                "{inserted:x?}"
            );
        }
    }

    #[test]
    fn values_above_127_count_as_127() {
        for unusual in [
            &b"\x00\xb0\x07\xff"[..],
            b"\x00\xb0\x07\x80",
            b"\x00\xe0\x00\xc0",
            b"\x00\xc0\xfe",
        ] {
            let bytes = [unusual, b"\x00\x90\x3c\xc8\x60\x3c\x00", END_OF_TRACK].concat();
            assert_eq!(
                notes(&bytes),
                (vec![(0, 60, 127), (96, 60, 0)], 0, 0),
                "{unusual:x?}"
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
                END_OF_TRACK,
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
    fn undecodable_bytes_are_skipped_and_counted() {
        // Three data bytes before any status.
        let bytes = [
            b"\x10\x20\x30\x00\x90\x3c\x50\x60\x3c\x00\x00\x3e\x50\x60\x3e\x00",
            END_OF_TRACK,
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
        let expected = [(0, 60, 80), (96, 60, 0), (96, 62, 80), (192, 62, 0)];
        for message in [
            // The length leaves the end mark out, counts a byte too many, or is missing: 0x41 is the maker's number.
            &b"\x00\xf0\x04\x7e\x7f\x09\x01\xf7"[..],
            b"\x00\xf0\x06\x7e\x7f\x09\x01\xf7",
            b"\x00\xf0\x0a\x10\x42\x12\x40\x00\x7f\x00\x41\xf7",
        ] {
            let bytes = [message, tune, tune, tune, END_OF_TRACK].concat();
            assert_eq!(notes(&bytes).0[..4], expected, "{message:x?}");
        }
        // A message in two parts: the first has no end mark of its own.
        let parts = b"\x00\xf0\x03\x43\x12\x00\x10\xf7\x03\x01\x02\xf7";
        let bytes = [&parts[..], tune, END_OF_TRACK].concat();
        assert_eq!(notes(&bytes).0.len(), 4);
    }

    #[test]
    fn a_sysex_message_without_a_length_ends_at_its_end_mark() {
        let bytes = [
            b"\x00\xf0\x7e\x7f\x09\x01\xf7\x00\x90\x3c\x50\x60\x3c\x00",
            END_OF_TRACK,
        ]
        .concat();
        assert_eq!(notes(&bytes).0, [(0, 60, 80), (96, 60, 0)]);
    }
}

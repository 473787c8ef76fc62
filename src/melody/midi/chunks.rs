//! Finds the header and the track chunks of a MIDI file, also where the lengths of chunks are wrong.

/// Frames per second of SMPTE time.
const FRAME_RATES: [u8; 4] = [24, 25, 29, 30];
/// Id of a track chunk.
const TRACK_ID: &[u8] = b"MTrk";
/// Bytes of a chunk's id and length.
const CHUNK_HEADER_BYTES: usize = 8;

/// The header chunk.
pub(super) struct MidiHeader {
    pub format: u8,
    /// Number of tracks that the header declares.
    pub declared_tracks: usize,
    /// High and low byte of the division.
    pub division: [u8; 2],
    /// Position after the header, where the next chunk may start.
    pub next_chunk: usize,
}

impl MidiHeader {
    /// Reads the header whose id is at `start`; `None` if it is cut short.
    pub fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let content_start = start + CHUNK_HEADER_BYTES;
        let &[_, format, high, low, division @ ..] =
            bytes.get(content_start..)?.first_chunk::<6>()?;
        Some(Self {
            format,
            declared_tracks: usize::from(u16::from_be_bytes([high, low])),
            division,
            next_chunk: content_start + 6,
        })
    }

    /// Ticks in a quarter note, and ticks per unit of the file's delta times. `None` for a quarter note of length 0.
    ///
    /// A division with its highest bit set gives frames per second and units per frame; at 120 beats per minute a quarter
    /// note lasts half a second, which is a whole number of ticks when each unit is two of them.
    pub fn tick_resolution(&self) -> Option<(u32, u64)> {
        let [high, low] = self.division;
        if high & 0x80 == 0 {
            let ticks = u32::from(u16::from_be_bytes(self.division));
            return (ticks > 0).then_some((ticks, 1));
        }
        let rate = high.wrapping_neg();
        // 29 is the drop-frame rate, which skips frame numbers: there are nearly 30 frames per second.
        let frames = if rate == 29 { 30 } else { u32::from(rate) };
        (FRAME_RATES.contains(&rate) && low > 0).then_some((frames * u32::from(low), 2))
    }
}

/// Position of the header: at the start, or after that of an RMID or MacBinary container.
pub(super) fn header_position(bytes: &[u8]) -> Option<usize> {
    let is_wrapped = bytes.starts_with(b"RIFF") || bytes.first() == Some(&0);
    let searched = if is_wrapped { bytes } else { bytes.get(..4)? };
    searched.windows(4).position(|id| id == b"MThd")
}

/// Position of the content of a track chunk.
pub(super) struct TrackChunk {
    pub start: usize,
    pub end: usize,
    /// Whether the file ends before the declared end of the chunk.
    pub is_cut: bool,
    /// Whether `end` is the declared end.
    pub has_valid_length: bool,
}

/// The next track chunk from `position` on. Other chunks are skipped by their length where that leads to a chunk.
pub(super) fn next_track(bytes: &[u8], mut position: usize) -> Option<TrackChunk> {
    while !bytes.get(position..)?.starts_with(TRACK_ID) {
        position = match chunk_end(bytes, position) {
            Some(end) if end < bytes.len() && is_chunk(bytes, end) => end,
            _ => find_track(bytes, position + 1)?,
        };
    }
    let start = position + CHUNK_HEADER_BYTES;
    if start > bytes.len() {
        // The file is cut off right after the id.
        return Some(TrackChunk {
            start: bytes.len(),
            end: bytes.len(),
            is_cut: true,
            has_valid_length: false,
        });
    }
    let declared = chunk_end(bytes, position);
    let has_valid_length = declared
        .is_some_and(|end| end == bytes.len() || (end < bytes.len() && is_chunk(bytes, end)));
    let end = match declared {
        Some(end) if has_valid_length => end,
        _ => find_track(bytes, start).unwrap_or(bytes.len()),
    };
    Some(TrackChunk {
        start,
        end,
        is_cut: declared.is_none_or(|declared| declared > bytes.len()) && end == bytes.len(),
        has_valid_length,
    })
}

/// Where to search for the next chunk once the events of one are read up to `events_end`.
pub(super) fn position_after_track(bytes: &[u8], chunk: &TrackChunk, events_end: usize) -> usize {
    // The declared length of a chunk may include the tracks after it.
    match find_track(bytes, events_end) {
        Some(next) if next < chunk.end || !chunk.has_valid_length => next,
        _ => chunk.end,
    }
}

/// Declared end of the chunk at `position`, perhaps beyond the end of the file.
fn chunk_end(bytes: &[u8], position: usize) -> Option<usize> {
    let length = bytes.get(position + 4..)?.first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    position
        .checked_add(CHUNK_HEADER_BYTES)?
        .checked_add(length)
}

/// Whether a chunk may start at `position`: four letters or digits.
fn is_chunk(bytes: &[u8], position: usize) -> bool {
    bytes
        .get(position..)
        .and_then(|following| following.first_chunk::<4>())
        .is_some_and(|id| id.iter().all(u8::is_ascii_alphanumeric))
}

/// Position of the next track id at or after `from`.
fn find_track(bytes: &[u8], from: usize) -> Option<usize> {
    let following = bytes.get(from..)?;
    let offset = following.windows(4).position(|id| id == TRACK_ID)?;
    Some(from + offset)
}

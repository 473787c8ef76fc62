//! Finds the header and the track chunks of a MIDI file, also where the lengths of chunks are wrong.

/// Frames per second of SMPTE time.
const FRAME_RATES: [u8; 4] = [24, 25, 29, 30];
/// Id of a track chunk.
const TRACK_ID: &[u8] = b"MTrk";
/// Bytes of a chunk's id and length.
const CHUNK_HEADER: usize = 8;

/// The header chunk.
pub(super) struct MidiHeader {
    pub format: u8,
    /// Number of tracks that the header announces.
    pub tracks: usize,
    /// High and low byte of the division.
    pub division: [u8; 2],
    /// Where the next chunk may start.
    pub end: usize,
}

impl MidiHeader {
    /// Reads the header whose id is at `start`; `None` if it is cut short.
    pub fn read(bytes: &[u8], start: usize) -> Option<Self> {
        let content = start + CHUNK_HEADER;
        let &[_, format, high, low, division @ ..] = bytes.get(content..)?.first_chunk::<6>()?;
        Some(Self {
            format,
            tracks: usize::from(u16::from_be_bytes([high, low])),
            division,
            end: content + 6,
        })
    }

    /// Ticks in a quarter note, and ticks per unit of the file's delta times. `None` for a quarter note of length 0.
    ///
    /// A division with its highest bit set gives frames per second and units per frame; at 120 beats per minute a quarter
    /// note lasts half a second, which is a whole number of ticks when each unit is two of them.
    pub fn ticks(&self) -> Option<(u32, u64)> {
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
    let wrapped = bytes.starts_with(b"RIFF") || bytes.first() == Some(&0);
    let search = if wrapped { bytes } else { bytes.get(..4)? };
    search.windows(4).position(|word| word == b"MThd")
}

/// Position of the content of a track chunk.
pub(super) struct TrackChunk {
    pub start: usize,
    pub end: usize,
    /// Whether the file ends before the declared end of the chunk.
    pub is_cut: bool,
    /// Whether `end` is the declared end.
    pub is_length_right: bool,
}

/// The next track chunk from `position` on. Other chunks are skipped by their length where that leads to a chunk.
pub(super) fn next_track(bytes: &[u8], mut position: usize) -> Option<TrackChunk> {
    while !bytes.get(position..)?.starts_with(TRACK_ID) {
        position = match chunk_end(bytes, position) {
            Some(end) if end < bytes.len() && is_chunk(bytes, end) => end,
            _ => find_track(bytes, position + 1)?,
        };
    }
    let start = position + CHUNK_HEADER;
    if start > bytes.len() {
        // The file is cut off right after the id.
        return Some(TrackChunk {
            start: bytes.len(),
            end: bytes.len(),
            is_cut: true,
            is_length_right: false,
        });
    }
    let declared = chunk_end(bytes, position);
    let is_length_right = declared
        .is_some_and(|end| end == bytes.len() || (end < bytes.len() && is_chunk(bytes, end)));
    let end = match declared {
        Some(end) if is_length_right => end,
        _ => find_track(bytes, start).unwrap_or(bytes.len()),
    };
    Some(TrackChunk {
        start,
        end,
        is_cut: declared.is_none_or(|declared| declared > bytes.len()) && end == bytes.len(),
        is_length_right,
    })
}

/// Where to search for the next chunk once the events of one are read up to `read_to`.
pub(super) fn position_after_track(bytes: &[u8], chunk: &TrackChunk, read_to: usize) -> usize {
    // The declared length of a chunk may include the tracks after it.
    match find_track(bytes, read_to) {
        Some(next) if next < chunk.end || !chunk.is_length_right => next,
        _ => chunk.end,
    }
}

/// Declared end of the chunk at `position`, perhaps beyond the end of the file.
fn chunk_end(bytes: &[u8], position: usize) -> Option<usize> {
    let length = bytes.get(position + 4..)?.first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    position.checked_add(CHUNK_HEADER)?.checked_add(length)
}

/// Whether a chunk may start at `position`: four letters or digits.
fn is_chunk(bytes: &[u8], position: usize) -> bool {
    bytes
        .get(position..)
        .and_then(|rest| rest.first_chunk::<4>())
        .is_some_and(|id| id.iter().all(u8::is_ascii_alphanumeric))
}

fn find_track(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let offset = rest.windows(4).position(|word| word == TRACK_ID)?;
    Some(from + offset)
}

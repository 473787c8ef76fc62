//! The parts of a song: what each channel of each track plays, and which part most likely carries the tune.

use std::collections::BTreeMap;

use super::midi_read::{MidiSong, SongNote};
use super::voice::melodiousness;

/// Channel 10 in musicians' counting: its keys are drums, not pitches.
const DRUM_CHANNEL: u8 = 9;
/// Words in a track name that say that it carries the tune.
const TUNE_WORDS: [&str; 7] = [
    "melod", "vocal", "voice", "lead", "sing", "gesang", "soprano",
];

/// One channel of one track.
#[derive(Clone, Debug, PartialEq)]
pub struct SongPart {
    /// Track, counted from 0 in the order of the file.
    pub track: usize,
    /// Channel, 0 to 15.
    pub channel: u8,
    /// Name of its track; empty if the file gives none.
    pub name: String,
    /// Its notes by start, then pitch; never none.
    pub notes: Vec<SongNote>,
    /// How much it is a tune; see [`most_melodic`].
    score: f64,
}

impl SongPart {
    /// Whether it is drums: General MIDI's channel 10.
    #[must_use]
    pub fn is_drums(&self) -> bool {
        self.channel == DRUM_CHANNEL
    }

    /// Name of the track, or "Track 3" for the third one without a name.
    #[must_use]
    pub fn title(&self) -> String {
        match self.name.trim() {
            "" => format!("Track {}", self.track + 1),
            name => name.to_owned(),
        }
    }
}

/// The parts of `song` that have notes, in the order of its tracks and then of their channels.
#[must_use]
pub fn song_parts(song: &MidiSong) -> Vec<SongPart> {
    let mut found = Vec::new();
    for (track, content) in song.tracks.iter().enumerate() {
        let mut channels: BTreeMap<u8, Vec<SongNote>> = BTreeMap::new();
        for note in &content.notes {
            channels.entry(note.channel).or_default().push(*note);
        }
        let name = content.name.to_lowercase();
        let named = TUNE_WORDS.iter().any(|word| name.contains(word));
        found.extend(channels.into_iter().map(|(channel, notes)| {
            let tune = melodiousness(&notes, song.ticks_per_quarter);
            SongPart {
                track,
                channel,
                name: content.name.clone(),
                score: if named { 2.0 * tune } else { tune },
                notes,
            }
        }));
    }
    found
}

/// Index of the part that most likely carries the tune; none if there are only drums, or nothing.
///
/// A part scores its number of notes that sound alone, times their share, less for a bass, more where the track's name
/// promises a tune; drums never count. Of equals the first wins.
#[must_use]
pub fn most_melodic(parts: &[SongPart]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, part) in parts.iter().enumerate() {
        if !part.is_drums() && part.score > best.map_or(0.0, |(_, score)| score) {
            best = Some((index, part.score));
        }
    }
    best.map(|(index, _)| index)
}

//! Divides a song into parts by track and instrument, and finds the part that is most likely the melody.

use std::collections::BTreeMap;

use crate::melody::midi::{MidiSong, SongNote, SongTrack};

/// The drum channel of General MIDI, channel 10 counted from 1.
const DRUM_CHANNEL: u8 = 9;
/// Words in the names of melody tracks.
const MELODY_WORDS: [&str; 7] = [
    "melod", "vocal", "voice", "lead", "sing", "gesang", "soprano",
];
/// Lowest median pitch (C3) of a part that is not a bass.
const MIN_MELODY_MEDIAN_PITCH: u8 = 48;
/// Minimum fraction of notes that sound alone, for alternating channels to be one instrument.
const MIN_ALONE_FRACTION: f64 = 0.8;
/// Fewest channels of an instrument with a channel for each string.
const MIN_STRING_CHANNELS: usize = 3;
/// Fewest channels, without the drum channel, of an MPE zone that includes it.
const MIN_MPE_CHANNELS: usize = 8;
/// General MIDI's guitars and basses: programs whose strings may have a channel each.
const STRINGED_PROGRAMS: std::ops::RangeInclusive<u8> = 24..=39;

/// One instrument of one track.
#[derive(Clone, Debug, PartialEq)]
pub struct SongPart {
    /// Track, counted from 0 in the order of the file.
    pub track: usize,
    /// Its channels, 0 to 15, in order; several if an instrument has one for each string or finger.
    pub channels: Vec<u8>,
    /// Name of its track; empty if the file gives none.
    pub name: String,
    /// Its notes by start, then pitch; at least one.
    pub notes: Vec<SongNote>,
    /// Score as a melody; see [`most_melodic_index`].
    score: f64,
}

impl SongPart {
    /// Whether it is on the drum channel of General MIDI: its notes may be drums, not pitches.
    #[must_use]
    pub fn may_be_drums(&self) -> bool {
        self.channels == [DRUM_CHANNEL]
    }

    /// Name of the track, or "Track 3" for the third one without a name.
    #[must_use]
    pub fn title(&self) -> String {
        match self.name.trim() {
            "" => format!("Track {}", self.track + 1),
            name => name.to_owned(),
        }
    }

    /// Its channels counted from 1: "channel 10, perhaps drums", "channels 2-5".
    #[must_use]
    pub fn channels_text(&self) -> String {
        let drums = if self.may_be_drums() {
            ", perhaps drums"
        } else {
            ""
        };
        let numbers: Vec<String> = self.channels.iter().map(|c| (c + 1).to_string()).collect();
        match self.channels[..] {
            [_] => format!("channel {}{drums}", numbers.concat()),
            [first, .., last] if usize::from(last - first) + 1 == numbers.len() => {
                format!("channels {}-{}", first + 1, last + 1)
            }
            _ => format!("channels {}", numbers.join(", ")),
        }
    }
}

/// The parts of `song` that have notes, in the order of its tracks and then of their channels.
///
/// Each channel of a track is a part, unless channels of one program (or none) are one instrument: their notes alternate, so
/// that at least 80 % of them sound alone, and are in one register (MPE, a voice that changes channels); or it is a guitar
/// or bass with at least three channels, each of which plays one note at a time (a channel for each string).
#[must_use]
pub fn song_parts(song: &MidiSong) -> Vec<SongPart> {
    let mut parts = Vec::new();
    for (index, track) in song.tracks.iter().enumerate() {
        let name = track.name.to_lowercase();
        let has_melody_name = MELODY_WORDS.iter().any(|word| name.contains(word));
        for (channels, notes) in instruments(track, song.ticks_per_quarter) {
            let score = monophony_score(&notes, song.ticks_per_quarter);
            parts.push(SongPart {
                track: index,
                channels,
                name: track.name.clone(),
                score: if has_melody_name { 2.0 * score } else { score },
                notes,
            });
        }
    }
    parts
}

/// The channels and notes of each instrument of a track, by first channel.
fn instruments(track: &SongTrack, ticks_per_quarter: u32) -> Vec<(Vec<u8>, Vec<SongNote>)> {
    let mut channels: BTreeMap<u8, Vec<SongNote>> = BTreeMap::new();
    for note in &track.notes {
        channels.entry(note.channel).or_default().push(*note);
    }
    let mut by_program: BTreeMap<Option<u8>, Vec<u8>> = BTreeMap::new();
    for &channel in channels.keys().filter(|channel| **channel != DRUM_CHANNEL) {
        let program = track.programs.get(usize::from(channel)).copied().flatten();
        by_program.entry(program).or_default().push(channel);
    }
    if let Some(zone) = by_program.get_mut(&None)
        && zone.len() >= MIN_MPE_CHANNELS
        && channels.contains_key(&DRUM_CHANNEL)
    {
        zone.push(DRUM_CHANNEL);
        zone.sort_unstable();
    }
    let mut instruments = Vec::new();
    for (program, group) in by_program.into_iter().filter(|(_, group)| group.len() > 1) {
        let is_in_group = |note: &&SongNote| group.contains(&note.channel);
        let group_notes: Vec<SongNote> = track.notes.iter().filter(is_in_group).copied().collect();
        let is_mostly_alone =
            |notes: &[SongNote]| fraction_alone(notes, ticks_per_quarter) >= MIN_ALONE_FRACTION;
        let are_strings = group.len() >= MIN_STRING_CHANNELS
            && program.is_some_and(|program| STRINGED_PROGRAMS.contains(&program))
            && group.iter().all(|channel| {
                channels
                    .get(channel)
                    .is_some_and(|notes| is_mostly_alone(notes))
            });
        if are_strings || (is_mostly_alone(&group_notes) && is_one_register(&group, &channels)) {
            group
                .iter()
                .for_each(|channel| drop(channels.remove(channel)));
            instruments.push((group, group_notes));
        }
    }
    instruments.extend(
        channels
            .into_iter()
            .map(|(channel, notes)| (vec![channel], notes)),
    );
    instruments.sort_by(|(a, _), (b, _)| a.cmp(b));
    instruments
}

/// Whether the median pitches of channels are within an octave; those of a melody and its bass are not.
fn is_one_register(group: &[u8], channels: &BTreeMap<u8, Vec<SongNote>>) -> bool {
    let medians = || {
        let notes = group.iter().filter_map(|channel| channels.get(channel));
        notes.filter_map(|notes| median_pitch(notes))
    };
    match (medians().min(), medians().max()) {
        (Some(lowest), Some(highest)) => highest - lowest <= 12,
        _ => true,
    }
}

fn median_pitch(notes: &[SongNote]) -> Option<u8> {
    let mut pitches: Vec<u8> = notes.iter().map(|note| note.pitch).collect();
    pitches.sort_unstable();
    pitches.get(pitches.len() / 2).copied()
}

/// Index of the part that is most likely the melody; `None` without parts.
///
/// The score is the number of notes that sound alone, times their fraction, less for a bass, more for a track with the name of
/// a melody. Parts that may be drums are chosen only if there are no others. Of equal parts the first is chosen.
#[must_use]
pub fn most_melodic_index(parts: &[SongPart]) -> Option<usize> {
    let rank = |part: &SongPart| (!part.may_be_drums(), part.score);
    let mut best: Option<usize> = None;
    for (index, part) in parts.iter().enumerate() {
        if best.is_none_or(|best| rank(part) > rank(&parts[best])) {
            best = Some(index);
        }
    }
    best
}

/// Number of notes that sound alone, times their fraction; a quarter of that for a bass. `notes` are sorted by start.
fn monophony_score(notes: &[SongNote], ticks_per_quarter: u32) -> f64 {
    let register = match median_pitch(notes) {
        Some(median) if median >= MIN_MELODY_MEDIAN_PITCH => 1.0,
        _ => 0.25,
    };
    let fraction = fraction_alone(notes, ticks_per_quarter);
    notes.len() as f64 * fraction * fraction * register
}

/// Fraction of `notes` (by start) that start while no other sounds, 0 to 1.
fn fraction_alone(notes: &[SongNote], ticks_per_quarter: u32) -> f64 {
    // In legato playing a note overlaps the next one a little.
    let tolerance = u64::from(ticks_per_quarter) / 8;
    let mut sounding_until = 0;
    let mut alone_count = 0_usize;
    for note in notes {
        alone_count += usize::from(note.start.saturating_add(tolerance) >= sounding_until);
        sounding_until = sounding_until.max(note.end);
    }
    alone_count as f64 / notes.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::testing::{self, song_note as note};

    fn scale(lowest: u8, channel: u8, count: u64) -> Vec<SongNote> {
        (0..count)
            .map(|k| note(lowest + (k % 8) as u8, channel, k * 240, k * 240 + 240))
            .collect()
    }

    fn song(mut tracks: Vec<(&str, Vec<SongNote>)>) -> MidiSong {
        for (_, notes) in &mut tracks {
            notes.sort_by_key(|note| (note.start, note.pitch));
        }
        testing::song(480, &[], tracks)
    }

    fn channels(song: &MidiSong) -> Vec<Vec<u8>> {
        song_parts(song)
            .into_iter()
            .map(|part| part.channels)
            .collect()
    }

    fn most_melodic_notes(song: &MidiSong) -> Vec<SongNote> {
        let mut parts = song_parts(song);
        most_melodic_index(&parts).map_or_else(Vec::new, |index| parts.swap_remove(index).notes)
    }

    #[test]
    fn the_melody_is_found_among_drums_chords_and_bass() {
        let tune = scale(67, 0, 20);
        let mut chords = Vec::new();
        for k in 0..20 {
            chords.extend([48, 52, 55].map(|pitch| note(pitch, 1, k * 480, k * 480 + 480)));
        }
        let both = [tune.clone(), scale(36, 9, 200)].concat();
        let song = song(vec![
            ("chords", chords),
            ("bass", scale(30, 2, 40)),
            ("", both),
        ]);
        assert_eq!(most_melodic_notes(&song), tune);
    }

    #[test]
    fn a_track_named_melody_is_preferred_to_a_slightly_busier_one() {
        let tune = scale(60, 0, 30);
        let song = song(vec![("Flute", scale(72, 1, 40)), ("Melody", tune.clone())]);
        assert_eq!(most_melodic_notes(&song), tune);
    }

    #[test]
    fn drums_are_chosen_only_if_there_is_nothing_else() {
        let drums = scale(36, 9, 100);
        let both = song(vec![("Drums", drums.clone()), ("Bass", scale(30, 2, 4))]);
        assert_eq!(most_melodic_notes(&both), scale(30, 2, 4));
        let alone = song(vec![("Lead", drums.clone())]);
        assert_eq!(most_melodic_notes(&alone), drums);
        assert_eq!(
            song_parts(&alone)[0].channels_text(),
            "channel 10, perhaps drums"
        );
        assert_eq!(most_melodic_notes(&song(vec![])), []);
    }

    #[test]
    fn notes_that_alternate_between_channels_are_one_part() {
        // MPE: each note on the next of four member channels.
        let alternating: Vec<SongNote> = (0..16)
            .map(|k| note(60 + k as u8, 1 + (k % 4) as u8, 480 * k, 480 * k + 480))
            .collect();
        let song = song(vec![("Lead", alternating)]);
        assert_eq!(channels(&song), [[1, 2, 3, 4]]);
        assert_eq!(song_parts(&song)[0].channels_text(), "channels 2-5");
    }

    #[test]
    fn a_line_over_all_channels_of_an_mpe_zone_includes_the_drum_channel() {
        let alternating: Vec<SongNote> = (0..30)
            .map(|k| {
                note(
                    60 + k as u8 % 12,
                    1 + (k % 15) as u8,
                    480 * k,
                    480 * k + 480,
                )
            })
            .collect();
        assert_eq!(
            channels(&song(vec![("Lead", alternating)])),
            [(1..16).collect::<Vec<u8>>()]
        );
    }

    #[test]
    fn a_right_hand_and_an_off_beat_left_hand_are_two_parts() {
        let hands: Vec<SongNote> = (0..16)
            .map(|k| {
                let (pitch, channel) = [(60 + k as u8 / 2, 0), (48, 1)][k as usize % 2];
                note(pitch, channel, 240 * k, 240 * k + 240)
            })
            .collect();
        assert_eq!(channels(&song(vec![("Piano", hands)])), [[0], [1]]);
    }

    #[test]
    fn a_guitar_with_a_channel_for_each_string_is_one_part() {
        // Chords on four strings.
        let chords: Vec<SongNote> = (0..8)
            .flat_map(|k| {
                [0_u8, 1, 2, 3].map(|s| note(40 + 5 * s + k as u8, s, 480 * k, 480 * k + 470))
            })
            .collect();
        let mut song = song(vec![("Guitar", chords)]);
        song.tracks[0].programs = [Some(25); 16];
        assert_eq!(channels(&song), [[0, 1, 2, 3]]);
        // Four singers of one program are four parts.
        song.tracks[0].programs = [Some(52); 16];
        assert_eq!(channels(&song), [[0], [1], [2], [3]]);
    }

    #[test]
    fn different_instruments_of_one_track_are_several_parts() {
        let both = [scale(60, 0, 16), scale(40, 1, 16), scale(36, 9, 16)].concat();
        let mut song = song(vec![("", both)]);
        assert_eq!(channels(&song), [[0], [1], [9]]);
        // Different programs stay apart even where they take turns.
        let alternating: Vec<SongNote> = (0..16)
            .map(|k| note(60, (k % 2) as u8, 480 * k, 480 * k + 480))
            .collect();
        song.tracks[0].notes = alternating;
        song.tracks[0].programs[0] = Some(0);
        song.tracks[0].programs[1] = Some(73);
        assert_eq!(channels(&song), [[0], [1]]);
    }
}

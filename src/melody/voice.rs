//! One voice out of a song of many: the most melodic part, and of it the highest notes.

use super::midi_read::{MidiSong, SongNote};
use super::parts::{most_melodic, song_parts};

/// Parts that lie below this pitch (C3) are taken for a bass.
const BASS_BELOW: u8 = 48;

/// A note on the sixteenth grid of a run of bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GridNote {
    /// MIDI pitch.
    pub pitch: u8,
    /// First step, from the start of the run.
    pub start: u64,
    /// Step at which it has ended.
    pub end: u64,
}

/// The notes of the part that most likely carries the tune; empty if there is none. See [`most_melodic`].
pub(super) fn melodic_part(song: &MidiSong) -> Vec<SongNote> {
    let mut parts = song_parts(song);
    match most_melodic(&parts) {
        Some(index) => parts.swap_remove(index).notes,
        None => Vec::new(),
    }
}

/// How much `notes` (by start) are a tune: see [`most_melodic`].
pub(super) fn melodiousness(notes: &[SongNote], ticks_per_quarter: u32) -> f64 {
    // Legato playing lets a note run a little into the next one.
    let slack = u64::from(ticks_per_quarter) / 8;
    let mut sounding_until = 0;
    let mut alone = 0_usize;
    let mut pitches: Vec<u8> = Vec::with_capacity(notes.len());
    for note in notes {
        if note.start + slack >= sounding_until {
            alone += 1;
        }
        sounding_until = sounding_until.max(note.end);
        pitches.push(note.pitch);
    }
    pitches.sort_unstable();
    let register = match pitches.get(pitches.len() / 2) {
        Some(&median) if median >= BASS_BELOW => 1.0,
        _ => 0.25,
    };
    alone as f64 * (alone as f64 / notes.len().max(1) as f64) * register
}

/// The highest voice of `notes`, on the grid that starts at tick `origin`, in time order and without overlap.
///
/// Times go to the nearest sixteenth, halves up; a note keeps at least one step. Of notes that start together the
/// highest stays; a lower note that sounds mostly under a higher one is left out; else a new note ends the one before.
/// Pitches outside `pitches` are left out.
pub(super) fn highest_voice(
    notes: &[SongNote],
    origin: u64,
    ticks_per_quarter: u32,
    pitches: std::ops::RangeInclusive<u8>,
) -> Vec<GridNote> {
    let step = |tick: u64| {
        let tpq = i128::from(ticks_per_quarter);
        (8 * (i128::from(tick) - i128::from(origin)) + tpq).div_euclid(2 * tpq)
    };
    let mut grid: Vec<GridNote> = notes
        .iter()
        .filter(|note| pitches.contains(&note.pitch))
        .filter_map(|note| {
            let start = u64::try_from(step(note.start)).ok()?;
            let end = u64::try_from(step(note.end)).unwrap_or(0).max(start + 1);
            Some(GridNote {
                pitch: note.pitch,
                start,
                end,
            })
        })
        .collect();
    grid.sort_by_key(|note| {
        (
            note.start,
            std::cmp::Reverse(note.pitch),
            std::cmp::Reverse(note.end),
        )
    });
    grid.dedup_by_key(|note| note.start);
    let mut voice: Vec<GridNote> = Vec::with_capacity(grid.len());
    for note in grid {
        if let Some(before) = voice.last_mut() {
            let shared = before.end.min(note.end).saturating_sub(note.start);
            // One shared step is a legato, not a second voice.
            if before.pitch > note.pitch && shared > 1 && shared * 2 > note.end - note.start {
                continue;
            }
            before.end = before.end.min(note.start);
        }
        voice.push(note);
    }
    voice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::SongTrack;

    const TPQ: u32 = 480;

    fn note(pitch: u8, channel: u8, start: u64, end: u64) -> SongNote {
        SongNote {
            pitch,
            velocity: 80,
            channel,
            start,
            end,
        }
    }

    fn scale(lowest: u8, channel: u8, count: u64) -> Vec<SongNote> {
        (0..count)
            .map(|k| note(lowest + (k % 8) as u8, channel, k * 240, k * 240 + 240))
            .collect()
    }

    fn song(tracks: Vec<(&str, Vec<SongNote>)>) -> MidiSong {
        MidiSong {
            ticks_per_quarter: TPQ,
            tracks: tracks
                .into_iter()
                .map(|(name, notes)| SongTrack {
                    name: name.to_owned(),
                    notes,
                })
                .collect(),
            time_signatures: Vec::new(),
            tempos: Vec::new(),
            length_ticks: 0,
            complete: true,
        }
    }

    fn voice(notes: &[SongNote]) -> Vec<(u8, u64, u64)> {
        highest_voice(notes, 0, TPQ, 21..=108)
            .into_iter()
            .map(|note| (note.pitch, note.start, note.end))
            .collect()
    }

    #[test]
    fn the_tune_is_found_among_drums_chords_and_bass() {
        let tune = scale(67, 0, 20);
        let mut chords = Vec::new();
        for k in 0..20 {
            chords.extend([48, 52, 55].map(|pitch| note(pitch, 1, k * 480, k * 480 + 480)));
        }
        let both = [tune.clone(), scale(36, 9, 200)].concat();
        let found = melodic_part(&song(vec![
            ("chords", chords),
            ("bass", scale(30, 2, 40)),
            ("", both),
        ]));
        assert_eq!(found, tune);
    }

    #[test]
    fn a_track_called_melody_wins_over_a_slightly_busier_one() {
        let tune = scale(60, 0, 30);
        assert_eq!(
            melodic_part(&song(vec![
                ("Flute", scale(72, 1, 40)),
                ("Melody", tune.clone())
            ])),
            tune
        );
    }

    #[test]
    fn a_song_of_drums_has_no_melody() {
        assert_eq!(melodic_part(&song(vec![("Drums", scale(36, 9, 100))])), []);
        assert_eq!(melodic_part(&song(vec![])), []);
    }

    #[test]
    fn times_go_to_the_nearest_sixteenth() {
        // 59 ticks late is still the step, 60 is the next one; early notes round up to it.
        let notes = [
            note(60, 0, 59, 121),
            note(62, 0, 180, 300),
            note(64, 0, 475, 476),
        ];
        assert_eq!(voice(&notes), [(60, 0, 1), (62, 2, 3), (64, 4, 5)]);
    }

    #[test]
    fn of_a_chord_the_top_note_stays() {
        let notes = [
            note(60, 0, 0, 480),
            note(64, 0, 5, 480),
            note(67, 0, 10, 480),
        ];
        assert_eq!(voice(&notes), [(67, 0, 4)]);
    }

    #[test]
    fn an_accompaniment_under_a_long_note_is_left_out() {
        let notes = [
            note(72, 0, 0, 1920),
            note(60, 0, 480, 960),
            note(64, 0, 960, 1440),
            note(74, 0, 1920, 2400),
        ];
        assert_eq!(voice(&notes), [(72, 0, 16), (74, 16, 20)]);
    }

    #[test]
    fn a_legato_overlap_does_not_swallow_the_lower_note() {
        let notes = [note(64, 0, 0, 560), note(62, 0, 480, 960)];
        assert_eq!(voice(&notes), [(64, 0, 4), (62, 4, 8)]);
    }

    #[test]
    fn a_note_that_comes_a_little_early_belongs_to_the_first_beat() {
        let found = highest_voice(&[note(60, 0, 1890, 2400)], 1920, TPQ, 21..=108);
        assert_eq!(
            found,
            [GridNote {
                pitch: 60,
                start: 0,
                end: 4
            }]
        );
        assert_eq!(
            highest_voice(&[note(60, 0, 1800, 2400)], 1920, TPQ, 21..=108),
            []
        );
    }
}

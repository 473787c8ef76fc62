//! Tests of scores: the elements that a reader gets, and their order.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use super::*;
use crate::melody::{Feel, Melody, Note};

fn melody(notes: &[(u8, u32, u32)], steps: usize) -> Melody {
    let notes: Vec<Note> = notes
        .iter()
        .map(|&(pitch, start, end)| Note { pitch, start, end })
        .collect();
    Melody::from_notes(&notes, steps).unwrap()
}

fn score(melodies: &[&Melody], options: &MidiWriteOptions) -> String {
    let tracks: Vec<Track<'_>> = melodies
        .iter()
        .map(|melody| Track {
            melody,
            name: "A & B".to_owned(),
            text: "seed 99".to_owned(),
        })
        .collect();
    String::from_utf8(musicxml_bytes("<title>\u{1}", &tracks, options)).unwrap()
}

/// The durations of all notes and rests of each measure.
fn durations(score: &str) -> Vec<Vec<u32>> {
    let measures = score.split("<measure number=").skip(1);
    measures
        .map(|measure| {
            let notes = measure.split("<duration>").skip(1);
            notes
                .map(|note| note.split('<').next().unwrap().parse().unwrap())
                .collect()
        })
        .collect()
}

#[test]
fn a_note_across_the_bar_is_tied_and_every_bar_is_full() {
    // C major, so that the key is clear: a note of half a bar begins on the last quarter of the first bar.
    let notes = [
        (60, 0, 4),
        (64, 4, 8),
        (67, 8, 12),
        (72, 12, 20),
        (71, 20, 22),
        (67, 24, 31),
    ];
    let score = score(&[&melody(&notes, 32)], &MidiWriteOptions::default());
    let durations = durations(&score);
    assert_eq!(durations.len(), 2);
    assert!(durations.iter().all(|bar| bar.iter().sum::<u32>() == 16));
    assert_eq!(durations[0], [4, 4, 4, 4]);
    // The rest of the tied note, an eighth, an eighth rest, a dotted quarter and a sixteenth, a sixteenth rest.
    assert_eq!(durations[1], [4, 2, 2, 6, 1, 1]);
    let c5 = "<pitch><step>C</step><octave>5</octave></pitch><duration>4</duration>";
    assert!(
        score.contains(&format!("{c5}<tie type=\"start\"/>")),
        "{score}"
    );
    assert!(score.contains(&format!("{c5}<tie type=\"stop\"/>")));
    assert!(score.contains("<key><fifths>0</fifths></key>"));
    assert!(score.contains("&lt;title&gt;\u{fffd}") && score.contains("A &amp; B"));
}

#[test]
fn pitches_are_those_that_are_played_and_are_spelled_by_the_key() {
    // An E flat major triad and scale note; two semitones lower it is D flat major.
    let notes = [
        (63, 0, 4),
        (65, 4, 6),
        (67, 6, 12),
        (70, 12, 16),
        (75, 16, 32),
    ];
    let flat = melody(&notes, 32);
    let score_of = |transpose| {
        let feel = Feel {
            transpose,
            ..Feel::PLAIN
        };
        score(
            &[&flat],
            &MidiWriteOptions {
                feel,
                ..MidiWriteOptions::default()
            },
        )
    };
    assert!(score_of(0).contains("<step>E</step><alter>-1</alter><octave>4</octave>"));
    assert!(score_of(0).contains("<fifths>-3</fifths>"));
    assert!(score_of(-2).contains("<step>D</step><alter>-1</alter><octave>4</octave>"));
    // Up a semitone it is E major, with sharps.
    let up = score_of(1);
    assert!(up.contains("<fifths>4</fifths>") && up.contains("<step>G</step><alter>1</alter>"));
}

#[test]
fn chords_stand_where_they_begin_and_repeat() {
    let backing = Backing {
        progression: "Dm7 G7/B | Cmaj7".parse().unwrap(),
        velocity: 60,
        channel: 2,
    };
    let options = MidiWriteOptions {
        chords: Some(Arc::new(backing)),
        ..MidiWriteOptions::default()
    };
    let score = score(&[&melody(&[(60, 0, 16), (62, 32, 34)], 64)], &options);
    assert_eq!(score.matches("<harmony>").count(), 6);
    assert!(score.contains("<root-step>G</root-step>"));
    assert!(score.contains("<kind text=\"7\">dominant</kind><bass><bass-step>B</bass-step>"));
    // Above the whole note of the first bar, the second chord comes half a bar later.
    assert!(score.contains("<offset>8</offset></harmony>"));
    assert!(score.contains("<kind text=\"maj7\">major-seventh</kind>"));
}

#[test]
fn several_melodies_are_named_and_a_silent_or_short_one_fills_its_bars() {
    let (silent, short) = (melody(&[], 32), melody(&[(40, 0, 3)], 20));
    let score = score(&[&silent, &short], &MidiWriteOptions::default());
    assert_eq!(
        durations(&score),
        [vec![16], vec![16], vec![3, 1, 12], vec![16]]
    );
    assert_eq!(score.matches("<words>A &amp; B</words>").count(), 2);
    assert_eq!(score.matches("light-light").count(), 1);
    assert_eq!(score.matches("light-heavy").count(), 1);
    assert!(durations(&self::score(&[], &MidiWriteOptions::default())).len() == 1);
}

#[test]
fn swing_is_written_as_the_part_of_the_first_note_and_only_if_there_is_some() {
    let melody = melody(&[(60, 0, 2)], 32);
    let score_of = |swing| {
        let feel = Feel {
            swing,
            ..Feel::PLAIN
        };
        let options = MidiWriteOptions {
            feel,
            ..MidiWriteOptions::default()
        };
        score(&[&melody], &options)
    };
    assert!(!score_of(0).contains("Swing"));
    // Roger Linn's measure: 50 % is straight, 67 % the swing of triplets.
    assert!(score_of(67).contains("Swing 67 %"));
    assert!(score_of(100).contains("Swing 75 %"));
}

//! How well the melody is taken out of a part of several voices: precision and recall of its notes, beside the plain
//! skyline that was used before, on material made from the corpus beside the project.
//!
//! ```sh
//! cargo test --release --test external voice
//! ```
//!
//! Chorales: soprano, alto, tenor and bass in one part, the soprano is the melody. The other rows put a melody of the
//! corpus over an accompaniment that is written here, or let its notes ring on. A note counts as right when pitch and
//! sixteenth are those of the melody.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tunescape::melody::{
    ImportOptions, MidiSong, ReadReport, SongNote, SongTrack, import_part, importable_parts,
    read_midi_file,
};

use crate::harness::{Missing, tests};
use crate::requirements::corpus;

tests![the_melody_is_taken_out_of_a_part_of_several_voices,];

const QUARTER: u64 = 480;
const STEP: u64 = QUARTER / 4;
/// Files of each kind.
const FILES: usize = 60;

/// Pitch and absolute step of an onset.
type Onsets = BTreeSet<(u8, u64)>;

/// Every n-th file of a folder, so that all of it is drawn from.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    all.sort();
    let stride = (all.len() / FILES).max(1);
    all.into_iter().step_by(stride).take(FILES).collect()
}

fn notes(path: &Path) -> Vec<SongNote> {
    let song = read_midi_file(path).unwrap();
    assert_eq!(u64::from(song.ticks_per_quarter), QUARTER);
    song.tracks
        .into_iter()
        .flat_map(|track| track.notes)
        .collect()
}

/// What the import finds in one part of these notes, in 4/4.
fn imported(mut notes: Vec<SongNote>) -> Onsets {
    notes.sort_by_key(|note| (note.start, note.pitch));
    let song = MidiSong {
        ticks_per_quarter: QUARTER as u32,
        tracks: vec![SongTrack {
            notes,
            ..SongTrack::default()
        }],
        texts: Vec::new(),
        time_signatures: Vec::new(),
        tempos: Vec::new(),
        key_signatures: Vec::new(),
        length_ticks: 0,
        report: ReadReport::default(),
    };
    let parts = importable_parts(&song, Path::new("made.mid")).unwrap();
    let imported = import_part(&song, &parts[0], &ImportOptions::song(32));
    let onsets = imported.excerpts.iter().flat_map(|window| {
        let from = 16 * (window.first_bar - 1);
        window
            .melody
            .notes()
            .iter()
            .map(move |note| (note.pitch, from + u64::from(note.start)))
    });
    onsets.collect()
}

/// The rule before: of notes that start together the highest; a lower note that sounds mostly under a higher one, and
/// shares more than a step with it, is left out.
fn skyline(notes: &[SongNote]) -> Onsets {
    let step = |tick: u64| (tick + STEP / 2) / STEP;
    let mut grid: Vec<(u64, u8, u64)> = notes
        .iter()
        .map(|note| {
            (
                step(note.start),
                note.pitch,
                step(note.end).max(step(note.start) + 1),
            )
        })
        .collect();
    grid.sort_by_key(|&(start, pitch, end)| (start, std::cmp::Reverse((pitch, end))));
    grid.dedup_by_key(|note| note.0);
    let mut voice: Vec<(u64, u8, u64)> = Vec::new();
    for (start, pitch, end) in grid {
        if let Some(before) = voice.last_mut() {
            let shared = before.2.min(end).saturating_sub(start);
            if before.1 > pitch && shared > 1 && shared * 2 > end - start {
                continue;
            }
            before.2 = before.2.min(start);
        }
        voice.push((start, pitch, end));
    }
    voice
        .into_iter()
        .map(|(start, pitch, _)| (pitch, start))
        .collect()
}

/// A kind of part, and the least precision and recall of the import, in percent.
struct Kind {
    name: &'static str,
    min_precision: f64,
    min_recall: f64,
}

/// Numbers of correct, found and expected notes.
#[derive(Clone, Copy, Default)]
struct Score {
    correct: usize,
    found: usize,
    expected: usize,
}

impl Score {
    fn add(&mut self, found: &Onsets, expected: &Onsets) {
        self.correct += found.intersection(expected).count();
        self.found += found.len();
        self.expected += expected.len();
    }

    fn precision(&self) -> f64 {
        100.0 * self.correct as f64 / self.found.max(1) as f64
    }

    fn recall(&self) -> f64 {
        100.0 * self.correct as f64 / self.expected.max(1) as f64
    }
}

/// The notes of a bar's accompaniment under a melody: pitch above the bass, start and length in steps.
fn accompanied(melody: &[SongNote], figure: &[(u8, u64, u64)]) -> Vec<SongNote> {
    let lowest = melody.iter().map(|note| note.pitch).min().unwrap();
    let bass = lowest.saturating_sub(20).max(24);
    let bars = melody.last().unwrap().start / (4 * QUARTER) + 1;
    let mut all = melody.to_vec();
    for bar in 0..bars {
        // The bass changes from bar to bar, as harmonies do.
        let root = bass + [0, 5, 7, 0][bar as usize % 4];
        all.extend(figure.iter().map(|&(above, start, length)| SongNote {
            pitch: root + above,
            velocity: 60,
            channel: 0,
            start: bar * 4 * QUARTER + start * STEP,
            end: bar * 4 * QUARTER + (start + length) * STEP,
        }));
    }
    all
}

/// A figure of one note after another, each `length` steps long, one every `stride` steps.
fn broken_chords(pattern: &[u8], stride: u64, length: u64) -> Vec<(u8, u64, u64)> {
    let places = (0..16).step_by(stride as usize);
    places
        .zip(pattern.iter().cycle())
        .map(|(start, &above)| (above, start, length))
        .collect()
}

/// Each note goes on until `beats` beats after its start.
fn ringing(melody: &[SongNote], beats: u64) -> Vec<SongNote> {
    let long = |note: &SongNote| note.end.max(note.start + beats * QUARTER);
    let mut notes: Vec<SongNote> = melody
        .iter()
        .map(|note| SongNote {
            end: long(note),
            ..*note
        })
        .collect();
    // A key that is struck again ends its note.
    for index in 0..notes.len() {
        let (pitch, start) = (notes[index].pitch, notes[index].start);
        for before in &mut notes[..index] {
            if before.pitch == pitch {
                before.end = before.end.min(start);
            }
        }
    }
    notes
}

fn score(parts: &[(Vec<SongNote>, Onsets)]) -> (Score, Score) {
    let (mut old, mut new) = (Score::default(), Score::default());
    for (part, expected) in parts {
        old.add(&skyline(part), expected);
        new.add(&imported(part.clone()), expected);
    }
    (old, new)
}

fn the_melody_is_taken_out_of_a_part_of_several_voices() -> Result<(), Missing> {
    let corpus = corpus()?;
    let songs: Vec<Vec<SongNote>> = files(&corpus.join("lieder"), ".mid")
        .iter()
        .chain(&files(&corpus.join("oneills"), ".mid"))
        .map(|path| {
            notes(path)
                .into_iter()
                .take_while(|note| note.start < 64 * QUARTER)
                .collect()
        })
        .collect();
    let melodies = |change: &dyn Fn(&[SongNote]) -> Vec<SongNote>| -> Vec<(Vec<SongNote>, Onsets)> {
        songs
            .iter()
            .map(|song| (change(song), skyline(song)))
            .collect()
    };
    let chords: Vec<(u8, u64, u64)> = [0, 4, 8, 12]
        .iter()
        .flat_map(|&at| [(0, at, 4), (4, at, 4), (7, at, 4)])
        .collect();
    let oom_pah: Vec<(u8, u64, u64)> = [0, 8]
        .iter()
        .flat_map(|&at| [(0, at, 3), (12, at + 4, 3), (16, at + 4, 3)])
        .collect();
    let chorales: Vec<(Vec<SongNote>, Onsets)> = files(&corpus.join("bach"), "-S.mid")
        .iter()
        .map(|soprano| {
            let path = soprano.to_string_lossy();
            let others = ["-A.mid", "-T.mid", "-B.mid"]
                .map(|voice| PathBuf::from(path.replace("-S.mid", voice)));
            let melody = notes(soprano);
            let expected = skyline(&melody);
            let lower = others
                .iter()
                .filter(|path| path.exists())
                .flat_map(|path| notes(path));
            (melody.into_iter().chain(lower).collect(), expected)
        })
        .collect();
    let kind = |name, min_precision, min_recall| Kind {
        name,
        min_precision,
        min_recall,
    };
    let rows = [
        (kind("alone", 100.0, 100.0), melodies(&<[SongNote]>::to_vec)),
        (kind("chorale in four voices", 98.0, 99.0), chorales),
        (
            kind("over sixteenths", 88.0, 99.5),
            melodies(&|song| accompanied(song, &broken_chords(&[0, 7, 4, 7], 1, 1))),
        ),
        (
            kind("over staccato eighths", 97.0, 99.5),
            melodies(&|song| accompanied(song, &broken_chords(&[0, 7, 4, 7], 2, 1))),
        ),
        (
            kind("over legato eighths", 97.0, 99.0),
            melodies(&|song| accompanied(song, &broken_chords(&[0, 7, 4, 7], 2, 2))),
        ),
        (
            kind("over oom-pah", 93.0, 98.0),
            melodies(&|song| accompanied(song, &oom_pah)),
        ),
        (
            kind("over block chords", 85.0, 99.0),
            melodies(&|song| accompanied(song, &chords)),
        ),
        (
            kind("ringing for 2 beats", 99.5, 98.0),
            melodies(&|song| ringing(song, 2)),
        ),
        (
            kind("ringing for 4 beats", 99.5, 98.0),
            melodies(&|song| ringing(song, 4)),
        ),
    ];
    eprintln!(
        "{:<24} {:>6} {:>22} {:>22}",
        "", "notes", "skyline P / R", "now P / R"
    );
    for (kind, parts) in rows {
        let (old, new) = score(&parts);
        eprintln!(
            "{:<24} {:>6} {:>11.1} / {:>8.1} {:>11.1} / {:>8.1}",
            kind.name,
            new.expected,
            old.precision(),
            old.recall(),
            new.precision(),
            new.recall()
        );
        assert!(
            new.precision() >= kind.min_precision && new.recall() >= kind.min_recall,
            "{}",
            kind.name
        );
        assert!(
            new.precision() + new.recall() >= old.precision() + old.recall(),
            "{}",
            kind.name
        );
    }
    Ok(())
}

//! Whether an edit survives the model: melodies with one note changed, encoded and decoded.
//!
//! `cargo bench --bench edits` takes windows of the corpus' test split, evenly chosen, changes the pitch of one note of each by one to
//! twelve semitones up or down, encodes both with the default model and decodes the means. It prints how often the reconstruction of
//! the edit has the change, how often it has all other notes (onset and pitch), and the same of the windows as they were.
//!
//! Arguments after `--`: `windows=1000 seed=1 corpus=../shared/corpus` (a folder of MIDI files with its `split.csv`).
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::path::PathBuf;
use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tunescape::melody::{
    HIGHEST_PITCH, LOWEST_PITCH, Melody, Note, NoteEdit, TrainingWindowOptions,
};
use tunescape::model::{DeviceChoice, Engine, Weights};
use tunescape::progress::Unobserved;
use tunescape::sweep::{GenerateKind, GenerateRequest, generate};
use tunescape::training::{Corpus, Split};

/// Most semitones by which a note is changed.
const MOST: i32 = 12;

/// A window with one note changed.
struct Edited {
    before: Melody,
    after: Melody,
    /// The note as it was, and its new pitch.
    note: Note,
    pitch: u8,
}

fn main() {
    let (mut count, mut seed) = (1_000, 1_u64);
    let mut folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("windows", value)) => count = value.parse().unwrap(),
            Some(("seed", value)) => seed = value.parse().unwrap(),
            Some(("corpus", value)) => folder = value.into(),
            _ => {}
        }
    }
    let table = folder.join("split.csv");
    if !table.is_file() {
        println!("there is no {}: nothing to measure", table.display());
        return;
    }
    let split = Split::Named {
        table,
        name: "test".to_owned(),
    };
    let corpus = Corpus::read(&folder, &split, &TrainingWindowOptions::default()).unwrap();
    let windows: Vec<Melody> = corpus
        .windows()
        .cloned()
        .map(Melody::from_tokens)
        .filter(|melody| melody.notes().len() > 1)
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let step = (windows.len() / count).max(1);
    let edited: Vec<Edited> = windows
        .iter()
        .step_by(step)
        .take(count)
        .map(|melody| edit(melody, &mut rng))
        .collect();
    let mut engine = Engine::open(
        Arc::new(Weights::open_or_default(None).unwrap()),
        &DeviceChoice::Cpu,
    )
    .unwrap();
    let mut decoded = |melodies: Vec<Melody>| -> Vec<Arc<Melody>> {
        let kind = GenerateKind::Encode(melodies);
        let request = GenerateRequest { set: 0, kind };
        let generated = generate(&request, &mut engine, &mut Unobserved).unwrap();
        generated
            .melodies
            .into_iter()
            .map(|melody| melody.melody)
            .collect()
    };
    let originals = decoded(edited.iter().map(|edit| edit.before.clone()).collect());
    let edits = decoded(edited.iter().map(|edit| edit.after.clone()).collect());
    println!(
        "{} of {} windows of the test split, the pitch of one note changed by 1 to {MOST} semitones (seed {seed})",
        edited.len(),
        windows.len()
    );
    print_shares("as it was", &edited, &originals, |edit| edit.note.pitch);
    print_shares("edited", &edited, &edits, |edit| edit.pitch);
    let back = edited.iter().zip(&edits);
    let back = back.filter(|(edit, found)| has(found, edit.note.start, edit.note.pitch));
    println!(
        "the note is as before the edit in {:.1} % of the reconstructions",
        percent(back.count(), edited.len())
    );
}

/// A melody with the pitch of a random note changed.
fn edit(before: &Melody, rng: &mut ChaCha8Rng) -> Edited {
    let note = before.notes()[rng.random_range(0..before.notes().len())];
    let piano = i32::from(LOWEST_PITCH)..=i32::from(HIGHEST_PITCH);
    let pitch = loop {
        let by = rng.random_range(1..=MOST) * if rng.random() { 1 } else { -1 };
        let pitch = i32::from(note.pitch) + by;
        if piano.contains(&pitch) {
            break pitch as u8;
        }
    };
    let change = NoteEdit::Move {
        start: note.start,
        new_start: note.start,
        pitch,
    };
    Edited {
        before: before.clone(),
        after: change.apply(before).unwrap(),
        note,
        pitch,
    }
}

fn has(melody: &Melody, start: u32, pitch: u8) -> bool {
    let mut notes = melody.notes().iter();
    notes.any(|note| (note.start, note.pitch) == (start, pitch))
}

/// Prints how often reconstructions have the note in question, all others, and both.
fn print_shares(
    name: &str,
    edited: &[Edited],
    found: &[Arc<Melody>],
    pitch: impl Fn(&Edited) -> u8,
) {
    let (mut note, mut others, mut both, mut kept, mut all) = (0, 0, 0, 0, 0);
    for (edit, found) in edited.iter().zip(found) {
        let has_note = has(found, edit.note.start, pitch(edit));
        let rest = edit
            .before
            .notes()
            .iter()
            .filter(|note| **note != edit.note);
        let (there, of) = rest.fold((0, 0), |(there, of), note| {
            (
                there + usize::from(has(found, note.start, note.pitch)),
                of + 1,
            )
        });
        let has_others = there == of;
        note += usize::from(has_note);
        others += usize::from(has_others);
        both += usize::from(has_note && has_others);
        (kept, all) = (kept + there, all + of);
    }
    println!(
        "{name:<10} the note {:5.1} %, all other notes {:5.1} %, both {:5.1} %; of the other notes {:5.1} %",
        percent(note, edited.len()),
        percent(others, edited.len()),
        percent(both, edited.len()),
        percent(kept, all),
    );
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

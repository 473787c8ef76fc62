//! How often windows of unrelated tunes have a long run of notes in common by chance.

use tunescape::melody::{Melody, MelodyIndex, TrainingWindowOptions, longest_common_run};
use tunescape::training::{Corpus, Split};

use crate::harness::{Missing, tests};
use crate::requirements::corpus;

tests![unrelated_windows_are_seldom_close];

/// Windows of each collection that are compared with those of the others.
const WINDOWS: usize = 150;
/// Largest run that is printed.
const MAX_RUN: usize = 16;
/// Sizes of the material that a new melody is compared with.
const MATERIAL: [usize; 2] = [100, 1_000];

/// Windows of different collections are unrelated, but for tunes that two collections have.
fn unrelated_windows_are_seldom_close() -> Result<(), Missing> {
    let folder = corpus()?;
    let split = Split::Named {
        table: folder.join("split.csv"),
        name: "train".to_owned(),
    };
    let corpus = Corpus::read(&folder, &split, &TrainingWindowOptions::default()).unwrap();
    let collections: Vec<Vec<Melody>> = corpus
        .sources
        .iter()
        .map(|source| {
            let windows = source.windows.iter().cloned();
            windows.map(Melody::from_tokens).collect()
        })
        .collect();
    for (source, melodies) in corpus.sources.iter().zip(&collections) {
        eprintln!("{}: {} windows", source.name, melodies.len());
    }
    pairs_are_seldom_close(&collections);
    for size in MATERIAL {
        melodies_are_seldom_close_to_one_of(&collections, size);
    }
    Ok(())
}

/// At most `max` of the melodies, taken evenly.
fn spread(melodies: &[Melody], max: usize) -> impl Iterator<Item = &Melody> {
    melodies.iter().step_by(melodies.len().div_ceil(max).max(1))
}

fn pairs_are_seldom_close(collections: &[Vec<Melody>]) {
    let (mut pairs, mut close) = (0_usize, 0_usize);
    // Pairs whose longest run has at least so many notes: all, and those in which it is half of the notes.
    let mut longer = [[0_usize; 2]; MAX_RUN + 1];
    for (number, melodies) in collections.iter().enumerate() {
        for others in &collections[number + 1..] {
            for melody in spread(melodies, WINDOWS) {
                for other in spread(others, WINDOWS) {
                    let run = longest_common_run(melody, other);
                    pairs += 1;
                    close += usize::from(run.is_close());
                    let is_half = usize::from(2 * run.notes >= run.of);
                    for counts in &mut longer[..=run.notes.min(MAX_RUN)] {
                        *counts = [counts[0] + 1, counts[1] + is_half];
                    }
                }
            }
        }
    }
    let percent = |count: usize| 100.0 * count as f64 / pairs as f64;
    eprintln!("{pairs} pairs; notes of the longest run, % of pairs, % also half of the notes");
    for (notes, counts) in longer.iter().enumerate().skip(2) {
        let [all, half] = counts.map(percent);
        eprintln!("{notes:>3} {all:>8.3} {half:>8.3}");
    }
    eprintln!("marked as close: {:.3} %", percent(close));
    assert!(percent(close) < 1.0, "{close} of {pairs}");
}

/// A person's material is many melodies, and a new melody is marked if it is close to any of them.
fn melodies_are_seldom_close_to_one_of(collections: &[Vec<Melody>], size: usize) {
    let (mut checked, mut close) = (0_usize, 0_usize);
    for (number, material) in collections.iter().enumerate() {
        if material.len() < size {
            continue;
        }
        let index = MelodyIndex::new(spread(material, size));
        let others = collections.iter().enumerate();
        for (_, others) in others.filter(|(other, _)| *other != number) {
            for melody in spread(others, WINDOWS) {
                checked += 1;
                close += usize::from(index.closest(melody).is_some());
            }
        }
    }
    let percent = 100.0 * close as f64 / checked.max(1) as f64;
    eprintln!("{checked} melodies against {size} of another collection: {percent:.2} % marked");
    assert!(checked > 1_000 && percent < 1.0, "{close} of {checked}");
}

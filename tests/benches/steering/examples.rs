//! Examples to listen to: windows of the corpus and what steering makes of them, one after another in one MIDI file.

use std::path::Path;
use std::sync::Arc;

use tunescape::attributes::{ATTRIBUTES, AttributeRow};
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, MidiWriteOptions, STEPS_PER_QUARTER, Tokens, edit_distance};
use tunescape::session::{ExportGrouping, ExportItem, OnExisting, export_files, write_files};
use tunescape::sweep::{KeptAspect, SteerGoals, SteerOrigin, SteerRequest, SteerSource};

use crate::corpora::Corpora;
use crate::{Bench, STEERED, index};

/// Windows that examples are made of.
const SOURCES: usize = 5;

/// A request to steer by one attribute, starting from a window.
struct Variation {
    name: &'static str,
    attribute: &'static str,
    /// Added to the window's value, in the attribute's display unit.
    delta: f64,
    /// Closeness to the window (0 to 1) and what is kept of it; `None` for melodies that need not resemble the window.
    reference: Option<(f64, KeptAspect)>,
    count: u32,
}

const fn variation(
    name: &'static str,
    attribute: &'static str,
    delta: f64,
    reference: Option<(f64, KeptAspect)>,
    count: u32,
) -> Variation {
    Variation {
        name,
        attribute,
        delta,
        reference,
        count,
    }
}

static VARIATIONS: [Variation; 6] = [
    variation(
        "3 more notes per bar, closeness 0.9",
        "note_density",
        3.0,
        Some((0.9, KeptAspect::Nothing)),
        2,
    ),
    variation(
        "3 fewer notes per bar, closeness 0.9",
        "note_density",
        -3.0,
        Some((0.9, KeptAspect::Nothing)),
        2,
    ),
    variation(
        "3 more notes per bar, closeness 0.4",
        "note_density",
        3.0,
        Some((0.4, KeptAspect::Nothing)),
        1,
    ),
    variation(
        "5 semitones wider, rhythm kept",
        "pitch_range",
        5.0,
        Some((0.5, KeptAspect::Rhythm)),
        1,
    ),
    variation(
        "4 points more complex, first bar kept",
        "rhythmic_complexity",
        4.0,
        Some((0.5, KeptAspect::FirstBar)),
        1,
    ),
    variation("3 more notes per bar, anew", "note_density", 3.0, None, 1),
];

/// Steers all variations of some test windows, writes them into one MIDI file, and prints time, name and attributes of each.
pub fn examples(bench: &mut Bench, corpora: &Corpora, path: &Path) {
    let options = MidiWriteOptions::default();
    let windows = corpora.sample_evenly(SOURCES, |m| (10..=18).contains(&m.notes().len()));
    let tokens: Vec<Tokens> = windows.iter().map(|m| m.tokens().clone()).collect();
    let posteriors = bench.engine.encode(&tokens).unwrap();
    println!(
        "\nexamples in {}, {} quarters per minute, seed {}\n\
         time   marker                                          density  complexity  range  contour  changed notes",
        path.display(),
        options.tempo_bpm,
        bench.seed
    );
    let mut items: Vec<ExportItem> = Vec::new();
    let mut step = 0;
    for (number, (window, posterior)) in (1..).zip(windows.iter().zip(&posteriors)) {
        let window = Arc::new(window.clone());
        let latent = LatentPoint::new(posterior.mu.clone());
        let mut add = |name: String, text: &str, melody: &Arc<Melody>| {
            let seconds = 60.0 * f64::from(step) / STEPS_PER_QUARTER as f64 / options.tempo_bpm;
            print_row(&name, seconds, melody, edit_distance(&window, melody));
            step += melody.steps() as u32;
            items.push(ExportItem {
                melody: Arc::clone(melody),
                stem: String::new(),
                text: text.to_owned(),
                name,
            });
        };
        add(
            format!("{number}: source"),
            "a window of the test split",
            &window,
        );
        for (variation, made) in variations(bench, number, &window, &latent) {
            for (melody, which) in made.iter().zip(1..) {
                let name = format!("{number}: {} ({which})", variation.name);
                add(name, "steered", melody);
            }
        }
    }
    let files = export_files(&items, ExportGrouping::Piece, path, &options).unwrap();
    write_files(&files, OnExisting::Replace).unwrap();
}

/// Steers all variations of one window.
fn variations(
    bench: &mut Bench,
    number: u64,
    window: &Arc<Melody>,
    latent: &LatentPoint,
) -> Vec<(&'static Variation, Vec<Arc<Melody>>)> {
    let row = AttributeRow::measure(window);
    let made = VARIATIONS.iter().map(|variation| {
        let attribute = index(variation.attribute);
        let entry = &ATTRIBUTES[attribute];
        let shown = (entry.to_display_unit)(row.value(attribute).unwrap()) + variation.delta;
        let from = variation
            .reference
            .map_or(SteerOrigin::Anywhere, |(closeness, keep)| {
                SteerOrigin::Like(SteerSource {
                    latent: latent.clone(),
                    melody: Arc::clone(window),
                    closeness,
                    keep,
                })
            });
        let steered = bench.steer(&SteerRequest {
            goals: SteerGoals::wanted(attribute, (entry.from_display_unit)(shown)),
            origin: from,
            count: variation.count,
            seed: bench.seed.wrapping_add(number),
            ..SteerRequest::default()
        });
        let melodies = steered.entries.into_iter().map(|entry| entry.melody);
        (variation, melodies.collect())
    });
    made.collect()
}

fn print_row(name: &str, seconds: f64, melody: &Melody, changed: f64) {
    let row = AttributeRow::measure(melody);
    let [density, complexity, range, contour] = STEERED.map(|(id, _)| {
        let attribute = index(id);
        (ATTRIBUTES[attribute].to_display_unit)(row.value(attribute).unwrap())
    });
    println!(
        "{:>2}:{:04.1} {name:<47} {density:>7.1} {complexity:>11.0} {range:>6.0} {contour:>8.0} {changed:>14.1}",
        (seconds / 60.0) as u32,
        seconds % 60.0,
    );
}

//! How long it takes to measure a melody, beside decoding it.
//!
//! `cargo bench --bench attributes` measures the 6,400 melodies of the default model's sweep and prints the time of each
//! attribute, of those of a study together, and of all.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use tunescape::attributes::{ATTRIBUTES, AttributeRow, STUDY_ATTRIBUTES};
use tunescape::melody::Melody;
use tunescape::model::{DeviceChoice, Engine, Weights};
use tunescape::sweep::{RunOptions, SweepConfig, Unobserved, run};

/// Times that all melodies are measured.
const ROUNDS: usize = 50;

/// Nanoseconds that `measure` takes for a melody, the least of the rounds.
fn nanoseconds<T>(melodies: &[Arc<Melody>], measure: impl Fn(&Melody) -> T) -> f64 {
    let round = |_| {
        let began = Instant::now();
        for melody in melodies {
            black_box(measure(black_box(melody)));
        }
        1e9 * began.elapsed().as_secs_f64() / melodies.len() as f64
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn main() {
    let weights = Arc::new(Weights::default_model().unwrap());
    let mut engine = Engine::open(weights, &DeviceChoice::Cpu).unwrap();
    let began = Instant::now();
    let options = RunOptions::default();
    let sweep = run(
        &SweepConfig::default(),
        &options,
        &mut engine,
        &mut Unobserved,
    )
    .unwrap();
    let seconds = began.elapsed().as_secs_f64();
    let melodies: Vec<Arc<Melody>> = sweep
        .samples
        .iter()
        .map(|e| Arc::clone(&e.melody))
        .collect();
    println!(
        "the sweep of {} melodies took {seconds:.2} s, {:.0} ns a melody",
        melodies.len(),
        1e9 * seconds / melodies.len() as f64
    );
    for attribute in ATTRIBUTES {
        println!(
            "{:<20} {:>6.0} ns",
            attribute.id,
            nanoseconds(&melodies, attribute.measure)
        );
    }
    let study = nanoseconds(&melodies, |melody| {
        let values = STUDY_ATTRIBUTES
            .iter()
            .map(|attribute| (attribute.measure)(melody));
        values.collect::<Option<Vec<f64>>>()
    });
    println!("{:<20} {study:>6.0} ns", "those of a study");
    println!(
        "{:<20} {:>6.0} ns, {} bytes",
        "a row of all",
        nanoseconds(&melodies, AttributeRow::measure),
        size_of::<AttributeRow>() + size_of::<f64>() * ATTRIBUTES.len()
    );
}

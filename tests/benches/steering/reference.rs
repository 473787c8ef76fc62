//! Steering with a reference: melodies like a window of the corpus, but busier or calmer.

use std::sync::Arc;
use std::time::Instant;

use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, Tokens, edit_distance};
use tunescape::statistics::mean;
use tunescape::sweep::{
    KeptAspect, RunOptions, SteerGoals, SteerOrigin, SteerRequest, SteerSource, Sweep, SweepConfig,
    Unobserved, run,
};

use crate::corpora::Corpora;
use crate::{Bench, index};

/// New melodies of each window.
const COUNT: u32 = 8;
/// Added to the window's density, notes per bar.
const DENSITY_CHANGES: [f64; 2] = [3.0, -3.0];

/// How melodies are found.
#[derive(Clone, Copy)]
enum Method {
    /// Steered near the window, with this closeness.
    Reference(f64),
    /// Steered anywhere.
    Anew,
    /// Those of another sweep that have what is wanted and are nearest to the window by edit distance.
    FreshSweep,
}

/// Results of one method and density change.
#[derive(Default)]
struct Outcome {
    melodies: usize,
    within: usize,
    /// Edit distance from the window, and how much of it is beyond the notes that had to come or go.
    changed: Vec<f64>,
    elsewhere: Vec<f64>,
    ms: Vec<f64>,
    tokens: Vec<Tokens>,
}

/// Windows of the test split, three notes per bar busier or calmer: what else changes. Returns the melodies found by closeness.
pub fn reference(bench: &mut Bench, corpora: &Corpora, sources: usize) -> Vec<Tokens> {
    let windows = corpora.sample_evenly(sources, |m| (10..=18).contains(&m.notes().len()));
    let tokens: Vec<Tokens> = windows.iter().map(|m| m.tokens().clone()).collect();
    let posteriors = bench.engine.encode(&tokens).unwrap();
    let config = SweepConfig {
        seed: bench.seed.wrapping_add(1_000_000),
        ..SweepConfig::default()
    };
    let fresh = run(
        &config,
        &RunOptions::default(),
        &mut bench.engine,
        &mut Unobserved,
    )
    .unwrap();
    println!(
        "\nlike this, but three notes per bar more or fewer: {} windows of the test split with 10 to 18 notes, {COUNT} new melodies each, seed {}\n\
         asked                                    within  changed notes  of that needed  elsewhere  ms",
        windows.len(),
        bench.seed
    );
    let density = index("note_density");
    let mut all = Vec::new();
    for (method, name) in [
        (Method::Reference(0.9), "closeness 0.9"),
        (Method::Reference(0.7), "closeness 0.7"),
        (Method::Reference(0.4), "closeness 0.4"),
        (Method::Anew, "steered anew"),
        (Method::FreshSweep, "nearest of a new sweep"),
    ] {
        for delta in DENSITY_CHANGES {
            let mut outcome = Outcome::default();
            for (k, (window, posterior)) in windows.iter().zip(&posteriors).enumerate() {
                let notes = window.notes().len() as f64;
                let goals = SteerGoals::wanted(density, notes / 32.0 + delta / 16.0);
                let began = Instant::now();
                let melodies = match method {
                    Method::FreshSweep => nearest_of(&fresh, window, &goals),
                    _ => {
                        let from = source(method, window, &posterior.mu);
                        let steered = bench.steer(&SteerRequest {
                            goals: goals.clone(),
                            origin: from,
                            count: COUNT,
                            seed: bench.seed.wrapping_add(k as u64),
                            ..SteerRequest::default()
                        });
                        steered.entries.into_iter().map(|e| e.melody).collect()
                    }
                };
                outcome.ms.push(1e3 * began.elapsed().as_secs_f64());
                outcome.add(window, &goals, 2.0 * delta.abs(), &melodies);
            }
            outcome.print(&format!("{delta:+.0} per bar, {name}"), delta);
            if let Method::Reference(_) = method {
                all.append(&mut outcome.tokens);
            }
        }
    }
    all
}

fn source(method: Method, window: &Melody, mu: &[f32]) -> SteerOrigin {
    let Method::Reference(closeness) = method else {
        return SteerOrigin::Anywhere;
    };
    SteerOrigin::Like(SteerSource {
        latent: LatentPoint::new(mu.to_vec()),
        melody: Arc::new(window.clone()),
        closeness,
        keep: KeptAspect::Nothing,
    })
}

/// The melodies of a sweep that have what is wanted, the most similar first.
fn nearest_of(sweep: &Sweep, window: &Melody, goals: &SteerGoals) -> Vec<Arc<Melody>> {
    let fitting = sweep
        .samples
        .iter()
        .filter(|e| goals.are_met(&e.attributes, 1.0));
    let mut ranked: Vec<(f64, &Arc<Melody>)> = fitting
        .map(|entry| (edit_distance(window, &entry.melody), &entry.melody))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let nearest = ranked.into_iter().take(COUNT as usize);
    nearest.map(|(_, melody)| Arc::clone(melody)).collect()
}

impl Outcome {
    fn add(&mut self, window: &Melody, goals: &SteerGoals, needed: f64, melodies: &[Arc<Melody>]) {
        for melody in melodies {
            let row = tunescape::attributes::AttributeRow::measure(melody);
            let changed = edit_distance(window, melody);
            self.melodies += 1;
            self.within += usize::from(goals.are_met(&row, 1.0));
            self.changed.push(changed);
            self.elsewhere.push(changed - needed);
            self.tokens.push(melody.tokens().clone());
        }
    }

    fn print(&self, name: &str, delta: f64) {
        println!(
            "{name:<40} {:>5.1}% {:>14.2} {:>15} {:>10.2} {:>4.0}",
            100.0 * self.within as f64 / self.melodies.max(1) as f64,
            mean(&self.changed).unwrap_or(f64::NAN),
            2.0 * delta.abs(),
            mean(&self.elsewhere).unwrap_or(f64::NAN),
            mean(&self.ms).unwrap_or(f64::NAN),
        );
    }
}

//! Steering by a single attribute: target against obtained values.

use std::collections::HashSet;
use std::time::Instant;

use tunescape::attributes::{ATTRIBUTES, AttributeRow};
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, Tokens, transposition_key};
use tunescape::model::{Engine, MelodyModel, ModelError, Sampling};
use tunescape::statistics::{Line, pearson, spearman};
use tunescape::sweep::{SteerGoals, SteerRequest, Unobserved, steer};

use crate::{Bench, STEERED, index};

/// Spacing of the values that an attribute can have in melodies of two bars, in attribute units: one note, one step, one unit of
/// the display. The nearest possible value is up to half of it from a target. `None` if the values have no fixed spacing.
fn smallest_difference(attribute: usize) -> Option<f64> {
    let entry = &ATTRIBUTES[attribute];
    match entry.id {
        "note_density" | "rests" => Some(1.0 / 32.0),
        "repetition" | "motif_repetition" => Some(1.0 / 16.0),
        "note_length" => None,
        _ => Some((entry.from_display_unit)(1.0) - (entry.from_display_unit)(0.0)),
    }
}

/// The correlation that LC-Diff publishes for an attribute, as text; empty without one.
fn published(id: &str) -> String {
    let found = STEERED.iter().find(|(known, _)| *known == id);
    found.map_or_else(String::new, |(_, r)| format!("{r:.2}"))
}

/// A model that remembers the last melody that it decoded.
struct Recorder<'a> {
    engine: &'a mut Engine,
    last: Option<Tokens>,
}

impl MelodyModel for Recorder<'_> {
    fn latent_size(&self) -> usize {
        self.engine.latent_size()
    }

    fn steps(&self) -> usize {
        self.engine.steps()
    }

    fn decode(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        let decoded = self.engine.decode(latents, sampling)?;
        self.last = decoded.last().cloned();
        Ok(decoded)
    }

    fn device_name(&self) -> String {
        self.engine.device_name()
    }

    fn is_training_melody(&self, melody: &Tokens) -> bool {
        self.engine.is_training_melody(melody)
    }

    fn weights_hash(&self) -> &str {
        self.engine.weights_hash()
    }
}

/// Results of one kind of search over all targets of one attribute.
#[derive(Default)]
struct Outcome {
    /// Targets and obtained values, in attribute units, of the melodies that have a value.
    targets: Vec<f64>,
    obtained: Vec<f64>,
    /// Numbers of melodies within the tolerance, and within half of it.
    within: usize,
    within_half: usize,
    /// Transposition keys of the melodies.
    keys: HashSet<Vec<u8>>,
}

impl Outcome {
    /// An empty melody counts as a miss and has no value.
    fn add(&mut self, attribute: usize, target: f64, melody: &Melody) {
        let row = AttributeRow::measure(melody);
        let goals = SteerGoals::wanted(attribute, target);
        self.within += usize::from(goals.are_met(&row, 1.0));
        self.within_half += usize::from(goals.are_met(&row, 0.5));
        self.keys.insert(transposition_key(melody.tokens()));
        if let Some(value) = row.value(attribute) {
            self.targets.push(target);
            self.obtained.push(value);
        }
    }
}

/// Prints target against obtained values for each of these attributes alone: `target_count` targets evenly from the quantile `low`
/// to the 99 % quantile of the sweep.
pub fn single_attribute(bench: &mut Bench, attributes: &[String], low: f64, target_count: usize) {
    println!(
        "\neach attribute alone, {target_count} targets, one melody each, seed {}\n\
         attribute            found by         Pearson  LC-Diff  Spearman  slope  intercept  within  half  distinct  ms each",
        bench.seed
    );
    for id in attributes {
        let attribute = index(id);
        let targets = bench.targets_from(attribute, low, target_count);
        for (name, max_candidates) in [("one decode", 1), ("best of 8", 8), ("search", 96)] {
            let began = Instant::now();
            let mut outcome = Outcome::default();
            for (k, target) in targets.iter().enumerate() {
                let melody = steer_one(bench, attribute, *target, k as u64, max_candidates);
                outcome.add(attribute, *target, &melody);
            }
            let ms = 1e3 * began.elapsed().as_secs_f64() / target_count as f64;
            let percent = |count: usize| 100.0 * count as f64 / target_count as f64;
            println!(
                "{id:<20} {name:<15} {} {:>6.1}% {:>4.0}% {:>8.1}% {ms:>8.1}",
                agreement(
                    attribute,
                    &outcome.targets,
                    &outcome.obtained,
                    &published(id)
                ),
                percent(outcome.within),
                percent(outcome.within_half),
                percent(outcome.keys.len()),
            );
        }
        let Some(step) = smallest_difference(attribute) else {
            continue;
        };
        let nearest: Vec<f64> = targets
            .iter()
            .map(|value| (value / step).round() * step)
            .collect();
        println!(
            "{id:<20} {:<15} {}",
            "(best possible)",
            agreement(attribute, &targets, &nearest, "")
        );
    }
}

/// Steers one melody to a target, with at most `max_candidates` decoded. With 1 it is the one decoded, whether it meets the goal or
/// not. `k` tells the seeds of the targets apart.
fn steer_one(
    bench: &mut Bench,
    attribute: usize,
    target: f64,
    k: u64,
    max_candidates: u32,
) -> Melody {
    let request = SteerRequest {
        goals: SteerGoals::wanted(attribute, target),
        count: 1,
        seed: bench.seed.wrapping_add(1_000 + k),
        max_candidates_per_melody: max_candidates,
        ..SteerRequest::default()
    };
    let mut model = Recorder {
        engine: &mut bench.engine,
        last: None,
    };
    let steered = steer(&mut bench.basis, &request, &mut model, &mut Unobserved).unwrap();
    match model.last {
        Some(tokens) if max_candidates == 1 => Melody::from_tokens(tokens),
        _ => (*steered.entries[0].melody).clone(),
    }
}

/// Pearson's and Spearman's correlation, slope and intercept of obtained over target values.
fn agreement(attribute: usize, targets: &[f64], obtained: &[f64], published: &str) -> String {
    let line = Line::fit(targets, obtained).unwrap();
    format!(
        "{:>8.4} {published:>8} {:>9.4} {:>6.3} {:>10.2}",
        pearson(targets, obtained).unwrap(),
        spearman(targets, obtained).unwrap(),
        line.slope,
        (ATTRIBUTES[attribute].to_display_unit)(line.intercept),
    )
}

//! Each attribute alone: wanted against obtained.

use std::collections::HashSet;
use std::time::Instant;

use tunescape::attributes::{ATTRIBUTES, AttributeRow};
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, Tokens, transposition_key};
use tunescape::model::{Engine, MelodyModel, ModelError, Sampling};
use tunescape::statistics::{Line, pearson, spearman};
use tunescape::sweep::{SteerGoals, SteerRequest, Unobserved, steer};

use crate::{Bench, STEERED, index};

/// The smallest difference of an attribute between two melodies of two bars: a note, a step, a point, a semitone. No search
/// comes nearer to a target than half of it. `None` where values lie on no grid.
fn smallest_difference(attribute: usize) -> Option<f64> {
    let entry = &ATTRIBUTES[attribute];
    match entry.id {
        "note_density" | "rests" => Some(1.0 / 32.0),
        "repetition" | "motif_repetition" => Some(1.0 / 16.0),
        "note_length" => None,
        _ => Some((entry.from_display_unit)(1.0) - (entry.from_display_unit)(0.0)),
    }
}

/// The correlation that LC-Diff shows for an attribute, as text.
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

/// Wanted and obtained values, and what is counted.
#[derive(Default)]
struct Outcome {
    wanted: Vec<f64>,
    obtained: Vec<f64>,
    within: usize,
    half: usize,
    keys: HashSet<Vec<u8>>,
}

impl Outcome {
    /// An empty melody counts as a miss and has no value.
    fn add(&mut self, attribute: usize, target: f64, melody: &Melody) {
        let row = AttributeRow::measure(melody);
        let goals = SteerGoals::wanted(attribute, target);
        self.within += usize::from(goals.are_met(&row, 1.0));
        self.half += usize::from(goals.are_met(&row, 0.5));
        self.keys.insert(transposition_key(melody.tokens()));
        if let Some(value) = row.value(attribute) {
            self.wanted.push(target);
            self.obtained.push(value);
        }
    }
}

/// Wanted against obtained for each of these attributes alone, from the quantile `low`.
pub fn alone(bench: &mut Bench, attributes: &[String], low: f64, targets: usize) {
    println!(
        "\neach attribute alone, {targets} targets, one melody each, seed {}\n\
         attribute            found by         Pearson  LC-Diff  Spearman  slope  intercept  within  half  distinct  ms each",
        bench.seed
    );
    for id in attributes {
        let attribute = index(id);
        let wanted = bench.targets_from(attribute, low, targets);
        for (name, effort) in [("one decode", 1), ("best of 8", 8), ("search", 96)] {
            let began = Instant::now();
            let mut outcome = Outcome::default();
            for (k, target) in wanted.iter().enumerate() {
                let melody = found(bench, attribute, *target, k as u64, effort);
                outcome.add(attribute, *target, &melody);
            }
            let ms = 1e3 * began.elapsed().as_secs_f64() / targets as f64;
            let share = |count: usize| 100.0 * count as f64 / targets as f64;
            println!(
                "{id:<20} {name:<15} {} {:>6.1}% {:>4.0}% {:>8.1}% {ms:>8.1}",
                agreement(
                    attribute,
                    &outcome.wanted,
                    &outcome.obtained,
                    &published(id)
                ),
                share(outcome.within),
                share(outcome.half),
                share(outcome.keys.len()),
            );
        }
        let Some(step) = smallest_difference(attribute) else {
            continue;
        };
        let nearest: Vec<f64> = wanted
            .iter()
            .map(|value| (value / step).round() * step)
            .collect();
        println!(
            "{id:<20} {:<15} {}",
            "(best possible)",
            agreement(attribute, &wanted, &nearest, "")
        );
    }
}

/// The melody that a search with this effort ends with. With an effort of 1 it is the only one decoded, whatever came out.
fn found(bench: &mut Bench, attribute: usize, target: f64, k: u64, effort: u32) -> Melody {
    let request = SteerRequest {
        goals: SteerGoals::wanted(attribute, target),
        count: 1,
        seed: bench.seed.wrapping_add(1_000 + k),
        effort,
        ..SteerRequest::default()
    };
    let mut model = Recorder {
        engine: &mut bench.engine,
        last: None,
    };
    let steered = steer(&mut bench.basis, &request, &mut model, &mut Unobserved).unwrap();
    match model.last {
        Some(tokens) if effort == 1 => Melody::from_tokens(tokens),
        _ => (*steered.entries[0].melody).clone(),
    }
}

/// Pearson's and Spearman's correlation, slope and intercept of obtained over wanted values.
fn agreement(attribute: usize, wanted: &[f64], obtained: &[f64], published: &str) -> String {
    let line = Line::fit(wanted, obtained).unwrap();
    format!(
        "{:>8.4} {published:>8} {:>9.4} {:>6.3} {:>10.2}",
        pearson(wanted, obtained).unwrap(),
        spearman(wanted, obtained).unwrap(),
        line.slope,
        (ATTRIBUTES[attribute].to_display_unit)(line.intercept),
    )
}

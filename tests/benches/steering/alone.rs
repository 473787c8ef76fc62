//! Each attribute alone: wanted against obtained.

use std::collections::HashSet;
use std::time::Instant;

use tunescape::attributes::ATTRIBUTES;
use tunescape::melody::transposition_key;
use tunescape::statistics::{Line, pearson, spearman};
use tunescape::sweep::{SteerGoals, SteerRequest};

use crate::{Bench, STEERED, index};

/// The smallest difference of an attribute between two melodies of two bars: a note, a step, a point, a semitone. No search
/// comes nearer to a target than half of it. `None` where values lie on no grid.
fn smallest_difference(attribute: usize) -> Option<f64> {
    let entry = &ATTRIBUTES[attribute];
    match entry.id {
        "note_density" | "rests" => Some(1.0 / 32.0),
        "repetition" => Some(1.0 / 16.0),
        "note_length" => None,
        _ => Some((entry.from_display_unit)(1.0) - (entry.from_display_unit)(0.0)),
    }
}

/// The correlation that LC-Diff shows for an attribute, as text.
fn published(id: &str) -> String {
    let found = STEERED.iter().find(|(known, _)| *known == id);
    found.map_or_else(String::new, |(_, r)| format!("{r:.2}"))
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
        let published = published(id);
        let shown = ATTRIBUTES[attribute].to_display_unit;
        let wanted = bench.targets_from(attribute, low, targets);
        for (name, effort) in [("one decode", 1), ("best of 8", 8), ("search", 96)] {
            let began = Instant::now();
            let (mut obtained, mut within, mut half) = (Vec::new(), 0, 0);
            let mut keys = HashSet::new();
            for (k, target) in wanted.iter().enumerate() {
                let steered = bench.steer(&SteerRequest {
                    goals: SteerGoals::wanted(attribute, *target),
                    count: 1,
                    seed: bench.seed.wrapping_add(1_000 + k as u64),
                    effort,
                    ..SteerRequest::default()
                });
                let melody = &steered.entries[0];
                obtained.push(melody.attributes.value(attribute).unwrap());
                within += usize::from(steered.within == 1.0);
                half += usize::from(steered.within_half == 1.0);
                keys.insert(transposition_key(melody.melody.tokens()));
            }
            let ms = 1e3 * began.elapsed().as_secs_f64() / targets as f64;
            let line = Line::fit(&wanted, &obtained).unwrap();
            let share = |count: usize| 100.0 * count as f64 / targets as f64;
            println!(
                "{id:<20} {name:<15} {:>8.4} {published:>8} {:>9.4} {:>6.3} {:>10.2} {:>6.1}% {:>4.0}% {:>8.1}% {ms:>8.1}",
                pearson(&wanted, &obtained).unwrap(),
                spearman(&wanted, &obtained).unwrap(),
                line.slope,
                shown(line.intercept),
                share(within),
                share(half),
                share(keys.len()),
            );
        }
        let Some(step) = smallest_difference(attribute) else {
            continue;
        };
        let nearest: Vec<f64> = wanted
            .iter()
            .map(|value| (value / step).round() * step)
            .collect();
        let line = Line::fit(&wanted, &nearest).unwrap();
        println!(
            "{id:<20} {:<15} {:>8.4} {:>8} {:>9.4} {:>6.3} {:>10.2}",
            "(best possible)",
            pearson(&wanted, &nearest).unwrap(),
            "",
            spearman(&wanted, &nearest).unwrap(),
            line.slope,
            shown(line.intercept),
        );
    }
}

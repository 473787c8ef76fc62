//! The leak: how far the other attributes move while one is moved.

use tunescape::attributes::AttributeRow;
use tunescape::statistics::{mean, standard_deviation};
use tunescape::sweep::{SteerGoal, SteerGoals, SteerRequest};

use crate::{Bench, STEERED, index};

/// How far the other attributes move while one is moved over its range, in standard deviations of the sweep: the difference of
/// the highest and lowest mean over tenths of the range. It is feasible where any melody of the sweep or window of the test
/// split has all values within half their tolerances.
pub fn leak(bench: &mut Bench, targets: usize, windows: &[AttributeRow]) {
    const TENTHS: usize = 10;
    /// As many candidates for the one melody as for five of a usual request: at the ends of a range few melodies hold the rest.
    const LEAK_CANDIDATES: u32 = 512;
    let targets = (targets / TENTHS).max(10) * TENTHS;
    let entries = bench.basis.entries().iter();
    let mut held_rows: Vec<AttributeRow> = entries.map(|entry| entry.attributes.clone()).collect();
    held_rows.extend_from_slice(windows);
    println!(
        "\nthe leak, {targets} targets, standard deviations of the sweep that the others move by, seed {}\n\
         steered              others    within  feasible  density  complexity  range  contour  (where feasible)",
        bench.seed
    );
    for (id, _) in STEERED {
        let steered_attribute = index(id);
        let wanted = bench.targets(steered_attribute, targets);
        for held in [false, true] {
            let mut rows: Vec<(usize, bool, AttributeRow)> = Vec::new();
            let mut within = 0;
            for (k, target) in wanted.iter().enumerate() {
                let mut goals = SteerGoals::wanted(steered_attribute, *target);
                for (other, _) in STEERED {
                    let other = index(other);
                    if held && other != steered_attribute {
                        goals.set(other, SteerGoal::Held(bench.basis.mean(other).unwrap()));
                    }
                }
                let steered = bench.steer(&SteerRequest {
                    goals: goals.clone(),
                    count: 1,
                    seed: bench.seed.wrapping_add(5_000 + k as u64),
                    max_candidates_per_melody: LEAK_CANDIDATES,
                    ..SteerRequest::default()
                });
                within += usize::from(steered.fraction_within == 1.0);
                let feasible = held_rows.iter().any(|row| goals.are_met(row, 0.5));
                let row = steered.entries[0].attributes.clone();
                rows.push((k * TENTHS / targets, feasible, row));
            }
            let moved = |attribute: usize, only_feasible: bool| {
                let tenths = (0..TENTHS).filter_map(|tenth| {
                    let of_tenth = rows.iter().filter(|(its_tenth, feasible, _)| {
                        *its_tenth == tenth && (*feasible || !only_feasible)
                    });
                    let values: Vec<f64> = of_tenth
                        .filter_map(|(_, _, row)| row.value(attribute))
                        .collect();
                    mean(&values)
                });
                let means: Vec<f64> = tenths.collect();
                let high = means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let low = means.iter().copied().fold(f64::INFINITY, f64::min);
                (high - low) / standard_deviation(&bench.values(attribute)).unwrap()
            };
            let all = STEERED.map(|(other, _)| moved(index(other), false));
            let feasible = STEERED.map(|(other, _)| moved(index(other), true));
            let feasible_count = rows.iter().filter(|(_, feasible, _)| *feasible).count();
            println!(
                "{id:<20} {:<9} {:>5.1}% {:>8.1}% {:>8.2} {:>11.2} {:>6.2} {:>8.2}  ({feasible:.2?})",
                if held { "held" } else { "free" },
                100.0 * within as f64 / targets as f64,
                100.0 * feasible_count as f64 / targets as f64,
                all[0],
                all[1],
                all[2],
                all[3],
            );
        }
    }
}

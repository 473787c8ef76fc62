//! Melodies like one of the sweep, but busier or calmer.

use std::sync::Arc;
use std::time::Instant;

use tunescape::melody::edit_distance;
use tunescape::statistics::mean;
use tunescape::sweep::{KeptAspect, SteerGoals, SteerOrigin, SteerRequest, SteerSource};

use crate::{Bench, index};

/// Melodies of the sweep, busier or calmer by three notes per bar: what else changes.
pub fn like(bench: &mut Bench, sources: usize) {
    println!(
        "\nlike this, but three notes per bar more or fewer, {sources} melodies of the sweep, 8 new ones each, seed {}\n\
         asked                                    within  changed notes  of that needed  ms",
        bench.seed
    );
    let density = index("note_density");
    let entries: Vec<_> = bench
        .basis
        .entries()
        .iter()
        .filter(|entry| (10..=18).contains(&entry.melody.notes().len()))
        .cloned()
        .collect();
    let every = (entries.len() / sources).max(1);
    for closeness in [Some(0.9), Some(0.7), Some(0.4), None] {
        for more in [3.0, -3.0] {
            let (mut within, mut changed, mut ms) = (vec![], vec![], vec![]);
            for (k, entry) in entries.iter().step_by(every).take(sources).enumerate() {
                let own = entry.attributes.value(density).unwrap();
                let from = closeness.map_or(SteerOrigin::Anywhere, |closeness| {
                    SteerOrigin::Like(SteerSource {
                        latent: bench.plan.latent(entry.id).unwrap(),
                        melody: Arc::clone(&entry.melody),
                        closeness,
                        keep: KeptAspect::Nothing,
                    })
                });
                let began = Instant::now();
                let steered = bench.steer(&SteerRequest {
                    goals: SteerGoals::wanted(density, own + more / 16.0),
                    from,
                    count: 8,
                    seed: bench.seed.wrapping_add(k as u64),
                    ..SteerRequest::default()
                });
                ms.push(1e3 * began.elapsed().as_secs_f64());
                within.push(steered.within);
                let found = steered.entries.iter();
                changed.extend(found.map(|e| edit_distance(&entry.melody, &e.melody)));
            }
            let name = match closeness {
                Some(closeness) => format!("{more:+.0} per bar, closeness {closeness}"),
                None => format!("{more:+.0} per bar, drawn anew"),
            };
            println!(
                "{name:<40} {:>5.1}% {:>14.2} {:>15} {:>5.0}",
                100.0 * mean(&within).unwrap(),
                mean(&changed).unwrap(),
                "6",
                mean(&ms).unwrap(),
            );
        }
    }
}

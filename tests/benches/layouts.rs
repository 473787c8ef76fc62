//! How far each layout of the shipped model's sweep can be trusted, and how long laying out takes.
//!
//! `cargo bench --bench layouts` prints the table for three seeds (`-- --seeds 99` for one, `-- --model PATH` for
//! another model), then the time for 100, 1,000, 6,400 and 100,000 melodies (`-- --no-times` leaves that out). The
//! plain difference is the yardstick from outside: share of differing onset cells + mean difference of the sounding
//! pitch in octaves.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tunescape::attributes::onset_pitch_difference;
use tunescape::embedding::{
    DistanceMatrix, Features, NEIGHBOURS, NeighbourDistance, Neighbours, mds,
};
use tunescape::latent::LatentPoint;
use tunescape::model::{DeviceChoice, Engine, Weights};
use tunescape::progress::no_progress;
use tunescape::sweep::{
    LayoutKind, MelodyEntry, Observer, RunOptions, Sweep, SweepConfig, SweepLayout, SweepObserver,
    Unobserved, run,
};

fn swept(engine: &mut Engine, seed: u64, samples: u32) -> (Sweep, Vec<MelodyEntry>) {
    let config = SweepConfig {
        seed,
        samples,
        ..SweepConfig::default()
    };
    let sweep = run(&config, &RunOptions::default(), engine, &mut Unobserved).unwrap();
    let entries = sweep.samples.clone();
    (sweep, entries)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let weights = match after("--model") {
        Some(path) => Weights::open(Path::new(&path)).unwrap(),
        None => Weights::default_model().unwrap(),
    };
    let mut engine = Engine::open(Arc::new(weights), &DeviceChoice::Cpu).unwrap();
    let seeds: Vec<u64> = after("--seeds").map_or_else(
        || vec![99, 1, 2],
        |list| list.split(',').map(|seed| seed.parse().unwrap()).collect(),
    );
    for seed in seeds {
        let (sweep, entries) = swept(&mut engine, seed, 64);
        println!("\nseed {seed}: {} melodies", entries.len());
        for kind in LayoutKind::ALL {
            quality(kind, &sweep, &entries);
        }
    }
    if !arguments.iter().any(|argument| argument == "--no-times") {
        times(&mut engine);
    }
}

fn quality(kind: LayoutKind, sweep: &Sweep, entries: &[MelodyEntry]) {
    let began = Instant::now();
    let map = SweepLayout::lay_out(kind, &sweep.plan, entries, &mut Unobserved).unwrap();
    let seconds = began.elapsed().as_secs_f64();
    let quality = map
        .quality_of(&map.positions, &sweep.plan, entries, &mut Unobserved)
        .unwrap();
    let rows: Vec<[f32; 2]> = map.positions.iter().map(|p| p.map(|x| x as f32)).collect();
    let Ok(near) = Neighbours::find(&Features::new(&rows), NEIGHBOURS, &mut no_progress);
    let plain = NeighbourDistance::measure(&near, entries.len(), |i, j| {
        onset_pitch_difference(&entries[i].melody, &entries[j].melody)
    });
    println!("{kind}: laid out in {seconds:.1} s");
    for (name, figures) in [
        ("own distance", quality.by_layout_distance),
        ("melody distance", quality.by_melody_distance),
    ] {
        println!(
            "  against the {name:<15} stress {:.3} (chance {:.3})  trust {:.4} continuity {:.4} (chance {:.2})  five kept {:.3} (chance {:.4})",
            figures.stress,
            figures.stress_chance,
            figures.trustworthiness,
            figures.continuity,
            figures.trustworthiness_chance,
            figures.neighbours_kept,
            figures.neighbours_chance,
        );
    }
    for (name, near) in [
        ("melody distance", quality.melody_distance),
        ("plain difference", plain),
    ] {
        println!(
            "  {name:<16} of map neighbours {:.3} = {:.3} x the floor {:.3} = {:.2} x random pairs {:.3}",
            near.map_neighbours,
            near.ratio(),
            near.true_neighbours,
            near.map_neighbours / near.random_pairs,
            near.random_pairs,
        );
    }
    let smooth: Vec<String> = quality
        .smoothness
        .iter()
        .map(|entry| format!("{} {:.3}", entry.id, entry.morans_i.unwrap_or(f64::NAN)))
        .collect();
    println!("  Moran's I {} (chance 0.000)", smooth.join(", "));
    if let Some(explained) = quality.explained_variance {
        println!(
            "  the decoder's linear reaction explains {:.0} % of unseen regions",
            100.0 * explained
        );
    }
}

/// When the first preview came.
struct First(Option<Instant>);

impl Observer for First {}

impl SweepObserver for First {
    fn preview(&mut self, _: &[[f64; 2]]) {
        self.0.get_or_insert_with(Instant::now);
    }
}

/// Times of the sound layout, and of the scaling of the latent points where that is affordable.
fn times(engine: &mut Engine) {
    println!("\nlayout time");
    let (sweep, entries) = swept(engine, 99, 1_000);
    for count in [100, 1_000, 6_400, 100_000] {
        let part: Vec<MelodyEntry> = entries
            .iter()
            .step_by(entries.len() / count)
            .take(count)
            .cloned()
            .collect();
        let began = Instant::now();
        let mut first = First(None);
        let made = SweepLayout::lay_out(LayoutKind::MelodyDistance, &sweep.plan, &part, &mut first);
        println!(
            "{count:>7} melodies by sound: {:.2} s, first preview after {:.3} s",
            began.elapsed().as_secs_f64(),
            first.0.map_or(0.0, |at| (at - began).as_secs_f64())
        );
        drop(made);
        if count <= 1_000 {
            let points: Vec<LatentPoint> = part
                .iter()
                .filter_map(|entry| sweep.plan.latent(entry.id))
                .collect();
            let began = Instant::now();
            let Ok(distances) = DistanceMatrix::euclidean(&points, &mut no_progress);
            let Ok(map) = mds(&distances, &mut no_progress);
            println!(
                "{count:>7} latent points by MDS: {:.2} s, stress {:.4}",
                began.elapsed().as_secs_f64(),
                map.stress
            );
        }
    }
}

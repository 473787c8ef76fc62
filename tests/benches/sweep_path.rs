//! How much a melody changes when the pointer moves a little, and how soon it is heard.
//!
//! `cargo bench --bench sweep_path` draws twenty straight lines of 40 steps across the default sweep in the sound and in
//! the latent layout, decodes every position, and prints the edit distance in notes between successive melodies beside that
//! between random positions; then the time from a request to the player's swap, decode included.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use tunescape::latent::{LatentPoint, shepard_point, shepard_weights};
use tunescape::melody::{Melody, edit_distance};
use tunescape::model::{DeviceChoice, Engine, MelodyModel as _, Sampling, Weights};
use tunescape::playback::{OutputChoice, Player};
use tunescape::sweep::{
    LayoutKind, MelodyId, RunOptions, Sweep, SweepConfig, SweepLayout, SweepPlan, Unobserved, run,
};
use tunescape::worker::{Job, OpenRequest, Outcome, ProbeRequest, Report, Worker, open_engine};

const LINES: usize = 20;
const STEPS: usize = 40;
/// As on the map: six neighbours, and a seventh that says how far they reach.
const NEIGHBOURS: usize = 6;

struct Map<'a> {
    plan: &'a SweepPlan,
    points: Vec<(MelodyId, [f64; 2])>,
    low: [f64; 2],
    high: [f64; 2],
}

impl<'a> Map<'a> {
    fn new(kind: LayoutKind, sweep: &'a Sweep) -> Self {
        let entries = &sweep.samples;
        let map = SweepLayout::lay_out(kind, &sweep.plan, entries, &mut Unobserved).unwrap();
        let points: Vec<(MelodyId, [f64; 2])> = entries
            .iter()
            .map(|entry| entry.id)
            .zip(map.positions)
            .collect();
        let bound = |of: fn(f64, f64) -> f64| {
            points
                .iter()
                .fold(points[0].1, |b, (_, p)| [of(b[0], p[0]), of(b[1], p[1])])
        };
        Self {
            plan: &sweep.plan,
            low: bound(f64::min),
            high: bound(f64::max),
            points,
        }
    }

    fn probe(&self, at: [f64; 2]) -> LatentPoint {
        let mut near: Vec<(f64, MelodyId)> = self
            .points
            .iter()
            .map(|(id, place)| ((place[0] - at[0]).hypot(place[1] - at[1]), *id))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        let distances: Vec<f64> = near.iter().take(NEIGHBOURS).map(|(d, _)| *d).collect();
        let points: Vec<LatentPoint> = near
            .iter()
            .take(NEIGHBOURS)
            .map(|(_, id)| self.plan.latent(*id).unwrap())
            .collect();
        shepard_point(&points, &shepard_weights(&distances, near[NEIGHBOURS].0)).unwrap()
    }

    /// The `k`-th of a sequence of places that fills the middle 80 % of the map evenly (additive recurrence).
    fn place(&self, k: usize) -> [f64; 2] {
        let share = |k: usize, step: f64| 0.1 + 0.8 * (0.5 + k as f64 * step).fract();
        let shares = [share(k, 0.754_877_666), share(k, 0.569_840_291)];
        [0, 1].map(|axis| self.low[axis] + shares[axis] * (self.high[axis] - self.low[axis]))
    }
}

fn print_distances(what: &str, mut distances: Vec<f64>) {
    distances.sort_by(f64::total_cmp);
    let same = distances.iter().filter(|d| **d == 0.0).count();
    println!(
        "{what}: median {:.1}, 90 % {:.1}, largest {:.1} notes; {:.0} % of steps change nothing",
        distances[distances.len() / 2],
        distances[distances.len() * 9 / 10],
        distances.last().unwrap(),
        100.0 * same as f64 / distances.len() as f64
    );
}

/// Note-level change between successive melodies along straight lines, and between random positions.
fn changes(map: &Map<'_>, kind: LayoutKind, engine: &mut Engine) {
    let mut melodies = |places: &[[f64; 2]]| -> Vec<Melody> {
        let latents: Vec<LatentPoint> = places.iter().map(|at| map.probe(*at)).collect();
        let tokens = engine.decode(&latents, &Sampling::Greedy).unwrap();
        tokens.into_iter().map(Melody::from_tokens).collect()
    };
    let steps = |melodies: &[Melody]| -> Vec<f64> {
        melodies
            .windows(2)
            .map(|two| edit_distance(&two[0], &two[1]))
            .collect()
    };
    let mut along = Vec::new();
    for line in 0..LINES {
        let (from, to) = (map.place(2 * line), map.place(2 * line + 1));
        let places: Vec<[f64; 2]> = (0..=STEPS)
            .map(|step| {
                let t = step as f64 / STEPS as f64;
                [0, 1].map(|axis| from[axis] + t * (to[axis] - from[axis]))
            })
            .collect();
        along.extend(steps(&melodies(&places)));
    }
    let jumps: Vec<[f64; 2]> = (100..101 + LINES * STEPS).map(|k| map.place(k)).collect();
    println!("{kind}");
    print_distances("  along straight lines", along);
    print_distances("  jumping to random positions", steps(&melodies(&jumps)));
}

fn main() {
    let weights = Arc::new(Weights::default_model().unwrap());
    let mut engine = Engine::open(weights, &DeviceChoice::Cpu).unwrap();
    let sweep = run(
        &SweepConfig::default(),
        &RunOptions::default(),
        &mut engine,
        &mut Unobserved,
    )
    .unwrap();
    for kind in [LayoutKind::Latent, LayoutKind::MelodyDistance] {
        changes(&Map::new(kind, &sweep), kind, &mut engine);
    }
    let map = Map::new(LayoutKind::MelodyDistance, &sweep);

    let mut worker = Worker::start(Box::new(open_engine), Arc::new(|_| {})).unwrap();
    let request = OpenRequest {
        model: None,
        device: DeviceChoice::Cpu,
    };
    worker.submit(Job::Open(request)).unwrap();
    loop {
        match worker.poll().map(|message| message.report) {
            Some(Report::Done(Outcome::Finished)) => break,
            Some(Report::Done(_)) => panic!("the model did not open"),
            _ => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    let player = Player::start_with(OutputChoice::Silent);
    player.set_tempo(120.0);
    let (mut decoded, mut swapped) = (Vec::new(), Vec::new());
    for number in 1..=200_u32 {
        let at = map.place(number as usize);
        let began = Instant::now();
        worker.decode_probe(ProbeRequest {
            number,
            position: at,
            latent: map.probe(at),
        });
        let preview = loop {
            if let Some(message) = worker.poll()
                && let Report::Probe(preview) = message.report
            {
                break preview;
            }
            std::thread::sleep(Duration::from_micros(200));
        };
        decoded.push(1e3 * began.elapsed().as_secs_f64());
        player.play(preview.melody, u64::from(number));
        while player.playhead().tag != Some(u64::from(number)) {
            std::thread::sleep(Duration::from_micros(200));
        }
        swapped.push(1e3 * began.elapsed().as_secs_f64());
        // Not in step with the sixteenths.
        std::thread::sleep(Duration::from_millis(u64::from(number * 37 % 120)));
    }
    for (what, mut times) in [
        ("pointer to decoded melody", decoded),
        (
            "pointer to swapped melody at 120 bpm (a sixteenth is 125 ms)",
            swapped,
        ),
    ] {
        times.sort_by(f64::total_cmp);
        println!(
            "{what}: median {:.1} ms, 99 % under {:.1} ms",
            times[times.len() / 2],
            times[times.len() * 99 / 100]
        );
    }
}

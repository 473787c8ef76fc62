//! Decoding speed on the CPU beside what burn's matrix products alone would allow.
//!
//! `cargo bench --bench decode` prints melodies per second for batches of 64, 512 and 6,400, their
//! ratio to that rate, and the time of one decode. The ratio can exceed 1: the decoder works on batches
//! that stay in the cache, and burn allocates every product anew.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use burn::prelude::*;
use tunescape::latent::{LatentPoint, prior_point};
use tunescape::model::{DeviceChoice, Engine, MelodyModel as _, MusicVaeConfig, Sampling, Weights};

/// Rows of the product that this rate is measured with: enough to reach the library's full speed.
const ROWS: usize = 4_096;

/// Multiplications and additions of the matrix products of one melody.
///
/// One-hot inputs and the latent point's part of the first layer are not products per step.
fn flop_per_melody(config: &MusicVaeConfig) -> f64 {
    let mut per_step = 0;
    let mut below = 0;
    for &units in &config.decoder_layers {
        per_step += (below + units) * 4 * units;
        below = units;
    }
    per_step += below * config.vocab_size;
    2.0 * (per_step * config.steps) as f64
}

/// Best of five runs, in seconds.
fn best_time(mut work: impl FnMut()) -> f64 {
    work();
    (0..5)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() {
    let weights = Arc::new(Weights::default_model().unwrap());
    let flop = flop_per_melody(weights.config());
    let units = weights.config().decoder_layers[0];
    let device = Device::flex();
    let left = Tensor::<2>::ones([ROWS, 2 * units], &device);
    let right = Tensor::<2>::ones([2 * units, 4 * units], &device);
    let seconds = best_time(|| {
        for _ in 0..16 {
            black_box(left.clone().matmul(right.clone()));
        }
    });
    let flop_per_second = 16.0 * 2.0 * (ROWS * 2 * units * 4 * units) as f64 / seconds;
    let library_rate = flop_per_second / flop;
    println!("{:.1} MFLOP per melody", flop / 1e6);
    println!(
        "burn's products alone: {:.1} GFLOP/s, a rate of {library_rate:.0} melodies/s",
        flop_per_second / 1e9
    );

    let mut engine = Engine::open(Arc::clone(&weights), &DeviceChoice::Cpu).unwrap();
    let points: Vec<LatentPoint> = (0..6_400)
        .map(|k| prior_point(weights.config().latent_size, 99, k))
        .collect();
    for batch in [64, 512, 6_400] {
        let seconds = best_time(|| {
            black_box(engine.decode(&points[..batch], &Sampling::Greedy).unwrap());
        });
        let rate = batch as f64 / seconds;
        println!(
            "batch {batch:>5}: {rate:>6.0} melodies/s, {:.0} % of that rate",
            100.0 * rate / library_rate
        );
    }
    let seconds = best_time(|| {
        black_box(engine.decode(&points[..1], &Sampling::Greedy).unwrap());
    });
    println!("one melody: {:.2} ms", 1e3 * seconds);
}

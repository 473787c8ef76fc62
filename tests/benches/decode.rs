//! Decoding speed on the CPU beside what burn's matrix products alone would allow.
//!
//! `cargo bench --bench decode` prints melodies per second for batches of 64, 512 and 6,400, their
//! ratio to that rate, the time of one decode beside the time to read its weights, and that of a slice of the latent space; the same for a decoder of the size of
//! the big published model. The ratio can exceed 1: the decoder works on batches that stay in the cache, and burn allocates
//! every product anew.
//!
//! `cargo bench --bench decode -- --device NAME` prints what a graphics adapter does instead: the time to its first melody
//! beside that of burn's operations, then for 6,400 points (or `--points N`) its launches and read-backs, its rate, and how
//! many melodies differ from the CPU's.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::prelude::*;
use tunescape::latent::{LatentPoint, prior_point};
use tunescape::melody::{Melody, edit_distance};
use tunescape::model::{
    DeviceChoice, Engine, MelodyModel as _, MusicVae, MusicVaeConfig, Parameters, Sampling,
    Weights, choose_device,
};
use tunescape::sweep::{Unobserved, latent_slice};

/// Rows of the product that this rate is measured with: enough to reach the library's full speed.
const ROWS: usize = 4_096;

/// Melodies per row of a slice of the latent space, and its reach.
const SLICE: (usize, f64) = (24, 1.5);

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

/// What `work` gives and how long it took, in seconds.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed().as_secs_f64())
}

fn prior_points(weights: &Weights, count: u64) -> Vec<LatentPoint> {
    let latent_size = weights.config().latent_size;
    let point = |k| prior_point(latent_size, 99, k);
    (0..count).map(point).collect()
}

/// Points that burn decodes at a time on an adapter.
const BURN_BATCH: usize = 64;

fn on_adapter(name: &str, count: u64) {
    let weights = Arc::new(Weights::default_model().unwrap());
    let points = prior_points(&weights, count);
    let choice = DeviceChoice::Named(name.to_owned());
    let info = choose_device(&choice).unwrap();
    let (device, seconds) = timed(|| info.open().unwrap());
    println!("{}: opened in {seconds:.2} s", info.name);
    let (mut engine, seconds) = timed(|| Engine::open(Arc::clone(&weights), &choice).unwrap());
    println!("kernel: compiled and tested against the CPU in {seconds:.2} s");
    engine
        .take_notices()
        .iter()
        .for_each(|notice| println!("{notice}"));
    let (_, seconds) = timed(|| engine.decode(&points[..1], &Sampling::Greedy).unwrap());
    println!("kernel: one melody {:.1} ms", 1e3 * seconds);
    let burn = MusicVae::new(&weights, &device);
    for run in ["first", "second"] {
        let batch = &points[..BURN_BATCH];
        let decode = || burn.decode_batch(batch, &Sampling::Greedy, false).unwrap();
        println!(
            "burn: {run} batch of {BURN_BATCH} in {:.2} s",
            timed(decode).1
        );
    }
    let mut cpu = Engine::open(Arc::clone(&weights), &DeviceChoice::Cpu).unwrap();
    let expected = cpu.decode(&points, &Sampling::Greedy).unwrap();
    // Launches of the usual 30 ms on this adapter, and as large as they get on a fast one.
    for milliseconds in [30, 60_000] {
        engine.set_gpu_chunk_time(Duration::from_millis(milliseconds));
        let before = engine.gpu_counts().unwrap_or_default();
        let (found, seconds) = timed(|| engine.decode(&points, &Sampling::Greedy).unwrap());
        let counts = engine.gpu_counts().unwrap_or_default() - before;
        let pairs = found.iter().zip(&expected);
        println!(
            "launches of up to {milliseconds} ms: {} melodies, {} dispatches, {} read-backs, {:.0} melodies/s, {} differ from the CPU's",
            counts.melodies,
            counts.dispatches,
            counts.read_backs,
            found.len() as f64 / seconds,
            pairs.filter(|(found, expected)| found != expected).count()
        );
    }
}

/// Bytes of the kernels that one step of one melody reads: two each if all weights are 16-bit floats, else four.
fn bytes_per_step(weights: &Weights) -> usize {
    let is_half = |x: &f32| half::f16::from_f32(*x).to_f32() == *x;
    let mut tensors = weights.parameters().iter();
    let half = tensors.all(|(_, tensor)| tensor.values.iter().all(is_half));
    let config = weights.config();
    let count = flop_per_melody(config) / 2.0 / config.steps as f64;
    count as usize * if half { 2 } else { 4 }
}

/// Seconds for one thread to read this many bytes as often as a melody has steps.
fn read_time(bytes: usize, steps: usize) -> f64 {
    let words = vec![1_u64; bytes / 8];
    best_time(|| {
        for _ in 0..steps {
            let sum = |words: &[u64]| words.iter().fold(0_u64, |sum, x| sum.wrapping_add(*x));
            black_box(sum(black_box(&words)));
        }
    })
}

/// Rate of burn's products alone for layers of these units, in operations per second.
fn library_flops(units: usize) -> f64 {
    let device = Device::flex();
    let left = Tensor::<2>::ones([ROWS, 2 * units], &device);
    let right = Tensor::<2>::ones([2 * units, 4 * units], &device);
    let flop = 2.0 * (ROWS * 2 * units * 4 * units) as f64;
    let repeats = (7e10 / flop).ceil();
    let seconds = best_time(|| {
        for _ in 0..repeats as usize {
            black_box(left.clone().matmul(right.clone()));
        }
    });
    repeats * flop / seconds
}

/// Prints the figures of a model for batches of these sizes and for one melody.
fn measure(name: &str, weights: &Arc<Weights>, batches: &[usize]) {
    let config = weights.config();
    let flop = flop_per_melody(config);
    let flops = library_flops(config.decoder_layers[0]);
    let library_rate = flops / flop;
    println!("{name}: {:.1} MFLOP per melody", flop / 1e6);
    println!(
        "burn's products alone: {:.1} GFLOP/s, a rate of {library_rate:.0} melodies/s",
        flops / 1e9
    );
    let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu).unwrap();
    let max = batches.iter().copied().max().unwrap_or(1) as u64;
    let points = prior_points(weights, max);
    for batch in batches {
        let seconds = best_time(|| {
            black_box(engine.decode(&points[..*batch], &Sampling::Greedy).unwrap());
        });
        let rate = *batch as f64 / seconds;
        println!(
            "batch {batch:>5}: {rate:>6.0} melodies/s, {:.0} % of that rate",
            100.0 * rate / library_rate
        );
    }
    let seconds = best_time(|| {
        black_box(engine.decode(&points[..1], &Sampling::Greedy).unwrap());
    });
    let bytes = bytes_per_step(weights);
    println!(
        "one melody: {:.2} ms; one thread reads its weights, {:.1} MB in each of {} steps, in {:.2} ms",
        1e3 * seconds,
        bytes as f64 / 1e6,
        config.steps,
        1e3 * read_time(bytes, config.steps)
    );
    let mut first = 0.0;
    let seconds = best_time(|| {
        let began = Instant::now();
        let mut coarse = |_| first = began.elapsed().as_secs_f64();
        let slice = latent_slice(&points[0], SLICE, &mut engine, &mut Unobserved, &mut coarse);
        black_box(slice.unwrap());
    });
    println!(
        "a slice of {0} x {0}: {1:.0} ms, a quarter of its melodies after {2:.0} ms (goal 300)",
        SLICE.0,
        1e3 * seconds,
        1e3 * first
    );
}

/// Mean edit distance, in notes, between the melody of a point and those at the edges of a slice around it: along the two principal
/// axes, and along random directions.
fn measure_axes(weights: &Arc<Weights>) {
    const POINTS: usize = 100;
    let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu).unwrap();
    let size = engine.latent_size();
    let axes = engine.principal_axes();
    let mut sums = [0.0; 3];
    for k in 0..POINTS {
        let centre = prior_point(size, 77, k as u64);
        let random = prior_point(size, 78, k as u64);
        let norm = random.as_slice().iter().map(|x| x * x).sum::<f32>().sqrt();
        let random = LatentPoint::new(random.as_slice().iter().map(|x| x / norm).collect());
        let shifted = |axis: &LatentPoint, distance: f32| {
            let coordinates = centre.as_slice().iter().zip(axis.as_slice());
            LatentPoint::new(coordinates.map(|(z, a)| z + distance * a).collect())
        };
        let mut latents = vec![centre.clone()];
        for axis in [&axes[0], &axes[1], &random] {
            let distance = SLICE.1 as f32;
            latents.extend([shifted(axis, distance), shifted(axis, -distance)]);
        }
        let decoded = engine.decode(&latents, &Sampling::Greedy).unwrap();
        let melodies: Vec<Melody> = decoded.into_iter().map(Melody::from_tokens).collect();
        for (sum, ends) in sums.iter_mut().zip(melodies[1..].chunks(2)) {
            *sum += ends
                .iter()
                .map(|end| edit_distance(&melodies[0], end))
                .sum::<f64>();
        }
    }
    let [first, second, random] = sums.map(|sum| sum / (2 * POINTS) as f64);
    println!(
        "edits to the edges of a slice: {first:.1} notes along the first principal axis, {second:.1} along the second, {random:.1} along a random direction ({:.1} and {:.1} times as many)",
        first / random,
        second / random
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    if let Some(device) = value("--device") {
        let points = value("--points").map_or(6_400, |count| count.parse().unwrap());
        return on_adapter(device, points);
    }
    let default = Arc::new(Weights::default_model().unwrap());
    measure("default model", &default, &[64, 512, 6_400]);
    measure_axes(&default);
    // The decoder of cat-mel_2bar_big; its encoder is not needed here.
    let config = MusicVaeConfig {
        latent_size: 512,
        encoder_layers: vec![16],
        decoder_layers: vec![2_048; 3],
        ..default.config().clone()
    };
    let parameters = Parameters::initialise(&config, 1);
    let big = Weights::new("big", config, parameters, serde_json::Value::Null);
    measure("sizes of cat-mel_2bar_big", &Arc::new(big.unwrap()), &[64]);
}

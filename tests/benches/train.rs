//! Training speed on the CPU beside what the matrix products of a step alone would allow.
//!
//! `cargo bench --bench train` prints, for each arithmetic of this processor and for one and two threads, examples per
//! second of whole steps (batch, gradient, optimiser, averaged weights) at the default sizes, and the share of that time
//! that the products take. `cargo bench --bench train -- --device NAME` (`gpu`, or part of an adapter's name; `flex` for
//! the tensor library on the CPU) prints examples per second of the same steps on a device, for batches of 64 to 2,048,
//! and that speed over the one at 64.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::time::Instant;

use tunescape::melody::Tokens;
use tunescape::model::{DeviceInfo, DeviceKind, MatmulFormat, list_devices};
use tunescape::training::gradient::matrix_products_only;
use tunescape::training::{Corpus, Trainer, TrainingConfig};

const STEPS: u32 = 20;

/// Melodies of eighths on every pitch: how long a step takes does not depend on the notes.
fn corpus() -> Corpus {
    let windows = (0..80_u8)
        .map(|pitch| Tokens::new([[2 + pitch, 0]; 16].concat()).unwrap())
        .collect();
    Corpus::from_windows("eighths", windows)
}

/// Steps on a device between two readings of its losses, so that each timing ends with one.
const DEVICE_STEPS: u64 = 16;

fn on_device(name: &str, corpus: &Corpus) {
    let device = if name == "flex" {
        burn::tensor::Device::flex()
    } else {
        let fits = |device: &DeviceInfo| match name {
            "gpu" => !matches!(device.kind, DeviceKind::Cpu | DeviceKind::Software),
            name => device.name.to_lowercase().contains(&name.to_lowercase()),
        };
        let found = list_devices().into_iter().find(fits);
        let found = found.unwrap_or_else(|| panic!("there is no device {name}"));
        println!("{}", found.name);
        found.open().unwrap()
    };
    let mut first = None;
    for batch in [64, 256, 1024, 2048] {
        let config = TrainingConfig {
            batch,
            ..TrainingConfig::default()
        };
        let mut trainer = Trainer::new(config).unwrap();
        trainer.use_device(device.clone());
        let round = |trainer: &mut Trainer| {
            let began = Instant::now();
            for _ in 0..DEVICE_STEPS {
                trainer.train_step(corpus).unwrap();
            }
            DEVICE_STEPS as f64 * batch as f64 / began.elapsed().as_secs_f64()
        };
        // The first round tunes kernels.
        round(&mut trainer);
        let rate = round(&mut trainer);
        let base = *first.get_or_insert(rate);
        println!(
            "  batch {batch}: {rate:.0} examples/s, {:.1} times batch 64",
            rate / base
        );
    }
}

fn main() {
    let corpus = corpus();
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--device") {
        return on_device(arguments.get(at + 1).map_or("gpu", String::as_str), &corpus);
    }
    for matmul in [MatmulFormat::Float32, MatmulFormat::Bfloat16] {
        if !matmul.is_supported() {
            println!("{matmul:?}: this processor has none");
            continue;
        }
        let config = TrainingConfig {
            arithmetic: matmul,
            ..TrainingConfig::default()
        };
        let rows = config.batch / config.shards;
        let _warm_up = matrix_products_only(&config.model, rows, matmul);
        let (seconds, flop) = (0..3)
            .map(|_| matrix_products_only(&config.model, rows, matmul))
            .map(|(time, flop)| (time.as_secs_f64(), flop))
            .fold((f64::INFINITY, 0.0), |best, next| {
                if next.0 < best.0 { next } else { best }
            });
        let alone = rows as f64 / seconds;
        println!(
            "{matmul:?}: products alone {alone:.0} examples/s and thread ({:.0} GFLOP/s, {:.0} MFLOP an example)",
            flop / seconds / 1e9,
            flop / rows as f64 / 1e6
        );
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let rate = pool.install(|| {
                let mut trainer = Trainer::new(config.clone()).unwrap();
                trainer.train_step(&corpus).unwrap();
                let began = Instant::now();
                for _ in 0..STEPS {
                    trainer.train_step(&corpus).unwrap();
                }
                f64::from(STEPS) * config.batch as f64 / began.elapsed().as_secs_f64()
            });
            println!(
                "  {threads} thread(s): {rate:.0} examples/s, {:.0} % of the time in products",
                100.0 * rate / (alone * threads as f64)
            );
        }
    }
}

//! Mutated and random input for every reader of foreign files: no panic, and no memory beyond what the input's own size
//! allows.
//!
//! Inputs are a function of the seed and their number, so that each can be made again. `TUNESCAPE_FUZZ_INPUTS` sets how
//! many each target gets (30 000 without it, more of MIDI), `TUNESCAPE_FUZZ_FIRST` the number of the first,
//! `TUNESCAPE_FUZZ_SEED` the seed. A million of each, with the figures printed:
//!
//! ```sh
//! TUNESCAPE_FUZZ_INPUTS=1000000 cargo test --release --test fuzz
//! ```
//!
//! The targets `published_…` damage checkpoints that lie beside the repository; without these they are reported as ignored.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(
    unsafe_code,
    reason = "counting allocated bytes takes an allocator of our own"
)]

#[path = "support/checkpoint_files.rs"]
mod checkpoint_files;
#[path = "support/harness.rs"]
mod harness;
#[path = "support/mutation.rs"]
mod mutation;
#[path = "support/tensorflow_table.rs"]
mod tensorflow_table;

use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use checkpoint_files::{Files, Tensors};
use harness::{Missing, needs, tests};
use mutation::{Mutator, pick};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tunescape::latent::LatentPoint;
use tunescape::melody::{
    ImportOptions, TrainingWindowOptions, import_part, parse_midi, song_parts, training_windows,
};
use tunescape::model::{
    DeviceChoice, Engine, Hierarchy, MelodyModel as _, MusicVaeConfig, Sampling, Weights,
};

tests![
    magenta_js_folders,
    tensorflow_indexes,
    published_tensorflow_index,
    tar_archives,
    published_tar_archive,
    safetensors_files,
    midi_files,
];

fn main() -> ExitCode {
    harness::run(&[TESTS])
}

/// Counts the bytes that are allocated, and the most at once since the count was last set back.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn grow(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(held, Ordering::Relaxed);
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Old and new may stand side by side for a moment.
        grow(size);
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One target at a time, or they would count each other's bytes.
static TURN: Mutex<()> = Mutex::new(());

fn setting(name: &str, usual: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(usual, |text| text.parse().unwrap())
}

/// Feeds a reader. `make` gives an input and its size; `read` says whether the input was accepted.
///
/// Memory at once may reach `fixed` bytes plus `each` bytes for every byte of the input.
fn feed<T>(
    target: &str,
    usual: u64,
    (fixed, each): (usize, usize),
    mut make: impl FnMut(&mut ChaCha8Rng) -> (T, usize),
    read: impl Fn(T) -> bool,
) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let inputs = setting("TUNESCAPE_FUZZ_INPUTS", usual);
    let first = setting("TUNESCAPE_FUZZ_FIRST", 0);
    let seed = setting("TUNESCAPE_FUZZ_SEED", 1);
    let started = Instant::now();
    let (mut accepted, mut max) = (0_u64, 0);
    for number in first..first + inputs {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        let (input, size) = make(&mut rng);
        let before = HELD.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let Ok(is_accepted) = catch_unwind(AssertUnwindSafe(|| read(input))) else {
            panic!("{target}: input {number} of seed {seed} makes the reader panic");
        };
        let peak = MOST.load(Ordering::Relaxed).saturating_sub(before);
        assert!(
            peak <= fixed + each * size,
            "{target}: input {number} of seed {seed} has {size} bytes and took {peak}"
        );
        accepted += u64::from(is_accepted);
        max = max.max(peak);
    }
    println!(
        "{target}: {inputs} inputs in {:.0} s, {accepted} accepted, no panic; most memory for one input {} KiB",
        started.elapsed().as_secs_f64(),
        max >> 10
    );
    assert!(
        accepted > 0,
        "{target}: no input came through, so none went deep"
    );
    assert!(accepted < inputs, "{target}: no input was damaged");
}

fn flat() -> MusicVaeConfig {
    MusicVaeConfig {
        latent_size: 2,
        encoder_layers: vec![1],
        decoder_layers: vec![1, 2],
        ..MusicVaeConfig::default()
    }
}

fn hierarchical() -> MusicVaeConfig {
    MusicVaeConfig {
        steps: 256,
        hierarchy: Some(Hierarchy {
            segments: 16,
            conductor_layers: vec![2],
            segment_encoder_layers: Vec::new(),
        }),
        ..flat()
    }
}

fn models() -> [Tensors; 2] {
    [flat(), hierarchical()]
        .map(|config| checkpoint_files::random_tensors(&config.tensor_shapes(), 3))
}

/// A file of a published checkpoint. These are larger, so their targets get fewer inputs.
fn published(name: &str) -> Result<Vec<u8>, Missing> {
    let name = format!("../shared/reference/flat_tiny/{name}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(root.join(&name)).map_err(|_| needs(name))
}

/// Runs what came through, now and then: a model of strange sizes must not panic later either.
fn use_weights(opened: Result<Weights, tunescape::model::CheckpointError>) -> bool {
    let Ok(weights) = opened else { return false };
    let config = weights.config().clone();
    if weights.hash().ends_with('0') && config.steps <= 256 && config.parameter_count() < 100_000 {
        let mut engine = Engine::open(Arc::new(weights), &DeviceChoice::Cpu).unwrap();
        let point = LatentPoint::new(vec![0.5; config.latent_size]);
        let melodies = engine.decode(&[point], &Sampling::Greedy).unwrap();
        assert_eq!(melodies[0].len(), config.steps);
        assert_eq!(engine.encode(&melodies).unwrap().len(), 1);
    }
    true
}

fn size_of(files: &Files) -> usize {
    files.values().map(Vec::len).sum()
}

fn open_files(files: Files) -> bool {
    use_weights(Weights::from_files(files, Path::new("fuzzed_2bar")))
}

fn open_bytes(bytes: Vec<u8>, name: &str) -> bool {
    use_weights(Weights::from_bytes(&bytes, "x", Path::new(name)))
}

fn magenta_js_folders() {
    let [flat, hierarchical] = models();
    let whole = [
        checkpoint_files::magenta_js(&flat, 32, false, 1_001),
        checkpoint_files::magenta_js(&flat, 32, true, 50_000),
        checkpoint_files::magenta_js(&hierarchical, 256, true, 700),
    ];
    let make = |rng: &mut ChaCha8Rng| {
        let mut files = pick(&whole, rng).clone();
        let mut mutator = Mutator::new(rng);
        for _ in 0..mutator.count() {
            match mutator.below(8) {
                0..=3 => mutator.mutate_json(files.get_mut("weights_manifest.json").unwrap()),
                4 => mutator.mutate_json(files.get_mut("config.json").unwrap()),
                5 => mutator.mutate_bytes(files.get_mut("weights_manifest.json").unwrap()),
                6 => {
                    let name = mutator.pick(&files.keys().cloned().collect::<Vec<_>>());
                    mutator.mutate_bytes(files.get_mut(&name).unwrap());
                }
                _ => {
                    let name = mutator.pick(&files.keys().cloned().collect::<Vec<_>>());
                    files.remove(&name);
                    if files.len() < 2 {
                        break;
                    }
                    files
                        .entry("config.json".to_owned())
                        .or_insert(b"{}".to_vec());
                    files
                        .entry("weights_manifest.json".to_owned())
                        .or_insert(b"[]".to_vec());
                }
            }
        }
        let size = size_of(&files);
        (files, size)
    };
    feed("magenta-js", 30_000, (2 << 20, 100), make, open_files);
}

/// What a table may unpack to is bounded by a budget of its own, 32 MiB.
const TENSORFLOW_MEMORY: (usize, usize) = (72 << 20, 100);

fn tensorflow_indexes() {
    let models = models();
    let whole = models
        .each_ref()
        .map(|tensors| checkpoint_files::tensorflow("m_2bar.ckpt", tensors));
    let entries = models.each_ref().map(checkpoint_files::tensorflow_entries);
    let make = |rng: &mut ChaCha8Rng| {
        let which = rng.random_range(0..2);
        let mut files = whole[which].clone();
        let mut mutator = Mutator::new(rng);
        let index = files.get_mut("m_2bar.ckpt.index").unwrap();
        match mutator.below(10) {
            // Blocks with wrong contents and right checksums.
            0..=3 => {
                let mut entries = entries[which].clone();
                for _ in 0..mutator.count() {
                    let at = mutator.below(entries.len());
                    match mutator.below(6) {
                        0 => mutator.mutate_bytes(&mut entries[at].0),
                        1 => {
                            entries.remove(at);
                        }
                        2 => {
                            let copy = entries[mutator.below(entries.len())].1.clone();
                            entries[at].1 = copy;
                        }
                        _ => mutator.mutate_bytes(&mut entries[at].1),
                    }
                    if entries.is_empty() {
                        break;
                    }
                }
                let blocks: Vec<Vec<u8>> =
                    entries.chunks(20).map(tensorflow_table::block).collect();
                *index = tensorflow_table::table_of_blocks(&blocks, mutator.below(2) == 0);
            }
            4..=6 => {
                let mut blocks: Vec<Vec<u8>> = entries[which]
                    .chunks(20)
                    .map(tensorflow_table::block)
                    .collect();
                let at = mutator.below(blocks.len());
                mutator.mutate_bytes(&mut blocks[at]);
                *index = tensorflow_table::table_of_blocks(&blocks, mutator.below(2) == 0);
            }
            7 | 8 => mutator.mutate_bytes(index),
            _ => mutator.mutate_bytes(files.get_mut("m_2bar.ckpt.data-00000-of-00001").unwrap()),
        }
        let size = size_of(&files);
        (files, size)
    };
    feed("TensorFlow", 30_000, TENSORFLOW_MEMORY, make, open_files);
}

fn published_tensorflow_index() -> Result<(), Missing> {
    const INDEX: &str = "cat-mel_2bar_tiny.ckpt.index";
    const DATA: &str = "cat-mel_2bar_tiny.ckpt.data-00000-of-00001";
    let whole = [INDEX, DATA]
        .map(|name| published(&format!("tf/{name}")).map(|bytes| (name.to_owned(), bytes)))
        .into_iter()
        .collect::<Result<Files, Missing>>()?;
    let make = |rng: &mut ChaCha8Rng| {
        let mut files = whole.clone();
        let mut mutator = Mutator::new(rng);
        for _ in 0..mutator.count() {
            mutator.mutate_bytes(files.get_mut(INDEX).unwrap());
        }
        let size = size_of(&files);
        (files, size)
    };
    let target = "published TensorFlow index";
    feed(target, 3_000, TENSORFLOW_MEMORY, make, open_files);
    Ok(())
}

fn tar_archives() {
    let [flat, hierarchical] = models();
    let bare = checkpoint_files::tensorflow("m_2bar.ckpt", &flat);
    let in_a_folder: Files = checkpoint_files::tensorflow("m_16bar.ckpt", &hierarchical)
        .into_iter()
        .map(|(name, bytes)| (format!("./some/{}/{name}", "long".repeat(40)), bytes))
        .collect();
    let js: Files = checkpoint_files::magenta_js(&flat, 32, true, 2_000)
        .into_iter()
        .map(|(name, bytes)| (format!("js/{name}"), bytes))
        .collect();
    let whole = [bare, in_a_folder, js].map(|files| checkpoint_files::tar(&files).unwrap());
    feed_tar("tar", 30_000, &whole);
}

fn published_tar_archive() -> Result<(), Missing> {
    let whole = published("cat-mel_2bar_tiny.tar")?;
    feed_tar("published tar", 3_000, &[whole]);
    Ok(())
}

fn feed_tar(target: &str, usual: u64, whole: &[Vec<u8>]) {
    let make = |rng: &mut ChaCha8Rng| {
        let mut bytes = pick(whole, rng).clone();
        let mut mutator = Mutator::new(rng);
        for _ in 0..mutator.count() {
            mutator.mutate_tar(&mut bytes);
        }
        let size = bytes.len();
        (bytes, size)
    };
    let open = |bytes| open_bytes(bytes, "fuzzed_2bar.tar");
    feed(target, usual, TENSORFLOW_MEMORY, make, open);
}

fn safetensors_files() {
    let whole: Vec<Vec<u8>> = [flat(), hierarchical()]
        .iter()
        .flat_map(|config| {
            use tunescape::model::{FloatFormat, Parameters};
            let parameters = Parameters::initialise(config, 1);
            let weights =
                Weights::new("x", config.clone(), parameters, serde_json::Value::Null).unwrap();
            [FloatFormat::Float32, FloatFormat::Float16]
                .map(|precision| weights.to_bytes(precision))
        })
        .collect();
    let make = |rng: &mut ChaCha8Rng| {
        let mut bytes = pick(&whole, rng).clone();
        let mut mutator = Mutator::new(rng);
        if mutator.below(3) == 0 {
            mutator.mutate_bytes(&mut bytes);
        } else {
            let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            let mut header = bytes[8..8 + length].to_vec();
            for _ in 0..mutator.count() {
                mutator.mutate_json(&mut header);
            }
            bytes.splice(8..8 + length, header.iter().copied());
            bytes[..8].copy_from_slice(&(header.len() as u64).to_le_bytes());
        }
        let size = bytes.len();
        (bytes, size)
    };
    let open = |bytes| open_bytes(bytes, "fuzzed.safetensors");
    feed("safetensors", 30_000, (2 << 20, 100), make, open);
}

fn midi_files() {
    let whole = mutation::midi_files();
    let make = |rng: &mut ChaCha8Rng| {
        let mut mutator = Mutator::new(rng);
        let bytes = match mutator.below(3) {
            0 => mutator.midi_file(),
            _ => {
                let mut bytes = mutator.pick(&whole);
                for _ in 0..mutator.count() {
                    mutator.mutate_bytes(&mut bytes);
                }
                bytes
            }
        };
        let size = bytes.len();
        (bytes, size)
    };
    feed("MIDI", 200_000, (1 << 20, 400), make, |bytes: Vec<u8>| {
        let Ok(song) = parse_midi(&bytes, &PathBuf::from("fuzzed.mid")) else {
            return false;
        };
        let notes: usize = song.tracks.iter().map(|track| track.notes.len()).sum();
        for bars in [2, 16] {
            let options = TrainingWindowOptions {
                bars,
                ..TrainingWindowOptions::default()
            };
            let found = training_windows(&song, &options);
            assert!(found.windows.iter().all(|window| window.len() == bars * 16));
            assert_eq!(found.notes.total(), notes);
        }
        for part in song_parts(&song) {
            let imported = import_part(&song, &part, &ImportOptions::song(32));
            assert_eq!(imported.report.notes.total(), part.notes.len());
        }
        true
    });
}

//! Time and memory to open a model of the sizes of the published `cat-mel_2bar_big`, in every form, and sessions of many melodies.
//!
//! `cargo bench --bench open` writes the model with random weights, opens each form in a process of its own with the file
//! in the system's cache, and prints seconds and peak memory. It fails above 2 s or, where the file holds 32-bit floats,
//! above 2.5 times the file. `session_rows` adds the table of sessions, and fails where one of 6,400 melodies takes more than a second
//! to open; with `sessions` as an argument it is the only one.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

mod session_rows;
#[path = "../support/tensorflow_table.rs"]
mod tensorflow_table;

#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every bench needs all of it")]
mod window;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use tensorflow_table::{
    block, bundle_entry, bundle_header, bytes_of, random_values, table_of_blocks,
};
use tunescape::model::{DeviceChoice, Engine, FloatFormat, MusicVaeConfig, Weights};

/// Names the file that a child process opens.
const CHILD: &str = "TUNESCAPE_BENCH_OPEN";

fn big() -> MusicVaeConfig {
    MusicVaeConfig {
        latent_size: 512,
        encoder_layers: vec![2048],
        decoder_layers: vec![2048; 3],
        ..MusicVaeConfig::default()
    }
}

fn main() {
    if let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) {
        if path.extension().is_some_and(|ending| ending == "tunescape") {
            session_rows::open_in_window(&path);
        } else {
            child(&path);
        }
        return;
    }
    if !std::env::args().any(|argument| argument == "sessions") {
        models();
    }
    session_rows::print();
}

fn models() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    println!("{} weights", big().parameter_count());
    println!(
        "{:<36} {:>8} {:>8} {:>10} {:>8}",
        "form", "MB", "seconds", "peak MB", "of file"
    );
    let index = at("cat-mel_2bar_big.ckpt.index");
    let data = at("cat-mel_2bar_big.ckpt.data-00000-of-00001");
    write_tensorflow(&index, &data);
    measure("TensorFlow checkpoint", &index, &[&data], true);

    let archive = at("cat-mel_2bar_big.tar");
    let mut builder = tar::Builder::new(File::create(&archive).unwrap());
    for path in [&index, &data] {
        let name = Path::new("cat-mel_2bar_big").join(path.file_name().unwrap());
        builder.append_path_with_name(path, name).unwrap();
    }
    builder.into_inner().unwrap().sync_all().unwrap();
    measure("tar archive", &archive, &[&archive], true);
    std::fs::remove_file(&archive).unwrap();

    let own = at("cat-mel_2bar_big.safetensors");
    let weights = Weights::open(&index).unwrap();
    std::fs::remove_file(&data).unwrap();
    weights.save(&own, FloatFormat::Float32).unwrap();
    measure("safetensors, 32 bits", &own, &[&own], true);
    weights.save(&own, FloatFormat::Float16).unwrap();
    measure("safetensors, 16 bits", &own, &[&own], false);
    drop(weights);
    std::fs::remove_file(&own).unwrap();

    let js = at("js");
    for (name, bits) in [("32 bits", 32), ("quantised to 16 bits", 16)] {
        std::fs::create_dir(&js).unwrap();
        let shards = write_magenta_js(&js, bits);
        let shards: Vec<&PathBuf> = shards.iter().collect();
        measure(&format!("magenta-js, {name}"), &js, &shards, bits == 32);
        std::fs::remove_dir_all(&js).unwrap();
    }
}

/// Opens the model and tells how long it took and how much memory it needed.
fn child(path: &Path) {
    let started = Instant::now();
    let weights = Arc::new(Weights::open(path).unwrap());
    let engine = Engine::open(weights, &DeviceChoice::Cpu).unwrap();
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(engine.weights().config(), &big());
    println!("{seconds} {}", peak_bytes());
}

/// The most memory that this process has had, bytes; 0 where the system does not tell.
fn peak_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map_or("0", |line| line.trim().trim_end_matches(" kB"));
    1024.0 * peak.trim().parse::<f64>().unwrap_or(0.0)
}

fn measure(form: &str, path: &Path, files: &[&PathBuf], is_full: bool) {
    let size: u64 = files.iter().map(|f| f.metadata().unwrap().len()).sum();
    // The best of three: the first may still wait for the disk to take what was written.
    let runs = (0..3).map(|_| {
        let output = Command::new(std::env::current_exe().unwrap())
            .env(CHILD, path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let (seconds, peak) = text.trim().split_once(' ').unwrap();
        let peak: f64 = peak.parse().unwrap();
        (seconds.parse::<f64>().unwrap(), peak)
    });
    let (seconds, peak) = runs.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    let ratio = peak / size as f64;
    println!(
        "{form:<36} {:>8.0} {seconds:>8.2} {:>10.0} {ratio:>8.2}",
        size as f64 / 1e6,
        peak / 1e6
    );
    assert!(seconds < 2.0, "{form}: {seconds} s");
    assert!(!is_full || ratio < 2.5, "{form}: {ratio} times the file");
}

fn write_tensorflow(index: &Path, data: &Path) {
    let mut out = BufWriter::new(File::create(data).unwrap());
    let mut entries = vec![(Vec::new(), bundle_header(1))];
    let mut offset = 0;
    for ((name, shape), seed) in big().tensor_shapes().into_iter().zip(1..) {
        let bytes = bytes_of(&random_values(shape.iter().product(), seed));
        out.write_all(&bytes).unwrap();
        let entry = bundle_entry(
            1,
            &shape,
            offset,
            bytes.len() as u64,
            crc32c::crc32c(&bytes),
        );
        entries.push((name.into_bytes(), entry));
        offset += bytes.len() as u64;
    }
    out.into_inner().unwrap().sync_all().unwrap();
    entries.sort();
    let table = table_of_blocks(&[block(&entries)], false);
    std::fs::write(index, table).unwrap();
}

/// Shards of 4 MiB, as the published ones have.
fn write_magenta_js(folder: &Path, bits: u32) -> Vec<PathBuf> {
    let (mut listed, mut paths, mut shards) = (Vec::new(), Vec::new(), Vec::new());
    let mut waiting: Vec<u8> = Vec::new();
    let mut flush = |waiting: &mut Vec<u8>, all: bool| {
        while waiting.len() >= 4 << 20 || (all && !waiting.is_empty()) {
            let rest = waiting.split_off(waiting.len().min(4 << 20));
            let name = format!("group1-shard{}", paths.len() + 1);
            std::fs::write(folder.join(&name), &waiting).unwrap();
            shards.push(folder.join(&name));
            paths.push(name);
            *waiting = rest;
        }
    };
    for ((name, shape), seed) in big().tensor_shapes().into_iter().zip(1..) {
        let values = random_values(shape.iter().product(), seed);
        let mut entry = serde_json::json!({"name": name, "shape": shape, "dtype": "float32"});
        // Whole shards at a time, or cutting them off the front would copy the rest each time.
        for part in values.chunks(1 << 20) {
            if bits == 32 {
                waiting.extend(bytes_of(part));
            } else {
                let quantised = part.iter().map(|x| ((x + 0.1) / 0.2 * 65_535.0) as u16);
                waiting.extend(quantised.flat_map(u16::to_le_bytes));
            }
            flush(&mut waiting, false);
        }
        if bits == 16 {
            entry["quantization"] =
                serde_json::json!({"dtype": "uint16", "min": -0.1, "scale": 0.2 / 65_535.0});
        }
        listed.push(entry);
    }
    flush(&mut waiting, true);
    let manifest = serde_json::json!([{"paths": paths, "weights": listed}]);
    std::fs::write(folder.join("weights_manifest.json"), manifest.to_string()).unwrap();
    shards
}

//! Checkpoints in every published form, written from scratch: what tests and benchmarks open.
//!
//! The forms are written by this file alone, so that the readers are not tested against themselves.

use std::collections::BTreeMap;
use std::io;

use super::tensorflow_table::{
    Entry, block, bundle_entry, bundle_header, bytes_of, random_values, table_of_blocks,
};

/// Name, shape and values of each tensor.
pub type Tensors = Vec<(String, Vec<usize>, Vec<f32>)>;
/// Contents of files by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

pub fn random_tensors(shapes: &[(String, Vec<usize>)], seed: u64) -> Tensors {
    shapes
        .iter()
        .zip(seed..)
        .map(|((name, shape), seed)| {
            let values = random_values(shape.iter().product(), seed);
            (name.clone(), shape.clone(), values)
        })
        .collect()
}

/// The index entries of a checkpoint, with the optimiser's variables that a training run leaves.
pub fn tensorflow_entries(tensors: &Tensors) -> Vec<Entry> {
    entries_and_data(tensors).0
}

fn entries_and_data(tensors: &Tensors) -> (Vec<Entry>, Vec<u8>) {
    let mut data = Vec::new();
    let mut entries: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    entries.insert(Vec::new(), bundle_header(1));
    let step = 51_234_i64.to_le_bytes();
    let crc = crc32c::crc32c(&step);
    entries.insert(b"global_step".to_vec(), bundle_entry(9, &[], 0, 8, crc));
    data.extend(step);
    for (name, shape, values) in tensors {
        let bytes = bytes_of(values);
        let entry = |offset: usize| {
            let size = bytes.len() as u64;
            bundle_entry(1, shape, offset as u64, size, crc32c::crc32c(&bytes))
        };
        entries.insert(name.clone().into_bytes(), entry(data.len()));
        data.extend(&bytes);
        if shape.len() == 1 {
            entries.insert(format!("{name}/Adam").into_bytes(), entry(data.len()));
            data.extend(&bytes);
        }
    }
    (entries.into_iter().collect(), data)
}

/// A TensorFlow checkpoint called `stem`.
pub fn tensorflow(stem: &str, tensors: &Tensors) -> Files {
    let (entries, data) = entries_and_data(tensors);
    let blocks: Vec<Vec<u8>> = entries.chunks(20).map(block).collect();
    Files::from([
        (format!("{stem}.index"), table_of_blocks(&blocks, false)),
        (format!("{stem}.data-00000-of-00001"), data),
    ])
}

/// A magenta-js folder; with `quantise`, every other kernel has 8 or 16 bits.
pub fn magenta_js(tensors: &Tensors, steps: usize, quantise: bool, shard_bytes: usize) -> Files {
    let mut data = Vec::new();
    let mut weight_entries = Vec::new();
    for (position, (name, shape, values)) in tensors.iter().enumerate() {
        let mut entry = serde_json::json!({"name": name, "shape": shape, "dtype": "float32"});
        if quantise && position % 4 == 0 {
            entry["quantization"] =
                serde_json::json!({"dtype": "uint8", "min": -0.1, "scale": 0.2 / 255.0});
            data.extend(values.iter().map(|x| ((x + 0.1) / 0.2 * 255.0) as u8));
        } else if quantise && position % 4 == 2 {
            entry["quantization"] =
                serde_json::json!({"dtype": "uint16", "min": -0.1, "scale": 0.2 / 65_535.0});
            let quantised = values.iter().map(|x| ((x + 0.1) / 0.2 * 65_535.0) as u16);
            data.extend(quantised.flat_map(u16::to_le_bytes));
        } else {
            data.extend(bytes_of(values));
        }
        weight_entries.push(entry);
    }
    let mut files = Files::new();
    for (number, bytes) in data.chunks(shard_bytes).enumerate() {
        files.insert(format!("group1-shard{}", number + 1), bytes.to_vec());
    }
    let paths: Vec<&String> = files.keys().collect();
    // By number, not by letter: shard 10 comes after shard 9.
    let mut paths: Vec<String> = paths.into_iter().cloned().collect();
    paths.sort_by_key(|path| (path.len(), path.clone()));
    let manifest = serde_json::json!([{"paths": paths, "weights": weight_entries}]);
    files.insert(
        "weights_manifest.json".to_owned(),
        manifest.to_string().into_bytes(),
    );
    let config = serde_json::json!({"type": "MusicVAE", "dataConverter": {
        "type": "MelodyConverter", "args": {"numSteps": steps, "minPitch": 21, "maxPitch": 108}}});
    files.insert("config.json".to_owned(), config.to_string().into_bytes());
    files
}

/// An archive of these files.
pub fn tar(files: &Files) -> io::Result<Vec<u8>> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, &bytes[..])?;
    }
    builder.into_inner()
}

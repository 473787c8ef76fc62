//! Checkpoints that cannot be used: one clear sentence each, and no memory for what is not there.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod archives;
mod contents;

#[path = "../support/checkpoint_files.rs"]
mod checkpoint_files;
#[path = "../support/tensorflow_table.rs"]
mod tensorflow_table;

use std::path::Path;

use checkpoint_files::{Files, Tensors, magenta_js, random_tensors, tensorflow};
use tunescape::model::{MusicVaeConfig, Weights};

fn small() -> MusicVaeConfig {
    MusicVaeConfig {
        latent_size: 4,
        encoder_layers: vec![3],
        decoder_layers: vec![5, 6],
        ..MusicVaeConfig::default()
    }
}

fn tensors(config: &MusicVaeConfig) -> Tensors {
    random_tensors(&config.tensor_shapes(), 1)
}

fn js() -> Files {
    magenta_js(&tensors(&small()), 32, true, 1_001)
}

fn tf() -> Files {
    tensorflow("my_2bar.ckpt", &tensors(&small()))
}

fn open(files: Files) -> Result<Weights, String> {
    Weights::from_files(files, Path::new("somewhere")).map_err(|error| error.to_string())
}

/// The one sentence that refuses these files.
fn refused(files: Files) -> String {
    let message = open(files).unwrap_err();
    assert!(!message.contains('\n') && message.len() < 400, "{message}");
    message
}

/// Asserts that these files are refused in one sentence that has all of these parts.
fn assert_refused(files: Files, parts: &[&str]) {
    let message = refused(files);
    for part in parts {
        assert!(message.contains(part), "{part}: {message}");
    }
}

fn edit(mut files: Files, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Files {
    change(files.get_mut(name).unwrap());
    files
}

fn edit_text(files: Files, name: &str, from: &str, to: &str) -> Files {
    edit(files, name, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        *bytes = text.replacen(from, to, 1).into_bytes();
    })
}

const DATA: &str = "my_2bar.ckpt.data-00000-of-00001";
const INDEX: &str = "my_2bar.ckpt.index";
const MANIFEST: &str = "weights_manifest.json";

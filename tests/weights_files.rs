//! Weights files that cannot be used: each is refused with a sentence that says why.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use tunescape::model::{
    CheckpointError, CpuTensor, FloatFormat, MusicVaeConfig, Parameters, Weights,
};

fn small() -> MusicVaeConfig {
    MusicVaeConfig {
        latent_size: 4,
        steps: 16,
        encoder_layers: vec![3, 5],
        decoder_layers: vec![6],
        ..MusicVaeConfig::default()
    }
}

fn weights() -> Weights {
    let parameters = Parameters::initialise(&small(), 7);
    Weights::new(
        "small",
        small(),
        parameters,
        serde_json::json!({ "by": "a test" }),
    )
    .unwrap()
}

fn refused(bytes: &[u8]) -> String {
    Weights::from_bytes(bytes, "broken", Path::new("broken.safetensors"))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_saved_file_gives_the_same_weights_sizes_and_provenance_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.safetensors");
    weights().save(&path, FloatFormat::Float32).unwrap();
    let read = Weights::open(&path).unwrap();
    assert_eq!(read.config(), &small());
    assert_eq!(read.parameters(), weights().parameters());
    assert_eq!(read.provenance()["by"], "a test");
    assert_eq!(read.hash(), weights().hash());
    assert_eq!(read.hash().len(), 12);
}

#[test]
fn half_precision_halves_the_file_and_keeps_three_digits() {
    let full = weights().to_bytes(FloatFormat::Float32);
    let half = weights().to_bytes(FloatFormat::Float16);
    assert!(half.len() < full.len() * 6 / 10);
    let read = Weights::from_bytes(&half, "half", Path::new("half")).unwrap();
    for ((name, a), (_, b)) in read.parameters().iter().zip(weights().parameters().iter()) {
        for (a, b) in a.values.iter().zip(&b.values) {
            assert!(
                (a - b).abs() <= b.abs() * 1e-3 + 1e-6,
                "{name}: {a} for {b}"
            );
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_called_incomplete() {
    let bytes = weights().to_bytes(FloatFormat::Float16);
    assert!(refused(&[]).contains("is empty"));
    for length in [1, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        let text = refused(&bytes[..length]);
        assert!(
            text.contains("not a complete safetensors file"),
            "{length}: {text}"
        );
        assert!(text.contains("broken.safetensors"), "{text}");
    }
}

#[test]
fn a_missing_file_says_which_and_what_to_do() {
    let text = Weights::open(Path::new("/no/such/weights.safetensors"))
        .unwrap_err()
        .to_string();
    assert!(text.contains("/no/such/weights.safetensors"), "{text}");
    assert!(text.contains("default model"), "{text}");
}

#[test]
fn a_tensor_of_the_wrong_shape_and_a_missing_one_are_named() {
    let mut wrong = Parameters::initialise(&small(), 7);
    let name = "encoder/mu/kernel";
    wrong.insert(
        name,
        CpuTensor {
            shape: vec![2, 4],
            values: vec![0.0; 8],
        },
    );
    let error = Weights::new("x", small(), wrong, serde_json::Value::Null).unwrap_err();
    assert!(error.to_string().contains(name), "{error}");
    assert!(matches!(error, CheckpointError::Shape { .. }));

    let empty = Weights::new("x", small(), Parameters::default(), serde_json::Value::Null);
    assert!(matches!(
        empty.unwrap_err(),
        CheckpointError::MissingTensor { .. }
    ));
}

#[test]
fn a_weight_that_is_not_a_number_is_found() {
    let mut broken = Parameters::initialise(&small(), 7);
    let name = "decoder/output_projection/bias";
    let mut values = vec![0.0; 90];
    values[41] = f32::NAN;
    broken.insert(
        name,
        CpuTensor {
            shape: vec![90],
            values,
        },
    );
    let error = Weights::new("x", small(), broken, serde_json::Value::Null).unwrap_err();
    assert!(error.to_string().contains("index 41"), "{error}");
}

#[test]
fn any_other_file_is_refused() {
    assert!(refused(b"MThd\0\0\0\x06").contains("MIDI file"));
    assert!(refused(&[0xff; 4096]).contains("not a complete safetensors file"));
}

/// A safetensors file without its metadata, as another library would rewrite it.
fn without_metadata(bytes: &[u8]) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    header
        .as_object_mut()
        .unwrap()
        .remove("__metadata__")
        .unwrap();
    let header = serde_json::to_vec(&header).unwrap();
    let start = (header.len() as u64).to_le_bytes();
    [&start[..], &header, &bytes[8 + length..]].concat()
}

#[test]
fn a_model_folder_is_the_same_model_and_its_config_stands_in_for_missing_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("my model");
    let weights = weights();
    weights.save_folder(&model, FloatFormat::Float32).unwrap();
    let tensors = model.join("model.safetensors");
    let config = model.join("config.json");
    let same = |path: &Path| {
        let opened = Weights::open(path).unwrap();
        assert_eq!(opened.config(), weights.config(), "{path:?}");
        assert_eq!(opened.parameters(), weights.parameters(), "{path:?}");
        assert_eq!(opened.name(), "my model");
    };
    for path in [&model, &tensors, &config] {
        same(path);
    }
    // The head of the card is YAML between two lines of dashes.
    let card = fs::read_to_string(model.join("README.md")).unwrap();
    let head = card.split("---\n").nth(1).unwrap();
    assert!(head.contains("library_name: tunescape\n") && head.contains("tags:\n- music\n"));
    let sizes: serde_json::Value = serde_json::from_slice(&fs::read(&config).unwrap()).unwrap();
    assert_eq!(sizes["model_type"], "musicvae");
    assert_eq!(sizes["latent_size"], weights.config().latent_size);

    let whole = fs::read(&tensors).unwrap();
    fs::write(&tensors, without_metadata(&whole)).unwrap();
    for path in [&model, &tensors] {
        same(path);
    }
    // Without either, the sizes are unknown; a config that contradicts the metadata is an error that names both.
    let text = fs::read_to_string(&config).unwrap();
    fs::remove_file(&config).unwrap();
    let said = Weights::open(&model).unwrap_err().to_string();
    assert!(said.contains("no model sizes"), "{said}");
    fs::write(&tensors, &whole).unwrap();
    same(&model);
    fs::write(&config, text.replace("\"steps\": 16", "\"steps\": 32")).unwrap();
    let said = Weights::open(&model).unwrap_err().to_string();
    assert!(said.contains("config.json"), "{said}");
    // The config of another kind of model, as magenta-js has one, says nothing.
    fs::write(&config, "{\"type\": \"MusicRNN\"}").unwrap();
    same(&model);
    for damaged in ["", "{", "{\"model_type\": \"musicvae\"}", "[1]"] {
        fs::write(&config, damaged).unwrap();
        let opened = Weights::open(&model);
        assert_eq!(opened.is_err(), damaged.contains("musicvae"), "{damaged}");
    }
}

//! The tiny flat model in `tests/fixtures/flat_tiny`, and what the two public implementations of MusicVAE compute from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tunescape::latent::LatentPoint;
use tunescape::melody::Tokens;
use tunescape::model::{MusicVae, Sampling, Weights};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/flat_tiny")
        .join(name)
}

fn floats(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(fixture(name)).unwrap();
    npyz::NpyFile::new(&bytes[..]).unwrap().into_vec().unwrap()
}

fn rows(name: &str, width: usize) -> Vec<Vec<f32>> {
    floats(name)
        .chunks_exact(width)
        .map(<[f32]>::to_vec)
        .collect()
}

/// A table of melodies in the file of expected results.
pub fn token_table(key: &str) -> Vec<Tokens> {
    let text = std::fs::read_to_string(fixture("expected.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let table: Vec<Vec<u8>> = serde_json::from_value(json[key].clone()).unwrap();
    table
        .into_iter()
        .map(|ids| Tokens::new(ids).unwrap())
        .collect()
}

/// The weights.
pub fn tiny() -> Arc<Weights> {
    Arc::new(Weights::open(&fixture("weights.safetensors")).unwrap())
}

/// The latent points whose melodies are known.
pub fn points() -> Vec<LatentPoint> {
    rows("z.npy", 16)
        .into_iter()
        .map(LatentPoint::new)
        .collect()
}

fn max_difference(actual: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(actual.len(), expected.len());
    actual
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

/// Asserts that a device gives the tokens, logits and posteriors of the public implementations.
pub fn assert_agrees_with_both_implementations(device: &burn::tensor::Device) {
    let model = MusicVae::new(&tiny(), device);
    let decoded = model
        .decode_batch(&points(), &Sampling::Greedy, true)
        .unwrap();
    assert_eq!(
        decoded.tokens,
        token_table("tokens"),
        "tokens of the 72 points"
    );
    let logits = floats("logits_js_f32.npy");
    let difference = max_difference(&decoded.logits[..logits.len()], &logits);
    assert!(difference < 1e-3, "logits are off by {difference}");

    let posteriors = model.encode(&token_table("melody_tokens")).unwrap();
    for (k, (mu, sigma)) in rows("mu_js_f32.npy", 16)
        .iter()
        .zip(rows("sigma_tf_f32.npy", 16))
        .enumerate()
    {
        let difference = max_difference(&posteriors[k].mu, mu);
        assert!(difference < 1e-5, "mu of melody {k} is off by {difference}");
        let difference = max_difference(&posteriors[k].sigma, &sigma);
        assert!(
            difference < 1e-5,
            "sigma of melody {k} is off by {difference}"
        );
    }
}

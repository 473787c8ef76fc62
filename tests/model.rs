//! The model against the two public implementations of MusicVAE, on the CPU and on wgpu.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tunescape::latent::LatentPoint;
use tunescape::melody::Tokens;
use tunescape::model::{
    Decode as _, DeviceChoice, DeviceKind, Engine, MusicVae, Sampling, Weights, list_devices,
};

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

fn token_table(key: &str) -> Vec<Tokens> {
    let text = std::fs::read_to_string(fixture("expected.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let table: Vec<Vec<u8>> = serde_json::from_value(json[key].clone()).unwrap();
    table
        .into_iter()
        .map(|ids| Tokens::new(ids).unwrap())
        .collect()
}

fn tiny() -> Arc<Weights> {
    Arc::new(Weights::open(&fixture("weights.safetensors")).unwrap())
}

fn points() -> Vec<LatentPoint> {
    rows("z.npy", 16)
        .into_iter()
        .map(LatentPoint::new)
        .collect()
}

fn largest_gap(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    found
        .iter()
        .zip(wanted)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max)
}

fn agrees_with_both_implementations(device: &burn::tensor::Device) {
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
    let gap = largest_gap(&decoded.logits[..logits.len()], &logits);
    assert!(gap < 1e-3, "logits are off by {gap}");

    let posteriors = model.encode(&token_table("melody_tokens")).unwrap();
    for (k, (mu, sigma)) in rows("mu_js_f32.npy", 16)
        .iter()
        .zip(rows("sigma_tf_f32.npy", 16))
        .enumerate()
    {
        let gap = largest_gap(&posteriors[k].mu, mu);
        assert!(gap < 1e-5, "mu of melody {k} is off by {gap}");
        let gap = largest_gap(&posteriors[k].sigma, &sigma);
        assert!(gap < 1e-5, "sigma of melody {k} is off by {gap}");
    }
}

#[test]
fn the_cpu_gives_the_tokens_logits_and_posteriors_of_the_public_implementations() {
    agrees_with_both_implementations(&burn::tensor::Device::flex());
}

#[test]
fn wgpu_through_a_software_adapter_agrees_and_proves_itself_when_asked_for_by_name() {
    let Some(adapter) = list_devices()
        .into_iter()
        .find(|d| d.kind == DeviceKind::Software)
    else {
        eprintln!("skipped: no software adapter on this machine (apt: mesa-vulkan-drivers)");
        return;
    };
    agrees_with_both_implementations(&adapter.open().unwrap());
    let mut engine = Engine::open(tiny(), &DeviceChoice::Named(adapter.name.clone())).unwrap();
    assert_eq!(engine.take_notices(), Vec::<String>::new());
    assert_eq!(
        engine.device_name(),
        adapter.name,
        "the adapter, not the CPU, is at work"
    );
    assert_eq!(engine.agreement().unwrap().differing, 0);
    let decoded = engine.decode(&points(), &Sampling::Greedy).unwrap();
    assert_eq!(decoded, token_table("tokens"));
}

#[test]
fn a_software_adapter_is_never_chosen_unless_it_is_named() {
    let engine = Engine::open(tiny(), &DeviceChoice::Auto).unwrap();
    let software: Vec<String> = list_devices()
        .into_iter()
        .filter(|device| device.kind == DeviceKind::Software)
        .map(|device| device.name)
        .collect();
    assert!(!software.contains(&engine.device_name()));
}

#[test]
fn without_a_gpu_the_wish_for_one_becomes_a_notice_and_the_cpu_decodes() {
    let real = |kind| {
        matches!(
            kind,
            DeviceKind::DiscreteGpu | DeviceKind::IntegratedGpu | DeviceKind::VirtualGpu
        )
    };
    if list_devices().iter().any(|device| real(device.kind)) {
        eprintln!("skipped: this machine has a GPU");
        return;
    }
    let mut engine = Engine::open(tiny(), &DeviceChoice::Gpu).unwrap();
    let notices = engine.take_notices();
    assert!(notices[0].contains("The CPU takes over"), "{notices:?}");
    assert_eq!(
        engine.decode(&points(), &Sampling::Greedy).unwrap(),
        token_table("tokens")
    );
}

#[test]
fn an_adapter_that_nobody_has_is_an_error_that_says_what_to_type() {
    let error = Engine::open(tiny(), &DeviceChoice::Named("no such card".into()))
        .err()
        .unwrap();
    assert!(error.to_string().contains("tunescape devices"), "{error}");
}

#[test]
fn a_melody_does_not_depend_on_the_size_of_its_batch_greedy_or_with_temperature() {
    let mut engine = Engine::open(tiny(), &DeviceChoice::Cpu).unwrap();
    let points = points();
    let drawn = Sampling::Temperature {
        temperature: 0.8,
        seed: 5,
        first_stream: 11,
    };
    for sampling in [Sampling::Greedy, drawn] {
        let whole = engine.decode(&points, &sampling).unwrap();
        for size in [1, 7, 64] {
            let mut parts = Vec::new();
            for (k, batch) in points.chunks(size).enumerate() {
                let sampling = match sampling {
                    Sampling::Temperature {
                        temperature,
                        seed,
                        first_stream,
                    } => {
                        let first_stream = first_stream + (k * size) as u64;
                        Sampling::Temperature {
                            temperature,
                            seed,
                            first_stream,
                        }
                    }
                    greedy => greedy,
                };
                parts.extend(engine.decode(batch, &sampling).unwrap());
            }
            assert_eq!(parts, whole, "batches of {size}");
        }
    }
}

#[test]
fn a_low_temperature_is_greedy_and_a_high_one_is_not() {
    let mut engine = Engine::open(tiny(), &DeviceChoice::Cpu).unwrap();
    let at = |temperature| Sampling::Temperature {
        temperature,
        seed: 1,
        first_stream: 0,
    };
    let greedy = engine.decode(&points(), &Sampling::Greedy).unwrap();
    assert_eq!(engine.decode(&points(), &at(1e-5)).unwrap(), greedy);
    let wild = engine.decode(&points(), &at(2.0)).unwrap();
    let same = wild.iter().zip(&greedy).filter(|(a, b)| a == b).count();
    assert!(
        same < greedy.len() / 4,
        "{same} melodies are still the greedy ones"
    );
}

#[test]
fn points_of_another_width_and_not_a_number_are_refused() {
    let mut engine = Engine::open(tiny(), &DeviceChoice::Cpu).unwrap();
    let narrow = engine.decode(&[LatentPoint::new(vec![0.0; 15])], &Sampling::Greedy);
    assert!(narrow.unwrap_err().to_string().contains("15 numbers"));
    let broken = engine.decode(&[LatentPoint::new(vec![f32::NAN; 16])], &Sampling::Greedy);
    assert!(broken.unwrap_err().to_string().contains("not a number"));
}

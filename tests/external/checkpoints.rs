//! Every published form of a checkpoint against what the two public implementations of MusicVAE compute from it.
//!
//! `cargo test --release --test external checkpoints` prints the table of fixtures against results.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tunescape::latent::LatentPoint;
use tunescape::melody::Tokens;
use tunescape::model::{DeviceChoice, DeviceKind, Engine, MusicVae, Posterior, Sampling, Weights};

use crate::harness::{Missing, tests};
use crate::requirements::{adapter, reference};

tests![
    every_published_form_gives_the_numbers_of_the_public_implementations_on_the_cpu,
    every_published_form_gives_the_numbers_of_the_public_implementations_on_wgpu,
    one_model_has_one_hash_in_every_form_and_after_conversion,
    sizes_and_names_are_those_of_the_checkpoint,
];

/// Two logits closer than this may change places from one implementation to another.
const MARGIN: f64 = 1e-3;

/// A checkpoint, and the files with what it should give.
struct Fixture {
    path: &'static str,
    tokens: &'static str,
    logits: &'static str,
    mu: &'static str,
    sigma: Option<&'static str>,
    tensors: &'static str,
    /// File and key of the melodies that were encoded.
    melodies: (&'static str, &'static str),
}

const FLAT: Fixture = Fixture {
    path: "",
    tokens: "f32.json",
    logits: "logits_js_f32.npy",
    mu: "mu_js_f32.npy",
    sigma: Some("sigma_tf_f32.npy"),
    tensors: "tensors_f32.json",
    melodies: ("f32.json", "melody_tokens"),
};

const FLAT_TF: Fixture = Fixture {
    logits: "logits_tf_f32.npy",
    mu: "mu_tf_f32.npy",
    tensors: "tensors_tf.json",
    ..FLAT
};

const HIERARCHICAL: Fixture = Fixture {
    path: "",
    tokens: "f32.json",
    logits: "logits_tf_f32.npy",
    mu: "mu_tf_f32.npy",
    sigma: Some("sigma_tf_f32.npy"),
    tensors: "tensors_tf.json",
    melodies: ("f32.json", "encoder_input_tokens"),
};

const FIXTURES: [Fixture; 10] = [
    Fixture {
        path: "flat_tiny/js-f32",
        ..FLAT
    },
    Fixture {
        path: "flat_tiny/js-f32-sharded",
        ..FLAT
    },
    Fixture {
        path: "flat_tiny/js-mixed",
        tokens: "mixed.json",
        logits: "logits_js_mixed.npy",
        mu: "mu_js_mixed.npy",
        sigma: None,
        tensors: "tensors_mixed.json",
        ..FLAT
    },
    Fixture {
        path: "flat_tiny/js-u8",
        tokens: "u8.json",
        logits: "logits_js_u8.npy",
        mu: "mu_js_u8.npy",
        sigma: None,
        tensors: "tensors_u8.json",
        ..FLAT
    },
    Fixture {
        path: "flat_tiny/js-u16",
        tokens: "u16.json",
        logits: "logits_js_u16.npy",
        mu: "mu_js_u16.npy",
        sigma: None,
        tensors: "tensors_u16.json",
        ..FLAT
    },
    Fixture {
        path: "flat_tiny/tf",
        ..FLAT_TF
    },
    Fixture {
        path: "flat_tiny/cat-mel_2bar_tiny.tar",
        ..FLAT_TF
    },
    Fixture {
        path: "hierdec_tiny/tf",
        ..HIERARCHICAL
    },
    Fixture {
        path: "hierdec_tiny/hierdec-mel_16bar_tiny.tar",
        ..HIERARCHICAL
    },
    Fixture {
        path: "hier_tiny_js/js-u16",
        tokens: "u16.json",
        logits: "logits_js_u16.npy",
        mu: "mu_js_u16.npy",
        sigma: None,
        tensors: "tensors_u16.json",
        melodies: ("u16.json", "melody_tokens"),
    },
];

impl Fixture {
    fn open(&self, reference: &Path) -> Weights {
        Weights::open(&reference.join(self.path)).unwrap()
    }

    fn expected(&self, reference: &Path, file: &str) -> PathBuf {
        let group = self.path.split('/').next().unwrap();
        reference.join(group).join("expected").join(file)
    }

    fn floats(&self, reference: &Path, file: &str) -> Vec<f32> {
        let bytes = std::fs::read(self.expected(reference, file)).unwrap();
        npyz::NpyFile::new(&bytes[..]).unwrap().into_vec().unwrap()
    }

    fn json(&self, reference: &Path, file: &str) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.expected(reference, file)).unwrap()).unwrap()
    }
}

fn melodies(table: &serde_json::Value) -> Vec<Tokens> {
    let table: Vec<Vec<u8>> = serde_json::from_value(table.clone()).unwrap();
    table
        .into_iter()
        .map(|ids| Tokens::new(ids).unwrap())
        .collect()
}

/// Latent points to tokens and logits.
type DecodeFn<'a> = Box<dyn FnMut(&[LatentPoint]) -> (Vec<Tokens>, Vec<f32>) + 'a>;
/// Melodies to posteriors.
type EncodeFn<'a> = Box<dyn Fn(&[Tokens]) -> Vec<Posterior> + 'a>;

/// A way to run a model.
struct Backend<'a> {
    name: String,
    decode: DecodeFn<'a>,
    encode: EncodeFn<'a>,
}

fn cpu_backend(weights: &Arc<Weights>) -> Backend<'static> {
    let mut decoder = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu).unwrap();
    let encoder = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu).unwrap();
    Backend {
        name: "CPU".to_owned(),
        decode: Box::new(move |points| {
            let decoded = decoder
                .decode_with_logits(points, &Sampling::Greedy)
                .unwrap();
            (decoded.tokens, decoded.logits)
        }),
        encode: Box::new(move |melodies| encoder.encode(melodies).unwrap()),
    }
}

fn burn_backend(model: &MusicVae, name: &str) -> Backend<'static> {
    let (decoder, encoder) = (model.clone(), model.clone());
    Backend {
        name: name.to_owned(),
        decode: Box::new(move |points| {
            let decoded = decoder
                .decode_batch(points, &Sampling::Greedy, true)
                .unwrap();
            (decoded.tokens, decoded.logits)
        }),
        encode: Box::new(move |melodies| encoder.encode(melodies).unwrap()),
    }
}

/// Largest absolute difference between two lists.
fn max_abs_diff<'a>(
    found: impl IntoIterator<Item = &'a f32>,
    wanted: impl IntoIterator<Item = &'a f32>,
) -> f32 {
    let mut found = found.into_iter();
    let largest = wanted
        .into_iter()
        .map(|wanted| (found.next().unwrap() - wanted).abs())
        .fold(0.0, f32::max);
    assert!(largest.is_finite());
    largest
}

/// Runs one fixture on one backend. Returns a line of the table, and the checks that failed.
fn run_fixture(
    reference: &Path,
    fixture: &Fixture,
    weights: &Weights,
    backend: &mut Backend<'_>,
) -> (String, Vec<String>) {
    let started = std::time::Instant::now();
    let latent = weights.config().latent_size;
    let points: Vec<LatentPoint> = fixture
        .floats(reference, "z.npy")
        .chunks_exact(latent)
        .map(|z| LatentPoint::new(z.to_vec()))
        .collect();
    let expected = fixture.json(reference, fixture.tokens);
    let wanted = melodies(&expected["tokens"]);
    let margins: Vec<f64> = serde_json::from_value(expected["min_margin"].clone()).unwrap();
    let (found, logits) = (backend.decode)(&points);
    assert_eq!(found.len(), wanted.len());
    let mut clear = 0;
    let equal = found
        .iter()
        .zip(&wanted)
        .zip(&margins)
        .filter(|((found, wanted), margin)| {
            let is_clear = **margin >= MARGIN;
            clear += usize::from(is_clear);
            is_clear && found == wanted
        })
        .count();
    let wanted_logits = fixture.floats(reference, fixture.logits);
    assert!(!wanted_logits.is_empty() && logits.len() >= wanted_logits.len());
    let logit_diff = max_abs_diff(&logits, &wanted_logits);

    let (file, key) = fixture.melodies;
    let posteriors = (backend.encode)(&melodies(&fixture.json(reference, file)[key]));
    let mu = fixture.floats(reference, fixture.mu);
    assert_eq!(mu.len(), posteriors.len() * latent);
    let mu_diff = max_abs_diff(posteriors.iter().flat_map(|p| &p.mu), &mu);
    let sigma_diff = fixture.sigma.map(|file| {
        let sigma = fixture.floats(reference, file);
        max_abs_diff(posteriors.iter().flat_map(|p| &p.sigma), &sigma)
    });

    let tensors: BTreeMap<String, serde_json::Value> =
        serde_json::from_value(fixture.json(reference, fixture.tensors)).unwrap();
    let (mut right, mut all) = (0, 0);
    for (name, tensor) in weights.parameters().iter() {
        let bytes: Vec<u8> = tensor.values.iter().flat_map(|x| x.to_le_bytes()).collect();
        all += 1;
        right += usize::from(
            tensors[name]["crc32"].as_u64() == Some(u64::from(crc32fast::hash(&bytes))),
        );
    }
    let line = format!(
        "{:<40} {:<28} {equal:>3}/{clear:<3} {logit_diff:>10.1e} {mu_diff:>9.1e} {:>9} {right:>3}/{all} {:>6.1}",
        fixture.path,
        backend.name,
        sigma_diff.map_or("-".to_owned(), |diff| format!("{diff:.1e}")),
        started.elapsed().as_secs_f64(),
    );
    let mut wrong = Vec::new();
    let mut check = |right: bool, what: &str| {
        if !right {
            wrong.push(format!("{what}: {line}"));
        }
    };
    check(clear == wanted.len(), "every fixture's margin is clear");
    check(equal == clear, "tokens");
    check(logit_diff < 1e-3, "logits");
    check(mu_diff < 1e-5, "mu");
    check(sigma_diff.is_none_or(|diff| diff < 1e-5), "sigma");
    check(right == all && all > 0, "checksums");
    (line, wrong)
}

/// Prints a table and fails with what is wrong in it.
fn table(title: &str, rows: Vec<(String, Vec<String>)>) {
    let head = format!(
        "{title}\n{:<40} {:<28} {:>7} {:>10} {:>9} {:>9} {} {:>6}",
        "checkpoint", "backend", "tokens", "logits", "mu", "sigma", "CRC-32", "s"
    );
    let (lines, wrong): (Vec<String>, Vec<Vec<String>>) = rows.into_iter().unzip();
    eprintln!("{head}\n{}\n", lines.join("\n"));
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn every_published_form_gives_the_numbers_of_the_public_implementations_on_the_cpu()
-> Result<(), Missing> {
    let reference = reference()?;
    let mut rows = Vec::new();
    for fixture in &FIXTURES {
        let weights = Arc::new(fixture.open(&reference));
        let flex = MusicVae::new(&weights, &burn::tensor::Device::flex());
        for mut backend in [
            cpu_backend(&weights),
            burn_backend(&flex, "CPU through burn flex"),
        ] {
            rows.push(run_fixture(&reference, fixture, &weights, &mut backend));
        }
    }
    table("largest differences on the CPU", rows);
    Ok(())
}

fn every_published_form_gives_the_numbers_of_the_public_implementations_on_wgpu()
-> Result<(), Missing> {
    let reference = reference()?;
    let adapter = adapter(|kind| kind != DeviceKind::Cpu)?;
    let device = adapter.open().unwrap();
    let name: String = format!("wgpu, {}", adapter.name).chars().take(28).collect();
    let rows = FIXTURES
        .iter()
        .map(|fixture| {
            let weights = fixture.open(&reference);
            let mut backend = burn_backend(&MusicVae::new(&weights, &device), &name);
            run_fixture(&reference, fixture, &weights, &mut backend)
        })
        .collect();
    table("largest differences on wgpu", rows);
    Ok(())
}

fn one_model_has_one_hash_in_every_form_and_after_conversion() -> Result<(), Missing> {
    let reference = reference()?;
    let flat = |name: &str| Weights::open(&reference.join("flat_tiny").join(name)).unwrap();
    let wanted = flat("js-f32").hash().to_owned();
    for name in [
        "js-f32-sharded",
        "js-f32/weights_manifest.json",
        "js-f32/config.json",
        "tf",
        "tf/cat-mel_2bar_tiny.ckpt",
        "tf/cat-mel_2bar_tiny.ckpt.index",
        "tf/cat-mel_2bar_tiny.ckpt.data-00000-of-00001",
        "cat-mel_2bar_tiny.tar",
    ] {
        assert_eq!(flat(name).hash(), wanted, "{name}");
    }
    assert_ne!(flat("js-u16").hash(), wanted);
    let folder = tempfile::tempdir().unwrap();
    let converted = folder.path().join("converted.safetensors");
    for name in ["flat_tiny/js-f32", "hierdec_tiny/tf", "hier_tiny_js/js-u16"] {
        let published = Weights::open(&reference.join(name)).unwrap();
        published
            .save(&converted, tunescape::model::FloatFormat::Float32)
            .unwrap();
        let own = Weights::open(&converted).unwrap();
        assert_eq!(own.hash(), published.hash(), "{name}");
        assert_eq!(own.config(), published.config(), "{name}");
        assert_eq!(own.parameters(), published.parameters(), "{name}");
    }
    Ok(())
}

fn sizes_and_names_are_those_of_the_checkpoint() -> Result<(), Missing> {
    let reference = reference()?;
    let tar = Weights::open(&reference.join("hierdec_tiny/hierdec-mel_16bar_tiny.tar")).unwrap();
    assert_eq!(tar.name(), "hierdec-mel_16bar_tiny");
    let config = tar.config();
    assert_eq!(
        (config.steps, config.segments(), config.latent_size),
        (256, 16, 16)
    );
    assert_eq!(config.encoder_layers, [24, 22]);
    assert_eq!(config.decoder_layers, [20, 20]);
    let hierarchy = config.hierarchy.clone().unwrap();
    assert_eq!(hierarchy.conductor_layers, [20, 20]);
    assert!(hierarchy.segment_encoder_layers.is_empty());
    let js = Weights::open(&reference.join("hier_tiny_js/js-u16")).unwrap();
    assert_eq!(
        js.config()
            .hierarchy
            .clone()
            .unwrap()
            .segment_encoder_layers,
        [24]
    );
    let flat = Weights::open(&reference.join("flat_tiny/tf")).unwrap();
    assert_eq!(flat.name(), "cat-mel_2bar_tiny");
    assert_eq!((flat.config().steps, flat.config().segments()), (32, 1));
    Ok(())
}

//! The model against the two public implementations of MusicVAE on the CPU; `tests/external/adapters.rs` has wgpu.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/flat_tiny.rs"]
mod flat_tiny;

use tunescape::latent::LatentPoint;
use tunescape::model::{
    DeviceChoice, DeviceKind, Engine, MelodyModel as _, Sampling, Streams, list_devices,
};

use flat_tiny::{assert_agrees_with_both_implementations, points, tiny};

#[test]
fn the_cpu_gives_the_tokens_logits_and_posteriors_of_the_public_implementations() {
    assert_agrees_with_both_implementations(&burn::tensor::Device::flex());
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
        streams: Streams::StartingAt(11),
    };
    for sampling in [Sampling::Greedy, drawn] {
        let whole = engine.decode(&points, &sampling).unwrap();
        for size in [1, 7, 64] {
            let mut parts = Vec::new();
            for (k, batch) in points.chunks(size).enumerate() {
                let sampling = match &sampling {
                    Sampling::Temperature {
                        temperature, seed, ..
                    } => {
                        let numbers = (0..batch.len()).map(|row| 11 + (k * size + row) as u64);
                        Sampling::Temperature {
                            temperature: *temperature,
                            seed: *seed,
                            streams: Streams::PerPoint(numbers.collect()),
                        }
                    }
                    Sampling::Greedy => Sampling::Greedy,
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
        streams: Streams::StartingAt(0),
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

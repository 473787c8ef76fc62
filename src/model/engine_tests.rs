//! Tests of the engine: an adapter that fails, differs or is missing.

use super::*;
use crate::latent::prior_point;
use crate::model::{MusicVaeConfig, Parameters, Streams};

fn weights(vocab_size: usize, seed: u64) -> Arc<Weights> {
    sized_weights(6, 7, vocab_size, seed)
}

fn sized_weights(encoder: usize, decoder: usize, vocab_size: usize, seed: u64) -> Arc<Weights> {
    let config = MusicVaeConfig {
        latent_size: 5,
        steps: 16,
        vocab_size,
        encoder_layers: vec![encoder],
        decoder_layers: vec![decoder],
        hierarchy: None,
    };
    let parameters = Parameters::initialise(&config, seed);
    let weights = Weights::new("test", config, parameters, serde_json::Value::Null);
    Arc::new(weights.expect("weights of their own sizes"))
}

fn burn_decoder(weights: &Weights) -> DeviceDecoder {
    DeviceDecoder::Burn(Box::new(MusicVae::new(weights, &Device::flex())))
}

/// An engine whose adapter runs other weights than its CPU.
fn engine_with_adapter(adapter: &Weights) -> Engine {
    let mut engine = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
    engine.gpu = Some(Gpu {
        decoder: burn_decoder(adapter),
        name: "Test card".to_owned(),
        self_test_result: SelfTestResult {
            melodies: 64,
            differing: 0,
        },
        sampling_tested: false,
    });
    engine
}

#[test]
fn an_adapter_that_fails_in_the_middle_becomes_a_notice_and_the_cpu_goes_on() {
    let points: Vec<LatentPoint> = (0..9).map(|k| prior_point(5, 3, k)).collect();
    let mut cpu = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
    let expected = cpu
        .decode(&points, &Sampling::Greedy)
        .expect("the CPU decodes");
    // A card that writes tokens which do not exist.
    let mut engine = engine_with_adapter(&weights(5_000, 2));
    let decoded = engine
        .decode(&points, &Sampling::Greedy)
        .expect("the CPU takes over");
    assert_eq!(decoded, expected);
    let notices = engine.take_notices();
    assert!(
        notices[0].contains("Test card") || notices[0].contains("failed"),
        "{notices:?}"
    );
    assert!(notices[0].ends_with("The CPU takes over."), "{notices:?}");
    assert_eq!(engine.device_name(), "CPU");
    // The card decoded no melody.
    assert_eq!(engine.take_devices(), ["CPU"]);
    assert!(engine.take_devices().is_empty());
}

#[test]
fn every_device_that_decoded_is_named_once() {
    let points: Vec<LatentPoint> = (0..3).map(|k| prior_point(5, 3, k)).collect();
    let mut engine = engine_with_adapter(&weights(90, 1));
    for _ in 0..2 {
        engine.decode(&points, &Sampling::Greedy).expect("a decode");
    }
    engine.gpu.as_mut().expect("an adapter").decoder = burn_decoder(&weights(5_000, 2));
    for _ in 0..2 {
        engine.decode(&points, &Sampling::Greedy).expect("a decode");
    }
    assert_eq!(engine.take_devices(), ["Test card", "CPU"]);
}

#[test]
fn a_melodys_posterior_does_not_depend_on_the_others_of_the_call() {
    // Widths that fill no vector register, and one from which on a product of a single row takes another path.
    let batch_sizes = (1..=70).chain([256, 257, 300]).collect::<Vec<usize>>();
    for (weights, sizes) in [
        (weights(90, 1), batch_sizes),
        (sized_weights(512, 7, 90, 1), (1..=70).collect()),
    ] {
        let steps = weights.config().steps;
        let engine = Engine::open(weights, &DeviceChoice::Cpu).expect("the CPU");
        let melodies: Vec<Tokens> = (0..300_usize)
            .map(|k| {
                let token_at = |t: usize| (((k + 1) * (t + 3) * 7919) % 90) as u8;
                Tokens::new((0..steps).map(token_at).collect()).expect("tokens")
            })
            .collect();
        let max_size = sizes.iter().copied().max().unwrap_or(1);
        let expected: Vec<Posterior> = melodies[..max_size]
            .iter()
            .map(|melody| {
                let posteriors = engine
                    .encode(std::slice::from_ref(melody))
                    .expect("a posterior");
                posteriors.into_iter().next().expect("one")
            })
            .collect();
        for size in sizes {
            let posteriors = engine.encode(&melodies[..size]).expect("posteriors");
            for (row, (posterior, expected)) in posteriors.iter().zip(&expected).enumerate() {
                let bits = |p: &Posterior| -> Vec<u32> {
                    p.mu.iter().chain(&p.sigma).map(|x| x.to_bits()).collect()
                };
                assert!(bits(posterior) == bits(expected), "row {row} of {size}");
            }
        }
    }
}

#[test]
fn a_points_logits_do_not_depend_on_the_others_of_the_call() {
    for weights in [weights(90, 1), sized_weights(6, 512, 90, 1)] {
        let mut engine = Engine::open(weights, &DeviceChoice::Cpu).expect("the CPU");
        let points: Vec<LatentPoint> = (0..300).map(|k| prior_point(5, 3, k)).collect();
        let logits_per_melody = 16 * 90;
        let expected: Vec<Vec<u32>> = points
            .iter()
            .map(|point| {
                let decoded =
                    engine.decode_with_logits(std::slice::from_ref(point), &Sampling::Greedy);
                decoded
                    .expect("a decode")
                    .logits
                    .iter()
                    .map(|x| x.to_bits())
                    .collect()
            })
            .collect();
        for size in (1..=70).chain([257]) {
            let decoded = engine
                .decode_with_logits(&points[..size], &Sampling::Greedy)
                .expect("a decode");
            for (row, logits) in decoded.logits.chunks(logits_per_melody).enumerate() {
                let bits: Vec<u32> = logits.iter().map(|x| x.to_bits()).collect();
                assert!(bits == expected[row], "row {row} of {size}");
            }
        }
    }
}

#[test]
fn an_adapter_that_gives_other_melodies_is_not_trusted() {
    let engine = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
    let reason = engine
        .open_if_trusted("Test card", burn_decoder(&weights(90, 2)))
        .err()
        .expect("other melodies");
    assert!(
        reason.contains("Test card") && reason.contains("cannot be trusted"),
        "{reason}"
    );
    let trusted = engine
        .open_if_trusted("Test card", burn_decoder(&weights(90, 1)))
        .expect("the same melodies");
    assert_eq!(trusted.self_test_result.differing, 0);
}

#[test]
fn an_adapter_that_samples_other_melodies_is_dropped_before_it_samples() {
    let points: Vec<LatentPoint> = (0..3).map(|k| prior_point(5, 3, k)).collect();
    let mut engine = engine_with_adapter(&weights(90, 2));
    let sampling = Sampling::Temperature {
        temperature: 0.7,
        seed: 4,
        streams: Streams::StartingAt(9),
    };
    let decoded = engine
        .decode(&points, &sampling)
        .expect("the CPU takes over");
    let mut cpu = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
    assert_eq!(decoded, cpu.decode(&points, &sampling).expect("a decode"));
    assert!(engine.take_notices()[0].contains("cannot be trusted"));
    assert_eq!(engine.take_devices(), ["CPU"]);
}

//! The gradient against finite differences and against automatic differentiation.

use super::{Layout, Objective, accumulate_gradient};
use crate::model::{MusicVaeConfig, Parameters, differentiate};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Loss at `weights + along * direction`, in double precision where it is summed.
fn loss(layout: &Layout, weights: &[f32], direction: &[f32], along: f32) -> f64 {
    let moved: Vec<f32> = weights
        .iter()
        .zip(direction)
        .map(|(w, d)| w + along * d)
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let tokens: Vec<u8> = (0..5 * 12).map(|_| rng.random_range(0..11)).collect();
    let noise: Vec<f32> = (0..5 * 6).map(|_| rng.random_range(-1.5..1.5)).collect();
    let objective = Objective {
        beta: 0.7,
        free_nats: 0.0,
    };
    let mut unused = vec![0.0; layout.len()];
    let losses = accumulate_gradient(layout, &moved, &tokens, &noise, objective, &mut unused);
    losses.cross_entropy + 0.7 * losses.kl
}

#[test]
fn the_gradient_agrees_with_finite_differences_of_the_loss_tensor_by_tensor() {
    let config = MusicVaeConfig {
        latent_size: 6,
        steps: 12,
        tokens: 11,
        encoder_layers: vec![7, 5],
        decoder_layers: vec![8, 9],
    };
    let layout = Layout::new(&config);
    let weights = layout
        .flatten(&Parameters::initialise(&config, 5))
        .expect("a model of its own sizes");
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let tokens: Vec<u8> = (0..5 * 12).map(|_| rng.random_range(0..11)).collect();
    let noise: Vec<f32> = (0..5 * 6).map(|_| rng.random_range(-1.5..1.5)).collect();
    let mut gradient = vec![0.0; layout.len()];
    let objective = Objective {
        beta: 0.7,
        free_nats: 0.0,
    };
    accumulate_gradient(&layout, &weights, &tokens, &noise, objective, &mut gradient);

    let mut start = 0;
    for (name, shape) in config.tensor_shapes() {
        let end = start + shape.iter().product::<usize>();
        let mut direction = vec![0.0; layout.len()];
        direction[start..end]
            .iter_mut()
            .for_each(|d| *d = rng.random_range(-1.0..1.0));
        let exact: f64 = gradient
            .iter()
            .zip(&direction)
            .map(|(g, d)| f64::from(*g) * f64::from(*d))
            .sum();
        let h = 2e-3;
        let measured = (loss(&layout, &weights, &direction, h)
            - loss(&layout, &weights, &direction, -h))
            / (2.0 * f64::from(h));
        assert!(
            (exact - measured).abs() < 0.02 * measured.abs().max(0.5),
            "{name}: gradient {exact}, finite difference {measured}"
        );
        start = end;
    }
}

#[test]
fn the_gradient_agrees_with_automatic_differentiation_of_the_same_model() {
    let config = MusicVaeConfig {
        latent_size: 6,
        steps: 12,
        tokens: 11,
        encoder_layers: vec![7, 5],
        decoder_layers: vec![8, 9],
    };
    let parameters = Parameters::initialise(&config, 5);
    let layout = Layout::new(&config);
    let weights = layout
        .flatten(&parameters)
        .expect("a model of its own sizes");
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let tokens: Vec<u8> = (0..5 * 12).map(|_| rng.random_range(0..11)).collect();
    let noise: Vec<f32> = (0..5 * 6).map(|_| rng.random_range(-1.5..1.5)).collect();
    let objective = Objective {
        beta: 0.7,
        free_nats: 0.3,
    };
    let mut gradient = vec![0.0; layout.len()];
    let losses = accumulate_gradient(&layout, &weights, &tokens, &noise, objective, &mut gradient);

    let device = burn::tensor::Device::flex();
    let found =
        differentiate(&config, &parameters, &device, &tokens, &noise, 0.7, 0.3).expect("flex");
    assert!((found.cross_entropy - losses.cross_entropy).abs() < 1e-3);
    assert!((found.kl - losses.kl).abs() < 1e-3);
    assert_eq!(found.right_tokens, losses.right_tokens);
    let automatic = layout
        .flatten(&found.gradient)
        .expect("gradients of the same shapes");
    let largest = automatic
        .iter()
        .fold(0.0_f32, |largest, g| largest.max(g.abs()));
    for (index, (by_hand, automatic)) in gradient.iter().zip(&automatic).enumerate() {
        let gap = (by_hand - automatic).abs();
        assert!(
            gap < 1e-5 * largest.max(1.0),
            "weight {index}: {by_hand} for {automatic}"
        );
    }
}

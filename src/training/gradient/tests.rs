//! The gradient against finite differences and automatic differentiation; `tests/external/bfloat16.rs` tests the gradient in
//! bfloat16.

use super::{Objective, StepLosses, WeightLayout, accumulate_gradient};
use crate::model::{
    MatmulFormat, MusicVaeConfig, NO_TOKEN, Parameters, TrainingBatch, autodiff_gradient,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const BATCH: usize = 5;

fn small_model() -> MusicVaeConfig {
    MusicVaeConfig {
        latent_size: 6,
        steps: 12,
        vocab_size: 11,
        encoder_layers: vec![7, 5],
        decoder_layers: vec![8, 9],
        ..MusicVaeConfig::default()
    }
}

/// A batch of random melodies, with some decoder inputs dropped and some draws of the prior.
fn random_batch(config: &MusicVaeConfig) -> TrainingBatch {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let ids = config.vocab_size as u8;
    let tokens: Vec<u8> = (0..BATCH * config.steps)
        .map(|_| rng.random_range(0..ids))
        .collect();
    let mut decoder_inputs = super::shifted_tokens(&tokens, BATCH);
    decoder_inputs
        .iter_mut()
        .step_by(7)
        .for_each(|id| *id = NO_TOKEN);
    let noise = (0..BATCH * config.latent_size)
        .map(|_| rng.random_range(-1.5..1.5))
        .collect();
    TrainingBatch {
        tokens,
        decoder_inputs,
        noise,
        prior_draws: 2,
    }
}

/// The gradient of a batch in 32-bit floats, and its losses.
fn gradient(
    layout: &WeightLayout,
    weights: &[f32],
    batch: &TrainingBatch,
    objective: Objective,
) -> (Vec<f32>, StepLosses) {
    let mut gradient = vec![0.0; layout.len()];
    let format = MatmulFormat::Float32;
    let losses = accumulate_gradient(layout, weights, batch, objective, format, &mut gradient);
    (gradient, losses)
}

/// Loss at `weights + offset * direction`, in double precision where it is summed.
fn loss(layout: &WeightLayout, weights: &[f32], direction: &[f32], offset: f32) -> f64 {
    let shifted: Vec<f32> = weights
        .iter()
        .zip(direction)
        .map(|(w, d)| w + offset * d)
        .collect();
    let objective = Objective {
        beta: 0.7,
        free_nats: 0.0,
    };
    let batch = random_batch(&small_model());
    let (_, losses) = gradient(layout, &shifted, &batch, objective);
    losses.cross_entropy + 0.7 * losses.kl
}

#[test]
fn the_gradient_agrees_with_finite_differences_of_the_loss_tensor_by_tensor() {
    let config = small_model();
    let layout = WeightLayout::new(&config);
    let weights = layout
        .flatten(&Parameters::initialise(&config, 5))
        .expect("a model of its own sizes");
    let objective = Objective {
        beta: 0.7,
        free_nats: 0.0,
    };
    let batch = random_batch(&config);
    let (gradient, _) = gradient(&layout, &weights, &batch, objective);

    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut start = 0;
    for (name, shape) in config.tensor_shapes() {
        let end = start + shape.iter().product::<usize>();
        let mut direction = vec![0.0; layout.len()];
        direction[start..end]
            .iter_mut()
            .for_each(|d| *d = rng.random_range(-1.0..1.0));
        let directional: f64 = gradient
            .iter()
            .zip(&direction)
            .map(|(g, d)| f64::from(*g) * f64::from(*d))
            .sum();
        let h = 2e-3;
        let finite_difference = (loss(&layout, &weights, &direction, h)
            - loss(&layout, &weights, &direction, -h))
            / (2.0 * f64::from(h));
        assert!(
            (directional - finite_difference).abs() < 0.02 * finite_difference.abs().max(0.5),
            "{name}: gradient {directional}, finite difference {finite_difference}"
        );
        start = end;
    }
}

#[test]
fn the_gradient_agrees_with_automatic_differentiation_of_the_same_model() {
    let config = small_model();
    let parameters = Parameters::initialise(&config, 5);
    let layout = WeightLayout::new(&config);
    let weights = layout
        .flatten(&parameters)
        .expect("a model of its own sizes");
    let batch = random_batch(&config);
    let objective = Objective {
        beta: 0.7,
        free_nats: 0.3,
    };
    let (gradient, losses) = gradient(&layout, &weights, &batch, objective);

    let device = burn::tensor::Device::flex();
    let data = burn::tensor::TensorData::new(weights, [layout.len()]);
    let device_weights = burn::tensor::Tensor::<1>::from_data(data, &device);
    let automatic = autodiff_gradient(&config, &device_weights, &batch, 0.7, 0.3).expect("flex");
    let read =
        |tensor: burn::tensor::Tensor<1>| -> Vec<f32> { tensor.into_data().iter().collect() };
    let sums = read(automatic.sums);
    assert!((f64::from(sums[0]) - losses.cross_entropy).abs() < 1e-3);
    assert!((f64::from(sums[1]) - losses.kl).abs() < 1e-3);
    assert_eq!(f64::from(sums[2]), losses.correct_tokens);
    let automatic_gradient = read(automatic.gradient);
    assert_eq!(automatic_gradient.len(), layout.len());
    let max_magnitude = automatic_gradient
        .iter()
        .fold(0.0_f32, |max, g| max.max(g.abs()));
    for (index, (by_hand, automatic)) in gradient.iter().zip(&automatic_gradient).enumerate() {
        let difference = (by_hand - automatic).abs();
        assert!(
            difference < 1e-5 * max_magnitude.max(1.0),
            "weight {index}: {by_hand} for {automatic}"
        );
    }
}

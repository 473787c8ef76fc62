//! The gradient of training in bfloat16 against the one in 32-bit floats.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tunescape::model::{MatmulFormat, MusicVaeConfig, NO_TOKEN, Parameters, TrainingBatch};
use tunescape::training::gradient::{Objective, WeightLayout, accumulate_gradient, shifted_tokens};

use crate::harness::{Missing, needs, tests};

tests![in_bfloat16_the_gradient_points_the_same_way];

/// Melodies of the batch.
const BATCH: usize = 5;

fn in_bfloat16_the_gradient_points_the_same_way() -> Result<(), Missing> {
    if !MatmulFormat::Bfloat16.is_supported() {
        return Err(needs("a processor with bfloat16 products"));
    }
    let config = MusicVaeConfig {
        latent_size: 16,
        steps: 12,
        vocab_size: 11,
        encoder_layers: vec![40],
        decoder_layers: vec![48, 33],
        ..MusicVaeConfig::default()
    };
    let layout = WeightLayout::new(&config);
    let weights = layout.flatten(&Parameters::initialise(&config, 5)).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let ids = config.vocab_size as u8;
    // Time first, `[steps, batch]`.
    let tokens: Vec<u8> = (0..BATCH * config.steps)
        .map(|_| rng.random_range(0..ids))
        .collect();
    let mut decoder_inputs = shifted_tokens(&tokens, BATCH);
    decoder_inputs
        .iter_mut()
        .step_by(7)
        .for_each(|id| *id = NO_TOKEN);
    // `[batch, latent_size]`.
    let noise: Vec<f32> = (0..BATCH * config.latent_size)
        .map(|_| rng.random_range(-1.5..1.5))
        .collect();
    let batch = TrainingBatch {
        tokens,
        decoder_inputs,
        noise,
        prior_draws: 2,
    };
    let objective = Objective {
        beta: 0.2,
        free_nats: 0.0,
    };
    let [float32, bfloat16] = [MatmulFormat::Float32, MatmulFormat::Bfloat16].map(|arithmetic| {
        let mut gradient = vec![0.0; layout.len()];
        accumulate_gradient(
            &layout,
            &weights,
            &batch,
            objective,
            arithmetic,
            &mut gradient,
        );
        gradient
    });
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    let cosine =
        dot(&float32, &bfloat16) / (dot(&float32, &float32) * dot(&bfloat16, &bfloat16)).sqrt();
    // A factor carries a relative error of 2^-9 at most.
    assert!(cosine > 0.999, "{cosine}");
    Ok(())
}

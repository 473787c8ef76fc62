//! Everything that decides the result of a training run.

use serde::{Deserialize, Serialize};

use super::gradient::Objective;
use crate::model::{Arithmetic, Hierarchy, MusicVaeConfig};

/// Equal configs and equal corpora give equal weights, whatever the number of threads.
///
/// The whole config is stored in the weights file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingConfig {
    /// Sizes of the model.
    #[serde(with = "ModelSizes")]
    pub model: MusicVaeConfig,
    /// Seed of the first weights, the batches and the posterior's noise.
    pub seed: u64,
    /// Melodies to learn from in all, counted with repetition.
    pub examples: u64,
    /// Melodies per optimiser step.
    pub batch: usize,
    /// Parts a batch is cut into; each part may have a core of its own. Part of the config because
    /// it decides the order of the sums.
    pub shards: usize,
    /// Learning rate of the constant stretch.
    pub learning_rate: f64,
    /// Steps of linear rise before it.
    pub warm_up_steps: u64,
    /// Share of the run after which the rate decays exponentially.
    pub constant_share: f64,
    /// Rate at the end of the run, as a share of `learning_rate`.
    pub final_rate: f64,
    /// Weight of the KL divergence once it is fully on.
    pub beta: f64,
    /// Share of the run over which `beta` rises linearly from zero.
    pub beta_warm_up: f64,
    /// KL divergence per melody that costs nothing, in nats.
    pub free_nats: f64,
    /// The gradient's norm is cut to this.
    pub clip_norm: f64,
    /// Decay of Adam's two moments (Kingma and Ba 2015).
    pub moment_decays: [f64; 2],
    /// Decay of the averaged copy of the weights, which is what ships.
    pub average_decay: f64,
    /// Each melody is moved by up to this many semitones up or down, inside the piano's range.
    pub transpose_semitones: i8,
    /// Share of the examples that are moved at all: the rest stay in the key they were written in, so that the model also
    /// learns which keys are usual.
    pub transpose_share: f64,
    /// A source of n melodies is drawn from with a probability proportional to n to this power:
    /// 1 takes every melody equally often, 0 every source.
    pub balance: f64,
    /// Share of the tokens before that the decoder is not told (word dropout, Bowman et al. 2016): what it is not told
    /// it has to take from the latent point, and it learns to go on after a mistake of its own.
    pub token_dropout: f64,
    /// Share of each batch that are draws of the prior instead of melodies of the corpus; the decoder alone learns from
    /// them. Needs weights to start from: these give the melodies that the draws should give.
    pub drawn_share: f64,
    /// Draws of the prior that are prepared, and then taken again and again.
    pub drawn_melodies: usize,
    /// Examples after which other draws take their place, prepared with the averaged weights as they are by then: what
    /// the decoder has learnt from the last ones leads further. 0 never.
    pub redraw_every: u64,
    /// Rounds of decoding and encoding that lead from a draw to the melody it should give.
    pub walk_rounds: usize,
    /// Standard deviation of each round's step, as a share of the posterior's.
    pub walk_noise: f64,
    /// Whether the weights that ship have their latent space fitted to the prior, by a linear map that leaves every
    /// reconstruction as it was.
    pub whiten: bool,
    /// Rounds in which the draws of the weights that ship are fitted to the corpus by what they sound like, after
    /// training; 0 leaves them.
    pub fit_rounds: usize,
    /// Draws of each of these rounds.
    pub fit_draws: usize,
    /// Number format of the products.
    pub arithmetic: Arithmetic,
    /// Examples between two looks at the `valid` split, if there is one.
    pub validate_every: u64,
    /// The run stops after this many looks without a better reconstruction; 0 never stops early.
    pub patience: usize,
    /// Hash of the weights that the run started from; none is random weights.
    pub started_from: Option<String>,
}

/// [`MusicVaeConfig`] as a part of the settings: a size that is left out is as usual, and one that does not exist is an
/// error. (Weights files are read by other rules: there every size is needed.)
#[derive(Serialize, Deserialize)]
#[serde(
    remote = "MusicVaeConfig",
    default = "MusicVaeConfig::default",
    deny_unknown_fields
)]
struct ModelSizes {
    latent_size: usize,
    steps: usize,
    tokens: usize,
    encoder_layers: Vec<usize>,
    decoder_layers: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hierarchy: Option<Hierarchy>,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            model: MusicVaeConfig::default(),
            seed: 1,
            examples: 1_000_000,
            batch: 64,
            shards: 2,
            learning_rate: 2e-3,
            warm_up_steps: 100,
            constant_share: 0.5,
            final_rate: 0.02,
            beta: 0.2,
            beta_warm_up: 0.4,
            free_nats: 0.0,
            clip_norm: 5.0,
            moment_decays: [0.9, 0.99],
            average_decay: 0.999,
            transpose_semitones: 8,
            transpose_share: 0.5,
            balance: 0.8,
            token_dropout: 0.2,
            drawn_share: 0.0,
            drawn_melodies: 8_192,
            redraw_every: 50_000,
            walk_rounds: 3,
            walk_noise: 0.3,
            whiten: true,
            fit_rounds: 20,
            fit_draws: 4_096,
            arithmetic: Arithmetic::Float32,
            validate_every: 50_000,
            patience: 12,
            started_from: None,
        }
    }
}

impl TrainingConfig {
    /// Optimiser steps of the whole run.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.examples.div_ceil(self.batch.max(1) as u64)
    }

    /// Share of the run that lies behind before this step.
    fn share(&self, step: u64) -> f64 {
        step as f64 / self.steps().max(1) as f64
    }

    /// Learning rate of a step, counted from zero.
    #[must_use]
    pub fn rate(&self, step: u64) -> f64 {
        let rise = ((step + 1) as f64 / self.warm_up_steps.max(1) as f64).min(1.0);
        let late = (self.share(step) - self.constant_share) / (1.0 - self.constant_share).max(1e-9);
        self.learning_rate * rise * self.final_rate.powf(late.clamp(0.0, 1.0))
    }

    /// How many melodies of a batch are draws of the prior.
    #[must_use]
    pub fn drawn_per_batch(&self) -> usize {
        ((self.drawn_share * self.batch as f64).round() as usize).min(self.batch)
    }

    /// Which set of draws belongs to a step, counted from zero.
    #[must_use]
    pub fn draws_of_step(&self, step: u64) -> u64 {
        match self.redraw_every {
            0 => 0,
            every => step * self.batch as u64 / every,
        }
    }

    /// The objective of a step, counted from zero.
    #[must_use]
    pub fn objective(&self, step: u64) -> Objective {
        let rise = (self.share(step) / self.beta_warm_up.max(1e-9)).min(1.0);
        Objective {
            beta: (self.beta * rise) as f32,
            free_nats: self.free_nats as f32,
        }
    }
}

//! Choosing tokens from logits.

use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// How a token is chosen from the logits of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Sampling {
    /// The most likely token.
    Greedy,
    /// A draw from the distribution that the logits give at a temperature.
    Temperature {
        /// Divisor of the logits: below 1 sharpens, above 1 flattens the distribution.
        temperature: f32,
        /// Seed of the draws.
        seed: u64,
        /// Random stream of each point of a call.
        streams: Streams,
    },
}

/// Random stream number of each point of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Streams {
    /// Point k has this stream number plus k.
    StartingAt(u64),
    /// Point k has the k-th stream number; points beyond the last have 0.
    PerPoint(Arc<[u64]>),
}

impl Streams {
    /// The random stream number of point `index`.
    #[must_use]
    pub fn number(&self, index: usize) -> u64 {
        match self {
            Self::StartingAt(first) => first.wrapping_add(index as u64),
            Self::PerPoint(numbers) => numbers.get(index).copied().unwrap_or_default(),
        }
    }

    /// The stream numbers without those of the first `count` points.
    fn skip(&self, count: usize) -> Self {
        match self {
            Self::StartingAt(first) => Self::StartingAt(first.wrapping_add(count as u64)),
            Self::PerPoint(numbers) => {
                Self::PerPoint(numbers.get(count..).unwrap_or_default().into())
            }
        }
    }
}

impl Sampling {
    /// The sampling of the same call without its first `count` points.
    #[must_use]
    pub fn skip_points(&self, count: usize) -> Self {
        match self {
            Self::Greedy => Self::Greedy,
            Self::Temperature {
                temperature,
                seed,
                streams,
            } => Self::Temperature {
                temperature: *temperature,
                seed: *seed,
                streams: streams.skip(count),
            },
        }
    }
}

/// The lowest temperature that logits are divided by; lower ones count as this.
pub(super) const MIN_TEMPERATURE: f32 = 1e-6;

/// Draws the tokens of a batch, one generator per row.
///
/// By the Gumbel-max trick (Gumbel 1954): argmax(logits / temperature + noise) is a draw from
/// softmax(logits / temperature). Greedy decoding has no noise.
pub(super) struct Sampler {
    temperature: f32,
    /// One per row; none when greedy.
    rngs: Vec<ChaCha8Rng>,
}

impl Sampler {
    pub fn new(sampling: &Sampling, rows: usize) -> Self {
        match sampling {
            Sampling::Greedy => Self {
                temperature: 1.0,
                rngs: Vec::new(),
            },
            Sampling::Temperature {
                temperature,
                seed,
                streams,
            } => {
                let generator = |row| {
                    let mut rng = ChaCha8Rng::seed_from_u64(*seed);
                    rng.set_stream(streams.number(row));
                    rng
                };
                Self {
                    temperature: temperature.max(MIN_TEMPERATURE),
                    rngs: (0..rows).map(generator).collect(),
                }
            }
        }
    }

    /// The temperature that logits are divided by; 1 when greedy.
    pub fn temperature(&self) -> f32 {
        self.temperature
    }

    /// Gumbel noise of the next step of a row, one number per token id; none when greedy.
    pub fn noise(&mut self, row: usize, vocab_size: usize) -> Option<Vec<f32>> {
        let rng = self.rngs.get_mut(row)?;
        Some((0..vocab_size).map(|_| gumbel(rng)).collect())
    }

    /// The token of the next step of a row.
    pub fn next_token(&mut self, row: usize, logits: &[f32]) -> u8 {
        let token = match self.rngs.get_mut(row) {
            None => argmax(logits.iter().copied()),
            Some(rng) => {
                let temperature = self.temperature;
                argmax(logits.iter().map(|logit| logit / temperature + gumbel(rng)))
            }
        };
        u8::try_from(token).unwrap_or(u8::MAX)
    }
}

/// A draw from the standard Gumbel distribution.
fn gumbel(rng: &mut ChaCha8Rng) -> f32 {
    let uniform: f32 = rng.random_range(f32::MIN_POSITIVE..1.0);
    -(-uniform.ln()).ln()
}

/// Index of the largest score; the first of equal ones.
fn argmax(scores: impl Iterator<Item = f32>) -> usize {
    let (index, _) = scores
        .enumerate()
        .fold((0, f32::NEG_INFINITY), |best, (index, score)| {
            if score > best.1 { (index, score) } else { best }
        });
    index
}

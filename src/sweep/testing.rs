//! A decoder for tests: it has no model and computes melodies from their latent points.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::config::SweepConfig;
use super::result::Sweep;
use super::run;
use super::run::RunOptions;
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{MelodyModel, ModelError, Sampling};
use crate::progress::Unobserved;

/// A fake model whose note density rises along one direction, steeply in the middle and flat at the ends; rhythm and pitches come
/// from the other coordinates.
pub(crate) struct FakeModel {
    latent_size: usize,
    /// Melodies decoded so far.
    pub(crate) decoded: usize,
    /// Points of each call so far.
    pub(crate) calls: Vec<usize>,
    /// Points per call that it asks for.
    pub(crate) preferred_batch: usize,
    /// Number of melodies after which it fails.
    pub(crate) fails_after: Option<usize>,
    /// Number of melodies after which it decodes on another device.
    pub(crate) switches_device_after: Option<usize>,
    devices: Vec<String>,
    notices: Vec<String>,
}

pub(crate) const STEPS: usize = 32;

impl FakeModel {
    pub(crate) fn new(latent_size: usize) -> Self {
        Self {
            latent_size,
            decoded: 0,
            calls: Vec::new(),
            preferred_batch: 1,
            fails_after: None,
            switches_device_after: None,
            devices: Vec::new(),
            notices: vec!["a fake decoder is used".to_owned()],
        }
    }

    /// Component `d` of the direction along which the density rises; of length 1.
    pub(crate) fn direction(&self, d: usize) -> f64 {
        let component = |d: usize| ((d * d + 3 * d + 1) as f64).sin();
        component(d)
            / (0..self.latent_size)
                .map(|d| component(d).powi(2))
                .sum::<f64>()
                .sqrt()
    }

    fn projection(point: &LatentPoint, salt: usize) -> f64 {
        let z = point.as_slice();
        let terms = z
            .iter()
            .enumerate()
            .map(|(d, z)| f64::from(*z) * ((d * 7 + salt * 13 + 5) as f64).sin());
        terms.sum::<f64>() / (z.len() as f64 / 2.0).sqrt()
    }

    fn tokens(&self, point: &LatentPoint, jitter: f64) -> Vec<u8> {
        let score: f64 = point
            .as_slice()
            .iter()
            .enumerate()
            .map(|(d, z)| f64::from(*z) * self.direction(d))
            .sum();
        // Empty far below, 31 notes far above; some of the density lies across the direction.
        let logit = 1.1 * score + 0.35 * Self::projection(point, 99) - 0.8 + jitter;
        let notes = (32.0 / (1.0 + (-logit).exp()) - 0.7)
            .round()
            .clamp(0.0, 32.0) as usize;
        let mut order: Vec<usize> = (0..STEPS).collect();
        let preference = |step: usize| {
            Self::projection(point, step) + if step.is_multiple_of(4) { 1.0 } else { 0.0 }
        };
        order.sort_by(|a, b| preference(*b).total_cmp(&preference(*a)));
        let mut tokens = vec![0; STEPS];
        for step in order.into_iter().take(notes) {
            let pitch = 60.0
                + 9.0 * Self::projection(point, 40 + step % 8)
                + 3.0 * Self::projection(point, 60);
            tokens[step] = pitch.round().clamp(21.0, 108.0) as u8 - 19;
        }
        tokens
    }
}

impl MelodyModel for FakeModel {
    fn latent_size(&self) -> usize {
        self.latent_size
    }

    fn steps(&self) -> usize {
        STEPS
    }

    fn decode(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        self.calls.push(latents.len());
        let mut decoded = Vec::new();
        let device = self.device_name();
        if !self.devices.contains(&device) {
            self.devices.push(device);
        }
        for (k, point) in latents.iter().enumerate() {
            if self.fails_after.is_some_and(|limit| self.decoded >= limit) {
                let reason = "it was pulled out".to_owned();
                return Err(ModelError::Device {
                    device: "fake".to_owned(),
                    reason,
                });
            }
            if point.len() != self.latent_size {
                return Err(ModelError::LatentWidth {
                    found: point.len(),
                    expected: self.latent_size,
                });
            }
            self.decoded += 1;
            let jitter = match sampling {
                Sampling::Greedy => 0.0,
                Sampling::Temperature {
                    temperature,
                    seed,
                    streams,
                } => {
                    let mut rng = ChaCha8Rng::seed_from_u64(*seed);
                    rng.set_stream(streams.number(k));
                    f64::from(*temperature) * (rng.random::<f64>() - 0.5)
                }
            };
            if let Ok(tokens) = Tokens::new(self.tokens(point, jitter)) {
                decoded.push(tokens);
            }
        }
        Ok(decoded)
    }

    fn preferred_batch(&self) -> usize {
        self.preferred_batch
    }

    fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    fn device_name(&self) -> String {
        let switched = self
            .switches_device_after
            .is_some_and(|after| self.decoded >= after);
        if switched { "CPU" } else { "a fake" }.to_owned()
    }

    fn take_devices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.devices)
    }

    fn weights_hash(&self) -> &str {
        "0123456789ab"
    }
}

/// A sweep of 60 regions and 960 samples, and the decoder that decoded it.
pub(crate) fn small_sweep() -> (Sweep, FakeModel) {
    sweep_of(60, 16)
}

/// A sweep with 24 latent dimensions, and the decoder that decoded it.
pub(crate) fn sweep_of(regions: u32, samples: u32) -> (Sweep, FakeModel) {
    let mut model = FakeModel::new(24);
    let config = SweepConfig {
        regions,
        samples,
        ..SweepConfig::default()
    };
    let options = RunOptions::default();
    match run(&config, &options, &mut model, &mut Unobserved) {
        Ok(sweep) => (sweep, model),
        Err(error) => panic!("{error}"),
    }
}

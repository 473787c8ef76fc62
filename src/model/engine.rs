//! The model on the best device that passes a self-test, with the CPU as fallback.

use std::sync::Arc;

use burn::tensor::Device;

use super::batches::{decode_on_cpu, decode_on_device, encode_on_cpu};
use super::cpu::CpuDecoder;
use super::device::{self, DeviceChoice, DeviceInfo, DeviceKind};
use super::error::ModelError;
use super::gpu_cache;
use super::melody_model::MelodyModel;
use super::music_vae::{Decoded, MusicVae, Posterior};
use super::sampling::Sampling;
use super::weights::Weights;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::Tokens;
use crate::panics::catch_panic;

/// Melodies that the self-test of a graphics adapter decodes.
const SELF_TEST_MELODIES: usize = 64;
/// Of these, at most one for each bar may differ from the CPU's, and never more than a quarter:
/// rounding may tip two nearly equal logits, a wrong kernel changes nearly all melodies.
const SELF_TEST_TOLERANCE: usize = SELF_TEST_MELODIES / 4;
/// Seed of the self-test's latent points.
const SELF_TEST_SEED: u64 = 0x7475_6e65;

/// Result of a self-test: a graphics adapter's melodies compared with the CPU's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelfTestResult {
    /// Melodies compared.
    pub melodies: usize,
    /// Of those, the ones that differ in some token.
    pub differing: usize,
}

struct Gpu {
    model: MusicVae,
    name: String,
    self_test_result: SelfTestResult,
}

/// A model that decodes on the graphics adapter, or on the CPU once that fails.
pub struct Engine {
    weights: Arc<Weights>,
    decoder: CpuDecoder,
    encoder: MusicVae,
    gpu: Option<Gpu>,
    notices: Vec<String>,
    /// Devices that decoded since the last [`MelodyModel::take_devices`].
    devices: Vec<String>,
}

/// Name of the CPU as a device.
const CPU: &str = "CPU";

impl Engine {
    /// Opens the model on the chosen device. A graphics adapter has to pass a self-test first; if it
    /// is missing, fails or disagrees with the CPU, the CPU is used and a notice says why.
    ///
    /// # Errors
    /// [`ModelError`] if the weights are not usable, or no adapter has the name that was chosen.
    pub fn open(weights: Arc<Weights>, choice: &DeviceChoice) -> Result<Self, ModelError> {
        gpu_cache::configure();
        let decoder = CpuDecoder::new(weights.config(), weights.parameters())?;
        let encoder = MusicVae::new(&weights, &Device::flex());
        let mut engine = Self {
            weights,
            decoder,
            encoder,
            gpu: None,
            notices: Vec::new(),
            devices: Vec::new(),
        };
        match device::choose_device(choice) {
            Ok(info) if info.kind == DeviceKind::Cpu => {}
            Ok(info) => match engine.self_test(&info) {
                Ok(gpu) => engine.gpu = Some(gpu),
                Err(reason) => engine.notices.push(format!("{reason} The CPU takes over.")),
            },
            Err(error) if matches!(choice, DeviceChoice::Named(_)) => return Err(error),
            Err(error) => engine.notices.push(format!("{error}. The CPU takes over.")),
        }
        Ok(engine)
    }

    /// Opens an adapter and compares its melodies of some latent points with the CPU's.
    fn self_test(&self, info: &DeviceInfo) -> Result<Gpu, String> {
        self.compare(&info.name, || {
            Ok(MusicVae::new(&self.weights, &info.open()?))
        })
    }

    /// [`Engine::self_test`] of the model that `open` returns, called `name`.
    fn compare(
        &self,
        name: &str,
        open: impl FnOnce() -> Result<MusicVae, ModelError>,
    ) -> Result<Gpu, String> {
        let latent_size = self.weights.config().latent_size;
        let points: Vec<LatentPoint> = (0..SELF_TEST_MELODIES as u64)
            .map(|index| prior_point(latent_size, SELF_TEST_SEED, index))
            .collect();
        let expected = decode_on_cpu(&self.decoder, &points, &Sampling::Greedy, false)
            .map_err(|error| error.to_string())?
            .tokens;
        let tested = catch_driver_panic(name, || {
            let model = open()?;
            let found = decode_on_device(&model, &points, &Sampling::Greedy, false)?;
            Ok((model, found.tokens))
        });
        let (model, found) = tested.map_err(|error| format!("{error}."))?;
        let differing = expected
            .iter()
            .zip(&found)
            .filter(|(expected, found)| expected != found)
            .count();
        let self_test_result = SelfTestResult {
            melodies: points.len(),
            differing,
        };
        let tolerance = (self.weights.config().bars() as usize).min(SELF_TEST_TOLERANCE);
        if differing > tolerance {
            return Err(format!(
                "{name} gave other melodies than the CPU for {differing} of {} test points, so it cannot be trusted.",
                points.len()
            ));
        }
        Ok(Gpu {
            model,
            name: name.to_owned(),
            self_test_result,
        })
    }

    /// The model's weights.
    #[must_use]
    pub fn weights(&self) -> &Arc<Weights> {
        &self.weights
    }

    /// The self-test's result of the adapter in use; `None` if the CPU is in use.
    #[must_use]
    pub fn self_test_result(&self) -> Option<SelfTestResult> {
        self.gpu.as_ref().map(|gpu| gpu.self_test_result)
    }

    /// The posterior of each melody, which depends on that melody alone, to the last bit. Always on the
    /// CPU: few melodies are encoded at a time.
    ///
    /// # Errors
    /// [`ModelError::Steps`] if a melody is of another length than the model's.
    pub fn encode(&self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        encode_on_cpu(&self.encoder, melodies)
    }

    /// One melody per latent point, with the logits of each step.
    ///
    /// # Errors
    /// [`ModelError`] if a point does not fit the latent space.
    pub fn decode_with_logits(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Decoded, ModelError> {
        self.decode_with_options(latents, sampling, true)
    }

    fn decode_with_options(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
        keep_logits: bool,
    ) -> Result<Decoded, ModelError> {
        if let Some(gpu) = &self.gpu {
            let decode = || decode_on_device(&gpu.model, latents, sampling, keep_logits);
            match catch_driver_panic(&gpu.name, decode) {
                Err(error @ ModelError::Device { .. }) => {
                    self.notices.push(format!("{error}. The CPU takes over."));
                    self.gpu = None;
                }
                decoded => {
                    let name = gpu.name.clone();
                    self.record_device(&name, latents);
                    return decoded;
                }
            }
        }
        self.record_device(CPU, latents);
        decode_on_cpu(&self.decoder, latents, sampling, keep_logits)
    }

    fn record_device(&mut self, name: &str, latents: &[LatentPoint]) {
        if !latents.is_empty() && !self.devices.iter().any(|known| known == name) {
            self.devices.push(name.to_owned());
        }
    }
}

impl MelodyModel for Engine {
    fn latent_size(&self) -> usize {
        self.weights.config().latent_size
    }

    fn steps(&self) -> usize {
        self.weights.config().steps
    }

    fn decode(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        Ok(self.decode_with_options(latents, sampling, false)?.tokens)
    }

    fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        Self::encode(self, melodies)
    }

    fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    fn device_name(&self) -> String {
        self.gpu
            .as_ref()
            .map_or_else(|| CPU.to_owned(), |gpu| gpu.name.clone())
    }

    fn take_devices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.devices)
    }

    fn weights_hash(&self) -> &str {
        self.weights.hash()
    }
}

/// Runs `work` and turns a panic of the graphics driver into [`ModelError::Device`].
fn catch_driver_panic<T>(
    device: &str,
    work: impl FnOnce() -> Result<T, ModelError>,
) -> Result<T, ModelError> {
    catch_panic(work).unwrap_or_else(|reason| {
        Err(ModelError::Device {
            device: device.to_owned(),
            reason,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MusicVaeConfig, Parameters};

    fn weights(vocab_size: usize, seed: u64) -> Arc<Weights> {
        of_widths(6, 7, vocab_size, seed)
    }

    fn of_widths(encoder: usize, decoder: usize, vocab_size: usize, seed: u64) -> Arc<Weights> {
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

    /// An engine whose adapter runs other weights than its CPU.
    fn engine_with_adapter(adapter: &Weights) -> Engine {
        let mut engine = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
        engine.gpu = Some(Gpu {
            model: MusicVae::new(adapter, &Device::flex()),
            name: "Test card".to_owned(),
            self_test_result: SelfTestResult {
                melodies: SELF_TEST_MELODIES,
                differing: 0,
            },
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
        let found = engine
            .decode(&points, &Sampling::Greedy)
            .expect("the CPU takes over");
        assert_eq!(found, expected);
        let notices = engine.take_notices();
        assert!(
            notices[0].contains("Test card") || notices[0].contains("failed"),
            "{notices:?}"
        );
        assert!(notices[0].ends_with("The CPU takes over."), "{notices:?}");
        assert_eq!(engine.device_name(), "CPU");
        // The card gave no melody.
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
        engine.gpu.as_mut().expect("an adapter").model =
            MusicVae::new(&weights(5_000, 2), &Device::flex());
        for _ in 0..2 {
            engine.decode(&points, &Sampling::Greedy).expect("a decode");
        }
        assert_eq!(engine.take_devices(), ["Test card", "CPU"]);
    }

    #[test]
    fn a_melodys_posterior_does_not_depend_on_the_others_of_the_call() {
        // Widths that fill no vector register, and one from which on a product of a single row takes another path.
        let more = (1..=70).chain([256, 257, 300]).collect::<Vec<usize>>();
        for (weights, sizes) in [
            (weights(90, 1), more),
            (of_widths(512, 7, 90, 1), (1..=70).collect()),
        ] {
            let steps = weights.config().steps;
            let engine = Engine::open(weights, &DeviceChoice::Cpu).expect("the CPU");
            let melodies: Vec<Tokens> = (0..300_usize)
                .map(|k| {
                    let step = |t: usize| (((k + 1) * (t + 3) * 7919) % 90) as u8;
                    Tokens::new((0..steps).map(step).collect()).expect("tokens")
                })
                .collect();
            let most = sizes.iter().copied().max().unwrap_or(1);
            let alone: Vec<Posterior> = melodies[..most]
                .iter()
                .map(|melody| {
                    let one = engine
                        .encode(std::slice::from_ref(melody))
                        .expect("a posterior");
                    one.into_iter().next().expect("one")
                })
                .collect();
            for size in sizes {
                let found = engine.encode(&melodies[..size]).expect("posteriors");
                for (row, (found, alone)) in found.iter().zip(&alone).enumerate() {
                    let bits = |p: &Posterior| -> Vec<u32> {
                        p.mu.iter().chain(&p.sigma).map(|x| x.to_bits()).collect()
                    };
                    assert!(bits(found) == bits(alone), "row {row} of {size}");
                }
            }
        }
    }

    #[test]
    fn a_points_logits_do_not_depend_on_the_others_of_the_call() {
        for weights in [weights(90, 1), of_widths(6, 512, 90, 1)] {
            let mut engine = Engine::open(weights, &DeviceChoice::Cpu).expect("the CPU");
            let points: Vec<LatentPoint> = (0..300).map(|k| prior_point(5, 3, k)).collect();
            let each = 16 * 90;
            let alone: Vec<Vec<u32>> = points
                .iter()
                .map(|point| {
                    let one =
                        engine.decode_with_logits(std::slice::from_ref(point), &Sampling::Greedy);
                    one.expect("a decode")
                        .logits
                        .iter()
                        .map(|x| x.to_bits())
                        .collect()
                })
                .collect();
            for size in (1..=70).chain([257]) {
                let found = engine
                    .decode_with_logits(&points[..size], &Sampling::Greedy)
                    .expect("a decode");
                for (row, logits) in found.logits.chunks(each).enumerate() {
                    let bits: Vec<u32> = logits.iter().map(|x| x.to_bits()).collect();
                    assert!(bits == alone[row], "row {row} of {size}");
                }
            }
        }
    }

    #[test]
    fn a_driver_that_panics_is_a_device_that_failed() {
        let error = catch_driver_panic::<()>("Test card", || panic!("lost the device"))
            .expect_err("a panic");
        assert!(
            error
                .to_string()
                .contains("Test card failed: lost the device"),
            "{error}"
        );
    }

    #[test]
    fn an_adapter_that_gives_other_melodies_is_not_trusted() {
        let engine = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
        let other = MusicVae::new(&weights(90, 2), &Device::flex());
        let refused = engine
            .compare("Test card", || Ok(other))
            .err()
            .expect("other melodies");
        assert!(
            refused.contains("Test card") && refused.contains("cannot be trusted"),
            "{refused}"
        );
        let same = MusicVae::new(&weights(90, 1), &Device::flex());
        let trusted = engine
            .compare("Test card", || Ok(same))
            .expect("the same melodies");
        assert_eq!(trusted.self_test_result.differing, 0);
    }
}

//! The model on the best device that passes a self-test, with the CPU as fallback.

use std::sync::Arc;
use std::time::Duration;

use burn::tensor::Device;

use super::batches::{decode_on_cpu, encode_on_cpu};
use super::cpu::CpuDecoder;
use super::device::{self, DeviceChoice, DeviceInfo};
use super::device_decoder::DeviceDecoder;
use super::device_kind::DeviceKind;
use super::error::ModelError;
use super::gpu::GpuCounts;
#[cfg(feature = "gpu")]
use super::gpu_cache;
use super::melody_model::MelodyModel;
use super::music_vae::{Decoded, MusicVae, Posterior};
use super::sampling::Sampling;
use super::self_test::{SelfTestResult, TEST_SAMPLING, self_test};
use super::weights::Weights;
use crate::latent::LatentPoint;
use crate::melody::Tokens;

/// A graphics adapter that passed the self-test.
struct Gpu {
    decoder: DeviceDecoder,
    name: String,
    self_test_result: SelfTestResult,
    /// Whether its sampled melodies were compared with the CPU's too.
    sampling_tested: bool,
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
        #[cfg(feature = "gpu")]
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
            Ok(info) => match engine.open_adapter(&info) {
                Ok(gpu) => engine.gpu = Some(gpu),
                Err(reason) => engine.notices.push(format!("{reason} The CPU takes over.")),
            },
            Err(error) if matches!(choice, DeviceChoice::Named(_)) => return Err(error),
            Err(error) => engine.notices.push(format!("{error}. The CPU takes over.")),
        }
        Ok(engine)
    }

    /// Opens an adapter and compares its melodies of some latent points with the CPU's.
    fn open_adapter(&self, info: &DeviceInfo) -> Result<Gpu, String> {
        let decoder = DeviceDecoder::open(&self.weights, info);
        self.open_if_trusted(&info.name, decoder.map_err(|error| format!("{error}."))?)
    }

    /// Compares the melodies of an adapter called `name` with the CPU's; the reason as a sentence if they differ.
    fn open_if_trusted(&self, name: &str, mut decoder: DeviceDecoder) -> Result<Gpu, String> {
        let (cpu, sizes) = (&self.decoder, self.self_test_sizes());
        let self_test_result = self_test(cpu, &mut decoder, name, sizes, &Sampling::Greedy)?;
        Ok(Gpu {
            decoder,
            name: name.to_owned(),
            self_test_result,
            sampling_tested: false,
        })
    }

    /// Width of a latent point and bars of a melody.
    fn self_test_sizes(&self) -> (usize, f64) {
        let config = self.weights.config();
        (config.latent_size, config.bars())
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

    /// Numbers of launches, read-backs and melodies of the kernel so far; `None` where the CPU or burn decodes.
    #[must_use]
    pub fn gpu_counts(&self) -> Option<GpuCounts> {
        self.gpu.as_ref().and_then(|gpu| gpu.decoder.counts())
    }

    /// Sets the time that one launch on the adapter should take, 30 ms unless set: longer launches are fewer, shorter
    /// ones leave the adapter to the window more often. It changes no result.
    pub fn set_gpu_chunk_time(&mut self, time: Duration) {
        if let Some(gpu) = &mut self.gpu {
            gpu.decoder.set_chunk_time(time);
        }
    }

    fn decode_with_options(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
        keep_logits: bool,
    ) -> Result<Decoded, ModelError> {
        let is_sampled = matches!(sampling, Sampling::Temperature { .. });
        if is_sampled && !latents.is_empty() {
            self.test_sampling();
        }
        // Where the adapter has no logits, tokens and logits both come from the CPU.
        let usable = |gpu: &&mut Gpu| !keep_logits || gpu.decoder.has_logits();
        if let Some(gpu) = self.gpu.as_mut().filter(usable) {
            let name = gpu.name.clone();
            match gpu.decoder.decode(&name, latents, sampling, keep_logits) {
                Err(error @ ModelError::Device { .. }) => {
                    self.fall_back_to_cpu(&format!("{error}."))
                }
                decoded => {
                    self.record_device(&name, latents);
                    return decoded;
                }
            }
        }
        self.record_device(CPU, latents);
        decode_on_cpu(&self.decoder, latents, sampling, keep_logits)
    }

    /// Compares melodies sampled at a temperature with the CPU's, before the adapter samples for the first time: the self-test
    /// at opening runs the greedy code alone.
    fn test_sampling(&mut self) {
        let sizes = self.self_test_sizes();
        let Some(gpu) = self.gpu.as_mut().filter(|gpu| !gpu.sampling_tested) else {
            return;
        };
        gpu.sampling_tested = true;
        let name = gpu.name.clone();
        if let Err(reason) = self_test(
            &self.decoder,
            &mut gpu.decoder,
            &name,
            sizes,
            &TEST_SAMPLING,
        ) {
            self.fall_back_to_cpu(&reason);
        }
    }

    fn fall_back_to_cpu(&mut self, reason: &str) {
        self.notices.push(format!("{reason} The CPU takes over."));
        self.gpu = None;
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

    fn preferred_batch(&self) -> usize {
        self.gpu
            .as_ref()
            .map_or(1, |gpu| gpu.decoder.preferred_batch())
    }

    fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        Self::encode(self, melodies)
    }

    fn has_encoder(&self) -> bool {
        true
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

    fn is_training_melody(&self, melody: &Tokens) -> bool {
        self.weights.is_training_melody(melody)
    }

    fn weights_hash(&self) -> &str {
        self.weights.hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::prior_point;
    use crate::model::{MusicVaeConfig, Parameters, Streams};

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

    fn on_burn(weights: &Weights) -> DeviceDecoder {
        DeviceDecoder::Burn(Box::new(MusicVae::new(weights, &Device::flex())))
    }

    /// An engine whose adapter runs other weights than its CPU.
    fn engine_with_adapter(adapter: &Weights) -> Engine {
        let mut engine = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
        engine.gpu = Some(Gpu {
            decoder: on_burn(adapter),
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
        engine.gpu.as_mut().expect("an adapter").decoder = on_burn(&weights(5_000, 2));
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
            let max = sizes.iter().copied().max().unwrap_or(1);
            let alone: Vec<Posterior> = melodies[..max]
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
    fn an_adapter_that_gives_other_melodies_is_not_trusted() {
        let engine = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
        let refused = engine
            .open_if_trusted("Test card", on_burn(&weights(90, 2)))
            .err()
            .expect("other melodies");
        assert!(
            refused.contains("Test card") && refused.contains("cannot be trusted"),
            "{refused}"
        );
        let trusted = engine
            .open_if_trusted("Test card", on_burn(&weights(90, 1)))
            .expect("the same melodies");
        assert_eq!(trusted.self_test_result.differing, 0);
    }

    #[test]
    fn an_adapter_that_draws_other_melodies_is_left_before_its_first_draw() {
        let points: Vec<LatentPoint> = (0..3).map(|k| prior_point(5, 3, k)).collect();
        let mut engine = engine_with_adapter(&weights(90, 2));
        let sampling = Sampling::Temperature {
            temperature: 0.7,
            seed: 4,
            streams: Streams::StartingAt(9),
        };
        let found = engine
            .decode(&points, &sampling)
            .expect("the CPU takes over");
        let mut cpu = Engine::open(weights(90, 1), &DeviceChoice::Cpu).expect("the CPU");
        assert_eq!(found, cpu.decode(&points, &sampling).expect("a decode"));
        assert!(engine.take_notices()[0].contains("cannot be trusted"));
        assert_eq!(engine.take_devices(), ["CPU"]);
    }
}

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
    cpu_decoder: CpuDecoder,
    encoder: MusicVae,
    gpu: Option<Gpu>,
    notices: Vec<String>,
    /// Devices that decoded since the last [`MelodyModel::take_devices`].
    used_devices: Vec<String>,
}

/// Name of the CPU as a device.
const CPU_NAME: &str = "CPU";

impl Engine {
    /// Opens the model on the chosen device. A graphics adapter has to pass a self-test first; if it
    /// is missing, fails or disagrees with the CPU, the CPU is used and a notice says why.
    ///
    /// # Errors
    /// [`ModelError`] if the weights are not usable, or no adapter has the name that was chosen.
    pub fn open(weights: Arc<Weights>, choice: &DeviceChoice) -> Result<Self, ModelError> {
        #[cfg(feature = "gpu")]
        gpu_cache::configure();
        let cpu_decoder = CpuDecoder::new(weights.config(), weights.parameters())?;
        let encoder = MusicVae::new(&weights, &Device::flex());
        let mut engine = Self {
            weights,
            cpu_decoder,
            encoder,
            gpu: None,
            notices: Vec::new(),
            used_devices: Vec::new(),
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

    /// Accepts an adapter called `name` if its melodies are the CPU's; else the error is the reason as a sentence.
    fn open_if_trusted(&self, name: &str, mut decoder: DeviceDecoder) -> Result<Gpu, String> {
        let (cpu, sizes) = (&self.cpu_decoder, self.self_test_sizes());
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

    /// The self-test result of the adapter in use; `None` if the CPU is in use.
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

    /// Counts of launches, read-backs and melodies of the kernel so far; `None` where the CPU or burn decodes.
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
        let can_decode = |gpu: &&mut Gpu| !keep_logits || gpu.decoder.has_logits();
        if let Some(gpu) = self.gpu.as_mut().filter(can_decode) {
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
        self.record_device(CPU_NAME, latents);
        decode_on_cpu(&self.cpu_decoder, latents, sampling, keep_logits)
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
            &self.cpu_decoder,
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
        if !latents.is_empty() && !self.used_devices.iter().any(|device| device == name) {
            self.used_devices.push(name.to_owned());
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

    fn principal_axes(&self) -> Vec<LatentPoint> {
        self.weights.principal_axes().to_vec()
    }

    fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    fn device_name(&self) -> String {
        self.gpu
            .as_ref()
            .map_or_else(|| CPU_NAME.to_owned(), |gpu| gpu.name.clone())
    }

    fn take_devices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.used_devices)
    }

    fn is_training_melody(&self, melody: &Tokens) -> bool {
        self.weights.is_training_melody(melody)
    }

    fn weights_hash(&self) -> &str {
        self.weights.hash()
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;

//! A decoder that serves requests between the batches of a job.

use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{MelodyModel, ModelError, Posterior, Sampling};

/// A decoder that calls `serve` with the wrapped decoder before each batch.
pub(super) struct PreemptibleDecoder<'a> {
    pub(super) decoder: &'a mut dyn MelodyModel,
    pub(super) serve: &'a (dyn Fn(&mut dyn MelodyModel) + Sync),
}

impl MelodyModel for PreemptibleDecoder<'_> {
    fn latent_size(&self) -> usize {
        self.decoder.latent_size()
    }
    fn steps(&self) -> usize {
        self.decoder.steps()
    }
    fn decode(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        (self.serve)(self.decoder);
        self.decoder.decode(latents, sampling)
    }
    fn preferred_batch(&self) -> usize {
        self.decoder.preferred_batch()
    }
    fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        (self.serve)(self.decoder);
        self.decoder.encode(melodies)
    }
    fn principal_axes(&self) -> Vec<LatentPoint> {
        self.decoder.principal_axes()
    }
    fn take_notices(&mut self) -> Vec<String> {
        self.decoder.take_notices()
    }
    fn device_name(&self) -> String {
        self.decoder.device_name()
    }
    fn take_devices(&mut self) -> Vec<String> {
        self.decoder.take_devices()
    }
    fn is_training_melody(&self, melody: &Tokens) -> bool {
        self.decoder.is_training_melody(melody)
    }
    fn weights_hash(&self) -> &str {
        self.decoder.weights_hash()
    }
}

//! The trait by which the rest of the program uses a model.

use super::error::ModelError;
use super::music_vae::Posterior;
use super::sampling::Sampling;
use crate::latent::LatentPoint;
use crate::melody::Tokens;

/// Decodes latent points to melodies and encodes melodies to posteriors.
///
/// A melody depends only on its latent point and, with a temperature, on the seed and the point's
/// random stream, never on the other points of the call.
pub trait MelodyModel: Send {
    /// Width of a latent point.
    fn latent_size(&self) -> usize;

    /// Steps of a melody.
    fn steps(&self) -> usize;

    /// One melody per latent point, in order.
    ///
    /// # Errors
    /// [`ModelError`] if a point does not fit the latent space or the device fails without a fallback.
    fn decode(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError>;

    /// Minimum number of points per call at which the device works at full speed: callers with more to decode should pass at
    /// least that many. May change from call to call; melodies do not depend on it.
    fn preferred_batch(&self) -> usize {
        1
    }

    /// The posterior of each melody, in order.
    ///
    /// # Errors
    /// [`ModelError::Steps`] if a melody is of another length than the model's, [`ModelError::NoEncoder`] if the
    /// model only decodes.
    fn encode(&mut self, _melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        Err(ModelError::NoEncoder)
    }

    /// Whether the model can encode.
    fn has_encoder(&self) -> bool {
        false
    }

    /// The two directions of the latent space to which the decoder is most sensitive, the stronger first: orthogonal unit
    /// vectors. A model that does not know them returns the axes of the first dimensions.
    fn principal_axes(&self) -> Vec<LatentPoint> {
        let size = self.latent_size();
        let axis = |index| (0..size).map(move |dimension| f32::from(u8::from(dimension == index)));
        (0..size.min(2))
            .map(|index| LatentPoint::new(axis(index).collect()))
            .collect()
    }

    /// Messages for the user since the last call, in sentences.
    fn take_notices(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Whether the model was trained on this melody, at this pitch or another; always false for a model that has no record of
    /// its training melodies.
    fn is_training_melody(&self, _melody: &Tokens) -> bool {
        false
    }

    /// Name of the device in use.
    fn device_name(&self) -> String;

    /// Names of the devices that decoded since the last call, in the order of their first melody: more
    /// than one if a device failed, none if nothing was decoded.
    fn take_devices(&mut self) -> Vec<String> {
        vec![self.device_name()]
    }

    /// First digits of the SHA-256 of the weights file.
    fn weights_hash(&self) -> &str;
}

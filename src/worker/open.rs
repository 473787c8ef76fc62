//! Opening a model. Tests use a [`ModelOpener`] with a fake decoder.

use std::sync::Arc;

use super::message::{ModelInfo, OpenRequest};
use crate::model::{DeviceKind, Engine, MelodyModel, Weights, list_devices};

/// A model that is ready to decode.
pub struct OpenedModel {
    /// The decoder.
    pub decoder: Box<dyn MelodyModel>,
    /// Its description.
    pub info: ModelInfo,
    /// Names of the graphics cards of this machine.
    pub devices: Vec<String>,
}

/// A function that opens a model, called on the model thread. The error is a sentence for the user.
pub type ModelOpener = Box<dyn FnMut(&OpenRequest) -> Result<OpenedModel, String> + Send>;

/// Loads the weights and starts the engine on the best device that passes its self-test.
///
/// # Errors
/// A sentence for the user, if the weights or the device cannot be used.
pub fn open_engine(request: &OpenRequest) -> Result<OpenedModel, String> {
    let weights = Weights::open_or_default(request.model.as_deref());
    let weights = Arc::new(weights.map_err(|error| user_message(&error))?);
    let engine = Engine::open(Arc::clone(&weights), &request.device)
        .map_err(|error| user_message(&error))?;
    let info = ModelInfo {
        name: weights.name().to_owned(),
        weights_hash: weights.hash().to_owned(),
        device: engine.device_name(),
        latent_size: engine.latent_size(),
        steps: engine.steps(),
        has_encoder: engine.has_encoder(),
    };
    let devices = list_devices()
        .into_iter()
        .filter(|device| {
            matches!(
                device.kind,
                DeviceKind::DiscreteGpu | DeviceKind::IntegratedGpu
            )
        })
        .map(|device| device.name)
        .collect();
    Ok(OpenedModel {
        decoder: Box::new(engine),
        info,
        devices,
    })
}

/// An error and its causes as one line, without causes that it contains already.
pub(super) fn user_message(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let cause_text = error.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        cause = error.source();
    }
    text
}

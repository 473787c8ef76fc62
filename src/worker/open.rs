//! Opening a model: the one step that tests replace by a decoder of their own.

use std::sync::Arc;

use super::{ModelInfo, OpenRequest};
use crate::model::{Decode, DeviceKind, Engine, Weights, list_devices};

/// A model that is ready to decode.
pub struct Opened {
    /// Turns latent points into melodies.
    pub decoder: Box<dyn Decode>,
    /// What to call it.
    pub info: ModelInfo,
    /// Graphics cards of this machine, by name.
    pub devices: Vec<String>,
}

/// Opens a model on the worker's own thread. The error is for the user.
pub type Opener = Box<dyn FnMut(&OpenRequest) -> Result<Opened, String> + Send>;

/// Loads the weights and starts the engine on the best device that proves itself.
///
/// # Errors
/// One sentence for the user, when the weights or the device are of no use.
pub fn open_engine(request: &OpenRequest) -> Result<Opened, String> {
    let weights = match &request.model {
        Some(path) => Weights::open(path),
        None => Weights::default_model(),
    }
    .map_err(|error| sentence(&error))?;
    let weights = Arc::new(weights);
    let engine =
        Engine::open(Arc::clone(&weights), &request.device).map_err(|error| sentence(&error))?;
    let info = ModelInfo {
        name: weights.name().to_owned(),
        weights_hash: weights.hash().to_owned(),
        device: engine.device_name(),
        latent_size: engine.latent_size(),
        steps: engine.steps(),
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
    Ok(Opened {
        decoder: Box::new(engine),
        info,
        devices,
    })
}

/// An error and its causes as one line, leaving out a cause that is already told.
pub(super) fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let told = inner.to_string();
        if !text.contains(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        cause = inner.source();
    }
    text
}

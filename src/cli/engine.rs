//! The model and the device that the arguments name.

use std::path::Path;
use std::sync::Arc;

use super::args::ModelArgs;
use super::error::CliError;
use super::terminal::print_notice;
use crate::model::{DeviceChoice, Engine, MelodyModel as _, Weights};
use crate::session::ModelInfo;
use crate::sweep::{SweepError, describe_devices};

impl ModelArgs {
    /// Opens the model on the device; notices go to standard error.
    pub(super) fn open(&self) -> Result<Engine, CliError> {
        open_engine(self.model.as_deref(), &self.device)
    }
}

/// The weights that `--model` names, or the default model.
pub(super) fn open_weights(path: Option<&Path>) -> Result<Arc<Weights>, CliError> {
    Ok(Arc::new(Weights::open_or_default(path)?))
}

/// Devices that decoded since the last call, as text; the current one if none did.
pub(super) fn decoding_devices(engine: &mut Engine) -> String {
    let devices = engine.take_devices();
    if devices.is_empty() {
        return engine.device_name();
    }
    describe_devices(&devices)
}

/// The model for the record of a run, with the devices of [`decoding_devices`].
pub(super) fn model_info<'a>(engine: &'a Engine, device: &'a str) -> ModelInfo<'a> {
    ModelInfo {
        steps: engine.steps(),
        device,
        weights_hash: engine.weights_hash(),
    }
}

/// Opens the model on the device; notices go to standard error.
pub(super) fn open_engine(path: Option<&Path>, device: &DeviceChoice) -> Result<Engine, CliError> {
    let mut engine = Engine::open(open_weights(path)?, device)?;
    for notice in engine.take_notices() {
        print_notice(&notice);
    }
    Ok(engine)
}

/// Sets the number of threads of the global pool, which nothing may have started yet.
pub(super) fn set_threads(threads: Option<usize>) -> Result<(), SweepError> {
    let Some(threads) = threads else {
        return Ok(());
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| SweepError::Threads {
            threads,
            reason: error.to_string(),
        })
}

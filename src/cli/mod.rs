//! The command line: the same functions as the window, without one.
//!
//! One file per command. Results go to standard output, progress and notices to standard error.

mod args;
mod arrays;
mod blend;
mod devices;
mod ends;
mod error;
mod evaluate;
mod model;
mod npy;
mod path;
mod progress;
mod song;
mod steer;
mod steps;
mod study;
mod sweep;
mod train;

use std::path::Path;
use std::sync::Arc;

pub use args::{Cli, Command};
pub use error::CliError;

use crate::model::{Decode as _, DeviceChoice, Engine, Weights};

/// Runs a command to its end.
///
/// # Errors
/// [`CliError`], whose text is a sentence for the user.
pub fn run(command: Command) -> Result<(), CliError> {
    match command {
        Command::Sweep(arguments) => sweep::run(&arguments),
        Command::Steer(arguments) => steer::run(&arguments),
        Command::Study(arguments) => study::run(&arguments),
        Command::Merge(arguments) => study::merge(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Devices(arguments) => devices::run(&arguments),
        Command::Model(arguments) => model::describe(&arguments),
        Command::Convert(arguments) => model::convert(&arguments),
        Command::Decode(arguments) => arrays::decode(&arguments),
        Command::Encode(arguments) if arguments.file.is_some() => song::encode(&arguments),
        Command::Encode(arguments) => arrays::encode(&arguments),
        Command::Blend(arguments) => blend::run(&arguments),
        Command::Path(arguments) => path::run(&arguments),
    }
}

/// The weights that `--model` names, or the default model.
fn weights(path: Option<&Path>) -> Result<Arc<Weights>, CliError> {
    let weights = match path {
        Some(path) => Weights::open(path)?,
        None => Weights::default_model()?,
    };
    Ok(Arc::new(weights))
}

/// What decoded since the last call; the device at work if nothing did.
fn decoded_on(engine: &mut Engine) -> Vec<String> {
    let devices = engine.take_devices();
    if devices.is_empty() {
        return vec![engine.device_name()];
    }
    devices
}

/// The model on the device that was asked for; notices go to standard error.
fn engine(path: Option<&Path>, device: &DeviceChoice) -> Result<Engine, CliError> {
    let mut engine = Engine::open(weights(path)?, device)?;
    for notice in engine.take_notices() {
        progress::note(&notice);
    }
    Ok(engine)
}

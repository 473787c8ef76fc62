//! The command line: the same functions as the window, without one.
//!
//! Results go to standard output, progress and notices to standard error. One file per command or pair of commands, and:
//!
//! - `args`: the arguments of all commands
//! - `error`: [`CliError`] and its exit codes
//! - `terminal`: the progress bar, lines of text, signals
//! - `score`: MIDI files as a score
//! - `engine`: the model and device that the arguments name
//! - `point_names`: latent points by name; `npy`: NumPy files; `sequence`: shared code of `blend` and `path`;
//!   `song`: a MIDI file as one melody

mod args;
mod arrays;
mod blend;
mod devices;
mod encode;
mod engine;
mod error;
mod evaluate;
mod explain;
mod learn;
mod mix_models;
mod model;
mod npy;
mod package_files;
mod path;
#[cfg(feature = "sound")]
mod play;
mod point_names;
#[cfg(feature = "sound")]
mod ports;
mod render;
mod score;
mod sequence;
mod slurm;
mod song;
mod sound;
mod status;
mod steer;
mod steer_result;
mod study;
mod sweep;
mod terminal;
mod train;

pub use args::{Cli, CliCommand};
pub use error::CliError;

/// Sets how much commands say, before one runs.
pub use terminal::set_verbosity;

/// Runs a command to its end.
///
/// # Errors
/// [`CliError`], whose text is a sentence for the user.
pub fn run(command: CliCommand) -> Result<(), CliError> {
    run_command(command)?;
    match terminal::output_error() {
        None => Ok(()),
        Some(error) => Err(CliError::StandardOutput {
            reason: error.to_string(),
        }),
    }
}

fn run_command(command: CliCommand) -> Result<(), CliError> {
    match command {
        CliCommand::Sweep(arguments) => sweep::run(&arguments),
        CliCommand::Steer(arguments) => steer::run(&arguments),
        CliCommand::Study(arguments) => study::run(&arguments),
        CliCommand::Merge(arguments) => study::merge(&arguments),
        CliCommand::Status(arguments) => status::run(&arguments),
        CliCommand::Train(arguments) => train::run(&arguments),
        CliCommand::Learn(arguments) => learn::run(&arguments),
        CliCommand::MixModels(arguments) => mix_models::run(&arguments),
        CliCommand::Evaluate(arguments) => evaluate::run(&arguments),
        CliCommand::Devices(arguments) => devices::run(&arguments),
        CliCommand::Inspect(arguments) => model::inspect(&arguments),
        CliCommand::Convert(arguments) => model::convert(&arguments),
        CliCommand::Decode(arguments) => match &arguments.share {
            Some(text) => explain::decode_share(&arguments, text),
            None => arrays::decode(&arguments),
        },
        CliCommand::Encode(arguments) if arguments.file.is_some() => encode::run(&arguments),
        CliCommand::Encode(arguments) => arrays::encode(&arguments),
        CliCommand::Explain(arguments) => explain::run(&arguments),
        CliCommand::Blend(arguments) => blend::run(&arguments),
        CliCommand::Path(arguments) => path::run(&arguments),
        #[cfg(feature = "sound")]
        CliCommand::Play(arguments) => play::run(&arguments),
        CliCommand::Render(arguments) => render::run(&arguments),
        #[cfg(feature = "sound")]
        CliCommand::Ports(arguments) => ports::run(&arguments),
        CliCommand::Completions(arguments) => package_files::write_completions(&arguments),
        CliCommand::Man(arguments) => package_files::write_manual(&arguments),
    }
}

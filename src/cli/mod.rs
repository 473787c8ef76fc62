//! The command line: the same functions as the window, without one.
//!
//! Results go to standard output, progress and notices to standard error. One file per command or pair of commands, and:
//!
//! - `args`: the arguments of all commands
//! - `error`: [`CliError`] and its exit codes
//! - `terminal`: the progress bar, lines of text, signals
//! - `engine`: the model and device that the arguments name
//! - `point_names`: latent points by name; `npy`: NumPy files; `sequence`: what `blend` and `path` share;
//!   `song`: a MIDI file as one melody

mod args;
mod arrays;
mod blend;
mod devices;
mod encode;
mod engine;
mod error;
mod evaluate;
mod model;
mod npy;
mod path;
mod play;
mod point_names;
mod ports;
mod sequence;
mod song;
mod steer;
mod study;
mod sweep;
mod terminal;
mod train;

pub use args::{Cli, Command};
pub use error::CliError;

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
        Command::Encode(arguments) if arguments.file.is_some() => encode::run(&arguments),
        Command::Encode(arguments) => arrays::encode(&arguments),
        Command::Blend(arguments) => blend::run(&arguments),
        Command::Path(arguments) => path::run(&arguments),
        Command::Play(arguments) => play::run(&arguments),
        Command::Ports(arguments) => ports::run(&arguments),
    }
}

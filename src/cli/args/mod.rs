//! The arguments of all commands. Their documentation is the text of `--help`.

mod goals;
mod melodies;
mod model;
mod playing;
mod shared;
mod shell;
mod sweep;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::model::DeviceChoice;
pub use goals::GoalArg;
pub use melodies::{BlendArgs, DecodeArgs, EncodeArgs, PathArgs};
pub use model::{ConvertArgs, DescribeArgs, DevicesArgs, EvaluateArgs, TrainArgs};
pub use playing::{PlayArgs, PortsArgs, RenderArgs, SoundArgs};
pub use shared::{ExecutionArgs, ModelArgs};
pub use shell::{CompletionsArgs, ManArgs};
pub use sweep::{MergeArgs, StatusArgs, SteerArgs, StudyArgs, SweepArgs};

/// A playable map of the latent space of a melody model.
///
/// Without a command, the window opens.
#[derive(Debug, Parser)]
#[command(name = "tunescape", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// Model that the window opens, in any form; the default model if left out.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Device of the window: auto, gpu, cpu, or part of an adapter's name; the remembered one if
    /// left out.
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<DeviceChoice>,
    /// File to open in the window: a session, a melody (a MIDI file), a model, or a SoundFont.
    #[arg(value_name = "FILE", value_parser = existing_path)]
    pub file: Option<PathBuf>,
    /// What to do instead of opening the window.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

/// A command of the command line.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Sample the latent space, decode, measure, lay out, and write everything to a folder.
    Sweep(SweepArgs),
    /// Make melodies with a wanted note density (or another attribute).
    Steer(SteerArgs),
    /// Study the latent space: sweep, statistics, figures and a report.
    Study(StudyArgs),
    /// Join the shards of a study into one.
    Merge(MergeArgs),
    /// Say how far a study is that is spread over machines: what is done and what is missing.
    Status(StatusArgs),
    /// Train a model on folders of MIDI files.
    Train(TrainArgs),
    /// Measure how well a model reconstructs melodies, and what it draws by itself.
    Evaluate(EvaluateArgs),
    /// List the devices of this machine and which one would be used.
    Devices(DevicesArgs),
    /// Say what a checkpoint is: kind, sizes, tokens, parameters, hash.
    Model(DescribeArgs),
    /// Write a checkpoint of any form as a safetensors file.
    Convert(ConvertArgs),
    /// Decode an array of latent points.
    Decode(DecodeArgs),
    /// Encode a melody of your own (a MIDI file), or an array of melodies.
    Encode(EncodeArgs),
    /// Go from one melody to another in steps.
    Blend(BlendArgs),
    /// Go along a path through several melodies, in steps that change evenly.
    Path(PathArgs),
    /// Play MIDI files on a MIDI port or the built-in synth.
    Play(PlayArgs),
    /// Render MIDI files to a sound file, faster than they play.
    Render(RenderArgs),
    /// List the MIDI ports of this machine.
    Ports(PortsArgs),
    /// Write a script that completes commands and options in a shell.
    Completions(CompletionsArgs),
    /// Write the manual pages of all commands to a folder.
    Man(ManArgs),
}

/// A path that is there. Anything else is more likely a mistyped command than a file.
fn existing_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.exists() {
        Ok(path)
    } else {
        Err(
            "there is no file and no command of that name; `tunescape --help` lists the commands"
                .to_owned(),
        )
    }
}

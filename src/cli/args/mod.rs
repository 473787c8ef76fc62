//! The arguments of all commands. Their documentation is the text of `--help`.

mod choices;
mod examples;
mod goals;
mod melodies;
mod model;
mod package_files;
mod playing;
mod shared;
mod sweep;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::model::DeviceChoice;
#[cfg(feature = "window")]
use crate::playback::input::OscSettings;
pub use goals::GoalArg;
pub use melodies::{BlendArgs, DecodeArgs, EncodeArgs, ExplainArgs, PathArgs};
pub use model::{
    ConvertArgs, DevicesArgs, EvaluateArgs, InspectArgs, LearnArgs, MixModelsArgs, TrainArgs,
};
pub use package_files::{CompletionsArgs, ManArgs};
#[cfg(feature = "sound")]
pub use playing::{PlayArgs, PortsArgs};
pub use playing::{RenderArgs, SoundArgs};
pub use shared::{ModelArgs, VerbosityArgs, threads_or_of_slurm};
pub use sweep::{MergeArgs, StatusArgs, SteerArgs, StudyArgs, SweepArgs};

/// A playable map of the latent space of a melody model.
///
/// Without a command, the window opens.
#[derive(Debug, Parser)]
#[command(name = "tunescape", version, after_help = examples::WINDOW)]
pub struct Cli {
    /// Model that the window opens, in any form; the default model if left out.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Device of the window: auto, gpu, cpu, or part of an adapter's name; the remembered one if
    /// left out.
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<DeviceChoice>,
    /// UDP port on this machine that the window takes OSC commands on, and one that it sends notes
    /// and the selection to: play, stop, keep, tempo, select, puck and steer, under /tunescape/; the
    /// remembered ports if left out, none at first.
    #[cfg(feature = "window")]
    #[arg(long, value_name = "PORT[:SENDPORT]")]
    pub osc: Option<OscSettings>,
    /// File to open in the window: a session, a melody (a MIDI file), a model, or a SoundFont.
    #[arg(value_name = "FILE", value_parser = existing_path)]
    pub file: Option<PathBuf>,
    /// How much is said.
    #[command(flatten)]
    pub verbosity: VerbosityArgs,
    /// What to do instead of opening the window.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

/// A command of the command line.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Sample the latent space, decode, measure, lay out, and write everything to a folder.
    #[command(after_help = examples::SWEEP)]
    Sweep(SweepArgs),
    /// Make melodies with a wanted note density (or another attribute).
    #[command(after_help = examples::STEER)]
    Steer(SteerArgs),
    /// Study the latent space: sweep, statistics, figures and a report.
    #[command(after_help = examples::STUDY)]
    Study(StudyArgs),
    /// Join the shards of a study into one.
    #[command(after_help = examples::MERGE)]
    Merge(MergeArgs),
    /// Say how far a study is that is spread over machines: what is done and what is missing.
    #[command(after_help = examples::STATUS)]
    Status(StatusArgs),
    /// Train a model on folders of MIDI files.
    #[command(after_help = examples::TRAIN)]
    Train(TrainArgs),
    /// Teach a model the melodies of a folder, in minutes.
    #[command(after_help = examples::LEARN)]
    Learn(LearnArgs),
    /// Mix a model with one that was taught from it.
    #[command(after_help = examples::MIX_MODELS)]
    MixModels(MixModelsArgs),
    /// Measure how well a model reconstructs melodies, and what it draws by itself.
    #[command(after_help = examples::EVALUATE)]
    Evaluate(EvaluateArgs),
    /// List the devices of this machine and which one would be used.
    #[command(after_help = examples::DEVICES)]
    Devices(DevicesArgs),
    /// Say what a checkpoint is: kind, sizes, tokens, parameters, hash.
    #[command(alias = "model", after_help = examples::INSPECT)]
    Inspect(InspectArgs),
    /// Write a checkpoint of any form as a safetensors file, or as a folder for a model hub.
    #[command(after_help = examples::CONVERT)]
    Convert(ConvertArgs),
    /// Decode an array of latent points, or the melody of a share text.
    #[command(after_help = examples::DECODE)]
    Decode(DecodeArgs),
    /// Encode a melody of your own (a MIDI file), or an array of melodies.
    #[command(after_help = examples::ENCODE)]
    Encode(EncodeArgs),
    /// Say how the melodies of a MIDI file were made, and make them again.
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// Go from one melody to another in steps.
    #[command(after_help = examples::BLEND)]
    Blend(BlendArgs),
    /// Go along a path through several melodies, in steps that change evenly.
    #[command(after_help = examples::PATH)]
    Path(PathArgs),
    /// Play MIDI files on a MIDI port or the built-in synth.
    #[cfg(feature = "sound")]
    #[command(after_help = examples::PLAY)]
    Play(PlayArgs),
    /// Render MIDI files to a sound file, faster than they play, or write them as a score.
    #[command(after_help = examples::RENDER)]
    Render(RenderArgs),
    /// List the MIDI ports of this machine.
    #[cfg(feature = "sound")]
    #[command(after_help = examples::PORTS)]
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

impl Cli {
    /// Refuses the window's options beside a command, which has its own.
    ///
    /// # Errors
    /// [`clap::Error`], which says so.
    pub fn check(&self) -> Result<(), clap::Error> {
        let is_for_window = self.model.is_some() || self.device.is_some() || self.file.is_some();
        #[cfg(feature = "window")]
        let is_for_window = is_for_window || self.osc.is_some();
        if self.command.is_none() || !is_for_window {
            return Ok(());
        }
        Err(Self::command().error(
            ErrorKind::ArgumentConflict,
            "a file, --model, --device and --osc before the command are for the window; put those that a command has behind the command",
        ))
    }
}

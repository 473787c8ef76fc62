//! Arguments of the commands that sample the latent space: `sweep`, `steer`, `study`, `merge` and `status`.

use std::path::PathBuf;

use clap::Args;

use super::goals::GoalArgs;
use super::shared::{ExecutionArgs, JsonArgs, ModelArgs, SweepConfigArgs};
use crate::melody::Scale;
use crate::session::Shard;
use crate::study::{MAX_GROUP_SAMPLES, StudyPreset, StudySettings};
use crate::sweep::{KeptAspect, LayoutKind, SteerRequest};

/// Arguments of `tunescape sweep`.
#[derive(Clone, Debug, Args)]
pub struct SweepArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// What to sample.
    #[command(flatten)]
    pub config: SweepConfigArgs,
    /// Batch size and threads.
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// Layout of the map (`map_x`, `map_y`): latent, sound, decoder, axes, or axes:X,Y with two attributes.
    #[arg(long, default_value = "latent", value_name = "NAME")]
    pub layout: LayoutKind,
    /// Folder to write to; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Also write the regions' centres into one type-1 MIDI file with a track for each, to listen through.
    #[arg(long = "tracks-out", alias = "tracks", value_name = "FILE")]
    pub tracks: Option<PathBuf>,
    /// Form of the summary.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Write the MIDI files into one archive, melodies.tar, in place of two folders: faster.
    #[arg(long)]
    pub tar: bool,
    /// Write over files of the same names, and into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape study`.
#[derive(Clone, Debug, Args)]
pub struct StudyArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// What to sample.
    #[command(flatten)]
    pub config: SweepConfigArgs,
    /// Batch size and threads.
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// Several settings at once.
    #[arg(long, value_enum, conflicts_with_all = ["scaling", "width", "sigma"])]
    pub preset: Option<StudyPreset>,
    /// New samples around the low, mid and high regions of each attribute.
    #[arg(long, default_value_t = StudySettings::default().group_samples, value_name = "N",
        value_parser = clap::value_parser!(u32).range(2..=i64::from(MAX_GROUP_SAMPLES)))]
    pub group_samples: u32,
    /// Study the output of the published scripts (folders grid_point_i/sample_j) instead of a sweep of
    /// its own; new samples are decoded only if --model names the model that made it.
    #[arg(long, value_name = "DIR", conflicts_with = "shard")]
    pub from: Option<PathBuf>,
    /// Decode only a part of the sweep, such as 2/8, to be joined by `tunescape merge`.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Decode nothing, but write a job script for Slurm that decodes the study in --shards jobs and merges them.
    #[arg(long, value_name = "FILE", requires = "shards", conflicts_with_all = ["shard", "from"])]
    pub slurm: Option<PathBuf>,
    /// Number of shards of the study.
    #[arg(long, value_name = "N", requires = "slurm", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub shards: Option<u32>,
    /// Folder to write to; made if it is not there. An unfinished study in it goes on.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write over files of the same names, and into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape merge`.
#[derive(Clone, Debug, Args)]
pub struct MergeArgs {
    /// Folders that `tunescape study --shard` wrote, in any order.
    #[arg(required = true, value_name = "SHARD")]
    pub shards: Vec<PathBuf>,
    /// Join shards that were decoded on different devices, or on another than this merge uses; run.json lists the devices.
    #[arg(long)]
    pub mixed_devices: bool,
    /// Model and device, as for the shards: the groups' new samples are decoded here.
    #[command(flatten)]
    pub model: ModelArgs,
    /// Batch size and threads.
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// Folder to write to; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write over files of the same names, and into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape status`.
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// Folder of a study, or of the folders of its shards.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Number of shards of the study, if their folders do not say it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub shards: Option<u32>,
    /// Folder that the shards are merged into, if it is another.
    #[arg(long, value_name = "DIR")]
    pub study: Option<PathBuf>,
    /// Form of the numbers.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `tunescape steer`.
#[derive(Clone, Debug, Args)]
pub struct SteerArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The sweep that the search starts from.
    #[command(flatten)]
    pub config: SweepConfigArgs,
    /// Batch size and threads.
    #[command(flatten)]
    pub execution: ExecutionArgs,
    /// What is asked of the attributes.
    #[command(flatten)]
    pub goals: GoalArgs,
    /// An attribute by its id in files, with --value, such as note_density or highest_note.
    #[arg(long, value_name = "ID", requires = "value")]
    pub attribute: Option<String>,
    /// Wanted value of --attribute in the unit that the window shows, or hold.
    #[arg(
        long,
        value_name = "VALUE|hold",
        requires = "attribute",
        allow_hyphen_values = true
    )]
    pub value: Option<String>,
    /// Scale that every note is to be in, such as "D dorian" or "Bb major".
    #[arg(long, value_name = "SCALE")]
    pub key: Option<Scale>,
    /// Melodies like this one: r041_s12 (a melody of the sweep), tune.mid:3 (third window) or z.npy:0 (a row).
    #[arg(long, value_name = "MELODY")]
    pub like: Option<String>,
    /// Fraction of the notes of --like that stay, from 0 to 1; more change where a wanted density needs it.
    #[arg(long, value_name = "SHARE", default_value_t = 0.7, requires = "like")]
    pub closeness: f64,
    /// What of --like stays exactly.
    #[arg(long, value_enum, default_value = "nothing", requires = "like")]
    pub keep: KeptAspect,
    /// Melodies to make.
    #[arg(long, default_value_t = SteerRequest::default().count)]
    pub count: u32,
    /// Most candidates decoded per melody.
    #[arg(long, default_value_t = SteerRequest::default().max_candidates_per_melody, value_name = "N")]
    pub effort: u32,
    /// Form of the result: what was wanted, what was obtained, the melodies.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Layout of the map (`map_x`, `map_y`): latent, sound, decoder, axes, or axes:X,Y with two attributes.
    #[arg(long, default_value = "latent", value_name = "NAME", requires = "out")]
    pub layout: LayoutKind,
    /// Folder to write to; without it only the summary is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write over files of the same names, and into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

//! Arguments of the commands about models and devices: `train`, `learn`, `mix-models`, `evaluate`, `inspect`, `convert` and
//! `devices`.

use std::path::PathBuf;

use clap::Args;

use super::choices::parse_threads;
use super::shared::JsonArgs;
use crate::model::{DeviceChoice, MatmulFormat};
use crate::sweep::parse_seed;

/// Arguments of `tunescape train`.
#[derive(Clone, Debug, Args)]
pub struct TrainArgs {
    /// Folder of MIDI files, searched with everything below it.
    #[arg(long, value_name = "DIR")]
    pub corpus: PathBuf,
    /// CSV table with the columns path and split; rows with the split `train` are trained on, rows with the split `valid`,
    /// where there are any, decide when to stop.
    #[arg(long = "split-file", alias = "split", value_name = "FILE")]
    pub split_file: Option<PathBuf>,
    /// Weights file to write; the checkpoint is beside it, ending in .checkpoint.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// JSON file with training settings; missing ones have their defaults.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Melodies to learn from in all, counted with repetition; 0 with --start-from only fits the latent space to the
    /// prior.
    #[arg(long, allow_negative_numbers = true)]
    pub examples: Option<u64>,
    /// Melodies per optimiser step; a graphics adapter wants many, such as 1024, with a larger learning rate.
    #[arg(
        long = "batch-size",
        alias = "batch",
        allow_negative_numbers = true,
        value_name = "N"
    )]
    pub batch: Option<usize>,
    /// Learning rate.
    #[arg(long, allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Seed of every random number: a whole number, or a word that stands for one.
    #[arg(long, allow_negative_numbers = true, value_parser = parse_seed)]
    pub seed: Option<u64>,
    /// Weight of the KL divergence: less gives truer reconstructions, more gives a smoother space.
    #[arg(long, allow_negative_numbers = true)]
    pub beta: Option<f64>,
    /// Number format of products.
    #[arg(long, value_enum)]
    pub arithmetic: Option<MatmulFormat>,
    /// Weights file to start from instead of random weights.
    #[arg(long, value_name = "FILE")]
    pub start_from: Option<PathBuf>,
    /// Seconds between checkpoints.
    #[arg(long, default_value_t = 120)]
    pub checkpoint_every: u64,
    /// Start again although there is a checkpoint.
    #[arg(long)]
    pub restart: bool,
    /// Threads; if left out, as many as a Slurm job has (`SLURM_CPUS_PER_TASK`), else as there are cores.
    #[arg(long, value_parser = parse_threads)]
    pub threads: Option<usize>,
    /// auto, gpu, cpu, or part of an adapter's name.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
}

/// Arguments of `tunescape learn`.
#[derive(Clone, Debug, Args)]
pub struct LearnArgs {
    /// Folder of MIDI files, searched with everything below it. Nothing of it leaves this machine.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Model in any form: a safetensors file, a folder, a TensorFlow checkpoint, a .tar; the default model if left out. It
    /// stays as it is.
    #[arg(long, alias = "from", value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Weights file to write; until the end a checkpoint is beside it, ending in .checkpoint, from which the same command goes
    /// on after a stop.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Minutes to learn for.
    #[arg(long, default_value_t = 5.0, allow_negative_numbers = true)]
    pub minutes: f64,
    /// Melodies to learn from in all, counted with repetition, instead of a time: equal numbers give equal weights on any
    /// machine.
    #[arg(long, conflicts_with = "minutes", value_name = "N")]
    pub examples: Option<u64>,
    /// Seed of every random number: a whole number, or a word that stands for one.
    #[arg(long, default_value_t = 1, value_parser = parse_seed)]
    pub seed: u64,
    /// Start again although there is a checkpoint.
    #[arg(long)]
    pub restart: bool,
    /// Write over the weights file.
    #[arg(long)]
    pub overwrite: bool,
    /// Form of the result.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `tunescape mix-models`.
#[derive(Clone, Debug, Args)]
pub struct MixModelsArgs {
    /// Second model in any form, such as one that `learn` made from the first.
    #[arg(value_name = "SECOND")]
    pub second: PathBuf,
    /// First model in any form: a safetensors file, a folder, a TensorFlow checkpoint, a .tar; the default model if left out. Both
    /// stay as they are.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Fraction of the second model, from 0 (the first one's weights) to 1 (the second one's).
    #[arg(long, default_value_t = 0.5, allow_negative_numbers = true)]
    pub fraction: f64,
    /// Weights file to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Write over the weights file.
    #[arg(long)]
    pub overwrite: bool,
    /// Form of the result.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `tunescape evaluate`.
#[derive(Clone, Debug, Args)]
pub struct EvaluateArgs {
    /// Model in any form: a safetensors file, a folder, a TensorFlow checkpoint, a .tar; the default model if left out. It has
    /// to be a flat one.
    #[arg(long = "model", alias = "weights", value_name = "PATH")]
    pub weights: Option<PathBuf>,
    /// Folder of MIDI files.
    #[arg(long, value_name = "DIR")]
    pub corpus: PathBuf,
    /// Rows of the split table to take, such as valid or test; all MIDI files if left out.
    #[arg(long, value_name = "NAME")]
    pub split: Option<String>,
    /// CSV table with the columns path and split; DIR/split.csv if left out.
    #[arg(long, value_name = "FILE", requires = "split")]
    pub split_file: Option<PathBuf>,
    /// Draws of the prior.
    #[arg(long, default_value_t = 2_000)]
    pub draws: usize,
    /// Seed of every random number: a whole number, or a word that stands for one.
    #[arg(long, default_value_t = 99, value_parser = parse_seed)]
    pub seed: u64,
    /// Print the result as JSON.
    // Earlier versions wrote the metrics to a file that was named here.
    #[arg(long, num_args = 0..=1, hide_possible_values = true, value_name = "FILE")]
    pub json: Option<Option<PathBuf>>,
    /// Also write the metrics to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub metrics_out: Option<PathBuf>,
    /// auto, gpu, cpu, or part of an adapter's name.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
}

/// Arguments of `tunescape inspect`.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// Checkpoint in any form; the default model if left out.
    #[arg(value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// Form of the description.
    #[command(flatten)]
    pub json: JsonArgs,
}

/// Arguments of `tunescape convert`.
#[derive(Clone, Debug, Args)]
pub struct ConvertArgs {
    /// Checkpoint in any form.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Safetensors file to write, or with --folder the folder.
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Write a folder as model hubs have it: config.json, model.safetensors and README.md.
    #[arg(long)]
    pub folder: bool,
    /// Store 16-bit floats: half the size, three digits.
    #[arg(long)]
    pub half: bool,
    /// Write over files of the same names, and into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape devices`.
#[derive(Clone, Debug, Args)]
pub struct DevicesArgs {
    /// Model in any form: a safetensors file, a folder, a TensorFlow checkpoint, a .tar; the default model if left out. It is
    /// what --prove decodes with.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Also compare melodies decoded by the chosen device with those of the CPU.
    #[arg(long)]
    pub prove: bool,
    /// Form of the list.
    #[command(flatten)]
    pub json: JsonArgs,
    /// auto, gpu, cpu, or part of an adapter's name.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
}

//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::latent::{Scaling, Sigma};
use crate::model::{Arithmetic, DeviceChoice};
use crate::session::Shard;
use crate::study::{MOST_GROUP_SAMPLES, StudySettings};
use crate::sweep::{Layout, SweepConfig, parse_seed};

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
    /// What to do instead of opening the window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands that work without a window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sample the latent space, decode, measure, lay out, and write everything to a folder.
    Sweep(SweepArgs),
    /// Make melodies with a wanted note density (or another attribute).
    Steer(SteerArgs),
    /// Study what the latent space knows: sweep, statistics, figures and a report.
    Study(StudyArgs),
    /// Join the shards of a study into one.
    Merge(MergeArgs),
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
}

/// Which model, on which device.
#[derive(Clone, Debug, Args)]
pub struct ModelArgs {
    /// Model in any form: a safetensors file, a magenta-js folder, a TensorFlow checkpoint, a .tar;
    /// the default model if left out.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// auto, gpu, cpu, or part of an adapter's name.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
}

/// What decides a sweep.
#[derive(Clone, Debug, Args)]
pub struct SweepConfigArgs {
    /// Regions: points of the Latin hypercube.
    #[arg(long, default_value_t = SweepConfig::default().regions)]
    pub regions: u32,
    /// Samples around each region's centre.
    #[arg(long, default_value_t = SweepConfig::default().samples)]
    pub samples: u32,
    /// Seed of every random number: a whole number, or a word that stands for one.
    #[arg(long, default_value_t = SweepConfig::default().seed, value_parser = parse_seed)]
    pub seed: u64,
    /// prior (points look like draws of the prior) or box (uniform in a cube).
    #[arg(long, default_value = "prior", value_parser = ["prior", "box"])]
    pub scaling: String,
    /// Edge of the cube, with --scaling box.
    #[arg(long, default_value_t = 6.0, value_name = "WIDTH")]
    pub width: f64,
    /// Spread of the samples around their centre per dimension: a number, or as-published.
    #[arg(long, default_value = "0.5")]
    pub sigma: String,
    /// 0 takes the most likely token at each step; above, tokens are drawn.
    #[arg(long, default_value_t = 0.0)]
    pub temperature: f32,
}

impl SweepConfigArgs {
    /// The config that these arguments describe.
    ///
    /// # Errors
    /// A sentence about `--sigma`, if it is neither a number nor `as-published`.
    pub fn config(&self) -> Result<SweepConfig, String> {
        let sigma =
            match self.sigma.as_str() {
                "as-published" => Sigma::AsPublished,
                number => Sigma::Fixed(number.parse().map_err(|_| {
                    format!("--sigma takes a number or as-published, not {number:?}")
                })?),
            };
        let scaling = match self.scaling.as_str() {
            "box" => Scaling::Box { width: self.width },
            _ => Scaling::Prior,
        };
        Ok(SweepConfig {
            regions: self.regions,
            samples: self.samples,
            scaling,
            sigma,
            seed: self.seed,
            temperature: self.temperature,
        })
    }
}

/// How the work is done; changes nothing about the result.
#[derive(Clone, Debug, Args)]
pub struct WorkArgs {
    /// Melodies decoded between two looks at progress.
    #[arg(long, default_value_t = 256)]
    pub batch: usize,
    /// Threads; as many as there are cores if left out.
    #[arg(long)]
    pub threads: Option<usize>,
    /// No progress bar, no summary.
    #[arg(long, short)]
    pub quiet: bool,
}

/// Arguments of `tunescape sweep`.
#[derive(Clone, Debug, Args)]
pub struct SweepArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// What to sample.
    #[command(flatten)]
    pub config: SweepConfigArgs,
    /// How to work.
    #[command(flatten)]
    pub work: WorkArgs,
    /// What near means on the map (`map_x`, `map_y`): latent, sound, decoder, axes, or axes:X,Y with two
    /// attributes.
    #[arg(long, default_value = "latent", value_name = "NAME")]
    pub layout: Layout,
    /// Folder to write to; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Also write the regions' centres into one type-1 MIDI file with a track for each, to listen through.
    #[arg(long, value_name = "FILE")]
    pub tracks: Option<PathBuf>,
    /// Write into a folder that is not empty, over files of the same names.
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
    /// How to work.
    #[command(flatten)]
    pub work: WorkArgs,
    /// paper (a box of width 6, sigma 1), as-published (the sigma and the rhythmic complexity of the
    /// published code) or prior (draws of the prior, sigma 0.5).
    #[arg(long, value_parser = ["paper", "as-published", "prior"], conflicts_with_all = ["scaling", "width", "sigma"])]
    pub preset: Option<String>,
    /// New samples around the low, mid and high regions of each attribute.
    #[arg(long, default_value_t = StudySettings::default().group_samples, value_name = "N",
        value_parser = clap::value_parser!(u32).range(2..=i64::from(MOST_GROUP_SAMPLES)))]
    pub group_samples: u32,
    /// Study the output of the published scripts (folders grid_point_i/sample_j) instead of a sweep of
    /// its own; new samples are decoded only if --model names the model that made it.
    #[arg(long, value_name = "DIR", conflicts_with = "shard")]
    pub from: Option<PathBuf>,
    /// Decode only a part of the sweep, such as 2/8, to be joined by `tunescape merge`.
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Folder to write to; made if it is not there. An unfinished study in it is taken up.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write into a folder that is not empty, over files of the same names.
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
    /// How to work.
    #[command(flatten)]
    pub work: WorkArgs,
    /// Folder to write to; made if it is not there.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write into a folder that is not empty, over files of the same names.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape steer`.
#[derive(Clone, Debug, Args)]
pub struct SteerArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The sweep from which the direction is learnt.
    #[command(flatten)]
    pub config: SweepConfigArgs,
    /// How to work.
    #[command(flatten)]
    pub work: WorkArgs,
    /// Wanted notes per bar; short for --attribute note_density --value N.
    #[arg(long, value_name = "NOTES", conflicts_with_all = ["attribute", "value"])]
    pub density: Option<f64>,
    /// Attribute to steer: note_density, rhythmic_complexity, pitch_range, contour, signed_contour.
    #[arg(long, requires = "value", default_value = "note_density")]
    pub attribute: String,
    /// Wanted value, in the unit that the window shows.
    #[arg(long)]
    pub value: Option<f64>,
    /// Melodies to make.
    #[arg(long, default_value_t = 32)]
    pub count: u32,
    /// The map that the melodies are placed on (`map_x`, `map_y`): latent, sound, decoder, axes, or axes:X,Y with two
    /// attributes.
    #[arg(long, default_value = "latent", value_name = "NAME", requires = "out")]
    pub layout: Layout,
    /// Folder to write to; without it only the summary is printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write into a folder that is not empty, over files of the same names.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape train`.
#[derive(Clone, Debug, Args)]
pub struct TrainArgs {
    /// Folder of MIDI files, searched with everything below it.
    #[arg(long, value_name = "DIR")]
    pub corpus: PathBuf,
    /// CSV table with the columns path and split (and any others); only rows with the split `train` are learnt from, and rows with the split
    /// `valid`, where there are any, tell when to stop.
    #[arg(long, value_name = "FILE")]
    pub split: Option<PathBuf>,
    /// Weights file to write; the checkpoint stands beside it, ending in .checkpoint.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// JSON file with training settings; what it leaves out is as usual.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Melodies to learn from in all, counted with repetition; 0 with --start-from only fits the latent space to the
    /// prior.
    #[arg(long, allow_negative_numbers = true)]
    pub examples: Option<u64>,
    /// Melodies per optimiser step; a graphics adapter wants many, such as 1024, with a larger learning rate.
    #[arg(long, allow_negative_numbers = true)]
    pub batch: Option<usize>,
    /// Learning rate.
    #[arg(long, allow_negative_numbers = true)]
    pub learning_rate: Option<f64>,
    /// Seed of weights, batches and noise: a whole number, or a word that stands for one.
    #[arg(long, allow_negative_numbers = true, value_parser = parse_seed)]
    pub seed: Option<u64>,
    /// Weight of the KL divergence: less gives truer reconstructions, more gives a smoother space.
    #[arg(long, allow_negative_numbers = true)]
    pub beta: Option<f64>,
    /// float32, or bfloat16 for about twice the speed on processors that have it.
    #[arg(long, value_name = "FORMAT", value_parser = arithmetic)]
    pub arithmetic: Option<Arithmetic>,
    /// Weights file to start from instead of random weights.
    #[arg(long, value_name = "FILE")]
    pub start_from: Option<PathBuf>,
    /// Seconds between checkpoints.
    #[arg(long, default_value_t = 120)]
    pub checkpoint_every: u64,
    /// Start again although there is a checkpoint.
    #[arg(long)]
    pub restart: bool,
    /// Threads; as many as there are cores if left out.
    #[arg(long)]
    pub threads: Option<usize>,
    /// auto, gpu, cpu, or part of an adapter's name.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// No progress.
    #[arg(long, short)]
    pub quiet: bool,
}

/// Arguments of `tunescape evaluate`.
#[derive(Clone, Debug, Args)]
pub struct EvaluateArgs {
    /// Flat model in any form; the default model if left out.
    #[arg(long, visible_alias = "model", value_name = "PATH")]
    pub weights: Option<PathBuf>,
    /// Folder of MIDI files.
    #[arg(long, value_name = "DIR")]
    pub corpus: PathBuf,
    /// Rows of the split table to take, such as valid or test; all MIDI files if left out.
    #[arg(long, value_name = "NAME")]
    pub split: Option<String>,
    /// The split table; DIR/split.csv if left out.
    #[arg(long, value_name = "FILE", requires = "split")]
    pub split_file: Option<PathBuf>,
    /// Draws of the prior.
    #[arg(long, default_value_t = 2_000)]
    pub draws: usize,
    /// Seed of the draws: a whole number, or a word that stands for one.
    #[arg(long, default_value_t = 99, value_parser = parse_seed)]
    pub seed: u64,
    /// Also write the figures to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// auto, gpu, cpu, or part of an adapter's name.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
}

/// Arguments of `tunescape model`.
#[derive(Clone, Debug, Args)]
pub struct DescribeArgs {
    /// Checkpoint in any form; the default model if left out.
    #[arg(value_name = "PATH")]
    pub file: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `tunescape convert`.
#[derive(Clone, Debug, Args)]
pub struct ConvertArgs {
    /// Checkpoint in any form.
    #[arg(value_name = "IN")]
    pub input: PathBuf,
    /// Safetensors file to write.
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// Store 16-bit floats: half the size, three digits.
    #[arg(long)]
    pub half: bool,
    /// Replace a file of that name.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape decode`.
#[derive(Clone, Debug, Args)]
pub struct DecodeArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// NPY file of latent points, floats [points, latent].
    #[arg(long, value_name = "IN")]
    pub latents: PathBuf,
    /// NPY file to write: the most likely tokens, uint8 [points, steps].
    #[arg(long, value_name = "OUT")]
    pub tokens: PathBuf,
    /// NPY file to write: float32 [points, steps, tokens].
    #[arg(long, value_name = "OUT")]
    pub logits: Option<PathBuf>,
    /// Replace files of these names.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape encode`.
#[derive(Clone, Debug, Args)]
pub struct EncodeArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// MIDI file: its tracks and windows are listed, and encoded into --out.
    #[arg(conflicts_with_all = ["tokens", "mu", "sigma"])]
    pub file: Option<PathBuf>,
    /// Which of the listed tracks; the one most like a tune if left out.
    #[arg(long, value_name = "N", requires = "file")]
    pub track: Option<usize>,
    /// Which of the listed windows, such as 1,3-5; all if left out.
    #[arg(long, value_name = "LIST", requires = "file")]
    pub windows: Option<String>,
    /// Folder to write to; without it windows are only listed.
    #[arg(long, value_name = "DIR", requires = "file")]
    pub out: Option<PathBuf>,
    /// Print tracks, windows and what was found and left out as JSON.
    #[arg(long, requires = "file")]
    pub json: bool,
    /// NPY file of melodies, integers [melodies, steps].
    #[arg(long, value_name = "IN", requires = "mu")]
    pub tokens: Option<PathBuf>,
    /// NPY file to write: the posteriors' means, float32 [melodies, latent].
    #[arg(long, value_name = "OUT", requires = "tokens")]
    pub mu: Option<PathBuf>,
    /// NPY file to write: the posteriors' standard deviations, of the same shape.
    #[arg(long, value_name = "OUT", requires = "tokens")]
    pub sigma: Option<PathBuf>,
    /// Replace files of these names.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape blend`.
#[derive(Clone, Debug, Args)]
pub struct BlendArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The sweep that ends such as r041_s12 belong to.
    #[command(flatten)]
    pub config: SweepConfigArgs,
    /// First end: a MIDI file (tune.mid, or tune.mid:3 for its third window), a row of an array of latent points
    /// (z.npy:0), or a melody of the sweep (r041_s12, r041_centre).
    pub from: String,
    /// Last end, likewise.
    pub to: String,
    /// Melodies, both ends included.
    #[arg(long, default_value_t = 7)]
    pub steps: u32,
    /// spherical (along the arc, where the prior has its mass) or linear.
    #[arg(long, default_value = "spherical", value_parser = ["spherical", "linear"])]
    pub way: String,
    /// Points at equal distances along the way, instead of where the melodies change evenly.
    #[arg(long)]
    pub equal: bool,
    /// Folder to write to; without it the steps are only listed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write into a folder that is not empty, over files of the same names.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape path`.
#[derive(Clone, Debug, Args)]
pub struct PathArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The sweep that regions and names such as r041_s12 belong to.
    #[command(flatten)]
    pub config: SweepConfigArgs,
    /// What it leads through, in order: regions by number, melodies of the sweep (r041_s12), windows of MIDI files
    /// (tune.mid:3) and rows of arrays (z.npy:0).
    #[arg(long, num_args = 2.., required = true, value_name = "POINT")]
    pub through: Vec<String>,
    /// Melodies, the points themselves included.
    #[arg(long, default_value_t = 16)]
    pub steps: u32,
    /// From point to point: spherical (along the arc, where the prior has its mass) or linear.
    #[arg(long, default_value = "spherical", value_parser = ["spherical", "linear"])]
    pub way: String,
    /// Sixteenths that each melody is heard in the piece before the next one takes over; all of it if left out.
    #[arg(long, value_name = "SIXTEENTHS")]
    pub every: Option<usize>,
    /// The piece goes to the end and back.
    #[arg(long, alias = "to-and-fro")]
    pub ping_pong: bool,
    /// Folder to write to; without it the steps are only listed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write into a folder that is not empty, over files of the same names.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape devices`.
#[derive(Clone, Debug, Args)]
pub struct DevicesArgs {
    /// Model to prove the devices with, in any form; the default model if left out.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// Also let the chosen device prove itself against the CPU.
    #[arg(long)]
    pub prove: bool,
    /// auto, gpu, cpu, or part of an adapter's name.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
}

fn arithmetic(text: &str) -> Result<Arithmetic, String> {
    match text {
        "float32" => Ok(Arithmetic::Float32),
        "bfloat16" => Ok(Arithmetic::Bfloat16),
        _ => Err("choose float32 or bfloat16".to_owned()),
    }
}

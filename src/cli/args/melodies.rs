//! Arguments of the commands that encode, decode, explain and join single melodies: `decode`, `encode`, `explain`, `blend` and `path`.

use std::path::PathBuf;

use clap::Args;

use super::shared::{JsonArgs, ModelArgs, OutArgs, SweepConfigArgs};
use crate::latent::Interpolation;

/// Arguments of `tunescape decode`.
#[derive(Clone, Debug, Args)]
pub struct DecodeArgs {
    /// Model and device.
    #[command(flatten)]
    pub model: ModelArgs,
    /// NPY file of latent points, floats [points, latent].
    #[arg(long, value_name = "FILE", required_unless_present = "share")]
    pub latents: Option<PathBuf>,
    /// NPY file to write: the most likely tokens, uint8 [points, steps].
    #[arg(
        long = "tokens-out",
        alias = "tokens",
        value_name = "FILE",
        required_unless_present = "share"
    )]
    pub tokens: Option<PathBuf>,
    /// NPY file to write: the logits, float32 [points, steps, tokens].
    #[arg(long = "logits-out", alias = "logits", value_name = "FILE")]
    pub logits: Option<PathBuf>,
    /// Share text of a melody (tunescape:1:…), in place of an array.
    #[arg(long, value_name = "TEXT", requires = "out", conflicts_with_all = ["latents", "tokens", "logits"])]
    pub share: Option<String>,
    /// MIDI file to write: the melody of the share text. `.mid` is added to a name without an ending; its folder has to be there.
    #[arg(long, value_name = "FILE", requires = "share")]
    pub out: Option<PathBuf>,
    /// Write over files of the same names, and into a folder that is not empty.
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
    /// Which track of each file, as `tunescape encode FILE` lists them; the one most like a tune if left out.
    #[arg(long, value_name = "N", requires = "file")]
    pub track: Option<usize>,
    /// Numbers of listed windows, such as 1,3-5; all if left out.
    #[arg(long, value_name = "LIST", requires = "file")]
    pub windows: Option<String>,
    /// Folder to write to; without it the windows are only listed.
    #[arg(long, value_name = "DIR", requires = "file")]
    pub out: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long, requires = "file")]
    pub json: bool,
    /// NPY file of melodies, integers [melodies, steps].
    #[arg(long, value_name = "FILE", requires = "mu")]
    pub tokens: Option<PathBuf>,
    /// NPY file to write: the posteriors' means, float32 [melodies, latent].
    #[arg(
        long = "mu-out",
        alias = "mu",
        value_name = "FILE",
        requires = "tokens"
    )]
    pub mu: Option<PathBuf>,
    /// NPY file to write: the posteriors' standard deviations, of the same shape.
    #[arg(
        long = "sigma-out",
        alias = "sigma",
        value_name = "FILE",
        requires = "tokens"
    )]
    pub sigma: Option<PathBuf>,
    /// Write over files of the same names, and into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

/// Arguments of `tunescape explain`.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// MIDI file or score that Tunescape wrote.
    pub file: PathBuf,
    /// MIDI file to write: the melodies of the file made again, one after another, with their notes as they are on the map.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Model and device to make them with.
    #[command(flatten)]
    pub model: ModelArgs,
    /// Form of the list of melodies.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Write over a file of the same name.
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
    /// Melodies, the given ones included.
    #[arg(long = "steps", default_value_t = 7)]
    pub count: u32,
    /// From point to point.
    #[arg(long = "way", value_enum, default_value = "spherical")]
    pub interpolation: Interpolation,
    /// Points at equal distances, instead of where the melodies change evenly.
    #[arg(long = "equal")]
    pub equidistant: bool,
    /// Form of the list of melodies.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutArgs,
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
    /// Points that the path passes, in order: regions by number, melodies of the sweep (r041_s12), windows of MIDI files
    /// (tune.mid:3) and rows of arrays (z.npy:0).
    #[arg(long, num_args = 2.., required = true, value_name = "POINT")]
    pub through: Vec<String>,
    /// Melodies, the given ones included.
    #[arg(long = "steps", default_value_t = 16)]
    pub count: u32,
    /// From point to point.
    #[arg(long = "way", value_enum, default_value = "spherical")]
    pub interpolation: Interpolation,
    /// Sixteenths of each melody in the piece before the next one starts; all of it if left out.
    #[arg(long = "every", value_name = "SIXTEENTHS")]
    pub sixteenths_per_melody: Option<usize>,
    /// The piece goes to the end and back.
    #[arg(long, alias = "to-and-fro")]
    pub ping_pong: bool,
    /// Form of the list of melodies.
    #[command(flatten)]
    pub json: JsonArgs,
    /// Where to write.
    #[command(flatten)]
    pub output: OutArgs,
}

//! Arguments of the commands that encode, decode and join single melodies: `decode`, `encode`, `blend` and `path`.

use std::path::PathBuf;

use clap::Args;

use super::shared::{ModelArgs, OutArgs, SweepConfigArgs};

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
    /// NPY file to write: the logits, float32 [points, steps, tokens].
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
    /// Number of a listed track; the one that most likely has the melody if left out.
    #[arg(long, value_name = "N", requires = "file")]
    pub track: Option<usize>,
    /// Numbers of listed windows, such as 1,3-5; all if left out.
    #[arg(long, value_name = "LIST", requires = "file")]
    pub windows: Option<String>,
    /// Folder to write to; without it windows are only listed.
    #[arg(long, value_name = "DIR", requires = "file")]
    pub out: Option<PathBuf>,
    /// Print tracks, windows and the report of the import as JSON.
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
    #[arg(long = "way", value_name = "WAY", default_value = "spherical", value_parser = ["spherical", "linear"])]
    pub interpolation: String,
    /// Points at equal distances, instead of where the melodies change evenly.
    #[arg(long)]
    pub equal: bool,
    /// Where to write.
    #[command(flatten)]
    pub out: OutArgs,
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
    /// Melodies, the points themselves included.
    #[arg(long, default_value_t = 16)]
    pub steps: u32,
    /// From point to point: spherical (along the arc, where the prior has its mass) or linear.
    #[arg(long = "way", value_name = "WAY", default_value = "spherical", value_parser = ["spherical", "linear"])]
    pub interpolation: String,
    /// Sixteenths of each melody in the piece before the next one starts; all of it if left out.
    #[arg(long = "every", value_name = "SIXTEENTHS")]
    pub steps_per_melody: Option<usize>,
    /// The piece goes to the end and back.
    #[arg(long, alias = "to-and-fro")]
    pub ping_pong: bool,
    /// Where to write.
    #[command(flatten)]
    pub out: OutArgs,
}

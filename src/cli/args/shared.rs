//! Arguments of several commands.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::choices::{ScalingArg, parse_sigma, parse_threads};
use crate::cli::error::CliError;
use crate::latent::{Scaling, Sigma};
use crate::model::DeviceChoice;
use crate::session::check_output_folder;
use crate::sweep::{RunOptions, SweepConfig, parse_seed};

/// The model and its device.
#[derive(Clone, Debug, Args)]
pub struct ModelArgs {
    /// Model in any form: a safetensors file, a folder, a TensorFlow checkpoint, a .tar; the default model if left out.
    #[arg(long, value_name = "PATH")]
    pub model: Option<PathBuf>,
    /// auto, gpu, cpu, or part of an adapter's name.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
}

/// The settings of a sweep.
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
    /// Distribution of the regions' centres.
    #[arg(long, default_value = "prior", value_enum)]
    pub scaling: ScalingArg,
    /// Edge of the box, with --scaling box.
    #[arg(long, default_value_t = 6.0, value_name = "WIDTH")]
    pub width: f64,
    /// Spread of the samples around their centre per dimension: a number, or as-published.
    #[arg(long, default_value = "0.5", value_parser = parse_sigma)]
    pub sigma: Sigma,
    /// 0 takes the most likely token at each step; above, tokens are drawn.
    #[arg(long, default_value_t = 0.0)]
    pub temperature: f32,
}

impl SweepConfigArgs {
    /// The config that these arguments describe.
    #[must_use]
    pub fn config(&self) -> SweepConfig {
        SweepConfig {
            regions: self.regions,
            samples: self.samples,
            scaling: match self.scaling {
                ScalingArg::Box => Scaling::Box { width: self.width },
                ScalingArg::Prior => Scaling::Prior,
            },
            sigma: self.sigma,
            seed: self.seed,
            temperature: self.temperature,
        }
    }
}

/// Number of threads of an option, else of the Slurm job; `None` for as many as there are cores.
#[must_use]
pub fn threads_or_of_slurm(option: Option<usize>) -> Option<usize> {
    let slurm_threads = || std::env::var("SLURM_CPUS_PER_TASK").ok()?.parse().ok();
    option.or_else(slurm_threads).filter(|threads| *threads > 0)
}

/// Batch size and threads, which do not change the result.
#[derive(Clone, Debug, Args)]
pub struct ExecutionArgs {
    /// Melodies decoded between two updates of the progress bar; a graphics card may take more at a time.
    #[arg(long, default_value_t = 256)]
    pub batch: usize,
    /// Threads; if left out, as many as a Slurm job has (`SLURM_CPUS_PER_TASK`), else as there are cores.
    #[arg(long, value_parser = parse_threads)]
    pub threads: Option<usize>,
}

impl ExecutionArgs {
    /// Number of threads of the option, else of the Slurm job; `None` for as many as there are cores.
    #[must_use]
    pub fn threads(&self) -> Option<usize> {
        threads_or_of_slurm(self.threads)
    }

    /// The options of a sweep.
    #[must_use]
    pub fn run_options(&self) -> RunOptions {
        RunOptions {
            batch: self.batch,
            threads: self.threads(),
        }
    }
}

/// How much is said while a command runs.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct VerbosityArgs {
    /// Say how long each step takes; twice (-vv) also what the program logs for debugging.
    #[arg(long, short, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// No progress and no summary.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// The form of a command's result.
#[derive(Clone, Copy, Debug, Args)]
pub struct JsonArgs {
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// The optional output folder of a run.
#[derive(Clone, Debug, Args)]
pub struct OutArgs {
    /// Folder to write to; without it the steps are only listed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write over files of the same names, and into a folder that is not empty.
    #[arg(long)]
    pub overwrite: bool,
}

impl OutArgs {
    /// Checks that the folder, if one is given, can be written to.
    ///
    /// # Errors
    /// [`CliError::Export`] if it cannot.
    pub fn check(&self) -> Result<(), CliError> {
        if let Some(folder) = &self.out {
            check_output_folder(folder, self.overwrite)?;
        }
        Ok(())
    }
}

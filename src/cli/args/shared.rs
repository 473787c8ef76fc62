//! Arguments of several commands.

use std::path::PathBuf;

use clap::Args;

use crate::cli::error::CliError;
use crate::latent::{Scaling, Sigma};
use crate::model::DeviceChoice;
use crate::session::check_output_folder;
use crate::sweep::{RunOptions, SweepConfig, parse_seed};

/// The model and its device.
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
    /// [`CliError::Usage`] if `--sigma` is neither a number nor `as-published`.
    pub fn config(&self) -> Result<SweepConfig, CliError> {
        let sigma = match self.sigma.as_str() {
            "as-published" => Sigma::PublishedCode,
            number => Sigma::Fixed(number.parse().map_err(|_| {
                let advice = format!("--sigma takes a number or as-published, not {number:?}");
                CliError::Usage(advice)
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

/// Batch size, threads and output, which do not change the result.
#[derive(Clone, Debug, Args)]
pub struct ExecutionArgs {
    /// Melodies decoded between two updates of the progress bar.
    #[arg(long, default_value_t = 256)]
    pub batch: usize,
    /// Threads; if left out, as many as a Slurm job has (`SLURM_CPUS_PER_TASK`), else as there are cores.
    #[arg(long)]
    pub threads: Option<usize>,
    /// No progress bar, no summary.
    #[arg(long, short)]
    pub quiet: bool,
}

impl ExecutionArgs {
    /// Number of threads; `None` for as many as there are cores.
    #[must_use]
    pub fn threads(&self) -> Option<usize> {
        let of_job = || std::env::var("SLURM_CPUS_PER_TASK").ok()?.parse().ok();
        self.threads.or_else(of_job).filter(|threads| *threads > 0)
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

/// The optional output folder of a run.
#[derive(Clone, Debug, Args)]
pub struct OutArgs {
    /// Folder to write to; without it the steps are only listed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write into a folder that is not empty, over files of the same names.
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

//! `tunescape study --slurm`: writes the job script of a study.

use std::path::Path;
use std::time::Instant;

use super::args::StudyArgs;
use super::error::CliError;
use super::terminal::{is_quiet, print_line};
use crate::files::write_atomic;
use crate::latent::LatentPoint;
use crate::model::Engine;
use crate::progress::{RateMeter, Unobserved};
use crate::session::{ExportError, SlurmJob, StudyManifest};
use crate::sweep::{MelodyId, SweepConfig, SweepPlan, decode_batches};

/// Melodies that are decoded to estimate the time of a job.
const TIMED_MELODIES: usize = 512;
/// Options that the script sets by itself; they have a value.
const SCRIPT_OPTIONS: [&str; 4] = ["--slurm", "--shards", "--out", "--threads"];
/// Options of this command that the jobs do not get; they have no value.
const OMITTED_FLAGS: [&str; 6] = ["--overwrite", "--quiet", "-q", "--verbose", "-v", "-vv"];

/// Writes the script to the file that the arguments name.
pub(super) fn write_script(
    arguments: &StudyArgs,
    file: &Path,
    manifest: &StudyManifest,
    engine: &mut Engine,
) -> Result<(), CliError> {
    let absolute_path =
        |path: &Path| std::path::absolute(path).map_err(|error| CliError::file(path, error));
    let folder = std::env::current_dir().map_err(|error| CliError::file(Path::new("."), error))?;
    let program = std::env::current_exe().map_err(|error| CliError::file(Path::new("."), error))?;
    let job = SlurmJob {
        program,
        folder,
        out: absolute_path(&arguments.out)?,
        script: absolute_path(file)?,
        shards: arguments.shards.unwrap_or(1),
        threads: arguments.execution.threads.unwrap_or(1),
        study_arguments: study_arguments(std::env::args()),
        merge_arguments: merge_arguments(arguments),
        melodies_per_second: rate_per_thread(manifest, engine)?,
    };
    let text = job.script(manifest);
    write_atomic(file, arguments.overwrite, |out| {
        out.write_all(text.as_bytes())
    })
    .map_err(ExportError::from)?;
    if !is_quiet() {
        print_line(&format!(
            "job script written to   {} ({} shards of {} MB and at most {} minutes; submit them with `bash {}`)",
            file.display(),
            job.shards,
            job.megabytes(manifest),
            job.minutes(manifest),
            file.display()
        ));
    }
    Ok(())
}

/// The arguments of this command that are passed to every shard.
fn study_arguments(command_line: impl Iterator<Item = String>) -> Vec<String> {
    // Skips the program and the arguments before the command.
    let mut arguments = command_line
        .skip_while(|argument| argument != "study")
        .skip(1);
    let mut shard_arguments = Vec::new();
    while let Some(argument) = arguments.next() {
        let name = argument.split('=').next().unwrap_or_default();
        if SCRIPT_OPTIONS.contains(&name) {
            if name.len() == argument.len() {
                arguments.next();
            }
        } else if !OMITTED_FLAGS.contains(&name) {
            shard_arguments.push(argument);
        }
    }
    shard_arguments
}

/// The arguments of `tunescape merge`: model, device and batch size.
fn merge_arguments(arguments: &StudyArgs) -> Vec<String> {
    let mut merge_arguments = Vec::new();
    if let Some(model) = &arguments.model.model {
        merge_arguments.extend(["--model".to_owned(), model.to_string_lossy().into_owned()]);
    }
    merge_arguments.extend(["--device".to_owned(), arguments.model.device.to_string()]);
    merge_arguments.extend(["--batch".to_owned(), arguments.execution.batch.to_string()]);
    merge_arguments
}

/// Melodies per second and thread on this machine.
fn rate_per_thread(manifest: &StudyManifest, engine: &mut Engine) -> Result<f64, CliError> {
    let config = &manifest.config;
    // A small sweep is enough: decoding takes equally long for every melody.
    let reduced_config = SweepConfig {
        regions: config.regions.min(16),
        samples: config.samples.min(TIMED_MELODIES as u32 / 16),
        ..config.clone()
    };
    let plan = SweepPlan::with_observer(&reduced_config, manifest.latent_size, &mut Unobserved)?;
    let ids: Vec<MelodyId> = plan.sample_ids().collect();
    let points: Vec<LatentPoint> = ids.iter().filter_map(|id| plan.latent(*id)).collect();
    let mut meter = RateMeter::for_melodies(ids.len() as u64);
    let start = Instant::now();
    decode_batches(
        &reduced_config,
        (&points, &ids),
        ids.len(),
        engine,
        &mut Unobserved,
        &mut meter,
    )?;
    let seconds = start.elapsed().as_secs_f64().max(1e-3);
    Ok(ids.len() as f64 / seconds / rayon::current_num_threads() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_gets_the_settings_of_the_study_and_not_those_of_the_script() {
        let command_line = "tunescape study --seed 4 --slurm job.sh --shards=3 --out x --regions=9 --threads 2 -q --overwrite --device cpu";
        let shard_arguments = study_arguments(command_line.split(' ').map(str::to_owned));
        assert_eq!(
            shard_arguments.join(" "),
            "--seed 4 --regions=9 --device cpu"
        );
    }
}

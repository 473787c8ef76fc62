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
const OWN_OPTIONS: [&str; 4] = ["--slurm", "--shards", "--out", "--threads"];
/// Options of this command that the jobs do without.
const OWN_FLAGS: [&str; 6] = ["--overwrite", "--quiet", "-q", "--verbose", "-v", "-vv"];

/// Writes the script to the file that the arguments name.
pub(super) fn write_script(
    arguments: &StudyArgs,
    file: &Path,
    manifest: &StudyManifest,
    engine: &mut Engine,
) -> Result<(), CliError> {
    let absolute =
        |path: &Path| std::path::absolute(path).map_err(|error| CliError::file(path, error));
    let folder = std::env::current_dir().map_err(|error| CliError::file(Path::new("."), error))?;
    let program = std::env::current_exe().map_err(|error| CliError::file(Path::new("."), error))?;
    let job = SlurmJob {
        program,
        folder,
        out: absolute(&arguments.out)?,
        script: absolute(file)?,
        shards: arguments.shards.unwrap_or(1),
        threads: arguments.execution.threads.unwrap_or(1),
        study_arguments: study_arguments(std::env::args()),
        merge_arguments: merge_arguments(arguments),
        rate: rate_per_thread(manifest, engine)?,
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

/// The arguments of this command that every shard has too.
fn study_arguments(all: impl Iterator<Item = String>) -> Vec<String> {
    // The program, and what stands before the command.
    let mut all = all.skip_while(|argument| argument != "study").skip(1);
    let mut kept = Vec::new();
    while let Some(argument) = all.next() {
        let name = argument.split('=').next().unwrap_or_default();
        if OWN_OPTIONS.contains(&name) {
            if name.len() == argument.len() {
                all.next();
            }
        } else if !OWN_FLAGS.contains(&name) {
            kept.push(argument);
        }
    }
    kept
}

/// The model and how the merge runs it.
fn merge_arguments(arguments: &StudyArgs) -> Vec<String> {
    let mut kept = Vec::new();
    if let Some(model) = &arguments.model.model {
        kept.extend(["--model".to_owned(), model.to_string_lossy().into_owned()]);
    }
    kept.extend(["--device".to_owned(), arguments.model.device.to_string()]);
    kept.extend(["--batch".to_owned(), arguments.execution.batch.to_string()]);
    kept
}

/// Melodies per second and thread on this machine.
fn rate_per_thread(manifest: &StudyManifest, engine: &mut Engine) -> Result<f64, CliError> {
    let config = &manifest.config;
    // Few regions are drawn, since the time of a melody does not depend on which it is.
    let few = SweepConfig {
        regions: config.regions.min(16),
        samples: config.samples.min(TIMED_MELODIES as u32 / 16),
        ..config.clone()
    };
    let plan = SweepPlan::with_observer(&few, manifest.latent_size, &mut Unobserved)?;
    let ids: Vec<MelodyId> = plan.sample_ids().collect();
    let points: Vec<LatentPoint> = ids.iter().filter_map(|id| plan.latent(*id)).collect();
    let mut meter = RateMeter::start(ids.len() as u64);
    let begun = Instant::now();
    decode_batches(
        &few,
        (&points, &ids),
        ids.len(),
        engine,
        &mut Unobserved,
        &mut meter,
    )?;
    let seconds = begun.elapsed().as_secs_f64().max(1e-3);
    Ok(ids.len() as f64 / seconds / rayon::current_num_threads() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_gets_the_settings_of_the_study_and_not_those_of_the_script() {
        let given = "tunescape study --seed 4 --slurm job.sh --shards=3 --out x --regions=9 --threads 2 -q --overwrite --device cpu";
        let kept = study_arguments(given.split(' ').map(str::to_owned));
        assert_eq!(kept.join(" "), "--seed 4 --regions=9 --device cpu");
    }
}

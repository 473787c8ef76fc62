//! `tunescape study` and `tunescape merge`: a study of the latent space, and merging one that was spread over machines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::args::{MergeArgs, StudyArgs};
use super::engine::{open_engine, set_threads};
use super::error::CliError;
use super::slurm::write_script;
use super::terminal::{TerminalProgress, interrupt_flag, is_quiet, print_line, print_notice};
use crate::model::{Engine, MelodyModel};
use crate::session::{
    Shard, StudyFilesError, StudyInput, StudyManifest, StudyParts, StudyRun, check_output_folder,
    decode_parts, plan_study, read_parts, read_published_output, write_study,
};
use crate::study::{ActiveDimensions, StudyProvenance, StudyResults, StudySettings};
use crate::sweep::{RateMeter, SweepConfig, decode_batches};
use crate::wording::{count_with_noun, singular_or_plural};

/// Name for the device of parts that do not record one.
const UNKNOWN_DEVICE: &str = "unknown";

pub(super) fn run(arguments: &StudyArgs) -> Result<(), CliError> {
    let mut config = arguments.config.config();
    let mut settings = StudySettings {
        group_samples: arguments.group_samples,
        seed: config.seed,
        ..StudySettings::default()
    };
    if let Some(preset) = arguments.preset {
        preset.apply(&mut config, &mut settings);
    }
    config.validate()?;
    set_threads(arguments.execution.threads())?;
    match &arguments.from {
        Some(folder) => study_published_output(arguments, &config, settings, folder),
        None => study_sweep(arguments, config, settings),
    }
}

/// Studies a sweep, or decodes a shard of one.
fn study_sweep(
    arguments: &StudyArgs,
    config: SweepConfig,
    settings: StudySettings,
) -> Result<(), CliError> {
    let out = &arguments.out;
    let quiet = is_quiet();
    // An unfinished study is resumed; another folder that is in use must not be touched without --overwrite.
    if arguments.slurm.is_none() && !StudyParts::exist_in(out) {
        check_output_folder(out, arguments.overwrite)?;
    }
    let mut engine = arguments.model.open()?;
    let manifest = StudyManifest {
        config,
        settings,
        weights_hash: engine.weights_hash().to_owned(),
        latent_size: engine.latent_size(),
        steps: engine.steps(),
        devices: BTreeMap::new(),
        shards: arguments.shard.map(Shard::count),
    };
    if let Some(file) = &arguments.slurm {
        return write_script(arguments, file, &manifest, &mut engine);
    }
    let mut bar = TerminalProgress::new();
    let mut parts = StudyParts::begin(out, manifest, arguments.overwrite)?;
    let plan = Arc::new(plan_study(&parts, &[], &mut bar)?);
    let shard = arguments.shard.unwrap_or_else(Shard::undivided);
    let batch = arguments.execution.batch;
    if !quiet {
        bar.suspend(|| print_notice(&resume_text(&parts, shard)));
    }
    let decoded = decode_parts(&mut parts, &plan, shard, batch, &mut engine, &mut bar);
    if let Err(error) = decoded {
        bar.finish();
        print_notice("What was decoded is kept: the same command goes on from there.");
        return Err(error.into());
    }
    warn_of_several_devices(&parts, &mut bar);
    if arguments.shard.is_some() {
        bar.finish();
        if !quiet {
            print_line(&format!(
                "shard written to        {} (join all with `tunescape merge`)",
                out.display()
            ));
        }
        return Ok(());
    }
    let input = read_parts(std::slice::from_ref(&parts), &plan, &mut bar)?;
    let settings = parts.manifest().settings.clone();
    write_results(&input, settings, Some(&mut engine), (bar, batch), None, out)?;
    parts.remove()?;
    print_report(out);
    Ok(())
}

/// Numbers of finished parts of a shard and of melodies left to decode, for the log of a job.
fn resume_text(parts: &StudyParts, shard: Shard) -> String {
    let shard_parts = shard.range(parts.manifest().part_count());
    let missing = parts.missing(shard);
    format!(
        "{} of {} finished, {} to decode",
        shard_parts.len() - missing.len(),
        count_with_noun(shard_parts.len(), "part"),
        count_with_noun(parts.melody_count(&missing) as usize, "melody")
    )
}

/// Opens the folders of shards. Folders without a finished part are reported and left out, unless all are such: then it is an
/// error.
fn open_shards(folders: &[PathBuf]) -> Result<Vec<StudyParts>, StudyFilesError> {
    let mut shards = Vec::new();
    let mut no_parts_errors = Vec::new();
    for folder in folders {
        match StudyParts::open(folder) {
            Ok(shard) => shards.push(shard),
            Err(error @ StudyFilesError::NoParts { .. }) => no_parts_errors.push(error),
            Err(error) => return Err(error),
        }
    }
    // If no shard is left, one of these errors ends the command; the others are notices.
    let error = shards.is_empty().then(|| no_parts_errors.pop()).flatten();
    for other in &no_parts_errors {
        print_notice(&other.to_string());
    }
    error.map_or(Ok(shards), Err)
}

pub(super) fn merge(arguments: &MergeArgs) -> Result<(), CliError> {
    set_threads(arguments.execution.threads())?;
    let shards = open_shards(&arguments.shards)?;
    let Some(first_shard) = shards.first() else {
        return Err(CliError::Usage("name the folders of the shards".to_owned()));
    };
    StudyParts::check_same_config(&shards)?;
    check_output_folder(&arguments.out, arguments.overwrite)?;
    let manifest = first_shard.manifest();
    let mut engine = arguments.model.open()?;
    if engine.weights_hash() != manifest.weights_hash {
        return Err(CliError::Usage(format!(
            "the shards were decoded by a model with the hash {}, not {}; name theirs with --model",
            manifest.weights_hash,
            engine.weights_hash()
        )));
    }
    let sizes = (engine.latent_size(), engine.steps());
    if sizes != (manifest.latent_size, manifest.steps) {
        return Err(CliError::Usage(format!(
            "the shards' manifest speaks of {} latent dimensions and {} steps, but their model has {} and {}; decode the shards again",
            manifest.latent_size, manifest.steps, sizes.0, sizes.1
        )));
    }
    let mut bar = TerminalProgress::new();
    let plan = Arc::new(plan_study(first_shard, &shards[1..], &mut bar)?);
    let input = read_parts(&shards, &plan, &mut bar)?;
    check_devices(&input, &engine, arguments.mixed_devices)?;
    write_results(
        &input,
        manifest.settings.clone(),
        Some(&mut engine),
        (bar, arguments.execution.batch),
        None,
        &arguments.out,
    )?;
    print_report(&arguments.out);
    Ok(())
}

/// Checks that one device decoded all parts and decodes the new samples, unless `allow_mixed`.
fn check_devices(
    input: &StudyInput,
    engine: &Engine,
    allow_mixed: bool,
) -> Result<(), StudyFilesError> {
    if input.parts_without_device > 0 {
        print_notice(&format!(
            "{} {} not say what decoded them (an older version wrote them); run.json lists their device as {UNKNOWN_DEVICE}.",
            count_with_noun(input.parts_without_device, "part"),
            singular_or_plural(input.parts_without_device, "does", "do")
        ));
    }
    let mut devices = input.devices.clone();
    let current_device = engine.device_name();
    if !devices.is_empty() && !devices.contains(&current_device) {
        devices.push(current_device);
    }
    if devices.len() < 2 {
        return Ok(());
    }
    let devices = devices.join(", ");
    if !allow_mixed {
        return Err(StudyFilesError::MixedDevices { devices });
    }
    print_notice(&format!(
        "The study mixes melodies of different devices: {devices}."
    ));
    Ok(())
}

/// Prints a note if parts of this folder were decoded on different devices.
fn warn_of_several_devices(parts: &StudyParts, bar: &mut TerminalProgress) {
    let mut devices: Vec<&String> = parts.manifest().devices.values().flatten().collect();
    devices.sort();
    devices.dedup();
    if devices.len() > 1 {
        let names: Vec<&str> = devices.into_iter().map(String::as_str).collect();
        bar.finish();
        print_notice(&format!(
            "The melodies in this folder were decoded on different devices ({}), which may differ in a few of them.",
            names.join(", ")
        ));
    }
}

/// Studies the output of the published scripts.
fn study_published_output(
    arguments: &StudyArgs,
    config: &SweepConfig,
    settings: StudySettings,
    folder: &Path,
) -> Result<(), CliError> {
    let mut input = read_published_output(folder, settings.attributes)?;
    let mut model = match &arguments.model.model {
        Some(path) => Some(open_engine(Some(path), &arguments.model.device)?),
        None => None,
    };
    if let Some(engine) = &model {
        let (model_size, data_size) = (engine.latent_size(), input.data.latent_size());
        if model_size != data_size {
            return Err(CliError::Usage(format!(
                "the model has {model_size} latent dimensions and the points in {} have {data_size}; name the model that made them",
                folder.display()
            )));
        }
        engine
            .weights_hash()
            .clone_into(&mut input.data.weights_hash);
    }
    check_output_folder(&arguments.out, arguments.overwrite)?;
    let settings = StudySettings {
        seed: config.seed,
        ..settings
    };
    let bar = TerminalProgress::new();
    let origin = Some("folders of the published scripts".to_owned());
    let bar_and_batch = (bar, arguments.execution.batch);
    write_results(
        &input,
        settings,
        model.as_mut(),
        bar_and_batch,
        origin,
        &arguments.out,
    )?;
    print_report(&arguments.out);
    Ok(())
}

/// The active dimensions of the encoded sample of melodies, or why they could not be measured.
fn active_dimensions(
    engine: Option<&Engine>,
    input: &StudyInput,
) -> Result<ActiveDimensions, String> {
    let engine = engine.ok_or_else(|| {
        "it takes the model that made the melodies; name it with --model".to_owned()
    })?;
    let posteriors = match &input.posteriors {
        Some(posteriors) => posteriors,
        None => &engine
            .encode(&input.encoder_sample)
            .map_err(|error| format!("the model could not encode the melodies ({error})"))?,
    };
    ActiveDimensions::measure(posteriors)
        .ok_or_else(|| "it takes at least two melodies with a note".to_owned())
}

/// Decodes the new samples, computes the study and writes it.
fn write_results(
    input: &StudyInput,
    settings: StudySettings,
    mut engine: Option<&mut Engine>,
    (mut bar, batch): (TerminalProgress, usize),
    origin: Option<String>,
    out: &Path,
) -> Result<(), StudyFilesError> {
    let mut devices = input.devices.clone();
    if input.parts_without_device > 0 {
        devices.push(UNKNOWN_DEVICE.to_owned());
    }
    if let Some(engine) = &mut engine {
        engine.take_devices();
    }
    let active = active_dimensions(engine.as_deref(), input);
    if let Err(reason) = &active {
        print_notice(&format!("Active dimensions were not measured: {reason}."));
    }
    let config = input.data.config.clone().unwrap_or_default();
    bar.show(0, 1, "computing the statistics".to_owned());
    let should_continue = || !interrupt_flag().load(Ordering::Relaxed);
    let results = match &mut engine {
        Some(engine) => {
            // Three regions of each attribute, if none is chosen twice.
            let max_melodies =
                3 * input.data.columns.len() as u64 * u64::from(settings.group_samples);
            let mut meter = RateMeter::for_melodies(max_melodies);
            StudyResults::compute(
                &input.data,
                &settings,
                active,
                Some(&mut |points, ids| {
                    decode_batches(&config, (points, ids), batch, *engine, &mut bar, &mut meter)
                }),
                &should_continue,
            )?
        }
        None => StudyResults::compute(&input.data, &settings, active, None, &should_continue)?,
    };
    bar.finish();
    for device in engine.map(MelodyModel::take_devices).unwrap_or_default() {
        if !devices.contains(&device) {
            devices.push(device);
        }
    }
    let provenance = StudyProvenance { devices, origin };
    let run = StudyRun {
        results: &results,
        input,
        provenance: &provenance,
    };
    write_study(&run, out)
}

fn print_report(out: &Path) {
    if !is_quiet() {
        print_line(&format!(
            "report                  {}",
            out.join("report.html").display()
        ));
    }
}

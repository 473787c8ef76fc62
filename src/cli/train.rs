//! `tunescape train`: weights from folders of MIDI files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{TrainArgs, threads_or_of_slurm};
use super::engine::{open_weights, set_threads};
use super::error::CliError;
use super::terminal::{TerminalProgress, print_line, print_notice};
use crate::melody::{Tokens, TrainingWindowOptions};
use crate::model::{DeviceChoice, DeviceKind, choose_device};
use crate::progress::{Observer, Phase, PhaseProgress, Progress};
use crate::training::{
    Corpus, CorpusSummary, CurvePoint, Split, TrainObserver, TrainProgress, TrainedFile, Trainer,
    TrainingConfig, TrainingError, TrainingRun, provenance, train,
};
use crate::wording::count_with_noun;

/// Maximum relative difference between a device's gradient and the CPU's; rounding errors are far smaller.
const MAX_DEVICE_ERROR: f64 = 1e-2;

pub(super) fn run(arguments: &TrainArgs) -> Result<(), CliError> {
    let config = training_config(arguments)?;
    // Before anything else uses the threads.
    set_threads(threads_or_of_slurm(arguments.threads))?;
    let start_weights = match &arguments.start_from {
        Some(path) => Some(open_weights(Some(path))?),
        None => None,
    };
    let start_hash = start_weights.as_ref().map(|weights| weights.hash());
    if config.started_from.is_some() && config.started_from.as_deref() != start_hash {
        return Err(TrainingError::OtherStart {
            found: config.started_from.unwrap_or_default(),
        }
        .into());
    }
    let options = TrainingWindowOptions {
        bars: config.model.steps / crate::melody::STEPS_PER_BAR,
        ..TrainingWindowOptions::default()
    };
    let split = |name: &str| {
        arguments
            .split_file
            .as_ref()
            .map_or(Split::All, |table| Split::Named {
                table: table.clone(),
                name: name.to_owned(),
            })
    };
    let corpus = Corpus::read(&arguments.corpus, &split("train"), &options)?;
    report_corpus(&corpus);
    let valid = valid_windows(arguments, &split("valid"), &options)?;
    let checkpoint = checkpoint_path(&arguments.out);
    let resumed = checkpoint.exists() && !arguments.restart;
    let mut trainer = match &start_weights {
        _ if resumed => {
            let config = TrainingConfig {
                started_from: start_hash.map(str::to_owned),
                ..config
            };
            Trainer::resume(config, &checkpoint)?
        }
        Some(start) => Trainer::start_from(config, start)?,
        None => Trainer::new(config)?,
    };
    let corpus_was_recorded = trainer.set_corpus(&corpus, &valid)?;
    if resumed {
        report_resumed(trainer.step(), &checkpoint, corpus_was_recorded);
    }
    use_device(&mut trainer, &arguments.device, &corpus)?;
    let mut observer = TerminalTrainObserver {
        bar: TerminalProgress::new(),
        corpus: &corpus,
        file: TrainedFile {
            path: arguments.out.clone(),
            provenance: provenance(&corpus, trainer.config(), start_weights.as_deref()),
            saved: None,
        },
    };
    let run = TrainingRun {
        corpus: &corpus,
        valid: &valid,
        checkpoint: &checkpoint,
        checkpoint_every: Duration::from_secs(arguments.checkpoint_every),
        time_limit: None,
    };
    train(&mut trainer, &run, &mut observer)?;
    // A run that was already complete saved nothing this time, and its weights file may be missing.
    if !arguments.out.exists() {
        observer.save_weights(&trainer);
    }
    observer.calibrate_prior(trainer.config())?;
    observer.bar.finish();
    print_line(&arguments.out.display().to_string());
    Ok(())
}

fn report_resumed(step: u64, checkpoint: &Path, corpus_was_recorded: bool) {
    if !corpus_was_recorded {
        print_notice(
            "The checkpoint is of an earlier version, which did not note its corpus: whether it is the same could not be checked.",
        );
    }
    let file = checkpoint.display();
    print_notice(&format!("Going on from step {step} ({file})."));
}

/// Trains on the chosen device, or on the CPU if the device computes wrong gradients.
fn use_device(
    trainer: &mut Trainer,
    choice: &DeviceChoice,
    corpus: &Corpus,
) -> Result<(), CliError> {
    let device = choose_device(choice)?;
    let mut name = device.name.as_str();
    if device.kind != DeviceKind::Cpu {
        trainer.use_device(device.open()?);
        let error = trainer.device_gradient_error(corpus)?;
        if error.is_nan() || error > MAX_DEVICE_ERROR {
            print_notice(&format!(
                "{name} computes a gradient that is {:.1} % off the processor's; the processor trains instead.",
                100.0 * error
            ));
            trainer.use_cpu();
            name = "CPU";
        }
    }
    print_notice(&format!("Training on {name}."));
    Ok(())
}

/// The settings: defaults, then the file, then the arguments; checked before anything is read or written.
fn training_config(arguments: &TrainArgs) -> Result<TrainingConfig, CliError> {
    let mut config = TrainingConfig::default();
    if let Some(path) = &arguments.config {
        let text = std::fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
        config = TrainingConfig::from_json(&text)
            .map_err(|error| CliError::Usage(format!("{path:?} cannot be used: {error}")))?;
    }
    config.examples = arguments.examples.unwrap_or(config.examples);
    config.batch = arguments.batch.unwrap_or(config.batch);
    config.learning_rate = arguments.learning_rate.unwrap_or(config.learning_rate);
    config.seed = arguments.seed.unwrap_or(config.seed);
    config.beta = arguments.beta.unwrap_or(config.beta);
    config.arithmetic = arguments.arithmetic.unwrap_or(config.arithmetic);
    config.validate()?;
    if !config.arithmetic.is_supported() {
        return Err(TrainingError::NoBfloat16.into());
    }
    if config.prior_draws_per_batch() > 0 && arguments.start_from.is_none() {
        return Err(TrainingError::NoStartWeights.into());
    }
    Ok(config)
}

/// Windows of the `valid` rows; none without a split table, or where it has no such rows.
fn valid_windows(
    arguments: &TrainArgs,
    split: &Split,
    options: &TrainingWindowOptions,
) -> Result<Vec<Tokens>, CliError> {
    if arguments.split_file.is_none() {
        return Ok(Vec::new());
    }
    match Corpus::read(&arguments.corpus, split, options) {
        Ok(corpus) => Ok(corpus.windows().cloned().collect()),
        Err(TrainingError::NoWindows { files: 0, .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn checkpoint_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".checkpoint");
    PathBuf::from(name)
}

pub(super) fn report_corpus(corpus: &Corpus) {
    for source in &corpus.sources {
        let name = if source.name.is_empty() {
            "."
        } else {
            &source.name
        };
        print_notice(&format!(
            "{name}: {}, {}",
            count_with_noun(source.file_count, "file"),
            count_with_noun(source.windows.len(), "window")
        ));
    }
    print_notice(&format!(
        "{} from {}",
        count_with_noun(corpus.len(), "window"),
        count_with_noun(corpus.file_count, "file")
    ));
    for notice in CorpusSummary::new(corpus).notices {
        print_notice(&notice);
    }
}

/// Shows the progress of a run and saves its best weights.
pub(super) struct TerminalTrainObserver<'a> {
    pub bar: TerminalProgress,
    pub corpus: &'a Corpus,
    pub file: TrainedFile,
}

impl TerminalTrainObserver<'_> {
    /// See [`TrainedFile::calibrate`].
    fn calibrate_prior(&mut self, config: &TrainingConfig) -> Result<(), CliError> {
        let mut phase = PhaseProgress::new(&mut self.bar, Phase::CalibratePrior);
        let progress = &mut |fraction| phase.report(fraction);
        self.file.calibrate(self.corpus, config, progress)?;
        Ok(())
    }
}

impl TrainObserver for TerminalTrainObserver<'_> {
    fn training_progress(&mut self, progress: TrainProgress) {
        show_progress(&mut self.bar, progress);
    }

    fn validated(&mut self, curve: &[CurvePoint]) {
        report_validation(curve);
    }

    fn save_weights(&mut self, trainer: &Trainer) {
        if let Err(error) = self.file.save(trainer, self.corpus) {
            print_notice(&error.to_string());
        }
    }
}

impl Observer for TerminalTrainObserver<'_> {
    fn progress(&mut self, progress: Progress) {
        self.bar.progress(progress);
    }

    fn cancelled(&self) -> bool {
        self.bar.cancelled()
    }
}

/// Shows the progress of a run.
pub(super) fn show_progress(bar: &mut TerminalProgress, progress: TrainProgress) {
    bar.show(
        progress.step,
        progress.steps,
        format!(
            "{} examples, {:.0}/s, loss {:.2}, KL {:.1}, tokens {:.3}, {:.0} min left",
            progress.examples,
            progress.rate,
            progress.cross_entropy,
            progress.kl,
            progress.token_accuracy,
            progress.seconds_left / 60.0
        ),
    );
}

/// Prints the last validation.
pub(super) fn report_validation(curve: &[CurvePoint]) {
    if let Some(point) = curve.last() {
        print_notice(&format!(
            "{} examples: valid tokens {:.3}, onsets {:.3}, exact {:.3}, KL {:.1}",
            point.examples, point.token_accuracy, point.onset_accuracy, point.exact, point.kl_nats
        ));
    }
}

//! The thread that fine-tunes a model, while the model thread continues to use the old model, and its reports.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::compute_pool::low_priority_pool;
use super::fine_tune_control::{FineTuneControl, FineTuneOrder};
use super::reporter::{Repaint, Urgency};
use crate::panics::catch_panic;
use crate::progress::{Observer, Phase, Progress};
use crate::session::{FineTuneFolder, FineTuneRecord, FineTunedModel, FineTunedModels};
use crate::training::{CurvePoint, TrainObserver, TrainProgress};

/// Interval at which the training time so far is written to the run's record, so that a killed run can be resumed.
const RECORD_INTERVAL: Duration = Duration::from_secs(5);

/// The stage of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FineTuneStage {
    /// It decodes the rehearsal melodies.
    #[default]
    Rehearsal,
    /// It trains.
    Training,
    /// It calibrates the latent space, so that draws of the prior resemble the melodies.
    Calibration,
}

/// Progress of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FineTuneProgress {
    /// The current stage.
    pub stage: FineTuneStage,
    /// Fraction of this stage that is done, 0 to 1.
    pub fraction: f64,
    /// Estimated seconds to the end of this stage.
    pub seconds_left: f64,
    /// Reconstruction of the held-out windows by the start model; `None` if nothing was held out.
    pub start_model: Option<CurvePoint>,
    /// Reconstruction of the held-out windows by the best weights so far.
    pub best: Option<CurvePoint>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum FineTuneEnd {
    /// It has finished: the fine-tuned model, and the last progress.
    Finished(FineTunedModel, FineTuneProgress),
    /// It was cancelled, and its files are removed.
    Cancelled,
    /// It was interrupted; it can be resumed.
    Interrupted,
    /// It failed: a sentence for the user, and whether the run can be resumed once its cause is removed.
    Failed(String, bool),
}

/// A report of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum FineTuneReport {
    /// Progress of the run.
    Progress(FineTuneProgress),
    /// The run has ended. This is the last report.
    Ended(FineTuneEnd),
}

/// Fine-tunes a model: writes the best weights into the folder of the run. Tests replace it by a fake. The error is a sentence
/// for the user.
pub type FineTuner = Arc<dyn Fn(&mut FineTuneMonitor) -> Result<(), String> + Send + Sync>;

/// A handle on a run, which has its own thread; dropping it interrupts the run.
pub struct FineTuneRun {
    control: Arc<FineTuneControl>,
    reports: Receiver<FineTuneReport>,
    thread: Option<JoinHandle<()>>,
}

impl FineTuneRun {
    /// Starts or resumes a run, on threads of low priority.
    ///
    /// # Errors
    /// A sentence for the user, if the run cannot begin.
    pub fn start(
        models: &FineTunedModels,
        record: FineTuneRecord,
        fine_tuner: FineTuner,
        repaint: Repaint,
    ) -> Result<Self, String> {
        let folder = models.begin(&record).map_err(|error| error.to_string())?;
        let control = Arc::new(FineTuneControl::default());
        let (sender, reports) = channel();
        let monitor = FineTuneMonitor {
            control: Arc::clone(&control),
            sender,
            repaint,
            progress: FineTuneProgress::default(),
            record,
            folder,
            counted_at: Instant::now(),
            paused_at_count: Duration::ZERO,
            recorded_at: Instant::now(),
        };
        let thread = std::thread::Builder::new()
            .name("learning".to_owned())
            .spawn(move || run(monitor, &fine_tuner))
            .map_err(|error| {
                format!("the system could not start a thread to learn ({error}); close other programs and try again")
            })?;
        Ok(Self {
            control,
            reports,
            thread: Some(thread),
        })
    }

    /// Gives the run an order.
    pub fn order(&self, order: FineTuneOrder) {
        self.control.set(order);
    }

    /// The next report, if there is one. Never waits.
    pub fn poll(&self) -> Option<FineTuneReport> {
        self.reports.try_recv().ok()
    }

    /// Interrupts the run and waits for the thread until `deadline` at most. The files of the run are consistent at any time.
    pub fn join(&mut self, deadline: Instant) {
        self.control.set(FineTuneOrder::Interrupt);
        while let Some(thread) = &self.thread {
            if thread.is_finished() {
                self.thread = None;
            } else if Instant::now() >= deadline {
                return;
            } else {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

impl Drop for FineTuneRun {
    fn drop(&mut self) {
        self.control.set(FineTuneOrder::Interrupt);
    }
}

fn run(mut monitor: FineTuneMonitor, fine_tuner: &FineTuner) {
    let result = catch_panic(|| match low_priority_pool() {
        Ok(pool) => pool.install(|| fine_tuner(&mut monitor)),
        Err(error) => Err(format!(
            "the system could not start threads to learn ({error}); close other programs and try again"
        )),
    });
    let result = result.unwrap_or_else(|panic| {
        Err(format!(
            "learning stopped unexpectedly ({panic}); go on with it, or discard it"
        ))
    });
    let FineTuneMonitor {
        control,
        sender,
        repaint,
        progress,
        record,
        folder,
        ..
    } = monitor;
    let order = control.order();
    let end = match result {
        // A cancelled run is discarded, even if it finished at the same moment.
        _ if order == FineTuneOrder::Cancel => match folder.discard() {
            Ok(()) => FineTuneEnd::Cancelled,
            Err(error) => FineTuneEnd::Failed(error.to_string(), true),
        },
        Ok(()) => match folder.finish() {
            Ok(path) => {
                let name = record.name;
                FineTuneEnd::Finished(FineTunedModel { name, path }, progress)
            }
            Err(error) => FineTuneEnd::Failed(error.to_string(), true),
        },
        Err(_) if order == FineTuneOrder::Interrupt => FineTuneEnd::Interrupted,
        Err(text) => {
            let can_resume = folder.checkpoint_path().exists();
            if !can_resume && let Err(error) = folder.discard() {
                tracing::warn!("{error}");
            }
            FineTuneEnd::Failed(text, can_resume)
        }
    };
    // Fails once the app's window is closed.
    sender.send(FineTuneReport::Ended(end)).ok();
    repaint(Urgency::Now);
}

/// The interface of a run's thread to its handle: reports progress, receives orders, and counts the training time.
pub struct FineTuneMonitor {
    control: Arc<FineTuneControl>,
    sender: Sender<FineTuneReport>,
    repaint: Repaint,
    progress: FineTuneProgress,
    record: FineTuneRecord,
    folder: FineTuneFolder,
    /// When time was last counted.
    counted_at: Instant,
    /// Total paused time at `counted_at`.
    paused_at_count: Duration,
    /// When the record was last written.
    recorded_at: Instant,
}

impl FineTuneMonitor {
    /// The record of the run.
    #[must_use]
    pub fn record(&self) -> &FineTuneRecord {
        &self.record
    }

    /// The folder of the run.
    #[must_use]
    pub fn folder(&self) -> &FineTuneFolder {
        &self.folder
    }

    /// Time that is left to train.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        let seconds = 60.0 * self.record.minutes - self.record.seconds_done;
        Duration::from_secs_f64(seconds.clamp(0.0, 1e9))
    }

    /// Starts to count time from now.
    fn restart_time(&mut self) {
        (self.counted_at, self.paused_at_count) = (Instant::now(), self.control.time_paused());
    }

    /// Adds the time since the last call, without pauses, to the record, which is written every [`RECORD_INTERVAL`].
    fn count_time(&mut self) {
        let paused = self
            .control
            .time_paused()
            .saturating_sub(self.paused_at_count);
        let trained = self.counted_at.elapsed().saturating_sub(paused);
        self.record.seconds_done += trained.as_secs_f64();
        self.restart_time();
        if self.recorded_at.elapsed() >= RECORD_INTERVAL {
            self.recorded_at = Instant::now();
            if let Err(error) = self.folder.write_record(&self.record) {
                tracing::warn!("{error}");
            }
        }
    }

    /// Reports progress.
    pub fn report(&mut self, progress: FineTuneProgress) {
        self.progress = progress;
        self.send(FineTuneReport::Progress(progress), Urgency::Progress);
    }

    fn send(&self, report: FineTuneReport, urgency: Urgency) {
        // Fails once the app's window is closed.
        self.sender.send(report).ok();
        (self.repaint)(urgency);
    }
}

impl TrainObserver for FineTuneMonitor {
    fn training_progress(&mut self, _progress: TrainProgress) {
        if self.progress.stage == FineTuneStage::Training {
            self.count_time();
        } else {
            self.restart_time();
        }
        let total_seconds = 60.0 * self.record.minutes;
        self.report(FineTuneProgress {
            stage: FineTuneStage::Training,
            fraction: (self.record.seconds_done / total_seconds.max(1e-9)).clamp(0.0, 1.0),
            seconds_left: (total_seconds - self.record.seconds_done).max(0.0),
            ..self.progress
        });
    }

    fn validated(&mut self, curve: &[CurvePoint]) {
        let start_model = curve.first().filter(|point| point.examples == 0).copied();
        let fine_tuned = curve.iter().filter(|point| point.examples > 0).copied();
        let best = fine_tuned.reduce(|best, point| {
            if point.onset_accuracy > best.onset_accuracy {
                point
            } else {
                best
            }
        });
        self.report(FineTuneProgress {
            start_model,
            best,
            ..self.progress
        });
    }

    fn should_stop(&self) -> bool {
        self.control.order() == FineTuneOrder::Stop
    }

    fn time_paused(&self) -> Duration {
        self.control.time_paused()
    }
}

impl Observer for FineTuneMonitor {
    fn progress(&mut self, progress: Progress) {
        let stage = if progress.phase == Phase::CalibratePrior {
            FineTuneStage::Calibration
        } else {
            FineTuneStage::Rehearsal
        };
        self.report(FineTuneProgress {
            stage,
            fraction: progress.fraction(),
            seconds_left: progress.seconds_left,
            ..self.progress
        });
    }

    fn cancelled(&self) -> bool {
        self.control.wait()
    }
}

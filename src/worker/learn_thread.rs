//! The thread that teaches a model, beside the one that plays the old one, and what it reports.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::compute_pool::low_priority_pool;
use super::learn_control::{LearnControl, LearnOrder};
use super::reporter::Repaint;
use crate::panics::catch_panic;
use crate::progress::{Observer, Phase, Progress};
use crate::session::{LearningFolder, LearningRecord, TaughtModel, TaughtModels};
use crate::training::{CurvePoint, TrainObserver, TrainProgress};

/// Time between two notes of the time that has passed, which count when the run goes on after a kill.
const RECORD_EVERY: Duration = Duration::from_secs(5);

/// What a run is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LearnStage {
    /// It draws melodies of the model, to rehearse them.
    #[default]
    Rehearsal,
    /// It learns.
    Training,
    /// It fits the draws of the model to the melodies.
    Calibration,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LearnProgress {
    /// What it is doing.
    pub stage: LearnStage,
    /// Fraction of this stage that is done, 0 to 1.
    pub fraction: f64,
    /// Estimated seconds to the end of this stage.
    pub seconds_left: f64,
    /// How much of the held-out windows the model before brought back; `None` if nothing was held out.
    pub before: Option<CurvePoint>,
    /// How much the best weights so far bring back.
    pub best: Option<CurvePoint>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum LearnEnd {
    /// The taught model, with the last progress.
    Taught(TaughtModel, LearnProgress),
    /// It was cancelled, and its files are removed.
    Cancelled,
    /// It was interrupted; it can go on later.
    Interrupted,
    /// It failed; the sentence is for the user. Whether it can go on, once what it says is mended.
    Failed(String, bool),
}

/// A report of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum LearnReport {
    /// It has come so far.
    Progress(LearnProgress),
    /// It has ended; the last report.
    Ended(LearnEnd),
}

/// Teaches a model: writes the best weights into the folder of the run. Tests replace this step by their own. The error is a
/// sentence for the user.
pub type Learner = Arc<dyn Fn(&mut LearnMonitor) -> Result<(), String> + Send + Sync>;

/// A run on a thread of its own; dropping it interrupts the run.
pub struct LearnRun {
    control: Arc<LearnControl>,
    reports: Receiver<LearnReport>,
    thread: Option<JoinHandle<()>>,
}

impl LearnRun {
    /// Starts or goes on with a run, on threads of low priority.
    ///
    /// # Errors
    /// A sentence for the user, if the run cannot begin.
    pub fn start(
        models: &TaughtModels,
        record: LearningRecord,
        learner: Learner,
        repaint: Repaint,
    ) -> Result<Self, String> {
        let folder = models.begin(&record).map_err(|error| error.to_string())?;
        let control = Arc::new(LearnControl::default());
        let (sender, reports) = channel();
        let monitor = LearnMonitor {
            control: Arc::clone(&control),
            sender,
            repaint,
            progress: LearnProgress::default(),
            record,
            folder,
            counted_at: Instant::now(),
            paused: Duration::ZERO,
            noted_at: Instant::now(),
        };
        let thread = std::thread::Builder::new()
            .name("learning".to_owned())
            .spawn(move || run(monitor, &learner))
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
    pub fn order(&self, order: LearnOrder) {
        self.control.set(order);
    }

    /// The next report, if there is one. Never waits.
    pub fn poll(&self) -> Option<LearnReport> {
        self.reports.try_recv().ok()
    }

    /// Waits at most until `deadline` for the thread, whose files are whole at any time.
    pub fn join(&mut self, deadline: Instant) {
        self.control.set(LearnOrder::Interrupt);
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

impl Drop for LearnRun {
    fn drop(&mut self) {
        self.control.set(LearnOrder::Interrupt);
    }
}

fn run(mut monitor: LearnMonitor, learner: &Learner) {
    let taught = catch_panic(|| match low_priority_pool() {
        Ok(pool) => pool.install(|| learner(&mut monitor)),
        Err(error) => Err(format!(
            "the system could not start threads to learn ({error}); close other programs and try again"
        )),
    });
    let taught = taught.unwrap_or_else(|panic| {
        Err(format!(
            "learning stopped unexpectedly ({panic}); go on with it, or discard it"
        ))
    });
    let LearnMonitor {
        control,
        sender,
        repaint,
        progress,
        record,
        folder,
        ..
    } = monitor;
    let order = control.order();
    let end = match taught {
        // A cancelled run is gone, even if it was done at the same moment.
        _ if order == LearnOrder::Cancel => match folder.discard() {
            Ok(()) => LearnEnd::Cancelled,
            Err(error) => LearnEnd::Failed(error.to_string(), true),
        },
        Ok(()) => match folder.finish() {
            Ok(path) => {
                let name = record.name;
                LearnEnd::Taught(TaughtModel { name, path }, progress)
            }
            Err(error) => LearnEnd::Failed(error.to_string(), true),
        },
        Err(_) if order == LearnOrder::Interrupt => LearnEnd::Interrupted,
        Err(text) => {
            let can_go_on = folder.checkpoint().exists();
            if !can_go_on && let Err(error) = folder.discard() {
                tracing::warn!("{error}");
            }
            LearnEnd::Failed(text, can_go_on)
        }
    };
    // Fails once the window is closed.
    sender.send(LearnReport::Ended(end)).ok();
    repaint();
}

/// Passes on how far a run is, and what it is to do.
pub struct LearnMonitor {
    control: Arc<LearnControl>,
    sender: Sender<LearnReport>,
    repaint: Repaint,
    progress: LearnProgress,
    record: LearningRecord,
    folder: LearningFolder,
    /// When time was last counted, and how long the run had been paused by then.
    counted_at: Instant,
    paused: Duration,
    /// When the record was last written.
    noted_at: Instant,
}

impl LearnMonitor {
    /// The run.
    #[must_use]
    pub fn record(&self) -> &LearningRecord {
        &self.record
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &LearningFolder {
        &self.folder
    }

    /// Time that is left to train.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        let seconds = 60.0 * self.record.minutes - self.record.seconds_done;
        Duration::from_secs_f64(seconds.clamp(0.0, 1e9))
    }

    /// Begins to count time.
    fn restart_time(&mut self) {
        (self.counted_at, self.paused) = (Instant::now(), self.control.time_paused());
    }

    /// Counts the time since the last call without pauses, and writes it down now and then, for the case of a kill.
    fn count_time(&mut self) {
        let paused = self.control.time_paused().saturating_sub(self.paused);
        let passed = self.counted_at.elapsed().saturating_sub(paused);
        self.record.seconds_done += passed.as_secs_f64();
        self.restart_time();
        if self.noted_at.elapsed() >= RECORD_EVERY {
            self.noted_at = Instant::now();
            if let Err(error) = self.folder.write_record(&self.record) {
                tracing::warn!("{error}");
            }
        }
    }

    /// Reports progress.
    pub fn report(&mut self, progress: LearnProgress) {
        self.progress = progress;
        self.send(LearnReport::Progress(progress));
    }

    fn send(&self, report: LearnReport) {
        // Fails once the window is closed.
        self.sender.send(report).ok();
        (self.repaint)();
    }
}

impl TrainObserver for LearnMonitor {
    fn training_progress(&mut self, _progress: TrainProgress) {
        if self.progress.stage == LearnStage::Training {
            self.count_time();
        } else {
            self.restart_time();
        }
        let all = 60.0 * self.record.minutes;
        self.report(LearnProgress {
            stage: LearnStage::Training,
            fraction: (self.record.seconds_done / all.max(1e-9)).clamp(0.0, 1.0),
            seconds_left: (all - self.record.seconds_done).max(0.0),
            ..self.progress
        });
    }

    fn validated(&mut self, curve: &[CurvePoint]) {
        let before = curve.first().filter(|point| point.examples == 0).copied();
        let after = curve.iter().filter(|point| point.examples > 0).copied();
        let best = after.reduce(|best, point| {
            if point.onset_accuracy > best.onset_accuracy {
                point
            } else {
                best
            }
        });
        self.report(LearnProgress {
            before,
            best,
            ..self.progress
        });
    }

    fn ends_now(&self) -> bool {
        self.control.order() == LearnOrder::Stop
    }

    fn time_paused(&self) -> Duration {
        self.control.time_paused()
    }
}

impl Observer for LearnMonitor {
    fn progress(&mut self, progress: Progress) {
        let stage = if progress.phase == Phase::CalibratePrior {
            LearnStage::Calibration
        } else {
            LearnStage::Rehearsal
        };
        self.report(LearnProgress {
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

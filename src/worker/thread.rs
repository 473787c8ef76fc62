//! The thread itself: a bounded queue in, a bounded queue out, and an orderly end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use super::execute::{ModelThread, ReportSender};
use super::latest_request::{SHUTDOWN_TIMEOUT, join_until};
use super::open::Opener;
use super::path_preview::{PathPreviewSlot, PathRequest};
use super::preview::PreviewSlot;
use super::{Job, JobId, Message, Outcome, PreviewRequest, Report};
use crate::panics::catch_panic;

/// Called after every report, from the model's thread.
pub type Repaint = Arc<dyn Fn() + Send + Sync>;

/// Jobs that may wait; more than a person can start.
const JOBS_WAITING: usize = 16;
/// Reports that may wait before the model waits for the window.
const REPORTS_WAITING: usize = 64;

/// The model is too far behind to take another job.
#[derive(Debug, thiserror::Error)]
#[error("the model is still busy with earlier requests; wait a moment, or cancel the sweep")]
pub struct Busy;

/// A handle on the model's thread; dropping it stops the thread.
pub struct Worker {
    jobs: Option<SyncSender<ThreadMessage>>,
    slot: PreviewSlot,
    paths: PathPreviewSlot,
    reports: Option<Receiver<Message>>,
    thread: Option<JoinHandle<()>>,
    /// Jobs without a `Done` yet, oldest first.
    outstanding: Vec<Outstanding>,
    /// Cancels every job, now and later.
    closing: Arc<AtomicBool>,
    last_id: u64,
}

/// What the thread waits for.
enum ThreadMessage {
    /// A job, and the flag that cancels it.
    Job(JobId, Job, Arc<AtomicBool>),
    /// There is a request in the slot.
    Wake,
}

struct Outstanding {
    id: JobId,
    kind: Kind,
    cancel: Arc<AtomicBool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Sweep,
    Fit,
    Steer,
    Generate,
    CloseSweep,
}

impl Worker {
    /// Starts the thread. It holds no model until [`Job::Open`].
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(opener: Opener, repaint: Repaint) -> std::io::Result<Self> {
        let (slot, paths) = (PreviewSlot::default(), PathPreviewSlot::default());
        let closing = Arc::new(AtomicBool::new(false));
        let (jobs, job_queue) = sync_channel(JOBS_WAITING);
        let (report_queue, reports) = sync_channel(REPORTS_WAITING);
        let sender = ReportSender {
            reports: report_queue,
            repaint,
        };
        let thread = std::thread::Builder::new()
            .name("model".to_owned())
            .spawn({
                let (slot, paths) = (slot.clone(), paths.clone());
                let closing = Arc::clone(&closing);
                move || work(&job_queue, opener, &sender, slot, paths, &closing)
            })?;
        Ok(Self {
            jobs: Some(jobs),
            slot,
            paths,
            reports: Some(reports),
            thread: Some(thread),
            outstanding: Vec::new(),
            closing,
            last_id: 0,
        })
    }

    /// Queues a job and cancels those it replaces: opening a model replaces every job that decodes, a sweep replaces
    /// sweeps, a steer replaces steers.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full.
    pub fn submit(&mut self, job: Job) -> Result<JobId, Busy> {
        let kind = match job {
            Job::Open(_) => Kind::Open,
            Job::Sweep(_) => Kind::Sweep,
            Job::Fit { .. } => Kind::Fit,
            Job::Steer { .. } => Kind::Steer,
            Job::Generate { .. } => Kind::Generate,
            Job::CloseSweep(_) => Kind::CloseSweep,
        };
        let pointless = |old: Kind| match kind {
            Kind::Open => old != Kind::CloseSweep,
            // The maps of earlier sweeps stay, and so does what was asked for on them.
            Kind::Sweep => old == Kind::Sweep,
            Kind::Fit | Kind::Generate | Kind::CloseSweep => false,
            Kind::Steer => old == Kind::Steer,
        };
        self.last_id += 1;
        let id = JobId(self.last_id);
        let cancel = Arc::new(AtomicBool::new(false));
        self.jobs
            .as_ref()
            .ok_or(Busy)?
            .try_send(ThreadMessage::Job(id, job, Arc::clone(&cancel)))
            .map_err(|_full| Busy)?;
        // Only now: a job that was not accepted replaces none.
        for old in self.outstanding.iter().filter(|old| pointless(old.kind)) {
            old.cancel.store(true, Ordering::Relaxed);
        }
        self.outstanding.push(Outstanding { id, kind, cancel });
        Ok(id)
    }

    /// Asks for the melody of a spot, instead of any that was asked for and not yet begun: at most one is under way.
    /// A [`Report::Spot`] follows, within a batch if a job runs, none if no model is open.
    pub fn preview(&self, request: PreviewRequest) {
        if self.slot.put(request)
            && let Some(jobs) = &self.jobs
        {
            // A full queue is no loss: the slot is looked at beside every job.
            let _ = jobs.try_send(ThreadMessage::Wake);
        }
    }

    /// Asks for the melodies of a path, instead of any that was asked for before. A [`Report::Path`] follows, within some
    /// batches if a job runs, none if no model is open.
    pub fn preview_path(&self, request: PathRequest) {
        if self.paths.put(request)
            && let Some(jobs) = &self.jobs
        {
            let _ = jobs.try_send(ThreadMessage::Wake);
        }
    }

    /// No path is wanted any more.
    pub fn cancel_path_preview(&self) {
        self.paths.forget();
    }

    /// Asks a job to stop; its `Done` still follows.
    pub fn cancel(&self, job: JobId) {
        for old in self.outstanding.iter().filter(|old| old.id == job) {
            old.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// Cancels every job, those that come later too, from any thread: the program is about to end.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + use<> {
        let closing = Arc::clone(&self.closing);
        move || closing.store(true, Ordering::Relaxed)
    }

    /// The next report, if there is one. Never waits.
    pub fn poll(&mut self) -> Option<Message> {
        let message = self.reports.as_ref()?.try_recv().ok()?;
        if matches!(message.report, Report::Done(_)) {
            self.outstanding.retain(|old| old.id != message.job);
        }
        Some(message)
    }

    /// Whether any job has no `Done` yet.
    pub fn is_busy(&self) -> bool {
        !self.outstanding.is_empty()
    }
}

impl Worker {
    /// Cancels every job and tells the thread to end, without waiting for it.
    pub fn close(&mut self) {
        for job in &self.outstanding {
            job.cancel.store(true, Ordering::Relaxed);
        }
        // Both ends go before joining: the thread may be waiting on either.
        self.jobs = None;
        self.reports = None;
    }

    /// Ends the thread, and waits for it until the deadline at most.
    pub fn join(&mut self, deadline: Instant) {
        self.close();
        if let Some(thread) = self.thread.take() {
            join_until(thread, "model", deadline);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.join(Instant::now() + SHUTDOWN_TIMEOUT);
    }
}

fn work(
    jobs: &Receiver<ThreadMessage>,
    opener: Opener,
    reports: &ReportSender,
    spots: PreviewSlot,
    paths: PathPreviewSlot,
    closing: &AtomicBool,
) {
    let mut model_thread = ModelThread {
        opener,
        decoder: None,
        sweeps: BTreeMap::new(),
        weights_hash: String::new(),
        spots,
        paths,
    };
    while let Ok(message) = jobs.recv() {
        let served = catch_panic(|| model_thread.serve(reports));
        let ThreadMessage::Job(id, job, cancel) = message else {
            match served {
                Ok(true) => continue,
                Ok(false) => return,
                Err(panic) => {
                    model_thread.decoder = None;
                    let text = stopped(&panic);
                    if !reports.send(JobId(0), Report::Notice(text)) {
                        return;
                    }
                    continue;
                }
            }
        };
        let attempt = catch_panic(|| model_thread.execute(id, job, [&cancel, closing], reports));
        let outcome = attempt.unwrap_or_else(|panic| {
            // Whatever the panic left behind cannot be trusted.
            model_thread.decoder = None;
            Outcome::Failed(stopped(&panic))
        });
        if !reports.send(id, Report::Done(outcome)) {
            return;
        }
    }
}

fn stopped(panic: &str) -> String {
    format!("the model stopped working ({panic}); choose its device again to restart it")
}

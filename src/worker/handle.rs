//! The window's handle on the model thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use super::message::{Job, JobId, Message, PathRequest, ProbeRequest, Report, SliceRequest};
use super::model_thread::{ModelThread, RequestSlots, ThreadMessage};
use super::open::ModelOpener;
use super::reporter::{Repaint, Reporter};
use super::thread_owner::{StopFn, ThreadOwner};

/// Maximum number of waiting jobs; more than a user can start.
const MAX_JOBS: usize = 16;
/// Maximum number of waiting reports, before the model waits for the window.
const MAX_REPORTS: usize = 64;

/// The queue of jobs is full.
#[derive(Debug, thiserror::Error)]
#[error("the model is still busy with earlier requests; wait a moment, or cancel the sweep")]
pub struct Busy;

/// A handle on the model thread; dropping it ends the thread.
pub struct Worker {
    owner: ThreadOwner<SyncSender<ThreadMessage>, Message>,
    slots: RequestSlots,
    /// Jobs without a [`Report::Done`] yet, oldest first.
    running: Vec<RunningJob>,
    last_id: u64,
}

struct RunningJob {
    id: JobId,
    kind: JobKind,
    cancel: Arc<AtomicBool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum JobKind {
    Open,
    Sweep,
    Fit,
    Steer,
    Generate,
    Share,
    CloseSweep,
    RestoreSweeps,
}

impl Worker {
    /// Starts the thread. It has no model until [`Job::Open`].
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(opener: ModelOpener, repaint: Repaint) -> std::io::Result<Self> {
        let slots = RequestSlots::default();
        let (sender, messages) = sync_channel(MAX_JOBS);
        let (report_sender, reports) = sync_channel(MAX_REPORTS);
        let reporter = Reporter {
            sender: report_sender,
            repaint,
        };
        let closing = Arc::new(AtomicBool::new(false));
        let stop_fn: StopFn = {
            let closing = Arc::clone(&closing);
            Arc::new(move || closing.store(true, Ordering::Relaxed))
        };
        let thread_slots = slots.clone();
        let run = move || ModelThread::new(opener, thread_slots, reporter).run(&messages, &closing);
        Ok(Self {
            owner: ThreadOwner::start("model", sender, reports, stop_fn, run)?,
            slots,
            running: Vec::new(),
            last_id: 0,
        })
    }

    /// Queues a job and cancels those it replaces: opening a model replaces every job that decodes, a sweep replaces
    /// sweeps, a steer replaces steers.
    ///
    /// # Errors
    /// [`Busy`] if the queue is full.
    pub fn submit(&mut self, job: Job) -> Result<JobId, Busy> {
        let kind = match job {
            Job::Open(_) => JobKind::Open,
            Job::Sweep(_) => JobKind::Sweep,
            Job::Fit { .. } => JobKind::Fit,
            Job::Steer { .. } => JobKind::Steer,
            Job::Generate { .. } => JobKind::Generate,
            Job::Share(_) | Job::ReadShared(_) => JobKind::Share,
            Job::CloseSweep(_) => JobKind::CloseSweep,
            Job::RestoreSweeps(_) => JobKind::RestoreSweeps,
        };
        let is_replaced = |running_kind: JobKind| match kind {
            JobKind::Open => !matches!(running_kind, JobKind::CloseSweep | JobKind::RestoreSweeps),
            // The maps of earlier sweeps stay open, and so do the other jobs on them.
            JobKind::Sweep | JobKind::Steer => running_kind == kind,
            JobKind::Fit
            | JobKind::Generate
            | JobKind::Share
            | JobKind::CloseSweep
            | JobKind::RestoreSweeps => false,
        };
        self.last_id += 1;
        let id = JobId(self.last_id);
        let cancel = Arc::new(AtomicBool::new(false));
        self.owner
            .sender()
            .ok_or(Busy)?
            .try_send(ThreadMessage::Job(id, job, Arc::clone(&cancel)))
            .map_err(|_full| Busy)?;
        // After the job was queued: one that was not accepted replaces none.
        for running in self
            .running
            .iter()
            .filter(|running| is_replaced(running.kind))
        {
            running.cancel.store(true, Ordering::Relaxed);
        }
        self.running.push(RunningJob { id, kind, cancel });
        Ok(id)
    }

    /// Returns an unused id, for a sweep that a session of an earlier run of the program restores.
    pub fn reserve_id(&mut self) -> JobId {
        self.last_id += 1;
        JobId(self.last_id)
    }

    /// Requests the melody of a probe, replacing a request that has not begun. A [`Report::Probe`] follows, after the current
    /// batch if a job runs, and none if no model is open.
    pub fn decode_probe(&self, request: ProbeRequest) {
        if self.slots.probe.replace(request) {
            self.wake();
        }
    }

    /// Requests the melodies of a path, replacing any earlier request. A [`Report::Path`] follows, after some batches if
    /// a job runs, and none if no model is open.
    pub fn decode_path(&self, request: PathRequest) {
        if self.slots.path.replace(request.number, request) {
            self.wake();
        }
    }

    /// Requests the melodies of a slice of the latent space, replacing any earlier request. A [`Report::Slice`] of the
    /// coarse slice and one of the whole follow, after some batches if a job runs, and none if no model is open.
    pub fn decode_slice(&self, request: SliceRequest) {
        if self.slots.slice.replace(request.number, request) {
            self.wake();
        }
    }

    /// Cancels the requested slice.
    pub fn cancel_slice(&self) {
        self.slots.slice.cancel();
    }

    fn wake(&self) {
        if let Some(sender) = self.owner.sender() {
            // If the queue is full, the thread need not be woken: it also serves requests before every job.
            let _ = sender.try_send(ThreadMessage::Wake);
        }
    }

    /// Cancels the requested path.
    pub fn cancel_path(&self) {
        self.slots.path.cancel();
    }

    /// Cancels a job; its [`Report::Done`] still follows.
    pub fn cancel(&self, job: JobId) {
        for running in self.running.iter().filter(|running| running.id == job) {
            running.cancel.store(true, Ordering::Relaxed);
        }
    }

    /// The next report, if there is one. Never waits.
    pub fn poll(&mut self) -> Option<Message> {
        let message = self.owner.poll()?;
        if matches!(message.report, Report::Done(_)) {
            self.running.retain(|running| running.id != message.job);
        }
        Some(message)
    }

    /// Returns a function that cancels all jobs, also later ones, and may be called from any thread.
    pub fn stop_fn(&self) -> StopFn {
        self.owner.stop_fn()
    }

    /// Cancels all jobs and tells the thread to end, without waiting for it.
    pub fn close(&mut self) {
        self.owner.close();
    }

    /// Ends the thread, and waits for it until the deadline at most.
    pub fn join(&mut self, deadline: Instant) {
        self.owner.join(deadline);
    }
}

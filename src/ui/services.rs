//! The background threads and the player, which commands use when they are executed.

use std::sync::Arc;
use std::time::Instant;

use super::export::Exporter;
use super::learning::Learning;
use super::melody_player::{MelodyPlayer, StopFn};
use super::session_view::{RestoredSession, SessionRecorder};
use crate::worker::{
    AnalysisThread, BackgroundTask, FineTuneOrder, LayoutThread, LibraryLocation, LibraryThread,
    Repaint, SHUTDOWN_TIMEOUT, SessionThread, Worker,
};

/// The threads and the player. A thread is `None` if the system could not start it.
pub struct Services {
    /// The thread of the model.
    pub worker: Option<Worker>,
    /// The thread that computes layouts.
    pub layout_thread: Option<LayoutThread>,
    /// The thread of the analysis.
    pub analysis_thread: Option<AnalysisThread>,
    /// The thread of the kept melodies.
    pub library_thread: Option<LibraryThread>,
    /// The thread of the session file; `None` also where there is no session.
    pub session_thread: Option<SessionThread>,
    /// The maps of a session that is being opened.
    pub(in crate::ui) restoring: Option<BackgroundTask<RestoredSession>>,
    /// What a running *save as* writes.
    pub(in crate::ui) saving_as: Option<SessionRecorder>,
    /// What the last *save as* has written, until the next comparison goes on from it.
    pub(in crate::ui) saved_as: Option<SessionRecorder>,
    /// Fine-tuning a model, the feature *Learn*.
    pub learning: Learning,
    /// Requests a frame, from any thread.
    pub repaint: Repaint,
    /// The player.
    pub player: Box<dyn MelodyPlayer>,
    /// The exporter.
    pub exporter: Exporter,
}

impl Services {
    /// A player and an exporter without threads, for measurements.
    #[must_use]
    pub fn without_threads(player: Box<dyn MelodyPlayer>, exporter: Exporter) -> Self {
        Self {
            worker: None,
            layout_thread: None,
            analysis_thread: None,
            library_thread: None,
            session_thread: None,
            restoring: None,
            learning: Learning::new(&LibraryLocation::Memory, Arc::new(|_| {})),
            repaint: Arc::new(|_| {}),
            saving_as: None,
            saved_as: None,
            player,
            exporter,
        }
    }

    /// A function that silences the player and stops the work of every thread, without waiting and from any thread: for the end of
    /// the program, while a slow frame may still be drawn.
    pub fn stop_fn(&self) -> StopFn {
        let silence = self.player.silence_fn();
        let worker = self.worker.as_ref().map(Worker::stop_fn);
        let layout = self.layout_thread.as_ref().map(LayoutThread::stop_fn);
        let analysis = self.analysis_thread.as_ref().map(AnalysisThread::stop_fn);
        Box::new(move || {
            silence();
            worker.iter().for_each(|stop| stop());
            layout.iter().for_each(|stop| stop());
            analysis.iter().for_each(|stop| stop());
        })
    }
}

impl Drop for Services {
    /// Silences the player first, then closes every thread before joining any, all under one deadline.
    fn drop(&mut self) {
        self.player.panic();
        if let Some(run) = &self.learning.run {
            run.order(FineTuneOrder::Interrupt);
        }
        let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
        let (worker, layout, analysis) = (
            &mut self.worker,
            &mut self.layout_thread,
            &mut self.analysis_thread,
        );
        worker.iter_mut().for_each(Worker::close);
        layout.iter_mut().for_each(LayoutThread::close);
        analysis.iter_mut().for_each(AnalysisThread::close);
        worker.iter_mut().for_each(|thread| thread.join(deadline));
        layout.iter_mut().for_each(|thread| thread.join(deadline));
        analysis.iter_mut().for_each(|thread| thread.join(deadline));
        if let Some(run) = &mut self.learning.run {
            run.join(deadline);
        }
    }
}

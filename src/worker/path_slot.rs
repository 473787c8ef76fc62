//! Decoding the latest requested path, before each batch of a running job.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::latest_slot::LatestSlot;
use super::message::{DecodedPath, JobId, Message, PathRequest, Report};
use super::open::user_message;
use super::preemptible_decoder::PreemptibleDecoder;
use super::probe_slot::ProbeSlot;
use super::reporter::Reporter;
use crate::model::MelodyModel;
use crate::sweep::{self, GenerateKind, GenerateRequest, Observer, SweepError};

/// Number that no request has.
const NO_REQUEST: u64 = u64::MAX;

/// The requested path. A newer one replaces it, also while it is being decoded.
#[derive(Clone, Default)]
pub(super) struct PathSlot {
    slot: LatestSlot<PathRequest>,
    /// Number of the latest request.
    latest: Arc<AtomicU64>,
}

impl PathSlot {
    /// Replaces the request. True if the slot was empty, so that its reader has to be woken.
    pub(super) fn replace(&self, request: PathRequest) -> bool {
        self.latest.store(request.number, Ordering::Relaxed);
        self.slot.replace(request)
    }

    /// Cancels the latest request.
    pub(super) fn cancel(&self) {
        self.latest.store(NO_REQUEST, Ordering::Relaxed);
        self.slot.take();
    }

    /// Decodes the requested path, if there is one, and probes between its batches. False once the window is closed.
    pub(super) fn serve(
        &self,
        decoder: &mut dyn MelodyModel,
        probes: &ProbeSlot,
        reporter: &Reporter<Message>,
    ) -> bool {
        let Some(PathRequest { number, set, path }) = self.slot.take() else {
            return true;
        };
        let request = GenerateRequest {
            set,
            kind: GenerateKind::Path(path),
        };
        let serve = |decoder: &mut dyn MelodyModel| {
            probes.serve(decoder, reporter);
        };
        let mut decoder = PreemptibleDecoder {
            decoder,
            serve: &serve,
        };
        let mut observer = PathObserver {
            number,
            latest: &self.latest,
            reporter,
        };
        let result = match sweep::generate(&request, &mut decoder, &mut observer) {
            // A newer request is in the slot.
            Err(SweepError::Cancelled) => return true,
            result => result.map_err(|error| user_message(&error)),
        };
        let decoded = DecodedPath { number, result };
        reporter.report(JobId::NONE, Report::Path(decoded))
    }
}

/// Forwards notices, and cancels when there is a newer request.
struct PathObserver<'a> {
    number: u64,
    latest: &'a AtomicU64,
    reporter: &'a Reporter<Message>,
}

impl Observer for PathObserver<'_> {
    fn notice(&mut self, text: String) {
        self.reporter.report(JobId::NONE, Report::Notice(text));
    }

    fn cancelled(&self) -> bool {
        self.latest.load(Ordering::Relaxed) != self.number
    }
}

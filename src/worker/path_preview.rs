//! The path that should be decoded next: the newest replaces any other, also one that is being decoded.
//!
//! Like a spot it does not wait for a long job: it is looked at between that job's batches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Report;
use super::execute::ReportSender;
use super::open::sentence;
use super::preview::{NO_JOB, PreemptibleDecoder, PreviewSlot};
use crate::model::Decode;
use crate::sweep::{self, GenerateKind, GenerateRequest, Generated, Observer, SweepError};

/// A path that should be decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRequest {
    /// The request's number: later ones are higher.
    pub number: u64,
    /// Number of the set of melodies, in their names.
    pub set: u32,
    /// The path.
    pub along: sweep::LatentPath,
}

/// What came of the newest request for a path.
pub struct PathPreview {
    /// The request's number.
    pub number: u64,
    /// The melodies, or a sentence for the user.
    pub made: Result<Generated, String>,
}

/// No request has this number.
const NONE: u64 = u64::MAX;

/// The slot that both threads share.
#[derive(Clone, Default)]
pub(super) struct PathPreviewSlot {
    request: Arc<Mutex<Option<PathRequest>>>,
    newest: Arc<AtomicU64>,
}

impl PathPreviewSlot {
    /// Puts a request in; true if the slot was empty, so that the model has to be told.
    pub(super) fn put(&self, request: PathRequest) -> bool {
        self.newest.store(request.number, Ordering::Relaxed);
        let mut slot = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        slot.replace(request).is_none()
    }

    /// Makes whatever is asked for pointless.
    pub(super) fn forget(&self) {
        self.newest.store(NONE, Ordering::Relaxed);
        self.take();
    }

    fn take(&self) -> Option<PathRequest> {
        let mut slot = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }

    /// Decodes the path that is asked for, if one is, and spots meanwhile. False once the window is gone.
    pub(super) fn serve(
        &self,
        decoder: &mut dyn Decode,
        spots: &PreviewSlot,
        reports: &ReportSender,
    ) -> bool {
        let Some(request) = self.take() else {
            return true;
        };
        let number = request.number;
        let request = GenerateRequest {
            set: request.set,
            kind: GenerateKind::Path(request.along),
        };
        let mut decoder = PreemptibleDecoder {
            decoder,
            spots,
            paths: None,
            reports,
        };
        let mut watch = Watch {
            number,
            newest: &self.newest,
            reports,
        };
        let made = match sweep::generate(&request, &mut decoder, &mut watch) {
            // A newer one is waiting.
            Err(SweepError::Cancelled) => return true,
            made => made.map_err(|error| sentence(&error)),
        };
        reports.send(NO_JOB, Report::Path(PathPreview { number, made }))
    }
}

struct Watch<'a> {
    number: u64,
    newest: &'a AtomicU64,
    reports: &'a ReportSender,
}

impl Observer for Watch<'_> {
    fn notice(&mut self, text: String) {
        self.reports.send(NO_JOB, Report::Notice(text));
    }

    fn cancelled(&self) -> bool {
        self.newest.load(Ordering::Relaxed) != self.number
    }
}

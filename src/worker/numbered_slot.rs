//! A slot for requests that take several batches: a newer request also cancels the one that is being served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::latest_slot::LatestSlot;
use super::message::{JobId, Message, Report};
use super::open::user_message;
use super::preemptible_decoder::PreemptibleDecoder;
use super::probe_slot::ProbeSlot;
use super::reporter::Reporter;
use crate::model::MelodyModel;
use crate::sweep::{Observer, SweepError};

/// Marks that no request is wanted; no request has this number.
const NO_REQUEST: u64 = u64::MAX;

/// The latest request and its number, shared by its clones.
pub(super) struct NumberedSlot<T> {
    slot: LatestSlot<T>,
    /// Number of the latest request, or [`NO_REQUEST`].
    latest_number: Arc<AtomicU64>,
}

impl<T> Default for NumberedSlot<T> {
    fn default() -> Self {
        Self {
            slot: LatestSlot::default(),
            latest_number: Arc::default(),
        }
    }
}

impl<T> Clone for NumberedSlot<T> {
    fn clone(&self) -> Self {
        Self {
            slot: self.slot.clone(),
            latest_number: Arc::clone(&self.latest_number),
        }
    }
}

impl<T> NumberedSlot<T> {
    /// Replaces the request. True if the slot was empty, so that its reader has to be woken.
    pub(super) fn replace(&self, number: u64, request: T) -> bool {
        self.latest_number.store(number, Ordering::Relaxed);
        self.slot.replace(request)
    }

    /// Cancels the latest request.
    pub(super) fn cancel(&self) {
        self.latest_number.store(NO_REQUEST, Ordering::Relaxed);
        self.slot.take();
    }

    /// Takes the request out of the slot.
    pub(super) fn take(&self) -> Option<T> {
        self.slot.take()
    }

    /// Calls `decode` for the request with this number, and serves probes between its batches. `None` if the request was cancelled or
    /// a newer one has replaced it; the error is a sentence for the user.
    pub(super) fn decode<R>(
        &self,
        number: u64,
        decoder: &mut dyn MelodyModel,
        (probes, reporter): (&ProbeSlot, &Reporter<Message>),
        decode: impl FnOnce(&mut dyn MelodyModel, &mut dyn Observer) -> Result<R, SweepError>,
    ) -> Option<Result<R, String>> {
        let serve = |decoder: &mut dyn MelodyModel| {
            probes.serve(decoder, reporter);
        };
        let mut decoder = PreemptibleDecoder {
            decoder,
            serve: &serve,
        };
        let mut observer = SlotObserver {
            number,
            latest_number: &self.latest_number,
            reporter,
        };
        match decode(&mut decoder, &mut observer) {
            // The request was cancelled, or a newer one is in the slot.
            Err(SweepError::Cancelled) => None,
            result => Some(result.map_err(|error| user_message(&error))),
        }
    }
}

/// Forwards notices, and cancels once the request is no longer the latest.
struct SlotObserver<'a> {
    number: u64,
    latest_number: &'a AtomicU64,
    reporter: &'a Reporter<Message>,
}

impl Observer for SlotObserver<'_> {
    fn notice(&mut self, text: String) {
        self.reporter.report(JobId::NONE, Report::Notice(text));
    }

    fn cancelled(&self) -> bool {
        self.latest_number.load(Ordering::Relaxed) != self.number
    }
}

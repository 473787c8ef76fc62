//! The one spot of the map that should sound next: a slot, not a queue, so that the newest request wins.
//!
//! While a long job runs, the slot is looked at between its batches.

use std::sync::{Arc, Mutex, PoisonError};

use super::execute::ReportSender;
use super::path_preview::PathPreviewSlot;
use super::{JobId, Report};
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::{Decode, ModelError, Posterior, Sampling};

/// A spot that should sound.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewRequest {
    /// The request's number: later ones are higher.
    pub number: u32,
    /// Where on the map.
    pub at: [f64; 2],
    /// Where in the latent space.
    pub latent: LatentPoint,
}

/// What the model decodes at a spot.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The request.
    pub request: PreviewRequest,
    /// Its likeliest melody.
    pub melody: Arc<Melody>,
    /// Its attributes; none if it is empty.
    pub attributes: AttributeRow,
}

/// The slot that both threads share.
#[derive(Clone, Default)]
pub(super) struct PreviewSlot(Arc<Mutex<Option<PreviewRequest>>>);

impl PreviewSlot {
    /// Puts a request in; true if the slot was empty, so that the model has to be told.
    pub(super) fn put(&self, request: PreviewRequest) -> bool {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.replace(request).is_none()
    }

    fn take(&self) -> Option<PreviewRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Decodes the request that is there, if one is. False once the window is gone.
    pub(super) fn serve(&self, decoder: &mut dyn Decode, reports: &ReportSender) -> bool {
        let Some(request) = self.take() else {
            return true;
        };
        let decoded = decoder.decode(std::slice::from_ref(&request.latent), &Sampling::Greedy);
        match decoded.map(|mut tokens| tokens.pop()) {
            Ok(Some(tokens)) => {
                let melody = Melody::from_tokens(tokens);
                let served = Preview {
                    request,
                    attributes: AttributeRow::measure(&melody),
                    melody: Arc::new(melody),
                };
                reports.send(NO_JOB, Report::Spot(served))
            }
            Ok(None) => true,
            Err(error) => reports.send(NO_JOB, Report::Notice(super::open::sentence(&error))),
        }
    }
}

/// A request belongs to no job.
pub(super) const NO_JOB: JobId = JobId(0);

/// A decoder that serves waiting requests before each of its own batches.
pub(super) struct PreemptibleDecoder<'a> {
    pub(super) decoder: &'a mut dyn Decode,
    pub(super) spots: &'a PreviewSlot,
    /// None where a path is what is being decoded.
    pub(super) paths: Option<&'a PathPreviewSlot>,
    pub(super) reports: &'a ReportSender,
}

impl PreemptibleDecoder<'_> {
    /// Whether the window is still there is for the job itself to see.
    fn serve(&mut self) {
        self.spots.serve(self.decoder, self.reports);
        if let Some(paths) = self.paths {
            paths.serve(self.decoder, self.spots, self.reports);
        }
    }
}

impl Decode for PreemptibleDecoder<'_> {
    fn latent_size(&self) -> usize {
        self.decoder.latent_size()
    }
    fn steps(&self) -> usize {
        self.decoder.steps()
    }
    fn decode(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        self.serve();
        self.decoder.decode(latents, sampling)
    }
    fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        self.serve();
        self.decoder.encode(melodies)
    }
    fn take_notices(&mut self) -> Vec<String> {
        self.decoder.take_notices()
    }
    fn device_name(&self) -> String {
        self.decoder.device_name()
    }
    fn take_devices(&mut self) -> Vec<String> {
        self.decoder.take_devices()
    }
    fn weights_hash(&self) -> &str {
        self.decoder.weights_hash()
    }
}

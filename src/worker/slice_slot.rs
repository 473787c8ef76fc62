//! Decoding the latest requested slice of the latent space, before each batch of a running job.

use super::message::{DecodedSlice, JobId, Message, Report, SliceRequest};
use super::numbered_slot::NumberedSlot;
use super::probe_slot::ProbeSlot;
use super::reporter::Reporter;
use crate::model::MelodyModel;
use crate::sweep::latent_slice;

/// The requested slice.
pub(super) type SliceSlot = NumberedSlot<SliceRequest>;

impl SliceSlot {
    /// Decodes the requested slice, if there is one, and probes between its batches. False once the window is closed.
    pub(super) fn serve(
        &self,
        decoder: &mut dyn MelodyModel,
        probes: &ProbeSlot,
        reporter: &Reporter<Message>,
    ) -> bool {
        let Some(request) = self.take() else {
            return true;
        };
        let SliceRequest {
            number,
            centre,
            side,
            max_distance,
        } = request;
        let decoded = self.decode(number, decoder, (probes, reporter), |decoder, observer| {
            let mut coarse = |slice| {
                let result = Ok(slice);
                reporter.report(JobId::NONE, Report::Slice(DecodedSlice { number, result }));
            };
            let size = (side, max_distance);
            latent_slice(&centre, size, decoder, observer, &mut coarse)
        });
        decoded.is_none_or(|result| {
            let decoded = DecodedSlice { number, result };
            reporter.report(JobId::NONE, Report::Slice(decoded))
        })
    }
}

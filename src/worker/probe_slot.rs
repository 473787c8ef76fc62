//! Decoding the latest requested probe, before each batch of a running job.

use std::sync::Arc;

use super::latest_slot::LatestSlot;
use super::message::{DecodedProbe, JobId, Message, ProbeRequest, Report};
use super::open::user_message;
use super::reporter::Reporter;
use crate::attributes::AttributeRow;
use crate::melody::Melody;
use crate::model::{MelodyModel, Sampling};

/// The requested probe.
pub(super) type ProbeSlot = LatestSlot<ProbeRequest>;

impl ProbeSlot {
    /// Decodes the requested probe, if there is one. False once the window is closed.
    pub(super) fn serve(
        &self,
        decoder: &mut dyn MelodyModel,
        reporter: &Reporter<Message>,
    ) -> bool {
        let Some(request) = self.take() else {
            return true;
        };
        let decoded = decoder.decode(std::slice::from_ref(&request.latent), &Sampling::Greedy);
        let report = match decoded.map(|mut tokens| tokens.pop()) {
            Ok(Some(tokens)) => {
                let melody = Melody::from_tokens(tokens);
                Report::Probe(DecodedProbe {
                    request,
                    attributes: AttributeRow::measure(&melody),
                    melody: Arc::new(melody),
                })
            }
            Ok(None) => return true,
            Err(error) => Report::Notice(user_message(&error)),
        };
        reporter.report(JobId::NONE, report)
    }
}

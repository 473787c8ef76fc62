//! Decoding the latest requested probe, before each batch of a running job.

use std::sync::Arc;

use super::latest_slot::LatestSlot;
use super::message::{JobId, Message, Preview, PreviewRequest, Report};
use super::open::sentence;
use super::reporter::Reporter;
use crate::attributes::AttributeRow;
use crate::melody::Melody;
use crate::model::{MelodyModel, Sampling};

/// The requested probe.
pub(super) type PreviewSlot = LatestSlot<PreviewRequest>;

impl PreviewSlot {
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
                Report::Preview(Preview {
                    request,
                    attributes: AttributeRow::measure(&melody),
                    melody: Arc::new(melody),
                })
            }
            Ok(None) => return true,
            Err(error) => Report::Notice(sentence(&error)),
        };
        reporter.report(JobId::NONE, report)
    }
}

//! Decoding the latest requested path, before each batch of a running job.

use super::message::{DecodedPath, JobId, Message, PathRequest, Report};
use super::numbered_slot::NumberedSlot;
use super::probe_slot::ProbeSlot;
use super::reporter::Reporter;
use crate::model::MelodyModel;
use crate::sweep::{GenerateKind, GenerateRequest, generate};

/// The requested path.
pub(super) type PathSlot = NumberedSlot<PathRequest>;

impl PathSlot {
    /// Decodes the requested path, if there is one, and probes between its batches. False once the window is closed.
    pub(super) fn serve(
        &self,
        decoder: &mut dyn MelodyModel,
        probes: &ProbeSlot,
        reporter: &Reporter<Message>,
    ) -> bool {
        let Some(PathRequest { number, set, path }) = self.take() else {
            return true;
        };
        let request = GenerateRequest {
            set,
            kind: GenerateKind::Path(path),
        };
        let decoded = self.decode(number, decoder, (probes, reporter), |decoder, observer| {
            generate(&request, decoder, observer)
        });
        decoded.is_none_or(|result| {
            let decoded = DecodedPath { number, result };
            reporter.report(JobId::NONE, Report::Path(decoded))
        })
    }
}

//! The one spot of the map that should sound next: a slot, not a queue, so that the newest wish wins.
//!
//! While a long job runs, the slot is looked at between its batches.

use std::sync::{Arc, Mutex, PoisonError};

use super::execute::Line;
use super::path::PathSlot;
use super::{JobId, Report};
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::{Decode, ModelError, Posterior, Sampling};

/// A spot that should sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// The wish's number: later ones are higher.
    pub number: u32,
    /// Where on the map.
    pub at: [f64; 2],
    /// Where in the latent space.
    pub latent: LatentPoint,
}

/// What the model decodes at a spot.
#[derive(Clone, Debug)]
pub struct Granted {
    /// The wish.
    pub wish: Wish,
    /// Its likeliest melody.
    pub melody: Arc<Melody>,
    /// Its attributes; none if it is empty.
    pub attributes: AttributeRow,
}

/// The slot that both threads share.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<Mutex<Option<Wish>>>);

impl Slot {
    /// Puts a wish in; true if the slot was empty, so that the model has to be told.
    pub(super) fn put(&self, wish: Wish) -> bool {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.replace(wish).is_none()
    }

    fn take(&self) -> Option<Wish> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Decodes the wish that is there, if one is. False once the window is gone.
    pub(super) fn grant(&self, decoder: &mut dyn Decode, line: &Line) -> bool {
        let Some(wish) = self.take() else { return true };
        let decoded = decoder.decode(std::slice::from_ref(&wish.latent), &Sampling::Greedy);
        match decoded.map(|mut tokens| tokens.pop()) {
            Ok(Some(tokens)) => {
                let melody = Melody::from_tokens(tokens);
                let granted = Granted {
                    wish,
                    attributes: AttributeRow::measure(&melody),
                    melody: Arc::new(melody),
                };
                line.send(NO_JOB, Report::Spot(granted))
            }
            Ok(None) => true,
            Err(error) => line.send(NO_JOB, Report::Notice(super::open::sentence(&error))),
        }
    }
}

/// A wish belongs to no job.
pub(super) const NO_JOB: JobId = JobId(0);

/// A decoder that grants waiting wishes before each of its own batches.
pub(super) struct Obliging<'a> {
    pub(super) decoder: &'a mut dyn Decode,
    pub(super) spots: &'a Slot,
    /// None where a path is what is being decoded.
    pub(super) paths: Option<&'a PathSlot>,
    pub(super) line: &'a Line,
}

impl Obliging<'_> {
    /// Whether the window is still there is for the job itself to see.
    fn grant(&mut self) {
        self.spots.grant(self.decoder, self.line);
        if let Some(paths) = self.paths {
            paths.grant(self.decoder, self.spots, self.line);
        }
    }
}

impl Decode for Obliging<'_> {
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
        self.grant();
        self.decoder.decode(latents, sampling)
    }
    fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        self.grant();
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

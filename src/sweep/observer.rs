//! The observer of a sweep: results while they are computed, in addition to progress.

use std::sync::Arc;

use super::entry::MelodyEntry;
use super::plan::SweepPlan;
use super::steered_melody::SteerRound;
use crate::progress::{Observer, Unobserved};

/// An [`Observer`] that also receives results while they are computed.
pub trait SweepObserver: Observer {
    /// Called once the latent points and the map of the regions are known, before any melody.
    fn plan(&mut self, _plan: &Arc<SweepPlan>) {}
    /// Called with each batch of melodies, in order.
    fn melodies(&mut self, _batch: Vec<MelodyEntry>) {}
    /// Called with what each round of steering has found.
    fn steered(&mut self, _round: SteerRound) {}
    /// Called with the positions of an unfinished layout, one per melody in the order given.
    fn preview(&mut self, _positions: &[[f64; 2]]) {}
}

impl SweepObserver for Unobserved {}

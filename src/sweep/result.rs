//! The result of a sweep.

use std::sync::Arc;

use super::decode::describe_devices;
use super::entry::MelodyEntry;
use super::error::SweepError;
use super::layout::{LayoutKind, LayoutQuality, SweepLayout};
use super::observer::SweepObserver;
use super::plan::SweepPlan;

/// A finished sweep.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Latent points and map.
    pub plan: Arc<SweepPlan>,
    /// One melody per region: that of its centre.
    pub centres: Vec<MelodyEntry>,
    /// The samples, region by region.
    pub samples: Vec<MelodyEntry>,
    /// Devices that decoded it; several if the first of them failed during the sweep.
    pub devices: Vec<String>,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
    /// Steps of each melody.
    pub steps: usize,
    /// Seconds from the first decode to the last.
    pub seconds: f64,
    /// The layout of the positions and its quality, once [`Sweep::lay_out`] has measured it.
    pub layout_quality: Option<LayoutQuality>,
}

impl Sweep {
    /// Moves every melody to its position in `layout`, and measures the layout. A new sweep has the positions of
    /// [`LayoutKind::Latent`], not yet measured.
    ///
    /// Returns the layout, to place more melodies on it.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`].
    pub fn lay_out(
        &mut self,
        kind: LayoutKind,
        observer: &mut dyn SweepObserver,
    ) -> Result<SweepLayout, SweepError> {
        let entries = self.entries();
        let map = SweepLayout::lay_out(kind, &self.plan, &entries, observer)?;
        let quality = map.quality_of(&map.positions, &self.plan, &entries, observer)?;
        self.layout_quality = Some(quality);
        let moved = self.centres.iter_mut().chain(&mut self.samples);
        for (entry, position) in moved.zip(&map.positions) {
            entry.position = *position;
        }
        Ok(map)
    }

    /// All melodies: the centres, then the samples.
    #[must_use]
    pub fn entries(&self) -> Vec<MelodyEntry> {
        self.centres.iter().chain(&self.samples).cloned().collect()
    }

    /// The devices that decoded it, as text.
    #[must_use]
    pub fn devices_text(&self) -> String {
        describe_devices(&self.devices)
    }
}

//! The shown layout of the map, the one that is being computed, and the quality of the shown one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::embedding::Placement;
use crate::sweep::{AxisScale, LayoutKind, LayoutQuality, MelodyId};
use crate::worker::FinishedLayout;

/// Layout of a map. The layout that the user chose for the next maps is in the settings.
#[derive(Default)]
pub struct LayoutState {
    /// The layout that the points are in, or are moving to.
    pub shown_kind: LayoutKind,
    /// Progress of the layout that is being computed, 0 to 1; `None` if none is.
    pub layout_progress: Option<f32>,
    /// Whether the points are on their way to that layout or there already: a preview was shown, or they are at its positions from
    /// an earlier run of the program. Later positions are then shown without an animation.
    pub preview_shown: bool,
    /// Progress of measuring the quality of the finished layout, 0 to 1; `None` if it is not being measured.
    pub quality_progress: Option<f32>,
    /// Quality of the shown layout, once measured.
    pub quality: Option<LayoutQuality>,
    /// The melodies that the layout was requested for. Reports hold one position per melody, in this order.
    pub order: Vec<MelodyId>,
    /// Melodies that were added to the finished layout, with the reliability of their positions.
    pub placements: BTreeMap<MelodyId, Placement>,
    /// Steered melodies that were placed on this layout or an earlier one, so that the map has shown them.
    pub shown_steered: BTreeSet<MelodyId>,
    /// Whether the melodies are at the positions of an earlier run of the program, the layout not being computed yet.
    pub restored: bool,
    /// The finished layout, to add more melodies to once the map is shown again.
    pub finished: Option<Arc<FinishedLayout>>,
}

impl LayoutState {
    /// The scales of the axes from left to right and upwards, if the finished layout has axes.
    pub fn axes(&self) -> Option<[AxisScale; 2]> {
        self.finished.as_ref()?.axes()
    }
}

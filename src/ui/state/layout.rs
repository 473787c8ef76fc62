//! Which layout the map shows, what is being laid out, and how far both can be trusted.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::embedding::Placement;
use crate::sweep::{Layout, LayoutQuality, MelodyId};
use crate::worker::FinishedLayout;

/// The map's layout. What the user chose for good is in the settings.
#[derive(Default)]
pub struct LayoutState {
    /// The layout that the points are in, or on their way to.
    pub shown: Layout,
    /// Share done, while a map is being laid out.
    pub running: Option<f32>,
    /// Whether a picture of that map was shown.
    pub previewed: bool,
    /// Share done, while the quality of the finished map is measured.
    pub measuring: Option<f32>,
    /// Of the layout shown, once measured.
    pub quality: Option<LayoutQuality>,
    /// The melodies whose places are reported, in this order: those that were asked to be laid out.
    pub order: Vec<MelodyId>,
    /// Places of melodies that were not laid out, with how far they can be believed.
    pub placed: BTreeMap<MelodyId, Placement>,
    /// The finished layout, to place more melodies on once the map is shown again.
    pub finished: Option<Arc<FinishedLayout>>,
}

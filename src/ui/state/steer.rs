//! The steer sliders, the running steer and its results.

use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::worker::JobId;

/// Outcome of a steer, in display units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteerResult {
    /// Target value.
    pub target: f64,
    /// Mean over the new melodies.
    pub mean: f64,
    /// Standard deviation over the new melodies.
    pub sd: f64,
    /// New melodies within one unit of the target.
    pub within_one: usize,
    /// Number of new melodies.
    pub count: usize,
}

/// First position of the density knob, notes per bar: a medium density.
const FIRST_DENSITY: f64 = 6.0;

/// The sliders and the running steer.
pub struct SteerState {
    /// Target value per attribute, display units; `None` until the user moves the knob.
    pub targets: Vec<Option<f64>>,
    /// Cross-validated fit per attribute, once known.
    pub r2: Vec<Option<f64>>,
    /// The last result per attribute.
    pub results: Vec<Option<SteerResult>>,
    /// Every steer of this sweep in order: its attribute and its result.
    pub history: Vec<(usize, SteerResult)>,
    /// The attribute steered last.
    pub attribute: usize,
    /// The running job, and its attribute.
    pub running: Option<(JobId, usize)>,
    /// Attribute of a steer to start when the sweep is done.
    pub waiting: Option<usize>,
    /// Progress of the running steer, 0 to 1.
    pub progress: Option<f32>,
    /// Steers so far in this sweep; the number of the next one.
    pub steers: u32,
    /// Why the last steer failed, for the user.
    pub error: Option<String>,
    /// The attribute whose target range is highlighted on the map, from the first touch of its slider until something else
    /// is selected.
    pub highlighted: Option<usize>,
}

impl Default for SteerState {
    fn default() -> Self {
        Self {
            targets: ATTRIBUTES
                .iter()
                .map(|attribute| (attribute.id == "note_density").then_some(FIRST_DENSITY))
                .collect(),
            r2: vec![None; ATTRIBUTES.len()],
            results: vec![None; ATTRIBUTES.len()],
            history: Vec::new(),
            attribute: 0,
            running: None,
            waiting: None,
            progress: None,
            steers: 0,
            error: None,
            highlighted: None,
        }
    }
}

impl SteerState {
    /// The target of an attribute, if the user has set one.
    pub fn target(&self, attribute: usize) -> Option<f64> {
        self.targets.get(attribute).copied().flatten()
    }

    /// The last result of an attribute.
    pub fn result(&self, attribute: usize) -> Option<SteerResult> {
        self.results.get(attribute).copied().flatten()
    }
}

/// A range of values of an attribute, in display units, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetRange {
    /// Index into the attribute table.
    pub attribute: usize,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
}

impl TargetRange {
    /// The shown value of a melody; `None` for an empty one.
    pub fn value(&self, row: &AttributeRow) -> Option<f64> {
        let scale = ATTRIBUTES.get(self.attribute)?.to_display_unit;
        row.value(self.attribute).map(scale)
    }

    /// Whether a shown value is in the range.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Whether a melody's value is in the range.
    pub fn contains_melody(&self, row: &AttributeRow) -> bool {
        self.value(row).is_some_and(|value| self.contains(value))
    }
}

//! The path over the map: its points, the melodies along it, and the marker.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::generated_set::GeneratedSet;
use super::map_melodies::MapMelodies;
use crate::latent::{LatentPoint, shepard_point};
use crate::sweep::{LayoutKind, MelodyId};
use crate::ui::curve::Curve;

/// Melodies and their weights, which interpolate a latent point.
pub type InterpolationWeights = Vec<(MelodyId, f64)>;

/// A position on the map that moves with the points around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// The melodies that a probe at this position is interpolated from.
    pub weights: InterpolationWeights,
    /// Offset of the position from their weighted mean.
    offset: [f64; 2],
    /// The position at which it was set; used once none of its melodies is on the map.
    #[serde(rename = "set_at")]
    original_position: [f64; 2],
}

impl Anchor {
    /// An anchor at a position, with the melodies around it.
    pub fn new(position: [f64; 2], weights: InterpolationWeights, melodies: &MapMelodies) -> Self {
        let mut anchor = Self {
            weights,
            offset: [0.0; 2],
            original_position: position,
        };
        if let Some(mean) = anchor.mean(melodies) {
            anchor.offset = [0, 1].map(|axis| position[axis] - mean[axis]);
        }
        anchor
    }

    /// Its present position on the map.
    pub fn position(&self, melodies: &MapMelodies) -> [f64; 2] {
        self.mean(melodies).map_or(self.original_position, |mean| {
            [0, 1].map(|axis| mean[axis] + self.offset[axis])
        })
    }

    /// The latent point there; `None` if all its melodies were removed.
    pub fn latent(&self, melodies: &MapMelodies) -> Option<LatentPoint> {
        interpolate_latent(&self.weights, melodies)
    }

    /// Weighted mean position of the melodies that are still on the map.
    fn mean(&self, melodies: &MapMelodies) -> Option<[f64; 2]> {
        let (mut sum, mut total) = ([0.0; 2], 0.0);
        for (id, weight) in &self.weights {
            let Some(entry) = melodies.get(*id) else {
                continue;
            };
            for (axis, sum) in sum.iter_mut().enumerate() {
                *sum += weight * entry.position[axis];
            }
            total += weight;
        }
        (total > 0.0).then(|| sum.map(|sum| sum / total))
    }
}

/// Interpolates the latent points of melodies, by their weights over the sum of the weights.
pub fn interpolate_latent(
    weights: &[(MelodyId, f64)],
    melodies: &MapMelodies,
) -> Option<LatentPoint> {
    let (points, weights): (Vec<_>, Vec<_>) = weights
        .iter()
        .filter_map(|(id, weight)| Some((melodies.latent(*id)?, *weight)))
        .unzip();
    let total: f64 = weights.iter().sum();
    let weights: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
    shepard_point(&points, &weights)
}

/// A path as it was drawn.
#[derive(Clone, Debug)]
pub struct DrawnPath {
    /// Its points, in order.
    pub points: Vec<Anchor>,
    /// Whether it leads back to its first point.
    pub closed: bool,
    /// The layout in which it was drawn. In another layout its points move with their melodies, and the line between them
    /// crosses melodies that it does not play.
    pub layout_kind: LayoutKind,
    /// The melodies along it, once decoded. While [`PathState::decoding`], those from before the last edit.
    pub stops: Option<Arc<PathStops>>,
}

impl DrawnPath {
    /// Its present curve on the map.
    pub fn curve(&self, melodies: &MapMelodies) -> Curve {
        let points = self.points.iter().map(|point| point.position(melodies));
        Curve::new(points.collect(), self.closed)
    }
}

/// The melodies along a path.
#[derive(Debug)]
pub struct PathStops {
    /// Number of their set among the map's melodies.
    pub set_number: u32,
    /// The melodies.
    pub set: GeneratedSet,
    /// The curve's parameter at each, in order: k at the path's point k, from 0 to the number of the
    /// curve's segments. Ascending.
    pub parameters: Vec<f64>,
    /// The melodies that each was interpolated from.
    pub sources: Vec<InterpolationWeights>,
}

impl PathStops {
    /// Index of the stop nearest to a parameter of the curve.
    pub fn nearest(&self, parameter: f64) -> usize {
        let distance = |stop: &usize| (self.parameters[*stop] - parameter).abs();
        (0..self.parameters.len())
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap_or(0)
    }
}

/// A visit of a stop in the play order, which may visit a stop more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct PathVisit {
    /// Index of the stop.
    pub stop: usize,
    /// Index of the visit in the play order.
    pub visit: usize,
}

/// The path, the tool that draws it, and the marker on it.
#[derive(Default)]
pub struct PathState {
    /// Whether the path tool is active, so that clicks on the map set points.
    pub tool_active: bool,
    /// The path, if there is one.
    pub drawn: Option<DrawnPath>,
    /// Whether its melodies are being decoded.
    pub decoding: bool,
    /// Why decoding them failed, for the user.
    pub error: Option<String>,
    /// Parameter of the path's curve at the marker, as in [`PathStops::parameters`], while the path does not play.
    pub marker_parameter: f64,
    /// Parameter of the path's curve at the marker while it is dragged.
    pub dragged_parameter: Option<f64>,
    /// The visit that played last; `None` once the marker was moved.
    pub(in crate::ui) last_visit: Option<PathVisit>,
    /// The points that are being decoded: the curve's parameter at each, and what it is interpolated from.
    pub(in crate::ui) candidates: Vec<(f64, InterpolationWeights)>,
    /// Id of the last request for melodies; an answer with another one is outdated.
    pub(in crate::ui) last_request_id: u64,
    /// Whether to play it as soon as it is decoded.
    pub(in crate::ui) play_when_decoded: bool,
    /// Whether it was playing when the drag of the marker started.
    pub(in crate::ui) resume_after_drag: bool,
}

impl PathState {
    /// The melodies along the path, once decoded.
    pub fn stops(&self) -> Option<&Arc<PathStops>> {
        self.drawn.as_ref()?.stops.as_ref()
    }
}

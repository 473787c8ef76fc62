//! The latent points along a drawn path.

use crate::sweep::{LatentPath, MAX_PATH_POINTS};
use crate::ui::curve::Curve;
use crate::ui::map::MapIndex;
use crate::ui::state::{AppState, DrawnPath, InterpolationWeights, interpolate_latent};

/// Latent points decoded per stop, to choose evenly spaced stops from.
const POINTS_PER_STOP: u32 = 8;

/// The latent points along a path.
pub(super) struct SampledPath {
    pub(super) latent_path: LatentPath,
    /// For each latent point, its parameter on the curve and the weights of the melodies that it is interpolated from.
    pub(super) candidates: Vec<(f64, InterpolationWeights)>,
}

impl SampledPath {
    pub(super) fn new(path: &DrawnPath, map: &MapIndex, state: &AppState) -> Self {
        let melodies = &state.melodies;
        let curve = path.curve(melodies);
        let segment_count = curve.segments();
        let closed = segment_count == path.points.len();
        let melody_count = state.settings.path_stops;
        let max_points = (POINTS_PER_STOP * melody_count).min(MAX_PATH_POINTS - 1) as usize;
        let lengths: Vec<f64> = (0..segment_count)
            .map(|segment| curve.length(segment))
            .collect();
        let total: f64 = lengths.iter().sum();
        let mut sampled_path = Self {
            latent_path: LatentPath {
                points: Vec::new(),
                fractions: Vec::new(),
                required_points: Vec::new(),
                melody_count,
                is_closed: closed,
            },
            candidates: Vec::new(),
        };
        let spare_points = max_points.saturating_sub(segment_count);
        for (segment, length) in lengths.iter().enumerate() {
            let fraction = if total > 0.0 { length / total } else { 0.0 };
            let part_count = 1 + (fraction * spare_points as f64) as usize;
            for part in 0..part_count {
                sampled_path.add(
                    &curve,
                    segment,
                    part as f64 / part_count as f64,
                    path,
                    map,
                    state,
                );
            }
        }
        sampled_path.add(&curve, segment_count, 0.0, path, map, state);
        let length = sampled_path
            .latent_path
            .fractions
            .last()
            .copied()
            .unwrap_or(1.0);
        for fraction in &mut sampled_path.latent_path.fractions {
            *fraction /= length;
        }
        sampled_path
    }

    /// Adds the latent point at `part` (0 to 1) of a segment. The drawn points of the path are always among the stops.
    fn add(
        &mut self,
        curve: &Curve,
        segment: usize,
        part: f64,
        path: &DrawnPath,
        map: &MapIndex,
        state: &AppState,
    ) {
        let parameter = segment as f64 + part;
        let anchor = (part == 0.0)
            .then(|| path.points.get(segment % path.points.len()))
            .flatten();
        let weights = match anchor {
            Some(anchor) => anchor.weights.clone(),
            None => map.weights(curve.position(parameter)),
        };
        let Some(latent) = interpolate_latent(&weights, &state.melodies) else {
            return;
        };
        // The fractions of points at the same position still increase.
        let before = self
            .candidates
            .last()
            .map(|(parameter, _)| curve.position(*parameter));
        let step = before.map_or(0.0, |before| {
            let here = curve.position(parameter);
            (here[0] - before[0]).hypot(here[1] - before[1])
        });
        let fraction = self
            .latent_path
            .fractions
            .last()
            .map_or(0.0, |last| last + step.max(1e-9));
        if anchor.is_some() {
            self.latent_path
                .required_points
                .push(self.latent_path.points.len());
        }
        self.latent_path.points.push(latent);
        self.latent_path.fractions.push(fraction);
        self.candidates.push((parameter, weights));
    }
}

//! From a drawn path to the points of the latent space that it leads over.

use crate::sweep::{LatentPath, MAX_PATH_POINTS, MelodyId};
use crate::ui::curve::Curve;
use crate::ui::map::MapIndex;
use crate::ui::state::{AppState, DrawnPath, latent_of};

/// Points decoded for every melody on the path, so that they can change evenly.
const FINER: u32 = 8;

/// The points that a path leads over.
pub(super) struct Route {
    pub(super) along: LatentPath,
    /// Where on the curve each of them is, and what it is made of.
    pub(super) candidates: Vec<(f64, Vec<(MelodyId, f64)>)>,
}

impl Route {
    pub(super) fn new(path: &DrawnPath, ground: &MapIndex, state: &AppState) -> Self {
        let library = &state.library;
        let curve = path.curve(library);
        let segments = curve.segments();
        let closed = segments == path.points.len();
        let steps = state.settings.path_stations;
        let most = (FINER * steps).min(MAX_PATH_POINTS - 1) as usize;
        let lengths: Vec<f64> = (0..segments).map(|segment| curve.length(segment)).collect();
        let whole: f64 = lengths.iter().sum();
        let mut route = Self {
            along: LatentPath {
                points: Vec::new(),
                shares: Vec::new(),
                kept: Vec::new(),
                steps,
                closed,
            },
            candidates: Vec::new(),
        };
        let spare = most.saturating_sub(segments);
        for (segment, length) in lengths.iter().enumerate() {
            let share = if whole > 0.0 { length / whole } else { 0.0 };
            let parts = 1 + (share * spare as f64) as usize;
            for part in 0..parts {
                route.add(
                    &curve,
                    segment,
                    part as f64 / parts as f64,
                    path,
                    ground,
                    state,
                );
            }
        }
        route.add(&curve, segments, 0.0, path, ground, state);
        let whole = route.along.shares.last().copied().unwrap_or(1.0);
        for share in &mut route.along.shares {
            *share /= whole;
        }
        route
    }

    /// One more point on the way; the path's own points are those it has to lead through.
    fn add(
        &mut self,
        curve: &Curve,
        segment: usize,
        part: f64,
        path: &DrawnPath,
        ground: &MapIndex,
        state: &AppState,
    ) {
        let at = segment as f64 + part;
        let own = (part == 0.0)
            .then(|| path.points.get(segment % path.points.len()))
            .flatten();
        let near = match own {
            Some(anchor) => anchor.near.clone(),
            None => ground.weights(curve.at(at)),
        };
        let Some(latent) = latent_of(&near, &state.library) else {
            return;
        };
        // Places that coincide are still one after another.
        let before = self.candidates.last().map(|(at, _)| curve.at(*at));
        let step = before.map_or(0.0, |before| {
            let here = curve.at(at);
            (here[0] - before[0]).hypot(here[1] - before[1])
        });
        let share = self
            .along
            .shares
            .last()
            .map_or(0.0, |last| last + step.max(1e-9));
        if own.is_some() {
            self.along.kept.push(self.along.points.len());
        }
        self.along.points.push(latent);
        self.along.shares.push(share);
        self.candidates.push((at, near));
    }
}

//! The path over the map: its points, the melodies along it, and where the puck is.

use std::sync::Arc;

use super::{AppState, GeneratedSet, Library, Sounding};
use crate::latent::{LatentPoint, shepard_point};
use crate::sweep::{GenerateMethod, Layout, MelodyId};
use crate::ui::curve::Curve;

/// A place of the map, held by the points around it: it goes where they go.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    /// The melodies that a spot at this place is made of, and their weights.
    pub near: Vec<(MelodyId, f64)>,
    /// From their weighted mean to the place.
    off: [f64; 2],
    /// Where it was set.
    place: [f64; 2],
}

impl Anchor {
    /// An anchor at a place, held by these melodies.
    pub fn new(place: [f64; 2], near: Vec<(MelodyId, f64)>, library: &Library) -> Self {
        let mut anchor = Self {
            near,
            off: [0.0; 2],
            place,
        };
        if let Some(mean) = anchor.mean(library) {
            anchor.off = [0, 1].map(|axis| place[axis] - mean[axis]);
        }
        anchor
    }

    /// Where it is on the map now.
    pub fn place(&self, library: &Library) -> [f64; 2] {
        self.mean(library).map_or(self.place, |mean| {
            [0, 1].map(|axis| mean[axis] + self.off[axis])
        })
    }

    /// The latent point there; none if nothing is left of what it was made of.
    pub fn latent(&self, library: &Library) -> Option<LatentPoint> {
        latent_of(&self.near, library)
    }

    fn mean(&self, library: &Library) -> Option<[f64; 2]> {
        let (mut sum, mut whole) = ([0.0; 2], 0.0);
        for (id, weight) in &self.near {
            // A melody that was taken back holds nothing any more.
            let Some(entry) = library.get(*id) else {
                continue;
            };
            for (axis, sum) in sum.iter_mut().enumerate() {
                *sum += weight * entry.position[axis];
            }
            whole += weight;
        }
        (whole > 0.0).then(|| sum.map(|sum| sum / whole))
    }
}

/// The latent point that melodies with weights make.
pub fn latent_of(near: &[(MelodyId, f64)], library: &Library) -> Option<LatentPoint> {
    let (points, weights): (Vec<_>, Vec<_>) = near
        .iter()
        .filter_map(|(id, weight)| Some((library.latent(*id)?, *weight)))
        .unzip();
    let whole: f64 = weights.iter().sum();
    let weights: Vec<f64> = weights.iter().map(|weight| weight / whole).collect();
    shepard_point(&points, &weights)
}

/// A path as it was drawn.
#[derive(Clone, Debug)]
pub struct DrawnPath {
    /// Its points, in order.
    pub points: Vec<Anchor>,
    /// It leads back to its first point.
    pub closed: bool,
    /// The layout in which it was drawn: in another one its points are where their melodies are, and the line between
    /// them says nothing of the melodies it crosses.
    pub layout: Layout,
    /// The melodies along it, once decoded. While [`PathState::planning`], those of the path before the last edit.
    pub stations: Option<Arc<Stations>>,
}

/// The melodies along a path.
#[derive(Debug)]
pub struct Stations {
    /// Number of their set in the library.
    pub number: u32,
    /// The melodies.
    pub set: GeneratedSet,
    /// Where each is on the path's curve.
    pub at: Vec<f64>,
    /// What each was made of.
    pub made_of: Vec<Vec<(MelodyId, f64)>>,
}

impl Stations {
    /// The station nearest to a place on the curve.
    pub fn nearest(&self, at: f64) -> usize {
        let off = |station: &usize| (self.at[*station] - at).abs();
        (0..self.at.len())
            .min_by(|a, b| off(a).total_cmp(&off(b)))
            .unwrap_or(0)
    }
}

impl DrawnPath {
    /// Its line on the map as it is now.
    pub fn curve(&self, library: &Library) -> Curve {
        let points = self.points.iter().map(|point| point.place(library));
        Curve::new(points.collect(), self.closed)
    }
}

/// The path, the tool that draws it, and the puck on it.
#[derive(Default)]
pub struct PathState {
    /// Clicks on the map set points.
    pub tool: bool,
    /// The path, if there is one.
    pub drawn: Option<DrawnPath>,
    /// Its melodies are being decoded.
    pub planning: bool,
    /// Why that failed, for the user.
    pub trouble: Option<String>,
    /// Where the puck was last, on the path's curve.
    pub rest: f64,
    /// Where a hand holds the puck.
    pub held: Option<f64>,
    /// Which melody was heard last, or was about to be, and which visit of the walk that was; none once the puck was taken elsewhere.
    pub(in crate::ui) heard: Option<(usize, usize)>,
    /// What was asked to be decoded: where on the curve each point is, and what it is made of.
    pub(in crate::ui) candidates: Vec<(f64, Vec<(MelodyId, f64)>)>,
    /// Wishes so far; numbers the next one.
    pub(in crate::ui) asked: u64,
    /// It plays as soon as it is decoded.
    pub(in crate::ui) begin: bool,
    /// It was playing when a hand took the puck.
    pub(in crate::ui) resume: bool,
}

impl PathState {
    /// The melodies along the path, once they are those of its present points.
    pub fn stations(&self) -> Option<&Arc<Stations>> {
        self.drawn.as_ref()?.stations.as_ref()
    }
}

impl Sounding {
    /// The set of the path that it goes along, if it does.
    pub fn path_set(&self) -> Option<u32> {
        match self.way.first()?.0 {
            MelodyId::Generated {
                by: GenerateMethod::Path,
                set,
                ..
            } => Some(set),
            _ => None,
        }
    }
}

impl AppState {
    /// The path's melodies while they are what sounds, one after another.
    pub fn riding(&self) -> Option<&Arc<Stations>> {
        let set = self.listening.sounding()?.path_set()?;
        let stations = self.path.stations()?;
        (stations.number == set).then_some(stations)
    }

    /// Where the puck is on the path's curve: in a hand, where the music is, or at rest.
    pub fn puck(&self) -> Option<f64> {
        self.path.stations()?;
        if self.path.held.is_some() {
            return self.path.held;
        }
        Some(self.puck_of_the_music().unwrap_or(self.path.rest))
    }

    /// Where the music is on the path's curve, while it goes along the path. Read off the player's clock.
    pub fn puck_of_the_music(&self) -> Option<f64> {
        let stations = self.riding()?;
        let sounding = self.listening.sounding()?;
        let (visit, share) = sounding.visit(self.listening.playhead.step)?;
        let station = |visit: usize| match sounding.way.get(visit)?.0 {
            MelodyId::Generated { index, .. } => Some(index as usize),
            _ => None,
        };
        let here = station(visit)?;
        let at = *stations.at.get(here)?;
        let next = station((visit + 1) % sounding.way.len())?;
        let closed = self.path.drawn.as_ref().is_some_and(|path| path.closed);
        let to = match next {
            // Round a closed path.
            0 if closed && here + 1 == stations.at.len() => self.path_segments() as f64,
            next if next.abs_diff(here) == 1 => *stations.at.get(next)?,
            // Past an open end it begins again: the puck waits, it does not fly.
            _ => at,
        };
        Some(at + share * (to - at))
    }

    /// Segments of the path's curve.
    fn path_segments(&self) -> usize {
        self.path.drawn.as_ref().map_or(0, |path| {
            let open = path.points.len().saturating_sub(1);
            open + usize::from(path.closed && path.points.len() > 2)
        })
    }
}

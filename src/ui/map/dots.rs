//! The points of the map: where they are and what they are worth, taken in from the library. How they look is in `draw`.

use std::collections::HashMap;

use eframe::egui::Pos2;

use super::grid::Grid;
use crate::attributes::ATTRIBUTES;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};
use crate::ui::state::{Filter, Library, Sought};

/// How long points glide to another layout, seconds.
const GLIDE_SECONDS: f64 = 0.7;

/// One point of the map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dot {
    pub id: MelodyId,
    pub at: [f64; 2],
    /// Shown value of the colour attribute; `None` for silence, or nothing decoded yet.
    pub value: Option<f64>,
    /// Decoded, so it can be played.
    pub ready: bool,
    /// Outside of what the filter or a slider lets stand out.
    pub dim: bool,
    /// Outside of what the filter lets stand out.
    out: bool,
}

/// What the list of points was taken in from.
#[derive(Clone, Copy, PartialEq)]
struct Taken {
    generation: u64,
    version: u64,
    attribute: usize,
    filter: u64,
}

/// All points of the map, taken in again when the library changes.
#[derive(Default)]
pub struct Dots {
    taken: Option<Taken>,
    sought: Option<Sought>,
    /// An attribute that a slider asks for, and its shown value for each point that a sweep made.
    measured: Option<(usize, Vec<Option<f64>>)>,
    pub(super) list: Vec<Dot>,
    /// Positions of all regions, decoded or not.
    pub extent: Vec<[f64; 2]>,
    /// Positions of all points.
    pub whole: Vec<[f64; 2]>,
    /// Melodies of the sweep that have what a slider asks for, while somebody steers.
    pub lit: usize,
    /// Where the points that are gliding come from: by name, and in the order of the list.
    from: HashMap<MelodyId, [f64; 2]>,
    origins: Vec<[f64; 2]>,
    /// Since when they glide, and which glide it is.
    since: f64,
    glides: u64,
}

/// A point as it is on screen now.
#[derive(Clone, Copy, Debug)]
pub struct ScreenPoint {
    /// Which melody.
    pub id: MelodyId,
    /// Where.
    pub at: Pos2,
    /// How large, points.
    pub radius: f32,
    /// Whether it can be played.
    pub ready: bool,
}

impl Dots {
    /// Takes the library in again if it has changed.
    pub fn refresh(
        &mut self,
        library: &Library,
        attribute: usize,
        filter: &Filter,
        sought: Option<Sought>,
        now: f64,
    ) {
        let key = Taken {
            generation: library.generation(),
            version: library.version(),
            attribute,
            filter: filter.version(),
        };
        if self.taken != Some(key) {
            self.take_in(library, key, filter, now);
            self.measured = None;
            self.sought = None;
        } else if self.sought == sought {
            return;
        }
        self.light(library, sought);
    }

    /// Dims what a slider does not ask for. While it is dragged nothing else changes, so its attribute is read off the
    /// melodies only once.
    fn light(&mut self, library: &Library, sought: Option<Sought>) {
        self.sought = sought;
        self.lit = 0;
        let Some(sought) = sought else {
            for dot in &mut self.list {
                dot.dim = dot.out;
            }
            return;
        };
        let values = match self.measured.take() {
            Some((attribute, values)) if attribute == sought.attribute => values,
            _ => {
                let value = |dot: &Dot| {
                    let entry = dot.id.region().and_then(|_| library.get(dot.id));
                    entry.and_then(|entry| sought.value(&entry.attributes))
                };
                self.list.iter().map(value).collect()
            }
        };
        for (dot, value) in self.list.iter_mut().zip(&values) {
            let holds = value.is_some_and(|value| sought.lies_within(value));
            self.lit += usize::from(holds);
            // What a slider brought stands out whatever it asks for now.
            let swept = dot.id.region().is_some() && dot.ready;
            dot.dim = dot.out || (swept && !holds);
        }
        self.measured = Some((sought.attribute, values));
    }

    fn take_in(&mut self, library: &Library, key: Taken, filter: &Filter, now: f64) {
        let attribute = key.attribute;
        let new_sweep = self
            .taken
            .is_none_or(|taken| taken.generation != key.generation);
        let glide = self.glide(now);
        if library.glides() != self.glides {
            self.glides = library.glides();
            self.from = if new_sweep {
                HashMap::new()
            } else {
                let places = self.list.iter().enumerate();
                places
                    .map(|(index, dot)| (dot.id, self.between(index, dot, glide)))
                    .collect()
            };
            self.since = now;
        } else if new_sweep || glide >= 1.0 {
            self.from.clear();
        }
        self.taken = Some(key);
        let scale = ATTRIBUTES.get(attribute).map(|entry| entry.display_scale);
        let shown = |value: Option<f64>| value.zip(scale).map(|(value, scale)| scale(value));
        self.extent = (0..library.regions())
            .filter_map(|region| library.region_position(region))
            .collect();
        self.list.clear();
        let dot = |entry: &MelodyEntry| Dot {
            id: entry.id,
            at: entry.position,
            value: shown(entry.attributes.value(attribute)),
            ready: true,
            dim: false,
            out: !filter.passes(&entry.attributes),
        };
        self.list.extend(library.samples().map(dot));
        self.list
            .extend(self.extent.iter().zip(0u32..).map(|(at, region)| {
                Dot {
                    id: MelodyId::Centre { region },
                    at: *at,
                    value: shown(library.region_mean(region as usize, attribute)),
                    ready: library.region_ready(region as usize),
                    dim: false,
                    out: library
                        .get(MelodyId::Centre { region })
                        .is_some_and(|entry| !filter.passes(&entry.attributes)),
                }
            }));
        // A path draws its own.
        let made = library
            .made()
            .filter(|(_, set)| set.by != GenerateMethod::Path)
            .flat_map(|(_, set)| &set.entries);
        self.list.extend(library.steered().chain(made).map(dot));
        self.whole = self.list.iter().map(|dot| dot.at).collect();
        self.origins = if self.from.is_empty() {
            Vec::new()
        } else {
            let origin = |dot: &Dot| self.from.get(&dot.id).copied().unwrap_or(dot.at);
            self.list.iter().map(origin).collect()
        };
    }

    /// How far the points have glided to where they belong, 0 to 1.
    pub fn glide(&self, now: f64) -> f32 {
        if self.from.is_empty() {
            return 1.0;
        }
        let t = ((now - self.since) / GLIDE_SECONDS).clamp(0.0, 1.0) as f32;
        1.0 - (1.0 - t).powi(3)
    }

    /// Where a point, with its place in the list, is on its way.
    pub(super) fn between(&self, index: usize, dot: &Dot, glide: f32) -> [f64; 2] {
        if glide >= 1.0 {
            return dot.at;
        }
        match self.origins.get(index) {
            Some(from) => {
                let t = f64::from(glide);
                [0, 1].map(|axis| from[axis] + (dot.at[axis] - from[axis]) * t)
            }
            None => dot.at,
        }
    }
}

/// The playable point that a pointer means, within `reach` points of it.
pub fn hit(
    placed: &[ScreenPoint],
    grid: &Grid,
    pointer: Pos2,
    reach: f32,
    open: Option<u32>,
) -> Option<MelodyId> {
    grid.around(pointer, reach)
        .filter_map(|index| placed.get(index))
        .filter_map(|dot| {
            let distance = dot.at.distance(pointer);
            // Large points are meant before small ones, and the open region before the rest.
            let favour = match dot.id {
                MelodyId::Centre { .. } | MelodyId::Steered { .. } | MelodyId::Generated { .. } => {
                    dot.radius
                }
                MelodyId::Sample { region, .. } if Some(region) == open => dot.radius,
                MelodyId::Sample { .. } => 0.0,
            };
            (distance <= reach).then_some((dot.id, distance - favour))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(id, _)| id)
}

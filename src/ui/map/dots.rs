//! The points of the map, read from the library: positions and attribute values. `points_layer` draws them.

use std::collections::HashMap;

use crate::attributes::ATTRIBUTES;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};
use crate::ui::geometry::{ease_out, lerp};
use crate::ui::state::{Filter, Library, TargetRange};

/// Duration of the transition to another layout, seconds.
const GLIDE_SECONDS: f64 = 0.7;

/// One point of the map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dot {
    pub id: MelodyId,
    /// Position on the map.
    pub at: [f64; 2],
    /// Shown value of the colour attribute; `None` if the melody is empty or not decoded yet.
    pub value: Option<f64>,
    /// Whether it is decoded, so that it can be played.
    pub ready: bool,
    /// Whether the filter or a slider dims it.
    pub dim: bool,
    /// Whether the filter dims it.
    filtered: bool,
}

/// Versions of what the points were read from.
#[derive(Clone, Copy, PartialEq)]
struct SourceKey {
    generation: u64,
    version: u64,
    attribute: usize,
    filter: u64,
}

/// All points of the map, read again when the library changes.
#[derive(Default)]
pub struct Dots {
    source: Option<SourceKey>,
    target_range: Option<TargetRange>,
    /// The attribute of the slider in use, and its shown value for each point of the sweep.
    slider_values: Option<(usize, Vec<Option<f64>>)>,
    pub(super) list: Vec<Dot>,
    /// Positions of all regions, decoded or not.
    pub region_positions: Vec<[f64; 2]>,
    /// Positions of all points.
    pub positions: Vec<[f64; 2]>,
    /// Number of melodies of the sweep in the range of the slider in use.
    pub highlighted: usize,
    /// Positions at the start of the transition to another layout: by melody, and in the order of the list.
    from: HashMap<MelodyId, [f64; 2]>,
    origins: Vec<[f64; 2]>,
    /// Start of the transition, seconds, and its number.
    since: f64,
    glides: u64,
}

impl Dots {
    /// Reads the library again if it has changed.
    pub fn refresh(
        &mut self,
        library: &Library,
        attribute: usize,
        filter: &Filter,
        target_range: Option<TargetRange>,
        now: f64,
    ) {
        let key = SourceKey {
            generation: library.generation(),
            version: library.version(),
            attribute,
            filter: filter.version(),
        };
        if self.source != Some(key) {
            self.read(library, key, filter, now);
            self.slider_values = None;
            self.target_range = None;
        } else if self.target_range == target_range {
            return;
        }
        self.highlight(library, target_range);
    }

    /// Dims the points outside the slider's range. Nothing else changes while a slider is dragged, so the values of its
    /// attribute are read only once.
    fn highlight(&mut self, library: &Library, target_range: Option<TargetRange>) {
        self.target_range = target_range;
        self.highlighted = 0;
        let Some(target_range) = target_range else {
            for dot in &mut self.list {
                dot.dim = dot.filtered;
            }
            return;
        };
        let values = match self.slider_values.take() {
            Some((attribute, values)) if attribute == target_range.attribute => values,
            _ => {
                let value = |dot: &Dot| target_range.value(&library.get(dot.id)?.attributes);
                self.list.iter().map(value).collect()
            }
        };
        for (dot, value) in self.list.iter_mut().zip(&values) {
            let holds = value.is_some_and(|value| target_range.contains(value));
            self.highlighted += usize::from(holds);
            // Melodies that a slider obtained are never dimmed by it.
            let swept = dot.id.region().is_some() && dot.ready;
            dot.dim = dot.filtered || (swept && !holds);
        }
        self.slider_values = Some((target_range.attribute, values));
    }

    fn read(&mut self, library: &Library, key: SourceKey, filter: &Filter, now: f64) {
        let attribute = key.attribute;
        let new_sweep = self
            .source
            .is_none_or(|source| source.generation != key.generation);
        let glide = self.glide(now);
        if library.glides() != self.glides {
            self.glides = library.glides();
            self.from = if new_sweep {
                HashMap::new()
            } else {
                let places = self.list.iter().enumerate();
                places
                    .map(|(index, dot)| (dot.id, self.position(index, dot, glide)))
                    .collect()
            };
            self.since = now;
        } else if new_sweep || glide >= 1.0 {
            self.from.clear();
        }
        self.source = Some(key);
        let scale = ATTRIBUTES.get(attribute).map(|entry| entry.display_scale);
        let shown = |value: Option<f64>| value.zip(scale).map(|(value, scale)| scale(value));
        self.region_positions = (0..library.regions())
            .filter_map(|region| library.region_position(region))
            .collect();
        self.list.clear();
        let dot = |entry: &MelodyEntry| Dot {
            id: entry.id,
            at: entry.position,
            value: shown(entry.attributes.value(attribute)),
            ready: true,
            dim: false,
            filtered: !filter.passes(&entry.attributes),
        };
        self.list.extend(library.samples().map(dot));
        self.list.extend(
            self.region_positions
                .iter()
                .zip(0u32..)
                .map(|(at, region)| Dot {
                    id: MelodyId::Centre { region },
                    at: *at,
                    value: shown(library.region_mean(region as usize, attribute)),
                    ready: library.region_ready(region as usize),
                    dim: false,
                    filtered: library
                        .get(MelodyId::Centre { region })
                        .is_some_and(|entry| !filter.passes(&entry.attributes)),
                }),
        );
        // The melodies of a path are drawn with it.
        let generated = library
            .generated_sets()
            .filter(|(_, set)| set.by != GenerateMethod::Path)
            .flat_map(|(_, set)| &set.entries);
        self.list
            .extend(library.steered().chain(generated).map(dot));
        self.positions = self.list.iter().map(|dot| dot.at).collect();
        self.origins = if self.from.is_empty() {
            Vec::new()
        } else {
            let origin = |dot: &Dot| self.from.get(&dot.id).copied().unwrap_or(dot.at);
            self.list.iter().map(origin).collect()
        };
    }

    /// Progress of the transition to another layout, 0 to 1.
    pub fn glide(&self, now: f64) -> f32 {
        if self.from.is_empty() {
            return 1.0;
        }
        ease_out(((now - self.since) / GLIDE_SECONDS) as f32)
    }

    /// The position of the point at an index of the list, during a transition too.
    pub(super) fn position(&self, index: usize, dot: &Dot, glide: f32) -> [f64; 2] {
        if glide >= 1.0 {
            return dot.at;
        }
        let from = self.origins.get(index);
        from.map_or(dot.at, |from| lerp(*from, dot.at, f64::from(glide)))
    }
}

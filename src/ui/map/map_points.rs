//! The points of the map: position and attribute value of each melody. `points_layer` draws them.

use std::collections::{BTreeMap, HashMap};

use crate::attributes::ATTRIBUTES;
use crate::melody::Scale;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};
use crate::ui::geometry::{ease_out, lerp};
use crate::ui::state::{Filter, MapMelodies, TargetRange, Targets, is_in_scale};

/// Duration of the transition to another layout, seconds.
const TRANSITION_SECONDS: f64 = 0.4;

/// One point of the map.
#[derive(Clone, Copy, Debug)]
pub(super) struct MapPoint {
    pub id: MelodyId,
    /// Position on the map.
    pub position: [f64; 2],
    /// Shown value of the colour attribute; `None` if the melody is empty or not decoded yet.
    pub value: Option<f64>,
    /// Whether it is decoded, so that it can be played.
    pub ready: bool,
    /// Whether the filter or a slider dims the point.
    pub dim: bool,
    /// Whether the filter dims the point.
    filtered: bool,
}

/// Versions of the data that the points were read from.
#[derive(Clone, Copy, PartialEq)]
struct SourceKey {
    generation: u64,
    version: u64,
    attribute: usize,
    filter: u64,
}

/// All points of the map, read again when its melodies change.
#[derive(Default)]
pub struct MapPoints {
    source: Option<SourceKey>,
    targets: Targets,
    /// Shown values of the attributes that were highlighted since the points were read, for each point.
    slider_values: BTreeMap<usize, Vec<Option<f64>>>,
    /// The scale that was highlighted last since the points were read, and whether each point is in it.
    in_scale: Option<(Scale, Vec<bool>)>,
    pub(super) list: Vec<MapPoint>,
    /// Positions of all regions, decoded or not.
    pub region_positions: Vec<[f64; 2]>,
    /// Positions of all points.
    pub positions: Vec<[f64; 2]>,
    /// Number of melodies in the ranges of all sliders and in the scale.
    pub highlighted_count: usize,
    /// Changes whenever other points are dimmed by the sliders.
    pub(super) highlight_version: u64,
    /// Positions at the start of the transition to another layout: by melody, and in the order of `list`.
    start_positions: HashMap<MelodyId, [f64; 2]>,
    start_positions_in_list_order: Vec<[f64; 2]>,
    /// Time at which the transition started, seconds, and its number.
    transition_start: f64,
    transition_number: u64,
    /// Every transition ends at once.
    pub reduced_motion: bool,
}

impl MapPoints {
    /// Reads the melodies again if they have changed.
    pub fn refresh(
        &mut self,
        melodies: &MapMelodies,
        attribute: usize,
        filter: &Filter,
        targets: Targets,
        now: f64,
    ) {
        let key = SourceKey {
            generation: melodies.generation(),
            version: melodies.version(),
            attribute,
            filter: filter.version(),
        };
        if self.source != Some(key) {
            self.read(melodies, key, filter, now);
            self.slider_values.clear();
            self.in_scale = None;
        } else if self.targets == targets {
            return;
        }
        self.highlight(melodies, targets);
    }

    /// Dims the points that are outside the range of any slider, or not in the scale. Nothing else changes while a slider is
    /// dragged, so the values of each attribute are read only once.
    fn highlight(&mut self, melodies: &MapMelodies, targets: Targets) {
        self.targets = targets;
        self.highlight_version += 1;
        self.highlighted_count = 0;
        if self.targets.is_empty() {
            for point in &mut self.list {
                point.dim = point.filtered;
            }
            return;
        }
        self.read_slider_values(melodies);
        self.read_scale(melodies);
        let mut is_highlighted = vec![true; self.list.len()];
        for range in &self.targets.ranges {
            let values = self.slider_values.get(&range.attribute);
            for (is_highlighted, value) in
                is_highlighted.iter_mut().zip(values.into_iter().flatten())
            {
                *is_highlighted &= value.is_some_and(|value| range.contains(value));
            }
        }
        if let (Some(_), Some((_, in_scale))) = (self.targets.scale, &self.in_scale) {
            for (is_highlighted, in_scale) in is_highlighted.iter_mut().zip(in_scale) {
                *is_highlighted &= in_scale;
            }
        }
        for (point, is_highlighted) in self.list.iter_mut().zip(is_highlighted) {
            self.highlighted_count += usize::from(is_highlighted);
            // Melodies that a slider obtained are never dimmed by it.
            let swept = point.id.region().is_some() && point.ready;
            point.dim = point.filtered || (swept && !is_highlighted);
        }
    }

    /// Reads the values of the highlighted attributes that were not read yet.
    fn read_slider_values(&mut self, melodies: &MapMelodies) {
        let known = &self.slider_values;
        let missing: Vec<TargetRange> = self
            .targets
            .ranges
            .iter()
            .filter(|range| !known.contains_key(&range.attribute))
            .copied()
            .collect();
        if missing.is_empty() {
            return;
        }
        let mut columns = vec![Vec::with_capacity(self.list.len()); missing.len()];
        for point in &self.list {
            let row = melodies.get(point.id).map(|entry| &entry.attributes);
            for (column, range) in columns.iter_mut().zip(&missing) {
                column.push(row.and_then(|row| range.value(row)));
            }
        }
        let attributes = missing.iter().map(|range| range.attribute);
        self.slider_values.extend(attributes.zip(columns));
    }

    /// Reads which points are in the highlighted scale, if that scale has changed.
    fn read_scale(&mut self, melodies: &MapMelodies) {
        let Some(scale) = self.targets.scale else {
            return;
        };
        if self
            .in_scale
            .as_ref()
            .is_none_or(|(known_scale, _)| *known_scale != scale)
        {
            let is_in = |point: &MapPoint| {
                let entry = melodies.get(point.id);
                entry.is_some_and(|entry| is_in_scale(&entry.melody, scale))
            };
            self.in_scale = Some((scale, self.list.iter().map(is_in).collect()));
        }
    }

    fn read(&mut self, melodies: &MapMelodies, key: SourceKey, filter: &Filter, now: f64) {
        let attribute = key.attribute;
        let new_sweep = self
            .source
            .is_none_or(|source| source.generation != key.generation);
        let transition = self.transition(now);
        if melodies.transitions() != self.transition_number {
            self.transition_number = melodies.transitions();
            self.start_positions = if new_sweep {
                HashMap::new()
            } else {
                let indexed_points = self.list.iter().enumerate();
                indexed_points
                    .map(|(index, point)| (point.id, self.position(index, point, transition)))
                    .collect()
            };
            self.transition_start = now;
        } else if new_sweep || transition >= 1.0 {
            self.start_positions.clear();
        }
        self.source = Some(key);
        let scale = ATTRIBUTES.get(attribute).map(|entry| entry.to_display_unit);
        let to_display = |value: Option<f64>| value.zip(scale).map(|(value, scale)| scale(value));
        self.region_positions = (0..melodies.region_count())
            .filter_map(|region| melodies.region_position(region))
            .collect();
        self.list.clear();
        let point = |entry: &MelodyEntry| MapPoint {
            id: entry.id,
            position: entry.position,
            value: to_display(entry.attributes.value(attribute)),
            ready: true,
            dim: false,
            filtered: !filter.passes(entry),
        };
        self.list.extend(melodies.samples().map(point));
        self.list.extend(
            self.region_positions
                .iter()
                .zip(0u32..)
                .map(|(position, region)| MapPoint {
                    id: MelodyId::Centre { region },
                    position: *position,
                    value: to_display(melodies.region_mean(region as usize, attribute)),
                    ready: melodies.is_region_ready(region as usize),
                    dim: false,
                    filtered: melodies
                        .get(MelodyId::Centre { region })
                        .is_some_and(|entry| !filter.passes(entry)),
                }),
        );
        // The melodies of a path are drawn with it.
        let generated = melodies
            .generated_sets()
            .filter(|(_, set)| set.method != GenerateMethod::Path)
            .filter(|(_, set)| !(set.is_landmarks && melodies.hides_landmarks()))
            .flat_map(|(_, set)| &set.entries);
        let added = melodies.steered().chain(generated);
        self.list.extend(
            added
                .filter(|entry| melodies.is_placed(entry.id))
                .map(point),
        );
        self.positions = self.list.iter().map(|point| point.position).collect();
        self.start_positions_in_list_order = if self.start_positions.is_empty() {
            Vec::new()
        } else {
            let origin = |point: &MapPoint| {
                self.start_positions
                    .get(&point.id)
                    .copied()
                    .unwrap_or(point.position)
            };
            self.list.iter().map(origin).collect()
        };
    }

    /// Progress of the transition to another layout, 0 to 1.
    pub fn transition(&self, now: f64) -> f32 {
        if self.reduced_motion || self.start_positions.is_empty() {
            return 1.0;
        }
        ease_out(((now - self.transition_start) / TRANSITION_SECONDS) as f32)
    }

    /// Number of the last transition to another layout.
    pub(super) fn transition_number(&self) -> u64 {
        self.transition_number
    }

    /// The position of a point after the transition.
    pub(super) fn final_position(&self, id: MelodyId) -> Option<[f64; 2]> {
        let point = self.list.iter().find(|point| point.id == id);
        point.map(|point| point.position)
    }

    /// The position of the point at an index of the list, during a transition too.
    pub(super) fn position(&self, index: usize, point: &MapPoint, transition: f32) -> [f64; 2] {
        if transition >= 1.0 {
            return point.position;
        }
        let from = self.start_positions_in_list_order.get(index);
        from.map_or(point.position, |from| {
            lerp(*from, point.position, f64::from(transition))
        })
    }
}

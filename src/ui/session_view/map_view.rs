//! The view of a map as a session stores it: selection, sliders, path. The melodies are stored elsewhere.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::attributes::{ATTRIBUTES, attribute_index};
use crate::melody::Scale;
use crate::sweep::{GenerateMethod, KeptAspect, LayoutKind, MelodyId};
use crate::ui::options::SearchScope;
use crate::ui::state::{
    Anchor, DrawnPath, EditOrigin, GeneratedSet, HeldValue, InterpolationWeights, MapEntry,
    MapState, PathStops, SliderGoal, SteerSettings,
};

/// The stored view of a map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MapView {
    /// The melody in the inspector.
    focus: Option<MelodyId>,
    /// The selected melodies.
    selected: Vec<MelodyId>,
    steer: Option<StoredSteer>,
    path: Option<StoredPath>,
}

/// The sliders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredSteer {
    /// Number of steers so far.
    steers: u32,
    /// The goals of the sliders that are not free, with the ids of their attributes.
    goals: Vec<(String, StoredGoal)>,
    scale: Option<Scale>,
    temperature: Option<f32>,
    like_selected: bool,
    closeness: f64,
    keep: KeptAspect,
    attribute: String,
}

/// A goal of a slider, in display units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredGoal {
    Wanted(f64),
    HeldAtMean,
    Held { value: f64, title: String },
}

/// A path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredPath {
    points: Vec<Anchor>,
    closed: bool,
    layout: LayoutKind,
    marker: f64,
    stops: Option<StoredStops>,
}

/// The melodies along a path; they are a set of the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct StoredStops {
    /// Number of the set.
    set: u32,
    /// Parameter of the curve at each melody.
    #[serde(rename = "at")]
    parameters: Vec<f64>,
    sources: Vec<InterpolationWeights>,
}

/// The details of a generated or steered set that are stored beside its melodies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SetDetails {
    /// Description of the goals, for a steer; empty for other sets.
    pub name: String,
    /// Names of its melodies; empty if they are named by their ids.
    pub names: Vec<String>,
    /// The melodies they were generated from.
    pub sources: Vec<MelodyId>,
    /// Hash of the weights that the latent points belong to.
    pub weights_hash: String,
    /// Whether these are the landmarks of the map.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub landmarks: bool,
    /// Where an edited melody comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<EditOrigin>,
}

impl SetDetails {
    /// The details of a generated set.
    pub fn from_set(set: &GeneratedSet) -> Self {
        Self {
            name: String::new(),
            names: set.names.clone(),
            sources: set.source_ids.clone(),
            weights_hash: set.weights_hash.clone(),
            landmarks: set.is_landmarks,
            edit: set.edit.clone(),
        }
    }
}

impl MapView {
    /// The present view of a map.
    pub fn from_map(map: &MapEntry<'_>) -> Self {
        Self {
            focus: map.selection.focus,
            selected: map.selection.all.iter().copied().collect(),
            steer: Some(StoredSteer::from_map(map)),
            path: map.path.drawn.as_ref().map(|drawn| StoredPath {
                points: drawn.points.clone(),
                closed: drawn.closed,
                layout: drawn.layout_kind,
                marker: map.path.marker_parameter,
                stops: drawn.stops.as_ref().map(|stops| StoredStops {
                    set: stops.set_number,
                    parameters: stops.parameters.clone(),
                    sources: stops.sources.clone(),
                }),
            }),
        }
    }

    /// Restores the view of a map. Selected melodies that are not on the map are left out.
    pub fn restore(self, map: &mut MapState) {
        let is_on_map = |id: &MelodyId| map.melodies.get(*id).is_some();
        let selected = self.selected.into_iter().filter(is_on_map).collect();
        let focus = self.focus.filter(is_on_map);
        map.selection.all = selected;
        map.selection.focus = focus.filter(|id| map.selection.all.contains(id));
        if let Some(steer) = self.steer {
            steer.restore(map);
        }
        let Some(path) = self.path else { return };
        let stops = path.stops.and_then(|stored| restore_stops(stored, map));
        map.path.marker_parameter = path.marker;
        map.path.drawn = Some(DrawnPath {
            points: path.points,
            closed: path.closed,
            layout_kind: path.layout,
            stops,
        });
    }
}

/// The melodies along a stored path, if their set is on the map.
fn restore_stops(stored: StoredStops, map: &MapState) -> Option<Arc<PathStops>> {
    let mut sets = map.melodies.generated_sets();
    let (_, set) =
        sets.find(|(number, set)| *number == stored.set && set.method == GenerateMethod::Path)?;
    let count = set.entries.len();
    let is_complete = stored.parameters.len() == count && stored.sources.len() == count;
    is_complete.then(|| {
        Arc::new(PathStops {
            set_number: stored.set,
            set: set.clone(),
            parameters: stored.parameters,
            sources: stored.sources,
        })
    })
}

impl StoredSteer {
    fn from_map(map: &MapEntry<'_>) -> Self {
        let steer = map.steer;
        let goal = |(index, goal): (usize, &SliderGoal)| {
            let stored = match goal {
                SliderGoal::Free => return None,
                SliderGoal::Wanted(value) => StoredGoal::Wanted(*value),
                SliderGoal::Held(HeldValue::SweepMean) => StoredGoal::HeldAtMean,
                SliderGoal::Held(HeldValue::Melody { value, title }) => StoredGoal::Held {
                    value: *value,
                    title: title.to_string(),
                },
            };
            Some((ATTRIBUTES.get(index)?.id.to_owned(), stored))
        };
        let attribute = ATTRIBUTES.get(steer.last_moved_attribute);
        Self {
            steers: steer.steer_count,
            goals: steer.goals.iter().enumerate().filter_map(goal).collect(),
            scale: steer.scale,
            temperature: steer.temperature,
            like_selected: steer.scope == SearchScope::LikeSelected,
            closeness: steer.closeness,
            keep: steer.keep,
            attribute: attribute.map_or_else(String::new, |attribute| attribute.id.to_owned()),
        }
    }

    fn restore(self, map: &mut MapState) {
        let mut goals = vec![SliderGoal::Free; ATTRIBUTES.len()];
        for (id, stored) in self.goals {
            let slot = attribute_index(&id).and_then(|index| goals.get_mut(index));
            if let Some(slot) = slot {
                *slot = match stored {
                    StoredGoal::Wanted(value) => SliderGoal::Wanted(value),
                    StoredGoal::HeldAtMean => SliderGoal::Held(HeldValue::SweepMean),
                    StoredGoal::Held { value, title } => SliderGoal::Held(HeldValue::Melody {
                        value,
                        title: title.into(),
                    }),
                };
            }
        }
        let scope = if self.like_selected {
            SearchScope::LikeSelected
        } else {
            SearchScope::Anywhere
        };
        map.steer.restore(SteerSettings {
            goals,
            scale: self.scale,
            scope,
            closeness: self.closeness.clamp(0.0, 1.0),
            keep: self.keep,
        });
        map.steer.temperature = self.temperature;
        map.steer.last_moved_attribute = attribute_index(&self.attribute).unwrap_or(0);
        map.steer.steer_count = self.steers;
    }
}

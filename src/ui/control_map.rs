//! Assignments of a MIDI device's controls to settings of the window.

use serde::{Deserialize, Serialize};

use crate::attributes::{ATTRIBUTES, attribute_index};

/// A control of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MidiControl {
    /// Its channel, `0..=15`.
    pub channel: u8,
    /// Number of its controller, `0..=127`.
    pub controller: u8,
}

impl std::fmt::Display for MidiControl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CC {} on channel {}", self.controller, self.channel + 1)
    }
}

/// A setting that a control can be assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlTarget {
    /// The slider of an attribute, by its stable id.
    Attribute(String),
    /// The horizontal position on the map that is played, from left to right.
    MapX,
    /// The vertical position on the map that is played, from bottom to top.
    MapY,
    /// The volume of the built-in synth.
    Volume,
}

impl ControlTarget {
    /// All of them, in the order they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        let attributes = ATTRIBUTES
            .iter()
            .map(|attribute| Self::Attribute(attribute.id.to_owned()));
        attributes.chain([Self::MapX, Self::MapY, Self::Volume])
    }

    /// Name shown to the user.
    pub fn name(&self) -> &str {
        match self {
            Self::Attribute(id) => attribute_index(id)
                .and_then(|index| ATTRIBUTES.get(index))
                .map_or(id.as_str(), |attribute| attribute.name),
            Self::MapX => "Map, left to right",
            Self::MapY => "Map, bottom to top",
            Self::Volume => "Volume",
        }
    }
}

/// An assignment of a control to a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Binding {
    control: MidiControl,
    target: ControlTarget,
}

/// The assignments of controls to targets (MIDI learn): a control has at most one target, and a target at most one control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ControlMap(Vec<Binding>);

impl ControlMap {
    /// Assigns a control to a target, and removes the earlier assignments of both.
    pub fn learn(&mut self, control: MidiControl, target: ControlTarget) {
        self.0
            .retain(|binding| binding.control != control && binding.target != target);
        self.0.push(Binding { control, target });
    }

    /// Removes the assignment of a target.
    pub fn forget(&mut self, target: &ControlTarget) {
        self.0.retain(|binding| binding.target != *target);
    }

    /// Number of assignments.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The target that a control is assigned to.
    pub fn target(&self, control: MidiControl) -> Option<&ControlTarget> {
        let assignment = self.0.iter().find(|binding| binding.control == control);
        assignment.map(|binding| &binding.target)
    }

    /// The control that is assigned to a target.
    pub fn control(&self, target: &ControlTarget) -> Option<MidiControl> {
        let assignment = self.0.iter().find(|binding| binding.target == *target);
        assignment.map(|binding| binding.control)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    const KNOB: MidiControl = MidiControl {
        channel: 0,
        controller: 21,
    };
    const OTHER_KNOB: MidiControl = MidiControl {
        channel: 1,
        controller: 21,
    };

    #[test]
    fn a_control_moves_one_thing_and_a_thing_is_moved_by_one() {
        let mut map = ControlMap::default();
        map.learn(KNOB, ControlTarget::MapX);
        map.learn(OTHER_KNOB, ControlTarget::Volume);
        map.learn(KNOB, ControlTarget::MapY);
        assert_eq!(map.control(&ControlTarget::MapX), None);
        assert_eq!(map.target(KNOB), Some(&ControlTarget::MapY));
        map.learn(KNOB, ControlTarget::Volume);
        assert_eq!((map.target(OTHER_KNOB), map.count()), (None, 1));
        assert_eq!(map.control(&ControlTarget::Volume), Some(KNOB));
        map.forget(&ControlTarget::Volume);
        assert_eq!(map, ControlMap::default());
    }

    #[test]
    fn it_is_stored_and_read_again() {
        let mut map = ControlMap::default();
        for (controller, target) in ControlTarget::all().enumerate() {
            let controller = controller as u8;
            map.learn(
                MidiControl {
                    channel: 0,
                    controller,
                },
                target,
            );
        }
        let text = serde_json::to_string(&map).unwrap();
        assert_eq!(serde_json::from_str::<ControlMap>(&text).unwrap(), map);
    }
}

//! What the sliders ask for: values, goals of a steer, what is highlighted on the map, the melody to resemble.

use std::sync::Arc;

use super::app_state::AppState;
use super::steer::{HeldValue, SliderGoal};
use super::target_range::{TargetRange, Targets};
use crate::attributes::ATTRIBUTES;
use crate::sweep::{MelodyId, SteerGoal, SteerGoals};

impl AppState {
    /// The wanted or held value of an attribute, in display units; `None` for a free one.
    pub fn target_value(&self, attribute: usize) -> Option<f64> {
        match self.steer.goal(attribute) {
            SliderGoal::Free => None,
            SliderGoal::Wanted(value) => Some(*value),
            SliderGoal::Held(HeldValue::Melody { value, .. }) => Some(*value),
            SliderGoal::Held(HeldValue::SweepMean) => self.summary.get(attribute)?.mean,
        }
    }

    /// What the sliders ask for, in attribute units.
    pub fn steer_goals(&self) -> SteerGoals {
        let mut goals = SteerGoals::free();
        for (index, attribute) in ATTRIBUTES.iter().enumerate() {
            let Some(shown) = self.target_value(index) else {
                continue;
            };
            let value = (attribute.from_display_unit)(shown);
            goals.set(
                index,
                match self.steer.goal(index) {
                    SliderGoal::Held(_) => SteerGoal::Held(value),
                    _ => SteerGoal::Wanted(value),
                },
            );
        }
        goals
    }

    /// The value that an attribute would be held at: that of the selected melody, or the sweep's mean. `None` before anything is
    /// decoded.
    pub fn hold_target(&self, attribute: usize) -> Option<(HeldValue, f64)> {
        let mean = self.summary.get(attribute)?.mean;
        let entry = self.selection.focus.and_then(|id| self.melodies.get(id));
        let value = entry.and_then(|entry| entry.attributes.value(attribute));
        let scale = ATTRIBUTES.get(attribute)?.to_display_unit;
        match (entry, value.map(scale)) {
            (Some(entry), Some(value)) => {
                let title = Arc::from(self.title(entry.id));
                Some((HeldValue::Melody { value, title }, value))
            }
            _ => Some((HeldValue::SweepMean, mean?)),
        }
    }

    /// The melody that new ones would resemble: the selected one. While that is what a steer has selected itself, it is the
    /// melody that steer was like.
    pub fn steer_source(&self) -> Option<MelodyId> {
        let focus = self.selection.focus?;
        let source = match self.steer.auditioned {
            Some((auditioned, Some(source))) if auditioned == focus => source,
            _ => focus,
        };
        self.melodies.get(source).map(|entry| entry.id)
    }

    /// What is highlighted on the map while the user steers: a range for each attribute that is not free, and the scale.
    pub fn targets(&self) -> Targets {
        if !self.steer.highlighted {
            return Targets::default();
        }
        let indices = 0..ATTRIBUTES.len();
        let ranges = indices
            .filter_map(|index| TargetRange::within_tolerance(index, self.target_value(index)?));
        Targets {
            ranges: ranges.collect(),
            scale: self.steer.scale,
        }
    }

    /// Whether anything is highlighted on the map.
    pub fn highlights_targets(&self) -> bool {
        self.steer.highlighted && self.asks_for_something()
    }

    /// Whether a slider or the scale asks for something.
    pub fn asks_for_something(&self) -> bool {
        self.steer.scale.is_some()
            || (0..ATTRIBUTES.len()).any(|index| self.target_value(index).is_some())
    }

    /// Counts again which melodies of the sweep have what is asked, if something has changed.
    pub(in crate::ui) fn refresh_feasibility(&mut self) {
        let goals = self.steer_goals();
        let scale = self.steer.scale;
        self.steer
            .feasibility
            .refresh(&goals, scale, &self.melodies);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::attributes::{AttributeRow, attribute_index};
    use crate::melody::{Melody, Tokens};
    use crate::ui::settings::Settings;

    #[test]
    fn six_notes_per_bar_allow_half_a_note_and_silence_is_none_of_them() {
        let mut state = AppState::new(Settings::default());
        assert!(state.targets().is_empty(), "no slider was touched");
        let density = attribute_index("note_density").unwrap();
        state.steer.highlighted = true;
        state.steer.goals[density] = SliderGoal::Wanted(6.0);
        let ranges = state.targets().ranges;
        assert_eq!((ranges[0].low, ranges[0].high), (5.5, 6.5));
        let with_notes = |count: usize| {
            let mut tokens = vec![0_u8; 32];
            for step in 0..count {
                tokens[2 * step] = 41;
            }
            AttributeRow::measure(&Melody::from_tokens(Tokens::new(tokens).unwrap()))
        };
        // Two bars.
        let matching_counts: Vec<usize> = (0..=16)
            .filter(|count| ranges[0].contains_melody(&with_notes(*count)))
            .collect();
        assert_eq!(matching_counts, [11, 12, 13]);
    }

    #[test]
    fn a_slider_held_at_the_mean_asks_nothing_before_there_is_one() {
        let mut state = AppState::new(Settings::default());
        state.steer.goals[0] = SliderGoal::Held(HeldValue::SweepMean);
        assert!(state.steer_goals().is_free());
        assert_eq!(state.hold_target(0), None);
        state.steer.goals[0] = SliderGoal::Held(HeldValue::Melody {
            value: 8.0,
            title: Arc::from("Region 1, centre"),
        });
        assert_eq!(state.steer_goals().get(0), SteerGoal::Held(0.5));
    }
}

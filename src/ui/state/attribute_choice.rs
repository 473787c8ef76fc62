//! Which attributes are shown at once; the others are behind a fold.

use super::app_state::AppState;
use super::steer::SliderGoal;
use crate::attributes::ATTRIBUTES;

/// The attributes of the published study, by their stable ids.
const STUDY_ATTRIBUTE_IDS: [&str; 4] = [
    "note_density",
    "rhythmic_complexity",
    "pitch_range",
    "contour",
];

impl AppState {
    /// Whether the slider of an attribute is shown: those of the study always are, and those that are not free; all of them
    /// while the fold is open.
    pub fn shows_slider(&self, attribute: usize) -> bool {
        is_study_attribute(attribute) || self.settings.more_sliders || !self.is_free(attribute)
    }

    /// Whether the value of an attribute is shown where there is space for some of them: those of the study, the one that
    /// colours the map, and those that are not free.
    pub fn shows_value(&self, attribute: usize) -> bool {
        is_study_attribute(attribute)
            || attribute == self.colour_attribute()
            || !self.is_free(attribute)
    }

    fn is_free(&self, attribute: usize) -> bool {
        *self.steer.goal(attribute) == SliderGoal::Free
    }
}

/// Whether an attribute is one of the study.
pub fn is_study_attribute(attribute: usize) -> bool {
    let attribute = ATTRIBUTES.get(attribute);
    attribute.is_some_and(|attribute| STUDY_ATTRIBUTE_IDS.contains(&attribute.id))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::attributes::attribute_index;
    use crate::ui::settings::Settings;

    #[test]
    fn a_slider_behind_the_fold_is_shown_while_something_is_asked_of_it() {
        let mut state = AppState::new(Settings::default());
        let signed_contour = attribute_index("signed_contour").unwrap();
        let contour = attribute_index("contour").unwrap();
        assert!(state.shows_slider(contour) && !state.shows_slider(signed_contour));
        state.steer.goals[signed_contour] = SliderGoal::Wanted(3.0);
        assert!(state.shows_slider(signed_contour) && state.shows_value(signed_contour));
        state.steer.goals[signed_contour] = SliderGoal::Free;
        state.settings.more_sliders = true;
        assert!(state.shows_slider(signed_contour) && !state.shows_value(signed_contour));
        state.settings.colour_by = "signed_contour".to_owned();
        assert!(state.shows_value(signed_contour));
    }
}

//! The sliders of the attributes: those of the study, and behind a fold the others.

use eframe::egui::Ui;

use crate::attributes::{ATTRIBUTES, Attribute};
use crate::ui::command::{Command, SteerCommand};
use crate::ui::state::{AppState, HeldValue, SliderGoal, SteerResult, Targets, is_study_attribute};
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::fold;
use crate::ui::widgets::numbers::{
    format_number, short_unit, with_unit, without_unit, without_zero_decimals,
};
use crate::ui::widgets::obtained_marks::ObtainedMarks;
use crate::ui::widgets::steer_slider::{SliderMode, SteerSlider};

/// Draws the sliders.
pub(super) fn sliders_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let targets = state.targets();
    let (main, more): (Vec<usize>, Vec<usize>) =
        (0..ATTRIBUTES.len()).partition(|i| is_study_attribute(*i));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for index in main {
            slider(ui, state, index, &targets, out);
        }
        if more.is_empty() {
            return;
        }
        // Below the fold in both cases, so that a slider stays where it is when it becomes free or not.
        let open = state.settings.more_sliders;
        let header = fold(ui, "More sliders", Some(open), |_| {}).header_response;
        if header.clicked() {
            out.push(Command::Steer(SteerCommand::ShowMore(!open)));
        }
        for index in more.into_iter().filter(|index| state.shows_slider(*index)) {
            slider(ui, state, index, &targets, out);
        }
    });
}

fn slider(ui: &mut Ui, state: &AppState, index: usize, targets: &Targets, out: &mut Vec<Command>) {
    let (Some(attribute), Some(summary)) = (ATTRIBUTES.get(index), state.summary.get(index)) else {
        return;
    };
    let goal = state.steer.goal(index);
    let value = state.target_value(index);
    let middle = (summary.range.0 + summary.range.1) / 2.0;
    let hold_target = state.hold_target(index);
    let range = targets.ranges.iter().find(|range| range.attribute == index);
    let slider = SteerSlider {
        name: attribute.name,
        format_value: &|value| value_text(attribute, value),
        decimals: attribute.decimals,
        mode: match goal {
            SliderGoal::Free => SliderMode::Free,
            SliderGoal::Wanted(_) => SliderMode::Wanted,
            SliderGoal::Held(_) => SliderMode::Held,
        },
        value: value.or(summary.mean).unwrap_or(middle),
        range: summary.range,
        histogram: &summary.histogram,
        obtained: state
            .steer
            .result(index)
            .map(|result| marks(state, attribute, result)),
        highlighted: range.map(|range| (range.low, range.high)),
        hint: &hint(state, index, attribute),
        lock_hint: &lock_hint(state, index, attribute, value),
        can_hold: hold_target.is_some(),
    };
    let (response, event) = slider.show(ui);
    record_rect(ui.ctx(), attribute.id, response.rect);
    if let Some(value) = event.moved {
        out.push(Command::Steer(SteerCommand::Want {
            attribute: index,
            value,
        }));
    }
    if event.committed {
        out.push(Command::Steer(SteerCommand::Start));
    }
    if event.held {
        out.push(Command::Steer(SteerCommand::Hold(index)));
    }
    if event.freed {
        out.push(Command::Steer(SteerCommand::Free(index)));
    }
}

/// What the last steer obtained, with the numbers in words.
fn marks(state: &AppState, attribute: &Attribute, result: SteerResult) -> ObtainedMarks {
    let [least, _, median, _, greatest] = result
        .five_number_summary
        .map(|value| without_unit(attribute, value));
    let count = state.steer.finished.last().map_or(0, |last| last.count);
    let hint = format!(
        "Wanted {} (line), obtained {} in the middle (arrow), from {} to {}; {} of {count} within {} of it",
        with_unit(attribute, result.target),
        median,
        least,
        greatest,
        result.matching_count,
        without_zero_decimals(attribute.tolerance, attribute.decimals),
    );
    ObtainedMarks {
        target: result.target,
        five_number_summary: result.five_number_summary,
        text: obtained_text(attribute, &result.five_number_summary),
        hint,
    }
}

/// The value of a slider: the same number of decimals everywhere, so that it does not jump about, or the name of a note.
fn value_text(attribute: &Attribute, value: f64) -> String {
    attribute.note_name(value).unwrap_or_else(|| {
        let number = format_number(value, attribute.decimals);
        let text = format!("{number} {}", short_unit(attribute));
        text.trim_end().to_owned()
    })
}

/// Median and range, as "6 (5.5 to 6.5)", or the one value that all have.
fn obtained_text(attribute: &Attribute, five_number_summary: &[f64; 5]) -> String {
    let [least, _, median, _, greatest] =
        five_number_summary.map(|value| without_unit(attribute, value));
    if least == greatest {
        median
    } else {
        format!("{median} ({least} to {greatest})")
    }
}

/// The attribute's description, the sweep's mean, and how well it is predicted from latent points.
fn hint(state: &AppState, index: usize, attribute: &Attribute) -> String {
    let mut text = attribute.description.to_owned();
    if let Some(mean) = state.summary.get(index).and_then(|summary| summary.mean) {
        text.push_str(&format!(
            "\nThis sweep: {} on average.",
            with_unit(attribute, mean)
        ));
    }
    if let Some(r2) = state.steer.r2.get(index).copied().flatten() {
        text.push_str(&format!(
            "\nA direction of the latent space explains {:.0} % of its variance (cross-validated).",
            100.0 * r2.max(0.0)
        ));
    }
    text
}

/// What the lock does, or at what it holds.
fn lock_hint(state: &AppState, index: usize, attribute: &Attribute, value: Option<f64>) -> String {
    match (state.steer.goal(index), value) {
        (SliderGoal::Held(held_value), Some(value)) => {
            let held_value_text = match held_value {
                HeldValue::SweepMean => "the mean of the sweep".to_owned(),
                HeldValue::Melody { title, .. } => format!("the value of {title}"),
            };
            let value = with_unit(attribute, value);
            format!("Held at {value}, {held_value_text}. Click to free it")
        }
        _ => match state.hold_target(index) {
            Some((held_value, value)) => {
                let held_value_text = match held_value {
                    HeldValue::SweepMean => "the mean of the sweep",
                    HeldValue::Melody { .. } => "the value of the selected melody",
                };
                format!(
                    "Hold it at {}, {held_value_text}",
                    with_unit(attribute, value)
                )
            }
            None => "There is no value to hold yet".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::attributes::attribute;

    #[test]
    fn obtained_values_are_numbers_or_notes_and_a_range_is_named_only_where_there_is_one() {
        let text =
            |id, five_number_summary| obtained_text(attribute(id).unwrap(), &five_number_summary);
        let density = text("note_density", [5.5, 5.5, 6.0, 6.5, 6.5]);
        assert_eq!(density, "6 (5.5 to 6.5)");
        assert_eq!(text("note_density", [6.0; 5]), "6");
        let rise = text("signed_contour", [-3.0, -2.0, 0.0, 1.0, 2.5]);
        assert_eq!(rise, "0 (-3 to 2.5)");
        let highest = text("highest_note", [75.0, 75.0, 76.0, 76.0, 77.0]);
        assert_eq!(highest, "E5 (D#5 to F5)");
    }
}

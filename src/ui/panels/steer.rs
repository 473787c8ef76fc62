//! Steering: sliders that are free, wanted or held, and the search for melodies that have all their values.

use eframe::egui::{Align, DragValue, Layout, Ui};

use super::steer_result::{feasibility_ui, result_ui};
use super::steer_scope::scope_ui;
use crate::attributes::{ATTRIBUTES, Attribute};
use crate::ui::command::{Command, SteerCommand};
use crate::ui::options::{MAX_STEER_COUNT, SearchScope};
use crate::ui::state::{AppState, HeldAt, SliderGoal, TargetRange};
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::{link, main_button, title};
use crate::ui::widgets::numbers::{counted, short_unit, with_unit};
use crate::ui::widgets::steer_slider::{SliderMode, SteerSlider};

/// Draws the sliders, where to search, and what came of it.
pub fn steer_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        title(ui, "Steer");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            let free = link(ui, "Free all").on_hover_text("No slider asks for a value");
            if free.clicked() {
                out.push(Command::Steer(SteerCommand::FreeAll));
            }
            let hold = link(ui, "Hold the rest").on_hover_text(format!(
                "Every slider without a wanted value keeps that of {}",
                holder(state)
            ));
            if hold.clicked() {
                out.push(Command::Steer(SteerCommand::HoldRest));
            }
        });
    });
    let ranges = state.target_ranges();
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        for (index, attribute) in ATTRIBUTES.iter().enumerate() {
            slider(ui, state, index, attribute, &ranges, out);
        }
    });
    scope_ui(ui, state, out);
    start_row(ui, state, out);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        feasibility_ui(ui, state);
        result_ui(ui, state, out);
    });
}

fn slider(
    ui: &mut Ui,
    state: &AppState,
    index: usize,
    attribute: &Attribute,
    ranges: &[TargetRange],
    out: &mut Vec<Command>,
) {
    let Some(summary) = state.summary.get(index) else {
        return;
    };
    let goal = state.steer.goal(index);
    let value = state.goal_value(index);
    let middle = (summary.range.0 + summary.range.1) / 2.0;
    let holds_at = state.holds_at(index);
    let range = ranges.iter().find(|range| range.attribute == index);
    let slider = SteerSlider {
        name: attribute.name,
        unit: short_unit(attribute),
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
            .map(|result| (result.mean, result.sd)),
        highlighted: range.map(|range| (range.low, range.high)),
        hint: &hint(state, index, attribute),
        lock_hint: &lock_hint(state, index, attribute, value),
        can_hold: holds_at.is_some(),
    };
    let (response, event) = slider.show(ui);
    record_rect(ui.ctx(), attribute.id, response.rect);
    if let Some(value) = event.moved {
        out.push(Command::Steer(SteerCommand::Want {
            attribute: index,
            value,
        }));
    }
    if event.settled {
        out.push(Command::Steer(SteerCommand::Start));
    }
    if event.held {
        out.push(Command::Steer(SteerCommand::Hold(index)));
    }
    if event.freed {
        out.push(Command::Steer(SteerCommand::Free(index)));
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
        (SliderGoal::Held(at), Some(value)) => {
            let of = match at {
                HeldAt::SweepMean => "the mean of the sweep".to_owned(),
                HeldAt::Melody { title, .. } => format!("the value of {title}"),
            };
            let value = with_unit(attribute, value);
            format!("Held at {value}, {of}. Click to free it")
        }
        _ => match state.holds_at(index) {
            Some((at, value)) => {
                let of = match at {
                    HeldAt::SweepMean => "the mean of the sweep",
                    HeldAt::Melody { .. } => "the value of the selected melody",
                };
                format!("Hold it at {}, {of}", with_unit(attribute, value))
            }
            None => "There is no value to hold yet".to_owned(),
        },
    }
}

/// What values are held at now: the selected melody or the sweep.
fn holder(state: &AppState) -> String {
    let id = state.selection.focus;
    match id.filter(|id| state.melodies.get(*id).is_some()) {
        Some(id) => state.title(id),
        None => "the sweep's mean".to_owned(),
    }
}

/// The button that starts the search, and the number of melodies.
fn start_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let count = state.settings.steer_count;
    let missing = match state.steer.scope {
        SearchScope::Anywhere => {
            let free = (0..ATTRIBUTES.len()).all(|index| state.goal_value(index).is_none());
            free.then_some("Move a slider or hold one first")
        }
        SearchScope::LikeSelected => {
            let source = state.steer_source();
            source
                .is_none()
                .then_some("Select a melody on the map first")
        }
    };
    ui.horizontal(|ui| {
        let width = ui.available_width() - 64.0;
        let label = counted(count as usize, "new melody");
        let button = ui
            .add_enabled_ui(missing.is_none(), |ui| main_button(ui, label, width))
            .inner
            .on_hover_text("Search new melodies with these values; they appear on the map")
            .on_disabled_hover_text(missing.unwrap_or_default());
        if button.clicked() {
            out.push(Command::Steer(SteerCommand::Start));
        }
        let mut wanted = count;
        let field = DragValue::new(&mut wanted)
            .range(1..=MAX_STEER_COUNT)
            .speed(0.5);
        let response = ui
            .add_sized([48.0, 30.0], field)
            .accessible_name("Number of new melodies");
        if response.on_hover_text("How many").changed() {
            out.push(Command::Steer(SteerCommand::SetCount(wanted)));
        }
    });
}

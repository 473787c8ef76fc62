//! The slider between the open model and the one that it was taught from, in the model menu.

use eframe::egui::{Slider, Ui};

use crate::ui::command::{Command, MixCommand};
use crate::ui::state::{AppState, MAX_MIX_PERCENT};
use crate::ui::widgets::controls::{row_caption, short_caption, slider, theme_colours};

/// Width of the slider, points.
const SLIDER_WIDTH: f32 = 120.0;
/// Width of the row with the slider, about, points.
const ROW_WIDTH: f32 = 220.0;
/// Step of the slider, percent.
const STEP: f64 = 5.0;

/// Draws the slider and its button, if the open model lies between two others. Returns whether the button was clicked.
pub(super) fn model_mix_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) -> bool {
    let Some(range) = &state.mix.range else {
        return false;
    };
    let (first, second) = (&range.first.name, &range.second.name);
    ui.separator();
    let colour = theme_colours(ui).muted;
    ui.scope(|ui| {
        ui.set_max_width(ROW_WIDTH);
        short_caption(ui, format!("Between {first} and {second}"), colour, 1);
    });
    let row = ui.horizontal(|ui| {
        ui.spacing_mut().slider_width = SLIDER_WIDTH;
        let mut percent = state.mix.percent;
        let rail = Slider::new(&mut percent, 0..=MAX_MIX_PERCENT).step_by(STEP);
        let response = slider(ui, rail.show_value(false))
            .accessible_name(format!("Percentage of {second}"))
            .on_hover_text(format!(
                "Between the two models: at 0 % {first}, at 100 % {second}. A mix is a model of its own, with a file in the \
                 model menu and a map of its own"
            ));
        if response.changed() {
            out.push(Command::Mix(MixCommand::SetPercent(percent)));
        }
        row_caption(ui, format!("{percent} %"));
        let text = if state.mix.writing_from.is_some() {
            "Mixing…"
        } else {
            "Use"
        };
        ui.add_enabled_ui(state.mix.can_use(), |ui| ui.button(text).clicked())
            .inner
    });
    if row.inner {
        out.push(Command::Mix(MixCommand::Use));
    }
    row.inner
}

//! How many melodies a steer searches, how they are decoded, whether the first is played, and which is the first.

use eframe::egui::{DragValue, Grid, Ui};

use super::taste::taste_ui;
use crate::ui::command::{Command, SteerCommand};
use crate::ui::options::{MAX_STEER_COUNT, MAX_TEMPERATURE};
use crate::ui::state::AppState;
use crate::ui::widgets::controls::{fold, row_caption};
use crate::ui::widgets::numbers::without_zero_decimals;

/// Width of the fields, points.
const FIELD_SIZE: [f32; 2] = [56.0, 22.0];

/// Draws the options behind their fold.
pub(super) fn options_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    fold(ui, "Options", None, |ui| {
        Grid::new("options of steering")
            .num_columns(3)
            .spacing([10.0, 4.0])
            .show(ui, |ui| {
                count(ui, state, out);
                ui.end_row();
                temperature(ui, state, out);
                ui.end_row();
            });
        let mut on = state.settings.audition;
        let hint = "The first melody that has what you ask for is selected and plays as soon as it is there";
        let checkbox = ui.checkbox(&mut on, "Play the first one");
        if checkbox.on_hover_text(hint).changed() {
            out.push(Command::Steer(SteerCommand::SetAudition(on)));
        }
        taste_ui(ui, state, out);
    });
}

fn count(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    row_caption(ui, "New melodies");
    let mut count = state.settings.steer_count;
    let field = DragValue::new(&mut count)
        .range(1..=MAX_STEER_COUNT)
        .speed(0.5);
    let response = ui
        .add_sized(FIELD_SIZE, field)
        .accessible_name("Number of new melodies");
    if response.changed() {
        out.push(Command::Steer(SteerCommand::SetCount(count)));
    }
    row_caption(ui, format!("1 to {MAX_STEER_COUNT}"));
}

fn temperature(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    row_caption(ui, "Temperature");
    let sweep_temperature = state.sweep_temperature();
    let mut temperature = state.steer.temperature.unwrap_or(sweep_temperature);
    let field = DragValue::new(&mut temperature)
        .range(0.0..=MAX_TEMPERATURE)
        .speed(0.01)
        .max_decimals(2);
    let response = ui
        .add_sized(FIELD_SIZE, field)
        .accessible_name("Temperature of new melodies")
        .on_hover_text(format!(
            "0 always takes the most probable note; higher values are more varied. The sweep has {}",
            without_zero_decimals(f64::from(sweep_temperature), 2)
        ));
    if response.changed() {
        out.push(Command::Steer(SteerCommand::SetTemperature(temperature)));
    }
    row_caption(ui, format!("0 to {MAX_TEMPERATURE}"));
}

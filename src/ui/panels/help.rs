//! The list of keys.

use eframe::egui::{Align2, Grid, RichText, Ui, Window};

use crate::ui::actions::{ACTIONS, is_mac};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::palette;

/// Draws the list of keys while it is open.
pub fn help_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if !state.help {
        return;
    }
    let c = palette(ui);
    let mut open = true;
    Window::new("Keys")
        .open(&mut open)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .collapsible(false)
        .resizable(false)
        .show(ui.ctx(), |ui| {
            Grid::new("keys")
                .num_columns(2)
                .spacing([24.0, 6.0])
                .show(ui, |ui| {
                    let is_mac = is_mac(ui.ctx());
                    for action in ACTIONS.iter().filter(|action| !action.help.is_empty()) {
                        ui.label(RichText::new(action.input_text(is_mac)).color(c.accent));
                        ui.label(action.help);
                        ui.end_row();
                    }
                });
        });
    if !open {
        out.push(Command::ShowHelp(false));
    }
}

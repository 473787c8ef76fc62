//! The list of keys.

use eframe::egui::{Align2, Grid, Label, RichText, ScrollArea, Ui, Window};

use crate::ui::actions::{ACTIONS, is_mac};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::palette;

/// Least space around the list, with its title, points.
const AROUND: f32 = 110.0;
/// Width of the column of keys, points.
const KEYS: f32 = 180.0;
/// Largest width of the descriptions, points.
const DESCRIPTIONS: f32 = 420.0;

/// Draws the list of keys while it is open.
pub fn help_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if !state.help {
        return;
    }
    let screen = ui.ctx().content_rect();
    let mut open = true;
    Window::new("Keys")
        .open(&mut open)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .collapsible(false)
        .resizable(false)
        .show(ui.ctx(), |ui| {
            ScrollArea::vertical()
                .max_height(screen.height() - AROUND)
                .show(ui, |ui| rows(ui, screen.width() - AROUND - KEYS));
        });
    if !open {
        out.push(Command::ShowHelp(false));
    }
}

fn rows(ui: &mut Ui, width: f32) {
    let c = palette(ui);
    let is_mac = is_mac(ui.ctx());
    Grid::new("keys")
        .num_columns(2)
        .spacing([24.0, 6.0])
        .max_col_width(DESCRIPTIONS.min(width))
        .show(ui, |ui| {
            for action in ACTIONS.iter().filter(|action| !action.help.is_empty()) {
                let keys = RichText::new(action.input_text(is_mac)).color(c.accent);
                ui.add(Label::new(keys).extend());
                ui.add(Label::new(action.help).wrap());
                ui.end_row();
            }
        });
}

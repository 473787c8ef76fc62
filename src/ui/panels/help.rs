//! The list of keys.

use eframe::egui::{Align, Grid, Id, Label, Layout, Modal, RichText, ScrollArea, Ui};
use egui_material_icons::icons::ICON_CLOSE;

use crate::ui::actions::{ACTIONS, is_mac};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::{icon_button, theme_colours, title};

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
    let modal = Modal::new(Id::unique("keys")).show(ui.ctx(), |ui| {
        let width = (KEYS + DESCRIPTIONS + 24.0).min(screen.width() - AROUND);
        ui.set_width(width);
        let close = ui
            .with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.set_max_height(28.0);
                let close = icon_button(ui, ICON_CLOSE, "Close the list of keys");
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| title(ui, "Keys"));
                close.clicked()
            })
            .inner;
        ScrollArea::vertical()
            .max_height(screen.height() - AROUND)
            .auto_shrink([false, true])
            .show(ui, |ui| rows(ui, width - KEYS - 24.0));
        close
    });
    if modal.inner || modal.should_close() {
        out.push(Command::ShowHelp(false));
    }
}

fn rows(ui: &mut Ui, width: f32) {
    let c = theme_colours(ui);
    let is_mac = is_mac(ui.ctx());
    Grid::new("keys")
        .num_columns(2)
        .spacing([24.0, 6.0])
        .max_col_width(width)
        .show(ui, |ui| {
            for action in ACTIONS.iter().filter(|action| !action.help.is_empty()) {
                let keys = RichText::new(action.input_text(is_mac)).color(c.accent);
                ui.add(Label::new(keys).extend());
                ui.add(Label::new(action.help).wrap());
                ui.end_row();
            }
        });
}

//! The list of keys.

use eframe::egui::{Grid, Id, Label, Modal, RichText, ScrollArea, Ui};

use crate::ui::actions::{ACTIONS, is_mac};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::theme_colours;
use crate::ui::widgets::modal_header::modal_header;

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
        let close = modal_header(ui, "Keys", "Close the list of keys");
        let height = screen.height() - AROUND;
        ScrollArea::vertical()
            .max_height(height)
            // Else the list is as high as egui's first guess.
            .min_scrolled_height(height)
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

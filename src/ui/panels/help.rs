//! The list of keys.

use eframe::egui::{Frame, Label, Modal, RichText, ScrollArea, TextStyle, Ui, vec2};

use crate::ui::actions::{ACTIONS, is_mac};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::theme_colours;
use crate::ui::widgets::modal_header::{PAGE_MARGIN, modal_header, page_id};

/// Least space around the list, with its title, points.
const WINDOW_MARGIN: f32 = 110.0;
/// Largest width of the list, points.
const WIDTH: f32 = 624.0;
/// Space between keys and descriptions, points.
const COLUMN_GAP: f32 = 24.0;
/// Space between rows, points.
const ROW_GAP: f32 = 6.0;

/// Draws the list of keys while it is open.
pub fn help_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if !state.help {
        return;
    }
    let screen = ui.ctx().content_rect();
    let frame = Frame::popup(ui.style()).inner_margin(PAGE_MARGIN);
    let modal = Modal::new(page_id(ui.ctx(), "keys")).frame(frame);
    let modal = modal.show(ui.ctx(), |ui| {
        let width = WIDTH.min(screen.width() - WINDOW_MARGIN);
        ui.set_width(width);
        let close = modal_header(ui, "Keys", "Close the list of keys");
        let height = screen.height() - WINDOW_MARGIN;
        ScrollArea::vertical()
            .max_height(height)
            // Else the list is as high as egui's first guess.
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                // As if there were a bar, which is known only in the second frame.
                let bar = ui.spacing().scroll.allocated_width();
                rows(ui, width - bar);
            });
        close
    });
    if modal.inner || modal.should_close() {
        out.push(Command::ShowHelp(false));
    }
}

/// Draws the rows. The columns have known widths, since a grid, which learns them in the first frame, moves the whole page in
/// the second.
fn rows(ui: &mut Ui, width: f32) {
    let c = theme_colours(ui);
    let is_mac = is_mac(ui.ctx());
    let font = TextStyle::Body.resolve(ui.style());
    let rows: Vec<(String, &str)> = ACTIONS
        .iter()
        .filter(|action| !action.help.is_empty())
        .map(|action| (action.input_text(is_mac), action.help))
        .collect();
    let keys_width = rows.iter().fold(0.0_f32, |width, (keys, _)| {
        let text = ui
            .painter()
            .layout_no_wrap(keys.clone(), font.clone(), c.accent);
        width.max(text.size().x.ceil())
    });
    ui.spacing_mut().item_spacing = vec2(COLUMN_GAP, ROW_GAP);
    for (keys, help) in rows {
        ui.horizontal_top(|ui| {
            ui.allocate_ui(vec2(keys_width, 0.0), |ui| {
                ui.set_width(keys_width);
                ui.add(Label::new(RichText::new(keys).color(c.accent)).extend());
            });
            ui.vertical(|ui| {
                ui.set_max_width(width - keys_width - COLUMN_GAP);
                ui.add(Label::new(help).wrap());
            });
        });
    }
}

//! The header of a page that lies over the window.

use eframe::egui::{Align, Label, Layout, RichText, Ui, Vec2};
use egui_material_icons::icons::ICON_CLOSE;

use super::controls::icon_button;
use crate::ui::theme::TITLE;

/// Height of the header, points.
const HEIGHT: f32 = 28.0;

/// Draws the title, cut where it is too long, and a button that closes the page, named for screen readers; true when it is clicked.
pub fn modal_header(ui: &mut Ui, text: &str, close: &str) -> bool {
    let size = Vec2::new(ui.available_width(), HEIGHT);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        let close = icon_button(ui, ICON_CLOSE, close);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let text = RichText::new(text).size(TITLE).strong();
            ui.add(Label::new(text).truncate());
        });
        close.clicked()
    })
    .inner
}

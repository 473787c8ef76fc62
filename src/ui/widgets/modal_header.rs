//! The header and the id of a page that lies over the window.

use eframe::egui::{Align, Context, Id, Label, Layout, RichText, Ui, Vec2};
use egui_material_icons::icons::ICON_CLOSE;

use super::controls::icon_button;
use crate::ui::theme::TITLE;

/// Margin of a page, points.
pub const PAGE_MARGIN: f32 = 14.0;
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

/// The id of a page. It is a new one whenever the page is opened in a window of another size: with the old one egui would
/// centre it by its old size for a frame.
pub fn page_id(ctx: &Context, name: &str) -> Id {
    let id = Id::unique(name);
    let frame = ctx.cumulative_frame_nr();
    let window = ctx.content_rect().size();
    let window = (window.x.round() as i32, window.y.round() as i32);
    ctx.data_mut(|data| {
        let opened: Option<((i32, i32), u64)> = data.get_temp(id);
        let opened_in = match opened {
            // It was drawn in the last frame: still open.
            Some((opened_in, last)) if last + 1 >= frame => opened_in,
            _ => window,
        };
        data.insert_temp(id, (opened_in, frame));
        id.with(opened_in)
    })
}

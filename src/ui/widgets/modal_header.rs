//! The header and the id of a page, which is drawn over the panels and the map.

use eframe::egui::{Align, Context, Id, Label, Layout, RichText, Ui, Vec2};
use egui_material_icons::icons::ICON_CLOSE;

use super::controls::icon_button;
use crate::ui::theme::TITLE;

/// Margin of a page, points.
pub const PAGE_MARGIN: f32 = 14.0;
/// Height of the header, points.
const HEADER_HEIGHT: f32 = 28.0;

/// Draws the title, truncated if it is too long, and the button that closes the page; true when that is clicked. `close` is the
/// button's name for screen readers.
pub fn modal_header(ui: &mut Ui, text: &str, close: &str) -> bool {
    let size = Vec2::new(ui.available_width(), HEADER_HEIGHT);
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

/// The id of a page. It depends on the size that the window had when the page was opened: with one id for all sizes egui would
/// centre the page by its last size for a frame.
pub fn page_id(ctx: &Context, name: &str) -> Id {
    let id = Id::unique(name);
    let frame = ctx.cumulative_frame_nr();
    let window = ctx.content_rect().size();
    let window = (window.x.round() as i32, window.y.round() as i32);
    ctx.data_mut(|data| {
        let stored: Option<((i32, i32), u64)> = data.get_temp(id);
        let opened_in = match stored {
            // It was drawn in the last frame: still open.
            Some((opened_in, last)) if last + 1 >= frame => opened_in,
            _ => window,
        };
        data.insert_temp(id, (opened_in, frame));
        id.with(opened_in)
    })
}

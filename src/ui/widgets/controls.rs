//! Buttons, captions and bars in the style of the window.

use eframe::egui::{self, Color32, EventFilter, Painter, Rect, Response, RichText, Sense, Stroke};
use egui::text::LayoutJob;
use egui::{
    Button, CollapsingHeader, CollapsingResponse, CornerRadius, Role, Slider, StrokeKind, Ui, Vec2,
    WidgetInfo,
};
use egui_material_icons::MaterialIcon;

use crate::ui::theme::{CAPTION, CORNER, Colours, TITLE, colours, font};
use crate::wording::sentence_case;

/// Height of the header of a collapsible part, points.
const FOLD_HEADER_HEIGHT: f32 = 18.0;

/// The colours of the current theme.
pub fn theme_colours(ui: &Ui) -> &'static Colours {
    colours(ui.visuals())
}

/// Colour of a card's edge: that of a playing card, else of a selected one, else of a hovered one, else of any.
pub fn card_edge(c: &Colours, is_playing: bool, is_selected: bool, is_hovered: bool) -> Color32 {
    if is_playing {
        c.playing
    } else if is_selected {
        c.accent
    } else if is_hovered {
        c.muted
    } else {
        c.line
    }
}

/// Paints the rounded rectangle of a card.
pub fn card_frame(painter: &Painter, rect: Rect, fill: Color32, edge: impl Into<Stroke>) {
    painter.rect(rect, f32::from(CORNER), fill, edge, StrokeKind::Inside);
}

/// A title over a section.
pub fn title(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = theme_colours(ui).text;
    ui.label(RichText::new(text).size(TITLE).color(colour).strong())
}

/// A muted caption.
pub fn caption(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = theme_colours(ui).muted;
    ui.add(egui::Label::new(RichText::new(text).size(CAPTION).color(colour)).wrap())
}

/// A muted caption on one line, as the name of a row in a grid.
pub fn row_caption(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = theme_colours(ui).muted;
    let text = RichText::new(text).size(CAPTION).color(colour);
    ui.add(egui::Label::new(text).extend())
}

/// A caption of at most `lines` lines; if it is truncated, the whole text is shown on hover.
pub fn short_caption(ui: &mut Ui, text: impl Into<String>, colour: Color32, lines: usize) {
    short_text(ui, text, CAPTION, colour, lines);
}

/// A text of at most `lines` lines; if it is truncated, the whole text is shown on hover. `size` is that of the font, points.
pub fn short_text(ui: &mut Ui, text: impl Into<String>, size: f32, colour: Color32, lines: usize) {
    let mut job = LayoutJob::simple(text.into(), font(size), colour, ui.available_width());
    job.wrap.max_rows = lines;
    ui.add(egui::Label::new(job).wrap());
}

/// Draws a collapsible part of a panel, closed at first: its header, and if it is open its contents. `open` opens or closes it.
pub fn fold(
    ui: &mut Ui,
    text: &str,
    open: Option<bool>,
    add_contents: impl FnOnce(&mut Ui),
) -> CollapsingResponse<()> {
    let header = RichText::new(text)
        .size(CAPTION)
        .color(theme_colours(ui).muted);
    let height = ui.spacing().interact_size.y;
    ui.spacing_mut().interact_size.y = FOLD_HEADER_HEIGHT;
    let response = CollapsingHeader::new(header)
        .open(open)
        .show_unindented(ui, |ui| {
            ui.spacing_mut().interact_size.y = height;
            add_contents(ui);
        });
    ui.spacing_mut().interact_size.y = height;
    response
}

/// An error message, as a sentence.
pub fn error_label(ui: &mut Ui, text: impl AsRef<str>) -> Response {
    let colour = theme_colours(ui).error;
    let text = RichText::new(sentence_case(text.as_ref())).size(CAPTION);
    ui.add(egui::Label::new(text.color(colour)).wrap())
}

/// The main button of a panel.
pub fn main_button(ui: &mut Ui, text: impl Into<String>, width: f32) -> Response {
    let c = theme_colours(ui);
    let text = RichText::new(text).color(c.on_accent).strong();
    ui.add(
        Button::new(text)
            .fill(c.accent)
            .stroke(Stroke::NONE)
            .min_size(Vec2::new(width, 30.0)),
    )
}

/// A button with only an icon, whose frame is drawn only on hover.
pub fn icon_only(icon: MaterialIcon, colour: Color32) -> Button<'static> {
    Button::new(icon.rich_text().size(17.0).color(colour))
        .frame_when_inactive(false)
        .min_size(Vec2::splat(28.0))
}

/// A button with only an icon; `name` is read by screen readers and shown on hover.
pub fn icon_button(ui: &mut Ui, icon: MaterialIcon, name: &str) -> Response {
    ui.add(icon_only(icon, theme_colours(ui).muted))
        .accessible_name(name)
        .on_hover_text(name)
}

/// An [`icon_button`] of the height of its row, so that it is aligned with its neighbours.
pub fn row_icon_button(ui: &mut Ui, icon: MaterialIcon, name: &str, height: f32) -> Response {
    let previous_padding = std::mem::replace(&mut ui.spacing_mut().button_padding.y, 0.0);
    let button = icon_only(icon, theme_colours(ui).muted).min_size(Vec2::new(28.0, height));
    let response = ui.add(button).accessible_name(name).on_hover_text(name);
    ui.spacing_mut().button_padding.y = previous_padding;
    response
}

/// A toggle button with an icon and a text.
pub fn toggle(ui: &mut Ui, is_on: bool, icon: MaterialIcon, text: &str) -> Response {
    let c = theme_colours(ui);
    let colour = if is_on { c.accent } else { c.muted };
    let label = (
        icon.rich_text().size(15.0).color(colour),
        RichText::new(text),
    );
    let response = ui.add(Button::new(label));
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, is_on, text));
    response
}

/// A button with an icon before its text, both in one colour; only the text is read by screen readers.
pub fn icon_text_button(
    ui: &mut Ui,
    icon: MaterialIcon,
    text: &str,
    colour: Color32,
    fill: Option<Color32>,
) -> Response {
    let label = (
        icon.rich_text().size(14.0).color(colour),
        RichText::new(text).color(colour),
    );
    let mut button = Button::new(label).min_size(Vec2::new(0.0, 26.0));
    if let Some(fill) = fill {
        button = button.fill(fill);
    }
    ui.add(button).accessible_name(text)
}

/// A slider with a rail in the theme's rail colour, which contrasts with the panel.
pub fn slider(ui: &mut Ui, slider: Slider<'_>) -> Response {
    let rail = theme_colours(ui).rail;
    let previous_fill = std::mem::replace(&mut ui.visuals_mut().widgets.inactive.bg_fill, rail);
    let response = ui.add(slider);
    ui.visuals_mut().widgets.inactive.bg_fill = previous_fill;
    response
}

/// A [`slider`] without a number, whose rail is filled up to the knob.
pub fn filled_slider(ui: &mut Ui, filled: Slider<'_>) -> Response {
    let fill = theme_colours(ui).accent;
    let previous_fill = std::mem::replace(&mut ui.visuals_mut().selection.bg_fill, fill);
    let response = slider(ui, filled.show_value(false).trailing_fill(true));
    ui.visuals_mut().selection.bg_fill = previous_fill;
    response
}

/// A text that acts like a link.
pub fn link(ui: &mut Ui, text: &str) -> Response {
    let colour = theme_colours(ui).accent;
    ui.add(Button::new(RichText::new(text).size(CAPTION).color(colour)).frame(false))
        .on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A thin progress bar, `fraction` of it filled.
pub fn progress_bar(
    ui: &mut Ui,
    fraction: f32,
    fill: Color32,
    width: f32,
    height: f32,
    name: &str,
) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
    let fraction = fraction.clamp(0.0, 1.0);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from(fraction));
        info
    });
    let corner = CornerRadius::same((height / 2.0) as u8);
    ui.painter()
        .rect_filled(rect, corner, theme_colours(ui).line);
    if fraction > 0.0 {
        let mut filled = rect;
        filled.set_width((rect.width() * fraction).max(height));
        ui.painter().rect_filled(filled, corner, fill);
    }
}

/// A one-pixel line across the panel.
pub fn separator_line(ui: &mut Ui) {
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 1.0), Sense::hover());
    ui.painter().hline(
        rect.x_range(),
        rect.center().y,
        Stroke::new(1.0, theme_colours(ui).line),
    );
}

/// Keeps the arrow keys for a widget while it has the focus, instead of moving the focus.
pub fn lock_arrow_keys(ui: &Ui, response: &Response) {
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
}

//! Colours, type and spacing of the window, dark and light.
//!
//! The colours of attributes are in `palette`.

use eframe::egui;
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2};

/// Named colours of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Colours {
    /// Behind the map.
    pub background: Color32,
    /// Side panels and bars.
    pub panel: Color32,
    /// Buttons, cards and chips.
    pub raised: Color32,
    /// One-pixel lines.
    pub line: Color32,
    /// Rails of sliders.
    pub rail: Color32,
    /// Text.
    pub text: Color32,
    /// Captions.
    pub muted: Color32,
    /// Controls.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// What plays now.
    pub playing: Color32,
    /// Errors.
    pub error: Color32,
    /// Knobs, and rings around points.
    pub knob: Color32,
}

pub(super) const DARK: Colours = Colours {
    background: Color32::from_rgb(0x0e, 0x11, 0x16),
    panel: Color32::from_rgb(0x15, 0x1a, 0x21),
    raised: Color32::from_rgb(0x1b, 0x21, 0x2a),
    line: Color32::from_rgb(0x26, 0x2e, 0x39),
    rail: Color32::from_rgb(0x66, 0x70, 0x7f),
    text: Color32::from_rgb(0xe6, 0xea, 0xf0),
    muted: Color32::from_rgb(0x8b, 0x96, 0xaa),
    accent: Color32::from_rgb(0x63, 0xcb, 0xc1),
    on_accent: Color32::from_rgb(0x08, 0x1a, 0x1c),
    playing: Color32::from_rgb(0xf2, 0xb7, 0x5c),
    error: Color32::from_rgb(0xe5, 0x68, 0x6d),
    knob: Color32::from_rgb(0xe6, 0xea, 0xf0),
};

pub(super) const LIGHT: Colours = Colours {
    background: Color32::from_rgb(0xf1, 0xf3, 0xf6),
    panel: Color32::from_rgb(0xfb, 0xfc, 0xfd),
    raised: Color32::from_rgb(0xed, 0xf0, 0xf4),
    line: Color32::from_rgb(0xd5, 0xdb, 0xe3),
    rail: Color32::from_rgb(0x7f, 0x89, 0x97),
    text: Color32::from_rgb(0x1a, 0x20, 0x29),
    muted: Color32::from_rgb(0x5a, 0x65, 0x74),
    accent: Color32::from_rgb(0x0d, 0x78, 0x62),
    on_accent: Color32::WHITE,
    playing: Color32::from_rgb(0x98, 0x59, 0x00),
    error: Color32::from_rgb(0xc6, 0x2a, 0x4d),
    knob: Color32::from_rgb(0x1a, 0x20, 0x29),
};

/// The colour that the window is cleared with before each frame, in gamma space.
pub fn window_colour(visuals: &egui::Visuals) -> [f32; 4] {
    colours(visuals).background.to_normalized_gamma_f32()
}

/// The colours of the theme that `visuals` belong to.
pub fn colours(visuals: &egui::Visuals) -> &'static Colours {
    if visuals.dark_mode { &DARK } else { &LIGHT }
}

/// Size of body text, points.
pub const BODY: f32 = 13.0;
/// Size of titles, points.
pub const TITLE: f32 = 14.0;
/// Size of captions, points.
pub const CAPTION: f32 = 12.0;
/// Corner radius of cards and buttons, points.
pub const CORNER: u8 = 6;
/// Opacity of the panel's colour over an entry of a list that the filter dims.
pub const DIMMED: f32 = 0.75;
/// Duration of an animation, seconds.
pub const MOVE_SECONDS: f64 = 0.15;

/// The font of the window in a size.
pub fn font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Installs the fonts and both themes in a context.
pub fn install(ctx: &egui::Context) {
    egui_material_icons::initialize(ctx);
    ctx.set_style_of(egui::Theme::Dark, style(&DARK, egui::Visuals::dark()));
    ctx.set_style_of(egui::Theme::Light, style(&LIGHT, egui::Visuals::light()));
}

/// Switches the animations of egui's widgets on or off.
pub fn set_motion(ctx: &egui::Context, is_reduced: bool) {
    let seconds = if is_reduced { 0.0 } else { MOVE_SECONDS as f32 };
    if ctx.global_style().animation_time == seconds {
        return;
    }
    ctx.all_styles_mut(|style| {
        style.animation_time = seconds;
        style.visuals.text_cursor.blink = !is_reduced;
        style.scroll_animation = if is_reduced {
            egui::style::ScrollAnimation::none()
        } else {
            egui::style::ScrollAnimation::default()
        };
    });
}

/// egui's style of a theme.
fn style(c: &Colours, mut visuals: egui::Visuals) -> egui::Style {
    set_window_colours(&mut visuals, c);
    set_widget_colours(&mut visuals.widgets, c);
    let mut style = egui::Style {
        visuals,
        animation_time: MOVE_SECONDS as f32,
        ..egui::Style::default()
    };
    style.text_styles = [
        (TextStyle::Small, font(CAPTION)),
        (TextStyle::Body, font(BODY)),
        (TextStyle::Button, font(BODY)),
        (TextStyle::Heading, font(TITLE)),
        (
            TextStyle::Monospace,
            FontId::new(CAPTION, FontFamily::Monospace),
        ),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(8.0, 8.0);
    style.spacing.button_padding = Vec2::new(10.0, 5.0);
    style.spacing.interact_size = Vec2::new(28.0, 26.0);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.window_margin = Margin::same(16);
    style.spacing.slider_rail_height = 3.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style
}

/// Sets the colours, corners and shadows of panels, windows, text and the selection.
fn set_window_colours(visuals: &mut egui::Visuals, c: &Colours) {
    visuals.panel_fill = c.panel;
    visuals.window_fill = c.panel;
    visuals.window_stroke = Stroke::new(1.0, c.line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.extreme_bg_color = c.background;
    visuals.faint_bg_color = c.raised;
    visuals.code_bg_color = c.raised;
    visuals.weak_text_color = Some(c.muted);
    visuals.error_fg_color = c.error;
    visuals.warn_fg_color = c.error;
    visuals.hyperlink_color = c.accent;
    visuals.selection.bg_fill = c.accent.gamma_multiply(0.28);
    visuals.selection.stroke = Stroke::new(1.0, c.text);
    visuals.popup_shadow = Shadow {
        offset: [0, 6],
        blur: 20,
        spread: 0,
        color: Color32::from_black_alpha(if visuals.dark_mode { 110 } else { 40 }),
    };
    visuals.window_shadow = visuals.popup_shadow;
}

/// Sets the colours and corners of buttons and fields in each of their states.
fn set_widget_colours(widgets: &mut egui::style::Widgets, c: &Colours) {
    let line = Stroke::new(1.0, c.line);
    for (widget, fill, stroke, text) in [
        (&mut widgets.noninteractive, c.panel, line, c.text),
        (&mut widgets.inactive, c.raised, line, c.text),
        (
            &mut widgets.hovered,
            mix(c.raised, c.text, 0.02),
            Stroke::new(1.0, mix(c.line, c.text, 0.18)),
            c.text,
        ),
        (
            &mut widgets.active,
            mix(c.raised, c.accent, 0.22),
            Stroke::new(1.0, c.accent),
            c.text,
        ),
        (
            &mut widgets.open,
            mix(c.raised, c.text, 0.02),
            Stroke::new(1.0, mix(c.line, c.text, 0.18)),
            c.text,
        ),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = stroke;
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = CornerRadius::same(CORNER);
        widget.expansion = 0.0;
    }
}

/// The opaque colour at parameter `t` between two colours, 0 to 1.
pub fn mix(from: Color32, to: Color32, t: f32) -> Color32 {
    let channel = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * t).round() as u8;
    Color32::from_rgb(
        channel(from.r(), to.r()),
        channel(from.g(), to.g()),
        channel(from.b(), to.b()),
    )
}

/// Relative luminance (WCAG 2.2, section "relative luminance").
#[cfg(any(test, feature = "state-file"))]
fn luminance(colour: Color32) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
}

/// Contrast of two opaque colours (WCAG 2.2), 1 to 21.
#[cfg(any(test, feature = "state-file"))]
pub fn contrast(a: Color32, b: Color32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// A translucent colour over an opaque one, blended as the renderer does.
#[cfg(any(test, feature = "state-file"))]
pub fn composite_over(colour: Color32, background: Color32) -> Color32 {
    let transparency = 1.0 - f32::from(colour.a()) / 255.0;
    let channel =
        |top: u8, below: u8| (f32::from(top) + transparency * f32::from(below)).round() as u8;
    Color32::from_rgb(
        channel(colour.r(), background.r()),
        channel(colour.g(), background.g()),
        channel(colour.b(), background.b()),
    )
}

/// The dark and the light theme.
#[cfg(test)]
pub fn themes() -> [&'static Colours; 2] {
    [&DARK, &LIGHT]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_the_contrast_that_wcag_asks_for_in_both_themes() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
        let mut min_contrast = f64::INFINITY;
        for c in [&DARK, &LIGHT] {
            for background in [c.background, c.panel, c.raised] {
                for text in [c.text, c.muted, c.accent, c.playing, c.error] {
                    min_contrast = min_contrast.min(contrast(text, background));
                }
            }
            min_contrast = min_contrast.min(contrast(c.on_accent, c.accent));
        }
        assert!(
            min_contrast >= 4.5,
            "the least contrast is {min_contrast:.2}"
        );
    }

    #[test]
    fn the_rails_of_sliders_have_the_contrast_that_wcag_asks_of_controls() {
        for c in [&DARK, &LIGHT] {
            for background in [c.background, c.panel, c.raised] {
                let rail_contrast = contrast(c.rail, background);
                assert!(rail_contrast >= 3.0, "{rail_contrast:.2} on {background:?}");
            }
        }
    }
}

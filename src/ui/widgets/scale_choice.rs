//! The choice of a scale: a tonic and the notes above it, in a menu that stays open.

use eframe::egui::containers::menu::{MenuConfig, SubMenuButton};
use eframe::egui::{Button, Grid, Popup, PopupCloseBehavior, Response, Role, Ui, WidgetInfo, vec2};
use egui_material_icons::icons::ICON_ARROW_DROP_DOWN;

use crate::melody::{Scale, ScaleKind};

/// Width of the button, points: that of the longest name.
const WIDTH: f32 = 160.0;

/// Draws the scale inside a menu; a click opens a further menu with the choices. Returns what was chosen in this frame, with
/// `none` for no scale. `name` is read by screen readers before the scale.
pub fn scale_choice(
    ui: &mut Ui,
    name: &str,
    none: &str,
    scale: Option<Scale>,
) -> Option<Option<Scale>> {
    let text = scale_text(none, scale);
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let mut chosen = None;
    // Of one width, as a menu closes that moves away from the pointer.
    let button = Button::new(text.as_str())
        .right_text(SubMenuButton::arrow_atom(None))
        .min_size(vec2(WIDTH, 0.0));
    let (button, _) = SubMenuButton::from_button(button)
        .config(config)
        .ui(ui, |ui| chosen = choices(ui, none, scale));
    describe(&button, name, &text);
    chosen
}

/// Draws the scale as a button of this width in a panel; a click opens the choices. The rest is as in [`scale_choice`].
pub fn scale_button(
    ui: &mut Ui,
    name: &str,
    none: &str,
    scale: Option<Scale>,
    width: f32,
) -> (Response, Option<Option<Scale>>) {
    let text = scale_text(none, scale);
    let button = Button::new(text.as_str())
        .right_text(ICON_ARROW_DROP_DOWN.rich_text())
        .min_size(vec2(width, 0.0));
    let button = ui.add(button);
    describe(&button, name, &text);
    let mut chosen = None;
    Popup::menu(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| chosen = choices(ui, none, scale));
    (button, chosen)
}

fn scale_text(none: &str, scale: Option<Scale>) -> String {
    scale.map_or_else(|| none.to_owned(), |scale| scale.to_string())
}

fn describe(button: &Response, name: &str, text: &str) {
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}: {text}")));
}

fn choices(ui: &mut Ui, none: &str, scale: Option<Scale>) -> Option<Option<Scale>> {
    let mut chosen = None;
    // Thirteen rows fit into the lowest window.
    ui.spacing_mut().item_spacing.y = 2.0;
    if ui.selectable_label(scale.is_none(), none).clicked() {
        chosen = Some(None);
    }
    let kind = scale.map_or(ScaleKind::Major, Scale::kind);
    let tonic = scale.map_or(0, Scale::tonic);
    Grid::new("scale").num_columns(2).show(ui, |ui| {
        for (choice, other) in (0..12).zip(ScaleKind::ALL) {
            let named = Scale::new(choice, kind);
            let on = scale == Some(named);
            let label = named.tonic_name();
            let button = ui.selectable_label(on, label);
            let name = format!("Tonic {label}");
            button.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, &name));
            if button.clicked() {
                chosen = Some(Some(named));
            }
            let on = scale.is_some_and(|scale| scale.kind() == other);
            let button = ui.selectable_label(on, other.name());
            button.widget_info(|| {
                WidgetInfo::selected(
                    Role::RadioButton,
                    true,
                    on,
                    format!("Scale {}", other.name()),
                )
            });
            if button.clicked() {
                chosen = Some(Some(Scale::new(tonic, other)));
            }
            ui.end_row();
        }
    });
    chosen
}

//! The choice of a scale: a tonic and the notes above it, in a menu that stays open.

use eframe::egui::containers::menu::{MenuConfig, SubMenuButton};
use eframe::egui::{Button, Grid, Popup, PopupCloseBehavior, Response, Role, Ui, WidgetInfo, vec2};
use egui_material_icons::icons::ICON_ARROW_DROP_DOWN;

use crate::melody::{Scale, ScaleKind};

/// Width of the button, points: that of the longest name.
const BUTTON_WIDTH: f32 = 160.0;

/// Draws the scale as an entry of a menu; a click opens a submenu of scales. Returns the choice of this frame, if any; the inner
/// `None` is the choice of no scale, which is shown as `none_text`. `name` is read by screen readers before the scale.
pub fn scale_choice(
    ui: &mut Ui,
    name: &str,
    none_text: &str,
    scale: Option<Scale>,
) -> Option<Option<Scale>> {
    let text = scale_text(none_text, scale);
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let mut chosen = None;
    // Of constant width: if the menu moved away from the pointer, it would close.
    let button = Button::new(text.as_str())
        .right_text(SubMenuButton::arrow_atom(None))
        .min_size(vec2(BUTTON_WIDTH, 0.0));
    let (button, _) = SubMenuButton::from_button(button)
        .config(config)
        .ui(ui, |ui| chosen = scale_entries(ui, none_text, scale));
    set_widget_info(&button, name, &text);
    chosen
}

/// Draws the scale as a button of this width in a panel; a click opens the menu of scales. Parameters and result are those of
/// [`scale_choice`].
pub fn scale_button(
    ui: &mut Ui,
    name: &str,
    none_text: &str,
    scale: Option<Scale>,
    width: f32,
) -> (Response, Option<Option<Scale>>) {
    let text = scale_text(none_text, scale);
    let button = Button::new(text.as_str())
        .right_text(ICON_ARROW_DROP_DOWN.rich_text())
        .min_size(vec2(width, 0.0));
    let button = ui.add(button);
    set_widget_info(&button, name, &text);
    let mut chosen = None;
    Popup::menu(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| chosen = scale_entries(ui, none_text, scale));
    (button, chosen)
}

fn scale_text(none_text: &str, scale: Option<Scale>) -> String {
    scale.map_or_else(|| none_text.to_owned(), |scale| scale.to_string())
}

fn set_widget_info(button: &Response, name: &str, text: &str) {
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}: {text}")));
}

fn scale_entries(ui: &mut Ui, none_text: &str, scale: Option<Scale>) -> Option<Option<Scale>> {
    let mut chosen = None;
    // So that thirteen rows fit into a window of the minimum height.
    ui.spacing_mut().item_spacing.y = 2.0;
    if ui.selectable_label(scale.is_none(), none_text).clicked() {
        chosen = Some(None);
    }
    let kind = scale.map_or(ScaleKind::Major, Scale::kind);
    let tonic = scale.map_or(0, Scale::tonic);
    Grid::new("scale").num_columns(2).show(ui, |ui| {
        for (tonic_choice, kind_choice) in (0..12).zip(ScaleKind::ALL) {
            let choice_scale = Scale::new(tonic_choice, kind);
            let is_selected = scale == Some(choice_scale);
            let label = choice_scale.tonic_name();
            let button = ui.selectable_label(is_selected, label);
            let name = format!("Tonic {label}");
            button
                .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_selected, &name));
            if button.clicked() {
                chosen = Some(Some(choice_scale));
            }
            let is_selected = scale.is_some_and(|scale| scale.kind() == kind_choice);
            let button = ui.selectable_label(is_selected, kind_choice.name());
            button.widget_info(|| {
                WidgetInfo::selected(
                    Role::RadioButton,
                    true,
                    is_selected,
                    format!("Scale {}", kind_choice.name()),
                )
            });
            if button.clicked() {
                chosen = Some(Some(Scale::new(tonic, kind_choice)));
            }
            ui.end_row();
        }
    });
    chosen
}

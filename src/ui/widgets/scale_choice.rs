//! The choice of a scale: a tonic and the notes above it, in a menu that stays open.

use eframe::egui::containers::menu::{MenuConfig, SubMenuButton};
use eframe::egui::{Button, Grid, PopupCloseBehavior, Role, Ui, WidgetInfo, vec2};

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
    let text = scale.map_or_else(|| none.to_owned(), |scale| scale.to_string());
    let config = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    let mut chosen = None;
    // Of one width, as a menu closes that moves away from the pointer.
    let button = Button::new(text.as_str())
        .right_text(SubMenuButton::arrow_atom(None))
        .min_size(vec2(WIDTH, 0.0));
    let (button, _) = SubMenuButton::from_button(button)
        .config(config)
        .ui(ui, |ui| chosen = choices(ui, none, scale));
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}: {text}")));
    chosen
}

fn choices(ui: &mut Ui, none: &str, scale: Option<Scale>) -> Option<Option<Scale>> {
    let mut chosen = None;
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

//! The parts of the settings page: a row, a line about its state, a menu of values.

use eframe::egui::{ComboBox, Label, RichText, Ui};

use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::theme_colours;

/// Width of a menu on the page, points.
const MENU_WIDTH: f32 = 240.0;

/// One row: what is set, and its control.
pub(super) fn row(ui: &mut Ui, name: &str, control: impl FnOnce(&mut Ui)) {
    let muted = theme_colours(ui).muted;
    // Beside the first line of the control.
    ui.vertical(|ui| {
        ui.add_space(4.0);
        // On one line: the column is as wide as its longest name.
        ui.add(Label::new(RichText::new(name).color(muted)).extend());
    });
    ui.vertical(control);
    ui.end_row();
}

/// A line about the state of a row.
pub(super) fn caption(ui: &mut Ui, text: &str) {
    let muted = theme_colours(ui).muted;
    ui.add(Label::new(RichText::new(text).size(CAPTION).color(muted)).wrap());
}

/// A menu of values.
pub(super) fn choice_menu<T: PartialEq>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    choices: impl Iterator<Item = T>,
    text: impl Fn(&T) -> String,
) {
    let menu = ComboBox::from_id_salt(name)
        .width(MENU_WIDTH)
        .truncate()
        .selected_text(text(value));
    let shown = menu.show_ui(ui, |ui| {
        for choice in choices {
            let label = text(&choice);
            ui.selectable_value(value, choice, label);
        }
    });
    shown.response.accessible_name(name);
}

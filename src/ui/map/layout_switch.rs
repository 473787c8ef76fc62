//! The layout switch in the corner of the map.

use eframe::egui::{self, Button, Grid, Popup, Response, RichText, Ui, WidgetInfo, vec2};
use egui_material_icons::icons::ICON_ARROW_DROP_DOWN;

use super::overlay_frame::chip;
use crate::attributes::ATTRIBUTES;
use crate::sweep::LayoutKind;
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::theme_colours;

/// Attributes in a row of the menu, so that it fits into the lowest window.
const COLUMNS: usize = 2;

/// How much space the switch has, which decides its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AvailableSpace {
    /// Space for a button for each layout; the button of the axes opens a menu of attributes.
    Buttons,
    /// Space for one menu, and the status of the layout.
    MenuAndStatus,
    /// Space for one menu.
    Menu,
}

/// Draws the switch.
pub(super) fn show(ui: &mut Ui, space: AvailableSpace, state: &AppState, out: &mut Vec<Command>) {
    chip(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            if space != AvailableSpace::Buttons {
                let status = status(state).filter(|_| space == AvailableSpace::MenuAndStatus);
                menu(ui, status.unwrap_or_default(), state, out);
                return;
            }
            for kind in LayoutKind::ALL {
                let button = layout_button(ui, kind, state, out);
                if let (LayoutKind::Axes { .. }, LayoutKind::Axes { x, y }) =
                    (kind, state.settings.axes)
                {
                    Popup::menu(&button).show(|ui| axes_choices(ui, x, y, out));
                }
            }
            if let Some(text) = status(state) {
                ui.add_space(6.0);
                ui.label(
                    RichText::new(text)
                        .size(CAPTION)
                        .color(theme_colours(ui).muted),
                );
            }
        });
    });
}

fn layout_button(
    ui: &mut Ui,
    kind: LayoutKind,
    state: &AppState,
    out: &mut Vec<Command>,
) -> Response {
    let choice = match kind {
        LayoutKind::Axes { .. } => state.settings.axes,
        other => other,
    };
    let is_selected = state.settings.layout_kind == choice;
    let button = ui.add(Button::selectable(is_selected, kind.name()).min_size(vec2(0.0, 22.0)));
    let name = format!("Layout: {}", kind.name());
    button.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, is_selected, &name));
    let button = button.on_hover_text(choice.description());
    if button.clicked() && !is_selected {
        out.push(Command::SetLayout(choice));
    }
    button
}

fn menu(ui: &mut Ui, status: String, state: &AppState, out: &mut Vec<Command>) {
    let name = state.settings.layout_kind.name();
    let status = RichText::new(status)
        .size(CAPTION)
        .color(theme_colours(ui).muted);
    let label = (name, status, ICON_ARROW_DROP_DOWN.rich_text().size(16.0));
    let button = ui.add(Button::new(label).frame(false).min_size(vec2(0.0, 22.0)));
    button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, "Layouts of the map"));
    Popup::menu(&button).show(|ui| {
        for kind in LayoutKind::ALL {
            layout_button(ui, kind, state, out);
        }
        // A menu of its own, as a click on a layout closes this one.
        if let LayoutKind::Axes { x, y } = state.settings.axes {
            ui.menu_button("Attributes of the axes", |ui| axes_choices(ui, x, y, out));
        }
    });
}

/// What the layout is waiting for, if it is.
fn status(state: &AppState) -> Option<String> {
    match state.layout.layout_progress {
        Some(done) => Some(format!("laying out {:.0} %", 100.0 * done)),
        None if state.layout.shown_kind != state.settings.layout_kind => {
            Some("when the sweep is done".to_owned())
        }
        None => state
            .layout
            .quality_progress
            .map(|done| format!("measuring {:.0} %", 100.0 * done)),
    }
}

fn axes_choices(ui: &mut Ui, x: usize, y: usize, out: &mut Vec<Command>) {
    for (title, is_x_axis) in [("From left to right", true), ("Upwards", false)] {
        ui.label(
            RichText::new(title)
                .size(CAPTION)
                .color(theme_colours(ui).muted),
        );
        Grid::new(title).num_columns(COLUMNS).show(ui, |ui| {
            for (index, attribute) in ATTRIBUTES.iter().enumerate() {
                let is_selected = index == if is_x_axis { x } else { y };
                if ui.selectable_label(is_selected, attribute.name).clicked() {
                    let (x, y) = if is_x_axis { (index, y) } else { (x, index) };
                    out.push(Command::SetLayout(LayoutKind::Axes { x, y }));
                }
                if index % COLUMNS == COLUMNS - 1 {
                    ui.end_row();
                }
            }
        });
    }
}

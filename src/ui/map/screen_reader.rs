//! The map for screen readers: its own description, and its melodies as a list.

use eframe::egui::accesskit::Action;
use eframe::egui::{Rect, Response, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo};

use super::screen_point::ScreenPoint;
use super::screen_points::ScreenPoints;
use crate::attributes::ATTRIBUTES;
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::widgets::numbers::{grouped_with_noun, with_unit};

/// Most melodies of the list.
const MAX_LISTED: usize = 400;

/// Describes the map and the melody in the inspector, and lists the melodies of the map; each can be selected there.
pub(super) fn describe(
    ui: &mut Ui,
    response: &Response,
    state: &AppState,
    points: &ScreenPoints,
    out: &mut Vec<Command>,
) {
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Map"));
    let text = match state.inspector_melody() {
        Some(entry) => format!("{}, {}", state.title(entry.id), attributes(entry)),
        None => format!(
            "{}, none selected; arrow keys walk from one to the next",
            grouped_with_noun(state.melodies.decoded_count(), "melody")
        ),
    };
    let accessible_node = ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(text);
    });
    if accessible_node.is_some() {
        list(ui, response, state, points, out);
    }
}

/// Lists the regions, what was added to them, and the samples of the open region.
fn list(
    ui: &mut Ui,
    response: &Response,
    state: &AppState,
    points: &ScreenPoints,
    out: &mut Vec<Command>,
) {
    let open = state.selection.open_region();
    let is_listed = |point: &&ScreenPoint| match point.id {
        MelodyId::Sample { region, .. } => point.ready && Some(region) == open,
        _ => point.ready,
    };
    let listed = points.list.iter().filter(is_listed).take(MAX_LISTED);
    let child = UiBuilder::new()
        .max_rect(response.rect)
        .accessibility_parent(response.id);
    ui.scope_builder(child, |ui| {
        ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
            node.set_role(Role::ListBox);
            node.set_label("Melodies of the map");
        });
        for point in listed {
            let Some(entry) = state.melodies.get(point.id) else {
                continue;
            };
            // Without a size, so that the pointer does not interact with it.
            let point_rect = Rect::from_center_size(point.position, Vec2::ZERO);
            let id = ui.scope_id().with(("melody of the map", point.id));
            let item = ui.interact(point_rect, id, Sense::hover());
            let is_selected = state.selection.all.contains(&point.id);
            item.widget_info(|| {
                WidgetInfo::selected(
                    Role::ListBoxOption,
                    true,
                    is_selected,
                    state.title(point.id),
                )
            });
            ui.ctx().accesskit_node_builder(id, |node| {
                node.set_value(attributes(entry));
                node.set_selected(is_selected);
                node.add_action(Action::Click);
            });
            let is_clicked = |input: &eframe::egui::InputState| {
                input.has_accesskit_action_request(id, Action::Click)
            };
            if ui.input(is_clicked) {
                out.push(Command::Select(point.id));
            }
        }
    });
}

/// The attributes of a melody as a sentence.
fn attributes(entry: &MelodyEntry) -> String {
    let values = ATTRIBUTES
        .iter()
        .enumerate()
        .filter_map(|(index, attribute)| {
            let shown = (attribute.to_display_unit)(entry.attributes.value(index)?);
            Some(format!(
                "{} {}",
                attribute.name,
                with_unit(attribute, shown)
            ))
        });
    let values: Vec<String> = values.collect();
    if values.is_empty() {
        "silent".to_owned()
    } else {
        values.join(", ")
    }
}

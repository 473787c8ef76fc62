//! The list of the maps of this session.

use eframe::egui::{Align2, Button, ComboBox, Context, FontId, Key, Role, Ui, Vec2, WidgetInfo};

use crate::ui::actions::shortcut_text;
use crate::ui::command::Command;
use crate::ui::state::{AppState, MAX_STORED_MELODIES, MapEntry};
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::theme_colours;
use crate::ui::widgets::numbers::{grouped, grouped_with_noun};

/// Height of a row, points.
const ROW_HEIGHT: f32 = 24.0;

/// Draws the list, once there is more than one map.
pub fn maps_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let maps = state.maps();
    if maps.len() < 2 {
        return;
    }
    let shown = maps.iter().find(|map| map.shown);
    let name = shown.map_or_else(String::new, |map| {
        format!("Map {} of {}", map.identity.number, maps.len())
    });
    let width = ui.available_width();
    let list = ComboBox::from_id_salt("maps of this session")
        .width(width)
        .selected_text(name)
        .show_ui(ui, |ui| {
            ui.set_min_width(width);
            // The newest first.
            for map in maps.iter().rev() {
                row(ui, state, map, out);
            }
        });
    let list = list.response.accessible_name("Maps of this session");
    list.on_hover_text(format!(
        "Maps of this session: earlier ones stay until the window closes, with everything on them, as long as they hold no more than {} melodies together",
        grouped(MAX_STORED_MELODIES as u64)
    ));
}

fn row(ui: &mut Ui, state: &AppState, map: &MapEntry<'_>, out: &mut Vec<Command>) {
    let number = map.identity.number;
    let name = format!("Map {number}");
    let width = ui.available_width();
    let button = ui.add_sized(
        Vec2::new(width, ROW_HEIGHT),
        Button::selectable(map.shown, "").truncate(),
    );
    button.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, map.shown, &name));
    // Painted, so that the row is one accessible button without separate texts.
    let colours = theme_colours(ui);
    let inner = button.rect.shrink2(Vec2::new(8.0, 0.0));
    let text = |at, align, size, colour, text| {
        ui.painter()
            .text(at, align, text, FontId::proportional(size), colour);
    };
    let strong = ui.visuals().text_color();
    text(
        inner.left_center(),
        Align2::LEFT_CENTER,
        CAPTION + 1.0,
        strong,
        name,
    );
    let summary = summary_text(state, map);
    text(
        inner.right_center(),
        Align2::RIGHT_CENTER,
        CAPTION,
        if map.shown { strong } else { colours.muted },
        summary,
    );
    let button = button.on_hover_text(details_text(map, ui.ctx()));
    if button.clicked() && !map.shown {
        out.push(Command::ShowMap(number));
    }
}

/// A summary of a map, short enough for a row.
fn summary_text(state: &AppState, map: &MapEntry<'_>) -> String {
    if state.sweep.running == Some(map.identity.sweep)
        && let Some(progress) = state.sweep.progress
    {
        let fraction = 100 * progress.done / progress.total.max(1);
        return format!("decoding {fraction} %");
    }
    let seed = map.melodies.config().map_or(0, |config| config.seed);
    let added_count = map.melodies.added_count();
    if added_count == 0 {
        return format!("seed {seed}");
    }
    format!("seed {seed}, {} added", grouped(added_count as u64))
}

fn details_text(map: &MapEntry<'_>, ctx: &Context) -> String {
    let mut lines = Vec::new();
    if let Some(config) = map.melodies.config() {
        lines.push(format!(
            "{} × {}, seed {}",
            grouped_with_noun(config.regions as usize, "region"),
            config.samples,
            config.seed
        ));
    }
    let added_count = map.melodies.added_count();
    let mut melodies = grouped_with_noun(map.melodies.decoded_count(), "melody");
    if added_count > 0 {
        melodies.push_str(&format!(
            ", {} steered or generated",
            grouped(added_count as u64)
        ));
    }
    lines.push(melodies);
    lines.push(map.identity.model.name.clone());
    if !map.shown {
        let [next, previous] = [Key::PageUp, Key::PageDown].map(|key| shortcut_text(ctx, key));
        lines.push(format!(
            "Click to show it as you left it ({next}, {previous})"
        ));
    }
    lines.join("\n")
}

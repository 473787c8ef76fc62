//! The card of the path next to the colour bar: playing, order, time per melody, export and removal.

use eframe::egui::{
    self, Align, Align2, Area, Button, DragValue, Layout, Margin, Popup, Rect, RichText, Role,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{
    ICON_CLOSE, ICON_IOS_SHARE, ICON_PLAY_ARROW, ICON_STOP, ICON_TIMELINE,
};

use crate::melody::PlayOrder;
use crate::ui::command::{Command, ExportSelection, PathCommand};
use crate::ui::map::colour_bar;
use crate::ui::map::overlay_frame::{EDGE, framed};
use crate::ui::options::{MAX_PATH_STOPS, StopDuration};
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{icon_only, row_icon_button, theme_colours};
use crate::ui::widgets::export_menu::export_menu;
use crate::ui::widgets::numbers::{grouped_with_noun, minutes_seconds};

/// Width of the card, points.
const WIDTH: f32 = 430.0;
/// Height of a row with the space below it, points.
const ROW_HEIGHT: f32 = 26.0;
/// Space between the card and the colour bar, points.
const GAP: f32 = 10.0;
/// Height of the card's margins and lines, points.
const MARGINS: f32 = 10.0;
/// Below this height of the map the card takes the place of the colour bar, points.
const TALL_HEIGHT: f32 = 420.0;

/// Whether the card is shown: there is a path, or one is being drawn.
pub fn is_shown(state: &AppState) -> bool {
    state.path.tool_active || state.path.drawn.is_some()
}

/// Whether the card has space next to the colour bar.
fn is_wide(inner: Rect) -> bool {
    inner.width() >= colour_bar::SIZE.x + GAP + WIDTH
}

/// Whether the card takes the place of the colour bar on a map of this size.
pub fn replaces_colour_bar(map: Rect, state: &AppState) -> bool {
    is_shown(state) && !is_wide(map.shrink(EDGE)) && map.height() < TALL_HEIGHT
}

/// Height that the card takes from the lower edge of the area of the overlays, with space above it; 0 while it is not
/// shown.
pub fn height_below_overlays(map: Rect, state: &AppState) -> f32 {
    if !is_shown(state) {
        return 0.0;
    }
    let bar = colour_bar::SIZE.y + GAP;
    if is_wide(map.shrink(EDGE)) {
        bar
    } else if replaces_colour_bar(map, state) {
        bar + ROW_HEIGHT
    } else {
        2.0 * bar + ROW_HEIGHT
    }
}

/// The button that turns the path tool on and off.
pub fn tool_button(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let on = state.path.tool_active;
    let c = theme_colours(ui);
    let colour = if on { c.accent } else { c.muted };
    let mut button = icon_only(ICON_TIMELINE, colour);
    if on {
        button = button
            .frame_when_inactive(true)
            .stroke(Stroke::new(1.0, c.accent));
    }
    let button = ui.add(button);
    button.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, "Draw a path"));
    let hint = "Draw a path over the map and hear it (D): click points, or press and draw";
    if button.on_hover_text(hint).clicked() {
        out.push(Command::Path(PathCommand::SetTool(!on)));
    }
}

/// Draws the card while there is a path, or one is being drawn.
pub fn show(ui: &mut Ui, map: Rect, state: &AppState, out: &mut Vec<Command>) {
    if !is_shown(state) {
        return;
    }
    let inner = map.shrink(EDGE);
    let wide = is_wide(inner);
    let bar = colour_bar::SIZE;
    let corner = if wide {
        pos2(inner.left() + bar.x + GAP, inner.bottom())
    } else if replaces_colour_bar(map, state) {
        inner.left_bottom()
    } else {
        pos2(inner.left(), inner.bottom() - bar.y - GAP)
    };
    Area::new(ui.scope_id().with("path card"))
        .order(egui::Order::Middle)
        .fixed_pos(corner)
        .pivot(Align2::LEFT_BOTTOM)
        .constrain_to(inner)
        .show(ui.ctx(), |ui| {
            framed(ui, Margin::symmetric(10, 4), |ui| {
                let width = WIDTH.min(inner.width()) - 20.0;
                ui.set_min_size(vec2(width, bar.y - MARGINS));
                ui.set_max_width(width);
                ui.spacing_mut().item_spacing = vec2(6.0, 3.0);
                ui.spacing_mut().button_padding = vec2(8.0, 2.0);
                ui.spacing_mut().interact_size.y = 23.0;
                if state.path.stops().is_some() {
                    ui.horizontal(|ui| first_row(ui, state, out));
                    if wide {
                        ui.horizontal(|ui| {
                            order_buttons(ui, state, out);
                            ui.add_space(4.0);
                            stop_settings(ui, state, out);
                        });
                    } else {
                        ui.horizontal(|ui| order_buttons(ui, state, out));
                        ui.horizontal(|ui| stop_settings(ui, state, out));
                    }
                } else {
                    ui.horizontal(|ui| instructions(ui, state, out));
                }
            });
        });
}

/// What to do while there is no path to play yet.
fn instructions(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        edit_buttons(ui, state, out);
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.set_min_height(colour_bar::SIZE.y - MARGINS);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add_space(8.0);
            let (title, text) = match (&state.path.error, state.path.decoding, &state.path.drawn) {
                (Some(text), ..) => ("The path is silent", text.as_str()),
                (_, true, _) => ("Decoding the path…", "It plays in a moment."),
                (_, _, Some(_)) => (
                    "One point is set",
                    "Click the next one: the path leads from point to point.",
                ),
                _ => (
                    "Draw a path",
                    "Click points on the map, or press and draw. It plays along it.",
                ),
            };
            let colour = if state.path.error.is_some() {
                c.error
            } else {
                c.muted
            };
            ui.label(RichText::new(title).color(c.text));
            ui.label(RichText::new(text).size(CAPTION).color(colour));
        });
    });
}

fn first_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let plays = state.playing_path().is_some();
    let (icon, name) = if plays {
        (ICON_STOP, "Stop the path")
    } else {
        (ICON_PLAY_ARROW, "Play the path")
    };
    let button = Button::new(icon.rich_text().size(17.0).color(c.on_accent))
        .fill(c.accent)
        .stroke(Stroke::NONE)
        .min_size(vec2(30.0, 23.0));
    let button = ui.add(button);
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if button.on_hover_text(format!("{name} (Space)")).clicked() {
        out.push(Command::Path(PathCommand::PlayStop));
    }
    ui.label(RichText::new("Path").strong());
    if state.path.error.is_none() {
        let text = if state.path.decoding {
            "decoding…".to_owned()
        } else {
            length(state)
        };
        ui.label(RichText::new(text).size(CAPTION).color(c.muted));
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        edit_buttons(ui, state, out);
        let export = row_icon_button(ui, ICON_IOS_SHARE, "Export the path", ROW_HEIGHT - 3.0);
        export_menu(&export, ExportSelection::Path, &state.settings, out);
        if let Some(text) = &state.path.error {
            let text = RichText::new(text).size(CAPTION).color(c.error);
            ui.add(egui::Label::new(text).truncate());
        }
    });
}

/// Length of one pass: "60 bars, 2:00".
fn length(state: &AppState) -> String {
    let Some(stops) = state.path.stops() else {
        return String::new();
    };
    let melody_steps = state.model.info().map_or(32, |info| info.steps).max(1);
    let visits = state
        .settings
        .path_order
        .pass_indices(stops.parameters.len())
        .len();
    let steps = (visits * state.settings.path_stop_duration.steps(melody_steps))
        .next_multiple_of(melody_steps);
    let seconds = steps as f64 * 15.0 / state.settings.tempo;
    format!(
        "{}, {}",
        grouped_with_noun(steps / crate::melody::STEPS_PER_BAR, "bar"),
        minutes_seconds(seconds)
    )
}

fn order_buttons(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing.x = 4.0;
    for (order, name, text) in [
        (
            PlayOrder::Loop,
            "Loop",
            "From the first melody to the last, and again from the first",
        ),
        (
            PlayOrder::PingPong,
            "Ping-pong",
            "To the last melody and back again",
        ),
        (
            PlayOrder::Once,
            "Once",
            "To the last melody, and then silence",
        ),
    ] {
        let on = state.settings.path_order == order;
        let button = ui.add(Button::selectable(on, name));
        button.widget_info(|| {
            WidgetInfo::selected(Role::RadioButton, true, on, format!("Path: {name}"))
        });
        if button.on_hover_text(text).clicked() && !on {
            out.push(Command::Path(PathCommand::SetPlayOrder(order)));
        }
    }
}

/// Time and number of the melodies.
fn stop_settings(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let mut command = |command| out.push(Command::Path(command));
    ui.spacing_mut().item_spacing.x = 4.0;
    let c = theme_colours(ui);
    ui.label(RichText::new("every").size(CAPTION).color(c.muted));
    let length = state.model.info().map_or(32, |info| info.steps);
    let duration = ui.button(state.settings.path_stop_duration.name(length));
    duration.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Time per melody"));
    let duration = duration.on_hover_text(
        "How long each melody is heard before the next one takes over. The loop keeps its place: at one bar you hear the \
         first bar of one melody and the second bar of the next.",
    );
    Popup::menu(&duration).show(|ui| {
        for choice in StopDuration::ALL {
            let on = choice == state.settings.path_stop_duration;
            let name = format!("Every {}", choice.name(length));
            if ui.add(Button::selectable(on, name)).clicked() {
                command(PathCommand::SetStopDuration(choice));
            }
        }
    });
    let mut count = state.settings.path_stops;
    let field = DragValue::new(&mut count)
        .range(2..=MAX_PATH_STOPS)
        .speed(0.15)
        .suffix(" melodies");
    let field = ui.add(field).accessible_name("Melodies on the path");
    let hint = "How many melodies lie on the path, its own points among them. They lie where the music changes, so that \
                each step is about as large as the next.";
    if field.on_hover_text(hint).changed() {
        command(PathCommand::SetStops(count));
    }
}

/// The button that turns the tool off, or those that edit and remove the path.
fn edit_buttons(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if state.path.tool_active {
        let done = ui
            .button("Done")
            .on_hover_text("Stop drawing; the path stays (Esc)");
        if done.clicked() {
            out.push(Command::Path(PathCommand::SetTool(false)));
        }
        return;
    }
    if row_icon_button(ui, ICON_CLOSE, "Remove the path", ROW_HEIGHT - 3.0).clicked() {
        out.push(Command::Path(PathCommand::Clear));
    }
    let edit = ui
        .button("Edit")
        .on_hover_text("Move its points, click the line for a new one, Delete removes one (D)");
    if edit.clicked() {
        out.push(Command::Path(PathCommand::SetTool(true)));
    }
}

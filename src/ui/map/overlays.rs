//! The overlays of the map: tools, layout switch, quality, colour bar, selection, hint and notices.

use eframe::egui::{
    Align, Align2, Button, Layout, Margin, Popup, Rect, RichText, Ui, UiBuilder, vec2,
};
use egui_material_icons::icons::{ICON_FIT_SCREEN, ICON_GESTURE, ICON_NEAR_ME, ICON_TOUCH_APP};

use super::overlay_frame::{EDGE, TOOLS_WIDTH, chip, corner, framed, inner_area, is_narrow};
use super::path::card::{self, tool_button};
use super::{
    colour_bar, filter, highlight_chip, hint, landmarks, layout_switch, mode_chip, notices,
    quality_card, selected_chip, short_chip,
};
use crate::ui::command::{Command, ProbeCommand};
use crate::ui::options::PlayBy;
use crate::ui::state::{AppState, ModelState};
use crate::ui::theme::BODY;
use crate::ui::widgets::controls::{icon_button, theme_colours};
use crate::ui::widgets::now_playing::now_playing_ui;
use crate::wording::sentence_case;

/// Width of the map below which the quality is abbreviated, points.
const MEDIUM_WIDTH: f32 = 640.0;
/// Space between two chips, points.
const CHIPS_GAP: f32 = 6.0;

/// Draws all overlays; `highlighted` is the number of melodies that stand out, `shows_playing_name` whether to name what plays.
pub fn show(
    ui: &mut Ui,
    rect: Rect,
    (highlighted, shows_playing_name): (usize, bool),
    state: &AppState,
    out: &mut Vec<Command>,
) {
    let inner = rect.shrink(EDGE);
    corner(ui, inner, Align2::LEFT_TOP, |ui| {
        framed(ui, Margin::same(3), |ui| {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 4.0;
                tools(ui, state, out);
            });
        });
    });
    if state.melodies.plan().is_some() {
        // Not in one area with the tools: it would cover the map below the switch and take the clicks there.
        let right_of_tools = inner.with_min_x(inner.left() + TOOLS_WIDTH);
        corner(ui, right_of_tools, Align2::LEFT_TOP, |ui| {
            let space = match (is_narrow(rect), short_chip::is_shown(state)) {
                (false, _) => layout_switch::AvailableSpace::Buttons,
                (true, false) => layout_switch::AvailableSpace::MenuAndStatus,
                (true, true) => layout_switch::AvailableSpace::Menu,
            };
            layout_switch::show(ui, space, state, out);
        });
        if is_narrow(rect) && short_chip::is_shown(state) {
            // In the place of the quality, but not of its width.
            let chip_area = right_of_tools.with_min_y(inner.top() + 0.5);
            corner(ui, chip_area, Align2::RIGHT_TOP, |ui| {
                short_chip::show(ui, state, highlighted, out);
            });
        } else if state.layout.quality.is_some() {
            // Empty, it would have no width, and be cut in the frame in which it gets its text.
            corner(ui, inner, Align2::RIGHT_TOP, |ui| {
                quality_card::show(ui, rect.width() < MEDIUM_WIDTH, state)
            });
        }
        if !card::replaces_colour_bar(rect, state) {
            colour_bar::show(ui, rect, state, out);
        }
    }
    let chips = chips(ui, rect, (highlighted, shows_playing_name), state, out);
    hint::paint_text(ui, rect, state);
    empty_map(ui, rect, state, out);
    let notices_reach_colour_bar =
        inner.width() < TOOLS_WIDTH + colour_bar::SIZE.x + notices::WIDTH;
    let height_below = match card::height_below_overlays(rect, state) {
        0.0 if notices_reach_colour_bar => colour_bar::SIZE.y + EDGE,
        height => height,
    };
    let mut free = inner_area(rect);
    free.max.y -= height_below;
    // Beside the chips if there is space, else below them.
    if chips.is_some_and(|chips| chips.right() + EDGE > free.right() - notices::WIDTH) {
        free.min.y = chips.map_or(free.min.y, |chips| chips.bottom() + CHIPS_GAP);
    }
    notices::show(ui, free, state, out);
}

/// The tool that waits, what is selected, what is highlighted and what plays, one below the other. Returns where they are.
fn chips(
    ui: &mut Ui,
    rect: Rect,
    (highlighted, shows_playing_name): (usize, bool),
    state: &AppState,
    out: &mut Vec<Command>,
) -> Option<Rect> {
    // A narrow map has the others in its top row.
    let shows_other_chips = !is_narrow(rect);
    let many = shows_other_chips && state.selection.is_many();
    let has_content = shows_playing_name || (shows_other_chips && short_chip::is_shown(state));
    if !has_content {
        return None;
    }
    let inner = inner_area(rect);
    let rect = corner(ui, inner, Align2::LEFT_TOP, |ui| {
        // Else a name is cut to the width of what was there before.
        ui.set_max_width(inner.width());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = CHIPS_GAP;
            if shows_other_chips {
                mode_chip::show(ui, state, out);
            }
            if many {
                selected_chip::show(ui, state, out);
            }
            if shows_other_chips {
                highlight_chip::show(ui, state, highlighted, out);
            }
            if shows_playing_name {
                chip(ui, |ui| now_playing_ui(ui, state, out));
            }
        });
    });
    Some(rect)
}

/// The column of buttons.
fn tools(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if icon_button(ui, ICON_FIT_SCREEN, "Show the whole map").clicked() {
        out.push(Command::FitMap);
    }
    play_by(ui, state, out);
    tool_button(ui, state, out);
    filter::button(ui, state, out);
    landmarks::switch(ui, state, out);
}

/// The choice of what the pointer does to play.
fn play_by(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let icon = |by| match by {
        PlayBy::Hover => ICON_NEAR_ME,
        PlayBy::Drag => ICON_GESTURE,
        PlayBy::Click => ICON_TOUCH_APP,
    };
    let current = state.settings.play_by;
    let button = icon_button(ui, icon(current), "How the map plays")
        .on_hover_text("Every position of the map plays, also between the points. Choose how.");
    Popup::menu(&button).show(|ui| {
        for (by, name, text) in [
            (
                PlayBy::Hover,
                "Play by hovering",
                "The position under the pointer plays; drag to move the map",
            ),
            (
                PlayBy::Drag,
                "Play by pressing and sweeping",
                "Hold the button down and move: the loop follows and keeps the beat",
            ),
            (
                PlayBy::Click,
                "Play by clicking",
                "Only clicks play; drag to move the map",
            ),
        ] {
            let choice = Button::selectable(by == current, name);
            if ui.add(choice).on_hover_text(text).clicked() {
                out.push(Command::Probe(ProbeCommand::SetPlayBy(by)));
            }
        }
    });
}

/// The state of the model and of the sweep in the middle of an empty map.
fn empty_map(ui: &mut Ui, rect: Rect, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    if state.melodies.plan().is_some() {
        return;
    }
    let beside_tools = rect.width() - 2.0 * (EDGE + TOOLS_WIDTH);
    let area = Rect::from_center_size(rect.center(), vec2(beside_tools.min(420.0), 140.0));
    ui.scope_builder(
        UiBuilder::new()
            .max_rect(area)
            .layout(Layout::top_down(Align::Center)),
        |ui| match (&state.model, &state.sweep.error) {
            (ModelState::Opening, _) => {
                ui.label(RichText::new("Opening the model…").size(BODY + 1.0));
                ui.label(RichText::new("A map of melodies will grow here.").color(c.muted));
            }
            (ModelState::Failed(text), _) => {
                ui.label(RichText::new(sentence_case(text)).color(c.error));
                if ui.button("Open the default model").clicked() {
                    out.push(Command::OpenModel(None));
                }
                if ui.button("Open a model…").clicked() {
                    out.push(Command::ChooseModel);
                }
            }
            (ModelState::Ready(_), error_label) => {
                if let Some(text) = error_label {
                    ui.label(RichText::new(sentence_case(text)).color(c.error));
                } else if state.sweep.running.is_some() {
                    ui.label(RichText::new("Laying out the map…").color(c.muted));
                    return;
                }
                ui.label(RichText::new("A sweep fills this map with melodies.").color(c.muted));
                if ui.button("Start a sweep").clicked() {
                    out.push(Command::NewSweep);
                }
            }
        },
    );
}

//! Steering: sliders that are free, wanted or held, a key, and the search for melodies that have all of it.

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{Align, Layout, Rect, Ui};

use super::steer_options::options_ui;
use super::steer_result::result_ui;
use super::steer_scope::scope_ui;
use super::steer_sliders::sliders_ui;
use crate::ui::command::{Command, SteerCommand};
use crate::ui::options::SearchScope;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::{link, main_button, title};
use crate::ui::widgets::numbers::grouped_with_noun;
use crate::ui::widgets::scale_choice::scale_button;

/// Space between the rows, points: in a window of 1440 by 900 the sweep below is seen too.
const SPACING: f32 = 5.0;
/// Width of the button of the key, points.
const KEY_BUTTON_WIDTH: f32 = 168.0;

/// Draws the sliders, the search scope and the result of the last steer. `with_title_and_button` adds the title, which a tab may show
/// instead, and the button that starts the search, which the caller may draw below ([`steer_button`]). `reveal_scope` scrolls the
/// panel to the search scope.
pub fn steer_ui(
    ui: &mut Ui,
    state: &AppState,
    with_title_and_button: bool,
    reveal_scope: bool,
    out: &mut Vec<Command>,
) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = SPACING;
        header(ui, state, with_title_and_button, out);
        contents(ui, state, with_title_and_button, reveal_scope, out);
    });
}

fn header(ui: &mut Ui, state: &AppState, with_title: bool, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        if with_title {
            title(ui, "Steer");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            let free = link(ui, "Free all")
                .on_hover_text("Neither a slider nor the key asks for anything");
            if free.clicked() {
                out.push(Command::Steer(SteerCommand::FreeAll));
            }
            let hold = link(ui, "Hold the rest").on_hover_text(format!(
                "Every slider without a wanted value keeps that of {}",
                held_value_source(state)
            ));
            if hold.clicked() {
                out.push(Command::Steer(SteerCommand::HoldRest));
            }
        });
    });
}

fn contents(
    ui: &mut Ui,
    state: &AppState,
    with_button: bool,
    reveal_scope: bool,
    out: &mut Vec<Command>,
) {
    sliders_ui(ui, state, out);
    key_row(ui, state, out);
    let top = ui.cursor().min;
    scope_ui(ui, state, out);
    options_ui(ui, state, out);
    if with_button {
        steer_button(ui, state, out);
    }
    if reveal_scope {
        let shown = Rect::from_two_pos(top, ui.min_rect().max);
        ui.scroll_to_rect_animation(shown, None, ScrollAnimation::none());
    }
    result_ui(ui, state, out);
}

/// What values are held at now: the selected melody or the sweep.
fn held_value_source(state: &AppState) -> String {
    let id = state.selection.focus;
    match id.filter(|id| state.melodies.get(*id).is_some()) {
        Some(id) => state.title(id),
        None => "the sweep's mean".to_owned(),
    }
}

fn key_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.label("Key");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = "Key of new melodies";
            let (button, chosen) =
                scale_button(ui, name, "Any key", state.steer.scale, KEY_BUTTON_WIDTH);
            button.on_hover_text(
                "New melodies have every note in it: they are moved to where they fit",
            );
            if let Some(scale) = chosen {
                out.push(Command::Steer(SteerCommand::SetScale(scale)));
            }
        });
    });
}

/// What the user has to ask for before a search, if that is missing.
fn missing_request(state: &AppState) -> Option<&'static str> {
    match state.steer.scope {
        SearchScope::Anywhere => (!state.asks_for_something())
            .then_some("Move a slider, hold one, or choose a key first"),
        SearchScope::LikeSelected => {
            let source = state.steer_source();
            source
                .is_none()
                .then_some("Select a melody on the map first")
        }
    }
}

/// Draws the button that starts the search.
pub fn steer_button(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let missing_step = if state.model.info().is_none() {
        Some("Open a model first")
    } else {
        missing_request(state)
    };
    let label = grouped_with_noun(state.settings.steer_count as usize, "new melody");
    let width = ui.available_width();
    let button = ui
        .add_enabled_ui(missing_step.is_none(), |ui| {
            let centred = ui.vertical_centered(|ui| main_button(ui, label, width));
            centred.inner
        })
        .inner
        .on_hover_text("Search new melodies with all of this; they appear on the map")
        .on_disabled_hover_text(missing_step.unwrap_or_default());
    if button.clicked() {
        out.push(Command::Steer(SteerCommand::Start));
    }
}

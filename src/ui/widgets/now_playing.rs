//! The line that names what plays, with a button that keeps it.

use eframe::egui::{Button, Label, Role, Ui, Vec2, WidgetInfo};
use egui_material_icons::icons::{ICON_FAVORITE, ICON_GRAPHIC_EQ};

use super::controls::{caption, theme_colours};
use crate::ui::command::Command;
use crate::ui::state::AppState;

/// Height of the line, points.
const HEIGHT: f32 = 24.0;
/// Width of the icon and the button with the space around them, points.
const CONTROLS_WIDTH: f32 = 64.0;
/// Largest width of the name, points.
const MAX_NAME_WIDTH: f32 = 220.0;

/// Draws the line, of the same height whether something plays or not.
pub fn now_playing_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(HEIGHT);
        ui.spacing_mut().item_spacing.x = 6.0;
        let playing = state.playback.now_playing();
        let colour = if playing.is_some() {
            c.playing
        } else {
            c.muted
        };
        ui.label(ICON_GRAPHIC_EQ.rich_text().size(15.0).color(colour));
        let Some(melody) = state.playback.melody_to_keep() else {
            let text = match playing {
                Some(_) => "A part of the song",
                None => "Nothing plays",
            };
            caption(ui, text);
            return;
        };
        let kept = state
            .kept_melodies
            .find_identity(&melody.identity)
            .is_some();
        ui.scope(|ui| {
            ui.set_max_width((ui.available_width() - CONTROLS_WIDTH).clamp(40.0, MAX_NAME_WIDTH));
            ui.add(Label::new(state.kept_melodies.name_of(melody)).truncate());
        });
        let (name, colour) = if kept {
            ("Remove what plays from the library", c.accent)
        } else {
            ("Keep what plays", c.muted)
        };
        let button = Button::new(ICON_FAVORITE.rich_text().size(16.0).color(colour))
            .frame_when_inactive(false)
            .min_size(Vec2::splat(HEIGHT));
        let button = ui.add(button);
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        if button.on_hover_text(name).clicked() {
            out.push(Command::ToggleKeptPlaying);
        }
    });
}

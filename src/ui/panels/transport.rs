//! The transport: play, tempo, volume and output.

use eframe::egui::{self, Align2, DragValue, Role, Sense, Slider, Stroke, Ui, Vec2, WidgetInfo};
use egui_material_icons::icons::{ICON_PLAY_ARROW, ICON_REPEAT, ICON_STOP, ICON_VOLUME_UP};

use super::feel::feel_button;
use super::output::{output_button, output_light};
use crate::ui::command::Command;
use crate::ui::options::{MAX_TEMPO, MIN_TEMPO};
use crate::ui::state::AppState;
use crate::ui::widgets::controls::{error_label, filled_slider, theme_colours, toggle};
use crate::ui::widgets::now_playing::now_playing_ui;

/// Rows beside the play button.
const ROW_COUNT: f32 = 3.0;
/// Largest width of what plays and of a message, points.
const MAX_TEXT_WIDTH: f32 = 330.0;

/// Draws the transport.
pub fn transport_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        play_button(ui, state, out);
        ui.add_space(4.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(6.0, 6.0);
            ui.add_space((ui.available_height() - 32.0 * ROW_COUNT).max(0.0) / 2.0);
            ui.horizontal(|ui| first_row(ui, state, out));
            ui.horizontal(|ui| second_row(ui, state, out));
            ui.set_max_width(MAX_TEXT_WIDTH);
            match &state.playback.output.message {
                Some(message) => {
                    error_label(ui, message);
                }
                None => now_playing_ui(ui, state, out),
            }
        });
    });
}

fn play_button(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let playing = state.playback.playhead.playing;
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(46.0), Sense::click());
    let name = if playing { "Stop" } else { "Play" };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let fill = if response.hovered() {
        crate::ui::theme::mix(c.accent, c.text, 0.15)
    } else {
        c.accent
    };
    ui.painter().circle_filled(rect.center(), 22.0, fill);
    if response.has_focus() {
        ui.painter()
            .circle_stroke(rect.center(), 23.0, Stroke::new(1.0, c.text));
    }
    let icon = if playing { ICON_STOP } else { ICON_PLAY_ARROW };
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        icon.codepoint,
        egui::FontId::new(26.0, icon.font_family()),
        c.on_accent,
    );
    if response.on_hover_text(format!("{name} (Space)")).clicked() {
        out.push(Command::PlayStop);
    }
}

fn first_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let looping = state.settings.looping;
    if toggle(ui, looping, ICON_REPEAT, "Loop")
        .on_hover_text("Repeat the melody")
        .clicked()
    {
        out.push(Command::SetLooping(!looping));
    }
    tempo_field(ui, state, out);
    let tap = ui
        .button("Tap")
        .on_hover_text("Tap the beat a few times to set the tempo (T)");
    if is_tapped(ui, &tap) {
        out.push(Command::TapTempo);
    }
    let muted = theme_colours(ui).muted;
    ui.label(ICON_VOLUME_UP.rich_text().size(16.0).color(muted));
    let mut volume = state.settings.volume;
    ui.spacing_mut().slider_width = 76.0;
    let rail = Slider::new(&mut volume, 0.0..=1.0);
    if filled_slider(ui, rail).accessible_name("Volume").changed() {
        out.push(Command::SetVolume(volume));
    }
}

/// The tempo, which can't be set while a clock is followed.
fn tempo_field(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let followed = state.midi_input.followed_tempo;
    let mut tempo = followed.unwrap_or(state.settings.tempo);
    let field = DragValue::new(&mut tempo)
        .range(MIN_TEMPO..=MAX_TEMPO)
        .speed(0.25)
        .fixed_decimals(1)
        .suffix(" bpm");
    let response = ui
        .add_enabled(followed.is_none(), field)
        .accessible_name("Tempo")
        .on_disabled_hover_text("Follows the MIDI clock of the input");
    if response.on_hover_text("Drag, or click to type").changed() {
        out.push(Command::SetTempo(tempo));
    }
}

/// Whether a button is pressed now, by the pointer or a key. The release is too late for a beat.
fn is_tapped(ui: &Ui, button: &egui::Response) -> bool {
    let (down, up) = ui.input(|input| {
        let pointer = &input.pointer;
        (pointer.primary_pressed(), pointer.primary_released())
    });
    let pressed = down && button.is_pointer_button_down_on();
    // A key clicks without the pointer; a quick click presses and releases in one frame.
    pressed || (button.clicked() && (down || !up))
}

fn second_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    output_button(ui, state, out);
    feel_button(ui, &state.settings, out);
    if ui
        .button("Panic")
        .on_hover_text("Silence every note on every channel (P)")
        .clicked()
    {
        out.push(Command::Panic);
    }
    output_light(ui, state);
}

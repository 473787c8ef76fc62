//! The page of settings: sound, MIDI, OSC, and how the window looks, each with its present state in words.

use std::time::Duration;

use eframe::egui::{Frame, Grid, Modal, ScrollArea, Ui};

use super::priorities::priorities_text;
use super::settings_midi::{controller_row, midi_rows};
use super::settings_osc::osc_row;
use super::settings_row::{caption, choice_menu, row};
use super::sound_menu::sound_menu;
use crate::playback::OutputChoice;
use crate::ui::actions::command_key;
use crate::ui::command::{Command, SoundCommand};
use crate::ui::options::{Motion, ThemeChoice, UI_SCALES};
use crate::ui::state::AppState;
use crate::ui::widgets::modal_header::{PAGE_MARGIN, modal_header, page_id};

/// Least space around the page, with its title, points.
const WINDOW_MARGIN: f32 = 110.0;
/// Largest width of the page, points.
const PAGE_WIDTH: f32 = 520.0;
/// Sample rates to choose from, Hz.
const SAMPLE_RATES: [u32; 4] = [44_100, 48_000, 88_200, 96_000];
/// Block sizes to choose from, frames.
const BLOCK_SIZES: [u32; 5] = [128, 256, 512, 1_024, 2_048];

/// Draws the page while it is open.
pub fn settings_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if !state.sound.settings_open {
        return;
    }
    let screen = ui.ctx().content_rect();
    let frame = Frame::popup(ui.style()).inner_margin(PAGE_MARGIN);
    let modal = Modal::new(page_id(ui.ctx(), "settings"))
        .frame(frame)
        .show(ui.ctx(), |ui| {
            ui.set_width(PAGE_WIDTH.min(screen.width() - WINDOW_MARGIN));
            let close = modal_header(ui, "Settings", "Close the settings");
            let height = screen.height() - WINDOW_MARGIN;
            ScrollArea::vertical()
                .max_height(height)
                // Else the page is as high as egui's first guess.
                .min_scrolled_height(height)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    Grid::new("settings")
                        .num_columns(2)
                        .spacing([16.0, 10.0])
                        .show(ui, |ui| {
                            sound_rows(ui, state, out);
                            midi_rows(ui, state, out);
                            osc_row(ui, state, out);
                            window_rows(ui, state, out);
                            controller_row(ui, state, out);
                        });
                });
            close
        });
    if modal.inner || modal.should_close() {
        out.push(Command::Sound(SoundCommand::ShowSettings(false)));
    }
}

fn sound_rows(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    row(ui, "Sound", |ui| {
        ui.menu_button(state.settings.sound.name(), |ui| sound_menu(ui, state, out));
    });
    let current = &state.settings.sound_device;
    let mut edited = current.clone();
    let devices = &state.sound.devices;
    row(ui, "Sound device", |ui| {
        let text = |id: &Option<String>| match id {
            None => DEFAULT_DEVICE.to_owned(),
            Some(id) => devices.iter().find(|device| device.id == *id).map_or_else(
                || format!("{id} (disconnected)"),
                |device| device.name.clone(),
            ),
        };
        let ids = devices.iter().map(|device| Some(device.id.clone()));
        let choices = std::iter::once(None).chain(ids);
        choice_menu(ui, "Sound device", &mut edited.device, choices, text);
    });
    row(ui, "Sample rate", |ui| {
        let text = |rate: &Option<u32>| match rate {
            None => "The device's own".to_owned(),
            Some(rate) => format!("{rate} Hz"),
        };
        let choices = std::iter::once(None).chain(SAMPLE_RATES.map(Some));
        choice_menu(ui, "Sample rate", &mut edited.sample_rate, choices, text);
    });
    row(ui, "Buffer", |ui| {
        let text = |block: &Option<u32>| match block {
            None => "Automatic".to_owned(),
            Some(block) => format!("{block} frames"),
        };
        let choices = std::iter::once(None).chain(BLOCK_SIZES.map(Some));
        choice_menu(ui, "Buffer", &mut edited.block_frames, choices, text);
        caption(ui, &latency_text(state));
        if let Some(frames) = state.playback.output.enlarged_block {
            caption(ui, &enlarged_text(frames));
        }
        if let Some(text) = priorities_text(&state.playback.output) {
            caption(ui, &text);
        }
    });
    if edited != *current {
        out.push(Command::Sound(SoundCommand::SetDevice(edited)));
    }
}

const DEFAULT_DEVICE: &str = "The system's default";

fn latency_text(state: &AppState) -> String {
    let output = &state.playback.output;
    match (&state.settings.output, output.latency) {
        (OutputChoice::Synth, Some(latency)) => format!(
            "A click sounds {} ms later, plus what the device itself takes. Smaller buffers are faster and need a machine with time to spare.",
            milliseconds(latency)
        ),
        // Why stands below the output.
        (OutputChoice::Synth, None) if output.message.is_some() => {
            "No sound device is open.".to_owned()
        }
        (OutputChoice::Synth, None) => "The sound device is being opened.".to_owned(),
        _ => "The built-in synth is not the output now.".to_owned(),
    }
}

fn enlarged_text(frames: u32) -> String {
    format!(
        "The computer was busy and the sound had gaps, so the buffer was enlarged to {frames} frames. Your own choice is used again when you choose a buffer here or restart Tunescape."
    )
}

fn milliseconds(time: Duration) -> u128 {
    time.as_micros().div_ceil(1_000)
}

fn window_rows(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    row(ui, "Theme", |ui| {
        ui.horizontal(|ui| {
            for (theme, name) in [
                (ThemeChoice::System, "System"),
                (ThemeChoice::Dark, "Dark"),
                (ThemeChoice::Light, "Light"),
            ] {
                let on = state.settings.theme == theme;
                if ui.selectable_label(on, name).clicked() && !on {
                    out.push(Command::SetTheme(theme));
                }
            }
        });
        let theme_text = if ui.visuals().dark_mode {
            "dark"
        } else {
            "light"
        };
        caption(ui, &format!("The window is {theme_text} now."));
    });
    let mut scale = state.settings.ui_scale;
    row(ui, "Size", |ui| {
        let text = |scale: &u16| format!("{scale} %");
        choice_menu(
            ui,
            "Size of the window's content",
            &mut scale,
            UI_SCALES.into_iter(),
            text,
        );
        let drawn = (100.0 * ui.ctx().zoom_factor()).round();
        let limit = if drawn < f32::from(state.settings.ui_scale) {
            ", the most that this window has space for"
        } else {
            ""
        };
        let keys = format!(
            "Text and buttons are drawn at {drawn} % now{limit}. {} with + and − does the same.",
            command_key(ui.ctx())
        );
        caption(ui, &keys);
    });
    if scale != state.settings.ui_scale {
        out.push(Command::SetUiScale(scale));
    }
    row(ui, "Motion", |ui| {
        ui.horizontal(|ui| {
            for (motion, name) in [
                (Motion::System, "As the system"),
                (Motion::Full, "Full"),
                (Motion::Reduced, "Reduced"),
            ] {
                let on = state.settings.motion == motion;
                if ui.selectable_label(on, name).clicked() && !on {
                    out.push(Command::SetMotion(motion));
                }
            }
        });
        caption(
            ui,
            if state.reduces_motion() {
                "Nothing moves or fades now."
            } else {
                "Points move to their places, and marks pulse."
            },
        );
    });
}

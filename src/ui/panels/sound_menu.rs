//! The menu of sounds: instruments of the synth and presets of SoundFonts.

use std::path::Path;

use eframe::egui::{Button, RichText, ScrollArea, Ui};

use crate::playback::{Instrument, OutputChoice, SoundChoice};
use crate::ui::command::{Command, SoundCommand};
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::theme_colours;

/// Largest height of the list of presets, points.
const PRESETS_HEIGHT: f32 = 280.0;

/// The instruments, and the SoundFonts. Choosing one plays on the built-in synth.
pub fn sound_menu(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if state.sound.system_fonts.is_none() {
        out.push(Command::Sound(SoundCommand::FindSoundFonts));
    }
    for instrument in Instrument::ALL {
        sound_button(ui, state, SoundChoice::BuiltIn(instrument), out);
    }
    ui.separator();
    if let Some(font) = &state.sound.sound_font {
        ui.menu_button(file_name(font.path()), |ui| {
            ScrollArea::vertical()
                .max_height(PRESETS_HEIGHT)
                .show(ui, |ui| {
                    for preset in font.presets().iter() {
                        let path = font.path().to_owned();
                        let choice = SoundChoice::SoundFont {
                            path,
                            preset: preset.clone(),
                        };
                        sound_button(ui, state, choice, out);
                    }
                });
        });
    }
    let open = |path: &Path| state.sound.open_sound_font(path).is_some();
    for path in state
        .sound
        .system_fonts
        .iter()
        .flatten()
        .filter(|path| !open(path))
    {
        let button = ui.button(file_name(path));
        if button.on_hover_text("A SoundFont of this system").clicked() {
            out.push(Command::Sound(SoundCommand::OpenSoundFont(path.clone())));
        }
    }
    if let Some(path) = &state.sound.reading {
        let muted = theme_colours(ui).muted;
        let text = format!("Reading {}…", file_name(path));
        ui.label(RichText::new(text).size(CAPTION).color(muted));
    }
    if ui
        .button("Open SoundFont…")
        .on_hover_text(
            "Play with the instruments of an .sf2 file; it can also be dropped on the window",
        )
        .clicked()
    {
        out.push(Command::Sound(SoundCommand::ChooseSoundFont));
    }
}

fn sound_button(ui: &mut Ui, state: &AppState, choice: SoundChoice, out: &mut Vec<Command>) {
    let on = state.settings.output == OutputChoice::Synth && state.settings.sound == choice;
    let name = choice.name().to_owned();
    if ui.add(Button::selectable(on, name)).clicked() && !on {
        out.push(Command::Sound(SoundCommand::Choose(choice)));
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    crate::files::sanitise(&name.to_string_lossy()).into_owned()
}

//! The sound of the built-in synth: instruments, SoundFonts, devices.

use std::path::PathBuf;

use crate::playback::{OutputChoice, Preset, SoundChoice, SoundFontFile};
use crate::ui::command::SoundCommand;
use crate::ui::services::Services;
use crate::ui::state::AppState;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: SoundCommand) {
    match command {
        SoundCommand::Choose(sound) => choose(state, services, sound),
        SoundCommand::FindSoundFonts => state.sound.find_system_fonts(),
        SoundCommand::ChooseSoundFont => {
            let folder = state.settings.open_folder.as_deref();
            services.exporter.choose_sound_font(folder);
        }
        SoundCommand::OpenSoundFont(path) => {
            play_on_synth(state, services);
            read_sound_font(state, services, path);
        }
        SoundCommand::SetDevice(device) => {
            state.settings.sound_device = device.clone();
            services.player.set_sound_device(device);
        }
        SoundCommand::ShowSettings(open) => {
            state.sound.settings_open = open;
            if open {
                services.player.list_sound_devices();
            }
        }
    }
}

/// Applies the stored sound when the window opens.
pub(in crate::ui) fn restore(state: &mut AppState, services: &mut Services) {
    services
        .player
        .set_sound_device(state.settings.sound_device.clone());
    services.player.set_sound(&state.settings.sound);
    if let SoundChoice::SoundFont { path, .. } = &state.settings.sound {
        let path = path.clone();
        read_sound_font(state, services, path);
    }
}

/// Chooses a sound, and the synth to play it on.
fn choose(state: &mut AppState, services: &mut Services, sound: SoundChoice) {
    set_sound(state, services, sound);
    play_on_synth(state, services);
}

fn set_sound(state: &mut AppState, services: &mut Services, sound: SoundChoice) {
    services.player.set_sound(&sound);
    state.settings.sound = sound;
}

fn play_on_synth(state: &mut AppState, services: &mut Services) {
    if state.settings.output != OutputChoice::Synth {
        state.settings.output = OutputChoice::Synth;
        services.player.set_output(OutputChoice::Synth);
    }
}

fn read_sound_font(state: &mut AppState, services: &mut Services, path: PathBuf) {
    state.sound.reading = Some(path.clone());
    services.exporter.read_sound_font(path);
}

/// Takes a SoundFont that was read, or the error for the user.
pub(in crate::ui) fn receive_sound_font(
    state: &mut AppState,
    services: &mut Services,
    path: PathBuf,
    result: Result<SoundFontFile, String>,
) {
    // The user has opened another one meanwhile.
    if state.sound.reading.as_ref() != Some(&path) {
        return;
    }
    state.sound.reading = None;
    match result {
        Ok(font) => {
            services.player.set_sound_font(font.clone());
            let sound = SoundChoice::SoundFont {
                preset: preset_of(&font, &state.settings.sound),
                path,
            };
            state.sound.sound_font = Some(font);
            set_sound(state, services, sound);
        }
        Err(error) => {
            let is_chosen = matches!(&state.settings.sound, SoundChoice::SoundFont { path: chosen, .. } if *chosen == path);
            if is_chosen && state.sound.sound_font.is_none() {
                set_sound(state, services, SoundChoice::default());
            }
            state.notices.error(error);
        }
    }
}

/// The stored preset if this font has it, else the first.
fn preset_of(font: &SoundFontFile, stored_sound: &SoundChoice) -> Preset {
    let presets = font.presets();
    let stored_preset = match stored_sound {
        SoundChoice::SoundFont { path, preset } if path == font.path() => presets
            .iter()
            .find(|other| (other.bank, other.program) == (preset.bank, preset.program)),
        _ => None,
    };
    // A font has at least one preset.
    stored_preset.unwrap_or(&presets[0]).clone()
}

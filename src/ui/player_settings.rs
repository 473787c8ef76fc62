//! Applying the settings to the player.

use super::melody_player::MelodyPlayer;
use super::settings::Settings;

/// Applies the settings to the player, except the sound.
pub fn apply_settings(player: &mut dyn MelodyPlayer, settings: &Settings) {
    player.set_tempo(settings.tempo);
    player.set_volume(settings.volume);
    player.set_looping(settings.looping);
    player.set_midi_patch(settings.midi);
    for (name, id) in &settings.port_ids {
        player.remember_port(name, id);
    }
    player.set_feel(settings.feel);
    player.set_chords(settings.chords.backing());
    player.set_launch(settings.launch);
    player.set_metronome_and_clock(settings.metronome_and_clock);
    player.set_output(settings.output.clone());
    player.set_offset(settings.latency_offset);
    player.set_follow_clock(settings.follow_clock);
    player.set_follow_transport(settings.follow_transport);
    player.set_input(settings.midi_input.clone());
    player.set_osc(settings.osc);
}

//! The transport: play and stop, tempo, loop, volume and output.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::play::{play_melody, play_stored, send};
use super::selection::select;
use super::{path, timeline};
use crate::melody::Feel;
use crate::playback::{
    LaunchQuantization, MAX_OFFSET_MS, MetronomeAndClock, MidiPatch, OutputChoice,
};
use crate::ui::chord_settings::ChordSettings;
use crate::ui::options::{MAX_TEMPO, MIN_TEMPO};
use crate::ui::services::Services;
use crate::ui::state::AppState;

/// Pause after which a tap starts a new series.
const TAP_PAUSE: Duration = Duration::from_secs(2);
/// Maximum number of taps that the tempo is computed from.
const MAX_TAPS: usize = 5;

pub(super) fn play_stop(state: &mut AppState, services: &mut Services) {
    if state.playback.playhead.playing {
        services.player.stop();
        state.playback.playhead = services.player.playhead();
    } else if state.play_means_timeline() {
        timeline::play_selected(state, services);
    } else if path::play_means_path(state) {
        path::play(state, services);
    } else if let Some(id) = state.selection.focus {
        play_melody(state, services, id);
    } else if let Some(last) = state.playback.last_request().cloned() {
        send(state, services, last);
    } else {
        // Nothing was selected yet: play the first melody that has notes.
        let first = state
            .melodies
            .swept()
            .find(|entry| !entry.melody.is_empty())
            .map(|entry| entry.id);
        if let Some(id) = first {
            select(state, services, id);
        }
    }
}

/// Plays a kept melody, and selects it if it is on the map.
pub(super) fn play_kept(state: &mut AppState, services: &mut Services, number: u64) {
    let Some(kept) = state.kept_melodies.get(number) else {
        return;
    };
    let (melody, stored) = (Arc::clone(&kept.melody), kept.stored.clone());
    let on_map = state.map_id_of(kept);
    play_stored(state, services, melody, stored, on_map);
}

pub(super) fn set_tempo(state: &mut AppState, services: &mut Services, bpm: f64) {
    if bpm.is_finite() {
        state.settings.tempo = bpm.clamp(MIN_TEMPO, MAX_TEMPO);
        services.player.set_tempo(state.settings.tempo);
    }
}

/// Repeats melodies, or plays them once.
pub(super) fn set_looping(state: &mut AppState, services: &mut Services, looping: bool) {
    state.settings.looping = looping;
    services.player.set_looping(looping);
}

/// Sets the volume of the built-in synth, clamped to 0 to 1.
pub(super) fn set_volume(state: &mut AppState, services: &mut Services, volume: f32) {
    if volume.is_finite() {
        state.settings.volume = volume.clamp(0.0, 1.0);
        services.player.set_volume(state.settings.volume);
    }
}

/// Chooses the output.
pub(super) fn set_output(state: &mut AppState, services: &mut Services, output: OutputChoice) {
    state.settings.output = output.clone();
    services.player.set_output(output);
}

/// Chooses channel, program and bank of MIDI ports.
pub(super) fn set_midi_patch(state: &mut AppState, services: &mut Services, patch: MidiPatch) {
    state.settings.midi = patch.clamped();
    services.player.set_midi_patch(state.settings.midi);
}

pub(super) fn set_feel(state: &mut AppState, services: &mut Services, feel: Feel) {
    state.settings.feel = feel.clamped();
    services.player.set_feel(state.settings.feel);
}

pub(super) fn set_chords(state: &mut AppState, services: &mut Services, chords: ChordSettings) {
    state.settings.chords = chords.clamped();
    services.player.set_chords(state.settings.chords.backing());
}

pub(super) fn set_launch(
    state: &mut AppState,
    services: &mut Services,
    launch: LaunchQuantization,
) {
    state.settings.launch = launch;
    services.player.set_launch(launch);
}

pub(super) fn set_metronome_and_clock(
    state: &mut AppState,
    services: &mut Services,
    options: MetronomeAndClock,
) {
    state.settings.metronome_and_clock = options;
    services.player.set_metronome_and_clock(options);
}

/// Sets the latency offset, milliseconds.
pub(super) fn set_latency_offset(state: &mut AppState, services: &mut Services, offset: i32) {
    state.settings.latency_offset = offset.clamp(-MAX_OFFSET_MS, MAX_OFFSET_MS);
    services.player.set_offset(state.settings.latency_offset);
}

/// Sets the tempo whose beat is the mean time between the last taps, rounded to a tenth of a beat per minute.
pub(super) fn tap(state: &mut AppState, services: &mut Services, now: Instant) {
    let taps = &mut state.playback.taps;
    if taps
        .last()
        .is_some_and(|last| now.saturating_duration_since(*last) > TAP_PAUSE)
    {
        taps.clear();
    }
    taps.push(now);
    if taps.len() > MAX_TAPS {
        taps.remove(0);
    }
    if let (Some(first), Some(last), true) = (taps.first(), taps.last(), taps.len() > 1) {
        let beat_seconds = (*last - *first).as_secs_f64() / (taps.len() - 1) as f64;
        if beat_seconds > 0.0 {
            let bpm = (10.0 * 60.0 / beat_seconds).round() / 10.0;
            set_tempo(state, services, bpm);
        }
    }
}

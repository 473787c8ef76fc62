//! Messages of the inputs: notes, programs and controls by MIDI, and commands by OSC.

use std::time::Instant;

use super::{osc, probes, steer, steer_goals, transport};
use crate::attributes::attribute_index;
use crate::melody::{Feel, MAX_TRANSPOSE};
use crate::playback::input::InputMessage;
use crate::ui::command::{MidiInputCommand, ProbeCommand};
use crate::ui::control_map::{ControlTarget, MidiControl};
use crate::ui::map::MapIndex;
use crate::ui::services::Services;
use crate::ui::state::{AppState, interpolate_latent};

/// The key at which the loop is not transposed.
const MIDDLE_C: i16 = 60;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: MidiInputCommand) {
    match command {
        MidiInputCommand::Choose(choice) => {
            state.settings.midi_input = choice.clone();
            services.player.set_input(choice);
        }
        MidiInputCommand::FollowClock(follow) => {
            state.settings.follow_clock = follow;
            services.player.set_follow_clock(follow);
            if follow {
                follow_transport(state, services, false);
            } else {
                services.player.set_tempo(state.settings.tempo);
            }
        }
        MidiInputCommand::FollowTransport(follow) => {
            follow_transport(state, services, follow);
            if follow {
                state.settings.follow_clock = false;
                services.player.set_follow_clock(false);
            } else {
                services.player.set_tempo(state.settings.tempo);
            }
        }
        MidiInputCommand::Learn(target) => state.midi_input.learning = target,
        MidiInputCommand::Forget(target) => state.settings.controls.forget(&target),
    }
}

/// Chooses whether the transport is followed. The caller ends following the MIDI clock: one of the two is followed at a time.
fn follow_transport(state: &mut AppState, services: &mut Services, follow: bool) {
    state.settings.follow_transport = follow;
    services.player.set_follow_transport(follow);
}

/// Takes the messages that have arrived on the inputs.
pub(in crate::ui) fn receive(state: &mut AppState, services: &mut Services) {
    state.midi_input.port = services.player.input_state();
    state.midi_input.ports = services.player.input_ports();
    state.midi_input.transport = services.player.transport_state();
    state.midi_input.followed_tempo = services.player.followed_tempo();
    state.midi_input.osc = services.player.osc_state();
    let before = state.midi_input.map_position;
    for message in services.player.take_input() {
        match message {
            InputMessage::NoteOn { pitch, .. } => {
                let feel = Feel {
                    transpose: semitones_from_middle_c(pitch),
                    ..state.settings.feel
                };
                transport::set_feel(state, services, feel);
            }
            InputMessage::Program { program, .. } => {
                let kept = state.kept_melodies.iter().nth(usize::from(program));
                if let Some(number) = kept.map(|kept| kept.number) {
                    transport::play_kept(state, services, number);
                }
            }
            InputMessage::Control {
                channel,
                controller,
                value,
            } => {
                let control = MidiControl {
                    channel,
                    controller,
                };
                apply_control(state, services, control, f64::from(value) / 127.0);
            }
            InputMessage::Osc(command) => osc::execute(state, services, command),
            InputMessage::NoteOff { .. } | InputMessage::Clock(_) => {}
        }
    }
    if state.midi_input.map_position != before {
        play_map_position(state, services);
    }
    if state
        .midi_input
        .take_settled_attribute(Instant::now())
        .is_some()
    {
        steer::start(state, services);
    }
    osc::send_selection(state, services);
}

/// Semitones by which a key transposes the loop; keys that are too far away are moved nearer by octaves.
fn semitones_from_middle_c(pitch: u8) -> i8 {
    let limit = i16::from(MAX_TRANSPOSE);
    let mut semitones = i16::from(pitch) - MIDDLE_C;
    while semitones.abs() > limit {
        semitones -= 12 * semitones.signum();
    }
    semitones as i8
}

/// Assigns a control to the target that waits for one, or sets the control's target to a fraction of its range, 0 to 1.
fn apply_control(
    state: &mut AppState,
    services: &mut Services,
    control: MidiControl,
    fraction: f64,
) {
    if let Some(target) = state.midi_input.learning.take() {
        state.settings.controls.learn(control, target);
        return;
    }
    let Some(target) = state.settings.controls.target(control).cloned() else {
        return;
    };
    match target {
        ControlTarget::Attribute(id) => {
            let Some(attribute) = attribute_index(&id) else {
                return;
            };
            let range = state.summary.get(attribute).map(|summary| summary.range);
            if let Some((low, high)) = range {
                steer_goals::want(state, attribute, low + fraction * (high - low));
                state.midi_input.control_moved(attribute, Instant::now());
            }
        }
        ControlTarget::MapX => state.midi_input.map_position.get_or_insert([0.5; 2])[0] = fraction,
        ControlTarget::MapY => state.midi_input.map_position.get_or_insert([0.5; 2])[1] = fraction,
        ControlTarget::Volume => transport::set_volume(state, services, fraction as f32),
    }
}

/// Plays the position on the map that the controls chose.
fn play_map_position(state: &mut AppState, services: &mut Services) {
    let Some(fraction) = state.midi_input.map_position else {
        return;
    };
    let Some(bounds) = state.melodies.bounds() else {
        return;
    };
    let position = [0, 1].map(|axis| {
        let [low, high] = bounds[axis];
        low + fraction[axis] * (high - low)
    });
    let weights = MapIndex::new(&state.melodies).weights(position);
    if let Some(latent) = interpolate_latent(&weights, &state.melodies) {
        probes::apply(
            state,
            services,
            ProbeCommand::Play {
                at: position,
                latent,
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::semitones_from_middle_c;

    #[test]
    fn middle_c_changes_nothing_and_every_key_transposes_by_its_distance_or_an_octave_of_it() {
        assert_eq!(semitones_from_middle_c(60), 0);
        assert_eq!(semitones_from_middle_c(67), 7);
        assert_eq!(semitones_from_middle_c(24), -36);
        for pitch in 0..=127 {
            let semitones = semitones_from_middle_c(pitch);
            assert_eq!((i16::from(pitch) - 60 - i16::from(semitones)) % 12, 0);
        }
    }
}

//! The rows of the settings page for outputs, inputs, clock and controllers, each with its state in words.

use eframe::egui::{Checkbox, Ui};

use super::midi_input::controls;
use super::settings_row::{caption, choice_menu, row};
use crate::playback::{MetronomeAndClock, OutputChoice};
use crate::ui::command::{Command, MidiInputCommand};
use crate::ui::state::AppState;

/// Draws the rows of the ports and the clock.
pub fn midi_rows(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    output_row(ui, state, out);
    input_row(ui, state, out);
    clock_row(ui, state, out);
}

/// Draws the row of the learnt controllers.
pub fn controller_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    row(ui, "Controllers", |ui| {
        let text = match state.settings.controls.count() {
            0 => "No knob is learnt yet: click Learn, then move one.".to_owned(),
            1 => "One knob is learnt; × forgets it.".to_owned(),
            count => format!("{count} knobs are learnt; × forgets one."),
        };
        caption(ui, &text);
        controls(ui, state, out);
    });
}

fn output_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let chosen = &state.settings.output;
    let mut edited = chosen.clone();
    row(ui, "Output", |ui| {
        let ports = state.playback.ports.iter();
        let mut choices = vec![OutputChoice::Synth];
        choices.extend(ports.map(|port| OutputChoice::Port(port.clone())));
        choices.push(OutputChoice::Silent);
        let text = |choice: &OutputChoice| match choice {
            OutputChoice::Synth => "Built-in synth".to_owned(),
            OutputChoice::Port(name) => name.clone(),
            OutputChoice::Silent => "No sound".to_owned(),
        };
        choice_menu(
            ui,
            "Output of the notes",
            &mut edited,
            choices.into_iter(),
            text,
        );
        caption(ui, &output_state(state));
    });
    if edited != *chosen {
        out.push(Command::SetOutput(edited));
    }
}

fn output_state(state: &AppState) -> String {
    let output = &state.playback.output;
    if let Some(message) = &output.message {
        return message.clone();
    }
    let voice = state.settings.midi;
    match &state.settings.output {
        OutputChoice::Silent => "Notes are not heard; the playhead still moves.".to_owned(),
        _ if !output.connected => "Not connected yet.".to_owned(),
        OutputChoice::Synth => "Connected.".to_owned(),
        OutputChoice::Port(_) => match voice.program {
            Some(program) => {
                format!(
                    "Connected, on channel {} with program {program}.",
                    voice.channel
                )
            }
            None => format!("Connected, on channel {}.", voice.channel),
        },
    }
}

fn input_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let chosen = &state.settings.midi_input;
    let mut edited = chosen.clone();
    row(ui, "Input", |ui| {
        let ports = state.midi_input.ports.iter().cloned().map(Some);
        let choices = std::iter::once(None).chain(ports);
        let text = |choice: &Option<String>| choice.clone().unwrap_or_else(|| "None".to_owned());
        choice_menu(ui, "MIDI input", &mut edited, choices, text);
        let port = &state.midi_input.port;
        let text = match (&port.problem, chosen) {
            (Some(problem), _) => problem.as_str(),
            (None, None) => "A keyboard, a controller or a DAW can play along here.",
            (None, Some(_)) if port.connected => "Connected.",
            (None, Some(_)) => "Not connected yet.",
        };
        caption(ui, text);
    });
    if edited != *chosen {
        out.push(Command::MidiInput(MidiInputCommand::Choose(edited)));
    }
}

fn clock_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    row(ui, "MIDI clock", |ui| {
        let current = state.settings.metronome_and_clock;
        let mut sends = current.clock_out;
        if ui.checkbox(&mut sends, "Send to the output").changed() {
            out.push(Command::SetMetronomeAndClock(MetronomeAndClock {
                clock_out: sends,
                ..current
            }));
        }
        let mut follows = state.settings.follow_clock;
        let has_input = state.settings.midi_input.is_some();
        let follow = Checkbox::new(&mut follows, "Follow that of the input");
        if ui.add_enabled(has_input, follow).changed() {
            out.push(Command::MidiInput(MidiInputCommand::FollowClock(follows)));
        }
        caption(ui, &clock_state(state));
    });
}

fn clock_state(state: &AppState) -> String {
    let to_port = matches!(state.settings.output, OutputChoice::Port(_));
    let sent = match (state.settings.metronome_and_clock.clock_out, to_port) {
        (false, _) => "Not sent",
        (true, true) => "Sent",
        (true, false) => "Sent once the output is a MIDI port",
    };
    let follows = state.settings.follow_clock && state.settings.midi_input.is_some();
    match (follows, state.midi_input.followed_tempo) {
        (false, _) => format!("{sent}, not followed."),
        (true, Some(tempo)) => format!("{sent}, followed at {tempo:.1} bpm."),
        (true, None) => format!("{sent}; none arrives to be followed."),
    }
}

//! The MIDI input in the output menu: its port, its clock, and the controls that were learnt.

use eframe::egui::{Button, Checkbox, Grid, Ui};

use crate::playback::HAS_JACK;
use crate::ui::command::{Command, MidiInputCommand};
use crate::ui::control_map::ControlTarget;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::{caption, error_label, row_caption};

/// Draws the entry of the input, whose menu has its settings.
pub fn midi_input_menu(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let chosen = state.settings.midi_input.as_deref();
    let title = format!("MIDI input: {}", chosen.unwrap_or("none"));
    ui.menu_button(title, |ui| {
        ui.set_max_width(300.0);
        port_list(ui, state, out);
        if let Some(message) = &state.midi_input.port.problem {
            error_label(ui, message);
        }
        if chosen.is_some() {
            ui.separator();
            clock_switch(ui, state, out);
        }
        ui.separator();
        transport_switch(ui, state, out);
        if chosen.is_some() {
            ui.separator();
            caption(
                ui,
                "Notes transpose the loop: middle C leaves it as it is. Program changes play kept melodies.",
            );
            controls(ui, state, out);
        }
    });
}

fn port_list(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let chosen = &state.settings.midi_input;
    let mut choices = vec![(None, "No MIDI input".to_owned())];
    for port in &state.midi_input.ports {
        choices.push((Some(port.clone()), format!("From {port}")));
    }
    // A disconnected port stays chosen until it is connected again.
    if let Some(name) = chosen
        && !state.midi_input.ports.contains(name)
    {
        choices.push((chosen.clone(), format!("From {name} (disconnected)")));
    }
    for (choice, name) in choices {
        let on = *chosen == choice;
        if ui.add(Button::selectable(on, name)).clicked() && !on {
            out.push(Command::MidiInput(MidiInputCommand::Choose(choice)));
        }
    }
}

fn clock_switch(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let mut follow = state.settings.follow_clock;
    let response = ui.add(Checkbox::new(&mut follow, "Follow its MIDI clock"));
    let response = response.on_hover_text(
        "Tempo, start, stop and position come from the program that sends the clock. If the clock is lost, the loop goes on",
    );
    if response.changed() {
        out.push(Command::MidiInput(MidiInputCommand::FollowClock(follow)));
    }
    if follow {
        let text = match state.midi_input.followed_tempo {
            Some(tempo) => format!("Following at {tempo:.1} bpm"),
            None => "No clock arrives".to_owned(),
        };
        caption(ui, text);
    }
}

fn transport_switch(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let mut follow = state.settings.follow_transport;
    let usable = HAS_JACK || follow;
    let switch = Checkbox::new(&mut follow, "Follow the JACK transport");
    let response = ui
        .add_enabled(usable, switch)
        .on_hover_text(
            "Start, stop and position come from JACK's transport, and the tempo too if a program sets one. If JACK ends, the loop goes on",
        )
        .on_disabled_hover_text(
            "This program was built without JACK. The README tells how to build it with the feature \"jack\"",
        );
    if response.changed() {
        out.push(Command::MidiInput(MidiInputCommand::FollowTransport(
            follow,
        )));
    }
    let transport = &state.midi_input.transport;
    match (&transport.problem, state.midi_input.followed_tempo) {
        (Some(message), _) => {
            error_label(ui, message);
        }
        (None, Some(tempo)) if transport.connected => {
            caption(ui, format!("Rolling at {tempo:.1} bpm"));
        }
        (None, _) if transport.connected => {
            caption(ui, "The transport stands still");
        }
        _ => {}
    }
}

/// What each control moves, with buttons to learn and forget it.
pub(super) fn controls(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    Grid::new("midi controls").num_columns(2).show(ui, |ui| {
        for target in ControlTarget::all() {
            control(ui, state, &target, out);
            ui.end_row();
        }
    });
}

fn control(ui: &mut Ui, state: &AppState, target: &ControlTarget, out: &mut Vec<Command>) {
    let name = target.name();
    row_caption(ui, name);
    if state.midi_input.learning.as_ref() == Some(target) {
        let text = "Move a knob…";
        if ui
            .button(text)
            .on_hover_text("Click again to cancel")
            .clicked()
        {
            out.push(Command::MidiInput(MidiInputCommand::Learn(None)));
        }
        return;
    }
    let control = state.settings.controls.control(target);
    let text = control.map_or("Learn".to_owned(), |control| control.to_string());
    let hint = "Click, then move a knob or slider of the device";
    let response = ui.button(text).on_hover_text(hint);
    response.widget_info(|| {
        let label = format!("Learn a control for {name}");
        eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Button, true, label)
    });
    if response.clicked() {
        out.push(Command::MidiInput(MidiInputCommand::Learn(Some(
            target.clone(),
        ))));
    }
    if control.is_some()
        && ui
            .small_button("×")
            .on_hover_text(format!("Forget the control for {name}"))
            .clicked()
    {
        out.push(Command::MidiInput(MidiInputCommand::Forget(target.clone())));
    }
}

//! The row of the settings page for OSC: its ports, and their state in words.

use std::time::Duration;

use eframe::egui::{Checkbox, DragValue, Ui};

use super::settings_row::{caption, row};
use crate::playback::input::{MIN_OSC_PORT, OscSettings};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::wording::count_with_noun;

/// How often the counts are drawn again while the page is open.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

/// Draws the row.
pub(super) fn osc_row(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let current = state.settings.osc;
    let mut edited = current;
    row(ui, "OSC", |ui| {
        port(
            ui,
            "Receive commands on UDP port",
            "UDP port of OSC commands",
            &mut edited.receives,
            &mut edited.port,
        );
        port(
            ui,
            "Send notes and selection to",
            "UDP port that notes are sent to",
            &mut edited.sends,
            &mut edited.send_port,
        );
        caption(ui, &osc_text(state));
    });
    if current.receives {
        ui.ctx().request_repaint_after(REFRESH_INTERVAL);
    }
    if edited != current {
        out.push(Command::SetOsc(edited));
    }
}

fn port(ui: &mut Ui, text: &str, name: &str, on: &mut bool, port: &mut u16) {
    ui.horizontal(|ui| {
        ui.add(Checkbox::new(on, text));
        // A port that is half typed would be opened.
        let field = DragValue::new(port)
            .range(MIN_OSC_PORT..=u16::MAX)
            .speed(0.2)
            .update_while_editing(false);
        ui.add(field).accessible_name(name);
    });
}

fn osc_text(state: &AppState) -> String {
    let OscSettings {
        receives, sends, ..
    } = state.settings.osc;
    let osc = &state.midi_input.osc;
    if let Some(message) = &osc.problem {
        return message.clone();
    }
    if !receives && !sends {
        return "Programs on this machine, such as Pure Data, can play the map and hear of its notes."
            .to_owned();
    }
    if !receives {
        return "Notes are sent, nothing is received.".to_owned();
    }
    if osc.port.is_none() {
        return "The port is being opened.".to_owned();
    }
    let dropped = match (osc.refused_packets, state.midi_input.osc_unknown_item_count) {
        (0, 0) => "none dropped".to_owned(),
        (refused, 0) => format!("{refused} dropped that were not understood"),
        (refused, missing) => format!(
            "{refused} dropped that were not understood, {} named what is not there",
            count_with_noun(missing as usize, "command")
        ),
    };
    format!(
        "{} taken, {dropped}.",
        count_with_noun(osc.accepted_packets as usize, "packet")
    )
}

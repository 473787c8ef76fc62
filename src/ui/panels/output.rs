//! The output in the transport: the chosen output, its menu, and the light that shows outgoing messages.

use std::time::Duration;

use eframe::egui::{
    self, Button, DragValue, Popup, PopupCloseBehavior, Role, Sense, Ui, Vec2, WidgetInfo,
};
use egui_material_icons::icons::{ICON_MUSIC_NOTE, ICON_PIANO, ICON_PIANO_OFF, ICON_USB};

use super::midi_input::midi_input_menu;
use super::sound_menu::sound_menu;
use crate::playback::{MAX_BANK, MAX_PROGRAM, MIDI_CHANNEL_COUNT, MidiPatch, OutputChoice};
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{caption, icon_text_button, theme_colours};

/// Width of the menu's text.
const MENU_WIDTH: f32 = 250.0;

/// Draws the button with the chosen output, which opens the output menu.
pub fn output_button(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let (icon, text) = match &state.settings.output {
        OutputChoice::Synth => (ICON_PIANO, state.settings.sound.name().to_owned()),
        OutputChoice::Port(name) => (ICON_USB, name.clone()),
        OutputChoice::Silent => (ICON_PIANO_OFF, "No sound".to_owned()),
    };
    let label = (icon.rich_text().size(15.0).color(c.muted), text);
    let response = ui.add(Button::new(label).truncate());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Output"));
    let response = response.on_hover_text("Choose the sound, or where the notes go");
    Popup::menu(&response)
        .align(egui::RectAlign::TOP_START)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| output_menu(ui, state, out));
}

/// Draws the dot that shows the state of the output, and lights up while messages are sent.
pub fn output_light(ui: &mut Ui, state: &AppState) {
    let c = theme_colours(ui);
    let (rect, dot) = ui.allocate_exact_size(Vec2::splat(12.0), Sense::hover());
    let lit_for = state.playback.activity.lit_for();
    let is_silent = state.settings.output == OutputChoice::Silent;
    let (colour, hint) = if is_silent {
        (c.muted, "No output is chosen")
    } else if !state.playback.output.connected {
        (c.error, "The output is not connected")
    } else if lit_for.is_some() {
        (c.text, "The output is connected; notes leave")
    } else {
        (c.accent, "The output is connected")
    };
    let lit_duration = lit_for.filter(|_| !is_silent && state.playback.output.connected);
    let radius = if lit_duration.is_some() { 5.0 } else { 3.5 };
    ui.painter().circle_filled(rect.center(), radius, colour);
    if let Some(left) = lit_duration {
        ui.ctx()
            .request_repaint_after(left.max(Duration::from_millis(1)));
    }
    dot.on_hover_text(hint);
}

fn output_menu(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.set_min_width(190.0);
    ui.set_max_width(MENU_WIDTH);
    let selected = &state.settings.output;
    let synth = ui.menu_button("Built-in synth", |ui| sound_menu(ui, state, out));
    synth.response.on_hover_text("Instruments and SoundFonts");
    let mut choices = Vec::new();
    for port in &state.playback.ports {
        choices.push((OutputChoice::Port(port.clone()), port.clone()));
    }
    // A disconnected port stays chosen until it is connected again.
    if let OutputChoice::Port(name) = selected
        && !state.playback.ports.contains(name)
    {
        choices.push((selected.clone(), format!("{name} (disconnected)")));
    }
    choices.push((OutputChoice::Silent, "No sound".to_owned()));
    for (choice, name) in choices {
        let on = *selected == choice;
        if ui.add(Button::selectable(on, name)).clicked() {
            if !on {
                out.push(Command::SetOutput(choice));
            }
            ui.close();
        }
    }
    if state.playback.ports.is_empty() {
        let muted = theme_colours(ui).muted;
        ui.label(
            egui::RichText::new(no_ports_text(cfg!(windows)))
                .size(CAPTION)
                .color(muted),
        );
    }
    if matches!(selected, OutputChoice::Port(_)) {
        ui.separator();
        patch_fields(ui, state.settings.midi, out);
    }
    ui.separator();
    midi_input_menu(ui, state, out);
    let colour = theme_colours(ui).text;
    if icon_text_button(ui, ICON_MUSIC_NOTE, "Test note", colour, None).clicked() {
        out.push(Command::TestNote);
    }
}

/// What the menu says where the system has no MIDI port.
pub fn no_ports_text(windows: bool) -> &'static str {
    if windows {
        "No MIDI port found. To play into a program on this computer, Windows needs a loopback port: with Windows MIDI \
         Services, create a loopback in the MIDI Settings app; on an older Windows, install loopMIDI, which is free, and add a \
         port there. It appears here within a second."
    } else {
        "No MIDI port found"
    }
}

/// Channel, program and bank of a MIDI port.
fn patch_fields(ui: &mut Ui, patch: MidiPatch, out: &mut Vec<Command>) {
    let mut changed = patch;
    egui::Grid::new("midi patch").num_columns(2).show(ui, |ui| {
        caption(ui, "Channel");
        ui.add(DragValue::new(&mut changed.channel).range(1..=MIDI_CHANNEL_COUNT).speed(0.1))
            .accessible_name("MIDI channel")
            .on_hover_text("The MIDI channel that every note is sent on. A note that sounds ends on the channel where it began");
        ui.end_row();

        caption(ui, "Program");
        let program = optional_number(ui, changed.program, 1, MAX_PROGRAM, "MIDI program", "The instrument that the port is told to play, as General MIDI counts them from 1. Sent when the port is opened and when this changes; none leaves the instrument as it is");
        changed.program = program;
        ui.end_row();

        caption(ui, "Bank");
        ui.add_enabled_ui(program.is_some(), |ui| {
            changed.bank = optional_number(ui, changed.bank, 0, MAX_BANK, "MIDI bank", "The bank that the program is in: 128 times controller 0, plus controller 32. Sent before the program, and only with one");
        });
        ui.end_row();
    });
    if changed != patch {
        out.push(Command::SetMidiPatch(changed));
    }
}

/// A number that may be missing: the field has one value below the lowest, shown as `none`.
fn optional_number<T>(
    ui: &mut Ui,
    value: Option<T>,
    lowest: T,
    highest: T,
    name: &str,
    hint: &str,
) -> Option<T>
where
    T: Copy + Into<i32> + TryFrom<i32>,
{
    let none = lowest.into() - 1;
    let mut number = value.map_or(none, Into::into);
    let field = DragValue::new(&mut number)
        .range(none..=highest.into())
        .speed(0.15)
        .custom_formatter(move |number, _| {
            if number as i32 == none {
                "none".to_owned()
            } else {
                format!("{number:.0}")
            }
        })
        .custom_parser(move |text| match text.trim() {
            "none" | "" => Some(f64::from(none)),
            text => text.parse().ok(),
        });
    ui.add(field).accessible_name(name).on_hover_text(hint);
    (number != none).then(|| T::try_from(number).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_windows_the_menu_explains_how_to_get_a_port() {
        let text = no_ports_text(true);
        for part in ["loopMIDI", "Windows MIDI Services"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!no_ports_text(false).contains("Windows"));
    }
}

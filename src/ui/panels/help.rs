//! The list of keys.

use eframe::egui::{Align2, Grid, RichText, Ui, Window};

use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::palette;

const KEYS: &[(&str, &str)] = &[
    ("Click", "play a melody, or the spot between melodies"),
    ("Drag", "play every spot you pass"),
    ("Ctrl click, Shift drag", "select several"),
    ("Right click", "what can be done with a melody"),
    ("Wheel", "zoom at the pointer"),
    ("Right drag, Space drag", "move the map"),
    ("Double click", "show the whole map"),
    ("Arrows", "walk to the next point and play it"),
    ("Space", "play and stop"),
    ("F", "keep, or remove from the library"),
    ("S", "find similar melodies"),
    ("B, then click", "blend to another melody"),
    ("D, then click or draw", "draw a path that plays"),
    ("Ctrl O, or drop a file", "open a melody of your own"),
    ("Esc", "select nothing"),
    (
        "Ctrl Z",
        "take back a selection, a steer, what was placed, kept or removed, or an edit of the path",
    ),
    (
        "Ctrl PageUp, Ctrl PageDown",
        "show another map of this session",
    ),
    ("Ctrl E", "export"),
    ("Ctrl K", "search commands"),
    ("Ctrl Q", "close the window"),
    ("P", "panic: every note off"),
];

/// Draws the list of keys while it is open.
pub fn help_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    if !state.help {
        return;
    }
    let c = palette(ui);
    let mut open = true;
    Window::new("Keys")
        .open(&mut open)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .collapsible(false)
        .resizable(false)
        .show(ui.ctx(), |ui| {
            Grid::new("keys")
                .num_columns(2)
                .spacing([24.0, 6.0])
                .show(ui, |ui| {
                    for (key, does) in KEYS {
                        ui.label(RichText::new(*key).color(c.accent));
                        ui.label(*does);
                        ui.end_row();
                    }
                });
        });
    if !open {
        out.push(Command::ShowHelp(false));
    }
}

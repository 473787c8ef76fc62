//! The keys that were held during a click.

use eframe::egui::{Event, Modifiers, Ui};

/// Modifiers at the time of the release; in a slow frame they may be released themselves by now.
pub fn modifiers_of_click(ui: &Ui) -> Modifiers {
    ui.input(|input| {
        let released = input.events.iter().rev().find_map(|event| match event {
            Event::PointerButton {
                pressed: false,
                modifiers,
                ..
            } => Some(*modifiers),
            _ => None,
        });
        released.unwrap_or(input.modifiers)
    })
}

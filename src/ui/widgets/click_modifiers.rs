//! The keys that were held during a click.

use eframe::egui::{Event, Modifiers, Ui};

/// The modifiers that were held when the button was released. Those of egui's input are of the end of the frame, which may be
/// later.
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

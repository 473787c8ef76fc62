//! Keys of a frame, with the modifiers that were held when each was pressed.
//!
//! The modifiers of egui's input are those at the end of the frame: where frames are slow, a chord may be over by then.

use eframe::egui::{Event, InputState, Key, Modifiers};

/// Whether a key was pressed in this frame with exactly these modifiers.
pub fn was_pressed(input: &InputState, modifiers: Modifiers, key: Key) -> bool {
    input.events.iter().any(|event| {
        matches!(event, Event::Key { key: pressed, pressed: true, modifiers: held_modifiers, .. }
            if *pressed == key && held_modifiers.matches_exact(modifiers))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Context, RawInput};

    #[test]
    fn a_chord_that_is_over_at_the_end_of_the_frame_is_no_plain_key() {
        let key = |pressed, modifiers| Event::Key {
            key: Key::F,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers,
        };
        let input = RawInput {
            events: vec![key(true, Modifiers::COMMAND), key(false, Modifiers::NONE)],
            ..RawInput::default()
        };
        let _ = Context::default().run_ui(input, |ui| {
            let pressed = |modifiers| ui.input(|input| was_pressed(input, modifiers, Key::F));
            assert!(pressed(Modifiers::COMMAND));
            assert!(!pressed(Modifiers::NONE));
        });
    }
}

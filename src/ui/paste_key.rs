//! Ctrl+V where the clipboard has no text, as with copied files: egui then reports that the V was released, and nothing before.

use eframe::egui::{Context, Event, Id, InputState, Key};

/// How long before the V Ctrl may be released, seconds.
const RELEASED_BEFORE: f64 = 0.5;

/// What is known of the V key.
#[derive(Clone, Copy, Default)]
struct PasteKey {
    /// It was reported as pressed, so it is no part of Ctrl+V.
    pressed: bool,
    /// It has pasted a text.
    pasted: bool,
    /// When Ctrl was held last, seconds.
    command_at: Option<f64>,
}

/// Whether Ctrl+V was pressed and gave no text. To be called once in each frame.
pub fn pasted_no_text(ctx: &Context) -> bool {
    let id = Id::unique("the key that pastes");
    let mut key: PasteKey = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
    let found = ctx.input(|input| key.follow(input));
    ctx.data_mut(|data| data.insert_temp(id, key));
    found
}

impl PasteKey {
    fn follow(&mut self, input: &InputState) -> bool {
        let mut found = false;
        if input.modifiers.command {
            self.command_at = Some(input.time);
        }
        for event in &input.events {
            match event {
                Event::Paste(_) => self.pasted = true,
                Event::Key {
                    key: Key::V,
                    pressed: true,
                    ..
                } => self.pressed = true,
                Event::Key {
                    key: Key::V,
                    pressed: false,
                    modifiers,
                    ..
                } => {
                    let held = self.command_at;
                    let held = held.is_some_and(|at| input.time - at < RELEASED_BEFORE);
                    found |= (held || modifiers.command) && !self.pressed && !self.pasted;
                    (self.pressed, self.pasted) = (false, false);
                }
                _ => {}
            }
        }
        found
    }
}

//! Detects Ctrl+V while the clipboard has no text, as after files were copied. egui then reports the release of V alone.

use eframe::egui::{Context, Event, Id, InputState, Key};

/// How long before V Ctrl may be released, seconds.
const MAX_CTRL_LEAD_SECONDS: f64 = 0.5;

/// State of the V key between frames.
#[derive(Clone, Copy, Default)]
struct PasteKey {
    /// Its press was reported, so it is not part of Ctrl+V.
    pressed: bool,
    /// It has pasted a text.
    pasted: bool,
    /// When Ctrl was last held, seconds.
    command_held_at: Option<f64>,
}

/// Whether Ctrl+V was pressed and gave no text. Has to be called once in each frame.
pub fn is_paste_without_text(ctx: &Context) -> bool {
    let id = Id::unique("the key that pastes");
    let mut key: PasteKey = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
    let detected = ctx.input(|input| key.update(input));
    ctx.data_mut(|data| data.insert_temp(id, key));
    detected
}

impl PasteKey {
    /// Follows the events of a frame. Returns whether Ctrl+V was released and gave no text.
    fn update(&mut self, input: &InputState) -> bool {
        let mut detected = false;
        if input.modifiers.command {
            self.command_held_at = Some(input.time);
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
                    let held_at = self.command_held_at;
                    let is_command = modifiers.command
                        || held_at.is_some_and(|at| input.time - at < MAX_CTRL_LEAD_SECONDS);
                    detected |= is_command && !self.pressed && !self.pasted;
                    (self.pressed, self.pasted) = (false, false);
                }
                _ => {}
            }
        }
        detected
    }
}

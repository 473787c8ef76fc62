//! A text field for a value; a text that is no value is marked at once.

use eframe::egui::{Key, Modifiers, Response, Ui};

use super::controls::theme_colours;
use super::text_field::text_field;

/// Result of a [`typed_field`] in one frame.
pub struct TypedValue<T> {
    /// The field.
    pub response: Response,
    /// A new value, once one was typed.
    pub changed: Option<T>,
    /// Why the text is no value, for the user. The value is unchanged.
    pub error: Option<String>,
}

/// A field of a fixed width with the text of a value. Text that `parse` refuses stays, framed in red, until it is corrected;
/// nothing is rounded or cut. `step` is the value that the up (true) and down keys lead to.
pub fn typed_field<T>(
    ui: &mut Ui,
    name: &str,
    width: f32,
    value: &str,
    parse: impl Fn(&str) -> Result<T, String>,
    step: impl Fn(bool) -> Option<T>,
) -> TypedValue<T> {
    let id = ui.make_persistent_id(("typed field", name));
    let kept: Option<String> = ui.data(|data| data.get_temp(id));
    let mut text = kept.clone().unwrap_or_else(|| value.to_owned());
    let refused = kept.is_some_and(|text| parse(&text).is_err());
    let keys = |ui: &mut Ui, key| {
        ui.memory(|memory| memory.has_focus(id))
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
    };
    let stepped = if keys(ui, Key::ArrowUp) {
        step(true)
    } else if keys(ui, Key::ArrowDown) {
        step(false)
    } else {
        None
    };
    let output = ui.scope(|ui| {
        if refused {
            let error = theme_colours(ui).error;
            let widgets = &mut ui.visuals_mut().widgets;
            for widget in [
                &mut widgets.inactive,
                &mut widgets.hovered,
                &mut widgets.active,
            ] {
                widget.bg_stroke.color = error;
            }
            ui.visuals_mut().selection.stroke.color = error;
        }
        ui.add(text_field(&mut text).id(id).desired_width(width))
    });
    let response = output.inner.accessible_name(name);
    let mut typed = TypedValue {
        changed: stepped,
        error: None,
        response,
    };
    if typed.changed.is_some() {
        ui.data_mut(|data| data.remove::<String>(id));
        return typed;
    }
    match parse(&text) {
        Ok(new) => {
            if typed.response.changed() {
                typed.changed = Some(new);
            }
            if typed.response.has_focus() {
                ui.data_mut(|data| data.insert_temp(id, text));
            } else {
                ui.data_mut(|data| data.remove::<String>(id));
            }
        }
        Err(error) => {
            typed.error = Some(error);
            ui.data_mut(|data| data.insert_temp(id, text));
        }
    }
    typed
}

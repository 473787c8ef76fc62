//! A text field for a value. Text that cannot be parsed is marked at once.

use eframe::egui::{Key, Modifiers, Response, Ui};

use super::controls::theme_colours;
use super::text_field::text_field;

/// Result of a [`typed_field`] in one frame.
pub struct TypedValue<T> {
    /// The field.
    pub response: Response,
    /// The new value, if one was typed in this frame.
    pub changed: Option<T>,
    /// Why the text could not be parsed, for the user. The value is unchanged.
    pub error: Option<String>,
}

/// A field of a fixed width with the text of a value. Text that `parse` refuses stays, framed in red, until it is corrected;
/// nothing is rounded or truncated. `step` returns the value after the key up (true) or down (false).
pub fn typed_field<T>(
    ui: &mut Ui,
    name: &str,
    width: f32,
    value: &str,
    parse: impl Fn(&str) -> Result<T, String>,
    step: impl Fn(bool) -> Option<T>,
) -> TypedValue<T> {
    let id = ui.make_persistent_id(("typed field", name));
    let stored_text: Option<String> = ui.data(|data| data.get_temp(id));
    let mut text = stored_text.clone().unwrap_or_else(|| value.to_owned());
    let is_refused = stored_text.is_some_and(|text| parse(&text).is_err());
    let take_key = |ui: &mut Ui, key| {
        ui.memory(|memory| memory.has_focus(id))
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
    };
    let stepped_value = if take_key(ui, Key::ArrowUp) {
        step(true)
    } else if take_key(ui, Key::ArrowDown) {
        step(false)
    } else {
        None
    };
    let output = ui.scope(|ui| {
        if is_refused {
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
    let mut result = TypedValue {
        changed: stepped_value,
        error: None,
        response,
    };
    if result.changed.is_some() {
        ui.data_mut(|data| data.remove::<String>(id));
        return result;
    }
    match parse(&text) {
        Ok(new) => {
            if result.response.changed() {
                result.changed = Some(new);
            }
            if result.response.has_focus() {
                ui.data_mut(|data| data.insert_temp(id, text));
            } else {
                ui.data_mut(|data| data.remove::<String>(id));
            }
        }
        Err(error) => {
            result.error = Some(error);
            ui.data_mut(|data| data.insert_temp(id, text));
        }
    }
    result
}

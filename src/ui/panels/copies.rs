//! Says in the inspector whether the melody is a copy of one of the user's, or of one that the model was trained on.

use eframe::egui::{Ui, vec2};

use crate::sweep::MelodyEntry;
use crate::ui::state::{AppState, CopyCheck};
use crate::ui::theme::{CAPTION, font};
use crate::ui::widgets::controls::{short_caption, theme_colours};
use crate::wording::sentence_case;

/// Lines of the text; the whole text is shown on hover where it is cut.
const LINES: usize = 2;

/// Draws the text. It has the same height for all melodies, so that what is below does not move from one to the next; without known
/// melodies there is none.
pub(super) fn copies_ui(ui: &mut Ui, state: &AppState, entry: &MelodyEntry) {
    let c = theme_colours(ui);
    let (text, colour) = match state.copy_check(entry) {
        // The space stays, as the arrow keys go from these to melodies that are compared.
        CopyCheck::None if state.knows_own_melodies() => (String::new(), c.muted),
        CopyCheck::None => return,
        CopyCheck::NoCopy if state.knows_own_melodies() => {
            ("Not close to one of your melodies".to_owned(), c.muted)
        }
        CopyCheck::NoCopy => ("Not equal to a training melody".to_owned(), c.muted),
        CopyCheck::Copy(copy) => (sentence_case(&copy.text()), c.text),
    };
    let line = ui.fonts_mut(|fonts| fonts.row_height(&font(CAPTION)));
    let size = vec2(ui.available_width(), (LINES as f32 * line).ceil());
    ui.allocate_ui(size, |ui| {
        ui.set_min_height(size.y);
        if !text.is_empty() {
            short_caption(ui, text, colour, LINES);
        }
    });
}

//! The switch of the user's taste, what it is learnt from, its reset, and why a melody has its place by it.

use eframe::egui::{Ui, vec2};

use crate::sweep::MelodyEntry;
use crate::ui::command::{Command, TasteCommand};
use crate::ui::state::AppState;
use crate::ui::theme::{CAPTION, font};
use crate::ui::widgets::controls::{link, short_caption, theme_colours};

/// Lines of what the taste is learnt from, and of why a melody has its place; the whole text is shown on hover where it is cut.
const STATUS_LINES: usize = 4;
const REASON_LINES: usize = 2;

/// Draws the switch and, while it is on, what the taste is learnt from and how it is reset.
pub(super) fn taste_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let mut on = state.settings.rank_by_taste;
    let hint = "Steered and explored melodies are ordered by how much they are like those that you kept, and unlike those that \
         you heard for a loop and did not keep: which one plays first, and which come next. What you ask for with the sliders \
         still comes first. Learnt on this machine, which it never leaves";
    if ui
        .checkbox(&mut on, "Rank by my taste")
        .on_hover_text(hint)
        .changed()
    {
        out.push(Command::Taste(TasteCommand::SetOn(on)));
    }
    if !state.settings.rank_by_taste {
        return;
    }
    let muted = theme_colours(ui).muted;
    short_caption(ui, state.taste_status(), muted, STATUS_LINES);
    let counts = state.taste.counts();
    if counts.kept + counts.skipped > 0 {
        let hint = "What you kept and heard until now no longer counts. Kept melodies stay kept; undo takes it back";
        if link(ui, "Forget my taste").on_hover_text(hint).clicked() {
            out.push(Command::Taste(TasteCommand::Forget));
        }
    }
    if state.settings.taste_since_ms != 0 {
        let hint = "What you kept and heard before you had it forgotten counts again";
        let link = link(ui, "Count everything again").on_hover_text(hint);
        if link.clicked() {
            out.push(Command::Taste(TasteCommand::CountAll));
        }
    }
}

/// Says why a steered or explored melody has its place in the order by taste.
pub(super) fn taste_reason_ui(ui: &mut Ui, state: &AppState, entry: &MelodyEntry) {
    if let Some(reason) = state.taste_reason(entry.id) {
        let muted = theme_colours(ui).muted;
        // As high for every melody, so that what is below does not move from one to the next.
        let line = ui.fonts_mut(|fonts| fonts.row_height(&font(CAPTION)));
        let size = vec2(ui.available_width(), (REASON_LINES as f32 * line).ceil());
        ui.allocate_ui(size, |ui| {
            ui.set_min_height(size.y);
            short_caption(ui, reason, muted, REASON_LINES);
        });
    }
}

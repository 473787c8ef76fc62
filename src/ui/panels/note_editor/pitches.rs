//! The pitches that the note editor shows.

use eframe::egui::{Id, Ui};

use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH};
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::state::AppState;

/// Rows that the roll has at least.
const MIN_ROWS: u8 = 15;
/// Free rows above the highest and below the lowest note.
const FREE_ROWS: u8 = 2;
/// Pitch around which the rows of a melody without notes lie: middle C.
const MIDDLE_C: u8 = 60;

/// The pitches that the roll shows: they stay while all notes are among them.
#[derive(Clone, Copy)]
pub(super) struct ShownPitches {
    melody: MelodyId,
    pub low: u8,
    pub high: u8,
}

/// The pitches that the roll shows: those of the last frame if all notes are among them, else all notes with some space around.
pub(super) fn shown_pitches(ui: &Ui, state: &AppState, entry: &MelodyEntry) -> ShownPitches {
    let id = Id::unique("pitches of the note editor");
    let pitches = || entry.melody.notes().iter().map(|note| note.pitch);
    let last_pitches: Option<ShownPitches> = ui.data(|data| data.get_temp(id));
    let set = state.melodies.generated_set(entry.id);
    // The first edit makes another melody of it.
    let is_edited = set.is_some_and(|set| set.edit.is_some());
    let unchanged = last_pitches.filter(|last_pitches| {
        (last_pitches.melody == entry.id || is_edited)
            && pitches().all(|pitch| (last_pitches.low..=last_pitches.high).contains(&pitch))
    });
    let pitch_range = match unchanged {
        Some(last_pitches) => ShownPitches {
            melody: entry.id,
            ..last_pitches
        },
        None => {
            let low = pitches()
                .min()
                .unwrap_or(MIDDLE_C)
                .saturating_sub(FREE_ROWS);
            let high = pitches().max().unwrap_or(MIDDLE_C) + FREE_ROWS;
            let missing = MIN_ROWS.saturating_sub(high - low + 1);
            let low = low.saturating_sub(missing.div_ceil(2)).max(LOWEST_PITCH);
            let high = (high + missing / 2).min(HIGHEST_PITCH);
            ShownPitches {
                melody: entry.id,
                low: low.min(high.saturating_sub(MIN_ROWS - 1)),
                high: high.max(low.saturating_add(MIN_ROWS - 1)),
            }
        }
    };
    ui.data_mut(|data| data.insert_temp(id, pitch_range));
    pitch_range
}

/// The nearest pitch of the piano.
pub(super) fn pitch_in_range(pitch: i32) -> u8 {
    pitch.clamp(LOWEST_PITCH.into(), HIGHEST_PITCH.into()) as u8
}

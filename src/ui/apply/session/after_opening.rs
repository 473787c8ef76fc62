//! The steps after the maps of a session were restored: its model, its path, its kept melodies.

use crate::session::session_file::KeptCopies;
use crate::ui::apply::kept_melodies::keep;
use crate::ui::apply::{model, path, sweep};
use crate::ui::services::Services;
use crate::ui::state::{AppState, ModelState};

/// Ends the opening of a session whose maps were restored: opens the model of the shown map, or starts a first sweep.
pub(super) fn after_opening(state: &mut AppState, services: &mut Services) {
    state.session.opening = false;
    state.session.opened_count += 1;
    let needs_sweep = std::mem::take(&mut state.session.sweep_when_opened);
    let model_chosen = std::mem::take(&mut state.session.model_chosen);
    match (&state.model, state.maps.shown.is_some()) {
        (ModelState::Ready(_), false) => sweep::new_sweep(state, services),
        (ModelState::Ready(_), true) if needs_sweep && model_chosen && !state.can_decode() => {
            sweep::new_sweep(state, services);
        }
        (ModelState::Ready(_), true) if state.can_decode() => path::resume(state, services),
        (ModelState::Ready(_), true) => model::open_model_of_map(state, services),
        // Once the first model is open, the one of the map is opened, unless the user chose another one.
        (ModelState::Opening, true) => state.sweep.opening_for_map = !model_chosen,
        _ => {}
    }
    add_session_kept(state, services);
}

/// Adds the kept melodies of a session to the library, if it was saved with another one. Waits until both are read.
pub(in crate::ui) fn add_session_kept(state: &mut AppState, services: &mut Services) {
    if state.session.opening || state.kept_melodies.read_count() == 0 {
        return;
    }
    let Some(KeptCopies {
        library_id,
        entries,
    }) = state.session.kept.take()
    else {
        return;
    };
    if library_id.is_none() || library_id.as_deref() == state.kept_melodies.library_id() {
        return;
    }
    let mut added = 0;
    for entry in entries.iter() {
        if !state.kept_melodies.will_be_kept(&entry.melody.identity) {
            let mut melody = entry.melody.clone();
            // A sort key is valid in its own library only.
            melody.annotations.sort_key = None;
            keep(state, services, melody, None);
            added += 1;
        }
    }
    if added > 0 {
        state.notices.info(format!(
            "{} of this session were added to the library",
            crate::wording::count_with_noun(added, "kept melody")
        ));
    }
}

//! What follows once the maps of a session are there.

use crate::session::session_file::KeptCopies;
use crate::ui::apply::kept_melodies::keep;
use crate::ui::apply::{model, path, sweep};
use crate::ui::services::Services;
use crate::ui::state::{AppState, ModelState};

/// What follows once the maps of a session are there: the model of the shown map, or a first sweep.
pub(super) fn after_opening(state: &mut AppState, services: &mut Services) {
    state.session.opening = false;
    state.session.opened += 1;
    let sweep = std::mem::take(&mut state.session.sweep_when_opened);
    let chosen = std::mem::take(&mut state.session.model_chosen);
    match (&state.model, state.maps.shown.is_some()) {
        (ModelState::Ready(_), false) => sweep::new_sweep(state, services),
        (ModelState::Ready(_), true) if sweep && chosen && !state.can_decode() => {
            sweep::new_sweep(state, services);
        }
        (ModelState::Ready(_), true) if state.can_decode() => path::resume(state, services),
        (ModelState::Ready(_), true) => model::open_model_of_map(state, services),
        // Of another model than the map's, the map's own is opened next.
        (ModelState::Opening, true) => state.sweep.opening_for_map = !chosen,
        _ => {}
    }
    add_kept(state, services);
}

/// Adds the kept melodies of a session that comes from beside another library. To be called once both are there.
pub(in crate::ui) fn add_kept(state: &mut AppState, services: &mut Services) {
    if state.session.opening || state.kept_melodies.reads() == 0 {
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
            // Places are among the numbers of a library.
            melody.annotations.sort_key = None;
            keep(state, services, melody, None);
            added += 1;
        }
    }
    if added > 0 {
        state.notices.info(format!(
            "{} of this session were added to the library",
            crate::wording::counted(added, "kept melody")
        ));
    }
}

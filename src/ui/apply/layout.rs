//! The layout of the map.

use crate::sweep::{LayoutKind, MelodyId, Phase};
use crate::ui::services::Services;
use crate::ui::state::{AppState, ReversibleAction};
use crate::worker::{AddedMelody, LayoutReport, LayoutRequest};

/// Minimum number of melodies of a layout.
const MIN_MELODIES: usize = 3;

/// Chooses another layout, for this map and the next ones.
pub(super) fn set_layout(state: &mut AppState, services: &mut Services, kind: LayoutKind) {
    let before = state.settings.layout_kind;
    if before != kind && state.melodies.plan().is_some() {
        state.push_undo(Some(ReversibleAction::RestoreLayout(before)));
    }
    show_layout(state, services, kind);
}

/// Shows the map in a layout, without a step to undo.
pub(super) fn show_layout(state: &mut AppState, services: &mut Services, kind: LayoutKind) {
    if let LayoutKind::Axes { .. } = kind {
        state.settings.axes = kind;
    }
    state.settings.layout_kind = kind;
    if !state.is_sweeping() {
        lay_out(state, services);
    }
}

/// Requests the chosen layout of all decoded melodies.
pub(in crate::ui) fn lay_out(state: &mut AppState, services: &mut Services) {
    request(state, services, false);
}

/// Computes the layout of a restored session again, as more melodies can only be placed on a computed one. Nothing moves until
/// it is finished.
pub(super) fn recompute_restored_layout(state: &mut AppState, services: &mut Services) {
    state.settings.layout_kind = state.layout.shown_kind;
    request(state, services, true);
    state.layout.preview_shown = true;
}

fn request(state: &mut AppState, services: &mut Services, without_previews: bool) {
    let Some(plan) = state.melodies.plan().cloned() else {
        return;
    };
    let entries: Vec<_> = state.melodies.swept().cloned().collect();
    if entries.len() < MIN_MELODIES {
        return;
    }
    let Some(layout_thread) = &mut services.layout_thread else {
        return;
    };
    let kind = state.settings.layout_kind;
    state.melodies.stop_awaiting_positions();
    state.layout.order = entries.iter().map(|entry| entry.id).collect();
    state.layout.layout_progress = Some(0.0);
    state.layout.quality_progress = None;
    state.layout.preview_shown = false;
    state.layout.quality = None;
    state.layout.finished = None;
    if !without_previews {
        // They are of the layout before; the new positions of these melodies follow the new layout.
        state.layout.placements.clear();
    }
    layout_thread.lay_out(LayoutRequest {
        kind,
        latent_positions: state
            .layout
            .order
            .iter()
            .map(|id| state.melodies.latent_position(*id).unwrap_or_default())
            .collect(),
        plan,
        entries,
        added: state.melodies.added_melodies(),
        without_previews,
    });
    state.layout.shown_kind = kind;
}

/// Requests the positions of added melodies. With a finished layout they are not drawn before these are known.
pub(in crate::ui) fn place(state: &mut AppState, services: &mut Services, added: Vec<AddedMelody>) {
    let Some(layout_thread) = &mut services.layout_thread else {
        return;
    };
    if state.layout.layout_progress.is_none() && state.layout.finished.is_some() {
        let ids = added.iter().map(|added| added.entry.id);
        state.melodies.await_positions(ids);
    }
    layout_thread.place(added);
}

/// Stops the running layout, before another map is shown.
pub(super) fn stop(services: &mut Services) {
    if let Some(layout_thread) = &mut services.layout_thread {
        layout_thread.cancel();
    }
}

/// Continues the layout of a map that is shown again: adds melodies to the finished one, or computes it again.
pub(super) fn resume(state: &mut AppState, services: &mut Services) {
    let finished = state.layout.finished.clone();
    match (finished, &mut services.layout_thread) {
        (Some(finished), Some(layout_thread)) if state.layout.quality.is_some() => {
            state.settings.layout_kind = state.layout.shown_kind;
            layout_thread.resume(finished, state.melodies.added_melodies());
        }
        _ if state.is_sweeping() => {}
        _ if std::mem::take(&mut state.layout.restored) => {
            recompute_restored_layout(state, services)
        }
        _ => lay_out(state, services),
    }
}

/// Takes a report of the layout thread.
pub(in crate::ui) fn receive(state: &mut AppState, report: LayoutReport) {
    match report {
        LayoutReport::Preview(positions) => {
            // The points move to the first preview in an animation; the later ones differ little.
            let is_first_preview = !state.layout.preview_shown;
            state.layout.preview_shown = true;
            state
                .melodies
                .move_to(&state.layout.order, &positions, is_first_preview);
            if is_first_preview {
                state.fit_map_requests += 1;
            } else {
                state.point_movements += 1;
            }
        }
        LayoutReport::Progress(Phase::Quality, fraction) => {
            state.layout.quality_progress = Some(fraction)
        }
        LayoutReport::Progress(_, fraction) => state.layout.layout_progress = Some(fraction),
        LayoutReport::Finished(positions, finished) => {
            state.layout.finished = Some(finished);
            let animated = !state.layout.preview_shown;
            state
                .melodies
                .move_to(&state.layout.order, &positions, animated);
            state.layout.layout_progress = None;
            if animated {
                state.fit_map_requests += 1;
            } else {
                state.point_movements += 1;
            }
        }
        LayoutReport::Placed(placements) => {
            let (ids, positions): (Vec<_>, Vec<_>) = placements
                .iter()
                .map(|(id, placement)| (*id, placement.position))
                .unzip();
            let animated = ids.iter().any(|id| state.melodies.is_placed(*id));
            state.melodies.move_to(&ids, &positions, animated);
            // Steered melodies may be anywhere on the map, so all of it is shown, once.
            let steered = ids
                .iter()
                .filter(|id| matches!(id, MelodyId::Steered { .. }));
            let mut has_new = false;
            for id in steered {
                has_new |= state.layout.shown_steered.insert(*id);
            }
            if state.steer.highlighted && has_new {
                state.fit_map_requests += 1;
            }
            state.layout.placements.extend(placements);
        }
        LayoutReport::Failed(text) => {
            state.layout.layout_progress = None;
            state.layout.quality_progress = None;
            state.melodies.stop_awaiting_positions();
            state.notices.error(text);
        }
        LayoutReport::Measured(quality) => {
            state.layout.quality_progress = None;
            state.layout.quality = Some(*quality);
        }
    }
}

//! Commands and reports about the map's layout.

use super::Services;
use crate::sweep::{Layout, MelodyId, Phase};
use crate::ui::state::AppState;
use crate::worker::{AddedMelody, LayoutReport, LayoutRequest};

/// Fewer melodies than this are no map.
const FEWEST: usize = 3;

/// Shows the map in another layout, now and after the next sweep.
pub(super) fn set_layout(state: &mut AppState, services: &mut Services, layout: Layout) {
    if let Layout::Axes { .. } = layout {
        state.settings.axes = layout;
    }
    state.settings.layout = layout;
    if !state.sweeping() {
        chart(state, services);
    }
}

/// Has the melodies that there are laid out as the settings say.
pub(in crate::ui) fn chart(state: &mut AppState, services: &mut Services) {
    let Some(plan) = state.library.plan().cloned() else {
        return;
    };
    let entries: Vec<_> = state.library.swept().cloned().collect();
    if entries.len() < FEWEST {
        return;
    }
    let Some(layout_thread) = &mut services.layout_thread else {
        return;
    };
    let layout = state.settings.layout;
    state.layout.order = entries.iter().map(|entry| entry.id).collect();
    state.layout.running = Some(0.0);
    state.layout.measuring = None;
    state.layout.previewed = false;
    state.layout.quality = None;
    state.layout.finished = None;
    layout_thread.lay_out(LayoutRequest {
        layout,
        latent_positions: state
            .layout
            .order
            .iter()
            .map(|id| state.library.latent_place(*id).unwrap_or_default())
            .collect(),
        plan,
        entries,
        added: state.library.later(),
    });
    state.layout.shown = layout;
}

/// Asks where the melodies of a steer lie on the map shown.
pub(in crate::ui) fn place(services: &mut Services, later: Vec<AddedMelody>) {
    if let Some(layout_thread) = &mut services.layout_thread {
        layout_thread.place(later);
    }
}

/// Another map is shown: whatever is being laid out belongs to the one before.
pub(super) fn stop(services: &mut Services) {
    if let Some(layout_thread) = &mut services.layout_thread {
        layout_thread.stop();
    }
}

/// A map is shown again: its finished layout is taken up, or an unfinished one is laid out anew.
pub(super) fn resume(state: &mut AppState, services: &mut Services) {
    let finished = state.layout.finished.clone();
    match (finished, &mut services.layout_thread) {
        (Some(finished), Some(layout_thread)) if state.layout.quality.is_some() => {
            state.settings.layout = state.layout.shown;
            layout_thread.resume(finished, state.library.later());
        }
        _ if !state.sweeping() => chart(state, services),
        _ => {}
    }
}

/// Takes in what the layout_thread says.
pub(in crate::ui) fn take(state: &mut AppState, report: LayoutReport) {
    match report {
        LayoutReport::Preview(positions) => {
            // The first picture is where the points glide to; the later ones follow closely enough by themselves.
            let first = !state.layout.previewed;
            state.layout.previewed = true;
            state
                .library
                .move_to(&state.layout.order, &positions, first);
            if first {
                state.fit_map += 1;
            }
        }
        LayoutReport::Progress(Phase::Quality, done) => state.layout.measuring = Some(done),
        LayoutReport::Progress(_, done) => state.layout.running = Some(done),
        LayoutReport::Finished(positions, finished) => {
            state.layout.finished = Some(finished);
            let glide = !state.layout.previewed;
            state
                .library
                .move_to(&state.layout.order, &positions, glide);
            state.layout.running = None;
            state.fit_map += 1;
        }
        LayoutReport::Placed(places) => {
            let (ids, positions): (Vec<_>, Vec<_>) = places
                .iter()
                .map(|(id, placed)| (*id, placed.position))
                .unzip();
            state.library.move_to(&ids, &positions, true);
            // What was steered may lie anywhere: somebody who looks at a part of the map would not see it come.
            let steered = |id: &MelodyId| matches!(id, MelodyId::Steered { .. });
            if state.steer.showing.is_some() && ids.iter().any(steered) {
                state.fit_map += 1;
            }
            state.layout.placed.extend(places);
        }
        LayoutReport::Failed(text) => {
            state.layout.running = None;
            state.layout.measuring = None;
            state.notices.trouble(text);
        }
        LayoutReport::Measured(quality) => {
            state.layout.measuring = None;
            state.layout.quality = Some(*quality);
        }
    }
}

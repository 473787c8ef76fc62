//! What must hold whatever the input.

use eframe::egui::epaint::{ClippedShape, Shape};
use eframe::egui::{Order, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::ui::{App, AppState};

/// Smallest size of the window's content, points. A smaller one is reached by enlarging everything.
const MIN_SIZE: [f32; 2] = [640.0, 440.0];
/// Areas smaller than this are no cards, points.
const CARD: f32 = 16.0;

/// What must be so at any time.
pub fn state(state: &AppState) {
    let tools = [
        state.path.tool_active,
        state.generate.blend_from.is_some(),
        state.notes.editing,
    ];
    assert!(
        tools.into_iter().filter(|active| *active).count() <= 1,
        "two tools are active: {tools:?}"
    );
    let selection = &state.selection;
    if let Some(focus) = selection.focus {
        assert!(
            selection.all.contains(&focus),
            "{focus:?} is in the inspector and not selected"
        );
    }
    for id in &selection.all {
        assert!(
            state.melodies.get(*id).is_some(),
            "{id:?} is selected and not on the map"
        );
    }
}

/// What is wrong in the frame that was drawn last.
pub fn drawn(harness: &Harness<'_, App>) -> Vec<String> {
    let size = harness.ctx.content_rect().size();
    let is_small = size.x < MIN_SIZE[0] || size.y < MIN_SIZE[1];
    let mut faults = if is_small {
        Vec::new()
    } else {
        empty_cards(harness)
    };
    let unnamed = harness.unnamed_widgets();
    faults.extend(
        unnamed
            .into_iter()
            .map(|text| format!("without a name: {text}")),
    );
    faults.extend(sounding_out_of_view(harness));
    faults
}

/// Cards, menus and dialogs in which nothing is written.
fn empty_cards(harness: &Harness<'_, App>) -> Vec<String> {
    let areas: Vec<(Order, Rect)> = harness.ctx.memory(|memory| {
        let layers = memory.areas().visible_layer_ids().into_iter();
        layers
            .filter(|layer| layer.order != Order::Background)
            .filter_map(|layer| Some((layer.order, memory.area_rect(layer.id)?)))
            .filter(|(_, rect)| rect.width() > CARD && rect.height() > CARD)
            .collect()
    });
    let mut texts = Vec::new();
    for ClippedShape {
        clip_rect, shape, ..
    } in &harness.output().shapes
    {
        each_text(shape, &mut |rect| {
            let seen = rect.intersect(*clip_rect);
            if seen.is_positive() {
                texts.push(seen.center());
            }
        });
    }
    areas
        .into_iter()
        .filter(|(_, area)| !texts.iter().any(|text| area.contains(*text)))
        .map(|(order, area)| format!("nothing is written on the card at {area:?} ({order:?})"))
        .collect()
}

fn each_text(shape: &Shape, f: &mut impl FnMut(Rect)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| each_text(shape, f)),
        Shape::Text(text) if !text.galley.text().trim().is_empty() => {
            f(text.visual_bounding_rect());
        }
        _ => {}
    }
}

/// What sounds is in view, with a button that keeps it or shows that it is kept.
fn sounding_out_of_view(harness: &Harness<'_, App>) -> Option<String> {
    let state = harness.state().state();
    let window = harness.ctx.content_rect();
    let is_large = window.width() >= MIN_SIZE[0] && window.height() >= MIN_SIZE[1];
    let playing = state.playback.now_playing()?;
    if !is_large || state.imported_song.is_some() {
        return None;
    }
    let seen = |name: &str| {
        let mut nodes = harness.query_all_by_label(name);
        nodes.any(|node| {
            let rect = node.rect().intersect(window);
            !node.accesskit_node().is_disabled() && rect.width() > 8.0 && rect.height() > 8.0
        })
    };
    let shown = state.shown().map(|entry| entry.id);
    let in_inspector = state.playing_id().is_some() && state.playing_id() == shown;
    let kept = ["Keep what plays", "Remove what plays from the library"];
    let by_inspector = in_inspector && (seen("Keep") || seen("Kept"));
    let by_line = kept.into_iter().any(seen);
    let rects = |name: &str| -> Vec<Rect> {
        let nodes = harness.query_all_by_label(name);
        nodes.map(|node| node.rect()).collect()
    };
    (!by_inspector && !by_line).then(|| {
        format!(
            "{:?} sounds and is not in view with Keep: {:?} in a window of {}, {:?} shown",
            playing.id,
            kept.map(rects),
            window.size(),
            shown,
        )
    })
}

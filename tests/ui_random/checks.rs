//! Invariants that hold whatever the input.

use eframe::egui::epaint::{ClippedShape, Shape};
use eframe::egui::{Order, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tunescape::ui::{App, AppState};

/// Minimum size of the window's content, points. Only a larger scale of text and buttons makes it smaller.
const MIN_SIZE: [f32; 2] = [640.0, 440.0];
/// Minimum width and height of a card, points.
const MIN_CARD_SIZE: f32 = 16.0;

/// Asserts the invariants of the state.
pub fn assert_state(state: &AppState) {
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

/// The faults of the last drawn frame.
pub fn frame_faults(harness: &Harness<'_, App>) -> Vec<String> {
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
    faults.extend(hidden_playing_melody(harness));
    faults
}

/// Faults: cards, menus and dialogs without text.
fn empty_cards(harness: &Harness<'_, App>) -> Vec<String> {
    let areas: Vec<(Order, Rect)> = harness.ctx.memory(|memory| {
        let layers = memory.areas().visible_layer_ids().into_iter();
        layers
            .filter(|layer| layer.order != Order::Background)
            .filter_map(|layer| Some((layer.order, memory.area_rect(layer.id)?)))
            .filter(|(_, rect)| rect.width() > MIN_CARD_SIZE && rect.height() > MIN_CARD_SIZE)
            .collect()
    });
    let mut texts = Vec::new();
    for ClippedShape {
        clip_rect, shape, ..
    } in &harness.output().shapes
    {
        each_text(shape, &mut |rect| {
            let visible_rect = rect.intersect(*clip_rect);
            if visible_rect.is_positive() {
                texts.push(visible_rect.center());
            }
        });
    }
    areas
        .into_iter()
        .filter(|(_, area)| !texts.iter().any(|text| area.contains(*text)))
        .map(|(order, area)| format!("nothing is written on the card at {area:?} ({order:?})"))
        .collect()
}

fn each_text(shape: &Shape, visit: &mut impl FnMut(Rect)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| each_text(shape, visit)),
        Shape::Text(text) if !text.galley.text().trim().is_empty() => {
            visit(text.visual_bounding_rect());
        }
        _ => {}
    }
}

/// Fault: a melody sounds, but neither its name nor a button that keeps it is in view.
fn hidden_playing_melody(harness: &Harness<'_, App>) -> Option<String> {
    let state = harness.state().state();
    let window = harness.ctx.content_rect();
    let is_large = window.width() >= MIN_SIZE[0] && window.height() >= MIN_SIZE[1];
    let playing = state.playback.now_playing()?;
    if !is_large || state.imported_song.is_some() {
        return None;
    }
    let is_in_view = |name: &str| {
        let mut nodes = harness.query_all_by_label(name);
        nodes.any(|node| {
            let rect = node.rect().intersect(window);
            !node.accesskit_node().is_disabled() && rect.width() > 8.0 && rect.height() > 8.0
        })
    };
    let shown_id = state.inspector_melody().map(|entry| entry.id);
    let in_inspector = state.playing_id().is_some() && state.playing_id() == shown_id;
    let keep_labels = ["Keep what plays", "Remove what plays from the library"];
    let by_inspector = in_inspector && (is_in_view("Keep") || is_in_view("Kept"));
    let by_line = keep_labels.into_iter().any(is_in_view);
    let rects = |name: &str| -> Vec<Rect> {
        let nodes = harness.query_all_by_label(name);
        nodes.map(|node| node.rect()).collect()
    };
    (!by_inspector && !by_line).then(|| {
        format!(
            "{:?} sounds and is not in view with Keep: {:?} in a window of {}, {:?} shown",
            playing.id,
            keep_labels.map(rects),
            window.size(),
            shown_id,
        )
    })
}

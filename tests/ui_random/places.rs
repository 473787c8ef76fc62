//! Where random input goes: mostly on widgets and on points of the map.

use eframe::egui::{Pos2, Rect, pos2, vec2};
use egui_kittest::kittest::NodeT as _;
use rand::RngExt as _;

use crate::random_window::RandomWindow;

/// A place in the window: mostly on a widget, the ones in front as often as those behind, or on a point of the map.
pub fn place(window: &mut RandomWindow) -> Pos2 {
    match window.below(10) {
        0..5 => {
            let mut layers: Vec<Vec<Rect>> = window.window.harness.ctx.viewport(|viewport| {
                let layers = viewport.prev_pass.widgets.layers();
                let rects = layers.map(|(_, widgets)| {
                    let of_layer = widgets.iter().filter(|widget| {
                        widget.enabled
                            && widget.sense.senses_click()
                            && widget.interact_rect.is_positive()
                    });
                    of_layer
                        .map(|widget| widget.interact_rect)
                        .collect::<Vec<_>>()
                });
                rects.filter(|rects| !rects.is_empty()).collect()
            });
            // The layers come in no order of their own, which would undo the seed.
            layers.sort_by(|a, b| key_of(a).total_cmp(&key_of(b)));
            if layers.is_empty() {
                return pos2(5.0, 5.0);
            }
            let rects = &layers[window.below(layers.len())];
            let rect = rects[window.below(rects.len())];
            let (x, y) = (
                window.rng.random_range(0.2..0.8),
                window.rng.random_range(0.2..0.8),
            );
            rect.min + vec2(x * rect.width(), y * rect.height())
        }
        5..8 => {
            let points = window.window.harness.state().map().points();
            let places: Vec<Pos2> = points.iter().map(|point| point.at).collect();
            if places.is_empty() {
                return pos2(300.0, 300.0);
            }
            let at = places[window.below(places.len())];
            let by = vec2(
                window.rng.random_range(-9.0..9.0),
                window.rng.random_range(-9.0..9.0),
            );
            at + by
        }
        _ => {
            let size = window.window.harness.ctx.content_rect().size();
            pos2(
                window.rng.random_range(0.0..1.0) * size.x,
                window.rng.random_range(0.0..1.0) * size.y,
            )
        }
    }
}

fn key_of(rects: &[Rect]) -> f32 {
    let sum: f32 = rects.iter().map(|rect| rect.min.x + 3.0 * rect.min.y).sum();
    sum + 1e4 * rects.len() as f32
}

/// Name of the smallest widget at a place, for the report of a fault.
pub fn name_at(window: &RandomWindow, at: Pos2) -> String {
    let nodes = window.window.harness.root().children_recursive();
    let named = nodes.filter_map(|node| {
        let inner = node.accesskit_node();
        inner.bounding_box()?;
        let name = inner.label()?;
        let rect = node.rect();
        rect.contains(at).then(|| (rect.area(), name))
    });
    named
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, name)| name)
}

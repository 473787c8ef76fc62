//! Random positions of the pointer: mostly on widgets and on points of the map.

use eframe::egui::{Pos2, Rect, pos2, vec2};
use egui_kittest::kittest::NodeT as _;
use rand::RngExt as _;

use crate::random_window::RandomWindow;

/// A random position in the window: mostly on a widget of any layer, or on a point of the map.
pub fn random_position(window: &mut RandomWindow) -> Pos2 {
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
            // The order of the layers is not deterministic; the input has to be, for a given seed.
            layers.sort_by(|a, b| sort_key(a).total_cmp(&sort_key(b)));
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
            let positions: Vec<Pos2> = points.iter().map(|point| point.position).collect();
            if positions.is_empty() {
                return pos2(300.0, 300.0);
            }
            let position = positions[window.below(positions.len())];
            let offset = vec2(
                window.rng.random_range(-9.0..9.0),
                window.rng.random_range(-9.0..9.0),
            );
            position + offset
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

fn sort_key(rects: &[Rect]) -> f32 {
    let sum: f32 = rects.iter().map(|rect| rect.min.x + 3.0 * rect.min.y).sum();
    sum + 1e4 * rects.len() as f32
}

/// Name of the smallest widget at a position, for the report of a fault.
pub fn name_at(window: &RandomWindow, at: Pos2) -> String {
    let nodes = window.window.harness.root().children_recursive();
    let areas_and_names = nodes.filter_map(|node| {
        let inner = node.accesskit_node();
        inner.bounding_box()?;
        let name = inner.label()?;
        let rect = node.rect();
        rect.contains(at).then(|| (rect.area(), name))
    });
    areas_and_names
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or_else(String::new, |(_, name)| name)
}

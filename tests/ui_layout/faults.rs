//! Finds faults in one frame: text that is cut off, covered or printed over other text, and controls that leave the window or
//! overlap.

use eframe::egui::epaint::{ClippedShape, Shape};
use eframe::egui::{self, Order, Rect, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;
use tunescape::ui::App;

/// Overlaps of at most this many points are due to rounding.
const TOLERANCE: f32 = 2.0;

/// A piece of text on the screen.
struct Text {
    text: String,
    rect: Rect,
    level: Level,
}

/// Stacking levels: menus, tooltips and dialogs may cover everything below, overlays of the map only the map.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Panel,
    Overlay,
    Popup,
}

/// The faults of the last drawn frame, one sentence each.
pub fn faults(harness: &Harness<'_, App>) -> Vec<String> {
    let window = harness.ctx.content_rect();
    let areas = areas(&harness.ctx);
    let mut faults = text_faults(&harness.output().shapes, window, &areas);
    faults.extend(control_faults(harness, window));
    faults.sort();
    faults.dedup();
    faults
}

/// The level of a layer over the panels.
fn layer_level(layer: egui::LayerId) -> Option<Level> {
    match layer.order {
        Order::Background => None,
        Order::Middle => Some(Level::Overlay),
        _ => Some(Level::Popup),
    }
}

/// The areas over the panels.
fn areas(ctx: &egui::Context) -> Vec<(Rect, Level)> {
    ctx.memory(|memory| {
        let layers = memory.areas().visible_layer_ids();
        let area = |layer: egui::LayerId| Some((memory.area_rect(layer.id)?, layer_level(layer)?));
        layers.into_iter().filter_map(area).collect()
    })
}

fn level(rect: Rect, areas: &[(Rect, Level)]) -> Level {
    let inner = rect.shrink(TOLERANCE.min(rect.width().min(rect.height()) / 2.0));
    areas
        .iter()
        .filter(|(area, _)| area.expand(TOLERANCE).contains_rect(inner))
        .map(|(_, level)| *level)
        .max()
        .unwrap_or(Level::Panel)
}

/// Whether two rectangles share more than their edges.
fn overlaps(a: Rect, b: Rect) -> bool {
    let shared = a.intersect(b);
    shared.width() > TOLERANCE && shared.height() > TOLERANCE
}

fn text_faults(shapes: &[ClippedShape], window: Rect, areas: &[(Rect, Level)]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut texts: Vec<Text> = Vec::new();
    for ClippedShape {
        clip_rect, shape, ..
    } in shapes
    {
        each_shape(shape, &mut |shape| match shape {
            // A card of the map is a little transparent.
            Shape::Rect(filled) if filled.fill.a() > 220 && filled.blur_width == 0.0 => {
                let cover = filled.rect.intersect(*clip_rect);
                let cover_level = level(cover, areas);
                texts.retain(|text| {
                    if !overlaps(text.rect, cover) {
                        return true;
                    }
                    let is_whole = cover.expand(TOLERANCE).contains_rect(text.rect);
                    if cover_level < Level::Popup && (!is_whole || text.level == Level::Overlay) {
                        faults.push(format!("“{}” is covered", text.text));
                    }
                    false
                });
            }
            Shape::Text(drawn) => {
                let text = drawn.galley.text().trim().to_owned();
                let rect = drawn.visual_bounding_rect();
                if text.is_empty() || !rect.is_positive() || !overlaps(rect, *clip_rect) {
                    return;
                }
                let shown = clip_rect.intersect(window).expand(TOLERANCE);
                if rect.left() < shown.left() || rect.right() > shown.right() {
                    faults.push(format!("“{text}” is cut at its side"));
                }
                if rect.top() < window.top() - TOLERANCE
                    || rect.bottom() > window.bottom() + TOLERANCE
                {
                    faults.push(format!("“{text}” leaves the window"));
                }
                let rect = rect.intersect(*clip_rect);
                let level = level(rect, areas);
                for below in &texts {
                    if below.level == level && overlaps(below.rect, rect) {
                        faults.push(format!("“{text}” is printed over “{}”", below.text));
                    }
                }
                texts.push(Text { text, rect, level });
            }
            _ => {}
        });
    }
    faults
}

fn each_shape(shape: &Shape, visit: &mut impl FnMut(&Shape)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| each_shape(shape, visit)),
        shape => visit(shape),
    }
}

/// A button, field or slider that can be seen.
struct Control {
    name: String,
    /// Its visible part.
    rect: Rect,
    level: Level,
    layer: egui::LayerId,
}

/// Controls that are cut at a side, and pairs of one level that overlap. A control inside another one is part of it.
fn control_faults(harness: &Harness<'_, App>, window: Rect) -> Vec<String> {
    let mut faults = Vec::new();
    let mut controls: Vec<Control> = Vec::new();
    let mut pending_nodes = vec![harness.root()];
    while let Some(node) = pending_nodes.pop() {
        pending_nodes.extend(node.children());
        let inner = node.accesskit_node();
        let is_control = matches!(
            inner.role(),
            Role::Button
                | Role::CheckBox
                | Role::RadioButton
                | Role::TextInput
                | Role::Slider
                | Role::SpinButton
                | Role::ComboBox
                | Role::Link
        );
        if !is_control {
            continue;
        }
        let Some((rect, visible, layer)) = widget_at(&harness.ctx, node.rect()) else {
            continue;
        };
        if visible.width() < 1.0 || visible.height() < 1.0 {
            continue;
        }
        let level = layer_level(layer).unwrap_or(Level::Panel);
        let name = inner.label().or_else(|| inner.value()).unwrap_or_default();
        let shown = visible.intersect(window).expand(TOLERANCE);
        // The strip of kept melodies scrolls sideways.
        let scrolls = name.starts_with("Kept ") || name.starts_with("Remove kept ");
        if !scrolls && (rect.left() < shown.left() || rect.right() > shown.right()) {
            faults.push(format!("the control “{name}” is cut at its side"));
        }
        for other in &controls {
            let is_inside = other.rect.expand(TOLERANCE).contains_rect(visible)
                || visible.expand(TOLERANCE).contains_rect(other.rect);
            // A menu may cover the one that it was opened from.
            let may_cover = level == Level::Popup && other.layer != layer;
            let same_level = other.level == level && !may_cover;
            if same_level && overlaps(other.rect, visible) && !is_inside {
                faults.push(format!(
                    "the controls “{}” and “{name}” overlap",
                    other.name
                ));
            }
        }
        controls.push(Control {
            name,
            rect: visible,
            level,
            layer,
        });
    }
    faults
}

/// The whole rectangle, the visible part and the layer of the widget with this rectangle in the accessibility tree.
fn widget_at(ctx: &egui::Context, node_rect: Rect) -> Option<(Rect, Rect, egui::LayerId)> {
    let is_near = |rect: Rect| {
        (rect.min - node_rect.min).length() < 0.5 && (rect.max - node_rect.max).length() < 0.5
    };
    ctx.viewport(|viewport| {
        let mut layers = viewport.prev_pass.widgets.layers();
        layers.find_map(|(layer, widgets)| {
            let widget = widgets.iter().find(|widget| is_near(widget.rect))?;
            Some((widget.rect, widget.interact_rect, *layer))
        })
    })
}

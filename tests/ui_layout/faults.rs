//! Finds text that is cut, covered or printed over other text, and controls that leave the window or overlap, in one frame.

use eframe::egui::epaint::{ClippedShape, Shape};
use eframe::egui::{self, Order, Rect, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;
use tunescape::ui::App;

/// Overlaps up to this many points are the rounding of edges.
const SLACK: f32 = 2.0;

/// A piece of text on the screen.
struct Text {
    text: String,
    rect: Rect,
    /// It lies in a menu, a dialog or a tooltip, which may cover what is below.
    floats: bool,
}

/// Everything that is wrong in the frame that the harness drew last, one sentence each.
pub fn faults(harness: &Harness<'_, App>) -> Vec<String> {
    let window = harness.ctx.content_rect();
    let floating = floating_areas(&harness.ctx);
    let mut faults = text_faults(&harness.output().shapes, window, &floating);
    faults.extend(control_faults(harness, window, &floating));
    faults.sort();
    faults.dedup();
    faults
}

/// Where menus, dialogs and tooltips are.
fn floating_areas(ctx: &egui::Context) -> Vec<Rect> {
    ctx.memory(|memory| {
        let layers = memory.areas().visible_layer_ids();
        let floating = layers
            .into_iter()
            .filter(|layer| layer.order != Order::Background);
        floating
            .filter_map(|layer| memory.area_rect(layer.id))
            .collect()
    })
}

fn lies_in(rect: Rect, areas: &[Rect]) -> bool {
    let inner = rect.shrink(SLACK.min(rect.width().min(rect.height()) / 2.0));
    areas
        .iter()
        .any(|area| area.expand(SLACK).contains_rect(inner))
}

/// Whether two rectangles share more than their edges.
fn overlap(a: Rect, b: Rect) -> bool {
    let shared = a.intersect(b);
    shared.width() > SLACK && shared.height() > SLACK
}

fn text_faults(shapes: &[ClippedShape], window: Rect, floating: &[Rect]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut texts: Vec<Text> = Vec::new();
    for ClippedShape {
        clip_rect, shape, ..
    } in shapes
    {
        each_shape(shape, &mut |shape| match shape {
            Shape::Rect(filled) if filled.fill.is_opaque() && filled.blur_width == 0.0 => {
                let cover = filled.rect.intersect(*clip_rect);
                let floats = lies_in(cover, floating);
                texts.retain(|text| {
                    if !overlap(text.rect, cover) {
                        return true;
                    }
                    let whole = cover.expand(SLACK).contains_rect(text.rect);
                    if !whole && (!floats || text.floats) {
                        faults.push(format!("“{}” is covered in part", text.text));
                    }
                    false
                });
            }
            Shape::Text(drawn) => {
                let text = drawn.galley.text().trim().to_owned();
                let rect = drawn.visual_bounding_rect();
                if text.is_empty() || !rect.is_positive() || !overlap(rect, *clip_rect) {
                    return;
                }
                let shown = clip_rect.intersect(window).expand(SLACK);
                if rect.left() < shown.left() || rect.right() > shown.right() {
                    faults.push(format!("“{text}” is cut at its side"));
                }
                if rect.top() < window.top() - SLACK || rect.bottom() > window.bottom() + SLACK {
                    faults.push(format!("“{text}” leaves the window"));
                }
                let rect = rect.intersect(*clip_rect);
                let floats = lies_in(rect, floating);
                for below in &texts {
                    if below.floats == floats && overlap(below.rect, rect) {
                        faults.push(format!("“{text}” is printed over “{}”", below.text));
                    }
                }
                texts.push(Text { text, rect, floats });
            }
            _ => {}
        });
    }
    faults
}

fn each_shape(shape: &Shape, f: &mut impl FnMut(&Shape)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| each_shape(shape, f)),
        shape => f(shape),
    }
}

/// Controls outside the window, and pairs of controls of one layer that overlap.
fn control_faults(harness: &Harness<'_, App>, window: Rect, floating: &[Rect]) -> Vec<String> {
    let mut controls: Vec<(String, Rect, bool)> = Vec::new();
    let mut open = vec![harness.root()];
    while let Some(node) = open.pop() {
        open.extend(node.children());
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
        if is_control {
            let name = inner.label().or_else(|| inner.value()).unwrap_or_default();
            let rect = node.rect();
            controls.push((name, rect, lies_in(rect, floating)));
        }
    }
    let mut faults = Vec::new();
    for (index, (name, rect, floats)) in controls.iter().enumerate() {
        if !window.expand(SLACK).contains_rect(*rect) && overlap(window, *rect) {
            faults.push(format!("the control “{name}” leaves the window"));
        }
        for (other, place, other_floats) in &controls[..index] {
            if floats == other_floats && overlap(*rect, *place) {
                faults.push(format!("the controls “{other}” and “{name}” overlap"));
            }
        }
    }
    faults
}

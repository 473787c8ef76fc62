//! The contrast of every text with what lies below it, as both are painted, in both themes.

use eframe::egui::epaint::{ClippedShape, Shape, TextShape};
use eframe::egui::{Color32, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::NodeT as _;
use tunescape::ui::ThemeChoice::{Dark, Light};
use tunescape::ui::{App, composite_over, contrast};

use crate::harness::tests;
use crate::menus::MENUS;
use crate::open;
use crate::states::STATES;
use crate::view::View;

tests![every_text_stands_out_from_what_is_below_it_in_both_themes,];

/// The least contrast of text (WCAG 2.2, success criterion 1.4.3).
const LEAST: f64 = 4.5;
/// Texts below which too little of the window was looked at.
const TEXTS: usize = 2_000;

fn every_text_stands_out_from_what_is_below_it_in_both_themes() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for state in STATES.iter().chain(MENUS) {
        let mut window = open(state);
        for theme in [Dark, Light] {
            let view = View {
                size: [1440.0, 900.0],
                scale: 1.0,
                text: 1.0,
                theme,
            };
            view.show(&mut window, state);
            for text in texts(&window.harness) {
                count += 1;
                if text.contrast < LEAST {
                    faults.push(format!(
                        "{}, {theme:?}: “{}” in {:?} on {:?}: {:.2}",
                        state.name, text.text, text.colour, text.ground, text.contrast
                    ));
                }
            }
        }
        window
            .harness
            .state_mut()
            .command(tunescape::ui::Command::Panic);
    }
    faults.sort();
    faults.dedup();
    let pale = faults.len();
    assert!(
        faults.is_empty(),
        "{pale} pale texts:\n{}",
        faults.join("\n")
    );
    assert!(count > TEXTS, "only {count} texts were found");
}

/// A piece of text of one colour, and the opaque colour below it.
struct Text {
    text: String,
    colour: Color32,
    ground: Color32,
    contrast: f64,
}

/// The texts of the last drawn frame, but for those on controls that cannot be used now and those on the map itself, where
/// the ground has many colours.
fn texts(harness: &Harness<'_, App>) -> Vec<Text> {
    let disabled: Vec<Rect> = harness
        .root()
        .children_recursive()
        .filter(|node| node.accesskit_node().is_disabled())
        .map(|node| node.rect().expand(2.0))
        .collect();
    let shapes = &harness.output().shapes;
    let mut found = Vec::new();
    for (index, clipped) in shapes.iter().enumerate() {
        each_text(&clipped.shape, &mut |drawn| {
            let rect = drawn.visual_bounding_rect();
            let at = rect.center();
            let hidden = !clipped.clip_rect.contains(at) || !rect.is_positive();
            if hidden || disabled.iter().any(|disabled| disabled.contains(at)) {
                return;
            }
            let Some(ground) = ground(&shapes[..=index], drawn, at) else {
                return;
            };
            for (text, colour) in pieces(drawn) {
                let colour = composite_over(colour, ground);
                found.push(Text {
                    text,
                    colour,
                    ground,
                    contrast: contrast(colour, ground),
                });
            }
        });
    }
    found
}

fn each_text(shape: &Shape, f: &mut impl FnMut(&TextShape)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| each_text(shape, f)),
        Shape::Text(text) => f(text),
        _ => {}
    }
}

/// The pieces of a text with their colours.
fn pieces(drawn: &TextShape) -> Vec<(String, Color32)> {
    let job = &drawn.galley.job;
    let piece = |section: &eframe::egui::text::LayoutSection| {
        let range = section.byte_range.start.0..section.byte_range.end.0;
        let text = job.text.get(range).unwrap_or_default();
        let own = section.format.color;
        let colour = drawn.override_text_color.unwrap_or(own);
        let is_own = colour != Color32::PLACEHOLDER;
        let colour = if is_own { colour } else { drawn.fallback_color };
        let colour = colour.gamma_multiply(drawn.opacity_factor);
        (!text.trim().is_empty()).then(|| (text.trim().to_owned(), colour))
    };
    job.sections.iter().filter_map(piece).collect()
}

/// The opaque colour that is painted at a place before a text; `None` where the last thing painted there is a picture.
fn ground(below: &[ClippedShape], text: &TextShape, at: Pos2) -> Option<Color32> {
    let mut ground = None;
    for clipped in below {
        if clipped.clip_rect.contains(at) && paint(&clipped.shape, text, at, &mut ground) {
            break;
        }
    }
    ground
}

/// Paints a shape at a place, up to the text. Returns whether the text was reached.
fn paint(shape: &Shape, text: &TextShape, at: Pos2, ground: &mut Option<Color32>) -> bool {
    let mut fill = |colour: Color32| match (*ground, colour.a()) {
        (_, 255) => *ground = Some(colour),
        (Some(below), _) => *ground = Some(composite_over(colour, below)),
        (None, _) => {}
    };
    match shape {
        Shape::Vec(shapes) => {
            return shapes.iter().any(|shape| paint(shape, text, at, ground));
        }
        Shape::Text(drawn) => return std::ptr::eq(drawn, text),
        Shape::Rect(rect) if rect.rect.contains(at) && rect.blur_width == 0.0 => fill(rect.fill),
        Shape::Circle(circle) if circle.center.distance(at) < circle.radius => fill(circle.fill),
        Shape::Mesh(mesh) if mesh.calc_bounds().contains(at) => *ground = None,
        _ => {}
    }
    false
}

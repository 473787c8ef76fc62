//! Tests the contrast of every text with the colour below it, as both are painted, in both themes.

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

/// Minimum contrast of text (WCAG 2.2, success criterion 1.4.3).
const MIN_CONTRAST: f64 = 4.5;
/// Minimum number of texts: with fewer, too little of the window was checked.
const MIN_TEXTS: usize = 2_000;

fn every_text_stands_out_from_what_is_below_it_in_both_themes() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for state in STATES.iter().chain(MENUS) {
        let mut window = open(state);
        for theme in [Dark, Light] {
            let view = View {
                size: [1440.0, 900.0],
                pixels_per_point: 1.0,
                text_zoom: 1.0,
                theme,
            };
            view.show(&mut window, state);
            for text in texts(&window.harness) {
                count += 1;
                if text.contrast < MIN_CONTRAST {
                    faults.push(format!(
                        "{}, {theme:?}: “{}” in {:?} on {:?}: {:.2}",
                        state.name, text.text, text.colour, text.background, text.contrast
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
    let pale_count = faults.len();
    assert!(
        faults.is_empty(),
        "{pale_count} pale texts:\n{}",
        faults.join("\n")
    );
    assert!(count > MIN_TEXTS, "only {count} texts were found");
}

/// A piece of text of one colour, and the opaque colour below it.
struct Text {
    text: String,
    colour: Color32,
    background: Color32,
    contrast: f64,
}

/// The texts of the last drawn frame, except those on disabled controls and those on the map, whose background has many
/// colours.
fn texts(harness: &Harness<'_, App>) -> Vec<Text> {
    let disabled: Vec<Rect> = harness
        .root()
        .children_recursive()
        .filter(|node| node.accesskit_node().is_disabled())
        .map(|node| node.rect().expand(2.0))
        .collect();
    let shapes = &harness.output().shapes;
    let mut texts_found = Vec::new();
    for (index, clipped) in shapes.iter().enumerate() {
        each_text(&clipped.shape, &mut |drawn| {
            let rect = drawn.visual_bounding_rect();
            let at = rect.center();
            let hidden = !clipped.clip_rect.contains(at) || !rect.is_positive();
            if hidden || disabled.iter().any(|disabled| disabled.contains(at)) {
                return;
            }
            let Some(background) = background_at(&shapes[..=index], drawn, at) else {
                return;
            };
            for (text, colour) in pieces(drawn) {
                let colour = composite_over(colour, background);
                texts_found.push(Text {
                    text,
                    colour,
                    background,
                    contrast: contrast(colour, background),
                });
            }
        });
    }
    texts_found
}

fn each_text(shape: &Shape, visit: &mut impl FnMut(&TextShape)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| each_text(shape, visit)),
        Shape::Text(text) => visit(text),
        _ => {}
    }
}

/// The pieces of a text with their colours.
fn pieces(drawn: &TextShape) -> Vec<(String, Color32)> {
    let job = &drawn.galley.job;
    let piece = |section: &eframe::egui::text::LayoutSection| {
        let range = section.byte_range.start.0..section.byte_range.end.0;
        let text = job.text.get(range).unwrap_or_default();
        let section_colour = section.format.color;
        let colour = drawn.override_text_color.unwrap_or(section_colour);
        let has_colour = colour != Color32::PLACEHOLDER;
        let colour = if has_colour {
            colour
        } else {
            drawn.fallback_color
        };
        let colour = colour.gamma_multiply(drawn.opacity_factor);
        (!text.trim().is_empty()).then(|| (text.trim().to_owned(), colour))
    };
    job.sections.iter().filter_map(piece).collect()
}

/// The opaque colour at a position that is painted before a text; `None` if a mesh is painted there last.
fn background_at(below: &[ClippedShape], text: &TextShape, at: Pos2) -> Option<Color32> {
    let mut background = None;
    for clipped in below {
        if clipped.clip_rect.contains(at) && apply_shape(&clipped.shape, text, at, &mut background)
        {
            break;
        }
    }
    background
}

/// Applies a shape to the colour `background` at a position, unless the shape is the text. Returns whether it is.
fn apply_shape(
    shape: &Shape,
    text: &TextShape,
    at: Pos2,
    background: &mut Option<Color32>,
) -> bool {
    let mut fill = |colour: Color32| match (*background, colour.a()) {
        (_, 255) => *background = Some(colour),
        (Some(below), _) => *background = Some(composite_over(colour, below)),
        (None, _) => {}
    };
    match shape {
        Shape::Vec(shapes) => {
            return shapes
                .iter()
                .any(|shape| apply_shape(shape, text, at, background));
        }
        Shape::Text(drawn) => return std::ptr::eq(drawn, text),
        Shape::Rect(rect) if rect.rect.contains(at) && rect.blur_width == 0.0 => fill(rect.fill),
        Shape::Circle(circle) if circle.center.distance(at) < circle.radius => fill(circle.fill),
        Shape::Mesh(mesh) if mesh.calc_bounds().contains(at) => *background = None,
        _ => {}
    }
    false
}

//! The layout whose axes are attributes.

use eframe::egui::epaint::Shape;
use eframe::egui::{Rect, Vec2};
use tunescape::attributes::ATTRIBUTES;
use tunescape::sweep::{LayoutKind, MelodyId};
use tunescape::ui::{Command, ThemeChoice};

use crate::open;
use crate::window::Window;

/// All painted texts with their rectangles.
fn texts(window: &Window) -> Vec<(String, Rect)> {
    fn collect(shape: &Shape, labels: &mut Vec<(String, Rect)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, labels)),
            Shape::Text(text) => {
                labels.push((text.galley.text().to_owned(), text.visual_bounding_rect()));
            }
            _ => {}
        }
    }
    let mut labels = Vec::new();
    for clipped in &window.harness.output().shapes {
        collect(&clipped.shape, &mut labels);
    }
    labels
}

/// The numbers in a margin of the map, with the coordinate of their centre along the axis (0: x, 1: y).
fn numbers(window: &Window, margin: Rect, axis: usize) -> Vec<(f64, f32)> {
    let texts = texts(window).into_iter();
    let in_margin = texts.filter(|(_, rect)| margin.expand(1.0).contains_rect(*rect));
    in_margin
        .filter_map(|(text, rect)| Some((text.parse().ok()?, rect.center()[axis])))
        .collect()
}

#[test]
fn the_axes_have_numbers_from_which_the_values_of_points_can_be_read() {
    let mut window = open();
    let kind = LayoutKind::DEFAULT_AXES;
    window.command(Command::SetLayout(kind));
    for (theme, size) in [
        (ThemeChoice::Dark, [1440.0, 900.0]),
        (ThemeChoice::Light, [960.0, 540.0]),
    ] {
        window.command(Command::SetTheme(theme));
        window.harness.set_size(Vec2::from(size));
        window.run_until("the axes are there", |app| {
            let quality = app.state().layout.quality.as_ref();
            quality.is_some_and(|quality| quality.kind == kind) && !app.map().moving()
        });
        for name in ["Note density, notes/bar", "Pitch range, semitones"] {
            let labels = texts(&window)
                .iter()
                .filter(|(text, _)| text == name)
                .count();
            assert_eq!(labels, 1, "{name}");
        }
        let map = window.harness.state().map().rect().unwrap();
        let margins = [
            map.with_min_y(map.bottom() - 14.0),
            map.with_max_x(map.left() + 14.0),
        ];
        for (axis, margin) in margins.into_iter().enumerate() {
            let ticks = numbers(&window, margin, axis);
            assert!(ticks.len() >= 3, "{ticks:?}");
            let (first, last) = (ticks[0], ticks[ticks.len() - 1]);
            let per_unit = f64::from(last.1 - first.1) / (last.0 - first.0);
            let attribute = [0, 2][axis];
            for region in 0..20 {
                let id = MelodyId::Centre { region };
                let entry = window.state().melodies.get(id).unwrap();
                let Some(value) = entry.attributes.value(attribute) else {
                    continue;
                };
                let display_value = (ATTRIBUTES[attribute].to_display_unit)(value);
                let value_at_point =
                    f64::from(window.point_of(id)[axis] - first.1) / per_unit + first.0;
                // Equal values are spread over less than half of the distance to the next, at most half a semitone or a
                // quarter of a note per bar; half a point of screen is rounding.
                let tolerance = [0.25, 0.5][axis] + 1.0 / per_unit.abs();
                assert!(
                    (value_at_point - display_value).abs() < tolerance,
                    "{id}: {value_at_point} is not {display_value}"
                );
            }
        }
    }
}

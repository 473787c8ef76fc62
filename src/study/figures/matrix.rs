//! The correlation matrix of the attributes.

use kuva::render::color::Color;
use kuva::render::render::TextAnchor;

use super::canvas::{FOREGROUND, Figure, MUTED};
use crate::attributes::attribute;
use crate::study::results::BetweenAttributes;

/// Pearson's correlations as coloured numbers.
pub(super) fn matrix(between: &BetweenAttributes) -> Figure {
    const CELL: f64 = 78.0;
    const LEFT: f64 = 160.0;
    const TOP: f64 = 28.0;
    let count = between.ids.len();
    let matrix_size = CELL * count as f64;
    let caption = format!(
        "Pearson's correlation between the attributes over {} samples. Blue is negative, red positive; the scale is fixed from −1 to 1.",
        between.n
    );
    let title = "Correlation between attributes".to_owned();
    let mut figure = Figure::new(
        "between_attributes".to_owned(),
        title,
        caption,
        (LEFT + matrix_size + 90.0, TOP + matrix_size + 44.0),
    );
    let name = |id: &&str| attribute(id).map_or("", |attribute| attribute.name);
    for (i, id) in between.ids.iter().enumerate() {
        let middle = TOP + CELL * (i as f64 + 0.5) + 4.0;
        figure.text((LEFT - 10.0, middle), name(id), TextAnchor::End, FOREGROUND);
        // One line for each word of the name.
        for (line, word) in name(id).split(' ').enumerate() {
            let position = (
                LEFT + CELL * (i as f64 + 0.5),
                TOP + matrix_size + 18.0 + 14.0 * line as f64,
            );
            figure.text(position, word, TextAnchor::Middle, FOREGROUND);
        }
        for (j, r) in between.pearson[i].iter().enumerate() {
            let corner = (LEFT + CELL * j as f64, TOP + CELL * i as f64);
            let fill = r.map_or(Color::Rgb(238, 238, 238), diverging_color);
            figure.rectangle(
                (corner.0 + 1.0, corner.1 + 1.0),
                (CELL - 2.0, CELL - 2.0),
                fill,
                1.0,
            );
            let label = r.map_or("–".to_owned(), |r| format!("{r:.2}").replace('-', "−"));
            let color = if r.is_some_and(|r| r.abs() > 0.6) {
                Color::Rgb(255, 255, 255)
            } else {
                FOREGROUND
            };
            let middle = (corner.0 + CELL / 2.0, corner.1 + CELL / 2.0 + 4.0);
            figure.text(middle, &label, TextAnchor::Middle, color);
        }
    }
    let (bar_left, steps) = (LEFT + matrix_size + 24.0, 40);
    for k in 0..steps {
        let r = 1.0 - 2.0 * (k as f64 + 0.5) / f64::from(steps);
        let height = matrix_size / f64::from(steps);
        figure.rectangle(
            (bar_left, TOP + height * f64::from(k)),
            (14.0, height + 0.5),
            diverging_color(r),
            1.0,
        );
    }
    for (fraction, label) in [(0.0, "1"), (0.5, "0"), (1.0, "−1")] {
        figure.text(
            (bar_left + 20.0, TOP + fraction * matrix_size + 4.0),
            label,
            TextAnchor::Start,
            MUTED,
        );
    }
    figure.text(
        (bar_left - 4.0, TOP - 10.0),
        "Pearson's r",
        TextAnchor::Start,
        FOREGROUND,
    );
    figure
}

/// The colour of a correlation: blue to white to red, for -1 to 1.
fn diverging_color(r: f64) -> Color {
    let (end, fraction) = if r < 0.0 {
        ((33.0, 102.0, 172.0), -r)
    } else {
        ((178.0, 24.0, 43.0), r)
    };
    let mix = |channel: f64| (247.0 + (channel - 247.0) * fraction.min(1.0)) as u8;
    Color::Rgb(mix(end.0), mix(end.1), mix(end.2))
}

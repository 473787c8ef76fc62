//! Tests that colours with a meaning can be told apart with every kind of colour vision: a simulation of colour blindness, and
//! the perceptual distance of two colours.
//!
//! Dichromacy by the matrices of Machado, Oliveira and Fernandes (2009, "A physiologically-based model for simulation of
//! color vision deficiency", table 1, severity 1.0), which act on linear RGB. Distances are CIEDE2000 (Sharma, Wu and Dalal
//! 2005).

use eframe::egui::Color32;

use super::palette::{GROUP_COLOURS, Palette};
use super::theme::{Colours, DARK, LIGHT};

/// A kind of colour vision: its name, and the matrix that linear RGB is multiplied by.
type ColourVision = (&'static str, [[f64; 3]; 3]);

const COLOUR_VISIONS: [ColourVision; 4] = [
    (
        "trichromacy",
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ),
    (
        "protanopia",
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ),
];

/// Minimum CIEDE2000 distance between two colours of one list that mean different things.
const MIN_CATEGORY_DISTANCE: f64 = 20.0;
/// Minimum distance between the colours of controls, of playing notes, of errors, of text and of captions: these also differ in
/// place and shape.
const MIN_ROLE_DISTANCE: f64 = 10.0;
/// Minimum distance between two neighbouring levels of a colour map that is divided into eleven steps.
const MIN_LEVEL_DISTANCE: f64 = 3.0;
/// Minimum distance between the ends of a colour map.
const MIN_END_DISTANCE: f64 = 20.0;

/// CIE L*a*b* (D65) of a colour as it is perceived with a kind of colour vision.
fn perceived_lab(colour: Color32, (_, matrix): &ColourVision) -> [f64; 3] {
    let linear = [colour.r(), colour.g(), colour.b()].map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    let dot = |row: [f64; 3], v: [f64; 3]| row[0] * v[0] + row[1] * v[1] + row[2] * v[2];
    let rgb = matrix.map(|row| dot(row, linear).clamp(0.0, 1.0));
    // IEC 61966-2-1, each row divided by the white point.
    let [x, y, z] = [
        [0.4124564, 0.3575761, 0.1804375].map(|part| part / 0.95047),
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041].map(|part| part / 1.08883),
    ]
    .map(|row| dot(row, rgb))
    .map(|t| {
        if t > 216.0 / 24_389.0 {
            t.cbrt()
        } else {
            (24_389.0 / 27.0 * t + 16.0) / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIEDE2000 between two colours in L*a*b*.
fn distance([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let chroma_weight = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25.0_f64.powi(7))).sqrt();
    let g = 0.5 * (1.0 - chroma_weight(f64::midpoint(a1.hypot(b1), a2.hypot(b2))));
    let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| b.atan2(a).to_degrees().rem_euclid(360.0);
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let is_grey = c1 * c2 == 0.0;
    let hue_difference = if is_grey {
        0.0
    } else {
        (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0
    };
    let (dl, dc) = (l2 - l1, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (hue_difference / 2.0).to_radians().sin();
    let (l, c) = (f64::midpoint(l1, l2), f64::midpoint(c1, c2));
    let h = if is_grey {
        h1 + h2
    } else {
        h1 + hue_difference / 2.0
    };
    let cosine =
        |factor: f64, offset_degrees: f64| (factor * h + offset_degrees).to_radians().cos();
    let t = 1.0 - 0.17 * cosine(1.0, -30.0) + 0.24 * cosine(2.0, 0.0) + 0.32 * cosine(3.0, 6.0)
        - 0.20 * cosine(4.0, -63.0);
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rotation = 30.0 * (-((h.rem_euclid(360.0) - 275.0) / 25.0).powi(2)).exp();
    let rt = -2.0 * chroma_weight(c) * (2.0 * rotation).to_radians().sin();
    let (l, c, h) = (dl / sl, dc / sc, dh / sh);
    (l * l + c * c + h * h + rt * c * h).sqrt()
}

/// The pairs of a list that are more similar than `min_distance`, described in a line each.
fn too_similar(colours: &[(&str, Color32)], min_distance: f64) -> Vec<String> {
    let mut pairs = Vec::new();
    for vision in &COLOUR_VISIONS {
        for (index, (name, colour)) in colours.iter().enumerate() {
            for (other, second) in colours.get(..index).unwrap_or_default() {
                let distance = distance(
                    perceived_lab(*colour, vision),
                    perceived_lab(*second, vision),
                );
                if distance < min_distance {
                    pairs.push(format!("{name} and {other}: {distance:.1}, {}", vision.0));
                }
            }
        }
    }
    pairs
}

fn levels(palette: Palette, vision: &ColourVision, count: u32) -> Vec<[f64; 3]> {
    let level_lab =
        |level| perceived_lab(palette.colour(f64::from(level) / f64::from(count)), vision);
    (0..=count).map(level_lab).collect()
}

#[test]
fn distances_are_those_that_were_published_with_the_formula() {
    for (a, b, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([50.0, 2.49, -0.001], [50.0, -2.49, 0.0011], 7.2195),
        ([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082),
    ] {
        assert!((distance(a, b) - expected).abs() < 5e-5, "{a:?} {b:?}");
    }
}

#[test]
fn red_and_green_look_alike_without_red_or_green_cones_but_not_without_blue_ones() {
    let pair = [
        Color32::from_rgb(0xd0, 0x40, 0x40),
        Color32::from_rgb(0x50, 0x80, 0x20),
    ];
    let pair_distance = |vision: &ColourVision| {
        distance(
            perceived_lab(pair[0], vision),
            perceived_lab(pair[1], vision),
        )
    };
    let [all_cones, no_red, no_green, no_blue] = COLOUR_VISIONS.each_ref().map(pair_distance);
    assert!(all_cones > 30.0 && no_blue > 30.0, "{all_cones} {no_blue}");
    assert!(
        no_red < 0.5 * all_cones && no_green < 0.5 * all_cones,
        "{no_red} {no_green}"
    );
}

#[test]
fn low_mid_and_high_can_be_told_apart_with_every_kind_of_colour_vision() {
    let groups = ["low", "mid", "high"].into_iter().zip(GROUP_COLOURS);
    let pairs = too_similar(&groups.collect::<Vec<_>>(), MIN_CATEGORY_DISTANCE);
    assert!(pairs.is_empty(), "{pairs:#?}");
}

#[test]
fn accent_playing_error_and_text_can_be_told_apart_with_every_kind_of_colour_vision() {
    let roles = |c: &Colours| {
        [
            ("accent", c.accent),
            ("playing", c.playing),
            ("error", c.error),
            ("muted", c.muted),
            ("text", c.text),
        ]
    };
    for (theme, colours) in [("dark", &DARK), ("light", &LIGHT)] {
        let pairs = too_similar(&roles(colours), MIN_ROLE_DISTANCE);
        assert!(pairs.is_empty(), "{theme}: {pairs:#?}");
    }
}

#[test]
fn values_get_lighter_with_every_kind_of_colour_vision() {
    for vision in &COLOUR_VISIONS {
        let lightness = |palette, from: usize, to: usize| -> Vec<f64> {
            let levels = levels(palette, vision, 50);
            levels[from..=to]
                .iter()
                .map(|[lightness, ..]| *lightness)
                .collect()
        };
        for palette in [Palette::Viridis, Palette::Cividis] {
            assert!(
                lightness(palette, 0, 50).is_sorted(),
                "{palette:?} {}",
                vision.0
            );
        }
        // The diverging map is lightest in its middle.
        assert!(
            lightness(Palette::RedBlue, 0, 25).is_sorted(),
            "{}",
            vision.0
        );
        let falling = lightness(Palette::RedBlue, 25, 50);
        assert!(falling.iter().rev().is_sorted(), "{}", vision.0);
    }
}

#[test]
fn neighbouring_levels_and_both_ends_of_a_colour_map_differ_with_every_kind_of_colour_vision() {
    for palette in Palette::ALL {
        for vision in &COLOUR_VISIONS {
            let levels = levels(palette, vision, 11);
            let steps = levels.windows(2).map(|pair| distance(pair[0], pair[1]));
            let min_distance = steps.fold(f64::INFINITY, f64::min);
            assert!(
                min_distance >= MIN_LEVEL_DISTANCE,
                "{palette:?} {}: {min_distance:.1}",
                vision.0
            );
            let ends = distance(levels[0], levels[11]);
            assert!(
                ends >= MIN_END_DISTANCE,
                "{palette:?} {}: {ends:.1}",
                vision.0
            );
        }
    }
}

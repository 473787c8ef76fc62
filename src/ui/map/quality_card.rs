//! The quality of the map: one number in a corner, and a table of all figures on click.

use eframe::egui::{
    self, Align, Grid, Label, Layout, Popup, RichText, ScrollArea, Sense, Ui, WidgetInfo, vec2,
};

use super::overlay_frame::chip;
use crate::attributes::ATTRIBUTES;
use crate::embedding::{NEIGHBOURS, TRUST_NEIGHBOURS};
use crate::sweep::LayoutQuality;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::{caption, theme_colours};
use crate::ui::widgets::numbers::{format_number, grouped};

/// Width of the table, points.
const WIDTH: f32 = 372.0;
/// Least space above and below the table, with its margins, points.
const VERTICAL_MARGIN: f32 = 48.0;

/// Draws the number in the corner, in few words if `is_short`; a click opens the table.
pub(super) fn show(ui: &mut Ui, is_short: bool, state: &AppState) {
    let c = theme_colours(ui);
    let Some(quality) = &state.layout.quality else {
        return;
    };
    let response = chip(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let texts = if is_short {
                vec![(short_neighbours_kept_text(quality), c.text)]
            } else {
                vec![
                    (neighbours_kept_text(quality), c.text),
                    (chance_text(quality), c.muted),
                ]
            };
            for (text, colour) in texts {
                let text = RichText::new(text).size(CAPTION).color(colour);
                ui.add(Label::new(text).extend());
            }
        });
    });
    record_rect(ui.ctx(), "map quality", response.rect);
    let response = ui.interact(response.rect, ui.scope_id().with("quality"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, "Map quality"));
    let response = response
        .on_hover_cursor(egui::CursorIcon::PointingHand)
        .on_hover_text(format!(
            "How far this map can be trusted. Of the {NEIGHBOURS} melodies that sound most like one, so many are also its {NEIGHBOURS} \
             nearest on the map. Neighbours sound {:.1} times nearer than two melodies drawn at random. Click for every figure.",
            quality.neighbour_distance_ratio()
        ));
    Popup::menu(&response)
        .align(egui::RectAlign::BOTTOM_END)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ScrollArea::vertical()
                .max_height(ui.ctx().content_rect().height() - VERTICAL_MARGIN)
                .show(ui, |ui| {
                    ui.with_layout(Layout::top_down(Align::Min), |ui| figures(ui, quality));
                });
        });
}

/// "Map keeps 2.6 of 5 neighbours".
fn neighbours_kept_text(quality: &LayoutQuality) -> String {
    let kept = NEIGHBOURS as f64 * quality.by_melody_distance.neighbours_kept;
    format!(
        "Map keeps {} of {NEIGHBOURS} neighbours",
        format_number(kept, 1)
    )
}

/// "Keeps 2.6 of 5".
fn short_neighbours_kept_text(quality: &LayoutQuality) -> String {
    let kept = NEIGHBOURS as f64 * quality.by_melody_distance.neighbours_kept;
    format!("Keeps {} of {NEIGHBOURS}", format_number(kept, 1))
}

fn chance_text(quality: &LayoutQuality) -> String {
    let chance = NEIGHBOURS as f64 * quality.by_melody_distance.neighbours_chance;
    if chance < 0.05 {
        "chance under 0.1".to_owned()
    } else {
        format!("chance {}", format_number(chance, 1))
    }
}

/// A fraction of the nearest neighbours as a number of them.
fn neighbour_count_text(fraction: f64) -> String {
    format!(
        "{} of {NEIGHBOURS}",
        format_number(NEIGHBOURS as f64 * fraction, 1)
    )
}

/// One figure, with its chance level and its best possible value where those are known.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    hint: String,
    measured: String,
    chance: String,
    best: String,
}

impl Row {
    fn new(
        name: impl Into<String>,
        hint: impl Into<String>,
        measured: String,
        chance: String,
    ) -> Self {
        Self {
            name: name.into(),
            hint: hint.into(),
            measured,
            chance,
            best: String::new(),
        }
    }

    fn best(self, best: impl Into<String>) -> Self {
        Self {
            best: best.into(),
            ..self
        }
    }
}

/// The heading of a table, and its rows.
type Section = (&'static str, Vec<Row>);

fn sections(quality: &LayoutQuality) -> [Section; 3] {
    [
        (
            "Does near here mean that it sounds alike?",
            melody_distance_rows(quality),
        ),
        (
            "Is the layout true to its own distance?",
            layout_rows(quality),
        ),
        (
            "Do attributes change smoothly over the map? (Moran's I)",
            smoothness_rows(quality),
        ),
    ]
}

fn number(value: f64) -> String {
    format_number(value, 2)
}

/// How well the map shows which melodies sound alike.
fn melody_distance_rows(quality: &LayoutQuality) -> Vec<Row> {
    let (melody, distances) = (&quality.by_melody_distance, &quality.melody_distance);
    vec![
        Row::new(
            "Nearest in sound kept",
            format!(
                "Of the {NEIGHBOURS} melodies that sound most like one, how many are its {NEIGHBOURS} nearest on the map, on average"
            ),
            neighbour_count_text(melody.neighbours_kept),
            neighbour_count_text(melody.neighbours_chance),
        )
        .best(neighbour_count_text(1.0)),
        Row::new(
            "Distance in sound to neighbours",
            "About 1 is a melody without an onset in common, or an octave away throughout",
            number(distances.map_neighbours),
            number(distances.random_pairs),
        )
        .best(number(distances.true_neighbours)),
    ]
}

/// How well the map shows the distances that the layout is computed from.
fn layout_rows(quality: &LayoutQuality) -> Vec<Row> {
    let by_layout = &quality.by_layout_distance;
    let mut rows = vec![
        Row::new(
            "Nearest by its distance kept",
            format!(
                "Of the {NEIGHBOURS} nearest by the layout's own distance, how many are the {NEIGHBOURS} nearest on the map, on average"
            ),
            neighbour_count_text(by_layout.neighbours_kept),
            neighbour_count_text(by_layout.neighbours_chance),
        )
        .best(neighbour_count_text(1.0)),
        Row::new(
            "Trustworthiness",
            format!(
                "Near here is near in truth: 1 if all of the {TRUST_NEIGHBOURS} nearest on the map are (Venna and Kaski 2001)"
            ),
            format_number(by_layout.trustworthiness, 3),
            number(by_layout.trustworthiness_chance),
        )
        .best("1"),
        Row::new(
            "Continuity",
            format!(
                "Near in truth is near here: 1 if all of the {TRUST_NEIGHBOURS} nearest are on the map too (Venna and Kaski 2001)"
            ),
            format_number(by_layout.continuity, 3),
            number(by_layout.continuity_chance),
        )
        .best("1"),
        Row::new(
            "Stress-1",
            "How far the distances on the map are from the true ones (Kruskal 1964)",
            number(by_layout.stress),
            number(by_layout.stress_chance),
        )
        .best("0"),
    ];
    if let Some(explained) = quality.explained_variance {
        rows.push(
            Row::new(
                "Share of the melody it can see",
                "How much of the melodies' differences a straight direction through the latent space explains, on regions it was not learnt from",
                format!("{:.0} %", 100.0 * explained),
                "0 %".to_owned(),
            )
            .best("100 %"),
        );
    }
    rows
}

/// How similar the attributes of neighbours are, with a row per attribute.
fn smoothness_rows(quality: &LayoutQuality) -> Vec<Row> {
    let rows = quality.smoothness.iter().filter_map(|entry| {
        let name = ATTRIBUTES
            .iter()
            .find(|a| a.id == entry.id)
            .map_or(entry.id.as_str(), |a| a.name);
        let row = Row::new(
            name,
            format!(
                "Moran's I over the {NEIGHBOURS} nearest: 1 if neighbours have the same value, 0 if they might be anybody"
            ),
            number(entry.morans_i?),
            number(entry.expected),
        );
        Some(row.best("1"))
    });
    rows.collect()
}

fn figures(ui: &mut Ui, quality: &LayoutQuality) {
    record_rect(ui.ctx(), "quality figures", ui.max_rect());
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 5.0;
    let c = theme_colours(ui);
    ui.label(RichText::new(format!("Layout by {}", quality.kind.name().to_lowercase())).strong());
    caption(ui, quality.kind.description());
    for (title, rows) in sections(quality) {
        ui.separator();
        ui.label(RichText::new(title).size(CAPTION).color(c.muted));
        Grid::new(title)
            .num_columns(4)
            .min_col_width(0.0)
            .min_row_height(17.0)
            .spacing(vec2(12.0, 2.0))
            .show(ui, |ui| {
                name_cell(ui, RichText::new(""));
                for text in ["here", "chance", "best"] {
                    number_cell(ui, RichText::new(text).size(CAPTION).color(c.muted));
                }
                ui.end_row();
                for row in &rows {
                    let name = RichText::new(&row.name).size(CAPTION).color(c.text);
                    name_cell(ui, name).on_hover_text(row.hint.as_str());
                    for (text, colour) in [
                        (&row.measured, c.text),
                        (&row.chance, c.muted),
                        (&row.best, c.muted),
                    ] {
                        number_cell(ui, RichText::new(text).size(CAPTION).color(colour));
                    }
                    ui.end_row();
                }
            });
    }
    ui.separator();
    caption(
        ui,
        format!(
            "Measured on {} of {} melodies. Chance is what the same places would reach, drawn at random.",
            grouped(quality.measured_on as u64),
            grouped(quality.points as u64)
        ),
    );
}

/// A cell as wide as the longest name, so that the columns of all tables are aligned.
fn name_cell(ui: &mut Ui, text: RichText) -> egui::Response {
    let size = vec2(WIDTH - 3.0 * (48.0 + 12.0), 17.0);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(size.x);
        ui.add(Label::new(text).wrap())
    })
    .inner
}

fn number_cell(ui: &mut Ui, text: RichText) {
    ui.allocate_ui_with_layout(
        vec2(48.0, 17.0),
        Layout::right_to_left(Align::Center),
        |ui| {
            ui.set_min_width(48.0);
            ui.add(Label::new(text).extend());
        },
    );
}

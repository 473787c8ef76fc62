//! The tables of the Analysis tab: correlation between attributes, quality of the map, tests between groups.

use eframe::egui::{
    Align2, Color32, FontId, Grid, Label, Rect, RichText, Role, Sense, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use crate::attributes::attribute;
use crate::study::{AttributeResults, Effect, StudyResults};
use crate::ui::palette::Palette;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{caption, theme_colours};
use crate::ui::widgets::numbers::format_number;

/// Space for the names on the left of the matrix and below it.
const NAMES_SIZE: Vec2 = vec2(118.0, 20.0);

/// Pearson's correlations between the attributes, as coloured numbers.
pub(super) fn correlation_matrix(ui: &mut Ui, results: &StudyResults, size: Vec2) {
    let correlations = &results.between_attributes;
    caption(
        ui,
        format!(
            "Correlation between attributes (Pearson's r over {} samples)",
            correlations.n
        ),
    );
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, "Correlation between attributes"));
    let c = theme_colours(ui);
    let painter = ui.painter_at(rect);
    let count = correlations.ids.len().max(1) as f32;
    let cell = vec2(
        (rect.width() - NAMES_SIZE.x) / count,
        (rect.height() - NAMES_SIZE.y) / count,
    );
    let font = FontId::proportional(CAPTION);
    let name = |id: &str| attribute(id).map_or("", |attribute| attribute.name);
    for (i, (id, row)) in correlations
        .ids
        .iter()
        .zip(&correlations.pearson)
        .enumerate()
    {
        let top = rect.top() + cell.y * i as f32;
        painter.text(
            pos2(rect.left() + NAMES_SIZE.x - 8.0, top + cell.y / 2.0),
            Align2::RIGHT_CENTER,
            name(id),
            font.clone(),
            c.text,
        );
        let short = name(id).split(' ').next_back().unwrap_or_default();
        painter.text(
            pos2(
                rect.left() + NAMES_SIZE.x + cell.x * (i as f32 + 0.5),
                rect.bottom(),
            ),
            Align2::CENTER_BOTTOM,
            short,
            font.clone(),
            c.muted,
        );
        for (j, r) in row.iter().enumerate() {
            let corner = pos2(rect.left() + NAMES_SIZE.x + cell.x * j as f32, top);
            let cell_rect = Rect::from_min_size(corner, cell).shrink(1.0);
            let fill = r.map_or(c.raised, |r| Palette::RedBlue.colour(f64::midpoint(r, 1.0)));
            painter.rect_filled(cell_rect, 2.0, fill);
            let colour = match r {
                Some(r) if r.abs() > 0.6 => Color32::WHITE,
                Some(_) => Color32::BLACK,
                None => c.muted,
            };
            let text = r.map_or("–".to_owned(), |r| format_number(r, 2));
            painter.text(
                cell_rect.center(),
                Align2::CENTER_CENTER,
                text,
                font.clone(),
                colour,
            );
        }
    }
}

fn header_row(ui: &mut Ui, names: &[&str]) {
    // Rows as high as their text: nothing in them is clicked.
    ui.spacing_mut().interact_size.y = 0.0;
    for name in names {
        ui.add(Label::new(RichText::new(*name).size(CAPTION).strong()).extend());
    }
    ui.end_row();
}

fn text_cell(ui: &mut Ui, text: impl Into<String>) {
    ui.add(Label::new(RichText::new(text).size(CAPTION)).extend());
}

/// Quality of the map, each value with its chance level.
pub(super) fn map_quality_table(ui: &mut Ui, results: &StudyResults) {
    let map = &results.map;
    caption(
        ui,
        format!(
            "The map of {} regions: what it keeps of the latent distances, and how smoothly attributes lie on it (p after Holm's correction)",
            map.regions
        ),
    );
    Grid::new("analysis quality")
        .striped(true)
        .min_row_height(17.0)
        .num_columns(4)
        .spacing(vec2(22.0, 4.0))
        .show(ui, |ui| {
            header_row(ui, &["measure", "found", "by chance", "n"]);
            let names = [
                "stress-1 (0 is exact)".to_owned(),
                format!("trustworthiness, {} nearest", map.trust_neighbours),
                format!("continuity, {} nearest", map.trust_neighbours),
                format!("{} nearest kept", map.neighbours),
            ];
            for (name, (_, measured, chance, n)) in names.iter().zip(map.rows()) {
                text_cell(ui, name);
                text_cell(ui, format_number(measured, 3));
                text_cell(ui, format_number(chance, 3));
                text_cell(ui, n.to_string());
                ui.end_row();
            }
            for attribute_results in &results.attributes {
                let name = attribute_results.attribute.name;
                text_cell(ui, format!("Moran's I of {}", name.to_lowercase()));
                match &attribute_results.autocorrelation {
                    Some(map) => {
                        let p =
                            format!("{} (p = {:.3})", format_number(map.moran_i, 3), map.p_holm);
                        text_cell(ui, p);
                        text_cell(ui, format_number(map.expected, 3));
                        text_cell(ui, map.n.to_string());
                    }
                    None => text_cell(ui, "–"),
                }
                ui.end_row();
            }
        });
}

/// The tests between the low, mid and high groups.
pub(super) fn tests_table(ui: &mut Ui, attribute_results: &AttributeResults) {
    let Some(groups) = &attribute_results.groups else {
        return;
    };
    caption(
        ui,
        "Tests between the groups: two-sided p, and after Holm's correction over all attributes and pairs",
    );
    let effect_text = |effect: &Option<Effect>| match effect
        .map(|effect| (effect.value, effect.interval_text()))
    {
        Some((value, Some(ends))) => {
            let [low, high] = ends.map(|end| end.replace('-', "−"));
            format!("{} [{low}, {high}]", format_number(value, 2))
        }
        Some((value, None)) => format!("{} [not estimable]", format_number(value, 2)),
        None => "–".to_owned(),
    };
    let p_text = |p: Option<f64>| match p {
        None => "–".to_owned(),
        Some(p) if p >= 0.001 => format!("{p:.3}"),
        Some(p) => format!("{p:.1e}"),
    };
    Grid::new("analysis tests")
        .striped(true)
        .min_row_height(17.0)
        .num_columns(7)
        .spacing(vec2(18.0, 4.0))
        .show(ui, |ui| {
            header_row(
                ui,
                &[
                    "pair",
                    "n",
                    "test",
                    "p",
                    "p, Holm",
                    "Cliff's delta",
                    "Hedges' g",
                ],
            );
            for pair in &groups.pairs {
                for (k, row) in pair.tests.iter().enumerate() {
                    let is_first = k == 0;
                    let in_first_row = |text: String| if is_first { text } else { String::new() };
                    text_cell(ui, in_first_row(pair.pair.replace('-', " to ")));
                    text_cell(ui, in_first_row(format!("{}, {}", pair.n1, pair.n2)));
                    text_cell(
                        ui,
                        match row.test {
                            "mann_whitney" => "Mann-Whitney",
                            "student_t" => "Student's t",
                            _ => "Welch's t",
                        },
                    );
                    text_cell(ui, p_text(row.p));
                    text_cell(ui, p_text(row.p_holm));
                    text_cell(ui, in_first_row(effect_text(&pair.cliffs_delta)));
                    text_cell(ui, in_first_row(effect_text(&pair.hedges_g)));
                    ui.end_row();
                }
            }
        });
}

//! The Analysis tab: the study's figures of the current sweep, live.

use eframe::egui::{ComboBox, Label, RichText, ScrollArea, Ui, vec2};
use egui_material_icons::icons::ICON_IOS_SHARE;

use super::analysis_map::map_plot;
use super::analysis_plots::{groups_plot, held_out_plot, scatter_plot, stem_plot};
use super::analysis_tables::{correlation_matrix, map_quality_table, tests_table};
use crate::attributes::STUDY_ATTRIBUTES;
use crate::study::CorrelationUnit;
use crate::ui::command::Command;
use crate::ui::state::{AnalysisResult, AppState};
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{caption, error_label, icon_text_button, theme_colours, title};
use crate::ui::widgets::now_playing::now_playing_ui;
use crate::wording::count_with_noun;

/// Width from which figures are drawn in two columns, points.
const TWO_COLUMNS_WIDTH: f32 = 640.0;
/// Largest width of a paragraph, points.
const PARAGRAPH_WIDTH: f32 = 760.0;

/// Draws one figure.
type DrawFigure<'a> = Box<dyn FnMut(&mut Ui, &mut Vec<Command>) + 'a>;

/// Draws the tab; `shows_playing_name` says whether to name what plays.
pub fn analysis_ui(
    ui: &mut Ui,
    state: &AppState,
    shows_playing_name: bool,
    out: &mut Vec<Command>,
) {
    let index = state.studied_attribute();
    eframe::egui::Frame::new().inner_margin(16).show(ui, |ui| {
        heading(ui, state, index, out);
        if shows_playing_name {
            now_playing_ui(ui, state, out);
        }
        ui.add_space(8.0);
        let Some(analysis) = state.analysis.finished() else {
            let text = if state.analysis.is_running() {
                "The melodies are being studied…"
            } else {
                "The figures of `tunescape study` for the sweep on the map appear here as melodies are decoded."
            };
            match state.analysis.error() {
                Some(text) => error_label(ui, text),
                None => caption(ui, text),
            };
            return;
        };
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| figures(ui, state, analysis, index, out));
    });
}

fn heading(ui: &mut Ui, state: &AppState, index: usize, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    ui.horizontal_wrapped(|ui| {
        title(ui, "Analysis of the sweep");
        ui.add_space(8.0);
        let name = STUDY_ATTRIBUTES
            .get(index)
            .map_or("", |attribute| attribute.name);
        ComboBox::from_id_salt("analysed attribute")
            .selected_text(name)
            .show_ui(ui, |ui| {
                for (k, attribute) in STUDY_ATTRIBUTES.iter().enumerate() {
                    if ui.selectable_label(k == index, attribute.name).clicked() {
                        out.push(Command::ColourBy(k));
                    }
                }
            })
            .response
            .accessible_name("Analysed attribute");
        if state.analysis.finished().is_some() {
            let export = icon_text_button(ui, ICON_IOS_SHARE, "Export figures…", c.text, None);
            if export
                .on_hover_text("Write this attribute's figures as SVG and PNG into a folder")
                .clicked()
            {
                out.push(Command::ExportFigures);
            }
        }
        if let Some(analysis) = state.analysis.finished() {
            let all = analysis.data.len();
            let total_text = count_with_noun(all, "sample");
            let text = RichText::new(format!("{} of {total_text}", analysis.decoded));
            let text = text.size(CAPTION).color(c.muted);
            // Whole in this row or in the next one.
            ui.add(Label::new(text).extend());
        }
    });
}

fn figures(
    ui: &mut Ui,
    state: &AppState,
    analysis: &AnalysisResult,
    index: usize,
    out: &mut Vec<Command>,
) {
    let Some(results) = analysis.results.attributes.get(index) else {
        return;
    };
    let width = ui.available_width();
    let columns = if width >= TWO_COLUMNS_WIDTH { 2 } else { 1 };
    let size = vec2(
        (width - 14.0 * (columns - 1) as f32) / columns as f32,
        230.0,
    );
    let mut draw_figures: Vec<DrawFigure<'_>> = vec![
        Box::new(|ui, out| map_plot(ui, state, analysis, index, size, out)),
        Box::new(|ui, _| groups_plot(ui, results, size)),
        Box::new(|ui, _| stem_plot(ui, results, CorrelationUnit::Regions, size)),
        Box::new(|ui, _| stem_plot(ui, results, CorrelationUnit::Samples, size)),
        Box::new(|ui, out| scatter_plot(ui, analysis, (index, 0), size, out)),
        Box::new(|ui, out| scatter_plot(ui, analysis, (index, 1), size, out)),
        Box::new(|ui, out| held_out_plot(ui, analysis, results, size, out)),
        Box::new(|ui, _| correlation_matrix(ui, &analysis.results, size)),
    ];
    for row in draw_figures.chunks_mut(columns) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            for draw_figure in row {
                ui.vertical(|ui| {
                    ui.set_width(size.x);
                    draw_figure(ui, out);
                });
            }
        });
        ui.add_space(10.0);
    }
    tests_table(ui, results);
    ui.add_space(12.0);
    map_quality_table(ui, &analysis.results);
    ui.add_space(12.0);
    ui.set_max_width(PARAGRAPH_WIDTH.min(width));
    for finding in &results.findings {
        ui.label(without_superscripts(finding));
    }
    caption(
        ui,
        "Click a point to hear it. The figures rest on at most 2,000 samples and on the regions' own for the groups; `tunescape study` takes \
         20,000, decodes new ones for the groups, and writes a report.",
    );
}

/// Replaces characters that the window's font lacks: powers of ten become `e-12`.
fn without_superscripts(text: &str) -> String {
    let text = text
        .replace(" × 10", "e")
        .replace("below 10", "below 1e")
        .replace('−', "-");
    let mut out = String::with_capacity(text.len());
    let mut in_exponent = false;
    for letter in text.chars() {
        let digit = match letter {
            '⁻' => Some('-'),
            '¹' => Some('1'),
            '²' => Some('2'),
            '³' => Some('3'),
            '⁰'..='⁹' => char::from_digit(u32::from(letter) - 0x2070, 10),
            _ => None,
        };
        // Other superscripts, such as squares, stay.
        in_exponent = digit.is_some() && (in_exponent || out.ends_with('e'));
        out.push(digit.filter(|_| in_exponent).unwrap_or(letter));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_superscripts;

    #[test]
    fn powers_of_ten_are_written_in_plain_letters_and_squares_are_left() {
        assert_eq!(
            without_superscripts("p = 1.3 × 10⁻¹², R² = −0.04"),
            "p = 1.3e-12, R² = -0.04"
        );
        assert_eq!(without_superscripts("p below 10⁻³⁰⁷"), "p below 1e-307");
    }
}

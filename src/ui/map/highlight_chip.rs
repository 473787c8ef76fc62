//! The chip that names the highlighted range of values while a slider is used.

use eframe::egui::{Label, RichText, Ui};
use egui_material_icons::icons::ICON_CLOSE;

use super::overlay_frame::chip;
use crate::attributes::ATTRIBUTES;
use crate::ui::command::Command;
use crate::ui::state::{AppState, TargetRange};
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::icon_button;
use crate::ui::widgets::numbers::{counted, short_unit, trimmed};

/// Draws it while `count` melodies are highlighted.
pub(super) fn show(ui: &mut Ui, state: &AppState, count: usize, out: &mut Vec<Command>) {
    let target_ranges = state.target_ranges();
    if target_ranges.is_empty() {
        return;
    }
    chip(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let text = RichText::new(text(&target_ranges, count)).size(CAPTION);
            ui.add(Label::new(text).extend());
            if icon_button(ui, ICON_CLOSE, "Light all melodies again").clicked() {
                out.push(Command::ClearHighlight);
            }
        });
    });
}

/// The text, such as "Lit: note density 5 to 7 notes/bar, 1,234 melodies", or "Lit: 12 melodies with all 3 values".
fn text(target_ranges: &[TargetRange], count: usize) -> String {
    let [target_range] = target_ranges else {
        let values = target_ranges.len();
        return format!("Lit: {} with all {values} values", counted(count, "melody"));
    };
    let Some(attribute) = ATTRIBUTES.get(target_range.attribute) else {
        return String::new();
    };
    let number = |value| trimmed(value, attribute.decimals);
    let range = format!(
        "{} to {} {}",
        number(target_range.low),
        number(target_range.high),
        short_unit(attribute)
    );
    format!(
        "Lit: {} {}, {}",
        attribute.name.to_lowercase(),
        range.trim_end(),
        counted(count, "melody")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_range_in_the_unit_of_the_slider() {
        let density = TargetRange {
            attribute: 0,
            low: 5.0,
            high: 7.5,
        };
        assert_eq!(
            text(&[density], 1_234),
            "Lit: note density 5 to 7.5 notes/bar, 1,234 melodies"
        );
        assert_eq!(
            text(&[density], 1),
            "Lit: note density 5 to 7.5 notes/bar, 1 melody"
        );
        let range = TargetRange {
            attribute: 2,
            ..density
        };
        assert_eq!(
            text(&[density, range], 12),
            "Lit: 12 melodies with all 2 values"
        );
    }
}

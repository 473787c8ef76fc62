//! The chip that names what is highlighted on the map while a slider or the key is used.

use eframe::egui::{Label, RichText, Ui};
use egui_material_icons::icons::ICON_CLOSE;

use super::overlay_frame::chip;
use crate::attributes::ATTRIBUTES;
use crate::ui::command::Command;
use crate::ui::state::{AppState, TargetRange, Targets};
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::row_icon_button;
use crate::ui::widgets::numbers::{grouped, grouped_with_noun, short_unit, without_unit};

/// Height of its button, points.
const HEIGHT: f32 = 22.0;

/// Draws it while `count` melodies are highlighted.
pub(super) fn show(ui: &mut Ui, state: &AppState, count: usize, out: &mut Vec<Command>) {
    let targets = state.targets();
    if targets.is_empty() {
        return;
    }
    chip(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.set_min_height(HEIGHT);
            let text = RichText::new(text(&targets, count)).size(CAPTION);
            ui.add(Label::new(text).extend());
            if row_icon_button(ui, ICON_CLOSE, "Light all melodies again", HEIGHT).clicked() {
                out.push(Command::ClearHighlight);
            }
        });
    });
}

/// The text, such as "Lit: note density 5 to 7 notes/bar, 1,234 melodies", or "Lit: 12 melodies with all 3 values".
pub(super) fn text(targets: &Targets, count: usize) -> String {
    let melodies = grouped_with_noun(count, "melody");
    match (targets.ranges.as_slice(), targets.scale) {
        ([], Some(scale)) => format!("Lit: {} in {scale}", grouped(count as u64)),
        ([range], None) => format!("Lit: {}, {melodies}", range_text(range)),
        (ranges, None) => format!("Lit: {melodies} with all {} values", ranges.len()),
        (_, Some(_)) => format!("Lit: {melodies} with all of it"),
    }
}

fn range_text(range: &TargetRange) -> String {
    let Some(attribute) = ATTRIBUTES.get(range.attribute) else {
        return String::new();
    };
    let number = |value| without_unit(attribute, value);
    let text = format!(
        "{} {} to {} {}",
        attribute.name.to_lowercase(),
        number(range.low),
        number(range.high),
        short_unit(attribute)
    );
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_range_in_the_unit_of_the_slider_and_the_key() {
        let density = TargetRange {
            attribute: 0,
            low: 5.0,
            high: 7.5,
        };
        let chip_text = |ranges: &[TargetRange], scale: &str, count| {
            let ranges = ranges.to_vec();
            let scale = scale.parse().ok();
            text(&Targets { ranges, scale }, count)
        };
        assert_eq!(
            chip_text(&[density], "", 1_234),
            "Lit: note density 5 to 7.5 notes/bar, 1,234 melodies"
        );
        assert_eq!(
            chip_text(&[density], "", 1),
            "Lit: note density 5 to 7.5 notes/bar, 1 melody"
        );
        let range = TargetRange {
            attribute: 2,
            ..density
        };
        let both = [density, range];
        assert_eq!(
            chip_text(&both, "", 12),
            "Lit: 12 melodies with all 2 values"
        );
        assert_eq!(
            chip_text(&both, "D dorian", 12),
            "Lit: 12 melodies with all of it"
        );
        assert_eq!(
            chip_text(&[density], "D", 1),
            "Lit: 1 melody with all of it"
        );
        assert_eq!(chip_text(&[], "D dorian", 7), "Lit: 7 in D dorian");
    }
}

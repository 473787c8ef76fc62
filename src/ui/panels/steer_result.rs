//! How many melodies of the sweep have the sliders' values and the key, and the result of the last steer.

use eframe::egui::{Ui, UiBuilder, vec2};

use crate::attributes::{ATTRIBUTES, Attribute};
use crate::sweep::{Feasibility, SteerGoals};
use crate::ui::command::Command;
use crate::ui::state::{AppState, FeasibilityMeasurement, FinishedSteer, short_noun};
use crate::ui::theme::{CAPTION, font};
use crate::ui::widgets::controls::{link, progress_bar, short_caption, theme_colours};
use crate::ui::widgets::numbers::{grouped, grouped_with_noun, with_unit};
use crate::wording::sentence_case;

/// Lines of both texts together, and the most of them that the first text has while the second one is shown.
const TOTAL_LINES: usize = 5;
const FEASIBILITY_LINES: usize = 2;

/// Draws both texts in a space that is always the same, so that what is below never moves.
pub(super) fn result_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let line_height = ui.fonts_mut(|fonts| fonts.row_height(&font(CAPTION)));
    let height = TOTAL_LINES as f32 * line_height;
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height.ceil()));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect));
    ui.spacing_mut().item_spacing.y = 0.0;
    // Until there is something to say of a search, the first text may have all lines.
    let lines = if has_status(state) {
        FEASIBILITY_LINES
    } else {
        TOTAL_LINES
    };
    feasibility_ui(&mut ui, state, lines);
    status_ui(&mut ui, state, out);
}

/// Says how many melodies of the sweep have what is asked for.
fn feasibility_ui(ui: &mut Ui, state: &AppState, lines: usize) {
    let feasibility = &state.steer.feasibility;
    if let Some(wait) = feasibility.due_in() {
        ui.ctx().request_repaint_after(wait);
    }
    let text = match feasibility.measurement() {
        Some(found) if state.asks_for_something() => feasibility_text(found, &state.steer_goals()),
        _ if state.melodies.decoded_count() == 0 => return,
        _ => "Nothing is asked for: move a slider, hold one with its lock, or choose a key"
            .to_owned(),
    };
    let colour = theme_colours(ui).muted;
    short_caption(ui, text, colour, lines);
}

/// One or two sentences, such as "Rare: 3 of the sweep's 6,400 have this, 1 of them in D dorian", without a final full stop.
fn feasibility_text(found: &FeasibilityMeasurement, goals: &SteerGoals) -> String {
    let melody_count_text = grouped(found.values.melody_count as u64);
    match found.in_scale {
        Some((scale, in_scale_count)) if goals.is_free() => {
            let in_scale = grouped(in_scale_count as u64);
            format!(
                "{in_scale} of the sweep's {melody_count_text} are in {scale}; others are moved into it"
            )
        }
        _ => values_text(&found.values, in_scale_text(found), goals),
    }
}

/// How many of the melodies that have the values are in the scale too.
fn in_scale_text(found: &FeasibilityMeasurement) -> String {
    match found.in_scale {
        Some((scale, in_scale_count)) if found.values.matching_count > 0 => match in_scale_count {
            0 => format!(", none of them in {scale}"),
            count if count == found.values.matching_count => format!(", all in {scale}"),
            count => format!(", {} of them in {scale}", grouped(count as u64)),
        },
        _ => String::new(),
    }
}

fn values_text(found: &Feasibility, in_scale: String, goals: &SteerGoals) -> String {
    let melody_count_text = grouped(found.melody_count as u64);
    let mut text = match found.matching_count {
        0 => format!("None of the sweep's {melody_count_text} has this"),
        1 => format!("Rare: 1 of the sweep's {melody_count_text} has this"),
        count if found.is_rare() => {
            format!("Rare: {count} of the sweep's {melody_count_text} have this")
        }
        count => format!(
            "{} of the sweep's {melody_count_text} have this",
            grouped(count as u64)
        ),
    };
    text.push_str(&in_scale);
    if let (0, Some(nearest)) = (found.matching_count, &found.nearest) {
        // Only where the nearest one differs: its other values are as asked.
        let differing = goals.target_values().filter_map(|(index, target)| {
            let attribute = ATTRIBUTES.get(index)?;
            let value = nearest.attributes.value(index)?;
            let differs = (value - target).abs() > attribute.tolerance_in_files();
            differs.then(|| value_text(attribute, value))
        });
        let differing: Vec<String> = differing.collect();
        if !differing.is_empty() {
            text.push_str(&format!("; the nearest has {}", differing.join(", ")));
        }
    }
    if let (true, Some(opposed)) = (found.is_rare(), &found.opposed) {
        let [first, second] = opposed
            .attributes
            .map(|index| ATTRIBUTES.get(index).map(short_noun));
        text.push_str(&format!(
            ". Here {} and {} {} (r = {:.2})",
            first.unwrap_or_default(),
            second.unwrap_or_default(),
            opposed.relation(),
            opposed.correlation
        ));
    }
    text
}

/// A value with its name, such as "range 7 st", or its unit alone where that says what is counted.
fn value_text(attribute: &Attribute, value: f64) -> String {
    let shown = with_unit(attribute, (attribute.to_display_unit)(value));
    match attribute.unit {
        "notes/bar" => shown,
        _ => format!("{} {shown}", short_noun(attribute)),
    }
}

fn has_status(state: &AppState) -> bool {
    let steer = &state.steer;
    steer.error.is_some()
        || steer.starts_after_sweep
        || steer.running.is_some()
        || !steer.finished.is_empty()
}

/// Draws the state of the search, or what the last one found.
fn status_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let steer = &state.steer;
    let c = theme_colours(ui);
    if let Some(text) = &steer.error {
        short_caption(
            ui,
            sentence_case(text),
            c.error,
            TOTAL_LINES - FEASIBILITY_LINES,
        );
    } else if steer.starts_after_sweep {
        let text = "New melodies follow when the sweep is done";
        short_caption(ui, text, c.muted, TOTAL_LINES - FEASIBILITY_LINES);
    } else if steer.running.is_some() {
        ui.add_space(4.0);
        let width = ui.available_width();
        progress_bar(
            ui,
            steer.progress.unwrap_or(0.0),
            c.accent,
            width,
            4.0,
            "Steering progress",
        );
        if link(ui, "Stop steering").clicked() {
            out.push(Command::Cancel);
        }
    } else if let Some(last) = steer.finished.last() {
        short_caption(
            ui,
            finished_text(last),
            c.text,
            TOTAL_LINES - FEASIBILITY_LINES,
        );
    }
}

/// How many melodies have what was asked for, and what that is, which is cut first where there is no space: "30 of 32 have the
/// values, all are in key: with 6 notes per bar, in D dorian".
fn finished_text(last: &FinishedSteer) -> String {
    let description = &last.description;
    if last.count == 0 {
        return format!("No melody was found {description}");
    }
    let values = (!last.goals.is_free()).then_some(last.matching_count);
    let key = last.scale.map(|_| last.in_scale);
    let count_text = |number, verbs| number_text(number, last.count, verbs);
    let is_all = |number: usize| number == last.count;
    let result = match (values, key) {
        (None, None) => {
            return format!("{} {description}", grouped_with_noun(last.count, "melody"));
        }
        (Some(matching_count), Some(in_key)) if is_all(matching_count) && is_all(in_key) => {
            format!(
                "{}, every note in key",
                count_text(matching_count, ["has it", "have it"])
            )
        }
        (Some(matching_count), Some(in_key)) => {
            let values = count_text(matching_count, ["has the values", "have the values"]);
            // The first number has said of how many.
            let key = match in_key {
                0 => "none is in key".to_owned(),
                1 => "1 is in key".to_owned(),
                _ if is_all(in_key) => "all are in key".to_owned(),
                several => format!("{several} are in key"),
            };
            format!("{values}, {key}")
        }
        (None, Some(in_key)) => count_text(in_key, ["is in key", "are in key"]),
        (Some(matching_count), None) => count_text(matching_count, ["has it", "have it"]),
    };
    format!("{result}: {description}")
}

/// How many of them, with the verb in the singular and the plural: "All 32 are in key", "1 of 32 has the values", "None of 32 is
/// in key".
fn number_text(count: usize, melody_count: usize, [singular, plural]: [&str; 2]) -> String {
    match count {
        0 => format!("None of {melody_count} {singular}"),
        1 if melody_count == 1 => format!("The melody {singular}"),
        count if count == melody_count => format!("All {melody_count} {plural}"),
        1 => format!("1 of {melody_count} {singular}"),
        count => format!("{count} of {melody_count} {plural}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A steer of 32 melodies that asked for a density and, if `key` says how many are in it, for a key.
    fn text_of_finished(matching_count: usize, key: Option<usize>) -> String {
        finished_text(&FinishedSteer {
            number: 0,
            goals: SteerGoals::wanted(0, 0.375),
            scale: key.and_then(|_| "D dorian".parse().ok()),
            results: Vec::new(),
            matching_count,
            in_scale: key.unwrap_or(32),
            count: 32,
            description: "with 6 notes per bar".to_owned(),
        })
    }

    #[test]
    fn how_many_have_it_is_told_first() {
        for (matching_count, key, expected) in [
            (32, None, "All 32 have it"),
            (30, None, "30 of 32 have it"),
            (1, None, "1 of 32 has it"),
            (0, None, "None of 32 has it"),
            (32, Some(32), "All 32 have it, every note in key"),
            (30, Some(32), "30 of 32 have the values, all are in key"),
            (32, Some(1), "All 32 have the values, 1 is in key"),
            (0, Some(0), "None of 32 has the values, none is in key"),
        ] {
            let text = text_of_finished(matching_count, key);
            assert_eq!(text, format!("{expected}: with 6 notes per bar"));
        }
    }
}

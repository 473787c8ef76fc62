//! What can be had of the sliders' values and the key together, and what came of the last steer.

use eframe::egui::{Ui, UiBuilder, vec2};

use crate::attributes::{ATTRIBUTES, Attribute};
use crate::sweep::{Feasibility, SteerGoals};
use crate::ui::command::Command;
use crate::ui::state::{AppState, FinishedSteer, FoundFeasibility, noun};
use crate::ui::theme::{CAPTION, font};
use crate::ui::widgets::controls::{link, progress_bar, short_caption, theme_colours};
use crate::ui::widgets::numbers::{counted, grouped, with_unit};
use crate::wording::sentence_case;

/// Lines of both texts, and of them at most for what can be had where there is something to say of a search.
const LINES: usize = 5;
const FEASIBILITY_LINES: usize = 2;

/// Draws both texts in a space that is always the same, so that what is below never moves.
pub(super) fn result_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let line = ui.fonts_mut(|fonts| fonts.row_height(&font(CAPTION)));
    let height = LINES as f32 * line;
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height.ceil()));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect));
    ui.spacing_mut().item_spacing.y = 0.0;
    // Until there is something to say of a search, the first text may have all lines.
    let lines = if has_status(state) {
        FEASIBILITY_LINES
    } else {
        LINES
    };
    feasibility_ui(&mut ui, state, lines);
    status(&mut ui, state, out);
}

/// Says how many melodies of the sweep have what is asked for.
fn feasibility_ui(ui: &mut Ui, state: &AppState, lines: usize) {
    let feasibility = &state.steer.feasibility;
    if let Some(wait) = feasibility.due_in() {
        ui.ctx().request_repaint_after(wait);
    }
    let text = match feasibility.found() {
        Some(found) if state.asks_for_something() => found_text(found, &state.steer_goals()),
        _ if state.melodies.decoded() == 0 => return,
        _ => "Nothing is asked for: move a slider, hold one with its lock, or choose a key"
            .to_owned(),
    };
    let colour = theme_colours(ui).muted;
    short_caption(ui, text, colour, lines);
}

/// One or two sentences, such as "Rare: 3 of the sweep's 6,400 have this, 1 of them in D dorian", without a final full stop.
fn found_text(found: &FoundFeasibility, goals: &SteerGoals) -> String {
    let of = grouped(found.values.melody_count as u64);
    match found.in_scale {
        Some((scale, within)) if goals.is_free() => {
            let within = grouped(within as u64);
            format!("{within} of the sweep's {of} are in {scale}; others are moved into it")
        }
        _ => values_text(&found.values, in_scale_text(found), goals),
    }
}

/// How many of the melodies that have the values are in the scale too.
fn in_scale_text(found: &FoundFeasibility) -> String {
    match found.in_scale {
        Some((scale, within)) if found.values.matching_count > 0 => match within {
            0 => format!(", none of them in {scale}"),
            within if within == found.values.matching_count => format!(", all in {scale}"),
            within => format!(", {} of them in {scale}", grouped(within as u64)),
        },
        _ => String::new(),
    }
}

fn values_text(found: &Feasibility, in_scale: String, goals: &SteerGoals) -> String {
    let of = grouped(found.melody_count as u64);
    let mut text = match found.matching_count {
        0 => format!("None of the sweep's {of} has this"),
        1 => format!("Rare: 1 of the sweep's {of} has this"),
        count if found.is_rare() => format!("Rare: {count} of the sweep's {of} have this"),
        count => format!("{} of the sweep's {of} have this", grouped(count as u64)),
    };
    text.push_str(&in_scale);
    if let (0, Some(nearest)) = (found.matching_count, &found.nearest) {
        // Only where the nearest one differs: its other values are as asked.
        let differing = goals.wanted_values().filter_map(|(index, wanted)| {
            let attribute = ATTRIBUTES.get(index)?;
            let value = nearest.attributes.value(index)?;
            let differs = (value - wanted).abs() > attribute.tolerance_in_files();
            differs.then(|| value_text(attribute, value))
        });
        let differing: Vec<String> = differing.collect();
        if !differing.is_empty() {
            text.push_str(&format!("; the nearest has {}", differing.join(", ")));
        }
    }
    if let (true, Some(opposed)) = (found.is_rare(), &found.opposed) {
        let [one, other] = opposed
            .attributes
            .map(|index| ATTRIBUTES.get(index).map(noun));
        text.push_str(&format!(
            ". Here {} and {} {} (r = {:.2})",
            one.unwrap_or_default(),
            other.unwrap_or_default(),
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
        _ => format!("{} {shown}", noun(attribute)),
    }
}

fn has_status(state: &AppState) -> bool {
    let steer = &state.steer;
    steer.error.is_some() || steer.waiting || steer.running.is_some() || !steer.finished.is_empty()
}

/// Draws the state of the search, or what the last one found.
fn status(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let steer = &state.steer;
    let c = theme_colours(ui);
    if let Some(text) = &steer.error {
        short_caption(ui, sentence_case(text), c.error, LINES - FEASIBILITY_LINES);
    } else if steer.waiting {
        let text = "New melodies follow when the sweep is done";
        short_caption(ui, text, c.muted, LINES - FEASIBILITY_LINES);
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
        short_caption(ui, finished_text(last), c.text, LINES - FEASIBILITY_LINES);
    }
}

/// How many melodies have what was asked for, and what that is, which is cut first where there is no space: "30 of 32 have the
/// values, all are in key: with 6 notes per bar, in D dorian".
fn finished_text(last: &FinishedSteer) -> String {
    let description = &last.description;
    if last.count == 0 {
        return format!("No melody was found {description}");
    }
    let values = (!last.goals.is_free()).then_some(last.within);
    let key = last.scale.map(|_| last.in_scale);
    let count = |number, verbs| number_text(number, last.count, verbs);
    let all = |number: usize| number == last.count;
    let found = match (values, key) {
        (None, None) => return format!("{} {description}", counted(last.count, "melody")),
        (Some(within), Some(in_key)) if all(within) && all(in_key) => {
            format!(
                "{}, every note in key",
                count(within, ["has it", "have it"])
            )
        }
        (Some(within), Some(in_key)) => {
            let values = count(within, ["has the values", "have the values"]);
            // The first number has said of how many.
            let key = match in_key {
                0 => "none is in key".to_owned(),
                1 => "1 is in key".to_owned(),
                _ if all(in_key) => "all are in key".to_owned(),
                several => format!("{several} are in key"),
            };
            format!("{values}, {key}")
        }
        (None, Some(in_key)) => count(in_key, ["is in key", "are in key"]),
        (Some(within), None) => count(within, ["has it", "have it"]),
    };
    format!("{found}: {description}")
}

/// How many of them, with the verb in the singular and the plural: "All 32 are in key", "1 of 32 has the values", "None of 32 is
/// in key".
fn number_text(count: usize, of: usize, [one, several]: [&str; 2]) -> String {
    match count {
        0 => format!("None of {of} {one}"),
        1 if of == 1 => format!("The melody {one}"),
        count if count == of => format!("All {of} {several}"),
        1 => format!("1 of {of} {one}"),
        count => format!("{count} of {of} {several}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A steer of 32 melodies that asked for a density and, if `key` says how many are in it, for a key.
    fn finished(within: usize, key: Option<usize>) -> String {
        finished_text(&FinishedSteer {
            number: 0,
            goals: SteerGoals::wanted(0, 0.375),
            scale: key.and_then(|_| "D dorian".parse().ok()),
            results: Vec::new(),
            within,
            in_scale: key.unwrap_or(32),
            count: 32,
            description: "with 6 notes per bar".to_owned(),
        })
    }

    #[test]
    fn how_many_have_it_is_told_first() {
        for (within, key, found) in [
            (32, None, "All 32 have it"),
            (30, None, "30 of 32 have it"),
            (1, None, "1 of 32 has it"),
            (0, None, "None of 32 has it"),
            (32, Some(32), "All 32 have it, every note in key"),
            (30, Some(32), "30 of 32 have the values, all are in key"),
            (32, Some(1), "All 32 have the values, 1 is in key"),
            (0, Some(0), "None of 32 has the values, none is in key"),
        ] {
            let text = finished(within, key);
            assert_eq!(text, format!("{found}: with 6 notes per bar"));
        }
    }
}

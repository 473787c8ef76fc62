//! What can be had of the sliders' values together, and what came of the last steer.

use eframe::egui::Ui;

use crate::attributes::{ATTRIBUTES, Attribute};
use crate::sweep::{Feasibility, SteerGoals};
use crate::ui::command::Command;
use crate::ui::panels::obtained_plot::obtained_plot;
use crate::ui::state::{AppState, FinishedSteer};
use crate::ui::widgets::controls::{caption, error_label, link, progress_bar, theme_colours};
use crate::ui::widgets::numbers::{counted, grouped, with_unit};

/// Height of two lines, reserved for what can be had and for what came of it, so that what is below seldom moves.
const TWO_LINES: f32 = 30.0;

/// Says how many melodies of the sweep have what the sliders ask for.
pub(super) fn feasibility_ui(ui: &mut Ui, state: &AppState) {
    let feasibility = &state.steer.feasibility;
    if let Some(wait) = feasibility.due_in() {
        ui.ctx().request_repaint_after(wait);
    }
    let goals = state.steer_goals();
    let text = match feasibility.found() {
        Some(found) if !goals.is_free() => feasibility_text(found, &goals),
        _ if state.melodies.decoded() == 0 => String::new(),
        _ => "No slider asks for a value: move one, or hold it with its lock".to_owned(),
    };
    ui.scope(|ui| {
        ui.set_min_height(TWO_LINES);
        caption(ui, text);
    });
}

/// One or two sentences, such as "Rare: 3 of the sweep's 6,400 have this", without a final full stop.
fn feasibility_text(found: &Feasibility, goals: &SteerGoals) -> String {
    let of = grouped(found.of as u64);
    let mut text = match found.within {
        0 => format!("None of the sweep's {of} has this"),
        1 => format!("Rare: 1 of the sweep's {of} has this"),
        count if found.is_rare() => {
            format!("Rare: {count} of the sweep's {of} have this")
        }
        count => format!("{} of the sweep's {of} have this", grouped(count as u64)),
    };
    if let (0, Some(nearest)) = (found.within, &found.nearest) {
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
        let [one, other] = opposed.names();
        text.push_str(&format!(
            ". {one} and {} {} here (r = {:.2})",
            other.to_lowercase(),
            opposed.relation(),
            opposed.correlation
        ));
    }
    text
}

fn value_text(attribute: &Attribute, value: f64) -> String {
    let shown = with_unit(attribute, (attribute.to_display_unit)(value));
    format!("{} {shown}", attribute.name.to_lowercase())
}

/// Draws the state of the search, what the last one found, and the plot of wanted against obtained values.
pub(super) fn result_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    ui.scope(|ui| {
        ui.set_min_height(TWO_LINES);
        ui.spacing_mut().item_spacing.y = 4.0;
        status(ui, state, out);
    });
    obtained_plot(ui, state, state.steer.attribute);
}

fn status(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let steer = &state.steer;
    if let Some(text) = &steer.error {
        error_label(ui, text);
    } else if steer.waiting {
        caption(ui, "New melodies follow when the sweep is done");
    } else if steer.running.is_some() {
        let width = ui.available_width();
        progress_bar(
            ui,
            steer.progress.unwrap_or(0.0),
            theme_colours(ui).accent,
            width,
            4.0,
            "Steering progress",
        );
        if link(ui, "Stop steering").clicked() {
            out.push(Command::Cancel);
        }
    } else if let Some(last) = steer.finished.last() {
        caption(ui, finished_text(last));
    }
}

/// What the melodies are, and how many have it: "32 melodies with 6 notes per bar, range held; 30 have all of it".
fn finished_text(last: &FinishedSteer) -> String {
    let melodies = counted(last.count, "melody");
    let text = format!("{melodies} {}", last.description);
    if last.goals.is_free() {
        text
    } else if last.within == last.count {
        format!("{text}; all have it")
    } else {
        match last.within {
            0 => format!("{text}; none of them has it"),
            1 => format!("{text}; 1 of them has it"),
            within => format!("{text}; {within} of them have it"),
        }
    }
}

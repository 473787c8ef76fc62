//! The list of similar melodies, with their notes.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align, Align2, Button, CursorIcon, Label, Layout, Painter, Rect, Response, RichText, Role,
    Sense, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::ICON_CLOSE;

use crate::sweep::{MelodyEntry, Neighbour};
use crate::ui::command::{Command, SimilarCommand};
use crate::ui::map::melody_colour;
use crate::ui::options::NeighbourMeasure;
use crate::ui::state::AppState;
use crate::ui::theme::{BODY, CAPTION, Colours, DIMMED, TITLE, font};
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::{
    caption, card_edge, card_frame, icon_button, link, theme_colours,
};
use crate::ui::widgets::numbers::format_number;
use crate::ui::widgets::piano_roll::{self, RollStyle};
use crate::wording::{count_with_noun, singular_or_plural};

const ROW_HEIGHT: f32 = 40.0;
/// Share of a row that its roll takes.
const ROLL_FRACTION: f32 = 0.42;

/// Draws the list, if it is open.
pub fn similar_ui(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let similar = &state.similar;
    let Some((reference, title)) = &similar.reference else {
        return;
    };
    // The stored title is used for a melody that was removed since.
    let title = match state.melodies.get(*reference) {
        Some(_) => state.title(*reference),
        None => title.clone(),
    };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, ICON_CLOSE, "Close the list").clicked() {
                out.push(Command::Similar(SimilarCommand::Close));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new(format!("Like {title}")).size(TITLE).strong();
                ui.add(Label::new(text).truncate());
            });
        });
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        tabs(ui, state, out);
    });
    let Some(neighbours) = similar.neighbours() else {
        caption(ui, "Comparing it with every melody on the map…");
        return;
    };
    if similar.measure == NeighbourMeasure::Sound && neighbours.duplicate_count > 0 {
        let more = neighbours.duplicate_count;
        let text = format!(
            "{} on the map {} the same notes.",
            count_with_noun(more, "more melody"),
            singular_or_plural(more, "has", "have")
        );
        caption(ui, text);
    }
    let rows: Vec<(&Neighbour, &MelodyEntry)> = similar
        .list()
        .iter()
        .filter_map(|neighbour| Some((neighbour, state.melodies.get(neighbour.id)?)))
        .collect();
    if rows.is_empty() {
        caption(ui, empty_text(state));
        return;
    }
    ui.spacing_mut().item_spacing.y = 4.0;
    let mut hovered_id = None;
    for (number, (neighbour, entry)) in (1..).zip(&rows) {
        if row(ui, state, number, neighbour, entry, out) {
            hovered_id = Some(neighbour.id);
        }
    }
    if hovered_id != similar.hovered {
        out.push(Command::Similar(SimilarCommand::Hover(hovered_id)));
    }
    ui.spacing_mut().item_spacing.y = 8.0;
}

/// Draws the choice between the two lists, and the link that selects a whole list.
fn tabs(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let similar = &state.similar;
    for (measure, name, hint) in [
        (
            NeighbourMeasure::Sound,
            "Nearest in sound",
            "By where notes start, the course of the pitch and the notes themselves, as on the Sound map. About 1 is a melody \
             without an onset in common, or an octave away throughout.",
        ),
        (
            NeighbourMeasure::Latent,
            "in latent",
            "By the distance between the latent points, in standard deviations of the prior. Near need not sound alike.",
        ),
    ] {
        let button = ui.add(Button::selectable(measure == similar.measure, name));
        button.widget_info(|| {
            let name = match measure {
                NeighbourMeasure::Sound => "Nearest in sound",
                NeighbourMeasure::Latent => "Nearest in latent",
            };
            WidgetInfo::selected(Role::RadioButton, true, measure == similar.measure, name)
        });
        if button.on_hover_text(hint).clicked() {
            out.push(Command::Similar(SimilarCommand::SetMeasure(measure)));
        }
    }
    let list = similar.list();
    if list.is_empty() {
        return;
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        // Space for the scroll bar.
        ui.add_space(8.0);
        let all = link(ui, "Select all");
        if all
            .on_hover_text("Select them all on the map, to export them together")
            .clicked()
        {
            out.push(Command::SelectMany(
                list.iter().map(|neighbour| neighbour.id).collect(),
            ));
        }
    });
}

/// Why the list is empty, for the user.
fn empty_text(state: &AppState) -> &'static str {
    let is_silent = state
        .similar
        .reference
        .as_ref()
        .and_then(|(id, _)| state.melodies.get(*id))
        .is_some_and(|entry| entry.melody.is_empty());
    match state.similar.measure {
        NeighbourMeasure::Sound if is_silent => {
            "This melody is silent: it has no similar melodies."
        }
        NeighbourMeasure::Sound => "No other melody on the map has notes to compare it with.",
        NeighbourMeasure::Latent => "There is no other melody on the map yet.",
    }
}

/// Draws one melody of the list. True while the pointer is on it.
fn row(
    ui: &mut Ui,
    state: &AppState,
    number: usize,
    neighbour: &Neighbour,
    entry: &MelodyEntry,
    out: &mut Vec<Command>,
) -> bool {
    let c = theme_colours(ui);
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
    record_rect(ui.ctx(), &format!("similar {number}"), rect);
    let title = state.title(neighbour.id);
    let on = state.selection.focus == Some(neighbour.id);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, on, format!("Similar {number}: {title}"))
    });
    let roll = paint_roll(ui, state, entry, &response, on);
    let painter = ui.painter().with_clip_rect(rect);
    let distance = painter.text(
        pos2(rect.right() - 10.0, rect.center().y),
        Align2::RIGHT_CENTER,
        format_number(
            neighbour.distance,
            if neighbour.distance < 10.0 { 2 } else { 1 },
        ),
        font(CAPTION),
        c.muted,
    );
    let text_area = Rect::from_min_max(
        pos2(roll.right() + 8.0, rect.top()),
        pos2(distance.left() - 6.0, rect.bottom()),
    );
    paint_texts(&painter, state, (neighbour, entry), &title, text_area, c);
    if !state.filter.passes(entry) {
        painter.rect_filled(rect.shrink(1.0), 3.0, c.panel.gamma_multiply(DIMMED));
    }

    let hovered = response.hovered();
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    if response.clicked() {
        out.push(Command::Select(neighbour.id));
    }
    hovered
}

/// Paints the frame of a row and the piano roll of its melody; returns the area of the roll.
fn paint_roll(
    ui: &Ui,
    state: &AppState,
    entry: &MelodyEntry,
    response: &Response,
    selected: bool,
) -> Rect {
    let c = theme_colours(ui);
    let rect = response.rect;
    let playhead = state.playback.step_in(&entry.melody);
    let edge = card_edge(c, playhead.is_some(), selected, response.hovered());
    let fill = if response.hovered() {
        c.raised
    } else {
        c.panel
    };
    let painter = ui.painter().with_clip_rect(rect);
    card_frame(&painter, rect, fill, (1.0, edge));
    let roll = Rect::from_min_size(rect.min, vec2(ROLL_FRACTION * rect.width(), rect.height()))
        .shrink(6.0);
    painter.rect_filled(roll, 3.0, c.background);
    let style = RollStyle {
        note: if selected { c.accent } else { c.muted },
        grid: false,
        playhead,
    };
    piano_roll::paint(&painter, roll.shrink(3.0), &entry.melody, &style, c);
    roll
}

/// Paints the colour of the melody on the map, its name, and below that the rest of its title and its state.
fn paint_texts(
    painter: &Painter,
    state: &AppState,
    (neighbour, entry): (&Neighbour, &MelodyEntry),
    title: &str,
    area: Rect,
    c: &Colours,
) {
    let (name, title_rest) = title_lines(title);
    let duplicates_text = match neighbour.duplicate_count {
        0 => String::new(),
        duplicates_text => format!("{duplicates_text} more like it"),
    };
    let kept = if state.is_kept(neighbour.id) {
        "kept"
    } else {
        ""
    };
    let second_line: Vec<&str> = [title_rest.as_str(), kept, &duplicates_text]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect();
    let second_line = second_line.join(", ");
    let middle = area.center().y;
    let line = if second_line.is_empty() {
        middle
    } else {
        middle - 8.0
    };
    if let Some(colour) = melody_colour(state, entry) {
        let dot = pos2(area.left() + 3.5, line);
        painter.circle_filled(dot, 3.5, colour);
    }
    let text_rect = area.with_min_x(area.left() + 12.0);
    for (text, y, font, colour) in [
        (name, line, font(BODY), c.text),
        (second_line, middle + 8.0, font(CAPTION), c.muted),
    ] {
        let mut job = LayoutJob::simple_singleline(text, font, colour);
        job.wrap = TextWrapping::truncate_at_width(text_rect.width());
        let text = painter.layout_job(job);
        let at = pos2(text_rect.left(), y - text.size().y / 2.0);
        painter.galley(at, text, colour);
    }
}

/// The two lines of a title: "Region 41" and "sample 12", or "Density 7 · 11" and "range 16, 2 held". The number, which tells
/// melodies of one search apart, is in the first, which is not cut.
fn title_lines(title: &str) -> (String, String) {
    let (text, number) = match title.rsplit_once(" · ") {
        Some((text, number)) => (text, format!(" · {number}")),
        None => (title, String::new()),
    };
    let (name, title_rest) = text.split_once(", ").unwrap_or((text, ""));
    (format!("{name}{number}"), title_rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_title_tells_melodies_apart() {
        let lines = |title| {
            let (name, title_rest) = title_lines(title);
            [name, title_rest]
        };
        assert_eq!(lines("Region 41, sample 12"), ["Region 41", "sample 12"]);
        assert_eq!(
            lines("Density 7, range 16, 2 held · 11"),
            ["Density 7 · 11", "range 16, 2 held"]
        );
        assert_eq!(lines("On path 3 of 16"), ["On path 3 of 16", ""]);
    }
}

//! Notices on the right of the map, each below the one before it.

use std::path::PathBuf;

use eframe::egui::{
    Align2, Area, Button, Frame, Id, Label, Margin, Order, Rect, ScrollArea, Stroke, Ui, Vec2, pos2,
};
use egui_material_icons::icons::ICON_CLOSE;

use super::notice_places::NoticePlaces;
use super::overlay_frame::EDGE;
use crate::ui::command::{Command, LearnCommand};
use crate::ui::recording::RecordingHandle;
use crate::ui::state::{AppState, Notice, NoticeAction, NoticeKind};
use crate::ui::theme::CORNER;
use crate::ui::widgets::controls::{link, progress_bar, short_caption, theme_colours};
use crate::ui::widgets::numbers::time_left;
use crate::wording::count_with_noun;

/// Width of a notice where the map has space for it, points.
pub const WIDTH: f32 = 360.0;
/// Margins and the button that dismisses, points.
const SPACE_BESIDE_TEXT: f32 = 70.0;
/// The same beside a small notice.
const SMALL_SPACE_BESIDE_TEXT: f32 = 44.0;
/// Most lines of a small notice; the whole text is shown on hover where it is cut.
const MAX_SMALL_LINES: usize = 4;
/// Margins and the row of actions, points.
const SPACE_BELOW_TEXT: f32 = 48.0;
/// Largest height of the text; a longer one is scrolled, points.
const MAX_TEXT_HEIGHT: f32 = 200.0;
/// Files that are named before the rest is counted.
const MAX_NAMED_FILES: usize = 20;
/// Least height of the area of the notices, points: four lines and a row of actions.
const MIN_HEIGHT: f32 = 150.0;
/// Width of the bar of a recording, points.
const PROGRESS_WIDTH: f32 = 220.0;

/// Draws all notices inside an area, each with its actions and a button that dismisses it.
pub fn show(ui: &mut Ui, inner: Rect, state: &AppState, out: &mut Vec<Command>) {
    let id = Id::unique("places of the notices");
    let places: Option<NoticePlaces> = ui.data_mut(|data| data.remove_temp(id));
    let notices: Vec<&Notice> = state.notices.iter().collect();
    if notices.is_empty() {
        return;
    }
    let inner = notices_area(inner, ui.ctx().content_rect().shrink(EDGE));
    let mut places = places.unwrap_or_default();
    let ids: Vec<u64> = notices.iter().map(|notice| notice.id).collect();
    let hidden = places.arrange(&ids, inner.height());
    for notice in notices.into_iter().skip(hidden) {
        let top = inner.top() + places.top(notice.id);
        let height = notice_ui(ui, pos2(inner.right(), top), inner, notice, out);
        places.set_height(notice.id, height);
    }
    ui.data_mut(|data| data.insert_temp(id, places));
}

/// The area of the notices: the inner area of the map, or where the panels leave the map a strip, that much of the window around it.
fn notices_area(inner: Rect, window: Rect) -> Rect {
    let bottom = inner.bottom().max(inner.top() + MIN_HEIGHT);
    let bottom = bottom.min(window.bottom());
    let top = inner.top().min(bottom - MIN_HEIGHT).max(window.top());
    Rect::from_x_y_ranges(inner.x_range(), top..=bottom)
}

/// Draws a notice below and left of a corner, and returns its height.
fn notice_ui(
    ui: &Ui,
    corner: eframe::egui::Pos2,
    inner: Rect,
    notice: &Notice,
    out: &mut Vec<Command>,
) -> f32 {
    let width = WIDTH.min(inner.width());
    let area = Area::new(ui.scope_id().with(("notice", notice.id)))
        .order(Order::Middle)
        .fixed_pos(corner)
        .pivot(Align2::RIGHT_TOP)
        .constrain_to(inner)
        .show(ui.ctx(), |ui| {
            ui.set_max_width(width);
            let c = theme_colours(ui);
            let edge = match notice.kind {
                NoticeKind::Info => c.accent,
                NoticeKind::Error => c.error,
            };
            // A narrow map leaves a notice few lines, and small ones.
            let is_small = width < WIDTH;
            let (margin, beside) = if is_small {
                (Margin::symmetric(8, 5), SMALL_SPACE_BESIDE_TEXT)
            } else {
                (Margin::symmetric(12, 8), SPACE_BESIDE_TEXT)
            };
            Frame::new()
                .fill(c.raised)
                .stroke(Stroke::new(1.0, edge.gamma_multiply(0.7)))
                .corner_radius(f32::from(CORNER))
                .inner_margin(margin)
                .show(ui, |ui| {
                    let text = Vec2::new(width - beside, inner.height() - SPACE_BELOW_TEXT);
                    ui.horizontal(|ui| {
                        if is_small {
                            ui.spacing_mut().item_spacing = Vec2::new(6.0, 2.0);
                            ui.spacing_mut().interact_size.y = 18.0;
                        }
                        content(ui, text, is_small, notice, out);
                    })
                });
        });
    area.response.rect.height()
}

fn content(ui: &mut Ui, size: Vec2, is_small: bool, notice: &Notice, out: &mut Vec<Command>) {
    ui.vertical(|ui| {
        ui.set_max_width(size.x);
        match &notice.action {
            Some(NoticeAction::CancelRecording(recording)) => progress(ui, recording),
            _ if is_small => {
                let colour = theme_colours(ui).text;
                short_caption(ui, &notice.text, colour, MAX_SMALL_LINES);
            }
            _ => {
                // A long text leaves its actions on the screen.
                ScrollArea::vertical()
                    .max_height(size.y.min(MAX_TEXT_HEIGHT))
                    .show(ui, |ui| ui.add(Label::new(&notice.text).wrap()));
            }
        }
        let actions = actions(notice);
        if actions.is_empty() {
            return;
        }
        ui.horizontal(|ui| {
            for (label, hint, command) in actions {
                if link(ui, label).on_hover_text(hint).clicked() {
                    out.push(command);
                }
            }
        });
    });
    let close = Button::new(
        ICON_CLOSE
            .rich_text()
            .size(14.0)
            .color(theme_colours(ui).muted),
    )
    .frame(false)
    .min_size(Vec2::splat(18.0));
    if ui.add(close).accessible_name("Dismiss").clicked() {
        out.push(Command::Dismiss(notice.id));
    }
}

/// How far a recording is.
fn progress(ui: &mut Ui, recording: &RecordingHandle) {
    let progress = recording.progress();
    let done = progress.map_or(0.0, |progress| progress.fraction());
    let mut text = format!("Recording… {:.0} %", 100.0 * done);
    if let Some(progress) = progress.filter(|progress| progress.seconds_left >= 1.0) {
        text = format!("{text}, {}", time_left(progress.seconds_left));
    }
    ui.label(text);
    let accent = theme_colours(ui).accent;
    let width = PROGRESS_WIDTH.min(ui.available_width());
    progress_bar(ui, done as f32, accent, width, 4.0, "Recording");
}

/// The actions that a notice offers: label, explanation and command of each.
fn actions(notice: &Notice) -> Vec<(&'static str, String, Command)> {
    match &notice.action {
        Some(NoticeAction::Replace(refused)) => vec![
            (
                "Replace",
                replaced_text(refused.existing()),
                Command::ReplaceFiles(notice.id),
            ),
            (
                "Keep both",
                "Puts numbers behind the new names".to_owned(),
                Command::KeepBothFiles(notice.id),
            ),
        ],
        Some(NoticeAction::CancelRecording(_)) => vec![(
            "Cancel",
            "Stops the recording".to_owned(),
            Command::CancelRecording(notice.id),
        )],
        Some(NoticeAction::SaveUnsaved) => vec![(
            "Try again",
            "Saves them in the library".to_owned(),
            Command::SaveUnsaved,
        )],
        Some(NoticeAction::OpenFineTuned(path)) => vec![(
            "Open it",
            "Opens the model on a map of its own; the other one stays in the model menu".to_owned(),
            Command::OpenModel(Some(path.clone())),
        )],
        Some(NoticeAction::ShowLearning) => vec![(
            "Show",
            "Go on with it, or discard it".to_owned(),
            Command::Learn(LearnCommand::Show(true)),
        )],
        None => Vec::new(),
    }
}

/// Names the files that would be written over.
fn replaced_text(files: &[PathBuf]) -> String {
    let mut lines = vec![format!(
        "Writes over {}:",
        count_with_noun(files.len(), "file")
    )];
    let named = files.iter().take(MAX_NAMED_FILES);
    lines.extend(named.map(|path| path.display().to_string()));
    if files.len() > MAX_NAMED_FILES {
        lines.push(format!("and {} more", files.len() - MAX_NAMED_FILES));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(left: f32, top: f32, right: f32, bottom: f32) -> Rect {
        Rect::from_min_max(pos2(left, top), pos2(right, bottom))
    }

    #[test]
    fn notices_have_space_where_the_panels_leave_the_map_a_strip() {
        let window = rect(14.0, 14.0, 626.0, 426.0);
        let area = |inner| notices_area(inner, window);
        let large = rect(388.0, 112.0, 626.0, 400.0);
        assert_eq!(area(large), large);
        let strip = rect(388.0, 194.0, 626.0, 196.0);
        assert_eq!(area(strip), rect(388.0, 194.0, 626.0, 344.0));
        let low = rect(388.0, 400.0, 626.0, 402.0);
        assert_eq!(area(low), rect(388.0, 276.0, 626.0, 426.0));
    }
}

//! The history of what was heard, in the place of the kept melodies.

use eframe::egui::{
    Align, Align2, Layout, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::ICON_FAVORITE;

use super::tray_tabs::tray_tabs;
use crate::session::library::now_ms;
use crate::ui::command::{Command, HistoryCommand, TimelineSource};
use crate::ui::dragged_melody;
use crate::ui::state::{AppState, HeardEntry};
use crate::ui::theme::{Colours, font};
use crate::ui::widgets::controls::{caption, card_edge, card_frame, theme_colours};
use crate::ui::widgets::piano_roll::{self, RollStyle};
use crate::ui::widgets::text_field::text_field;
use crate::ui::widgets::timeline_menu::timeline_menu;

/// Smallest height of a card, that of a kept melody, and the width of every card.
const MIN_CARD_SIZE: Vec2 = Vec2::new(132.0, 54.0);
/// Space between two of them.
const GAP: f32 = 8.0;
/// Height of the line of text in a card.
const TEXT_HEIGHT: f32 = 16.0;
/// Widest search field.
const MAX_SEARCH_WIDTH: f32 = 150.0;
/// Minimum height of the tray without its cards, points.
const HEADER_HEIGHT: f32 = 62.0;

/// Draws what was heard, newest first, in a panel of this height.
pub fn history_ui(ui: &mut Ui, state: &AppState, height: f32, out: &mut Vec<Command>) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let entries = state.history.search_results(&state.kept_melodies);
        ui.horizontal(|ui| {
            tray_tabs(ui, state, out);
            caption(ui, state.history.len().to_string());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                search(ui, state, out);
            });
        });
        if entries.is_empty() {
            caption(
                ui,
                if state.history.is_empty() {
                    "Every melody that you hear appears here, newest first."
                } else {
                    "Nothing that was heard has these words in its name, map or place."
                },
            );
            return;
        }
        cards(ui, state, &entries, height, out);
    });
}

fn search(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let mut text = state.history.search.clone();
    let width = MAX_SEARCH_WIDTH.min(ui.available_width());
    let field = text_field(&mut text)
        .hint_text("Search")
        .desired_width(width);
    let field = ui.add(field).accessible_name("Search what was heard");
    if field.changed() {
        out.push(Command::History(HistoryCommand::Search(text)));
    }
}

/// Draws the cards that are in view: there may be thousands.
fn cards(
    ui: &mut Ui,
    state: &AppState,
    entries: &[&HeardEntry],
    height: f32,
    out: &mut Vec<Command>,
) {
    let (rows, card) = card_grid(height - HEADER_HEIGHT);
    let columns = entries.len().div_ceil(rows);
    let column_width = card.x + GAP;
    let now = now_ms();
    ScrollArea::horizontal()
        .id_salt("history")
        .auto_shrink([false, true])
        .show_viewport(ui, |ui, view| {
            let size = vec2(
                columns as f32 * column_width - GAP,
                rows as f32 * (card.y + GAP) - GAP,
            );
            let (all, _) = ui.allocate_exact_size(size, Sense::hover());
            let first = (view.left() / column_width).floor().max(0.0) as usize;
            let last = (view.right() / column_width).ceil().max(0.0) as usize;
            let shown = first * rows..(last * rows).min(entries.len());
            for index in shown {
                let offset = vec2(
                    (index / rows) as f32 * column_width,
                    (index % rows) as f32 * (card.y + GAP),
                );
                let rect = Rect::from_min_size(all.min + offset, card);
                if let Some(entry) = entries.get(index) {
                    card_ui(ui, state, entry, rect, now, out);
                }
            }
        });
}

/// Rows of cards that fit into a height, and the size of each: together they fill it.
fn card_grid(height: f32) -> (usize, Vec2) {
    let rows = ((height + GAP) / (MIN_CARD_SIZE.y + GAP)).floor().max(1.0);
    let card_height = ((height + GAP) / rows - GAP).max(MIN_CARD_SIZE.y).floor();
    (rows as usize, vec2(MIN_CARD_SIZE.x, card_height))
}

fn card_ui(
    ui: &Ui,
    state: &AppState,
    entry: &HeardEntry,
    rect: Rect,
    now: i64,
    out: &mut Vec<Command>,
) {
    let c = theme_colours(ui);
    let id = ui.scope_id().with(("heard", entry.number));
    let response = ui.interact(rect, id, dragged_melody::card_sense(ui));
    let is_current = state.history.current() == Some(entry.number);
    let present_name = state.kept_melodies.name_of(&entry.stored);
    let name = format!("Heard {}: {present_name}", entry.number);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_current, &name));
    let playhead = state.playback.step_in(&entry.melody).filter(|_| is_current);
    let edge = card_edge(c, playhead.is_some(), is_current, response.hovered());
    card_frame(ui.painter(), rect, c.background, (1.0, edge));
    let painter = ui
        .painter()
        .with_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
    let style = RollStyle {
        note: c.muted,
        grid: false,
        playhead,
    };
    let (roll, text) = rect
        .shrink(6.0)
        .split_top_bottom_at_y(rect.bottom() - TEXT_HEIGHT - 3.0);
    piano_roll::paint(&painter, roll, &entry.melody, &style, c);
    let ago = ago_text(now - entry.stored.kept_at_ms);
    let ago = painter.text(
        text.right_center(),
        Align2::RIGHT_CENTER,
        &ago,
        font(11.0),
        c.muted,
    );
    let names = text.with_max_x(ago.left() - 4.0);
    let names_painter =
        painter.with_clip_rect(names.expand2(vec2(0.0, 3.0)).intersect(painter.clip_rect()));
    names_painter.text(
        names.left_center(),
        Align2::LEFT_CENTER,
        present_name,
        font(11.0),
        c.text,
    );
    if heart(ui, state, entry, &response, c) {
        out.push(Command::History(HistoryCommand::ToggleKept(entry.number)));
        return;
    }
    let source = TimelineSource::Heard(entry.number);
    timeline_menu(&response, source, out);
    dragged_melody::begin(&response, source, &entry.melody);
    let text = entry.text(&state.kept_melodies);
    if response
        .on_hover_text(format!(
            "{text}. Click plays it again, a drag takes it to the timeline or the kept ones"
        ))
        .clicked()
    {
        out.push(Command::History(HistoryCommand::Play(entry.number)));
    }
}

/// The heart of a card that is kept or under the pointer; true on a click on it.
fn heart(
    ui: &Ui,
    state: &AppState,
    entry: &HeardEntry,
    card: &eframe::egui::Response,
    c: &Colours,
) -> bool {
    let kept = state
        .kept_melodies
        .find_identity(&entry.stored.identity)
        .is_some();
    let place = pos2(card.rect.right() - 11.0, card.rect.top() + 11.0);
    let area = Rect::from_center_size(place, Vec2::splat(18.0));
    let heart = ui.interact(area, card.id.with("keep"), Sense::click());
    let name = if kept {
        format!("Remove heard {} from the library", entry.number)
    } else {
        format!("Keep heard {}", entry.number)
    };
    heart.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if kept || card.hovered() || heart.hovered() || heart.has_focus() {
        ui.painter().circle_filled(place, 9.0, c.raised);
        ui.painter().text(
            place + vec2(0.0, 0.5),
            Align2::CENTER_CENTER,
            ICON_FAVORITE.codepoint,
            eframe::egui::FontId::new(12.0, ICON_FAVORITE.font_family()),
            if kept { c.accent } else { c.text },
        );
    }
    let hint = if kept {
        "Remove it from the library"
    } else {
        "Keep it in the library"
    };
    heart.on_hover_text(hint).clicked()
}

/// How long ago, in one unit: "now", "5 min", "3 h", "2 d".
fn ago_text(milliseconds: i64) -> String {
    let minutes = milliseconds.max(0) / 60_000;
    match minutes {
        0 => "now".to_owned(),
        1..60 => format!("{minutes} min"),
        60..1_440 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_since_is_told_in_one_unit() {
        let texts = [0, 59_999, 60_000, 3_599_999, 3_600_000, 86_400_000 * 3, -5].map(ago_text);
        assert_eq!(
            texts,
            ["now", "now", "1 min", "59 min", "1 h", "3 d", "now"]
        );
    }

    #[test]
    fn a_higher_tray_has_higher_cards_and_then_more_rows() {
        assert_eq!(card_grid(MIN_CARD_SIZE.y), (1, MIN_CARD_SIZE));
        assert_eq!(card_grid(2.0 * MIN_CARD_SIZE.y + GAP), (2, MIN_CARD_SIZE));
        assert_eq!(card_grid(10.0), (1, MIN_CARD_SIZE));
    }
}

//! The timeline, in the place of the kept melodies: the blocks of a piece in a row.

use eframe::egui::{
    Align, Align2, Id, Layout, Rect, Response, ScrollArea, Sense, Stroke, Ui, Vec2, vec2,
};
use egui_material_icons::icons::{ICON_IOS_SHARE, ICON_PLAY_ARROW, ICON_STOP};

use super::timeline_block::{BlockView, block_ui};
use super::tray_tabs::tray_tabs;
use crate::session::piece::Block;
use crate::ui::actions::input_text_of;
use crate::ui::command::{Command, DragCommand, ExportSelection, TimelineCommand, TimelineSource};
use crate::ui::dragged_melody::{self, HoveringMelody};
use crate::ui::state::{AppState, GenerationSource};
use crate::ui::theme::font;
use crate::ui::widgets::controls::{
    caption, card_frame, icon_button, icon_text_button, theme_colours,
};
use crate::ui::widgets::export_menu::export_menu;

/// Smallest size of a block.
const MIN_BLOCK_SIZE: Vec2 = Vec2::new(104.0, 54.0);
/// Width of a block for each of its bars, up to [`MAX_BLOCK_WIDTH`].
const BAR_WIDTH: f32 = 22.0;
/// Maximum width of a block.
const MAX_BLOCK_WIDTH: f32 = 320.0;
/// Space between two of them.
const GAP: f32 = 6.0;
/// Maximum distance from the row at which a melody is dropped on it, points.
const MAX_DROP_DISTANCE: f32 = 16.0;
/// Distance from an end of the row within which a dragged melody scrolls the blocks, points.
const SCROLL_EDGE: f32 = 24.0;
/// How far the blocks are scrolled in each frame, points.
const SCROLL_STEP: f32 = 8.0;
/// Minimum height of the tray without its blocks, points.
const HEADER_HEIGHT: f32 = 62.0;
/// Width of the button that exports; where there is less beside the tabs, it is its icon alone.
const EXPORT_BUTTON_WIDTH: f32 = 150.0;
/// Width that the length of the piece takes beside the buttons.
const LENGTH_WIDTH: f32 = 130.0;

/// Draws the timeline in a panel of this height.
pub fn timeline_ui(ui: &mut Ui, state: &AppState, height: f32, out: &mut Vec<Command>) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.horizontal(|ui| header(ui, state, out));
        if state.timeline.piece.is_empty() {
            empty(ui, out);
        } else {
            row(
                ui,
                state,
                (height - HEADER_HEIGHT).max(MIN_BLOCK_SIZE.y),
                out,
            );
        }
    });
}

fn header(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    tray_tabs(ui, state, out);
    let piece = &state.timeline.piece;
    if piece.is_empty() {
        return;
    }
    if ui.available_width() > LENGTH_WIDTH {
        let bars = piece.bars();
        let noun = if bars == 1.0 { "bar" } else { "bars" };
        caption(ui, format!("{bars} {noun}"));
        let is_block_source = |source| {
            matches!(
                source,
                GenerationSource::Bridge(_) | GenerationSource::Variation(_)
            )
        };
        let mut running = state.generate.running.iter();
        if running.any(|running| is_block_source(running.source)) {
            caption(ui, "The model writes a block…");
        }
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let text = "Export timeline…";
        let button = if ui.available_width() < EXPORT_BUTTON_WIDTH {
            icon_button(ui, ICON_IOS_SHARE, text)
        } else {
            icon_text_button(ui, ICON_IOS_SHARE, text, c.text, None)
        };
        export_menu(&button, ExportSelection::Timeline, &state.settings, out);
        let (icon, name) = match state.playing_block() {
            Some(_) => (ICON_STOP, "Stop the timeline"),
            None => (ICON_PLAY_ARROW, "Play the timeline"),
        };
        if icon_button(ui, icon, name).clicked() {
            out.push(Command::Timeline(TimelineCommand::PlayStop));
        }
    });
}

fn empty(ui: &mut Ui, out: &mut Vec<Command>) {
    let c = theme_colours(ui);
    let key = input_text_of(ui.ctx(), "Add the selected melody to the timeline");
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(MIN_BLOCK_SIZE, Sense::hover());
        let area = rect.with_max_x(ui.max_rect().right());
        let hovering = hovering_melody(ui, area.expand(MAX_DROP_DISTANCE));
        let edge = if hovering.is_some() { c.accent } else { c.line };
        card_frame(ui.painter(), rect, c.panel, (1.0, edge));
        if let Some(hovering) = hovering.filter(|hovering| hovering.dropped) {
            let insert = DragCommand::ToTimeline(0, hovering.source);
            out.push(Command::Drag(insert));
        }
        let text = format!("{key} adds");
        let centre = Align2::CENTER_CENTER;
        ui.painter()
            .text(rect.center(), centre, text, font(12.0), c.muted);
        caption(
            ui,
            "Melodies in a row become a piece: add the selected one, or drag one here.",
        );
    });
}

/// The width of a block.
fn block_width(block: &Block) -> f32 {
    let bars = block.bars() as f32;
    (MIN_BLOCK_SIZE.x + BAR_WIDTH * (bars - 2.0)).clamp(MIN_BLOCK_SIZE.x, MAX_BLOCK_WIDTH)
}

/// Draws the blocks that are in view.
fn row(ui: &mut Ui, state: &AppState, height: f32, out: &mut Vec<Command>) {
    let piece = &state.timeline.piece;
    let (labels, starts, loop_blocks) = (piece.labels(), piece.starts(), piece.loop_range());
    let lefts: Vec<f32> = piece
        .blocks()
        .iter()
        .scan(0.0, |next, block| {
            let left = *next;
            *next += block_width(block) + GAP;
            Some(left)
        })
        .collect();
    let total = piece
        .blocks()
        .iter()
        .map(|block| block_width(block) + GAP)
        .sum();
    ScrollArea::horizontal()
        .id_salt("timeline")
        .auto_shrink([false, true])
        .show_viewport(ui, |ui, view| {
            let (all, _) = ui.allocate_exact_size(vec2(total, height), Sense::hover());
            let mut rects = Vec::with_capacity(piece.len());
            let mut dragged = None;
            let blocks = piece.blocks().iter().zip(&labels).zip(&starts).zip(&lefts);
            for (index, (((block, label), start), left)) in blocks.enumerate() {
                let place = all.min + vec2(*left, 0.0);
                let rect = Rect::from_min_size(place, vec2(block_width(block), height));
                rects.push(rect);
                if *left > view.right() || left + rect.width() < view.left() {
                    continue;
                }
                let view = BlockView {
                    index,
                    block,
                    label,
                    start: *start,
                    rect,
                    is_in_loop: loop_blocks
                        .as_ref()
                        .is_some_and(|range| range.contains(&index)),
                };
                let response = block_ui(ui, state, &view, out);
                if response.dragged() || response.drag_stopped() {
                    dragged = Some((index, response));
                }
            }
            accept_drag(ui, &rects, out);
            if let Some((index, response)) = dragged {
                drag_block(ui, &rects, index, &response, out);
            }
            show_selected(ui, state, &rects);
        });
}

/// The melody from elsewhere that is dragged over an area of the timeline.
fn hovering_melody(ui: &Ui, area: Rect) -> Option<HoveringMelody> {
    let is_from_elsewhere = |source| !matches!(source, TimelineSource::Block(_));
    dragged_melody::hovering(ui.ctx(), area, "Add to the timeline", is_from_elsewhere)
}

/// Draws where a melody that is dragged from elsewhere would be inserted, and inserts it there when it is dropped.
fn accept_drag(ui: &Ui, rects: &[Rect], out: &mut Vec<Command>) {
    let view = ui.clip_rect();
    let Some(hovering) = hovering_melody(ui, view.expand2(vec2(0.0, MAX_DROP_DISTANCE))) else {
        return;
    };
    let index = index_at(rects, hovering.position.x);
    if hovering.dropped {
        let insert = DragCommand::ToTimeline(index, hovering.source);
        out.push(Command::Drag(insert));
        return;
    }
    paint_insert_line(ui, rects, index);
    let scroll = if hovering.position.x < view.left() + SCROLL_EDGE {
        SCROLL_STEP
    } else if hovering.position.x > view.right() - SCROLL_EDGE {
        -SCROLL_STEP
    } else {
        return;
    };
    ui.scroll_with_delta(vec2(scroll, 0.0));
    ui.ctx().request_repaint();
}

/// The index of the block before which a block that is dropped at `x` is inserted.
fn index_at(rects: &[Rect], x: f32) -> usize {
    rects.iter().filter(|rect| rect.center().x < x).count()
}

/// Draws a line before the block at `index`, or after the last one.
fn paint_insert_line(ui: &Ui, rects: &[Rect], index: usize) {
    let x = match rects.get(index) {
        Some(rect) => rect.left() - GAP / 2.0,
        None => rects.last().map_or(0.0, |rect| rect.right() + GAP / 2.0),
    };
    let line = Stroke::new(2.0, theme_colours(ui).accent);
    if let Some(rect) = rects.first() {
        ui.painter().vline(x, rect.y_range(), line);
    }
}

/// Draws where the dragged block would be moved, and moves it there when it is released near the row.
fn drag_block(ui: &Ui, rects: &[Rect], from: usize, response: &Response, out: &mut Vec<Command>) {
    let Some(at) = response.interact_pointer_pos() else {
        return;
    };
    let is_near = ui.clip_rect().expand(MAX_DROP_DISTANCE).contains(at);
    // It may have been dropped on a tab.
    if !is_near || dragged_melody::current(ui.ctx()).is_none() {
        return;
    }
    let index = index_at(rects, at.x);
    let to = if index > from { index - 1 } else { index };
    if response.drag_stopped() {
        if to != from {
            out.push(Command::Timeline(TimelineCommand::Move(from, to)));
        }
        return;
    }
    if to != from {
        paint_insert_line(ui, rects, index);
    }
}

/// Scrolls to the selected block once it is another one, as after it was added or moved.
fn show_selected(ui: &Ui, state: &AppState, rects: &[Rect]) {
    let id = Id::unique("the block of the timeline that was shown last");
    let selected = state.timeline.selected();
    let shown = ui.data(|data| data.get_temp::<Option<usize>>(id)).flatten();
    if selected == shown {
        return;
    }
    ui.data_mut(|data| data.insert_temp(id, selected));
    if let Some(rect) = selected.and_then(|index| rects.get(index)) {
        ui.scroll_to_rect(*rect, None);
    }
}

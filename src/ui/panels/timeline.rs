//! The timeline, in the place of the kept melodies: the blocks of a piece in a row.

use eframe::egui::{
    Align, Align2, Id, Layout, Rect, Response, ScrollArea, Sense, Stroke, Ui, Vec2, vec2,
};
use egui_material_icons::icons::{ICON_IOS_SHARE, ICON_PLAY_ARROW, ICON_STOP};

use super::history::tray_tabs;
use super::timeline_block::{BlockView, block_ui};
use crate::session::piece::Block;
use crate::ui::actions::input_text_of;
use crate::ui::command::{Command, ExportSelection, TimelineCommand};
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
            empty(ui);
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

fn empty(ui: &mut Ui) {
    let c = theme_colours(ui);
    let key = input_text_of(ui.ctx(), "Add the selected melody to the timeline");
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(MIN_BLOCK_SIZE, Sense::hover());
        card_frame(ui.painter(), rect, c.panel, (1.0, c.line));
        let text = format!("{key} adds");
        let centre = Align2::CENTER_CENTER;
        ui.painter()
            .text(rect.center(), centre, text, font(12.0), c.muted);
        caption(
            ui,
            "Melodies in a row become a piece: add the selected one, or a kept one from its menu.",
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
            if let Some((index, response)) = dragged {
                drag_block(ui, &rects, index, &response, out);
            }
            show_selected(ui, state, &rects);
        });
}

/// Draws where the dragged block would come, and moves it there when it is released.
fn drag_block(ui: &Ui, rects: &[Rect], from: usize, response: &Response, out: &mut Vec<Command>) {
    let Some(at) = response.interact_pointer_pos() else {
        return;
    };
    let gap = rects.iter().filter(|rect| rect.center().x < at.x).count();
    let to = if gap > from { gap - 1 } else { gap };
    if response.drag_stopped() {
        if to != from {
            out.push(Command::Timeline(TimelineCommand::Move(from, to)));
        }
        return;
    }
    if to == from {
        return;
    }
    let edge = match rects.get(gap) {
        Some(rect) => rect.left() - GAP / 2.0,
        None => rects.last().map_or(0.0, |rect| rect.right() + GAP / 2.0),
    };
    let c = theme_colours(ui);
    let line = Stroke::new(2.0, c.accent);
    ui.painter().vline(edge, response.rect.y_range(), line);
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

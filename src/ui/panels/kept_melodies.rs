//! The kept melodies, right of the transport.

use eframe::egui::{
    Align, Align2, Button, Layout, Popup, PopupCloseBehavior, Rect, RichText, ScrollArea, Sense,
    Ui, Vec2, vec2,
};
use egui_material_icons::icons::{ICON_ARROW_DROP_DOWN, ICON_IOS_SHARE};

use super::kept_card::{self, CardDrag, CardPosition};
use super::kept_menu::marked_items;
use super::tray_menu;
use super::tray_tabs::tray_tabs;
use crate::ui::command::{
    Command, DragCommand, ExportGrouping, ExportSelection, TimelineSource, TrayCommand,
};
use crate::ui::dragged_melody;
use crate::ui::state::AppState;
use crate::ui::theme::font;
use crate::ui::widgets::controls::{
    caption, card_frame, icon_button, icon_text_button, theme_colours,
};
use crate::ui::widgets::export_menu::export_menu;
use crate::ui::widgets::numbers::grouped;

/// Smallest height of a card, and the width of every card.
const MIN_CARD_SIZE: Vec2 = Vec2::new(132.0, 54.0);
/// Width of the buttons that sort and export them; where there is less beside the tabs, the export is its icon alone.
const BUTTONS_WIDTH: f32 = 190.0;
/// Width of the count and of the buttons as icons, points; where there is less, the count is left out.
const COUNT_WIDTH: f32 = 130.0;
/// Where there is less for the count and the buttons, the count of marked ones is its number alone.
const MARKED_WIDTH: f32 = 190.0;
/// Space between two cards.
const GAP: f32 = 8.0;
/// Minimum height of the tray without its cards, points.
const HEADER_HEIGHT: f32 = 62.0;
/// Distance from an edge at which a card that is dragged there scrolls the others, points, and how far in each frame.
const SCROLL_EDGE: f32 = 24.0;
const SCROLL_STEP: f32 = 8.0;

/// Draws the kept melodies, with buttons that sort and export them, in a panel of this height.
pub fn kept_melodies_ui(ui: &mut Ui, state: &AppState, height: f32, out: &mut Vec<Command>) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.horizontal(|ui| {
            tray_tabs(ui, state, out);
            if state.kept_melodies.is_empty() {
                return;
            }
            count(ui, state, out);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let is_narrow = ui.available_width() < BUTTONS_WIDTH;
                export_button(ui, state, is_narrow, out);
                tray_menu::button(ui, state, out);
            });
        });
        accept_drag(ui, height, out);
        if state.kept_melodies.is_empty() {
            empty(ui);
        } else if state.kept_melodies.shown_entries().len() == 0 {
            caption(ui, "No kept melody has these words, stars and tag.");
        } else {
            cards(ui, state, height, out);
        }
    });
}

/// Keeps a melody that is dropped below the tabs.
fn accept_drag(ui: &Ui, height: f32, out: &mut Vec<Command>) {
    let area = ui.available_rect_before_wrap();
    let area = area.with_max_y(area.top() + height - HEADER_HEIGHT);
    let is_from_elsewhere = |source| !matches!(source, TimelineSource::Kept(_));
    let Some(hovering) = dragged_melody::hovering(ui.ctx(), area, "Keep", is_from_elsewhere) else {
        return;
    };
    let c = theme_colours(ui);
    card_frame(ui.painter(), area.expand(3.0), c.panel, (1.0, c.accent));
    if hovering.dropped {
        out.push(Command::Drag(DragCommand::Keep(hovering.source)));
    }
}

/// How many are kept or shown; while some are marked, how many these are, with a menu of what can be done with them.
fn count(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let all = state.kept_melodies.len() as u64;
    let marked = state.kept_melodies.marked().len() as u64;
    if marked == 0 {
        let shown = state.kept_melodies.shown_entries().len() as u64;
        let text = if state.kept_melodies.view().is_filtered() {
            format!("{} of {} kept", grouped(shown), grouped(all))
        } else {
            format!("{} kept", grouped(all))
        };
        // The buttons come first where there is no space for both.
        if ui.available_width() >= COUNT_WIDTH {
            caption(ui, text);
        }
        return;
    }
    let text = format!("{} marked", grouped(marked));
    let button = if ui.available_width() < MARKED_WIDTH {
        let number = RichText::new(grouped(marked)).color(theme_colours(ui).accent);
        Button::new(number)
    } else {
        Button::new((text.as_str(), ICON_ARROW_DROP_DOWN.rich_text().size(16.0)))
    };
    let button = ui.add(button.frame(false));
    let button = button
        .accessible_name(&text)
        .on_hover_text("What can be done with the marked melodies. Escape unmarks all");
    Popup::menu(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClick)
        .show(|ui| marked_items(ui, state, out));
}

fn export_button(ui: &mut Ui, state: &AppState, is_narrow: bool, out: &mut Vec<Command>) {
    let marked = state.kept_melodies.marked().len();
    let (text, exported) = match marked {
        0 => ("Export library…".to_owned(), state.kept_melodies.len()),
        marked => (format!("Export {marked} marked…"), marked),
    };
    let button = if is_narrow {
        icon_button(ui, ICON_IOS_SHARE, &text)
    } else {
        icon_text_button(ui, ICON_IOS_SHARE, &text, theme_colours(ui).text, None)
    };
    if exported != 1 {
        export_menu(&button, ExportSelection::Kept, &state.settings, out);
    } else if button.clicked() {
        out.push(Command::Export(
            ExportSelection::Kept,
            ExportGrouping::Folder,
        ));
    }
}

fn empty(ui: &mut Ui) {
    let c = theme_colours(ui);
    ui.horizontal(|ui| {
        let size = Vec2::new(92.0, MIN_CARD_SIZE.y);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        card_frame(ui.painter(), rect, c.panel, (1.0, c.line));
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            "F keeps",
            font(12.0),
            c.muted,
        );
        caption(
            ui,
            "Melodies you keep are saved here, ready to play again and to export.",
        );
    });
}

/// Draws the cards that are in view: there may be thousands.
fn cards(ui: &mut Ui, state: &AppState, height: f32, out: &mut Vec<Command>) {
    let shown = state.kept_melodies.shown_entries().len();
    let (rows, card) = card_grid(height - HEADER_HEIGHT);
    let step = card + Vec2::splat(GAP);
    let columns = shown.div_ceil(rows);
    ScrollArea::horizontal()
        .id_salt("kept melodies")
        .auto_shrink([false, true])
        .show_viewport(ui, |ui, view| {
            let size = vec2(columns as f32 * step.x, rows as f32 * step.y) - Vec2::splat(GAP);
            let (all, _) = ui.allocate_exact_size(size, Sense::hover());
            let first = (view.left() / step.x).floor().max(0.0) as usize;
            let last = (view.right() / step.x).ceil().max(0.0) as usize;
            let rect_of = |index: usize| {
                let cell = vec2((index / rows) as f32, (index % rows) as f32);
                Rect::from_min_size(all.min + cell * step, card)
            };
            let renaming = state.tray.renaming.and_then(|number| {
                let mut shown = state.kept_melodies.shown_entries();
                shown.position(|kept| kept.number == number)
            });
            if state.tray.renaming.is_none() {
                kept_card::forget_typed_name(ui);
            }
            // A name is edited in view.
            if let Some(index) = renaming
                && kept_card::starts_renaming(ui, state)
            {
                ui.scroll_to_rect(rect_of(index), None);
            }
            let mut dragged = None;
            for index in first * rows..(last * rows).min(shown) {
                if let Some(kept) = state.kept_melodies.nth_shown(index) {
                    let card_position = CardPosition {
                        rect: rect_of(index),
                        index,
                    };
                    let drag = kept_card::show(ui, state, kept, &card_position, out);
                    dragged = drag.map(|drag| (kept.number, drag)).or(dragged);
                }
            }
            if let Some(drag) = dragged {
                drop_card(ui, state, drag, (all, rows, step, shown), out);
            }
        });
}

/// Shows where a dragged card would be dropped, and moves it there when it is.
fn drop_card(
    ui: &Ui,
    state: &AppState,
    (number, drag): (u64, CardDrag),
    (grid_rect, rows, step, shown_count): (Rect, usize, Vec2, usize),
    out: &mut Vec<Command>,
) {
    let Some(at) = ui.input(|input| input.pointer.interact_pos()) else {
        return;
    };
    let cell_position = (at - grid_rect.min) / step;
    let column = cell_position.x.max(0.0).floor() as usize;
    let row = (cell_position.y.max(0.0).floor() as usize).min(rows - 1);
    // Before the card under the pointer, or after it in its second half.
    let coordinate = if rows == 1 {
        cell_position.x
    } else {
        cell_position.y
    };
    let after = usize::from(coordinate.fract() > 0.5 && coordinate > 0.0);
    let index = (column * rows + row + after).min(shown_count);
    let c = theme_colours(ui);
    let (cell_x, cell_y) = ((index / rows) as f32, (index % rows) as f32);
    let corner = grid_rect.min + vec2(cell_x, cell_y) * step - Vec2::splat(GAP / 2.0 + 1.0);
    let line = if rows == 1 {
        Rect::from_min_size(corner + vec2(0.0, GAP / 2.0), vec2(2.0, step.y - GAP))
    } else {
        Rect::from_min_size(corner + vec2(GAP / 2.0, 0.0), vec2(step.x - GAP, 2.0))
    };
    ui.painter().rect_filled(line, 1.0, c.accent);
    let view = ui.clip_rect();
    let scroll = if at.x < view.left() + SCROLL_EDGE {
        SCROLL_STEP
    } else if at.x > view.right() - SCROLL_EDGE {
        -SCROLL_STEP
    } else {
        0.0
    };
    if scroll != 0.0 {
        ui.scroll_with_delta(vec2(scroll, 0.0));
        ui.ctx().request_repaint();
    }
    // It may have been dropped on a tab.
    let is_inside =
        view.expand(SCROLL_EDGE).contains(at) && dragged_melody::current(ui.ctx()).is_some();
    if drag == CardDrag::Dropped && is_inside {
        let before = state.kept_melodies.number_after_move(index);
        out.push(Command::Tray(TrayCommand::Move(number, before)));
    }
}

/// Rows of cards that fit into a height, and the size of each: together they fill it.
fn card_grid(height: f32) -> (usize, Vec2) {
    let rows = ((height + GAP) / (MIN_CARD_SIZE.y + GAP)).floor().max(1.0);
    let card_height = ((height + GAP) / rows - GAP).max(MIN_CARD_SIZE.y).floor();
    (rows as usize, vec2(MIN_CARD_SIZE.x, card_height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_panel_has_higher_cards_and_then_more_rows() {
        assert_eq!(card_grid(MIN_CARD_SIZE.y), (1, MIN_CARD_SIZE));
        assert_eq!(card_grid(100.0), (1, Vec2::new(MIN_CARD_SIZE.x, 100.0)));
        assert_eq!(card_grid(2.0 * MIN_CARD_SIZE.y + GAP), (2, MIN_CARD_SIZE));
        assert_eq!(card_grid(10.0), (1, MIN_CARD_SIZE));
    }
}

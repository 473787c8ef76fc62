//! The card of a kept melody: its notes, name and stars, and what the pointer does with it.

use std::sync::Arc;

use eframe::egui::text::{CCursor, CCursorRange, LayoutJob};
use eframe::egui::{
    Align2, Color32, FontId, Galley, Id, Key, Painter, Rect, Response, Role, Sense, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{ICON_CLOSE, ICON_CONTENT_COPY, ICON_STAR};

use super::kept_menu;
use crate::session::library::MAX_NAME_LETTERS;
use crate::ui::actions::command_key;
use crate::ui::command::{Command, TimelineSource, TrayCommand};
use crate::ui::dragged_melody;
use crate::ui::state::{AppState, KeptEntry, KeptOrder};
use crate::ui::theme::{Colours, DIMMED, font};
use crate::ui::widgets::click_modifiers::modifiers_of_click;
use crate::ui::widgets::controls::{card_frame, theme_colours};
use crate::ui::widgets::piano_roll::{self, RollStyle};
use crate::ui::widgets::text_field::text_field;

/// Height of the line of text.
const TEXT_HEIGHT: f32 = 16.0;
/// Size of the name, points.
const NAME_SIZE: f32 = 11.0;
/// Minimum visible width at which a name is drawn while its card is scrolled partly out of view, points.
const MIN_NAME_WIDTH: f32 = 14.0;

/// Where a card is drawn.
pub(super) struct CardPosition {
    /// Its rectangle.
    pub rect: Rect,
    /// Its index among the shown melodies.
    pub index: usize,
}

/// A drag of a card.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CardDrag {
    /// It is under way.
    Moving,
    /// It has ended.
    Dropped,
}

/// Draws a card. Returns its drag to another place, if there is one.
pub(super) fn show(
    ui: &mut Ui,
    state: &AppState,
    kept: &KeptEntry,
    place: &CardPosition,
    out: &mut Vec<Command>,
) -> Option<CardDrag> {
    let c = theme_colours(ui);
    let rect = place.rect;
    let is_manual_order = state.kept_melodies.view().order == KeptOrder::ByHand;
    let is_movable = is_manual_order && kept.saved;
    let id = ui.scope_id().with(("kept", kept.number));
    let response = ui.interact(rect, id, dragged_melody::card_sense(ui));
    let label = state.kept_melodies.label(kept);
    let marked = state.kept_melodies.marked().contains(&kept.number);
    let name = match kept.library_number() {
        Some(number) => format!("Kept {number}: {}", kept.name()),
        None => format!("Not saved: {}", kept.name()),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, marked, &name));
    frame(ui.painter(), rect, state, kept, &response, c);
    let (roll, text) = rect
        .shrink(6.0)
        .split_top_bottom_at_y(rect.bottom() - TEXT_HEIGHT - 3.0);
    paint_roll(ui, state, kept, roll, c);
    if !state.filter.passes_scale(&kept.melody) {
        let cover = c.panel.gamma_multiply(DIMMED);
        ui.painter().rect_filled(rect.shrink(1.0), 3.0, cover);
    }
    if state.tray.renaming == Some(kept.number) {
        rename_field(ui, kept, text, out);
    } else {
        let stars = paint_signs(ui, state, kept, text, c);
        let names = text.with_max_x(stars - 4.0);
        paint_name(ui, &label, names, c.text);
    }
    if remove_button(ui, kept, &response, c) {
        out.push(Command::RemoveKept(kept.number));
        return None;
    }
    kept_menu::show(&response, state, kept, place.index, out);
    handle_click(ui, &response, kept, out);
    dragged_melody::begin(&response, TimelineSource::Kept(kept.number), &kept.melody);
    if response.drag_stopped() {
        return Some(CardDrag::Dropped).filter(|_| is_movable);
    }
    if response.dragged() {
        return Some(CardDrag::Moving).filter(|_| is_movable);
    }
    response.on_hover_text(hint(ui, state, kept, &label, is_manual_order));
    None
}

fn frame(
    painter: &Painter,
    rect: Rect,
    state: &AppState,
    kept: &KeptEntry,
    response: &Response,
    c: &Colours,
) {
    let marked = state.kept_melodies.marked().contains(&kept.number);
    let edge = if state.playback.step_in(&kept.melody).is_some() {
        c.playing
    } else if !kept.saved {
        c.error
    } else if marked {
        c.accent
    } else if response.hovered() {
        c.muted
    } else {
        c.line
    };
    let width = if marked { 1.5 } else { 1.0 };
    card_frame(painter, rect, c.background, (width, edge));
}

fn paint_roll(ui: &Ui, state: &AppState, kept: &KeptEntry, roll: Rect, c: &Colours) {
    let marked = state.kept_melodies.marked().contains(&kept.number);
    let style = RollStyle {
        note: if marked { c.accent } else { c.muted },
        grid: false,
        playhead: state.playback.step_in(&kept.melody),
    };
    let clip = roll.expand(1.0).intersect(ui.clip_rect());
    let painter = ui.painter().with_clip_rect(clip);
    piano_roll::paint(&painter, roll, &kept.melody, &style, c);
}

/// Paints the stars and the sign for equal notes at the right end of a line. Returns the x coordinate at which they begin.
fn paint_signs(ui: &Ui, state: &AppState, kept: &KeptEntry, text: Rect, c: &Colours) -> f32 {
    let mut right = text.right();
    // Signs that the edge of the tray would cut are left out.
    let visible = ui.clip_rect();
    let mut paint_sign = |sign: &str, font: FontId, width: f32, colour: Color32| {
        if right <= visible.right() && right - width >= visible.left() {
            let at = pos2(right, text.center().y);
            ui.painter()
                .text(at, Align2::RIGHT_CENTER, sign, font, colour);
        }
        right -= width;
    };
    let icon = |icon: MaterialIcon| FontId::new(NAME_SIZE, icon.font_family());
    let stars = kept.stored.annotations.stars;
    if stars > 0 {
        paint_sign(&stars.to_string(), font(NAME_SIZE), 7.0, c.muted);
        paint_sign(ICON_STAR.codepoint, icon(ICON_STAR), 13.0, c.muted);
    }
    if state.kept_melodies.same_notes(kept.number).is_some() {
        let sign = ICON_CONTENT_COPY;
        paint_sign(sign.codepoint, icon(sign), 14.0, c.muted);
    }
    right
}

/// Paints as much of a name as fits into the part of a line that is in view.
fn paint_name(ui: &Ui, name: &str, line: Rect, colour: Color32) {
    let visible = line.intersect(ui.clip_rect());
    if visible.width() < MIN_NAME_WIDTH || visible.left() > line.left() + 0.5 {
        return;
    }
    let galley = one_line(ui, name, visible.width(), colour);
    let at = pos2(line.left(), line.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, colour);
}

/// The beginning of a text that fits into a width, with dots where it is cut.
fn one_line(ui: &Ui, text: &str, width: f32, colour: Color32) -> Arc<Galley> {
    let mut job = LayoutJob::simple(text.to_owned(), font(NAME_SIZE), colour, width);
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    ui.painter().layout_job(job)
}

/// Id under which egui stores the text of the name that is edited.
fn field_id() -> Id {
    Id::unique("name of a kept melody")
}

/// Whether the name field has to be opened: a melody is being renamed and its field was not drawn yet.
pub(super) fn starts_renaming(ui: &Ui, state: &AppState) -> bool {
    let edited: Option<(u64, String)> = ui.data(|data| data.get_temp(field_id()));
    edited.map(|(number, _)| number) != state.tray.renaming
}

/// Forgets what was typed in a field whose card is gone.
pub(super) fn forget_typed_name(ui: &Ui) {
    ui.data_mut(|data| data.remove::<(u64, String)>(field_id()));
}

/// The field of the name: Enter or a click elsewhere renames, Escape does not.
fn rename_field(ui: &mut Ui, kept: &KeptEntry, line: Rect, out: &mut Vec<Command>) {
    let id = field_id();
    let edited: Option<(u64, String)> = ui.data(|data| data.get_temp(id));
    let edited = edited.filter(|(number, _)| *number == kept.number);
    let is_new = edited.is_none();
    let mut text = edited.map_or_else(|| kept.name().to_owned(), |(_, text)| text);
    let field = text_field(&mut text)
        .id(id.with("field"))
        .char_limit(MAX_NAME_LETTERS)
        .font(font(NAME_SIZE))
        .margin(vec2(2.0, 1.0))
        .desired_width(line.width() - 4.0);
    // Higher than the line, and above the edge of the card.
    let area = line.expand2(vec2(3.0, 7.0)).translate(vec2(0.0, -6.0));
    let mut child = ui.new_child(eframe::egui::UiBuilder::new().max_rect(area));
    child.set_clip_rect(area.expand(2.0).intersect(ui.clip_rect()));
    let mut output = field.show(&mut child);
    let name = format!("Name of kept {}", kept.number);
    let response = output.response.response.clone().accessible_name(name);
    // It may have lost its card, and so the focus, for a while.
    if is_new || !(response.has_focus() || response.lost_focus()) {
        response.request_focus();
    }
    if is_new {
        let all = CCursorRange::two(CCursor::default(), CCursor::new(text.chars().count()));
        output.state.cursor.set_char_range(Some(all));
        output.state.clone().store(ui.ctx(), response.id);
    }
    if response.lost_focus() {
        let cancelled = ui.input(|input| input.key_pressed(Key::Escape));
        ui.data_mut(|data| data.remove::<(u64, String)>(id));
        out.push(Command::Tray(if cancelled {
            TrayCommand::EditName(None)
        } else {
            TrayCommand::Rename(kept.number, text)
        }));
    } else {
        ui.data_mut(|data| data.insert_temp(id, (kept.number, text)));
    }
}

/// The cross of a card under the pointer; true on a click on it.
fn remove_button(ui: &Ui, kept: &KeptEntry, card: &Response, c: &Colours) -> bool {
    let place = pos2(card.rect.right() - 10.0, card.rect.top() + 10.0);
    let area = Rect::from_center_size(place, Vec2::splat(16.0));
    let remove = ui.interact(area, card.id.with("remove"), Sense::click());
    remove.widget_info(|| {
        let which = match kept.library_number() {
            Some(number) => format!("Remove kept {number}"),
            None => format!("Remove unsaved {}", kept.name()),
        };
        WidgetInfo::labeled(Role::Button, true, which)
    });
    if card.hovered() || remove.hovered() || remove.has_focus() {
        ui.painter().circle_filled(place, 8.0, c.raised);
        ui.painter().text(
            place + vec2(0.0, 0.5),
            Align2::CENTER_CENTER,
            ICON_CLOSE.codepoint,
            FontId::new(12.0, ICON_CLOSE.font_family()),
            c.text,
        );
    }
    remove.on_hover_text("Remove it from the library").clicked()
}

/// A click plays, marks or marks up to here; a double click edits the name.
fn handle_click(ui: &Ui, response: &Response, kept: &KeptEntry, out: &mut Vec<Command>) {
    let modifiers = modifiers_of_click(ui);
    let number = kept.number;
    if response.double_clicked() && !modifiers.any() {
        out.push(Command::Tray(TrayCommand::EditName(Some(number))));
    } else if response.clicked() {
        out.push(if modifiers.shift {
            Command::Tray(TrayCommand::MarkTo(number))
        } else if modifiers.command || modifiers.ctrl {
            Command::ToggleKeptMarked(number)
        } else {
            Command::PlayKept(number)
        });
    }
}

fn hint(ui: &Ui, state: &AppState, kept: &KeptEntry, label: &str, is_manual_order: bool) -> String {
    let mut text = format!("{label}, seed {}", kept.stored.identity.seed);
    let tags = &kept.stored.annotations.tags;
    if !tags.is_empty() {
        text += &format!(". Tags: {}", tags.join(", "));
    }
    if let Some(other) = state.kept_melodies.same_notes(kept.number) {
        let name = state.kept_melodies.label(other);
        let number = other.library_number();
        let number = number.map_or_else(String::new, |number| format!(", kept {number}"));
        text += &format!(". Same notes as {name}{number}");
    }
    let key = command_key(ui.ctx());
    text += &format!(
        ". Click plays, double click renames, {key}-click marks it for export, Shift-click marks all up to it"
    );
    text += if is_manual_order {
        ", a drag moves it or takes it to the timeline"
    } else {
        ", a drag takes it to the timeline"
    };
    text
}

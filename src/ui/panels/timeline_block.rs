//! A block of the timeline: its roll, its keys and its menu.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Button, Id, Key, Modifiers, Painter, PopupCloseBehavior, Rect, Response, RichText,
    Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use egui_material_icons::icons::{ICON_ADD, ICON_CHEVRON_LEFT, ICON_CHEVRON_RIGHT, ICON_REMOVE};

use crate::melody::STEPS_PER_BAR;
use crate::session::piece::{Block, MAX_LABEL_LETTERS, MAX_REPEATS};
use crate::ui::command::{Command, TimelineCommand, TimelineSource};
use crate::ui::dragged_melody;
use crate::ui::key_events::was_pressed;
use crate::ui::state::{AppState, PlayingBlock};
use crate::ui::theme::{CAPTION, Colours, font};
use crate::ui::widgets::controls::{
    caption, card_edge, card_frame, icon_button, lock_arrow_keys, theme_colours,
};
use crate::ui::widgets::piano_roll::{self, RollStyle};
use crate::ui::widgets::text_field::text_field;

/// Height of the line of text in a block.
const TEXT_HEIGHT: f32 = 15.0;
/// Semitones of an octave.
const OCTAVE: i8 = 12;
/// Has the model write a variation of the block with the focus.
const VARY_KEY: Key = Key::V;
/// Remembers that the selected block is to take the focus, after another one was removed.
const TAKES_FOCUS: &str = "the selected block takes the focus";
/// Opacity of the notes of a repeat.
const REPEAT_OPACITY: f32 = 0.5;

/// A block and where it is drawn.
pub(super) struct BlockView<'a> {
    /// Its place in the row, from 0.
    pub index: usize,
    pub block: &'a Block,
    pub label: &'a str,
    /// The step at which it starts.
    pub start: usize,
    pub rect: Rect,
    /// Whether it is a part of the loop.
    pub is_in_loop: bool,
}

impl BlockView<'_> {
    /// The first and the last bar, counted from 1.
    fn bars(&self) -> (usize, usize) {
        let last = (self.start + self.block.steps()).saturating_sub(1);
        (self.start / STEPS_PER_BAR + 1, last / STEPS_PER_BAR + 1)
    }

    fn repeats_text(&self) -> String {
        match self.block.repeats() {
            1 => String::new(),
            repeats => format!("×{repeats}"),
        }
    }

    fn transposition_text(&self) -> String {
        match self.block.transposition() {
            0 => String::new(),
            semitones => format!("{semitones:+}"),
        }
    }
}

/// Draws a block and adds the commands of its pointer, its keys and its menu.
pub(super) fn block_ui(
    ui: &Ui,
    state: &AppState,
    view: &BlockView<'_>,
    out: &mut Vec<Command>,
) -> Response {
    let id = ui.scope_id().with(("block", view.block.id()));
    let response = ui.interact(view.rect, id, Sense::click_and_drag());
    dragged_melody::begin(
        &response,
        TimelineSource::Block(view.block.id()),
        view.block.melody(),
    );
    let selected = state.timeline.selected() == Some(view.index);
    let name = format!("Block {}: {}", view.index + 1, view.label);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    let playing = state.playing_block();
    let playing = playing.filter(|playing| playing.id == view.block.id());
    paint(ui, view, &response, selected, playing);
    let mut send = |command| out.push(Command::Timeline(command));
    let takes_focus = Id::unique(TAKES_FOCUS);
    if selected
        && ui
            .data_mut(|data| data.remove_temp::<bool>(takes_focus))
            .is_some()
    {
        response.request_focus();
    }
    if response.has_focus() {
        keys(ui, view, &response, &mut send);
    }
    let pressed = |key| ui.input(|input| input.key_pressed(key));
    if response.double_clicked() {
        send(TimelineCommand::PlayFrom(view.index));
    } else if response.clicked() {
        if pressed(Key::Space) {
            send(TimelineCommand::PlayStop);
        } else if pressed(Key::Enter) {
            send(TimelineCommand::PlayFrom(view.index));
        } else {
            response.request_focus();
            send(TimelineCommand::SelectBlock(Some(view.index)));
        }
    } else if response.gained_focus() && !selected {
        send(TimelineCommand::SelectBlock(Some(view.index)));
    }
    let popup = eframe::egui::Popup::context_menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| menu(ui, state, view, &mut send));
    let (first, last) = view.bars();
    response.on_hover_text(format!(
        "{}, bars {first} to {last}. Double click plays from here, a drag moves it",
        state.kept_melodies.name_of(view.block.source())
    ))
}

fn paint(
    ui: &Ui,
    view: &BlockView<'_>,
    response: &Response,
    selected: bool,
    playing: Option<PlayingBlock>,
) {
    let c = theme_colours(ui);
    let edge = card_edge(c, playing.is_some(), selected, response.hovered());
    let width = if selected { 1.5 } else { 1.0 };
    card_frame(ui.painter(), view.rect, c.background, (width, edge));
    let clip = view.rect.shrink(1.0).intersect(ui.clip_rect());
    let painter = ui.painter().with_clip_rect(clip);
    if view.is_in_loop {
        let line = view.rect.with_min_y(view.rect.bottom() - 3.0);
        painter.rect_filled(line.shrink2(vec2(4.0, 0.0)), 1.0, c.accent);
    }
    let inner = view.rect.shrink2(vec2(6.0, 5.0));
    let (text, roll) = inner.split_top_bottom_at_y(inner.top() + TEXT_HEIGHT);
    texts(&painter, view, text, selected, c);
    rolls(
        &painter,
        view,
        roll.with_min_y(roll.top() + 2.0),
        playing,
        c,
    );
}

/// The label, then repeats and transposition, and the bars on the right, as far as there is space.
fn texts(painter: &Painter, view: &BlockView<'_>, area: Rect, selected: bool, c: &Colours) {
    let (first, last) = view.bars();
    let bars = if first == last {
        first.to_string()
    } else {
        format!("{first}–{last}")
    };
    let right = Align2::RIGHT_CENTER;
    let bars = painter.text(area.right_center(), right, bars, font(11.0), c.muted);
    let mut free = area.with_max_x(bars.left() - 5.0);
    for text in [view.transposition_text(), view.repeats_text()] {
        if !text.is_empty() {
            let drawn = painter.text(free.right_center(), right, text, font(11.0), c.text);
            free.max.x = drawn.left() - 5.0;
        }
    }
    let colour = if selected { c.accent } else { c.text };
    let mut label = LayoutJob::simple_singleline(view.label.to_owned(), font(13.0), colour);
    label.wrap = TextWrapping::truncate_at_width(free.width().max(0.0));
    let label = painter.layout_job(label);
    let top = free.center().y - label.size().y / 2.0;
    painter.galley(pos2(free.left(), top), label, colour);
}

/// The melody, and fainter its repeats.
fn rolls(
    painter: &Painter,
    view: &BlockView<'_>,
    area: Rect,
    playing: Option<PlayingBlock>,
    c: &Colours,
) {
    let melody = view.block.melody();
    let steps = melody.steps() as f64;
    let width = area.width() / view.block.repeats() as f32;
    for repeat in 0..view.block.repeats() {
        let left = area.left() + width * repeat as f32;
        let rect = Rect::from_min_size(pos2(left, area.top()), vec2(width, area.height()));
        let playhead = playing.map(|playing| playing.step - steps * f64::from(repeat));
        let style = RollStyle {
            note: if repeat == 0 {
                c.muted
            } else {
                c.muted.gamma_multiply(REPEAT_OPACITY)
            },
            grid: false,
            playhead: playhead.filter(|step| (0.0..steps).contains(step)),
        };
        piano_roll::paint(painter, rect, melody, &style, c);
    }
}

/// The keys of the block that has the focus.
fn keys(
    ui: &Ui,
    view: &BlockView<'_>,
    response: &Response,
    send: &mut impl FnMut(TimelineCommand),
) {
    lock_arrow_keys(ui, response);
    let (index, block) = (view.index, view.block);
    let pressed = |modifiers: Modifiers, key| ui.input(|input| was_pressed(input, modifiers, key));
    let plain = |key| pressed(Modifiers::NONE, key);
    let shifted = |key| pressed(Modifiers::SHIFT, key);
    let transpose = |by: i8| {
        let semitones = block.transposition().saturating_add(by);
        TimelineCommand::Transpose(index, semitones)
    };
    // On some keyboards + needs Shift.
    let more = [Key::Plus, Key::Equals]
        .iter()
        .any(|key| plain(*key) || shifted(*key));
    let command = if plain(Key::Delete) || plain(Key::Backspace) {
        // The block with the focus goes, and the one that is selected then gets it.
        let takes_focus = Id::unique(TAKES_FOCUS);
        ui.data_mut(|data| data.insert_temp(takes_focus, true));
        TimelineCommand::Remove(index)
    } else if plain(Key::ArrowLeft) && index > 0 {
        TimelineCommand::Move(index, index - 1)
    } else if plain(Key::ArrowRight) {
        TimelineCommand::Move(index, index + 1)
    } else if plain(Key::ArrowUp) {
        transpose(1)
    } else if plain(Key::ArrowDown) {
        transpose(-1)
    } else if shifted(Key::ArrowUp) {
        transpose(OCTAVE)
    } else if shifted(Key::ArrowDown) {
        transpose(-OCTAVE)
    } else if plain(VARY_KEY) {
        TimelineCommand::Vary(index)
    } else if more {
        TimelineCommand::SetRepeats(index, block.repeats() + 1)
    } else if plain(Key::Minus) {
        TimelineCommand::SetRepeats(index, block.repeats().saturating_sub(1))
    } else {
        return;
    };
    send(command);
}

fn menu(
    ui: &mut Ui,
    state: &AppState,
    view: &BlockView<'_>,
    send: &mut impl FnMut(TimelineCommand),
) {
    let (index, block) = (view.index, view.block);
    let name = state.kept_melodies.name_of(block.source());
    caption(ui, format!("{}, {name}", view.label));
    label_field(ui, view, send);
    step_rows(ui, state, view, send);
    ui.separator();
    let mut item = |ui: &mut Ui, text: &str, key: &str, command: TimelineCommand| {
        let button = Button::new(text);
        let button = if key.is_empty() {
            button
        } else {
            button.shortcut_text(key)
        };
        if ui.add(button).clicked() {
            send(command);
            ui.close();
        }
    };
    let play = TimelineCommand::PlayFrom(index);
    item(ui, "Play from here", Key::Enter.name(), play);
    let duplicate = TimelineCommand::Duplicate(index);
    item(ui, "Duplicate", "", duplicate);
    if state.variation_centre(index).is_some() {
        let vary = TimelineCommand::Vary(index);
        item(ui, "Variation", VARY_KEY.name(), vary);
    }
    if state.bridge_ends(index).is_some() {
        let bridge = TimelineCommand::Bridge(index);
        item(ui, "Bridge to the next", "", bridge);
    }
    match state.timeline.piece.loop_range() {
        None => {
            let only = TimelineCommand::SetLoop(Some((index, index)));
            item(ui, "Loop this block", "", only);
        }
        Some(range) => {
            if !range.contains(&index) {
                let ends = (index.min(*range.start()), index.max(*range.end()));
                let further = TimelineCommand::SetLoop(Some(ends));
                item(ui, "Loop up to here", "", further);
            }
            item(ui, "Loop all", "", TimelineCommand::SetLoop(None));
        }
    }
    ui.separator();
    let remove = TimelineCommand::Remove(index);
    item(ui, "Remove", Key::Delete.name(), remove);
}

/// Buttons that step through repeats, transpositions and places.
fn step_rows(
    ui: &mut Ui,
    state: &AppState,
    view: &BlockView<'_>,
    send: &mut impl FnMut(TimelineCommand),
) {
    let (index, block) = (view.index, view.block);
    let repeats = block.repeats();
    let by = block.transposition();
    ui.horizontal(|ui| {
        if icon_button(ui, ICON_REMOVE, "Repeat less").clicked() && repeats > 1 {
            send(TimelineCommand::SetRepeats(index, repeats - 1));
        }
        if icon_button(ui, ICON_ADD, "Repeat more").clicked() && repeats < MAX_REPEATS {
            send(TimelineCommand::SetRepeats(index, repeats + 1));
        }
        ui.label(format!("Play ×{repeats}"));
    });
    ui.horizontal(|ui| {
        if icon_button(ui, ICON_REMOVE, "Semitone down").clicked() {
            send(TimelineCommand::Transpose(index, by.saturating_sub(1)));
        }
        if icon_button(ui, ICON_ADD, "Semitone up").clicked() {
            send(TimelineCommand::Transpose(index, by.saturating_add(1)));
        }
        let by = if by == 0 {
            "0".to_owned()
        } else {
            format!("{by:+}")
        };
        ui.label(format!("Transpose {by}"));
    });
    let count = state.timeline.piece.len();
    ui.horizontal(|ui| {
        if icon_button(ui, ICON_CHEVRON_LEFT, "Move left").clicked() && index > 0 {
            send(TimelineCommand::Move(index, index - 1));
        }
        let right = icon_button(ui, ICON_CHEVRON_RIGHT, "Move right");
        if right.clicked() && index + 1 < count {
            send(TimelineCommand::Move(index, index + 1));
        }
        ui.label(format!("Place {} of {}", index + 1, count));
    });
}

/// The field of the label. What is typed counts when the field is left, as with Enter.
fn label_field(ui: &mut Ui, view: &BlockView<'_>, send: &mut impl FnMut(TimelineCommand)) {
    let id = Id::unique(("label of a block", view.block.id()));
    let typed: Option<String> = ui.data(|data| data.get_temp(id));
    let mut text = typed.unwrap_or_else(|| view.label.to_owned());
    ui.horizontal(|ui| {
        ui.label(RichText::new("Label").size(CAPTION));
        let field = text_field(&mut text)
            .char_limit(MAX_LABEL_LETTERS)
            .desired_width(150.0);
        let field = ui.add(field).accessible_name("Label of the block");
        if field.changed() {
            ui.data_mut(|data| data.insert_temp(id, text.clone()));
        }
        if field.lost_focus() {
            ui.data_mut(|data| data.remove::<String>(id));
            if text != view.label {
                send(TimelineCommand::Rename(view.index, Some(text.clone())));
            }
        }
    });
}

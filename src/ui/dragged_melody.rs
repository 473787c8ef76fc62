//! Dragging a melody with the pointer: from the history, the kept melodies, the timeline, the inspector or the map to the timeline, to
//! the kept melodies or out of the window.
//!
//! A widget that shows a melody starts the drag with [`begin`]. A widget that accepts melodies calls [`hovering`] in each frame.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{
    Context, DragAndDrop, Id, LayerId, Order, Painter, PointerButton, PointerState, Pos2, Rect,
    Response, Sense, Ui, Vec2, vec2,
};

use super::command::{Command, DragCommand, TimelineSource};
use super::theme::{CAPTION, Colours, colours, font};
use super::widgets::controls::card_frame;
use super::widgets::piano_roll::{self, RollStyle};
use crate::melody::Melody;

/// Size of the card at the pointer.
const CARD_SIZE: Vec2 = Vec2::new(132.0, 54.0);
/// Opacity of that card.
const CARD_OPACITY: f32 = 0.75;
/// How long a drag has to rest on a tab to open it, seconds; about as in browsers and file managers.
const OPEN_DELAY_SECONDS: f64 = 0.5;

/// A melody that is dragged.
#[derive(Clone, Debug)]
pub struct DraggedMelody {
    /// Where it comes from.
    pub source: TimelineSource,
    /// Its notes, for the card at the pointer.
    pub melody: Arc<Melody>,
}

/// A dragged melody over an area that accepts it.
pub struct HoveringMelody {
    /// Where the melody comes from.
    pub source: TimelineSource,
    /// The position of the pointer.
    pub position: Pos2,
    /// Whether it was dropped in this frame. The drop is then consumed: no other area gets it.
    pub dropped: bool,
}

/// What a card with a melody senses: clicks and drags, but no drags of a finger, which scroll.
pub fn card_sense(ui: &Ui) -> Sense {
    if ui.input(eframe::egui::InputState::any_touches) {
        Sense::click()
    } else {
        Sense::click_and_drag()
    }
}

/// Starts to drag a melody, if a drag of this widget started in this frame.
pub fn begin(response: &Response, source: TimelineSource, melody: &Arc<Melody>) {
    if response.drag_started_by(PointerButton::Primary) {
        let melody = Arc::clone(melody);
        DragAndDrop::set_payload(&response.ctx, DraggedMelody { source, melody });
    }
}

/// The melody that is dragged. In the frame in which it is dropped, it is returned until an area accepts it.
pub fn current(ctx: &Context) -> Option<Arc<DraggedMelody>> {
    DragAndDrop::payload(ctx)
}

/// The dragged melody, if the pointer is over this area and `accepts` its source. `text` is shown at the pointer and says what a drop
/// does.
pub fn hovering(
    ctx: &Context,
    area: Rect,
    text: &'static str,
    accepts: impl Fn(TimelineSource) -> bool,
) -> Option<HoveringMelody> {
    let source = current(ctx)?.source;
    let (position, dropped) = ctx.input(|input| {
        let pointer = &input.pointer;
        (pointer.interact_pos(), pointer.primary_released())
    });
    let position = position.filter(|position| area.contains(*position) && accepts(source))?;
    if dropped {
        DragAndDrop::clear_payload(ctx);
    } else {
        ctx.data_mut(|data| data.insert_temp(drop_text_id(), text));
    }
    Some(HoveringMelody {
        source,
        position,
        dropped,
    })
}

/// Whether a drag has rested on a tab long enough to open it.
pub fn has_rested_on(tab: &Response) -> bool {
    let ctx = &tab.ctx;
    let id = Id::unique("the tab that a drag rests on");
    let rest: Option<(Id, f64)> = ctx.data(|data| data.get_temp(id));
    let rest = rest.filter(|(rested_tab, _)| *rested_tab == tab.id);
    let position = ctx.input(|input| input.pointer.interact_pos());
    if current(ctx).is_none() || !position.is_some_and(|position| tab.rect.contains(position)) {
        if rest.is_some() {
            ctx.data_mut(|data| data.remove::<(Id, f64)>(id));
        }
        return false;
    }
    let now = ctx.input(|input| input.time);
    let start = rest.map_or(now, |(_, start)| start);
    ctx.data_mut(|data| data.insert_temp(id, (tab.id, start)));
    let remaining = start + OPEN_DELAY_SECONDS - now;
    if remaining > 0.0 {
        ctx.request_repaint_after(Duration::from_secs_f64(remaining));
    }
    remaining <= 0.0
}

/// Draws the dragged melody at the pointer. When the pointer leaves the window, the command to drag it out of the window is sent.
pub fn show(ctx: &Context, out: &mut Vec<Command>) {
    let text = ctx.data_mut(|data| data.remove_temp::<&'static str>(drop_text_id()));
    let is_outside_id = Id::unique("the dragged melody is outside the window");
    let released = ctx.input(|input| input.pointer.any_released());
    let Some(dragged) = current(ctx).filter(|_| !released) else {
        ctx.data_mut(|data| data.remove::<bool>(is_outside_id));
        return;
    };
    let window = ctx.content_rect();
    let position = ctx.input(|input| input.pointer.latest_pos());
    let position = position.filter(|position| window.contains(*position));
    let was_outside = ctx.data_mut(|data| {
        let was_outside = data.get_temp(is_outside_id).unwrap_or(false);
        data.insert_temp(is_outside_id, position.is_none());
        was_outside
    });
    match position {
        Some(position) => paint(ctx, position, &dragged.melody, text),
        None if !was_outside => out.push(Command::Drag(DragCommand::OutOfWindow(dragged.source))),
        None => {}
    }
}

/// Ends the drag in the window when the system continues it. The window does not receive the release of the button, so the state of the
/// pointer is reset.
pub fn end(ctx: &Context) {
    DragAndDrop::clear_payload(ctx);
    ctx.stop_dragging();
    ctx.input_mut(|input| input.pointer = PointerState::default());
}

/// Id of the text at the pointer, which is stored until the end of the frame.
fn drop_text_id() -> Id {
    Id::unique("what dropping the dragged melody does")
}

fn paint(ctx: &Context, position: Pos2, melody: &Melody, text: Option<&str>) {
    let style = ctx.style_of(ctx.theme());
    let c = colours(&style.visuals);
    let layer = LayerId::new(Order::Tooltip, Id::unique("dragged melody"));
    let mut painter = ctx.layer_painter(layer);
    painter.multiply_opacity(CARD_OPACITY);
    let card = Rect::from_center_size(position, CARD_SIZE);
    card_frame(&painter, card, c.raised, (1.0, c.accent));
    let style = RollStyle {
        note: c.accent,
        grid: false,
        playhead: None,
    };
    piano_roll::paint(&painter, card.shrink(7.0), melody, &style, c);
    if let Some(text) = text {
        let painter = ctx.layer_painter(layer);
        paint_text(&painter, ctx.content_rect(), card, text, c);
    }
}

/// Draws the text above the card, within the window.
fn paint_text(painter: &Painter, window: Rect, card: Rect, text: &str, c: &Colours) {
    let galley = painter.layout_no_wrap(text.to_owned(), font(CAPTION), c.text);
    let size = galley.size() + vec2(16.0, 8.0);
    let left = card.center().x - size.x / 2.0;
    let left = left.min(window.right() - size.x).max(window.left());
    let top = (card.top() - 6.0 - size.y).max(window.top());
    let rect = Rect::from_min_size(Pos2::new(left, top), size);
    card_frame(painter, rect, c.raised, (1.0, c.line));
    painter.galley(rect.min + vec2(8.0, 4.0), galley, c.text);
}

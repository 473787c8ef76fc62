//! A melody that the pointer drags: from the history, the kept melodies, the timeline, the inspector or the map to the timeline, the
//! kept melodies or out of the window.
//!
//! What draws a melody begins the drag with [`begin`]; what takes melodies asks with [`over`] in each frame.

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
const CARD: Vec2 = Vec2::new(132.0, 54.0);
/// Opacity of that card.
const OPACITY: f32 = 0.75;
/// How long a drag rests on a tab until it opens, seconds: as on those of browsers and file managers.
const OPEN_SECONDS: f64 = 0.5;

/// A melody that is dragged.
#[derive(Clone, Debug)]
pub struct DraggedMelody {
    /// Where it comes from.
    pub source: TimelineSource,
    /// Its notes, for the card at the pointer.
    pub melody: Arc<Melody>,
}

/// A dragged melody over a place that takes it.
pub struct OverPlace {
    /// The melody.
    pub source: TimelineSource,
    /// Where the pointer is.
    pub at: Pos2,
    /// Whether it was dropped there in this frame. It is dropped on nothing else then.
    pub dropped: bool,
}

/// What a card senses whose melody can be dragged: no drag of a finger, which scrolls.
pub fn sense(ui: &Ui) -> Sense {
    if ui.input(eframe::egui::InputState::any_touches) {
        Sense::click()
    } else {
        Sense::click_and_drag()
    }
}

/// Drags a melody from here on, if a drag of this widget has just begun.
pub fn begin(response: &Response, source: TimelineSource, melody: &Arc<Melody>) {
    if response.drag_started_by(PointerButton::Primary) {
        let melody = Arc::clone(melody);
        DragAndDrop::set_payload(&response.ctx, DraggedMelody { source, melody });
    }
}

/// The melody that is dragged, also in the frame in which it is dropped, until something has taken it.
pub fn current(ctx: &Context) -> Option<Arc<DraggedMelody>> {
    DragAndDrop::payload(ctx)
}

/// The dragged melody, if it is over this place, which `accepts` it. `text` says at the pointer what dropping it there does.
pub fn over(
    ctx: &Context,
    place: Rect,
    text: &'static str,
    accepts: impl Fn(TimelineSource) -> bool,
) -> Option<OverPlace> {
    let source = current(ctx)?.source;
    let (at, dropped) = ctx.input(|input| {
        let pointer = &input.pointer;
        (pointer.interact_pos(), pointer.primary_released())
    });
    let at = at.filter(|at| place.contains(*at) && accepts(source))?;
    if dropped {
        DragAndDrop::clear_payload(ctx);
    } else {
        ctx.data_mut(|data| data.insert_temp(text_id(), text));
    }
    Some(OverPlace {
        source,
        at,
        dropped,
    })
}

/// Whether a drag has rested on a tab for long enough to open it.
pub fn opens(tab: &Response) -> bool {
    let ctx = &tab.ctx;
    let id = Id::unique("the tab that a drag rests on");
    let since: Option<(Id, f64)> = ctx.data(|data| data.get_temp(id));
    let since = since.filter(|(rested, _)| *rested == tab.id);
    let at = ctx.input(|input| input.pointer.interact_pos());
    if current(ctx).is_none() || !at.is_some_and(|at| tab.rect.contains(at)) {
        if since.is_some() {
            ctx.data_mut(|data| data.remove::<(Id, f64)>(id));
        }
        return false;
    }
    let now = ctx.input(|input| input.time);
    let since = since.map_or(now, |(_, since)| since);
    ctx.data_mut(|data| data.insert_temp(id, (tab.id, since)));
    let left = since + OPEN_SECONDS - now;
    if left > 0.0 {
        ctx.request_repaint_after(Duration::from_secs_f64(left));
    }
    left <= 0.0
}

/// Draws the dragged melody at the pointer, and sends it out of the window when the pointer leaves that.
pub fn show(ctx: &Context, out: &mut Vec<Command>) {
    let text = ctx.data_mut(|data| data.remove_temp::<&'static str>(text_id()));
    let outside_id = Id::unique("the dragged melody is outside the window");
    let released = ctx.input(|input| input.pointer.any_released());
    let Some(dragged) = current(ctx).filter(|_| !released) else {
        ctx.data_mut(|data| data.remove::<bool>(outside_id));
        return;
    };
    let window = ctx.content_rect();
    let at = ctx.input(|input| input.pointer.latest_pos());
    let inside = at.filter(|at| window.contains(*at));
    let was_outside = ctx.data_mut(|data| {
        let was_outside = data.get_temp(outside_id).unwrap_or(false);
        data.insert_temp(outside_id, inside.is_none());
        was_outside
    });
    match inside {
        Some(at) => paint(ctx, at, &dragged.melody, text),
        None if !was_outside => out.push(Command::Drag(DragCommand::Out(dragged.source))),
        None => {}
    }
}

/// Ends the drag in the window: another program has it, and the window will not be told that the button was released.
pub fn hand_over(ctx: &Context) {
    DragAndDrop::clear_payload(ctx);
    ctx.stop_dragging();
    ctx.input_mut(|input| input.pointer = PointerState::default());
}

/// Where the text at the pointer is kept until the end of the frame.
fn text_id() -> Id {
    Id::unique("what dropping the dragged melody does")
}

fn paint(ctx: &Context, at: Pos2, melody: &Melody, text: Option<&str>) {
    let style = ctx.style_of(ctx.theme());
    let c = colours(&style.visuals);
    let layer = LayerId::new(Order::Tooltip, Id::unique("dragged melody"));
    let mut painter = ctx.layer_painter(layer);
    painter.multiply_opacity(OPACITY);
    let card = Rect::from_center_size(at, CARD);
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

/// The text above the card, within the window.
fn paint_text(painter: &Painter, window: Rect, card: Rect, text: &str, c: &Colours) {
    let galley = painter.layout_no_wrap(text.to_owned(), font(CAPTION), c.text);
    let size = galley.size() + vec2(16.0, 8.0);
    let left = card.center().x - size.x / 2.0;
    let left = left.min(window.right() - size.x).max(window.left());
    let top = (card.top() - 6.0 - size.y).max(window.top());
    let place = Rect::from_min_size(Pos2::new(left, top), size);
    card_frame(painter, place, c.raised, (1.0, c.line));
    painter.galley(place.min + vec2(8.0, 4.0), galley, c.text);
}

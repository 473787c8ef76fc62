//! A slider over the histogram of an attribute, with a lock that holds its value, a button that frees it, and marks for what the
//! last steering obtained.

use eframe::egui::{
    self, Align2, Button, Key, Rect, Response, Role, Sense, Stroke, Ui, UiBuilder, Vec2,
    WidgetInfo, accesskit, pos2, vec2,
};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{ICON_CLOSE, ICON_LOCK, ICON_LOCK_OPEN_RIGHT};

use super::controls::{lock_arrow_keys, theme_colours};
use super::obtained_marks::ObtainedMarks;
use crate::ui::theme::{BODY, font, mix};

/// The kind of goal that a slider shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SliderMode {
    /// Any value will do.
    Free,
    /// The knob's value is wanted.
    Wanted,
    /// The value is held.
    Held,
}

/// A slider over the histogram of its attribute, for one frame.
pub struct SteerSlider<'a> {
    /// Its name.
    pub name: &'a str,
    /// Formats a value with its unit.
    pub format_value: &'a dyn Fn(f64) -> String,
    /// Decimals that the value is rounded to.
    pub decimals: usize,
    /// The kind of goal of its attribute. The knob of a free one is dimmed.
    pub mode: SliderMode,
    /// Value of the knob, in the attribute's display unit, as all values here.
    pub value: f64,
    /// Ends of the track.
    pub range: (f64, f64),
    /// Heights of the histogram bars, the highest 1.
    pub histogram: &'a [f32],
    /// What the last steering obtained.
    pub obtained: Option<ObtainedMarks>,
    /// The range of values that is highlighted on the map.
    pub highlighted: Option<(f64, f64)>,
    /// Shown on hover over the name.
    pub hint: &'a str,
    /// Text shown on hover over the lock.
    pub lock_hint: &'a str,
    /// Whether there is a value to hold.
    pub can_hold: bool,
}

/// What the user did with a slider in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SliderEvent {
    /// The new value, if the knob was moved.
    pub moved: Option<f64>,
    /// Whether the value is final: the knob or an arrow key was released, or a screen reader set the value.
    pub committed: bool,
    /// Whether the value is to be held.
    pub held: bool,
    /// Whether the attribute is to be free.
    pub freed: bool,
}

/// Height of the row with name, value and buttons, points.
const ROW_HEIGHT: f32 = 18.0;
/// Height of the slider below it, points.
const SLIDER_HEIGHT: f32 = 34.0;
/// Radius of the knob, points.
const KNOB_RADIUS: f32 = 7.0;
/// Height from the track to the bottom, points: the marks of what a steering obtained always have space there.
const STRIP_HEIGHT: f32 = 16.0;

impl SteerSlider<'_> {
    /// Draws the slider over the whole width. Returns the response of the part that the knob moves in.
    pub fn show(&self, ui: &mut Ui) -> (Response, SliderEvent) {
        let size = Vec2::new(ui.available_width(), ROW_HEIGHT + SLIDER_HEIGHT);
        let (full_rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let row = Rect::from_min_size(full_rect.min, vec2(full_rect.width(), ROW_HEIGHT));
        let rect = Rect::from_min_max(pos2(full_rect.left(), row.bottom()), full_rect.max);
        let id = ui.scope_id().with(("steer slider", self.name));
        let response = ui.interact(rect, id, Sense::click_and_drag());
        let track = Self::track(rect);
        let (low, high) = self.range;
        let step = 10f64.powi(-(self.decimals.min(6) as i32));
        let round = |value: f64| ((value / step).round() * step).clamp(low, high);
        let current = self.value.clamp(low, high);

        let mut event = SliderEvent::default();
        // The release may come in the same frame as the last move.
        if (response.dragged() || response.clicked() || response.drag_stopped())
            && let Some(pointer) = response.interact_pointer_pos()
        {
            let t = f64::from((pointer.x - track.left()) / track.width().max(1.0));
            event.moved = Some(round(low + t.clamp(0.0, 1.0) * (high - low)));
        }
        event.committed = response.drag_stopped() || response.clicked();
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        self.handle_keys(ui, &response, current, round, &mut event);

        // A held value may lie outside the track, and is shown as it is.
        let displayed_value = event.moved.unwrap_or(self.value);
        self.set_accessible_info(ui, &response, event.moved.unwrap_or(current));
        if ui.is_rect_visible(full_rect) {
            self.paint_text(ui, row, displayed_value, &response);
            self.paint_histogram(ui, track);
            self.paint_track(ui, track, event.moved.unwrap_or(current), &response);
        }
        self.show_buttons(ui, row, &mut event);
        if let Some(obtained) = &self.obtained {
            let strip = Rect::from_min_max(
                pos2(full_rect.left(), rect.bottom() - STRIP_HEIGHT + KNOB_RADIUS),
                full_rect.max,
            );
            let id = ui.scope_id().with(("steer slider obtained", self.name));
            let strip = ui.interact(strip, id, Sense::hover());
            strip.on_hover_text(&obtained.hint);
        }
        (response, event)
    }

    /// The name's hint, and the buttons at the right end of the row: one that frees a wanted value, and the lock.
    fn show_buttons(&self, ui: &mut Ui, row: Rect, event: &mut SliderEvent) {
        let name = Rect::from_min_max(row.min, row.max - vec2(2.0 * ROW_HEIGHT, 0.0));
        let name_id = ui.scope_id().with(("steer slider name", self.name));
        ui.interact(name, name_id, Sense::hover())
            .on_hover_text(self.hint);
        let c = theme_colours(ui);
        let button_rect = |index_from_right: f32| {
            let right = row.right() - index_from_right * ROW_HEIGHT;
            Rect::from_min_max(
                pos2(right - ROW_HEIGHT, row.top()),
                pos2(right, row.bottom()),
            )
        };
        if self.mode == SliderMode::Wanted {
            let text = format!("Free {}", self.name);
            let free = small_button(ui, &text, button_rect(1.0), ICON_CLOSE, c.muted, true);
            event.freed |= free
                .accessible_name(&text)
                .on_hover_text("Free: any value will do")
                .clicked();
        }
        let is_held = self.mode == SliderMode::Held;
        let (icon, colour) = if is_held {
            (ICON_LOCK, c.accent)
        } else {
            (ICON_LOCK_OPEN_RIGHT, c.muted)
        };
        let text = format!("Hold {}", self.name);
        let lock = small_button(
            ui,
            &text,
            button_rect(0.0),
            icon,
            colour,
            self.can_hold || is_held,
        );
        let enabled = lock.enabled();
        lock.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, is_held, &text));
        if lock.on_hover_text(self.lock_hint).clicked() {
            event.held |= !is_held;
            event.freed |= is_held;
        }
    }

    /// The line that the knob's centre moves on.
    pub fn track(rect: Rect) -> Rect {
        Rect::from_min_max(
            pos2(rect.left() + KNOB_RADIUS, rect.bottom() - STRIP_HEIGHT),
            pos2(rect.right() - KNOB_RADIUS, rect.bottom() - STRIP_HEIGHT),
        )
    }

    fn handle_keys(
        &self,
        ui: &Ui,
        response: &Response,
        current: f64,
        round: impl Fn(f64) -> f64,
        event: &mut SliderEvent,
    ) {
        let (low, high) = self.range;
        let notch = ((high - low) / 50.0).max(10f64.powi(-(self.decimals.min(6) as i32)));
        let mut notches = 0.0;
        if response.has_focus() {
            lock_arrow_keys(ui, response);
            ui.input(|input| {
                let presses = |key| input.num_presses(key) as f64;
                notches += presses(Key::ArrowRight) + presses(Key::ArrowUp);
                notches -= presses(Key::ArrowLeft) + presses(Key::ArrowDown);
                let released = |key| input.key_released(key);
                event.committed |= [
                    Key::ArrowRight,
                    Key::ArrowUp,
                    Key::ArrowLeft,
                    Key::ArrowDown,
                ]
                .into_iter()
                .any(released);
            });
        }
        let mut requested = None;
        ui.input(|input| {
            use accesskit::{Action, ActionData};
            let count = |action| input.num_accesskit_action_requests(response.id, action) as f64;
            let steps = count(Action::Increment) - count(Action::Decrement);
            notches += steps;
            event.committed |= steps != 0.0;
            for request in input.accesskit_action_requests(response.id, Action::SetValue) {
                if let Some(ActionData::NumericValue(value)) = request.data {
                    requested = Some(value);
                }
            }
        });
        if notches != 0.0 {
            event.moved = Some(round(current + notches * notch));
        }
        if let Some(value) = requested {
            event.moved = Some(round(value));
            event.committed = true;
        }
    }

    fn set_accessible_info(&self, ui: &Ui, response: &Response, value: f64) {
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value, self.name));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_min_numeric_value(self.range.0);
            node.set_max_numeric_value(self.range.1);
            let mode = match self.mode {
                SliderMode::Free => "free",
                SliderMode::Wanted => "wanted",
                SliderMode::Held => "held",
            };
            node.set_description(match &self.obtained {
                None => mode.to_owned(),
                Some(obtained) => format!("{mode}, obtained {}", obtained.text),
            });
            node.add_action(accesskit::Action::SetValue);
            node.add_action(accesskit::Action::Increment);
            node.add_action(accesskit::Action::Decrement);
        });
    }

    fn paint_text(&self, ui: &Ui, row: Rect, value: f64, response: &Response) {
        let c = theme_colours(ui);
        let painter = ui.painter();
        let has_target = self.mode != SliderMode::Free || response.dragged();
        let (text, colour) = if has_target {
            ((self.format_value)(value), c.text)
        } else {
            ("free".to_owned(), c.muted)
        };
        let right = pos2(row.right() - 2.0 * ROW_HEIGHT - 2.0, row.center().y);
        let value = painter.text(right, Align2::RIGHT_CENTER, text, font(BODY), colour);
        // A long name ends before the value.
        let name_space = Rect::from_min_max(row.min, pos2(value.left() - 6.0, row.bottom()));
        let left = row.left_center();
        painter.with_clip_rect(name_space).text(
            left,
            Align2::LEFT_CENTER,
            self.name,
            font(BODY),
            c.text,
        );
    }

    fn paint_histogram(&self, ui: &Ui, track: Rect) {
        let c = theme_colours(ui);
        let (low, high) = self.range;
        let width = track.width() / self.histogram.len().max(1) as f32;
        for (index, fraction) in self.histogram.iter().enumerate() {
            if *fraction > 0.0 {
                let left = track.left() + index as f32 * width;
                let bar = Rect::from_min_max(
                    pos2(left + 0.5, track.top() - 2.0 - 17.0 * fraction.max(0.05)),
                    pos2(left + width - 0.5, track.top() - 2.0),
                );
                let value = low + (index as f64 + 0.5) / self.histogram.len() as f64 * (high - low);
                let highlighted = self.highlighted.is_some_and(|(range_low, range_high)| {
                    range_low <= value && value <= range_high
                });
                let colour = if highlighted {
                    c.accent.gamma_multiply(0.6)
                } else {
                    c.line
                };
                ui.painter().rect_filled(bar, 0.0, colour);
            }
        }
    }

    fn paint_track(&self, ui: &Ui, track: Rect, value: f64, response: &Response) {
        let c = theme_colours(ui);
        let painter = ui.painter();
        let (low, high) = self.range;
        let x = |value: f64| {
            let t = ((value - low) / (high - low)).clamp(0.0, 1.0) as f32;
            track.left() + t * track.width()
        };
        let knob = pos2(x(value), track.center().y);
        let draw_track = |from: f32, to: f32, colour| {
            painter.line_segment(
                [pos2(from, knob.y), pos2(to, knob.y)],
                Stroke::new(3.0, colour),
            );
        };
        draw_track(track.left(), track.right(), c.rail);
        match self.mode {
            SliderMode::Free => {}
            SliderMode::Wanted => draw_track(track.left(), knob.x, c.accent),
            SliderMode::Held => {
                draw_track(track.left(), knob.x, mix(c.rail, c.accent, 0.5));
            }
        }
        if let Some(obtained) = &self.obtained {
            obtained.paint(painter, track, x, c);
        }
        let radius = if response.hovered() || response.dragged() {
            KNOB_RADIUS + 1.0
        } else {
            KNOB_RADIUS
        };
        let (fill, edge) = match self.mode {
            SliderMode::Free => (mix(c.panel, c.knob, 0.45), c.panel),
            SliderMode::Wanted => (c.knob, c.panel),
            SliderMode::Held => (c.panel, c.accent),
        };
        painter.circle(knob, radius, fill, Stroke::new(1.5, edge));
        if response.has_focus() {
            painter.circle_stroke(knob, radius + 2.5, Stroke::new(1.0, c.accent));
        }
        if response.hovered() {
            ui.set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
        }
    }
}

/// A button with only an icon, as high as the row.
fn small_button(
    ui: &mut Ui,
    name: &str,
    rect: Rect,
    icon: MaterialIcon,
    colour: egui::Color32,
    enabled: bool,
) -> Response {
    // The id does not depend on which other buttons are shown.
    let id = ui.scope_id().with(name);
    let mut ui = ui.new_child(UiBuilder::new().scope_id(id).max_rect(rect));
    ui.spacing_mut().button_padding = Vec2::ZERO;
    ui.spacing_mut().interact_size = Vec2::ZERO;
    let button = Button::new(icon.rich_text().size(14.0).color(colour))
        .frame_when_inactive(false)
        .min_size(rect.size());
    ui.add_enabled(enabled, button)
}

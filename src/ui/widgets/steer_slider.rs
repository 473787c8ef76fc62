//! A slider over the histogram of an attribute, with a mark for the value that the last steering obtained.

use eframe::egui::{
    self, Align2, Key, Rect, Response, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, accesskit, pos2,
};

use super::controls::{lock_arrow_keys, theme_colours};
use super::numbers::format_number;
use crate::ui::theme::{BODY, font};

/// A slider over the histogram of its attribute, as it is drawn in one frame.
pub struct SteerSlider<'a> {
    /// Its name.
    pub name: &'a str,
    /// Unit of the value.
    pub unit: &'a str,
    /// Decimals of the value.
    pub decimals: usize,
    /// Target value; `None` draws the knob dimmed at `default_value`.
    pub target: Option<f64>,
    /// Value of the knob without a target.
    pub default_value: f64,
    /// Ends of the track.
    pub range: (f64, f64),
    /// Heights of the histogram bars, the highest 1.
    pub histogram: &'a [f32],
    /// The value that the last steering obtained.
    pub obtained: Option<f64>,
    /// The range of values that is highlighted on the map.
    pub highlighted: Option<(f64, f64)>,
    /// Shown on hover.
    pub hint: &'a str,
}

/// What the user did with a slider in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SliderEvent {
    /// The new value, if the knob was moved.
    pub moved: Option<f64>,
    /// Whether the knob was released.
    pub settled: bool,
}

const HEIGHT: f32 = 52.0;
const KNOB: f32 = 7.0;

impl SteerSlider<'_> {
    /// Draws the slider over the whole width.
    pub fn show(&self, ui: &mut Ui) -> (Response, SliderEvent) {
        let size = Vec2::new(ui.available_width(), HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        let track = Self::track(rect);
        let (low, high) = self.range;
        let step = 10f64.powi(-(self.decimals.min(6) as i32));
        let rounded = |value: f64| ((value / step).round() * step).clamp(low, high);
        let current = self.target.unwrap_or(self.default_value).clamp(low, high);

        let mut event = SliderEvent::default();
        // The release may come in the same frame as the last move.
        if (response.dragged() || response.clicked() || response.drag_stopped())
            && let Some(at) = response.interact_pointer_pos()
        {
            let t = f64::from((at.x - track.left()) / track.width().max(1.0));
            event.moved = Some(rounded(low + t.clamp(0.0, 1.0) * (high - low)));
        }
        event.settled = response.drag_stopped() || response.clicked();
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        self.keys(ui, &response, current, rounded, &mut event);

        let value = event.moved.unwrap_or(current);
        self.describe(ui, &response, value);
        if ui.is_rect_visible(rect) {
            self.paint_text(ui, rect, value, &response);
            self.paint_histogram(ui, track);
            self.paint_track(ui, track, value, &response);
        }
        // Only over the name: elsewhere it would cover the slider.
        let over_name = response
            .hover_pos()
            .is_some_and(|at| at.y < rect.top() + 18.0);
        let response = if over_name && !response.dragged() {
            response.on_hover_text(self.hint)
        } else {
            response
        };
        (response, event)
    }

    /// The line that the knob's centre moves on.
    pub fn track(rect: Rect) -> Rect {
        Rect::from_min_max(
            pos2(rect.left() + KNOB, rect.bottom() - 12.0),
            pos2(rect.right() - KNOB, rect.bottom() - 12.0),
        )
    }

    fn keys(
        &self,
        ui: &Ui,
        response: &Response,
        current: f64,
        rounded: impl Fn(f64) -> f64,
        event: &mut SliderEvent,
    ) {
        let (low, high) = self.range;
        let notch = ((high - low) / 50.0).max(10f64.powi(-(self.decimals.min(6) as i32)));
        let mut by = 0.0;
        if response.has_focus() {
            lock_arrow_keys(ui, response);
            ui.input(|input| {
                let presses = |key| input.num_presses(key) as f64;
                by += presses(Key::ArrowRight) + presses(Key::ArrowUp);
                by -= presses(Key::ArrowLeft) + presses(Key::ArrowDown);
                let released = |key| input.key_released(key);
                event.settled |= [
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
            by += steps;
            event.settled |= steps != 0.0;
            for request in input.accesskit_action_requests(response.id, Action::SetValue) {
                if let Some(ActionData::NumericValue(value)) = request.data {
                    requested = Some(value);
                }
            }
        });
        if by != 0.0 {
            event.moved = Some(rounded(current + by * notch));
        }
        if let Some(value) = requested {
            event.moved = Some(rounded(value));
            event.settled = true;
        }
    }

    fn describe(&self, ui: &Ui, response: &Response, value: f64) {
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value, self.name));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_min_numeric_value(self.range.0);
            node.set_max_numeric_value(self.range.1);
            node.add_action(accesskit::Action::SetValue);
            node.add_action(accesskit::Action::Increment);
            node.add_action(accesskit::Action::Decrement);
        });
    }

    fn paint_text(&self, ui: &Ui, rect: Rect, value: f64, response: &Response) {
        let c = theme_colours(ui);
        let painter = ui.painter();
        let text = if self.target.is_some() || response.dragged() {
            let number = format_number(value, self.decimals);
            format!("{number} {}", self.unit).trim_end().to_owned()
        } else {
            "free".to_owned()
        };
        let colour = if self.target.is_some() {
            c.text
        } else {
            c.muted
        };
        let (left, right) = (rect.left_top(), rect.right_top());
        painter.text(left, Align2::LEFT_TOP, self.name, font(BODY), c.text);
        painter.text(right, Align2::RIGHT_TOP, text, font(BODY), colour);
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
                let highlighted = self
                    .highlighted
                    .is_some_and(|(from, to)| from <= value && value <= to);
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
        draw_track(track.left(), track.right(), c.line);
        if self.target.is_some() {
            draw_track(track.left(), knob.x, c.accent);
        }
        if let Some(obtained) = self.obtained {
            let tip = pos2(x(obtained), track.center().y + 6.0);
            painter.add(Shape::convex_polygon(
                vec![tip, tip + Vec2::new(4.0, 6.0), tip + Vec2::new(-4.0, 6.0)],
                c.playing,
                Stroke::NONE,
            ));
        }
        let radius = if response.hovered() || response.dragged() {
            KNOB + 1.0
        } else {
            KNOB
        };
        let fill = if self.target.is_some() {
            c.knob
        } else {
            crate::ui::theme::mix(c.panel, c.knob, 0.45)
        };
        painter.circle(knob, radius, fill, Stroke::new(1.5, c.panel));
        if response.has_focus() {
            painter.circle_stroke(knob, radius + 2.5, Stroke::new(1.0, c.accent));
        }
        if response.hovered() {
            ui.set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
        }
    }
}

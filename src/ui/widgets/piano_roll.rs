//! Drawing a melody as a piano roll, from a thumbnail to the large one of the inspector.

use eframe::egui::{Color32, Painter, Rect, Stroke, pos2, vec2};

use crate::melody::{Melody, Note, STEPS_PER_BAR, STEPS_PER_QUARTER};
use crate::ui::theme::Colours;

/// How a piano roll is drawn.
#[derive(Clone, Copy)]
pub struct RollStyle {
    /// Colour of the notes that do not sound.
    pub note: Color32,
    /// Whether bar and beat lines are drawn.
    pub grid: bool,
    /// Playhead in steps, if this melody sounds.
    pub playhead: Option<f64>,
}

/// Minimum distance between two grid lines, points.
const MIN_LINE_DISTANCE: f32 = 5.0;

/// Positions in a piano roll: time goes right, pitch goes up.
pub(in crate::ui) struct RollLayout {
    rect: Rect,
    /// Length in steps.
    steps: usize,
    /// Pitch in the middle of the rectangle.
    middle_pitch: f32,
    /// Height of the row of a pitch, points.
    row_height: f32,
    /// Height of a note, points.
    pub note_height: f32,
}

impl RollLayout {
    /// The layout of notes within a length of `steps`, none higher than `max_height`. There are at least fourteen rows, so
    /// that a single note does not fill the roll.
    pub fn new<'a>(
        rect: Rect,
        steps: usize,
        notes: impl Iterator<Item = &'a Note>,
        max_height: f32,
    ) -> Self {
        let (low, high) = notes.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), note| {
            let pitch = f32::from(note.pitch);
            (low.min(pitch), high.max(pitch))
        });
        let row_height = rect.height() / (high - low + 3.0).max(14.0);
        Self {
            rect,
            steps: steps.max(1),
            middle_pitch: (low + high) / 2.0,
            row_height,
            note_height: row_height.clamp(2.0, max_height) * 0.86,
        }
    }

    /// The layout of a length of `steps` with a row for each pitch from `low` to `high`.
    pub fn with_pitch_range(rect: Rect, steps: usize, low: u8, high: u8) -> Self {
        let (low, high) = (f32::from(low), f32::from(high));
        let row_height = rect.height() / (high - low + 1.0).max(1.0);
        Self {
            rect,
            steps: steps.max(1),
            middle_pitch: (low + high) / 2.0,
            row_height,
            note_height: row_height.max(2.0) * 0.86,
        }
    }

    /// The step at a horizontal position, with its fraction; also outside the melody.
    pub fn step_at(&self, x: f32) -> f32 {
        (x - self.rect.left()) / self.rect.width() * self.steps as f32
    }

    /// The pitch whose row is at a vertical position; also outside the range of a piano.
    pub fn pitch_at(&self, y: f32) -> i32 {
        (self.middle_pitch + (self.rect.center().y - y) / self.row_height).round() as i32
    }

    /// The vertical position of the middle of a pitch's row.
    pub fn y(&self, pitch: u8) -> f32 {
        self.rect.center().y - (f32::from(pitch) - self.middle_pitch) * self.row_height
    }

    /// The horizontal position of the start of a step.
    pub fn x(&self, step: f32) -> f32 {
        self.rect.left() + self.rect.width() * step / self.steps as f32
    }

    /// The rectangle of a note.
    pub fn note_rect(&self, note: &Note) -> Rect {
        let y = self.y(note.pitch);
        let (from, to) = (self.x(note.start as f32), self.x(note.end as f32));
        Rect::from_min_max(
            pos2(from + 0.5, y - self.note_height / 2.0),
            pos2((to - 1.0).max(from + 2.0), y + self.note_height / 2.0),
        )
    }

    /// Draws grid lines at the first of these intervals, in steps, that keeps the lines far enough apart.
    pub fn paint_grid(&self, painter: &Painter, intervals: &[usize], c: &Colours) {
        let distance = |steps: usize| self.rect.width() * steps as f32 / self.steps as f32;
        let interval = intervals
            .iter()
            .find(|steps| distance(**steps) >= MIN_LINE_DISTANCE);
        for step in interval
            .into_iter()
            .flat_map(|interval| (0..=self.steps).step_by(*interval))
        {
            let opacity = if step % STEPS_PER_BAR == 0 { 1.0 } else { 0.55 };
            let line = Stroke::new(1.0, c.line.gamma_multiply(opacity));
            painter.vline(self.x(step as f32), self.rect.y_range(), line);
        }
    }

    /// Draws the playhead.
    pub fn paint_playhead(&self, painter: &Painter, step: f64, c: &Colours) {
        let x = self.x(step as f32);
        let x = x.clamp(self.rect.left(), self.rect.right());
        painter.vline(x, self.rect.y_range(), Stroke::new(1.5, c.playing));
    }
}

/// Whether the playhead is on a note.
pub(in crate::ui) fn is_sounding(note: &Note, playhead: Option<f64>) -> bool {
    playhead.is_some_and(|step| f64::from(note.start) <= step && step < f64::from(note.end))
}

/// Draws a melody into a rectangle.
pub fn paint(painter: &Painter, rect: Rect, melody: &Melody, style: &RollStyle, c: &Colours) {
    let layout = layout(rect, melody);
    if style.grid {
        // A line for each beat; in a long melody for each bar, in a very long one for every fourth bar.
        let intervals = [STEPS_PER_QUARTER, STEPS_PER_BAR, 4 * STEPS_PER_BAR];
        layout.paint_grid(painter, &intervals, c);
    }
    let corner = (layout.note_height / 3.0).min(2.5);
    for note in melody.notes() {
        let colour = if is_sounding(note, style.playhead) {
            c.playing
        } else {
            style.note
        };
        painter.rect_filled(layout.note_rect(note), corner, colour);
    }
    if let Some(step) = style.playhead {
        let step_rect = Rect::from_min_size(
            pos2(layout.x(step.floor() as f32), rect.top()),
            vec2(rect.width() / layout.steps as f32, rect.height()),
        );
        let colour = c.playing.gamma_multiply(0.07);
        painter.rect_filled(step_rect.intersect(rect), 0.0, colour);
        layout.paint_playhead(painter, step, c);
    }
}

/// The rectangles of the notes in a roll that fills a rectangle.
pub fn note_rects(rect: Rect, melody: &Melody) -> impl Iterator<Item = Rect> {
    let layout = layout(rect, melody);
    melody
        .notes()
        .iter()
        .map(move |note| layout.note_rect(note))
}

fn layout(rect: Rect, melody: &Melody) -> RollLayout {
    RollLayout::new(rect, melody.steps(), melody.notes().iter(), 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{self, Shape};
    use egui_kittest::Harness;

    /// Vertical lines and rectangles of a roll 280 points wide.
    fn painted_shapes(steps: usize) -> (usize, Vec<Rect>) {
        let last = steps as u32;
        let note = |start, end| Note {
            pitch: 60,
            start,
            end,
        };
        let melody = Melody::from_notes(&[note(0, 4), note(last - 4, last)], steps)
            .unwrap_or_else(|error| panic!("{error}"));
        let area = Rect::from_min_size(pos2(10.0, 10.0), vec2(280.0, 80.0));
        let mut harness = Harness::new_ui(move |ui| {
            let colours = crate::ui::theme::colours(ui.visuals());
            let style = RollStyle {
                note: Color32::RED,
                grid: true,
                playhead: None,
            };
            paint(ui.painter(), area, &melody, &style, colours);
        });
        harness.run_steps(1);
        let shapes = &harness.output().shapes;
        let lines = shapes.iter().filter(|shape| {
            matches!(&shape.shape, Shape::LineSegment { points, .. } if points[0].x == points[1].x)
        });
        let notes = shapes.iter().filter_map(|shape| match &shape.shape {
            Shape::Rect(rect) if rect.fill == egui::Color32::RED => Some(rect.rect),
            _ => None,
        });
        (lines.count(), notes.collect())
    }

    #[test]
    fn sixteen_bars_fill_the_roll_with_a_line_for_each_bar() {
        let (beats, two_bars) = painted_shapes(32);
        let (bars, sixteen_bars) = painted_shapes(256);
        // Quarters of two bars, bars of sixteen, and the line behind the last.
        assert_eq!((beats, bars), (9, 17));
        for notes in [two_bars, sixteen_bars] {
            assert_eq!(notes.len(), 2);
            assert!((notes[0].left() - 10.5).abs() < 0.01, "{notes:?}");
            assert!((notes[1].right() - 289.0).abs() < 1.01, "{notes:?}");
        }
    }
}

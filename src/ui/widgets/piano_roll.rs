//! A melody as a piano roll, from a thumbnail to the inspector's large one.

use eframe::egui::{Color32, Painter, Rect, Stroke, pos2, vec2};

use crate::melody::{Melody, Note, STEPS_PER_BAR, STEPS_PER_QUARTER};
use crate::ui::theme::Colours;

/// How to draw a roll.
#[derive(Clone, Copy)]
pub struct Roll {
    /// Colour of a note that does not sound.
    pub note: Color32,
    /// Draw bar and beat lines.
    pub grid: bool,
    /// Playhead in steps, if this melody sounds.
    pub playhead: Option<f64>,
}

/// Lines closer than this are a grey wash, points.
const CLOSEST_LINES: f32 = 5.0;

/// Draws a melody into a rectangle; time goes right, pitch goes up.
pub fn paint(painter: &Painter, rect: Rect, melody: &Melody, roll: &Roll, colours: &Colours) {
    let steps = steps_in(melody);
    let x = |step: f32| rect.left() + rect.width() * step / steps;
    if roll.grid {
        let apart = |steps: usize| rect.width() * steps as f32 / steps_in(melody);
        // The lines of a long melody are bars only, of a very long one every fourth bar.
        let every = [STEPS_PER_QUARTER, STEPS_PER_BAR, 4 * STEPS_PER_BAR]
            .into_iter()
            .find(|steps| apart(*steps) >= CLOSEST_LINES);
        for step in every
            .map(|every| (0..=melody.steps()).step_by(every))
            .into_iter()
            .flatten()
        {
            let strong = step % STEPS_PER_BAR == 0;
            let line = colours.line.gamma_multiply(if strong { 1.0 } else { 0.55 });
            painter.vline(x(step as f32), rect.y_range(), Stroke::new(1.0, line));
        }
    }
    for (shape, note) in bars(rect, melody) {
        let sounds = roll
            .playhead
            .is_some_and(|step| f64::from(note.start) <= step && step < f64::from(note.end));
        let colour = if sounds { colours.playing } else { roll.note };
        painter.rect_filled(shape, (shape.height() / 3.0).min(2.5), colour);
    }
    if let Some(step) = roll.playhead {
        let at = x(step as f32).clamp(rect.left(), rect.right());
        let column = Rect::from_min_size(
            pos2(x((step.floor()) as f32), rect.top()),
            vec2(rect.width() / steps, rect.height()),
        );
        painter.rect_filled(
            column.intersect(rect),
            0.0,
            colours.playing.gamma_multiply(0.07),
        );
        painter.vline(at, rect.y_range(), Stroke::new(1.5, colours.playing));
    }
}

/// The bar of each note in a roll that fills a rectangle.
pub fn bars(rect: Rect, melody: &Melody) -> impl Iterator<Item = (Rect, &Note)> {
    let steps = steps_in(melody);
    let x = move |step: u32| rect.left() + rect.width() * step as f32 / steps;
    // Enough pitches that a single note does not fill the roll, never fewer than an octave.
    let pitches = || melody.notes().iter().map(|note| f32::from(note.pitch));
    let low = pitches().fold(f32::INFINITY, f32::min);
    let high = pitches().fold(f32::NEG_INFINITY, f32::max);
    let middle = (low + high) / 2.0;
    let rows = (high - low + 3.0).max(14.0);
    let row = rect.height() / rows;
    let height = row.clamp(2.0, 10.0) * 0.86;
    melody.notes().iter().map(move |note| {
        let y = rect.center().y - (f32::from(note.pitch) - middle) * row;
        let (from, to) = (x(note.start), x(note.end));
        let bar = Rect::from_min_max(
            pos2(from + 0.5, y - height / 2.0),
            pos2((to - 1.0).max(from + 2.0), y + height / 2.0),
        );
        (bar, note)
    })
}

fn steps_in(melody: &Melody) -> f32 {
    melody.steps().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{self, Shape};
    use egui_kittest::Harness;

    /// Vertical lines and rectangles of a roll 280 points wide.
    fn painted(steps: usize) -> (usize, Vec<Rect>) {
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
            let roll = Roll {
                note: Color32::RED,
                grid: true,
                playhead: None,
            };
            paint(ui.painter(), area, &melody, &roll, colours);
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
        let (beats, two_bars) = painted(32);
        let (bars, sixteen_bars) = painted(256);
        // Quarters of two bars, bars of sixteen, and the line behind the last.
        assert_eq!((beats, bars), (9, 17));
        for notes in [two_bars, sixteen_bars] {
            assert_eq!(notes.len(), 2);
            assert!((notes[0].left() - 10.5).abs() < 0.01, "{notes:?}");
            assert!((notes[1].right() - 289.0).abs() < 1.01, "{notes:?}");
        }
    }
}

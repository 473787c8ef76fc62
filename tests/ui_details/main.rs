//! Tests of details of the window: names, positions, menus, notices.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod axes;
mod fields;
mod menus;
mod names;
mod notices;
mod positions;
mod side_panels;
mod slice;

#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::PathBuf;

use eframe::egui::epaint::Shape;
use eframe::egui::{Event, Modifiers, PointerButton, Pos2, Rect};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;

use window::fake_model::FakeModel;
use window::{Setup, Window};

/// A window with a finished sweep of 180 melodies, laid out and at rest.
fn open() -> Window {
    Setup::new(FakeModel::busy(), 8).open().swept()
}

/// Adds the rectangles of a text in a shape, each with whether the text ends in an ellipsis there.
fn collect_rects_of_text(shape: &Shape, wanted: &str, found: &mut Vec<(Rect, bool)>) {
    match shape {
        Shape::Vec(shapes) => shapes
            .iter()
            .for_each(|shape| collect_rects_of_text(shape, wanted, found)),
        Shape::Text(text) if text.galley.text() == wanted => {
            let rect = text.galley.rect.translate(text.pos.to_vec2());
            found.push((rect, text.galley.elided));
        }
        _ => {}
    }
}

impl Window {
    /// The rectangles in which this text is painted, each with whether it ends in an ellipsis there.
    fn painted(&self, text: &str) -> Vec<(Rect, bool)> {
        let mut found = Vec::new();
        for clipped in &self.harness.output().shapes {
            collect_rects_of_text(&clipped.shape, text, &mut found);
        }
        found
    }

    /// Number of widgets whose labels contain this text.
    fn count(&self, words: &str) -> usize {
        self.harness.query_all_by_label_contains(words).count()
    }

    /// Whether a widget has exactly this label. [`Self::count`] would also find names in the list of melodies.
    fn shows(&self, text: &str) -> bool {
        self.harness.query_all_by_label(text).next().is_some()
    }

    fn click_containing(&mut self, words: &str) {
        self.harness.get_by_label_contains(words).click();
        self.harness.run_steps(3);
    }

    fn point_of(&self, id: MelodyId) -> Pos2 {
        self.harness.state().map().position(id).unwrap()
    }

    fn right_click_at(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        for pressed in [true, false] {
            self.harness.event(Event::PointerButton {
                pos: at,
                button: PointerButton::Secondary,
                pressed,
                modifiers: Modifiers::NONE,
            });
            // A click of a hand is longer than a frame.
            self.harness.run_steps(2);
        }
        self.harness.run_steps(3);
    }

    /// The exported files, sorted by name.
    fn exported(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("exported")).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }
}

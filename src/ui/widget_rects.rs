//! Rectangles of some widgets, for the state file, from which end-to-end tests read where to click.

/// Does nothing without the feature `state-file`.
#[cfg(not(feature = "state-file"))]
pub(super) fn record_rect(_: &eframe::egui::Context, _: &str, _: eframe::egui::Rect) {}

#[cfg(feature = "state-file")]
pub(super) use recorded::{record_rect, rects_of_frame};

#[cfg(feature = "state-file")]
mod recorded {
    use std::collections::BTreeMap;

    use eframe::egui::{Context, Id, Rect};

    /// For each widget name, the number of the pass in which it was last drawn, and its rectangle.
    type Rects = BTreeMap<String, (u64, Rect)>;

    fn id() -> Id {
        Id::unique("rectangles of widgets")
    }

    /// Records the rectangle of a widget in this frame.
    pub fn record_rect(ctx: &Context, name: &str, rect: Rect) {
        let pass = ctx.cumulative_pass_nr();
        ctx.data_mut(|data| {
            let rects: &mut Rects = data.get_temp_mut_or_default(id());
            rects.insert(name.to_owned(), (pass, rect));
        });
    }

    /// The rectangles recorded in this frame.
    pub fn rects_of_frame(ctx: &Context) -> BTreeMap<String, Rect> {
        let pass = ctx.cumulative_pass_nr();
        let rects: Rects = ctx.data(|data| data.get_temp(id())).unwrap_or_default();
        rects
            .into_iter()
            .filter(|(_, (last_pass, _))| *last_pass == pass)
            .map(|(name, (_, rect))| (name, rect))
            .collect()
    }
}

//! Rectangles of some widgets, for the state file: an end-to-end test reads there where to click.

/// Does nothing without the feature `state-file`.
#[cfg(not(feature = "state-file"))]
pub(super) fn record_rect(_: &eframe::egui::Context, _: &str, _: eframe::egui::Rect) {}

#[cfg(feature = "state-file")]
pub(super) use recorded::{record_rect, rects_of_frame};

#[cfg(feature = "state-file")]
mod recorded {
    use std::collections::BTreeMap;

    use eframe::egui::{Context, Id, Rect};

    /// By name: the frame in which a widget was drawn last, and its rectangle there.
    type Rects = BTreeMap<String, (u64, Rect)>;

    fn id() -> Id {
        Id::unique("rectangles of widgets")
    }

    /// Records the rectangle of a widget in this frame.
    pub fn record_rect(ctx: &Context, name: &str, rect: Rect) {
        let frame = ctx.cumulative_pass_nr();
        ctx.data_mut(|data| {
            let rects: &mut Rects = data.get_temp_mut_or_default(id());
            rects.insert(name.to_owned(), (frame, rect));
        });
    }

    /// The rectangles recorded in this frame.
    pub fn rects_of_frame(ctx: &Context) -> BTreeMap<String, Rect> {
        let frame = ctx.cumulative_pass_nr();
        let rects: Rects = ctx.data(|data| data.get_temp(id())).unwrap_or_default();
        rects
            .into_iter()
            .filter(|(_, (drawn, _))| *drawn == frame)
            .map(|(name, (_, rect))| (name, rect))
            .collect()
    }
}

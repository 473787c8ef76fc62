//! Where a few widgets were drawn in this frame, so that the state file can tell a script where to click.

use std::collections::BTreeMap;

use eframe::egui::{Context, Id, Rect};

/// Name, and the frame it was drawn in.
type Seen = BTreeMap<String, (u64, Rect)>;

fn id() -> Id {
    Id::unique("where widgets were drawn")
}

/// Notes where a widget was drawn.
pub(super) fn drawn(ctx: &Context, name: &str, rect: Rect) {
    let frame = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| {
        let seen: &mut Seen = data.get_temp_mut_or_default(id());
        seen.insert(name.to_owned(), (frame, rect));
    });
}

/// The widgets of this frame.
pub(super) fn in_this_frame(ctx: &Context) -> BTreeMap<String, Rect> {
    let frame = ctx.cumulative_pass_nr();
    let seen: Seen = ctx.data(|data| data.get_temp(id())).unwrap_or_default();
    seen.into_iter()
        .filter(|(_, (drawn, _))| *drawn == frame)
        .map(|(name, (_, rect))| (name, rect))
        .collect()
}

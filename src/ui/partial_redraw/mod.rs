//! Drawing anew only what changed in the window, for machines without a graphics card.
//!
//! eframe draws every shape of the window in every frame. A graphics card does that in a millisecond; a processor that takes
//! its place needs a hundred, mostly for pixels that are equal to those of the frame before. [`PartialRedraw`] therefore
//! keeps a picture of the whole window. It replaces the shapes of a frame by this picture, and by those shapes that touch an
//! area in which the frame differs from the picture:
//!
//! ```text
//! shapes of a frame ──► changes: areas that differ from the picture ──┬─ few ──► picture + shapes cut to these areas
//!                                                                     └─ many ─► all shapes
//! ```
//!
//! - `changes`: the areas in which two frames differ
//! - `cut`: the shapes that touch an area
//! - `picture`: the picture of the window, a texture

mod changes;
mod cut;
mod picture;

use eframe::egui::epaint::ClippedShape;
use eframe::egui::{Context, FullOutput, Plugin, Rect, ViewportId};

use crate::ui::theme::window_colour;
use changes::{Areas, changed_areas};
use cut::cut;
use picture::Picture;
pub use picture::PictureTarget;

/// Part of the window that may differ from the picture before a new picture is considered.
const SMALL_PART: f32 = 0.03;

/// A plugin of egui that replaces most shapes of a frame by a picture of them.
pub struct PartialRedraw {
    target: PictureTarget,
    picture: Option<Picture>,
    /// The shapes that the picture shows.
    pictured: Option<Vec<ClippedShape>>,
    /// The shapes of the last frame.
    last: Vec<ClippedShape>,
    /// Size in pixels and pixels per point of the last frame.
    scale: ([u32; 2], f32),
    /// Number of the last frame. A frame may take several passes, of which the last is shown.
    frame: u64,
    /// Whether the textures that the last frame uses have been uploaded.
    is_uploaded: bool,
}

impl PartialRedraw {
    /// Draws pictures with `target`.
    pub fn new(target: PictureTarget) -> Self {
        Self {
            target,
            picture: None,
            pictured: None,
            last: Vec::new(),
            scale: ([0; 2], 0.0),
            frame: 0,
            is_uploaded: false,
        }
    }

    /// The areas in which these shapes differ from the picture, after a new picture if that is worth it; `None` if there is
    /// none that is of use.
    fn areas(&mut self, ctx: &Context, shapes: &[ClippedShape], window: Rect) -> Option<Areas> {
        let pixels_per_point = self.scale.1;
        let differ =
            |before: &[ClippedShape]| changed_areas(before, shapes, window, pixels_per_point);
        let from_picture = self.pictured.as_deref().and_then(differ);
        if let Some(areas) = &from_picture
            && areas.part_of(window) <= SMALL_PART
        {
            return from_picture;
        }
        // What differs from the picture but not from the last frame will likely stay.
        let from_last = differ(&self.last);
        let stays = match (&from_picture, &from_last) {
            (Some(picture), Some(last)) => last.part_of(window) < 0.5 * picture.part_of(window),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if !stays {
            return from_picture;
        }
        let picture = self
            .picture
            .get_or_insert_with(|| Picture::new(&self.target, self.scale.0));
        let clear = window_colour(&ctx.global_style().visuals);
        picture.draw(&self.target, ctx, shapes.to_vec(), pixels_per_point, clear);
        self.pictured = Some(shapes.to_vec());
        Some(Areas::default())
    }
}

impl Plugin for PartialRedraw {
    fn debug_name(&self) -> &'static str {
        "partial redraw"
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        if ctx.viewport_id() != ViewportId::ROOT {
            return;
        }
        let window = ctx.viewport_rect();
        let pixels_per_point = output.pixels_per_point;
        let pixels = (window.size() * pixels_per_point).round();
        let scale = ([pixels.x as u32, pixels.y as u32], pixels_per_point);
        if self.scale.0 != scale.0 {
            self.picture = None;
        }
        let frame = ctx.cumulative_frame_nr();
        let is_hidden = ctx.input(|input| {
            let viewport = input.viewport();
            viewport.minimized == Some(true) || viewport.occluded == Some(true)
        });
        // A changed texture is uploaded after this, and shapes do not tell what is in it.
        let is_new = self.scale != scale
            || frame == self.frame
            || is_hidden
            || !output.textures_delta.set.is_empty();
        let was_uploaded = std::mem::replace(&mut self.is_uploaded, !is_new);
        (self.scale, self.frame) = (scale, frame);
        if is_new || pixels.min_elem() < 1.0 {
            self.pictured = None;
            self.last = output.shapes.clone();
            return;
        }
        if !was_uploaded {
            self.last = output.shapes.clone();
            return;
        }
        let Some(areas) = self.areas(ctx, &output.shapes, window) else {
            self.last = output.shapes.clone();
            return;
        };
        let Some(picture) = &self.picture else {
            return;
        };
        let mut drawn = vec![picture.shape(window)];
        let clear = window_colour(&ctx.global_style().visuals);
        cut(&output.shapes, &areas, clear, pixels_per_point, &mut drawn);
        self.last = std::mem::replace(&mut output.shapes, drawn);
    }
}

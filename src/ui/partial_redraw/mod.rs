//! Redrawing only the changed areas of the window, for machines without a graphics card.
//!
//! eframe draws every shape of the window in every frame. A graphics card does that in a millisecond, a processor in a hundred,
//! mostly for pixels that are equal to those of the previous frame. [`PartialRedraw`] therefore
//! keeps a picture of the whole window. It replaces the shapes of a frame by this picture, and by those shapes that touch an
//! area in which the frame differs from the picture:
//!
//! ```text
//! shapes of a frame ──► changes: areas that differ from the picture ──┬─ few ──► picture + shapes clipped to these areas
//!                                                                     └─ many ─► all shapes
//! ```
//!
//! - `changes`: the areas in which two frames differ
//! - `clip`: clips shapes to the changed areas
//! - `picture`: the picture of the window, a texture

mod changes;
mod clip;
mod picture;

use eframe::egui::epaint::ClippedShape;
use eframe::egui::{Context, FullOutput, Plugin, Rect, ViewportId};

use crate::ui::theme::window_colour;
use changes::{Areas, changed_areas};
use clip::clip_to_areas;
use picture::Picture;
pub use picture::PictureTarget;

/// Fraction of the window that may differ from the picture before a new picture is considered.
const SMALL_FRACTION: f32 = 0.03;

/// A plugin of egui that replaces most shapes of a frame by a picture of them.
pub struct PartialRedraw {
    target: PictureTarget,
    picture: Option<Picture>,
    /// The shapes that the picture shows.
    picture_shapes: Option<Vec<ClippedShape>>,
    /// The shapes of the last frame.
    last_shapes: Vec<ClippedShape>,
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
            picture_shapes: None,
            last_shapes: Vec::new(),
            scale: ([0; 2], 0.0),
            frame: 0,
            is_uploaded: false,
        }
    }

    /// The areas in which these shapes differ from the picture, which is drawn again first if that pays off. `None` if all shapes
    /// are to be drawn.
    fn update_areas(
        &mut self,
        ctx: &Context,
        shapes: &[ClippedShape],
        window: Rect,
    ) -> Option<Areas> {
        let pixels_per_point = self.scale.1;
        let areas_against =
            |before: &[ClippedShape]| changed_areas(before, shapes, window, pixels_per_point);
        let picture_areas = self.picture_shapes.as_deref().and_then(areas_against);
        if let Some(areas) = &picture_areas
            && areas.covered_fraction(window) <= SMALL_FRACTION
        {
            return picture_areas;
        }
        // Changes against the picture that were there in the last frame too are likely to stay.
        let last_areas = areas_against(&self.last_shapes);
        let likely_stays = match (&picture_areas, &last_areas) {
            (Some(picture_areas), Some(last_areas)) => {
                last_areas.covered_fraction(window) < 0.5 * picture_areas.covered_fraction(window)
            }
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if !likely_stays {
            return picture_areas;
        }
        let picture = self
            .picture
            .get_or_insert_with(|| Picture::new(&self.target, self.scale.0));
        let clear = window_colour(&ctx.global_style().visuals);
        picture.draw(&self.target, ctx, shapes.to_vec(), pixels_per_point, clear);
        self.picture_shapes = Some(shapes.to_vec());
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
        // A changed texture is uploaded after this, and its change does not show in the shapes.
        let must_draw_all = self.scale != scale
            || frame == self.frame
            || is_hidden
            || !output.textures_delta.set.is_empty();
        let was_uploaded = std::mem::replace(&mut self.is_uploaded, !must_draw_all);
        (self.scale, self.frame) = (scale, frame);
        if must_draw_all || pixels.min_elem() < 1.0 {
            self.picture_shapes = None;
            self.last_shapes = output.shapes.clone();
            return;
        }
        if !was_uploaded {
            self.last_shapes = output.shapes.clone();
            return;
        }
        let Some(areas) = self.update_areas(ctx, &output.shapes, window) else {
            self.last_shapes = output.shapes.clone();
            return;
        };
        let Some(picture) = &self.picture else {
            return;
        };
        let mut drawn = vec![picture.shape(window)];
        let clear = window_colour(&ctx.global_style().visuals);
        clip_to_areas(&output.shapes, &areas, clear, pixels_per_point, &mut drawn);
        self.last_shapes = std::mem::replace(&mut output.shapes, drawn);
    }
}

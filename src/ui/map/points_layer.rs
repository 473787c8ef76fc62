//! The layer of points: their positions on screen, and the one mesh that shows them.
//!
//! Both are kept until what they show changes, so that a frame with many thousand points costs a copy.

use std::sync::Arc;

use eframe::egui::{Color32, Mesh, Pos2, Rect};

use super::camera::View;
use super::disc_atlas::{Disc, DiscAtlas};
use super::map_points::{MapPoint, MapPoints};
use super::screen_point::{ScreenPoint, is_sample_of};
use super::screen_points::ScreenPoints;
use crate::sweep::MelodyId;
use crate::ui::palette::{Palette, Ramp};
use crate::ui::theme::{Colours, mix};

/// Radius of a region at fit zoom, points.
const REGION_RADIUS: f32 = 5.0;
/// Radius of a sample at fit zoom, points.
const SAMPLE_RADIUS: f32 = 1.7;
/// Radius of a sample of the open region, points.
const OPEN_RADIUS: f32 = 3.2;
/// Radius of a steered or generated melody, points.
const STEERED_RADIUS: f32 = 3.4;
/// Width of the outline around a point.
const OUTLINE: f32 = 1.2;
/// Distance from the centre of the open region within which four fifths of its samples lie once it is open, points.
const OPEN_SPREAD_RADIUS: f64 = 54.0;
/// Opacity of a dimmed point, relative to its normal one: in the dark theme, and in the light one, where the light end of the
/// palettes is near the background.
const DIM_OPACITIES: [f32; 2] = [0.12, 0.25];
/// Opacity of the outline of a dimmed point in both themes, which keeps regions visible whatever their colour.
const DIM_OUTLINE_OPACITIES: [f32; 2] = [0.2, 0.4];

/// Everything that the drawn points depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawParams {
    /// Generation and version of the map's melodies, and the index of the colour attribute.
    pub data_versions: (u64, u64, usize),
    /// Version of the filter.
    pub filter: u64,
    /// Version of what the sliders highlight.
    pub highlight_version: u64,
    /// Limits of the colour bar.
    pub limits: (f64, f64),
    /// Palette of the attribute's colours.
    pub palette: Palette,
    /// Whether the dark theme is used.
    pub dark: bool,
    /// The visible part of the map.
    pub view: View,
    /// Zoom, 1 for the whole map.
    pub zoom: f64,
    /// The widget's rectangle.
    pub rect: Rect,
    /// The open region, and how far it has opened (0 to 1).
    pub open: Option<(u32, f32)>,
    /// Whether a region's samples lie around its centre, so that they can be spread out.
    pub samples_around_centres: bool,
    /// Progress of the transition to another layout, 0 to 1.
    pub transition: f32,
    /// Pixels per point.
    pub pixels_per_point: f32,
}

impl DrawParams {
    /// The region whose samples are spread out, and so do not move with the camera like the others.
    fn spread_region(&self) -> Option<u32> {
        self.open
            .map(|(region, _)| region)
            .filter(|_| self.samples_around_centres)
    }

    /// Whether all points have the same order, and all but those of the spread region the same position on the map.
    fn has_same_positions(&self, other: &Self) -> bool {
        let key = |params: &Self| {
            (
                (params.data_versions.0, params.data_versions.1),
                params.open.map(|(region, _)| region),
                params.samples_around_centres,
                params.transition.to_bits(),
            )
        };
        key(self) == key(other)
    }
}

/// The points as they were last drawn.
pub struct PointsLayer {
    pub(super) params: DrawParams,
    pub(super) points: ScreenPoints,
    pub(super) mesh: Arc<Mesh>,
}

impl PointsLayer {
    /// The layer for these parameters: the last one if nothing has changed. Otherwise its memory is used again, as
    /// allocating anew in each frame costs more than drawing.
    pub fn refresh(
        last: Option<Self>,
        map_points: &MapPoints,
        atlas: &DiscAtlas,
        params: DrawParams,
        c: &Colours,
    ) -> Self {
        let rect = params.rect;
        let (same_positions, mut list, grid, mesh) = match last {
            Some(layer) if layer.params == params => return layer,
            Some(Self {
                params: old_params,
                points,
                mesh,
            }) => (
                old_params.has_same_positions(&params),
                points.list,
                Some(points.grid),
                Some(mesh),
            ),
            None => (false, Vec::new(), None, None),
        };
        // The renderer has dropped the last mesh by now; if not, a new one is allocated.
        let mut mesh = atlas.empty_mesh(mesh.and_then(|mesh| Arc::try_unwrap(mesh).ok()));
        map_points.draw(&params, c, &mut list, &mut mesh);
        let mut points = match grid.filter(|_| same_positions) {
            Some(grid) => ScreenPoints { list, grid },
            None => {
                let spread_region = params.spread_region();
                let fixed = |point: &ScreenPoint| {
                    spread_region.is_some_and(|region| is_sample_of(point.id, region))
                };
                ScreenPoints::new(list, (params.view, rect), fixed)
            }
        };
        points.grid.set_camera(params.view, rect);
        Self {
            params,
            points,
            mesh: Arc::new(mesh),
        }
    }
}

/// How the points of one kind look, normal and dimmed.
struct PointStyle {
    radius: f32,
    disc: Disc,
    outline: Option<(Disc, [Color32; 2])>,
    ramps: [Ramp; 2],
}

impl PointStyle {
    fn new(
        params: &DrawParams,
        c: &Colours,
        radius: f32,
        outline: Option<Color32>,
        opacity: f32,
    ) -> Self {
        let theme = usize::from(!params.dark);
        let dim = DIM_OPACITIES[theme];
        let opacities = [opacity, dim * opacity];
        let no_value = c.muted.gamma_multiply(0.55);
        Self {
            radius,
            disc: Disc::new(radius, params.pixels_per_point),
            outline: outline.map(|colour| {
                let disc = Disc::new(radius + OUTLINE, params.pixels_per_point);
                let dimmed = c
                    .muted
                    .gamma_multiply(DIM_OUTLINE_OPACITIES[theme] * opacity);
                (disc, [colour.gamma_multiply(opacity), dimmed])
            }),
            ramps: opacities
                .map(|opacity| Ramp::new(params.palette, params.limits, no_value, opacity)),
        }
    }

    fn draw(&self, mesh: &mut Mesh, point: &MapPoint, position: Pos2) {
        let variant = usize::from(point.dim);
        if let Some((disc, colours)) = &self.outline {
            disc.draw(mesh, position, colours[variant]);
        }
        self.disc
            .draw(mesh, position, self.ramps[variant].colour(point.value));
    }
}

impl MapPoints {
    /// Centre of the open region, and the factor by which its samples are spread out so that they can be told apart.
    fn spread_of_open_region(&self, params: &DrawParams) -> Option<([f64; 2], f64)> {
        let (region, openness) = params.open?;
        if !params.samples_around_centres {
            return Some(([0.0; 2], 1.0));
        }
        let centre = *self.region_positions.get(region as usize)?;
        let mut distances: Vec<f64> = self
            .list
            .iter()
            .filter(|point| is_sample_of(point.id, region))
            .map(|point| (point.position[0] - centre[0]).hypot(point.position[1] - centre[1]))
            .collect();
        distances.sort_by(f64::total_cmp);
        let distance = distances.get(distances.len() * 4 / 5).copied()? * params.view.scale;
        let factor = (OPEN_SPREAD_RADIUS / distance.max(1e-9)).clamp(1.0, 40.0);
        Some((centre, 1.0 + (factor - 1.0) * f64::from(openness)))
    }

    /// Places every point on screen and draws the visible ones.
    fn draw(&self, params: &DrawParams, c: &Colours, list: &mut Vec<ScreenPoint>, mesh: &mut Mesh) {
        let growth = (params.zoom as f32).clamp(0.5, 8.0).powf(0.4);
        let spread = self.spread_of_open_region(params);
        let open = params.open.map(|(region, _)| region);
        let visible = params.rect.expand(16.0);
        let outline = Some(mix(c.background, Color32::BLACK, 0.5));
        let style = |radius, outline, opacity| PointStyle::new(params, c, radius, outline, opacity);
        let sample_opacity = if open.is_some() { 0.45 } else { 0.8 };
        let samples = style(SAMPLE_RADIUS * growth, None, sample_opacity);
        let region_radius = REGION_RADIUS * growth.min(1.6);
        let regions = style(region_radius, outline, 1.0);
        let other_regions = style(region_radius, outline, 0.8);
        let pending_regions = style(region_radius, outline, 0.3);
        let generated = style(STEERED_RADIUS * growth.min(1.6), Some(c.text), 1.0);
        let open_samples = style(OPEN_RADIUS * growth.min(1.5), outline, 1.0);

        list.clear();
        list.reserve(self.list.len());
        mesh.reserve_vertices(3 * self.list.len());
        mesh.reserve_triangles(self.list.len());
        let mut draw = |point: &MapPoint, position: [f64; 2], style: &PointStyle| {
            let screen_position = params.view.to_screen(params.rect, position);
            list.push(ScreenPoint {
                id: point.id,
                position: screen_position,
                radius: style.radius,
                ready: point.ready,
            });
            if visible.contains(screen_position) {
                style.draw(mesh, point, screen_position);
            }
        };
        for (index, point) in self.list.iter().enumerate() {
            let style = match point.id {
                MelodyId::Sample { region, .. } if Some(region) == open => continue,
                MelodyId::Sample { .. } => &samples,
                MelodyId::Centre { region } => match (point.ready, open) {
                    (false, _) => &pending_regions,
                    (true, Some(open)) if open != region => &other_regions,
                    _ => &regions,
                },
                MelodyId::Steered { .. } | MelodyId::Generated { .. } => &generated,
            };
            draw(point, self.position(index, point, params.transition), style);
        }
        // The open region's samples are drawn last, above everything else.
        if let (Some((centre, factor)), Some(open)) = (spread, open) {
            for (index, point) in self.list.iter().enumerate() {
                if is_sample_of(point.id, open) {
                    let position = self.position(index, point, params.transition);
                    let spread_position =
                        [0, 1].map(|axis| centre[axis] + (position[axis] - centre[axis]) * factor);
                    draw(point, spread_position, &open_samples);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{composite_over, contrast, themes};

    #[test]
    fn dimmed_regions_are_seen_in_every_colour_of_both_themes() {
        let min_contrasts = [1.3, 1.7];
        for (theme, c) in themes().into_iter().enumerate() {
            let ring = composite_over(
                c.muted.gamma_multiply(DIM_OUTLINE_OPACITIES[theme]),
                c.background,
            );
            let ring_contrast = contrast(ring, c.background);
            assert!(ring_contrast > min_contrasts[theme], "{ring_contrast:.2}");
            for step in 0..=20 {
                for palette in Palette::ALL {
                    let fill = palette.colour(f64::from(step) / 20.0);
                    let disc = composite_over(fill.gamma_multiply(DIM_OPACITIES[theme]), ring);
                    let disc_contrast = contrast(disc, c.background);
                    assert!(
                        disc_contrast > 1.2,
                        "{palette:?} {step}: {disc_contrast:.2}"
                    );
                }
            }
        }
    }
}

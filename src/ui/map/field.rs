//! The field: an attribute between the points of the map.
//!
//! Gaussian kernel regression (Nadaraya 1964, Watson 1964) over all melodies, or over the regions' means, on a grid. Points are
//! binned linearly onto the grid and then blurred, which costs about the same for any number of them (Silverman 1982, Wand
//! 1994). The filled levels are a texture; the contours between them are lines, sharp at any zoom. Both are independent of
//! the camera.

use eframe::egui::{
    Color32, ColorImage, Context, Mesh, Painter, Rect, Shape, Stroke, TextureHandle,
    TextureOptions, pos2,
};

use super::camera::{View, bounds};
use super::contours::{Contour, contours};
use crate::ui::palette::{Palette, normalize};

/// Edge of the grid on which the regression is computed.
const GRID_SIZE: usize = 160;
/// Edge of the texture.
const TEXTURE_SIZE: usize = 480;
/// Number of filled levels.
const LEVEL_COUNT: usize = 11;
/// Maximum opacity of the field.
const MAX_OPACITY: f32 = 0.32;
/// Opacity of the contours.
const CONTOUR_OPACITY: f32 = 0.30;
/// Sums of the kernels (`Surface::weight`) at which the field starts to be visible, and at which it has its maximum opacity.
const VISIBLE_WEIGHTS: (f32, f32) = (0.12, 0.87);
/// Maximum number of points that the width of the kernel depends on: with more, the field gets no finer.
const MAX_DETAIL: usize = 900;

/// What the field is computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldInput {
    /// Map position and shown value of each melody or region that has one.
    pub points: Vec<([f64; 2], f64)>,
    /// Ends of the colour bar.
    pub limits: (f64, f64),
    /// Colours.
    pub palette: Palette,
}

/// The field as a texture over a square of the map, and its contours.
pub struct Field {
    texture: TextureHandle,
    contours: Vec<(Contour, Color32)>,
    low: [f64; 2],
    side: f64,
}

impl Field {
    /// Computes the field; `None` for less than three points.
    pub fn new(ctx: &Context, input: &FieldInput) -> Option<Self> {
        if input.points.len() < 3 {
            return None;
        }
        let positions: Vec<[f64; 2]> = input.points.iter().map(|(at, _)| *at).collect();
        let [low, high] = bounds(&positions)?;
        let spread = (high[0] - low[0]).max(high[1] - low[1]).max(1e-9);
        let margin = 0.16 * spread;
        let side = spread + 2.0 * margin;
        let low = [
            (low[0] + high[0] - side) / 2.0,
            (low[1] + high[1] - side) / 2.0,
        ];
        // Wide enough to cover the space between neighbours.
        let detail = positions.len().min(MAX_DETAIL) as f64;
        let width = 0.62 * spread / detail.sqrt().max(2.0);
        let surface = Surface::regress(input, low, side, width);
        let image = surface.image(input.palette);
        let options = TextureOptions::LINEAR;
        Some(Self {
            texture: ctx.load_texture("field", image, options),
            contours: surface.contours(input.palette, low, side),
            low,
            side,
        })
    }

    /// The filled levels as seen by a view.
    pub fn shape(&self, rect: Rect, view: &View, opacity: f32) -> Shape {
        let high = [self.low[0] + self.side, self.low[1] + self.side];
        let target = Rect::from_two_pos(view.to_screen(rect, self.low), view.to_screen(rect, high));
        let mut mesh = Mesh::with_texture(self.texture.id());
        mesh.add_rect_with_uv(
            target,
            Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)),
            Color32::WHITE.gamma_multiply(opacity),
        );
        Shape::mesh(mesh)
    }

    /// Draws the contours between the levels as seen by a view.
    pub fn paint_contours(&self, painter: &Painter, rect: Rect, view: &View, opacity: f32) {
        for (contour, colour) in &self.contours {
            let points: Vec<_> = contour
                .points
                .iter()
                .map(|at| view.to_screen(rect, *at))
                .collect();
            if !Rect::from_points(&points).intersects(rect) {
                continue;
            }
            let stroke = Stroke::new(1.0, colour.gamma_multiply(CONTOUR_OPACITY * opacity));
            painter.add(if contour.closed {
                Shape::closed_line(points, stroke)
            } else {
                Shape::line(points, stroke)
            });
        }
    }
}

/// Regression on a grid at the middles of its cells, row 0 at the top of the map.
struct Surface {
    /// Regressed value per cell, relative to the limits, 0 to 1.
    value: Vec<f32>,
    /// Sum of the kernels per cell.
    weight: Vec<f32>,
}

impl Surface {
    fn regress(input: &FieldInput, low: [f64; 2], side: f64, width: f64) -> Self {
        let cells_per_unit = GRID_SIZE as f64 / side;
        let mut value = vec![0.0_f32; GRID_SIZE * GRID_SIZE];
        let mut weight = vec![0.0_f32; GRID_SIZE * GRID_SIZE];
        for (point, display_value) in &input.points {
            let t = normalize(*display_value, input.limits) as f32;
            let x = (point[0] - low[0]) * cells_per_unit - 0.5;
            let y = (low[1] + side - point[1]) * cells_per_unit - 0.5;
            let (column, row) = (x.floor(), y.floor());
            let (right, down) = ((x - column) as f32, (y - row) as f32);
            for (dx, dy, fraction) in [
                (0.0, 0.0, (1.0 - right) * (1.0 - down)),
                (1.0, 0.0, right * (1.0 - down)),
                (0.0, 1.0, (1.0 - right) * down),
                (1.0, 1.0, right * down),
            ] {
                let (column, row) = (column + dx, row + dy);
                let is_inside = |index: f64| (0.0..GRID_SIZE as f64).contains(&index);
                if !is_inside(column) || !is_inside(row) {
                    continue;
                }
                let cell = row as usize * GRID_SIZE + column as usize;
                if let (Some(value), Some(weight)) = (value.get_mut(cell), weight.get_mut(cell)) {
                    *value += fraction * t;
                    *weight += fraction;
                }
            }
        }
        let kernel = kernel(width * cells_per_unit);
        let mut value = blur(&value, &kernel);
        let mut weight = blur(&weight, &kernel);
        for (value, weight) in value.iter_mut().zip(&weight) {
            *value /= weight.max(1e-12);
        }
        // The margin of the field does not grow with the number of points.
        let fraction = (MAX_DETAIL as f32 / input.points.len().max(1) as f32).min(1.0);
        for weight in &mut weight {
            *weight *= fraction;
        }
        Self { value, weight }
    }

    fn image(&self, palette: Palette) -> ColorImage {
        let colours: Vec<Color32> = (0..=LEVEL_COUNT)
            .map(|level| palette.colour(level as f64 / LEVEL_COUNT as f64))
            .collect();
        let mut image = ColorImage::filled([TEXTURE_SIZE, TEXTURE_SIZE], Color32::TRANSPARENT);
        let ratio = GRID_SIZE as f32 / TEXTURE_SIZE as f32;
        for y in 0..TEXTURE_SIZE {
            let gy = ((y as f32 + 0.5) * ratio - 0.5).clamp(0.0, GRID_SIZE as f32 - 1.001);
            for x in 0..TEXTURE_SIZE {
                let gx = ((x as f32 + 0.5) * ratio - 0.5).clamp(0.0, GRID_SIZE as f32 - 1.001);
                let (weight, _) = sample(&self.weight, gx, gy);
                // Fades out with the distance from the melodies.
                let visibility = ((weight - VISIBLE_WEIGHTS.0)
                    / (VISIBLE_WEIGHTS.1 - VISIBLE_WEIGHTS.0))
                    .clamp(0.0, 1.0);
                if visibility <= 0.0 {
                    continue;
                }
                let fade = visibility * visibility * (3.0 - 2.0 * visibility);
                let (value, slope) = sample(&self.value, gx, gy);
                let value = value * LEVEL_COUNT as f32;
                // Flat inside a level, with an edge about one texel wide.
                let level = value.floor();
                let step = slope * LEVEL_COUNT as f32 * ratio;
                let edge = ((value - level - 1.0) / step.max(1e-4) + 1.0).clamp(0.0, 1.0);
                let (Some(from), Some(to), Some(pixel)) = (
                    colours.get(level as usize),
                    colours.get((level as usize + 1).min(colours.len() - 1)),
                    image.pixels.get_mut(y * TEXTURE_SIZE + x),
                ) else {
                    continue;
                };
                *pixel = from
                    .lerp_to_gamma(*to, edge)
                    .gamma_multiply(MAX_OPACITY * fade);
            }
        }
        image
    }

    /// The contours between the levels, in map units, each in the colour of the level above it.
    fn contours(&self, palette: Palette, low: [f64; 2], side: f64) -> Vec<(Contour, Color32)> {
        let valid: Vec<bool> = self
            .weight
            .iter()
            .map(|weight| *weight > VISIBLE_WEIGHTS.1)
            .collect();
        let cell = side / GRID_SIZE as f64;
        let to_map =
            |[x, y]: [f64; 2]| [low[0] + (x + 0.5) * cell, low[1] + side - (y + 0.5) * cell];
        (1..LEVEL_COUNT)
            .flat_map(|level| {
                let threshold = level as f64 / LEVEL_COUNT as f64;
                let colour = palette
                    .colour(threshold)
                    .lerp_to_gamma(Color32::WHITE, 0.25);
                contours(&self.value, &valid, GRID_SIZE, threshold as f32)
                    .into_iter()
                    .map(move |contour| (contour, colour))
            })
            .map(|(mut contour, colour)| {
                contour.smooth();
                for point in &mut contour.points {
                    *point = to_map(*point);
                }
                (contour, colour)
            })
            .collect()
    }
}

/// A Gaussian of a width in cells with height 1 in the middle.
fn kernel(width: f64) -> Vec<f32> {
    let half_width = (4.0 * width).ceil().clamp(1.0, GRID_SIZE as f64) as i32;
    (-half_width..=half_width)
        .map(|offset| (-0.5 * (f64::from(offset) / width.max(1e-6)).powi(2)).exp() as f32)
        .collect()
}

/// A grid blurred along its rows and then along its columns.
fn blur(grid: &[f32], kernel: &[f32]) -> Vec<f32> {
    let half = kernel.len() / 2;
    let blur_rows = |from: &[f32]| {
        // Blurs the rows and transposes the grid, so that two calls blur both directions.
        let mut to = vec![0.0_f32; GRID_SIZE * GRID_SIZE];
        for (row, line) in from.chunks_exact(GRID_SIZE).enumerate() {
            for (column, value) in line.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                for (offset, k) in kernel.iter().enumerate() {
                    let Some(target) = (column + offset)
                        .checked_sub(half)
                        .filter(|at| *at < GRID_SIZE)
                    else {
                        continue;
                    };
                    if let Some(slot) = to.get_mut(target * GRID_SIZE + row) {
                        *slot += k * value;
                    }
                }
            }
        }
        to
    };
    blur_rows(&blur_rows(grid))
}

/// The interpolated value of the grid, and the length of its gradient per cell.
fn sample(grid: &[f32], x: f32, y: f32) -> (f32, f32) {
    let (column, row) = (x as usize, y as usize);
    let (fx, fy) = (x - column as f32, y - row as f32);
    let start = row * GRID_SIZE + column;
    let (Some(&[a, b]), Some(&[c, d])) = (
        grid.get(start..start + 2).and_then(|two| two.first_chunk()),
        grid.get(start + GRID_SIZE..start + GRID_SIZE + 2)
            .and_then(|two| two.first_chunk()),
    ) else {
        return (0.0, 0.0);
    };
    let top = a + (b - a) * fx;
    let bottom = c + (d - c) * fx;
    let across = (b - a) * (1.0 - fy) + (d - c) * fy;
    let down = bottom - top;
    (top + down * fy, across.hypot(down))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(points: Vec<([f64; 2], f64)>) -> FieldInput {
        FieldInput {
            points,
            limits: (0.0, 10.0),
            palette: Palette::Viridis,
        }
    }

    fn value_at(grid: &Surface, x: f64, y: f64) -> f32 {
        let column = ((x + 2.0) / 14.0 * GRID_SIZE as f64) as usize;
        let row = ((12.0 - y) / 14.0 * GRID_SIZE as f64) as usize;
        grid.value[row * GRID_SIZE + column]
    }

    #[test]
    fn the_field_takes_the_value_of_a_region_far_from_all_others() {
        let three = input(vec![
            ([0.0, 0.0], 2.0),
            ([10.0, 0.0], 8.0),
            ([0.0, 10.0], 5.0),
        ]);
        let surface = Surface::regress(&three, [-2.0, -2.0], 14.0, 1.0);
        assert!((value_at(&surface, 0.0, 0.0) - 0.2).abs() < 0.01);
        assert!((value_at(&surface, 10.0, 0.0) - 0.8).abs() < 0.01);
        assert!((value_at(&surface, 0.0, 10.0) - 0.5).abs() < 0.01);
        // Halfway between two regions it is their mean; a wide kernel is not steep there.
        let wide = Surface::regress(&three, [-2.0, -2.0], 14.0, 3.0);
        assert!((value_at(&wide, 5.0, 0.0) - 0.5).abs() < 0.06);
    }

    #[test]
    fn the_binned_regression_equals_the_sum_over_all_points() {
        let points: Vec<([f64; 2], f64)> = (0..400)
            .map(|k| {
                let (angle, radius) = (2.4 * f64::from(k), 0.25 * f64::from(k).sqrt());
                let at = [5.0 + radius * angle.cos(), 5.0 + radius * angle.sin()];
                (at, 5.0 + 4.0 * (0.7 * at[0]).sin())
            })
            .collect();
        let width = 0.6;
        let surface = Surface::regress(&input(points.clone()), [-2.0, -2.0], 14.0, width);
        for (x, y) in [(5.0, 5.0), (2.5, 6.0), (7.1, 3.3), (4.0, 8.2)] {
            // The middle of the cell.
            let middle = |at: f64| ((at + 2.0) / 14.0 * GRID_SIZE as f64).floor() + 0.5;
            let cell_centre = [
                middle(x) / GRID_SIZE as f64 * 14.0 - 2.0,
                middle(y) / GRID_SIZE as f64 * 14.0 - 2.0,
            ];
            let (mut sum, mut weights) = (0.0, 0.0);
            for (at, value) in &points {
                let square = (at[0] - cell_centre[0]).powi(2) + (at[1] - cell_centre[1]).powi(2);
                let k = (-0.5 * square / (width * width)).exp();
                sum += k * value / 10.0;
                weights += k;
            }
            let value = f64::from(value_at(&surface, cell_centre[0], cell_centre[1]));
            assert!(
                (value - sum / weights).abs() < 4e-3,
                "{value} {}",
                sum / weights
            );
        }
    }
}

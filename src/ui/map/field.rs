//! The field between the points: filled contours of an attribute.
//!
//! Gaussian kernel regression (Nadaraya 1964, Watson 1964) over the regions'
//! means, cut into levels. It is drawn into a texture and only drawn again when
//! the numbers or the colours change, never for a movement of the camera.

use eframe::egui::{
    Color32, ColorImage, Context, Mesh, Rect, Shape, TextureHandle, TextureOptions, pos2,
};

use super::camera::{View, bounds};
use super::colours::{Palette, place};

/// Edge of the grid on which the regression is computed.
const GRID: usize = 112;
/// Edge of the texture.
const TEXELS: usize = 448;
/// Number of filled levels.
const LEVELS: f32 = 11.0;
/// Opacity of the field where it is surest.
const OPACITY: f32 = 0.32;

/// What the field is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Map position and shown value per region that has one.
    pub points: Vec<([f64; 2], f64)>,
    /// Ends of the colour bar.
    pub limits: (f64, f64),
    /// Colours.
    pub palette: Palette,
}

/// The field as a texture over a square of the map.
pub struct Field {
    texture: TextureHandle,
    low: [f64; 2],
    side: f64,
}

impl Field {
    /// Computes the field; `None` when there is nothing to compute it from.
    pub fn new(ctx: &Context, input: &Input, extent: &[[f64; 2]]) -> Option<Self> {
        if input.points.len() < 3 {
            return None;
        }
        let [low, high] = bounds(extent)?;
        let spread = (high[0] - low[0]).max(high[1] - low[1]).max(1e-9);
        let margin = 0.16 * spread;
        let side = spread + 2.0 * margin;
        let low = [
            (low[0] + high[0] - side) / 2.0,
            (low[1] + high[1] - side) / 2.0,
        ];
        // Wide enough to bridge neighbours, whatever the number of regions.
        let width = 0.62 * spread / (extent.len() as f64).sqrt().max(2.0);
        let grid = Grid::regress(input, low, side, width);
        let image = grid.image(input.palette);
        let options = TextureOptions::LINEAR;
        Some(Self {
            texture: ctx.load_texture("field", image, options),
            low,
            side,
        })
    }

    /// The field as seen by a view.
    pub fn shape(&self, rect: Rect, view: &View) -> Shape {
        let high = [self.low[0] + self.side, self.low[1] + self.side];
        let target = Rect::from_two_pos(view.to_screen(rect, self.low), view.to_screen(rect, high));
        let mut mesh = Mesh::with_texture(self.texture.id());
        mesh.add_rect_with_uv(
            target,
            Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)),
            Color32::WHITE,
        );
        Shape::mesh(mesh)
    }
}

/// Regression on a coarse grid, row 0 at the top of the map.
struct Grid {
    /// Place between the limits, 0 to 1.
    value: Vec<f32>,
    /// How sure: sum of the kernels.
    weight: Vec<f32>,
}

impl Grid {
    fn regress(input: &Input, low: [f64; 2], side: f64, width: f64) -> Self {
        let at = |index: usize| (index as f64 + 0.5) / GRID as f64 * side;
        let kernel = |distance: f64| (-0.5 * (distance / width).powi(2)).exp() as f32;
        let mut value = vec![0.0f32; GRID * GRID];
        let mut weight = vec![0.0f32; GRID * GRID];
        // The kernel is a product of one factor per axis: a few hundred exponentials
        // instead of a million.
        for (point, shown) in &input.points {
            let t = place(*shown, input.limits) as f32;
            let across: Vec<f32> = (0..GRID)
                .map(|x| kernel(low[0] + at(x) - point[0]))
                .collect();
            for y in 0..GRID {
                let down = kernel(low[1] + side - at(y) - point[1]);
                if down < 1e-6 {
                    continue;
                }
                let row = y * GRID..(y + 1) * GRID;
                let (Some(values), Some(weights)) =
                    (value.get_mut(row.clone()), weight.get_mut(row))
                else {
                    continue;
                };
                for ((value, weight), across) in values.iter_mut().zip(weights).zip(&across) {
                    let k = across * down;
                    *value += k * t;
                    *weight += k;
                }
            }
        }
        for (value, weight) in value.iter_mut().zip(&weight) {
            *value /= weight.max(1e-12);
        }
        Self { value, weight }
    }

    fn image(&self, palette: Palette) -> ColorImage {
        let colours: Vec<Color32> = (0..=LEVELS as usize)
            .map(|level| palette.at((level as f64 / f64::from(LEVELS)).min(1.0)))
            .collect();
        let mut image = ColorImage::filled([TEXELS, TEXELS], Color32::TRANSPARENT);
        let ratio = GRID as f32 / TEXELS as f32;
        for y in 0..TEXELS {
            let gy = ((y as f32 + 0.5) * ratio - 0.5).clamp(0.0, GRID as f32 - 1.001);
            for x in 0..TEXELS {
                let gx = ((x as f32 + 0.5) * ratio - 0.5).clamp(0.0, GRID as f32 - 1.001);
                let (weight, _) = sample(&self.weight, gx, gy);
                // Fades where few regions speak, and is gone where none does.
                let sure = ((weight - 0.12) / 0.75).clamp(0.0, 1.0);
                if sure <= 0.0 {
                    continue;
                }
                let fade = sure * sure * (3.0 - 2.0 * sure);
                let (value, slope) = sample(&self.value, gx, gy);
                let value = value * LEVELS;
                // Flat inside a level, with an edge about one texel wide.
                let level = value.floor();
                let step = slope * LEVELS * ratio;
                let edge = ((value - level - 1.0) / step.max(1e-4) + 1.0).clamp(0.0, 1.0);
                let (Some(from), Some(to), Some(pixel)) = (
                    colours.get(level as usize),
                    colours.get((level as usize + 1).min(colours.len() - 1)),
                    image.pixels.get_mut(y * TEXELS + x),
                ) else {
                    continue;
                };
                *pixel = from.lerp_to_gamma(*to, edge).gamma_multiply(OPACITY * fade);
            }
        }
        image
    }
}

/// The grid between its points, and its change per cell there.
fn sample(grid: &[f32], x: f32, y: f32) -> (f32, f32) {
    let (column, row) = (x as usize, y as usize);
    let (fx, fy) = (x - column as f32, y - row as f32);
    let start = row * GRID + column;
    let (Some(&[a, b]), Some(&[c, d])) = (
        grid.get(start..start + 2).and_then(|two| two.first_chunk()),
        grid.get(start + GRID..start + GRID + 2)
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

    #[test]
    fn the_field_takes_the_value_of_a_region_far_from_all_others() {
        let input = Input {
            points: vec![([0.0, 0.0], 2.0), ([10.0, 0.0], 8.0), ([0.0, 10.0], 5.0)],
            limits: (0.0, 10.0),
            palette: Palette::Viridis,
        };
        let grid = Grid::regress(&input, [-2.0, -2.0], 14.0, 1.0);
        let read = |grid: &Grid, x: f64, y: f64| {
            let column = ((x + 2.0) / 14.0 * GRID as f64) as usize;
            let row = ((12.0 - y) / 14.0 * GRID as f64) as usize;
            grid.value[row * GRID + column]
        };
        let at = |x: f64, y: f64| read(&grid, x, y);
        assert!((at(0.0, 0.0) - 0.2).abs() < 0.01);
        assert!((at(10.0, 0.0) - 0.8).abs() < 0.01);
        assert!((at(0.0, 10.0) - 0.5).abs() < 0.01);
        // Halfway between two regions it is their mean; a wide kernel is not steep there.
        let wide = Grid::regress(&input, [-2.0, -2.0], 14.0, 3.0);
        assert!((read(&wide, 5.0, 0.0) - 0.5).abs() < 0.06);
    }
}

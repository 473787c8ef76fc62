//! Discs drawn from a texture atlas, for maps with many thousand points.
//!
//! A disc is drawn with the next larger one of the atlas, so that its edge is antialiased over one pixel at any size without mipmaps.

use eframe::egui::epaint::Vertex;
use eframe::egui::{
    Color32, ColorImage, Context, Mesh, Pos2, TextureHandle, TextureOptions, Vec2, pos2,
};

/// Radii of the discs in the atlas, texels.
const RADII: [f32; 9] = [1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0];
/// Width of the border around a disc, texels: half of its antialiased edge and half of the texel that is interpolated. Every
/// pixel more takes time where the processor draws.
const BORDER_WIDTH: f32 = 1.2;
/// Edge of one disc's cell, texels.
const CELL_SIZE: usize = 40;

/// The texture of discs.
pub struct DiscAtlas {
    texture: TextureHandle,
}

impl DiscAtlas {
    /// Draws and uploads the texture.
    pub fn new(ctx: &Context) -> Self {
        let mut image =
            ColorImage::filled([CELL_SIZE * RADII.len(), CELL_SIZE], Color32::TRANSPARENT);
        let width = image.size[0];
        for (index, radius) in RADII.iter().enumerate() {
            for y in 0..CELL_SIZE {
                for x in 0..CELL_SIZE {
                    let from_middle = Vec2::new(
                        x as f32 + 0.5 - CELL_SIZE as f32 / 2.0,
                        y as f32 + 0.5 - CELL_SIZE as f32 / 2.0,
                    )
                    .length();
                    let coverage = (radius + 0.5 - from_middle).clamp(0.0, 1.0);
                    if let Some(pixel) = image.pixels.get_mut(y * width + index * CELL_SIZE + x) {
                        *pixel = Color32::from_white_alpha((coverage * 255.0).round() as u8);
                    }
                }
            }
        }
        Self {
            texture: ctx.load_texture("discs", image, TextureOptions::LINEAR),
        }
    }

    /// An empty mesh for discs of this atlas, in the memory of an old one.
    pub fn empty_mesh(&self, old: Option<Mesh>) -> Mesh {
        let mut mesh = old.unwrap_or_default();
        mesh.clear();
        mesh.texture_id = self.texture.id();
        mesh
    }
}

/// A disc of one size, to be drawn many times.
#[derive(Clone, Copy, Debug)]
pub struct Disc {
    /// Corners relative to the middle, and their texture coordinates. A small disc uses the first three: a triangle around
    /// it is a quarter less to copy than a square. A large one uses all four, as its triangle would reach into the
    /// neighbouring cell.
    corners: [(Vec2, Pos2); 4],
    corner_count: usize,
}

/// Radius of the largest disc whose triangle stays in its cell, texels.
const MAX_TRIANGLE_RADIUS: f32 = 8.0;

impl Disc {
    /// A disc of a radius in points, at `pixels_per_point`.
    pub fn new(radius: f32, pixels_per_point: f32) -> Self {
        let radius_pixels = radius * pixels_per_point;
        let index = RADII
            .iter()
            .position(|radius| *radius >= radius_pixels * 0.92)
            .unwrap_or(RADII.len() - 1);
        let atlas_radius = RADII.get(index).copied().unwrap_or(1.0);
        // The texels around the disc that carry its antialiased edge.
        let texels = atlas_radius + BORDER_WIDTH;
        let corner_distance = radius * texels / atlas_radius;
        let middle = pos2((index as f32 + 0.5) / RADII.len() as f32, 0.5);
        let texture = Vec2::new((CELL_SIZE * RADII.len()) as f32, CELL_SIZE as f32);
        let sqrt_3 = 3.0_f32.sqrt();
        let (directions, corner_count) = if atlas_radius <= MAX_TRIANGLE_RADIUS {
            // The inscribed circle has radius 1.
            let triangle = [(0.0, 2.0), (sqrt_3, -1.0), (-sqrt_3, -1.0), (0.0, 0.0)];
            (triangle, 3)
        } else {
            ([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)], 4)
        };
        let corners = directions.map(|(x, y)| {
            let direction = Vec2::new(x, y);
            (
                direction * corner_distance,
                middle + direction * texels / texture,
            )
        });
        Self {
            corners,
            corner_count,
        }
    }

    /// Adds the disc to a mesh.
    pub fn draw(&self, mesh: &mut Mesh, centre: Pos2, colour: Color32) {
        let base = mesh.vertices.len() as u32;
        let corners = self.corners.iter().take(self.corner_count);
        mesh.vertices.extend(corners.map(|(offset, uv)| Vertex {
            pos: centre + *offset,
            uv: *uv,
            color: colour,
        }));
        mesh.indices.extend([base, base + 1, base + 2]);
        if self.corner_count == 4 {
            mesh.indices.extend([base, base + 2, base + 3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_disc_lies_in_its_corners_and_they_in_its_cell() {
        for radius_tenths in 5..200 {
            let radius = radius_tenths as f32 / 10.0;
            let disc = Disc::new(radius, 1.0);
            let corners: Vec<_> = disc.corners.iter().take(disc.corner_count).collect();
            let cell = corners.iter().map(|(_, uv)| uv.x * RADII.len() as f32);
            let (low, high) = cell.fold((f32::MAX, f32::MIN), |(low, high), x| {
                (low.min(x), high.max(x))
            });
            assert!(high.ceil() - low.floor() < 1.001, "{radius}: {low} {high}");
            // No side of the triangle or square cuts the disc.
            for (side, (from, _)) in corners.iter().enumerate() {
                let (to, _) = corners[(side + 1) % corners.len()];
                let along = (*to - *from).normalized();
                let distance = (along.x * from.y - along.y * from.x).abs();
                assert!(
                    distance >= radius + 0.5,
                    "{radius}: side {side} at {distance}"
                );
            }
        }
    }
}

//! Small round dots by the thousand: a texture of discs, and quads that show them.
//!
//! Each dot takes the disc that is next larger than itself, so that its edge
//! stays one pixel soft at any size without mipmaps.

use eframe::egui::{
    Color32, ColorImage, Context, Mesh, Pos2, Rect, TextureHandle, TextureOptions, Vec2, pos2,
};

/// Radii of the discs in the texture, in texels.
const RADII: [f32; 9] = [1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0];
/// Edge of one disc's cell.
const CELL: usize = 40;

/// The texture of discs.
#[derive(Clone)]
pub struct Discs {
    texture: TextureHandle,
}

impl Discs {
    /// Draws the texture.
    pub fn new(ctx: &Context) -> Self {
        let mut image = ColorImage::filled([CELL * RADII.len(), CELL], Color32::TRANSPARENT);
        let width = image.size[0];
        for (index, radius) in RADII.iter().enumerate() {
            for y in 0..CELL {
                for x in 0..CELL {
                    let from_middle = Vec2::new(
                        x as f32 + 0.5 - CELL as f32 / 2.0,
                        y as f32 + 0.5 - CELL as f32 / 2.0,
                    )
                    .length();
                    let cover = (radius + 0.5 - from_middle).clamp(0.0, 1.0);
                    if let Some(pixel) = image.pixels.get_mut(y * width + index * CELL + x) {
                        *pixel = Color32::from_white_alpha((cover * 255.0).round() as u8);
                    }
                }
            }
        }
        Self {
            texture: ctx.load_texture("discs", image, TextureOptions::LINEAR),
        }
    }

    /// An empty mesh for these discs.
    pub fn mesh(&self) -> Mesh {
        Mesh::with_texture(self.texture.id())
    }

    /// Adds a disc. `pixels` are pixels per point.
    pub fn add(mesh: &mut Mesh, at: Pos2, radius: f32, colour: Color32, pixels: f32) {
        let wanted = radius * pixels;
        let index = RADII
            .iter()
            .position(|radius| *radius >= wanted * 0.92)
            .unwrap_or(RADII.len() - 1);
        let Some(drawn) = RADII.get(index) else {
            return;
        };
        // Two texels around the disc carry its soft edge.
        let side = 2.0 * (radius + 2.0 * radius / drawn);
        let texels = 2.0 * (drawn + 2.0);
        let middle = pos2((index as f32 + 0.5) / RADII.len() as f32, 0.5);
        let uv = Rect::from_center_size(
            middle,
            Vec2::new(texels / (CELL * RADII.len()) as f32, texels / CELL as f32),
        );
        mesh.add_rect_with_uv(Rect::from_center_size(at, Vec2::splat(side)), uv, colour);
    }
}

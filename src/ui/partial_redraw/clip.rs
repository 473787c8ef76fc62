//! Clipping shapes to areas.

use std::sync::Arc;

use eframe::egui::emath::TSTransform;
use eframe::egui::epaint::{ClippedShape, Mesh};
use eframe::egui::{Color32, Rect, Shape};

use super::changes::{Areas, visible_bounds};

/// Meshes of at most this number of triangles are drawn whole.
const FEW_TRIANGLES: usize = 64;

/// Adds the shapes to `drawn` that redraw the areas: for each area a rectangle in the colour of the empty window, and the shapes
/// that touch the area, clipped to it.
pub fn clip_to_areas(
    shapes: &[ClippedShape],
    areas: &Areas,
    clear_colour: [f32; 4],
    pixels_per_point: f32,
    drawn: &mut Vec<ClippedShape>,
) {
    let all_bounds: Vec<Rect> = shapes.iter().map(visible_bounds).collect();
    // Clip rectangles are rounded to pixels, so one of less than half a pixel may be empty.
    let min_size = 0.5 / pixels_per_point;
    for area in areas.iter() {
        drawn.push(fill_shape(area, clear_colour));
        for (shape, bounds) in shapes.iter().zip(&all_bounds) {
            let clip_rect = shape.clip_rect.intersect(area);
            if !bounds.intersects(area)
                || clip_rect.width() < min_size
                || clip_rect.height() < min_size
            {
                continue;
            }
            let transform_after_tessellation = shape.transform_after_tessellation;
            let is_moved = transform_after_tessellation != TSTransform::IDENTITY;
            let shape = match &shape.shape {
                Shape::Mesh(mesh) if !is_moved && mesh.indices.len() > 3 * FEW_TRIANGLES => {
                    Shape::Mesh(Arc::new(triangles_in(mesh, area)))
                }
                other => other.clone(),
            };
            drawn.push(ClippedShape {
                clip_rect,
                shape,
                transform_after_tessellation,
            });
        }
    }
}

/// A rectangle of one colour, without smooth edges.
fn fill_shape(area: Rect, colour: [f32; 4]) -> ClippedShape {
    let [r, g, b, a] = colour;
    // The window is cleared in gamma space.
    let byte = |value: f32| (value * 255.0).round() as u8;
    let colour = Color32::from_rgba_premultiplied(byte(r), byte(g), byte(b), byte(a));
    let mut mesh = Mesh::default();
    mesh.add_colored_rect(area, colour);
    ClippedShape::new(area, mesh)
}

/// The triangles of a mesh that may touch an area.
fn triangles_in(mesh: &Mesh, area: Rect) -> Mesh {
    let mut clipped_mesh = Mesh::with_texture(mesh.texture_id);
    let mut new_indices = vec![u32::MAX; mesh.vertices.len()];
    for triangle in mesh.indices.chunks_exact(3) {
        let corners = triangle
            .iter()
            .map(|index| mesh.vertices[*index as usize].pos);
        let bounds = corners.fold(Rect::NOTHING, |rect, corner| rect | Rect::from_pos(corner));
        if !bounds.intersects(area) {
            continue;
        }
        for index in triangle {
            let new_index = &mut new_indices[*index as usize];
            if *new_index == u32::MAX {
                *new_index = clipped_mesh.vertices.len() as u32;
                clipped_mesh.vertices.push(mesh.vertices[*index as usize]);
            }
            clipped_mesh.indices.push(*new_index);
        }
    }
    clipped_mesh
}

#[cfg(test)]
mod tests {
    use eframe::egui::{pos2, vec2};

    use super::*;

    #[test]
    fn a_mesh_keeps_the_triangles_that_touch_the_area() {
        let mut mesh = Mesh::default();
        for n in 0..100 {
            let corner = pos2(n as f32 * 10.0, 0.0);
            mesh.add_colored_rect(Rect::from_min_size(corner, vec2(4.0, 4.0)), Color32::RED);
        }
        let clipped_mesh =
            triangles_in(&mesh, Rect::from_min_max(pos2(98.0, 1.0), pos2(112.0, 3.0)));
        assert_eq!(clipped_mesh.indices.len(), 2 * 6);
        assert_eq!(clipped_mesh.vertices.len(), 2 * 4);
        assert!(clipped_mesh.is_valid());
        assert!(
            clipped_mesh
                .vertices
                .iter()
                .all(|vertex| (100.0..=114.0).contains(&vertex.pos.x))
        );
    }
}

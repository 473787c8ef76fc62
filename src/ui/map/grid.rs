//! A spatial index of the drawn points, to find those near the pointer without a search through all of them.

use eframe::egui::{Pos2, Rect, Vec2};

use super::camera::View;
use super::screen_point::ScreenPoint;

/// Mean number of points per cell.
const POINTS_PER_CELL: usize = 4;
/// Maximum number of cells along one side.
const MAX_CELLS: usize = 512;
/// Maximum displacement of a point by rounding, points of screen.
const ROUNDING: f32 = 0.02;

/// Square cells over all playable points.
///
/// Built once for a set of positions. When the camera moves, a screen position is converted to the camera of that time: to
/// build a new grid in every frame of a zoom would cost more than drawing the points.
#[derive(Default)]
pub struct Grid {
    /// The camera for which it was built.
    built_camera: Option<(View, Rect)>,
    /// Scale and offset that convert a present screen position to one of that camera.
    scale_factor: f32,
    shift: Vec2,
    /// Indices of points that do not move with the camera; they are in no cell and always searched.
    fixed_points: Vec<u32>,
    area: Option<Rect>,
    cell: f32,
    columns: usize,
    rows: usize,
    /// Start of each cell in `items`, and the end of the last one.
    starts: Vec<u32>,
    /// Indices of points, cell by cell.
    items: Vec<u32>,
}

impl Grid {
    /// Indexes the playable points as a camera sees them; `fixed_to_screen` selects those that do not move with the camera.
    pub fn new(
        points: &[ScreenPoint],
        camera: (View, Rect),
        fixed_to_screen: impl Fn(&ScreenPoint) -> bool,
    ) -> Self {
        let finite = |point: &ScreenPoint| {
            point.ready && point.position.x.is_finite() && point.position.y.is_finite()
        };
        let usable = |point: &ScreenPoint| finite(point) && !fixed_to_screen(point);
        let fixed_points = (0..)
            .zip(points)
            .filter(|(_, point)| finite(point) && fixed_to_screen(point))
            .map(|(index, _)| index)
            .collect();
        let mut area = Rect::NOTHING;
        let mut count = 0_usize;
        for point in points.iter().filter(|point| usable(point)) {
            area.extend_with(point.position);
            count += 1;
        }
        if count == 0 {
            return Self {
                fixed_points,
                built_camera: Some(camera),
                scale_factor: 1.0,
                ..Self::default()
            };
        }
        let side = ((count / POINTS_PER_CELL) as f32)
            .sqrt()
            .clamp(1.0, MAX_CELLS as f32);
        let cell = (area.width().max(area.height()) / side).max(1e-3);
        let cells = |length: f32| ((length / cell) as usize + 1).min(MAX_CELLS + 1);
        let mut grid = Self {
            built_camera: Some(camera),
            scale_factor: 1.0,
            shift: Vec2::ZERO,
            fixed_points,
            area: Some(area),
            cell,
            columns: cells(area.width()),
            rows: cells(area.height()),
            starts: Vec::new(),
            items: vec![0; count],
        };
        // Counting sort: points per cell, start of each cell, then the items.
        let mut ends = vec![0_u32; grid.columns * grid.rows + 1];
        let cells: Vec<u32> = points
            .iter()
            .map(|point| {
                if !usable(point) {
                    return u32::MAX;
                }
                let (column, row) = grid.cell_of(area, point.position);
                let cell = row * grid.columns + column;
                if let Some(end) = ends.get_mut(cell + 1) {
                    *end += 1;
                }
                cell as u32
            })
            .collect();
        for cell in 1..ends.len() {
            ends[cell] += ends[cell - 1];
        }
        grid.starts.clone_from(&ends);
        for (index, cell) in (0_u32..).zip(cells) {
            let Some(next) = ends.get_mut(cell as usize).filter(|_| cell != u32::MAX) else {
                continue;
            };
            if let Some(item) = grid.items.get_mut(*next as usize) {
                *item = index;
            }
            *next += 1;
        }
        grid
    }

    /// Sets the camera that the points are seen by now.
    pub fn set_camera(&mut self, view: View, rect: Rect) {
        let Some((built_view, built_rect)) = self.built_camera else {
            return;
        };
        let scale_factor = built_view.scale / view.scale;
        let (from, to) = (rect.center(), built_rect.center());
        let shift = |from: f32, to: f32, along: f64| {
            (f64::from(to) + along * built_view.scale - f64::from(from) * scale_factor) as f32
        };
        self.scale_factor = scale_factor as f32;
        self.shift = Vec2::new(
            shift(from.x, to.x, view.centre[0] - built_view.centre[0]),
            shift(from.y, to.y, built_view.centre[1] - view.centre[1]),
        );
    }

    /// A screen position, converted to the camera for which the grid was built.
    fn to_built_camera(&self, at: Pos2) -> Pos2 {
        (self.scale_factor * at.to_vec2() + self.shift).to_pos2()
    }

    fn cell_of(&self, area: Rect, at: Pos2) -> (usize, usize) {
        let column = ((at.x - area.left()) / self.cell).max(0.0) as usize;
        let row = ((at.y - area.top()) / self.cell).max(0.0) as usize;
        (column.min(self.columns - 1), row.min(self.rows - 1))
    }

    fn row_items(&self, row: usize, first_column: usize, last_column: usize) -> &[u32] {
        let start = row * self.columns;
        let item_index = |cell: usize| self.starts.get(cell).map_or(0, |start| *start as usize);
        self.items
            .get(item_index(start + first_column)..item_index(start + last_column + 1))
            .unwrap_or_default()
    }

    /// Indices of all points within `max_distance` of a position, and of some more: those in all cells that its square touches.
    pub fn candidates_around(
        &self,
        position: Pos2,
        max_distance: f32,
    ) -> impl Iterator<Item = usize> {
        // A little more, for points that rounding may have moved over an edge.
        let half_side = self.scale_factor * max_distance * 1.001 + ROUNDING;
        let searched_square =
            Rect::from_center_size(self.to_built_camera(position), Vec2::splat(2.0 * half_side));
        let area = self.area.filter(|area| area.intersects(searched_square));
        let cells = area.map(|area| {
            let (left, top) = self.cell_of(area, searched_square.min);
            let (right, bottom) = self.cell_of(area, searched_square.max);
            (left, right, top..=bottom)
        });
        let in_cells = cells.into_iter().flat_map(move |(left, right, rows)| {
            rows.flat_map(move |row| self.row_items(row, left, right))
                .map(|index| *index as usize)
        });
        in_cells.chain(self.fixed_points.iter().map(|index| *index as usize))
    }

    /// The `count` points nearest to `at` that pass the filter, nearest first: index and distance.
    pub fn nearest(
        &self,
        points: &[ScreenPoint],
        at: Pos2,
        count: usize,
        filter: impl Fn(&ScreenPoint) -> bool,
    ) -> Vec<(usize, f32)> {
        let mut nearest_points: Vec<(usize, f32)> = Vec::with_capacity(count + 1);
        if count == 0 {
            return nearest_points;
        }
        let search = |items: &[u32], nearest_points: &mut Vec<(usize, f32)>| {
            for index in items.iter().map(|index| *index as usize) {
                let Some(point) = points.get(index).filter(|point| filter(point)) else {
                    continue;
                };
                let distance = point.position.distance(at);
                let rank =
                    nearest_points.partition_point(|(other, d)| (*d, *other) < (distance, index));
                if rank < count {
                    nearest_points.insert(rank, (index, distance));
                    nearest_points.truncate(count);
                }
            }
        };
        search(&self.fixed_points, &mut nearest_points);
        let Some(area) = self.area else {
            return nearest_points;
        };
        let (column, row) = self.cell_of(area, self.to_built_camera(at).clamp(area.min, area.max));
        for ring in 0..=self.columns.max(self.rows) {
            // Points outside the searched rings are at least this far away.
            let searched_distance =
                ring.saturating_sub(1) as f32 * self.cell / self.scale_factor - ROUNDING;
            if nearest_points.len() == count
                && nearest_points
                    .last()
                    .is_some_and(|(_, d)| *d <= searched_distance)
            {
                break;
            }
            let (left, right) = (
                column.saturating_sub(ring),
                (column + ring).min(self.columns - 1),
            );
            let (top, bottom) = (row.saturating_sub(ring), (row + ring).min(self.rows - 1));
            for y in top..=bottom {
                if y + ring == row || y == row + ring {
                    search(self.row_items(y, left, right), &mut nearest_points);
                    continue;
                }
                if column >= ring {
                    search(
                        self.row_items(y, column - ring, column - ring),
                        &mut nearest_points,
                    );
                }
                if ring > 0 && column + ring < self.columns {
                    search(
                        self.row_items(y, column + ring, column + ring),
                        &mut nearest_points,
                    );
                }
            }
        }
        nearest_points
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;
    use proptest::prelude::*;

    use super::*;
    use crate::sweep::MelodyId;

    fn screen_points(positions: &[(f32, f32, bool)]) -> Vec<ScreenPoint> {
        positions
            .iter()
            .zip(0..)
            .map(|((x, y, ready), region)| ScreenPoint {
                id: MelodyId::Centre { region },
                position: pos2(*x, *y),
                radius: 1.0,
                ready: *ready,
            })
            .collect()
    }

    const RECT: Rect = Rect {
        min: pos2(100.0, 50.0),
        max: pos2(900.0, 650.0),
    };

    proptest! {
        #[test]
        fn nearest_points_equal_a_full_search_also_after_the_camera_has_moved(
            positions in prop::collection::vec((-500.0_f32..900.0, -40.0_f32..700.0, any::<bool>()), 0..300),
            x in -900.0_f32..1500.0,
            y in -300.0_f32..900.0,
            count in 0_usize..12,
            zoom in -1.5_f64..3.0,
            pan in prop::array::uniform2(-30.0_f64..30.0),
        ) {
            let before = View { centre: [3.0, -5.0], scale: 20.0 };
            let after = View { centre: pan, scale: 20.0 * zoom.exp() };
            let spread = |point: &ScreenPoint| matches!(point.id, MelodyId::Centre { region } if region % 7 == 3);
            let mut points = screen_points(&positions);
            let mut grid = Grid::new(&points, (before, RECT), spread);
            let moved = RECT.translate(Vec2::new(40.0, 7.0));
            for point in points.iter_mut().filter(|point| !spread(point)) {
                point.position = after.to_screen(moved, before.to_map(RECT, point.position));
            }
            grid.set_camera(after, moved);
            let at = pos2(x, y);
            let mut all: Vec<(usize, f32)> = points.iter().enumerate()
                .filter(|(_, point)| point.ready)
                .map(|(index, point)| (index, point.position.distance(at)))
                .collect();
            all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            let near: Vec<usize> = all.iter().filter(|(_, d)| *d <= 60.0).map(|(i, _)| *i).collect();
            all.truncate(count);
            prop_assert_eq!(grid.nearest(&points, at, count, |_| true), all);
            let candidates: Vec<usize> = grid.candidates_around(at, 60.0).collect();
            prop_assert!(near.iter().all(|index| candidates.contains(index)));
        }
    }
}

//! A spatial index of the drawn points, to find those near the pointer without a search through all of them.

use eframe::egui::{Pos2, Rect, Vec2};

use super::camera::View;
use super::screen_point::ScreenPoint;

/// Mean number of points per cell.
const PER_CELL: usize = 4;
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
    built: Option<(View, Rect)>,
    /// Conversion of screen positions to that camera.
    factor: f32,
    shift: Vec2,
    /// Indices of points that do not move with the camera; they are in no cell and always searched.
    fixed: Vec<u32>,
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
    /// Indexes the playable points as a camera sees them; `fixed` selects those that do not move with the camera.
    pub fn new(
        placed: &[ScreenPoint],
        camera: (View, Rect),
        fixed: impl Fn(&ScreenPoint) -> bool,
    ) -> Self {
        let finite =
            |point: &ScreenPoint| point.ready && point.at.x.is_finite() && point.at.y.is_finite();
        let usable = |point: &ScreenPoint| finite(point) && !fixed(point);
        let fixed_points = (0..)
            .zip(placed)
            .filter(|(_, point)| finite(point) && fixed(point))
            .map(|(index, _)| index)
            .collect();
        let mut area = Rect::NOTHING;
        let mut count = 0_usize;
        for point in placed.iter().filter(|point| usable(point)) {
            area.extend_with(point.at);
            count += 1;
        }
        if count == 0 {
            return Self {
                fixed: fixed_points,
                built: Some(camera),
                factor: 1.0,
                ..Self::default()
            };
        }
        let side = ((count / PER_CELL) as f32)
            .sqrt()
            .clamp(1.0, MAX_CELLS as f32);
        let cell = (area.width().max(area.height()) / side).max(1e-3);
        let cells = |length: f32| ((length / cell) as usize + 1).min(MAX_CELLS + 1);
        let mut grid = Self {
            built: Some(camera),
            factor: 1.0,
            shift: Vec2::ZERO,
            fixed: fixed_points,
            area: Some(area),
            cell,
            columns: cells(area.width()),
            rows: cells(area.height()),
            starts: Vec::new(),
            items: vec![0; count],
        };
        // Counting sort: points per cell, start of each cell, then the items.
        let mut ends = vec![0_u32; grid.columns * grid.rows + 1];
        let cells: Vec<u32> = placed
            .iter()
            .map(|point| {
                if !usable(point) {
                    return u32::MAX;
                }
                let (column, row) = grid.cell_of(area, point.at);
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
        let Some((built, built_rect)) = self.built else {
            return;
        };
        let factor = built.scale / view.scale;
        let (from, to) = (rect.center(), built_rect.center());
        let shift = |from: f32, to: f32, along: f64| {
            (f64::from(to) + along * built.scale - f64::from(from) * factor) as f32
        };
        self.factor = factor as f32;
        self.shift = Vec2::new(
            shift(from.x, to.x, view.centre[0] - built.centre[0]),
            shift(from.y, to.y, built.centre[1] - view.centre[1]),
        );
    }

    /// A screen position, converted to the camera for which the grid was built.
    fn to_built(&self, at: Pos2) -> Pos2 {
        (self.factor * at.to_vec2() + self.shift).to_pos2()
    }

    fn cell_of(&self, area: Rect, at: Pos2) -> (usize, usize) {
        let column = ((at.x - area.left()) / self.cell).max(0.0) as usize;
        let row = ((at.y - area.top()) / self.cell).max(0.0) as usize;
        (column.min(self.columns - 1), row.min(self.rows - 1))
    }

    fn row(&self, row: usize, from: usize, to: usize) -> &[u32] {
        let start = row * self.columns;
        let at = |cell: usize| self.starts.get(cell).map_or(0, |place| *place as usize);
        self.items
            .get(at(start + from)..at(start + to + 1))
            .unwrap_or_default()
    }

    /// Indices of the points in all cells that a square of half side `reach` touches: all points within `reach`, and some more.
    pub fn around(&self, at: Pos2, reach: f32) -> impl Iterator<Item = usize> {
        // A little more, for points that rounding may have moved over an edge.
        let reach = self.factor * reach * 1.001 + ROUNDING;
        let touched = Rect::from_center_size(self.to_built(at), Vec2::splat(2.0 * reach));
        let area = self.area.filter(|area| area.intersects(touched));
        let cells = area.map(|area| {
            let (left, top) = self.cell_of(area, touched.min);
            let (right, bottom) = self.cell_of(area, touched.max);
            (left, right, top..=bottom)
        });
        let within = cells.into_iter().flat_map(move |(left, right, rows)| {
            rows.flat_map(move |row| self.row(row, left, right))
                .map(|index| *index as usize)
        });
        within.chain(self.fixed.iter().map(|index| *index as usize))
    }

    /// The `count` points nearest to `at` that pass the filter, nearest first: index and distance.
    pub fn nearest(
        &self,
        placed: &[ScreenPoint],
        at: Pos2,
        count: usize,
        filter: impl Fn(&ScreenPoint) -> bool,
    ) -> Vec<(usize, f32)> {
        let mut found: Vec<(usize, f32)> = Vec::with_capacity(count + 1);
        if count == 0 {
            return found;
        }
        let search = |items: &[u32], found: &mut Vec<(usize, f32)>| {
            for index in items.iter().map(|index| *index as usize) {
                let Some(point) = placed.get(index).filter(|point| filter(point)) else {
                    continue;
                };
                let distance = point.at.distance(at);
                let place = found.partition_point(|(other, d)| (*d, *other) < (distance, index));
                if place < count {
                    found.insert(place, (index, distance));
                    found.truncate(count);
                }
            }
        };
        search(&self.fixed, &mut found);
        let Some(area) = self.area else {
            return found;
        };
        let (column, row) = self.cell_of(area, self.to_built(at).clamp(area.min, area.max));
        for ring in 0..=self.columns.max(self.rows) {
            // Points outside the searched rings are at least this far away.
            let enough = ring.saturating_sub(1) as f32 * self.cell / self.factor - ROUNDING;
            if found.len() == count && found.last().is_some_and(|(_, d)| *d <= enough) {
                break;
            }
            let (left, right) = (
                column.saturating_sub(ring),
                (column + ring).min(self.columns - 1),
            );
            let (top, bottom) = (row.saturating_sub(ring), (row + ring).min(self.rows - 1));
            for y in top..=bottom {
                if y + ring == row || y == row + ring {
                    search(self.row(y, left, right), &mut found);
                    continue;
                }
                if column >= ring {
                    search(self.row(y, column - ring, column - ring), &mut found);
                }
                if ring > 0 && column + ring < self.columns {
                    search(self.row(y, column + ring, column + ring), &mut found);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;
    use proptest::prelude::*;

    use super::*;
    use crate::sweep::MelodyId;

    fn dots(places: &[(f32, f32, bool)]) -> Vec<ScreenPoint> {
        places
            .iter()
            .zip(0..)
            .map(|((x, y, ready), region)| ScreenPoint {
                id: MelodyId::Centre { region },
                at: pos2(*x, *y),
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
        fn it_finds_the_same_points_as_a_full_search_also_after_the_camera_has_moved(
            places in prop::collection::vec((-500.0_f32..900.0, -40.0_f32..700.0, any::<bool>()), 0..300),
            x in -900.0_f32..1500.0,
            y in -300.0_f32..900.0,
            count in 0_usize..12,
            zoom in -1.5_f64..3.0,
            pan in prop::array::uniform2(-30.0_f64..30.0),
        ) {
            let before = View { centre: [3.0, -5.0], scale: 20.0 };
            let after = View { centre: pan, scale: 20.0 * zoom.exp() };
            let spread = |point: &ScreenPoint| matches!(point.id, MelodyId::Centre { region } if region % 7 == 3);
            let mut placed = dots(&places);
            let mut grid = Grid::new(&placed, (before, RECT), spread);
            let moved = RECT.translate(Vec2::new(40.0, 7.0));
            for point in placed.iter_mut().filter(|point| !spread(point)) {
                point.at = after.to_screen(moved, before.to_map(RECT, point.at));
            }
            grid.set_camera(after, moved);
            let at = pos2(x, y);
            let mut all: Vec<(usize, f32)> = placed.iter().enumerate()
                .filter(|(_, point)| point.ready)
                .map(|(index, point)| (index, point.at.distance(at)))
                .collect();
            all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            let near: Vec<usize> = all.iter().filter(|(_, d)| *d <= 60.0).map(|(i, _)| *i).collect();
            all.truncate(count);
            prop_assert_eq!(grid.nearest(&placed, at, count, |_| true), all);
            let around: Vec<usize> = grid.around(at, 60.0).collect();
            prop_assert!(near.iter().all(|index| around.contains(index)));
        }
    }
}

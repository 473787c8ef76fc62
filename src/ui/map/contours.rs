//! Contours of values on a grid: marching squares (the planar case of Lorensen and Cline 1987), joined end to end.

use std::collections::HashMap;

use crate::ui::geometry::lerp;

/// A line of equal value in grid coordinates: x counts columns and y rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// Its points, in order.
    pub points: Vec<[f64; 2]>,
    /// Whether the last point is joined to the first.
    pub closed: bool,
}

impl Contour {
    /// Smooths the line by one step of corner cutting (Chaikin 1974). Ends stay where they are.
    pub fn smooth(&mut self) {
        let corners = &self.points;
        let mut points = Vec::with_capacity(2 * corners.len() + 2);
        let sides = corners.windows(2).map(|pair| (pair[0], pair[1]));
        let last = corners.last().copied().zip(corners.first().copied());
        for (a, b) in sides.chain(last.filter(|_| self.closed)) {
            points.extend([lerp(a, b, 0.25), lerp(a, b, 0.75)]);
        }
        if let (false, Some((last, first))) = (self.closed, last) {
            points.insert(0, first);
            points.push(last);
        }
        self.points = points;
    }
}

/// An edge of the grid that a line crosses: index of its first corner, and whether it goes down instead of right.
type Edge = (u32, bool);

/// Minimum number of crossed edges; shorter lines are left out.
const MIN_CROSSED_EDGES: usize = 6;

/// Edges that the contours cross, each with its neighbours on the line.
#[derive(Default)]
struct Crossings {
    neighbours: HashMap<Edge, [Option<Edge>; 2]>,
    /// The edges in the order in which they were found.
    order: Vec<Edge>,
}

impl Crossings {
    fn link_edges(&mut self, a: Edge, b: Edge) {
        for (from, to) in [(a, b), (b, a)] {
            let ends = self.neighbours.entry(from).or_insert_with(|| {
                self.order.push(from);
                [None; 2]
            });
            match ends {
                [first @ None, _] => *first = Some(to),
                [_, second] => *second = Some(to),
            }
        }
    }

    /// Finds the edges crossed at a level: see [`contours`].
    fn find(values: &[f32], valid: &[bool], columns: usize, level: f32) -> Self {
        let mut crossings = Self::default();
        let value = |at: usize| {
            let value = values.get(at).copied();
            value.filter(|_| valid.get(at) == Some(&true))
        };
        let rows = values.len().checked_div(columns).unwrap_or(0);
        for row in 1..rows {
            for column in 1..columns {
                let corner = (row - 1) * columns + column - 1;
                let corners = [corner, corner + 1, corner + columns + 1, corner + columns];
                let [Some(a), Some(b), Some(c), Some(d)] = corners.map(value) else {
                    continue;
                };
                let above = [a, b, c, d].map(|value| value >= level);
                // Top, right, bottom, left.
                let edges: [Edge; 4] = [
                    (corner as u32, false),
                    (corner as u32 + 1, true),
                    ((corner + columns) as u32, false),
                    (corner as u32, true),
                ];
                let crossed: Vec<Edge> = (0..4)
                    .filter(|side| above[*side] != above[(*side + 1) % 4])
                    .map(|side| edges[side])
                    .collect();
                match crossed.as_slice() {
                    [from, to] => crossings.link_edges(*from, *to),
                    [top, right, bottom, left] => {
                        // Two lines, around the corners on the other side of the level than the middle.
                        let middle = (a + b + c + d) / 4.0 >= level;
                        let (first, second) = if middle == above[0] {
                            ((top, right), (bottom, left))
                        } else {
                            ((top, left), (bottom, right))
                        };
                        crossings.link_edges(*first.0, *first.1);
                        crossings.link_edges(*second.0, *second.1);
                    }
                    _ => {}
                }
            }
        }
        crossings
    }

    /// The lines as edges in order. Open lines come first, from one of their ends.
    fn into_lines(mut self) -> Vec<Vec<Edge>> {
        let is_end = |edge: &&Edge| matches!(self.neighbours.get(*edge), Some([Some(_), None]));
        let ends = self.order.iter().filter(is_end);
        let starts: Vec<Edge> = ends.chain(&self.order).copied().collect();
        let mut lines = Vec::new();
        for start in starts {
            let mut line = vec![];
            let mut next = Some(start);
            while let Some((edge, ends)) =
                next.and_then(|edge| Some((edge, self.neighbours.remove(&edge)?)))
            {
                line.push(edge);
                let mut ends = ends.into_iter().flatten();
                next = ends.find(|edge| self.neighbours.contains_key(edge));
            }
            lines.push(line);
        }
        lines
    }
}

/// The contours at a level, through the cells with four `valid` corners. Straight within a cell; a saddle is resolved by the
/// mean of its corners.
///
/// # Shapes
/// - `values`, `valid`: `[rows, columns]`, row after row
pub fn contours(values: &[f32], valid: &[bool], columns: usize, level: f32) -> Vec<Contour> {
    let position = |(corner, down): Edge| {
        let corner = corner as usize;
        let other = corner + if down { columns } else { 1 };
        let (Some(a), Some(b)) = (values.get(corner), values.get(other)) else {
            return [0.0; 2];
        };
        let t = f64::from(((level - a) / (b - a)).clamp(0.0, 1.0));
        let (x, y) = ((corner % columns) as f64, (corner / columns) as f64);
        if down { [x, y + t] } else { [x + t, y] }
    };
    let lines = Crossings::find(values, valid, columns, level).into_lines();
    lines
        .into_iter()
        .filter(|line| line.len() >= MIN_CROSSED_EDGES)
        .map(|line| {
            let points: Vec<[f64; 2]> = line.into_iter().map(position).collect();
            let (first, last) = (points[0], points[points.len() - 1]);
            Contour {
                closed: (0..2).all(|axis| (first[axis] - last[axis]).abs() <= 1.0),
                points,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 60;

    fn grid(value: impl Fn(f64, f64) -> f64) -> Vec<f32> {
        (0..SIDE * SIDE)
            .map(|k| value((k % SIDE) as f64, (k / SIDE) as f64) as f32)
            .collect()
    }

    fn length(contour: &Contour) -> f64 {
        let pairs = contour.points.windows(2);
        pairs
            .map(|pair| (pair[0][0] - pair[1][0]).hypot(pair[0][1] - pair[1][1]))
            .sum()
    }

    #[test]
    fn the_line_around_a_hill_is_one_closed_circle() {
        let hill = grid(|x, y| (x - 30.3).hypot(y - 29.1));
        let valid = vec![true; SIDE * SIDE];
        let lines = contours(&hill, &valid, SIDE, 20.0);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].closed);
        for [x, y] in &lines[0].points {
            assert!(((x - 30.3).hypot(y - 29.1) - 20.0).abs() < 0.02);
        }
        let circumference = std::f64::consts::TAU * 20.0;
        assert!((length(&lines[0]) - circumference).abs() < 0.02 * circumference);
        let mut smooth = lines[0].clone();
        smooth.smooth();
        assert_eq!(smooth.points.len(), 2 * lines[0].points.len());
        for [x, y] in &smooth.points {
            assert!(((x - 30.3).hypot(y - 29.1) - 20.0).abs() < 0.05);
        }
    }

    #[test]
    fn a_line_ends_at_invalid_corners() {
        let slope = grid(|x, _| x);
        let valid: Vec<bool> = (0..SIDE * SIDE)
            .map(|k| (10..40).contains(&(k / SIDE)))
            .collect();
        let lines = contours(&slope, &valid, SIDE, 24.5);
        assert_eq!(lines.len(), 1);
        assert!(!lines[0].closed);
        assert!((length(&lines[0]) - 29.0).abs() < 1e-6);
        let mut smooth = lines[0].clone();
        smooth.smooth();
        assert!((length(&smooth) - 29.0).abs() < 1e-6, "ends stay");
        assert!(lines[0].points.iter().all(|[x, _]| (x - 24.5).abs() < 1e-6));
        assert!(contours(&slope, &valid, SIDE, 99.0).is_empty());
    }

    #[test]
    fn a_saddle_is_two_lines_that_do_not_cross() {
        let saddle = grid(|x, y| (x - 29.5) * (y - 29.5));
        let valid = vec![true; SIDE * SIDE];
        for level in [4.0, -4.0, 0.1] {
            let lines = contours(&saddle, &valid, SIDE, level);
            assert_eq!(lines.len(), 2, "{level}");
            assert!(lines.iter().all(|line| !line.closed));
        }
    }
}

//! Lines of equal value on a grid: marching squares (Lorensen and Cline 1987, in the plane), joined end to end.

use std::collections::HashMap;

/// A line of equal value, in cells: `[0, 0]` is the first value, x counts columns and y rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// The line's corners, in order.
    pub points: Vec<[f64; 2]>,
    /// Whether the last is joined to the first.
    pub closed: bool,
}

impl Contour {
    /// Cuts the corners off (Chaikin 1974), so that the line looks round close up too. Ends stay where they are.
    pub fn round(&mut self) {
        let corners = &self.points;
        let between =
            |a: [f64; 2], b: [f64; 2], t: f64| [0, 1].map(|axis| a[axis] + (b[axis] - a[axis]) * t);
        let mut points = Vec::with_capacity(2 * corners.len() + 2);
        let sides = corners.windows(2).map(|pair| (pair[0], pair[1]));
        let last = corners.last().copied().zip(corners.first().copied());
        for (a, b) in sides.chain(last.filter(|_| self.closed)) {
            points.extend([between(a, b, 0.25), between(a, b, 0.75)]);
        }
        if let (false, Some((last, first))) = (self.closed, last) {
            points.insert(0, first);
            points.push(last);
        }
        self.points = points;
    }
}

/// An edge of the grid that a line crosses: its cell's first corner, and whether it goes down instead of right.
type Edge = (u32, bool);

/// Lines shorter than this many edges are specks.
const SHORTEST: usize = 6;

/// The lines at a level through the cells all of whose corners are `sure`. Straight within a cell; a saddle is joined by
/// the value in its middle.
///
/// # Shapes
/// - `values`, `sure`: `[rows, columns]`, as many columns as `columns` says
pub fn contours(values: &[f32], sure: &[bool], columns: usize, level: f32) -> Vec<Contour> {
    let mut links: HashMap<Edge, [Option<Edge>; 2]> = HashMap::new();
    let mut order: Vec<Edge> = Vec::new();
    let mut join = |a: Edge, b: Edge| {
        for (from, to) in [(a, b), (b, a)] {
            let ends = links.entry(from).or_insert_with(|| {
                order.push(from);
                [None; 2]
            });
            match ends {
                [first @ None, _] => *first = Some(to),
                [_, second] => *second = Some(to),
            }
        }
    };
    let rows = values.len().checked_div(columns).unwrap_or(0);
    for row in 1..rows {
        for column in 1..columns {
            let corner = (row - 1) * columns + column - 1;
            let at = [corner, corner + 1, corner + columns + 1, corner + columns];
            let corners = at.map(|at| {
                values
                    .get(at)
                    .copied()
                    .filter(|_| sure.get(at) == Some(&true))
            });
            let [Some(a), Some(b), Some(c), Some(d)] = corners else {
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
                [from, to] => join(*from, *to),
                [top, right, bottom, left] => {
                    // Two lines: they cut off the corners that the middle does not go with.
                    let middle = (a + b + c + d) / 4.0 >= level;
                    if middle == above[0] {
                        join(*top, *right);
                        join(*bottom, *left);
                    } else {
                        join(*top, *left);
                        join(*bottom, *right);
                    }
                }
                _ => {}
            }
        }
    }
    let place = |(corner, down): Edge| {
        let corner = corner as usize;
        let other = corner + if down { columns } else { 1 };
        let (Some(a), Some(b)) = (values.get(corner), values.get(other)) else {
            return [0.0; 2];
        };
        let t = f64::from(((level - a) / (b - a)).clamp(0.0, 1.0));
        let (x, y) = ((corner % columns) as f64, (corner / columns) as f64);
        if down { [x, y + t] } else { [x + t, y] }
    };
    // Lines with an end first, from that end; what is left are rings.
    let ends = order
        .iter()
        .filter(|edge| matches!(links.get(*edge), Some([Some(_), None])));
    let starts: Vec<Edge> = ends.chain(&order).copied().collect();
    let mut lines = Vec::new();
    for start in starts {
        let mut line = vec![];
        let (mut next, mut last) = (Some(start), start);
        while let Some(edge) = next {
            let Some(ends) = links.remove(&edge) else {
                break;
            };
            line.push(place(edge));
            last = edge;
            next = ends
                .into_iter()
                .flatten()
                .find(|edge| links.contains_key(edge));
        }
        let adjacent = |a: Edge, b: Edge| {
            let (a, b) = (place(a), place(b));
            (a[0] - b[0]).abs() <= 1.0 && (a[1] - b[1]).abs() <= 1.0
        };
        if line.len() >= SHORTEST {
            lines.push(Contour {
                closed: adjacent(start, last) && line.len() > 3,
                points: line,
            });
        }
    }
    lines
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
        let sure = vec![true; SIDE * SIDE];
        let found = contours(&hill, &sure, SIDE, 20.0);
        assert_eq!(found.len(), 1);
        assert!(found[0].closed);
        for [x, y] in &found[0].points {
            assert!(((x - 30.3).hypot(y - 29.1) - 20.0).abs() < 0.02);
        }
        let around = std::f64::consts::TAU * 20.0;
        assert!((length(&found[0]) - around).abs() < 0.02 * around);
        let mut round = found[0].clone();
        round.round();
        assert_eq!(round.points.len(), 2 * found[0].points.len());
        for [x, y] in &round.points {
            assert!(((x - 30.3).hypot(y - 29.1) - 20.0).abs() < 0.05);
        }
    }

    #[test]
    fn a_line_ends_where_nothing_is_sure() {
        let slope = grid(|x, _| x);
        let sure: Vec<bool> = (0..SIDE * SIDE)
            .map(|k| (10..40).contains(&(k / SIDE)))
            .collect();
        let found = contours(&slope, &sure, SIDE, 24.5);
        assert_eq!(found.len(), 1);
        assert!(!found[0].closed);
        assert!((length(&found[0]) - 29.0).abs() < 1e-6);
        let mut round = found[0].clone();
        round.round();
        assert!((length(&round) - 29.0).abs() < 1e-6, "ends stay");
        assert!(found[0].points.iter().all(|[x, _]| (x - 24.5).abs() < 1e-6));
        assert!(contours(&slope, &sure, SIDE, 99.0).is_empty());
    }

    #[test]
    fn a_saddle_is_two_lines_that_do_not_cross() {
        let saddle = grid(|x, y| (x - 29.5) * (y - 29.5));
        let sure = vec![true; SIDE * SIDE];
        for level in [4.0, -4.0, 0.1] {
            let found = contours(&saddle, &sure, SIDE, level);
            assert_eq!(found.len(), 2, "{level}");
            assert!(found.iter().all(|line| !line.closed));
        }
    }
}

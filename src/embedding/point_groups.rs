//! Points in groups of sixteen, so that the distances from one row to a whole group are computed together.

use super::features::{Features, LANES};
use crate::multiversion::multiversion;

/// Points of a group: the numbers of a wide vector register.
const GROUP_SIZE: usize = 16;

/// The rows of some features, `[group][column]`, each with the numbers of the group's points. The last group is filled up
/// with zeros.
pub(super) struct PointGroups<'a> {
    features: &'a Features,
    values: Vec<[f32; GROUP_SIZE]>,
}

impl<'a> PointGroups<'a> {
    pub(super) fn new(features: &'a Features) -> Self {
        let width = features.width();
        let groups = features.len().div_ceil(GROUP_SIZE);
        let mut values = vec![[0.0; GROUP_SIZE]; groups * width];
        for i in 0..features.len() {
            let slots = &mut values[i / GROUP_SIZE * width..][..width];
            for (slot, value) in slots.iter_mut().zip(features.row(i)) {
                slot[i % GROUP_SIZE] = *value;
            }
        }
        Self { features, values }
    }

    /// Length of the rows that [`PointGroups::squares_from`] fills: the number of points, and those that fill the last group.
    pub(super) fn stride(&self) -> usize {
        self.features.len().next_multiple_of(GROUP_SIZE)
    }

    /// Squared distances from some points of the same features to all points, a row of [`PointGroups::stride`] for each. To the
    /// last bit those of [`Features::squared_distance`].
    pub(super) fn squares_from(&self, points: std::ops::Range<usize>, squares: &mut Vec<f32>) {
        squares.resize(points.len() * self.stride(), 0.0);
        let width = self.features.width();
        let rows: Vec<&[f32]> = points.map(|i| self.features.row(i)).collect();
        fill_squares(&self.values, width, &rows, squares);
    }
}

multiversion! {
    /// Squared distances from `rows` to all points of the groups, `[rows, points]`.
    fn fill_squares(groups: &[[f32; GROUP_SIZE]], width: usize, rows: &[&[f32]], squares: &mut [f32]) = fill_squares_body
}

#[inline(always)]
fn fill_squares_body(
    groups: &[[f32; GROUP_SIZE]],
    width: usize,
    rows: &[&[f32]],
    squares: &mut [f32],
) {
    let count = groups.len() / width;
    let squares = squares.as_chunks_mut::<GROUP_SIZE>().0;
    for (group_index, group) in groups.chunks_exact(width).enumerate() {
        for (row, values) in rows.iter().enumerate() {
            squares[row * count + group_index] = group_squares(group, values);
        }
    }
}

/// Squared distances from one row to a group, summed in the order of [`super::squared_distance`].
#[inline(always)]
fn group_squares(group: &[[f32; GROUP_SIZE]], row: &[f32]) -> [f32; GROUP_SIZE] {
    let mut sums = [[0.0_f32; GROUP_SIZE]; LANES];
    let (group, row) = (group.as_chunks::<LANES>().0, row.as_chunks::<LANES>().0);
    for (points, values) in group.iter().zip(row) {
        for lane in 0..LANES {
            for point in 0..GROUP_SIZE {
                let difference = values[lane] - points[lane][point];
                sums[lane][point] += difference * difference;
            }
        }
    }
    let mut squares = [0.0; GROUP_SIZE];
    for point in 0..GROUP_SIZE {
        let half = |lane: usize| sums[lane][point] + sums[lane + 4][point];
        squares[point] = (half(0) + half(2)) + (half(1) + half(3));
    }
    squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_those_of_the_features_to_the_last_bit() {
        let value = |i: usize, k: usize| ((i * 31 + k * 17 + 5) as f32 * 0.618_034).fract();
        for n in [1, 16, 37] {
            let rows: Vec<Vec<f32>> = (0..n)
                .map(|i| (0..19).map(|k| value(i, k)).collect())
                .collect();
            let features = Features::new(&rows);
            let groups = PointGroups::new(&features);
            let mut squares = Vec::new();
            groups.squares_from(0..n, &mut squares);
            for (i, row) in squares.chunks_exact(groups.stride()).enumerate() {
                for (j, square) in row.iter().take(n).enumerate() {
                    assert_eq!(square.to_bits(), features.squared_distance(i, j).to_bits());
                }
            }
        }
    }
}

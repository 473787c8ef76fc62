//! Points as rows of numbers whose Euclidean distances a layout shows.

/// Columns are padded with zeros to a multiple of this, so that the compiler can use vector registers.
pub(super) const LANES: usize = 8;

/// One row of single-precision numbers per point. All rows are equally long.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    rows: usize,
    width: usize,
    values: Vec<f32>,
}

impl Features {
    /// From rows. Rows shorter than the longest are padded with zeros; numbers that are not finite become zero.
    #[must_use]
    pub fn new<R: AsRef<[f32]>>(rows: &[R]) -> Self {
        let longest = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or(0);
        let width = longest.next_multiple_of(LANES).max(LANES);
        let mut values = vec![0.0; rows.len() * width];
        for (slots, row) in values.chunks_exact_mut(width).zip(rows) {
            for (slot, value) in slots.iter_mut().zip(row.as_ref()) {
                *slot = if value.is_finite() { *value } else { 0.0 };
            }
        }
        Self {
            rows: rows.len(),
            width,
            values,
        }
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Length of a row, its padding included.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// One point's numbers, padded with zeros.
    ///
    /// # Panics
    /// If the index is out of range.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    /// `row` cut or padded with zeros to [`Features::width`].
    #[must_use]
    pub fn padded(&self, row: &[f32]) -> Vec<f32> {
        let mut padded = row.to_vec();
        padded.resize(self.width, 0.0);
        padded
    }

    /// The points of these indices, in this order.
    ///
    /// # Panics
    /// If an index is out of range.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut values = Vec::with_capacity(indices.len() * self.width);
        for index in indices {
            values.extend_from_slice(self.row(*index));
        }
        Self {
            rows: indices.len(),
            width: self.width,
            values,
        }
    }

    /// Squared distance between two points.
    ///
    /// # Panics
    /// If either index is out of range.
    #[must_use]
    pub fn squared_distance(&self, i: usize, j: usize) -> f32 {
        squared_distance(self.row(i), self.row(j))
    }

    /// Distance between two points.
    ///
    /// # Panics
    /// If either index is out of range.
    #[must_use]
    pub fn distance(&self, i: usize, j: usize) -> f64 {
        f64::from(self.squared_distance(i, j)).sqrt()
    }
}

/// Squared Euclidean distance over the common length, summed in a fixed order.
#[must_use]
#[inline]
pub fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    let rest: f32 = if a.len() == b.len() {
        a_rest
            .iter()
            .zip(b_rest)
            .map(|(x, y)| (x - y) * (x - y))
            .sum()
    } else {
        0.0
    };
    let halves = [
        sums[0] + sums[4],
        sums[1] + sums[5],
        sums[2] + sums[6],
        sums[3] + sums[7],
    ];
    (halves[0] + halves[2]) + (halves[1] + halves[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_euclidean_whatever_the_length_of_the_rows() {
        let mut row = vec![0.0; 11];
        (row[2], row[10]) = (3.0, 4.0);
        let features = Features::new(&[vec![0.0; 11], row]);
        assert_eq!((features.distance(0, 1), features.width()), (5.0, 16));
        assert_eq!(features.select(&[1, 0]).distance(0, 1), 5.0);
        assert_eq!(squared_distance(&[1.0, 2.0], &[1.0, 0.0]), 4.0);
    }

    #[test]
    fn numbers_that_are_not_finite_become_zero() {
        let features = Features::new(&[[f32::NAN, 1.0], [0.0, f32::INFINITY]]);
        assert_eq!(features.distance(0, 1), 1.0);
    }
}

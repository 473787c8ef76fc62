//! Rows of a batch in blocks, so that a product reads the numbers of a block's rows from one place.

/// Rows in blocks of `R`: `[block][column]`, each with the numbers of the block's rows. The last block is filled up with zeros.
pub(super) struct Blocks<const R: usize> {
    columns: usize,
    values: Vec<[f32; R]>,
}

impl<const R: usize> Blocks<R> {
    /// Zeros for `blocks` blocks.
    pub(super) fn zeros(blocks: usize, columns: usize) -> Self {
        Self {
            columns,
            values: vec![[0.0; R]; blocks * columns],
        }
    }

    /// From `rows` row-major rows of these columns.
    pub(super) fn from_rows(rows: &[f32], columns: usize) -> Self {
        let count = rows.len().checked_div(columns).unwrap_or(0);
        let mut blocks = Self::zeros(count.div_ceil(R), columns);
        for (row, values) in rows.chunks_exact(columns.max(1)).enumerate() {
            blocks.set(row, 0, values);
        }
        blocks
    }

    /// Number of columns.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Number of blocks.
    pub(super) fn count(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// A block: an entry per column.
    #[inline(always)]
    pub(super) fn block(&self, index: usize) -> &[[f32; R]] {
        &self.values[index * self.columns..][..self.columns]
    }

    /// Writes part of a row, from a column on.
    #[inline(always)]
    pub(super) fn set(&mut self, row: usize, from: usize, values: &[f32]) {
        let slots = &mut self.values[row / R * self.columns + from..][..values.len()];
        for (slot, value) in slots.iter_mut().zip(values) {
            slot[row % R] = *value;
        }
    }
}

//! Rows of a batch in blocks, so that the numbers of a block's rows in one column are adjacent in memory.

/// Rows in blocks of `R`: `[block][column][row of the block]`. The last block is padded with zeros.
pub(super) struct Blocks<const R: usize> {
    columns: usize,
    values: Vec<[f32; R]>,
}

impl<const R: usize> Blocks<R> {
    /// `blocks` blocks of zeros.
    pub(super) fn zeros(blocks: usize, columns: usize) -> Self {
        Self {
            columns,
            values: vec![[0.0; R]; blocks * columns],
        }
    }

    /// From row-major rows of `columns` numbers.
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

    /// A block, an entry per column.
    #[inline(always)]
    pub(super) fn block(&self, index: usize) -> &[[f32; R]] {
        &self.values[index * self.columns..][..self.columns]
    }

    /// Writes part of a row, from `first_column` on.
    #[inline(always)]
    pub(super) fn set(&mut self, row: usize, first_column: usize, values: &[f32]) {
        let slots = &mut self.values[row / R * self.columns + first_column..][..values.len()];
        for (slot, value) in slots.iter_mut().zip(values) {
            slot[row % R] = *value;
        }
    }
}

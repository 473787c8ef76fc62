//! A weight matrix (kernel) of the decoder and its products: with one row, and with blocks of rows.
//!
//! Columns are taken in panels of four groups, each as wide as a register. In every product, every sum starts at zero and adds
//! its terms in the order of the kernel's rows, so a row's sums do not depend on how many rows there are.

use std::ops::Range;
use std::sync::Arc;

use super::blocks::Blocks;
use super::instructions::{Instructions, VectorOps};
use crate::model::error::CheckpointError;
use crate::model::parameters::{CpuTensor, Parameters};

/// Groups of columns of a panel: one for each gate of an LSTM.
pub(super) const GROUPS: usize = 4;
/// Rows of a kernel that one pass over the sums of a single row takes.
const PASS_ROWS: usize = 4;

/// Sums or weights of a panel, for one row.
pub(super) type Groups<const L: usize> = [[f32; L]; GROUPS];

/// The columns of a panel's groups.
#[derive(Clone, Copy)]
pub(super) struct PanelColumns {
    pub(super) starts: [usize; GROUPS],
    /// As many columns as a register holds, or fewer at the end.
    pub(super) widths: [usize; GROUPS],
}

/// Buffers of the products with one kernel.
#[derive(Default)]
pub(super) struct ProductBuffers<const L: usize> {
    /// A panel of the kernel.
    panel: Vec<Groups<L>>,
    /// All sums of a single row.
    sums: Vec<f32>,
}

/// A matrix `[inputs, outputs]` that rows are multiplied with.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    tensor: Arc<CpuTensor>,
    outputs: usize,
    /// Columns between the starts of a panel's groups: the units of an LSTM layer; `None` if the groups are adjacent.
    group_distance: Option<usize>,
    /// A copy in 16-bit floats, `[panel][row][group][lane]`, if that changes no number and the processor has an instruction to
    /// widen them: the product with one row takes as long as reading the weights.
    half_precision: Option<Arc<[u16]>>,
}

impl Kernel {
    /// The tensor of this name, which has `outputs` columns, for products with these instructions. `group_distance`: columns
    /// between the starts of a panel's groups, `None` if they are adjacent.
    pub(super) fn new(
        (parameters, instructions): (&Parameters, Instructions),
        name: &str,
        outputs: usize,
        group_distance: Option<usize>,
    ) -> Result<Self, CheckpointError> {
        let mut kernel = Self {
            tensor: parameters.get_shared(name)?,
            outputs,
            group_distance,
            half_precision: None,
        };
        if instructions.widens_half() {
            kernel.half_precision = kernel.half_copy(instructions.lanes());
        }
        Ok(kernel)
    }

    /// Number of columns.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of rows.
    fn inputs(&self) -> usize {
        self.tensor
            .values
            .len()
            .checked_div(self.outputs)
            .unwrap_or(0)
    }

    /// A row.
    #[inline(always)]
    pub(super) fn row(&self, index: usize) -> &[f32] {
        &self.tensor.values[index * self.outputs..][..self.outputs]
    }

    /// Number of panels for registers of `lanes` numbers.
    #[inline(always)]
    pub(super) fn panels(&self, lanes: usize) -> usize {
        let columns = self
            .group_distance
            .unwrap_or_else(|| self.outputs.div_ceil(GROUPS));
        columns.div_ceil(lanes)
    }

    /// The columns of a panel.
    #[inline(always)]
    pub(super) fn panel_columns(&self, panel: usize, lanes: usize) -> PanelColumns {
        let (first, distance, end) = match self.group_distance {
            Some(distance) => (panel * lanes, distance, distance),
            None => (panel * GROUPS * lanes, lanes, self.outputs),
        };
        let mut columns = PanelColumns {
            starts: [0; GROUPS],
            widths: [0; GROUPS],
        };
        for group in 0..GROUPS {
            let start = first + group * distance;
            let end = match self.group_distance {
                Some(_) => end * (group + 1),
                None => end,
            };
            columns.starts[group] = start.min(end);
            columns.widths[group] = lanes.min(end.saturating_sub(start));
        }
        columns
    }

    /// Computes all sums of a single row with the kernel's rows from `first_row` on, unless there are several rows or a 16-bit
    /// copy: then [`Kernel::product`] computes them.
    #[inline(always)]
    pub(super) fn multiply_single_row<V: VectorOps<L>, const L: usize, const R: usize>(
        &self,
        first_row: usize,
        input: &Blocks<R>,
        ProductBuffers { sums, .. }: &mut ProductBuffers<L>,
    ) {
        if R > 1 || self.half_precision.is_some() {
            return;
        }
        let row = input.block(0).as_flattened();
        sums.clear();
        sums.resize(self.outputs, 0.0);
        let values = &self.tensor.values[first_row * self.outputs..][..row.len() * self.outputs];
        let mut weights = values.chunks_exact(PASS_ROWS * self.outputs);
        let mut inputs = row.chunks_exact(PASS_ROWS);
        for (inputs, weights) in inputs.by_ref().zip(weights.by_ref()) {
            add_rows::<V, L, PASS_ROWS>(sums, inputs, weights);
        }
        let rest = weights.remainder().chunks_exact(self.outputs);
        for (input, weights) in inputs.remainder().iter().zip(rest) {
            add_rows::<V, L, 1>(sums, &[*input], weights);
        }
    }

    /// Copies some rows of a panel to the buffer, for blocks of several rows.
    #[inline(always)]
    pub(super) fn load_panel<V: VectorOps<L>, const L: usize, const R: usize>(
        &self,
        panel: usize,
        rows: Range<usize>,
        ProductBuffers { panel: slots, .. }: &mut ProductBuffers<L>,
    ) {
        if R == 1 {
            return;
        }
        slots.resize(rows.len(), [[0.0; L]; GROUPS]);
        if let Some(half) = self.half_panel::<L>(panel, rows.clone()) {
            for (slots, half) in slots.iter_mut().zip(half) {
                for group in 0..GROUPS {
                    slots[group] = V::widen(&half[group]);
                }
            }
            return;
        }
        let columns = self.panel_columns(panel, L);
        let values = &self.tensor.values[rows.start * self.outputs..rows.end * self.outputs];
        for (slots, row) in slots.iter_mut().zip(values.chunks_exact(self.outputs)) {
            *slots = load_groups(row, columns);
        }
    }

    /// The sums of a block of rows over a panel, with the kernel's rows from `first_row` on. Blocks of several rows are
    /// multiplied with the panel that [`Kernel::load_panel`] loaded; a single row needs a call of [`Kernel::multiply_single_row`].
    #[inline(always)]
    pub(super) fn product<V: VectorOps<L>, const L: usize, const R: usize>(
        &self,
        panel: usize,
        first_row: usize,
        block: &[[f32; R]],
        buffers: &ProductBuffers<L>,
    ) -> [Groups<L>; R] {
        if R > 1 {
            return panel_product::<V, L, R>(block, &buffers.panel);
        }
        let rows = first_row..first_row + block.len();
        match self.half_panel::<L>(panel, rows) {
            Some(half) => [half_product::<V, L>(block.as_flattened(), half); R],
            None => [load_groups(&buffers.sums, self.panel_columns(panel, L)); R],
        }
    }

    /// Some rows of a panel of the 16-bit copy.
    #[inline(always)]
    fn half_panel<const L: usize>(
        &self,
        panel: usize,
        rows: Range<usize>,
    ) -> Option<&[[[u16; L]; GROUPS]]> {
        let lanes: &[[u16; L]] = self.half_precision.as_ref()?.as_chunks().0;
        let groups: &[[[u16; L]; GROUPS]] = lanes.as_chunks().0;
        Some(&groups[panel * self.inputs()..][rows])
    }

    /// The 16-bit copy, if all numbers are exactly 16-bit floats.
    fn half_copy(&self, lanes: usize) -> Option<Arc<[u16]>> {
        let is_half = |x: &f32| half::f16::from_f32(*x).to_f32().to_bits() == x.to_bits();
        if !self.tensor.values.iter().all(is_half) {
            return None;
        }
        let panels = self.panels(lanes);
        let mut copy = Vec::with_capacity(panels * self.inputs() * GROUPS * lanes);
        for panel in 0..panels {
            let PanelColumns { starts, widths } = self.panel_columns(panel, lanes);
            for row in 0..self.inputs() {
                for (start, width) in starts.iter().zip(widths) {
                    let values = &self.row(row)[*start..][..width];
                    copy.extend(values.iter().map(|x| half::f16::from_f32(*x).to_bits()));
                    copy.resize(copy.len() + lanes - width, 0);
                }
            }
        }
        Some(copy.into())
    }
}

/// `width` numbers from `start` on, padded with zeros.
#[inline(always)]
pub(super) fn load_lanes<const L: usize>(values: &[f32], start: usize, width: usize) -> [f32; L] {
    match values[start..].first_chunk::<L>() {
        Some(lanes) if width == L => *lanes,
        _ => {
            let mut lanes = [0.0; L];
            for (lane, value) in lanes.iter_mut().zip(&values[start..]).take(width) {
                *lane = *value;
            }
            lanes
        }
    }
}

/// The numbers of a panel's columns, padded with zeros.
#[inline(always)]
pub(super) fn load_groups<const L: usize>(values: &[f32], columns: PanelColumns) -> Groups<L> {
    let mut groups = [[0.0; L]; GROUPS];
    let ranges = columns.starts.iter().zip(columns.widths);
    for (group, (start, width)) in groups.iter_mut().zip(ranges) {
        *group = load_lanes(values, *start, width);
    }
    groups
}

#[inline(always)]
fn panel_product<V: VectorOps<L>, const L: usize, const R: usize>(
    block: &[[f32; R]],
    panel: &[Groups<L>],
) -> [Groups<L>; R] {
    let mut sums = [[[0.0; L]; GROUPS]; R];
    for (inputs, weights) in block.iter().zip(panel) {
        // Rows inside of groups: with AVX2 the sums, the inputs of all rows and the weights of one group just fit the registers.
        for group in 0..GROUPS {
            for row in 0..R {
                for lane in 0..L {
                    sums[row][group][lane] =
                        V::multiply_add(weights[group][lane], inputs[row], sums[row][group][lane]);
                }
            }
        }
    }
    sums
}

#[inline(always)]
fn half_product<V: VectorOps<L>, const L: usize>(
    row: &[f32],
    panel: &[[[u16; L]; GROUPS]],
) -> Groups<L> {
    let mut sums = [[0.0; L]; GROUPS];
    for (input, weights) in row.iter().zip(panel) {
        for group in 0..GROUPS {
            let weights = V::widen(&weights[group]);
            for lane in 0..L {
                sums[group][lane] = V::multiply_add(weights[lane], *input, sums[group][lane]);
            }
        }
    }
    sums
}

/// Adds `N` rows of weights, each times its input.
#[inline(always)]
fn add_rows<V: VectorOps<L>, const L: usize, const N: usize>(
    sums: &mut [f32],
    inputs: &[f32],
    weights: &[f32],
) {
    let mut rows: [&[f32]; N] = [&[]; N];
    for (row, weights) in rows.iter_mut().zip(weights.chunks_exact(sums.len())) {
        *row = &weights[..sums.len()];
    }
    for (column, sum) in sums.iter_mut().enumerate() {
        for k in 0..N {
            *sum = V::multiply_add(rows[k][column], inputs[k], *sum);
        }
    }
}

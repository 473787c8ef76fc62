//! Stacked LSTM layers and dense layers on the CPU, for a batch of rows in blocks.

use std::mem::swap;
use std::sync::Arc;

use super::activations::tanh;
use super::blocks::Blocks;
use super::cell::update_units;
use super::instructions::{Instructions, VectorOps};
use super::kernel::{
    GROUPS, Groups, Kernel, PanelColumns, ProductBuffers, load_groups, load_lanes,
};
use crate::model::error::CheckpointError;
use crate::model::parameters::{CpuTensor, Parameters};

/// The source of a layer: the model's tensors, and the instructions for which the layer's weights are arranged.
pub(super) type LayerSource<'a> = (&'a Parameters, Instructions);

/// Buffers of one thread: for a layer's products with its input, and with its own previous output.
#[derive(Default)]
pub(super) struct Workspace<const L: usize>([ProductBuffers<L>; 2]);

/// A dense layer: kernel `[inputs, outputs]`, bias `[outputs]`.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    kernel: Kernel,
    bias: Arc<CpuTensor>,
}

impl Dense {
    pub fn new(source: LayerSource<'_>, prefix: &str) -> Result<Self, CheckpointError> {
        Self::with_names(
            source,
            &format!("{prefix}/kernel"),
            &format!("{prefix}/bias"),
            None,
        )
    }

    fn with_names(
        source: LayerSource<'_>,
        kernel: &str,
        bias: &str,
        group_distance: Option<usize>,
    ) -> Result<Self, CheckpointError> {
        let bias = source.0.get_shared(bias)?;
        Ok(Self {
            kernel: Kernel::new(source, kernel, bias.values.len(), group_distance)?,
            bias,
        })
    }

    /// The bias plus the input times the kernel's rows from `first_row` on, row-major into `out`, which has
    /// all rows of all blocks, padding included.
    #[inline(always)]
    pub fn forward<V: VectorOps<L>, const L: usize, const R: usize>(
        &self,
        first_row: usize,
        input: &Blocks<R>,
        Workspace([buffers, _]): &mut Workspace<L>,
        out: &mut Vec<f32>,
    ) {
        let (kernel, bias) = (&self.kernel, &self.bias.values);
        let outputs = kernel.outputs();
        out.resize(input.count() * R * outputs, 0.0);
        kernel.multiply_single_row::<V, L, R>(first_row, input, buffers);
        for panel in 0..kernel.panels(L) {
            let PanelColumns { starts, widths } = kernel.panel_columns(panel, L);
            kernel.load_panel::<V, L, R>(panel, first_row..first_row + input.columns(), buffers);
            for block in 0..input.count() {
                let sums = kernel.product::<V, L, R>(panel, first_row, input.block(block), buffers);
                for (row, sums) in sums.iter().enumerate() {
                    let out = &mut out[(block * R + row) * outputs..][..outputs];
                    for (group, sums) in sums.iter().enumerate() {
                        let columns = starts[group]..starts[group] + widths[group];
                        let slots = out[columns.clone()].iter_mut().zip(&bias[columns]);
                        for ((out, bias), sum) in slots.zip(sums) {
                            *out = bias + sum;
                        }
                    }
                }
            }
        }
    }
}

/// One LSTM layer: kernel `[inputs + units, 4 * units]`, bias `[4 * units]`.
#[derive(Clone, Debug)]
struct LstmLayer {
    dense: Dense,
    inputs: usize,
    units: usize,
}

/// Input of the first layer at a step.
#[derive(Clone, Copy)]
pub(super) struct FirstLayerInput<'a> {
    /// The projected input with the bias, `[rows, 4 * units]`, padding rows included.
    pub projected: &'a [f32],
    /// Last token of each row, whose row of the kernel is added to the gates; none at the first step.
    pub tokens: Option<&'a [u8]>,
}

/// LSTM layers and the dense layer that gives their initial state.
#[derive(Clone, Debug)]
pub(super) struct LstmStack {
    initial_state: Dense,
    layers: Vec<LstmLayer>,
}

impl LstmStack {
    /// Layers of these `units`, the first with `inputs` inputs. `name` gives the names of a layer's
    /// kernel and bias.
    pub fn new(
        source: LayerSource<'_>,
        initial_state: &str,
        units: &[usize],
        mut inputs: usize,
        name: impl Fn(usize, &str) -> String,
    ) -> Result<Self, CheckpointError> {
        let mut layers = Vec::with_capacity(units.len());
        for (index, &units) in units.iter().enumerate() {
            let (kernel, bias) = (name(index, "kernel"), name(index, "bias"));
            layers.push(LstmLayer {
                dense: Dense::with_names(source, &kernel, &bias, Some(units))?,
                inputs,
                units,
            });
            inputs = units;
        }
        Ok(Self {
            initial_state: Dense::new(source, initial_state)?,
            layers,
        })
    }

    /// Initial states of all layers: `tanh` of a dense layer, split into cell and output of the first layer, of the second and so
    /// on.
    #[inline(always)]
    pub fn initial_states<V: VectorOps<L>, const L: usize, const R: usize>(
        &self,
        input: &Blocks<R>,
        workspace: &mut Workspace<L>,
    ) -> LstmStates<L, R> {
        let width = self.initial_state.kernel.outputs();
        let mut columns = Vec::new();
        self.initial_state
            .forward::<V, L, R>(0, input, workspace, &mut columns);
        columns.iter_mut().for_each(|x| *x = tanh(*x));
        let mut offset = 0;
        let states = self.layers.iter().map(|layer| {
            let (blocks, units) = (input.count(), layer.units);
            let mut state = LstmState {
                cell: vec![[[0.0; L]; R]; blocks * units.div_ceil(L)],
                output: Blocks::zeros(blocks, units),
                next_output: Blocks::zeros(blocks, units),
            };
            for (row, values) in columns.chunks_exact(width.max(1)).enumerate() {
                let (cell, output) = values[offset..offset + 2 * units].split_at(units);
                let slots = &mut state.cell[row / R * units.div_ceil(L)..];
                for (slot, cell) in slots.iter_mut().zip(cell.chunks(L)) {
                    slot[row % R] = load_lanes(cell, 0, cell.len());
                }
                state.output.set(row, 0, output);
            }
            offset += 2 * units;
            state
        });
        LstmStates(states.collect())
    }

    /// Contribution of an input to the first layer's gates, bias included, `[rows, 4 * units]`: the input times the rows of the
    /// layer's kernel from `first_row` on.
    #[inline(always)]
    pub fn project_input<V: VectorOps<L>, const L: usize, const R: usize>(
        &self,
        first_row: usize,
        input: &Blocks<R>,
        workspace: &mut Workspace<L>,
    ) -> Vec<f32> {
        let mut out = Vec::new();
        if let Some(first) = self.layers.first() {
            first
                .dense
                .forward::<V, L, R>(first_row, input, workspace, &mut out);
        }
        out
    }

    /// One step of all layers.
    #[inline(always)]
    pub fn step<V: VectorOps<L>, const L: usize, const R: usize>(
        &self,
        first_layer_input: FirstLayerInput<'_>,
        LstmStates(states): &mut LstmStates<L, R>,
        workspace: &mut Workspace<L>,
    ) {
        for (index, layer) in self.layers.iter().enumerate() {
            let (lower_states, upper_states) = states.split_at_mut(index);
            let input = match lower_states.last() {
                None => LayerInput::First(first_layer_input),
                Some(below) => LayerInput::LayerBelow(&below.output),
            };
            layer.step::<V, L, R>(input, &mut upper_states[0], workspace);
        }
    }
}

/// Input of any layer at a step.
#[derive(Clone, Copy)]
enum LayerInput<'a, const R: usize> {
    First(FirstLayerInput<'a>),
    /// The output of the layer below.
    LayerBelow(&'a Blocks<R>),
}

impl LstmLayer {
    /// One step for all rows, the units in groups of `L`: their gates' sums stay in registers until cell and output are known.
    #[inline(always)]
    fn step<V: VectorOps<L>, const L: usize, const R: usize>(
        &self,
        input: LayerInput<'_, R>,
        state: &mut LstmState<L, R>,
        Workspace([input_buffers, recurrent_buffers]): &mut Workspace<L>,
    ) {
        let (kernel, bias) = (&self.dense.kernel, &self.dense.bias.values);
        let recurrent_rows = self.inputs..self.inputs + self.units;
        let LstmState {
            cell,
            output,
            next_output,
        } = state;
        if let LayerInput::LayerBelow(below) = input {
            kernel.multiply_single_row::<V, L, R>(0, below, input_buffers);
        }
        kernel.multiply_single_row::<V, L, R>(recurrent_rows.start, output, recurrent_buffers);
        let panels = kernel.panels(L);
        for panel in 0..panels {
            let columns = kernel.panel_columns(panel, L);
            if let LayerInput::LayerBelow(_) = input {
                kernel.load_panel::<V, L, R>(panel, 0..self.inputs, input_buffers);
            }
            kernel.load_panel::<V, L, R>(panel, recurrent_rows.clone(), recurrent_buffers);
            for block in 0..output.count() {
                let mut gates = match input {
                    LayerInput::First(first) => self.first_layer_gates(first, block, columns),
                    LayerInput::LayerBelow(below) => {
                        let mut gates = [load_groups(bias, columns); R];
                        let below = below.block(block);
                        let products = kernel.product::<V, L, R>(panel, 0, below, input_buffers);
                        for row in 0..R {
                            add_groups(&mut gates[row], &products[row]);
                        }
                        gates
                    }
                };
                let previous_output = output.block(block);
                let products = kernel.product::<V, L, R>(
                    panel,
                    recurrent_rows.start,
                    previous_output,
                    recurrent_buffers,
                );
                let cells = &mut cell[block * panels + panel];
                for row in 0..R {
                    add_groups(&mut gates[row], &products[row]);
                    let outputs = update_units(&mut gates[row], &mut cells[row]);
                    let outputs = &outputs[..columns.widths[0]];
                    next_output.set(block * R + row, columns.starts[0], outputs);
                }
            }
        }
        swap(output, next_output);
    }

    /// The first layer's gates of a block before the recurrent part.
    #[inline(always)]
    fn first_layer_gates<const L: usize, const R: usize>(
        &self,
        input: FirstLayerInput<'_>,
        block: usize,
        columns: PanelColumns,
    ) -> [Groups<L>; R] {
        let width = GROUPS * self.units;
        let mut gates = [[[0.0; L]; GROUPS]; R];
        for (row, gates) in gates.iter_mut().enumerate() {
            let row = block * R + row;
            *gates = load_groups(&input.projected[row * width..], columns);
            if let Some(tokens) = input.tokens {
                let token_row = self.dense.kernel.row(usize::from(tokens[row]));
                add_groups(gates, &load_groups(token_row, columns));
            }
        }
        gates
    }
}

#[inline(always)]
fn add_groups<const L: usize>(a: &mut Groups<L>, b: &Groups<L>) {
    for group in 0..GROUPS {
        for lane in 0..L {
            a[group][lane] += b[group][lane];
        }
    }
}

/// The states of all layers of an [`LstmStack`].
pub(super) struct LstmStates<const L: usize, const R: usize>(Vec<LstmState<L, R>>);

impl<const L: usize, const R: usize> LstmStates<L, R> {
    /// Output of the last layer.
    pub fn top_output(&self) -> Option<&Blocks<R>> {
        self.0.last().map(|state| &state.output)
    }
}

/// Cell state and output of a layer, and a buffer for the next output.
struct LstmState<const L: usize, const R: usize> {
    /// `[block][group of units]`: for each row of the block the cells of `L` units.
    cell: Vec<[[f32; L]; R]>,
    output: Blocks<R>,
    next_output: Blocks<R>,
}

//! Stacked LSTM layers and dense layers on the CPU, for a batch of rows in blocks.

use std::mem::swap;
use std::sync::Arc;

use super::activations::tanh;
use super::blocks::Blocks;
use super::cell::units_step;
use super::instructions::{Instructions, Vectors};
use super::kernel::{GROUPS, Groups, Kernel, PanelColumns, ProductBuffers, load, load_groups};
use crate::model::error::CheckpointError;
use crate::model::parameters::{CpuTensor, Parameters};

/// What a layer is built from: the tensors of the model, and the instructions for which its weights are arranged.
pub(super) type LayerSource<'a> = (&'a Parameters, Instructions);

/// Buffers for one thread: of the products with the layer below, and with the layer's own output.
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
        Self::named(
            source,
            &format!("{prefix}/kernel"),
            &format!("{prefix}/bias"),
            None,
        )
    }

    fn named(
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

    /// The bias plus the input times the kernel's rows from `from` on, row-major into `out`, a row for each of every block.
    #[inline(always)]
    pub fn forward<V: Vectors<L>, const L: usize, const R: usize>(
        &self,
        from: usize,
        input: &Blocks<R>,
        Workspace([buffers, _]): &mut Workspace<L>,
        out: &mut Vec<f32>,
    ) {
        let (kernel, bias) = (&self.kernel, &self.bias.values);
        let outputs = kernel.outputs();
        out.resize(input.count() * R * outputs, 0.0);
        kernel.begin::<V, L, R>(from, input, buffers);
        for panel in 0..kernel.panels(L) {
            let PanelColumns { starts, widths } = kernel.panel_columns(panel, L);
            kernel.load_panel::<V, L, R>(panel, from..from + input.columns(), buffers);
            for block in 0..input.count() {
                let sums = kernel.product::<V, L, R>(panel, from, input.block(block), buffers);
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

/// What the first layer's gates start from at a step, before the recurrent part.
#[derive(Clone, Copy)]
pub(super) struct FirstGates<'a> {
    /// The projected input with the bias, `[rows, 4 * units]`, with a row for each of every block.
    pub projected: &'a [f32],
    /// The kernel's row of each row's last token; none at the first step.
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
                dense: Dense::named(source, &kernel, &bias, Some(units))?,
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

    /// `tanh` of a dense layer, split into cell and output of the first layer, then of the second …
    #[inline(always)]
    pub fn initial_states<V: Vectors<L>, const L: usize, const R: usize>(
        &self,
        input: &Blocks<R>,
        workspace: &mut Workspace<L>,
    ) -> LstmStates<L, R> {
        let width = self.initial_state.kernel.outputs();
        let mut joined = Vec::new();
        self.initial_state
            .forward::<V, L, R>(0, input, workspace, &mut joined);
        joined.iter_mut().for_each(|x| *x = tanh(*x));
        let mut at = 0;
        let states = self.layers.iter().map(|layer| {
            let (blocks, units) = (input.count(), layer.units);
            let mut state = LstmState {
                cell: vec![[[0.0; L]; R]; blocks * units.div_ceil(L)],
                output: Blocks::zeros(blocks, units),
                next_output: Blocks::zeros(blocks, units),
            };
            for (row, values) in joined.chunks_exact(width.max(1)).enumerate() {
                let (cell, output) = values[at..at + 2 * units].split_at(units);
                let slots = &mut state.cell[row / R * units.div_ceil(L)..];
                for (slot, cell) in slots.iter_mut().zip(cell.chunks(L)) {
                    slot[row % R] = load(cell, 0, cell.len());
                }
                state.output.set(row, 0, output);
            }
            at += 2 * units;
            state
        });
        LstmStates(states.collect())
    }

    /// Part of an input in the first layer's gates, bias included, `[rows, 4 * units]`: the input times the rows of its
    /// kernel from `from` on.
    #[inline(always)]
    pub fn project_input<V: Vectors<L>, const L: usize, const R: usize>(
        &self,
        from: usize,
        input: &Blocks<R>,
        workspace: &mut Workspace<L>,
    ) -> Vec<f32> {
        let mut out = Vec::new();
        if let Some(first) = self.layers.first() {
            first
                .dense
                .forward::<V, L, R>(from, input, workspace, &mut out);
        }
        out
    }

    /// One step of all layers.
    #[inline(always)]
    pub fn step<V: Vectors<L>, const L: usize, const R: usize>(
        &self,
        first_gates: FirstGates<'_>,
        LstmStates(states): &mut LstmStates<L, R>,
        workspace: &mut Workspace<L>,
    ) {
        for (index, layer) in self.layers.iter().enumerate() {
            let (below, above) = states.split_at_mut(index);
            let start = match below.last() {
                None => Start::Projected(first_gates),
                Some(below) => Start::Below(&below.output),
            };
            layer.step::<V, L, R>(start, &mut above[0], workspace);
        }
    }
}

/// What a layer's gates start from.
#[derive(Clone, Copy)]
enum Start<'a, const R: usize> {
    Projected(FirstGates<'a>),
    /// The output of the layer below.
    Below(&'a Blocks<R>),
}

impl LstmLayer {
    /// One step for all rows, the units in groups of `L`: their gates' sums stay in registers until cell and output are known.
    #[inline(always)]
    fn step<V: Vectors<L>, const L: usize, const R: usize>(
        &self,
        start: Start<'_, R>,
        state: &mut LstmState<L, R>,
        Workspace([below_buffers, own_buffers]): &mut Workspace<L>,
    ) {
        let (kernel, bias) = (&self.dense.kernel, &self.dense.bias.values);
        let own = self.inputs..self.inputs + self.units;
        let LstmState {
            cell,
            output,
            next_output,
        } = state;
        if let Start::Below(below) = start {
            kernel.begin::<V, L, R>(0, below, below_buffers);
        }
        kernel.begin::<V, L, R>(own.start, output, own_buffers);
        let panels = kernel.panels(L);
        for panel in 0..panels {
            let columns = kernel.panel_columns(panel, L);
            if let Start::Below(_) = start {
                kernel.load_panel::<V, L, R>(panel, 0..self.inputs, below_buffers);
            }
            kernel.load_panel::<V, L, R>(panel, own.clone(), own_buffers);
            for block in 0..output.count() {
                let mut gates = match start {
                    Start::Projected(first) => self.first_gates(first, block, columns),
                    Start::Below(below) => {
                        let mut gates = [load_groups(bias, columns); R];
                        let below = below.block(block);
                        let products = kernel.product::<V, L, R>(panel, 0, below, below_buffers);
                        for row in 0..R {
                            add(&mut gates[row], &products[row]);
                        }
                        gates
                    }
                };
                let before = output.block(block);
                let products = kernel.product::<V, L, R>(panel, own.start, before, own_buffers);
                let cells = &mut cell[block * panels + panel];
                for row in 0..R {
                    add(&mut gates[row], &products[row]);
                    let outputs = units_step(&mut gates[row], &mut cells[row]);
                    let outputs = &outputs[..columns.widths[0]];
                    next_output.set(block * R + row, columns.starts[0], outputs);
                }
            }
        }
        swap(output, next_output);
    }

    /// The first layer's gates of a block before the recurrent part.
    #[inline(always)]
    fn first_gates<const L: usize, const R: usize>(
        &self,
        first: FirstGates<'_>,
        block: usize,
        columns: PanelColumns,
    ) -> [Groups<L>; R] {
        let width = GROUPS * self.units;
        let mut gates = [[[0.0; L]; GROUPS]; R];
        for (row, gates) in gates.iter_mut().enumerate() {
            let row = block * R + row;
            *gates = load_groups(&first.projected[row * width..], columns);
            if let Some(tokens) = first.tokens {
                let of_token = self.dense.kernel.row(usize::from(tokens[row]));
                add(gates, &load_groups(of_token, columns));
            }
        }
        gates
    }
}

#[inline(always)]
fn add<const L: usize>(a: &mut Groups<L>, b: &Groups<L>) {
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

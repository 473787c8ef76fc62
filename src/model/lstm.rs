//! A dense layer and an LSTM cell on burn tensors, with the conventions of the published checkpoints.

use burn::prelude::*;
use burn::tensor::activation::{sigmoid, tanh};

use super::error::CheckpointError;
use super::tensor_source::TensorSource;

/// `x @ kernel + bias`.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    /// `[inputs, outputs]`
    kernel: Tensor<2>,
    /// `[1, outputs]`
    bias: Tensor<2>,
}

impl Dense {
    pub fn load(source: &mut TensorSource<'_>, prefix: &str) -> Result<Self, CheckpointError> {
        Ok(Self {
            kernel: source.tensor(&format!("{prefix}/kernel"))?,
            bias: source.tensor(&format!("{prefix}/bias"))?,
        })
    }

    /// # Shapes
    /// - `input`: `[rows, inputs]`
    /// - output: `[rows, outputs]`
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        input.matmul(self.kernel.clone()) + self.bias.clone()
    }
}

/// Cell state and output of an LSTM layer, `[batch, units]` each.
#[derive(Clone, Debug)]
pub(super) struct LstmState {
    pub cell: Tensor<2>,
    pub output: Tensor<2>,
}

impl LstmState {
    pub fn zeros(batch: usize, units: usize, device: &Device) -> Self {
        let zeros = Tensor::zeros([batch, units], device);
        Self {
            cell: zeros.clone(),
            output: zeros,
        }
    }
}

/// An LSTM cell without peepholes.
///
/// Gate columns are in the order input gate, candidate, forget gate, output gate; 1 is added to the
/// forget gate at run time, as the published checkpoints expect.
#[derive(Clone, Debug)]
pub(super) struct LstmCell {
    /// `[inputs, 4 * units]`
    input_kernel: Tensor<2>,
    /// `[units, 4 * units]`
    recurrent_kernel: Tensor<2>,
    /// `[1, 4 * units]`
    bias: Tensor<2>,
    units: usize,
}

impl LstmCell {
    pub fn load(
        source: &mut TensorSource<'_>,
        tensor_name: impl Fn(&str) -> String,
    ) -> Result<Self, CheckpointError> {
        let kernel = source.tensor(&tensor_name("kernel"))?;
        let [rows, columns] = kernel.dims();
        let units = columns / 4;
        Ok(Self {
            input_kernel: kernel.clone().narrow(0, 0, rows - units),
            recurrent_kernel: kernel.narrow(0, rows - units, units),
            bias: source.tensor(&tensor_name("bias"))?,
            units,
        })
    }

    pub fn units(&self) -> usize {
        self.units
    }

    pub fn input_width(&self) -> usize {
        self.input_kernel.dims()[0]
    }

    /// Rows `start..start + count` of the input kernel: the embedding table of one-hot inputs.
    pub fn input_rows(&self, start: usize, count: usize) -> Tensor<2> {
        self.input_kernel.clone().narrow(0, start, count)
    }

    pub fn bias(&self) -> Tensor<2> {
        self.bias.clone()
    }

    /// The input's contribution to the gates, bias included: `[rows, inputs]` to `[rows, 4 * units]`.
    pub fn project(&self, input: Tensor<2>) -> Tensor<2> {
        input.matmul(self.input_kernel.clone()) + self.bias.clone()
    }

    /// One step. `projection` `[batch, 4 * units]` is the result of [`LstmCell::project`].
    pub fn step(&self, projection: Tensor<2>, state: LstmState) -> LstmState {
        let gates = projection + state.output.matmul(self.recurrent_kernel.clone());
        let gate = |k: usize| gates.clone().narrow(1, k * self.units, self.units);
        let input_gate = sigmoid(gate(0));
        let candidate = tanh(gate(1));
        let forget_gate = sigmoid(gate(2) + 1.0);
        let output_gate = sigmoid(gate(3));
        let cell = input_gate * candidate + state.cell * forget_gate;
        let output = tanh(cell.clone()) * output_gate;
        LstmState { cell, output }
    }
}

//! The decoder on the processor.

use super::activations::tanh;
use super::cell::cell_step;
use super::product::{Matrix, Update, product};
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::config::{INITIAL_STATE, OUTPUT, decoder_name};
use crate::model::parameters::Parameters;
use crate::model::sampling::Sampler;
use crate::model::{CheckpointError, ModelError, MusicVaeConfig, Sampling};

/// One LSTM layer: kernel `[inputs + units, 4 * units]`, bias `[4 * units]`.
#[derive(Clone, Debug)]
struct Layer {
    kernel: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    units: usize,
}

/// A dense layer: kernel `[inputs, outputs]`, bias `[outputs]`.
#[derive(Clone, Debug)]
struct Dense {
    kernel: Vec<f32>,
    bias: Vec<f32>,
}

/// Latent points to tokens, many rows at a time.
#[derive(Clone, Debug)]
pub(in crate::model) struct HostDecoder {
    config: MusicVaeConfig,
    initial_state: Dense,
    layers: Vec<Layer>,
    output: Dense,
}

impl HostDecoder {
    pub fn new(config: &MusicVaeConfig, parameters: &Parameters) -> Result<Self, CheckpointError> {
        let values =
            |name: String| Ok::<_, CheckpointError>(parameters.require(&name)?.values.clone());
        let dense = |prefix: &str| {
            Ok::<_, CheckpointError>(Dense {
                kernel: values(format!("{prefix}/kernel"))?,
                bias: values(format!("{prefix}/bias"))?,
            })
        };
        let mut layers = Vec::new();
        let mut inputs = config.tokens + config.latent_size;
        for (index, &units) in config.decoder_layers.iter().enumerate() {
            layers.push(Layer {
                kernel: values(decoder_name(index, "kernel"))?,
                bias: values(decoder_name(index, "bias"))?,
                inputs,
                units,
            });
            inputs = units;
        }
        Ok(Self {
            config: config.clone(),
            initial_state: dense(INITIAL_STATE)?,
            layers,
            output: dense(OUTPUT)?,
        })
    }

    /// Decodes rows side by side. A row's melody does not depend on the other rows, as long as
    /// there are at least two: a product of one row may take another path with another rounding.
    ///
    /// # Errors
    /// [`ModelError`] if a point does not fit the latent space.
    pub fn decode(
        &self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        let (rows, steps) = (latents.len(), self.config.steps);
        let z = crate::model::latent_rows(latents, self.config.latent_size)?;
        let mut sampler = Sampler::new(sampling, rows);
        let mut states = self.first_states(&z, rows);
        let from_z = self.latent_part(&z, rows);
        let table = &self.layers[0].kernel;
        let mut tokens = vec![0_u8; rows * steps];
        let mut gates: Vec<Vec<f32>> = self
            .layers
            .iter()
            .map(|layer| vec![0.0; rows * 4 * layer.units])
            .collect();
        let mut logits = vec![0.0; rows * self.config.tokens];
        for t in 0..steps {
            for (index, layer) in self.layers.iter().enumerate() {
                let columns = 4 * layer.units;
                let gates = &mut gates[index];
                if index == 0 {
                    gates.copy_from_slice(&from_z);
                    if t > 0 {
                        for (row, gates) in gates.chunks_exact_mut(columns).enumerate() {
                            let token = usize::from(tokens[row * steps + t - 1]);
                            let of_token = &table[token * columns..(token + 1) * columns];
                            gates
                                .iter_mut()
                                .zip(of_token)
                                .for_each(|(gate, x)| *gate += x);
                        }
                    }
                } else {
                    fill_rows(gates, &layer.bias);
                    let kernel = &layer.kernel[..layer.inputs * columns];
                    let below = Matrix::new(&states[index - 1].output, rows, layer.inputs);
                    product(
                        gates,
                        Update::Add,
                        below,
                        Matrix::new(kernel, layer.inputs, columns),
                    );
                }
                let recurrent = &layer.kernel[layer.inputs * columns..];
                let state = &mut states[index];
                product(
                    gates,
                    Update::Add,
                    Matrix::new(&state.output, rows, layer.units),
                    Matrix::new(recurrent, layer.units, columns),
                );
                state.advance(gates, layer.units);
            }
            fill_rows(&mut logits, &self.output.bias);
            if let (Some(top), Some(layer)) = (states.last(), self.layers.last()) {
                product(
                    &mut logits,
                    Update::Add,
                    Matrix::new(&top.output, rows, layer.units),
                    Matrix::new(&self.output.kernel, layer.units, self.config.tokens),
                );
            }
            for (row, logits) in logits.chunks_exact(self.config.tokens).enumerate() {
                tokens[row * steps + t] = sampler.choose(row, logits);
            }
        }
        tokens
            .chunks_exact(steps)
            .map(|melody| {
                Tokens::new(melody.to_vec()).map_err(|error| ModelError::Device {
                    device: "CPU".to_owned(),
                    reason: error.to_string(),
                })
            })
            .collect()
    }

    /// The part of the first layer's gates that the latent point decides: the same at every step.
    fn latent_part(&self, z: &[f32], rows: usize) -> Vec<f32> {
        let (first, latent) = (&self.layers[0], self.config.latent_size);
        let columns = 4 * first.units;
        let kernel = &first.kernel[self.config.tokens * columns..first.inputs * columns];
        let mut out = vec![0.0; rows * columns];
        fill_rows(&mut out, &first.bias);
        let kernel = Matrix::new(kernel, latent, columns);
        product(&mut out, Update::Add, Matrix::new(z, rows, latent), kernel);
        out
    }

    /// `tanh` of a dense layer, split as cell and output of the first layer, then of the second …
    fn first_states(&self, z: &[f32], rows: usize) -> Vec<State> {
        let (latent, width) = (self.config.latent_size, self.initial_state.bias.len());
        let mut joined = vec![0.0; rows * width];
        fill_rows(&mut joined, &self.initial_state.bias);
        let kernel = Matrix::new(&self.initial_state.kernel, latent, width);
        product(
            &mut joined,
            Update::Add,
            Matrix::new(z, rows, latent),
            kernel,
        );
        joined.iter_mut().for_each(|x| *x = tanh(*x));
        let mut at = 0;
        let mut take = |units: usize| -> Vec<f32> {
            let part = joined
                .chunks_exact(width)
                .flat_map(|row| row[at..at + units].to_vec())
                .collect();
            at += units;
            part
        };
        self.layers
            .iter()
            .map(|layer| State {
                cell: take(layer.units),
                output: take(layer.units),
            })
            .collect()
    }
}

/// Cell state and output of a layer, `[rows, units]` each.
struct State {
    cell: Vec<f32>,
    output: Vec<f32>,
}

impl State {
    fn advance(&mut self, gates: &mut [f32], units: usize) {
        let mut before = vec![0.0; units];
        for ((gates, cell), output) in gates
            .chunks_exact_mut(4 * units)
            .zip(self.cell.chunks_exact_mut(units))
            .zip(self.output.chunks_exact_mut(units))
        {
            before.copy_from_slice(cell);
            cell_step(gates, &before, cell, output);
        }
    }
}

fn fill_rows(out: &mut [f32], row: &[f32]) {
    out.chunks_exact_mut(row.len())
        .for_each(|chunk| chunk.copy_from_slice(row));
}

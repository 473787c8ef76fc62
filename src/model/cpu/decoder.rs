//! The decoder on the CPU, flat or hierarchical.

use super::stack::{Dense, LstmStack, LstmStates};
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::config::MusicVaeConfig;
use crate::model::config::{
    CONDUCTOR_STATE, conductor_name, decoder_name, initial_state_name, output_name,
};
use crate::model::error::{CheckpointError, ModelError};
use crate::model::music_vae::Decoded;
use crate::model::parameters::Parameters;
use crate::model::sampling::Sampler;
use crate::model::sampling::Sampling;

/// Decodes latent points to tokens, many rows at a time. Shares the tensors of the weights.
#[derive(Clone, Debug)]
pub(in crate::model) struct CpuDecoder {
    config: MusicVaeConfig,
    /// Gives the vector of each segment of a hierarchical model.
    conductor: Option<LstmStack>,
    decoder: LstmStack,
    output: Dense,
}

impl CpuDecoder {
    pub fn new(config: &MusicVaeConfig, parameters: &Parameters) -> Result<Self, CheckpointError> {
        let conductor = match &config.hierarchy {
            None => None,
            Some(hierarchy) => {
                let units = &hierarchy.conductor_layers;
                let stack = LstmStack::new(parameters, CONDUCTOR_STATE, units, 1, conductor_name);
                Some(stack?)
            }
        };
        let prefix = config.decoder();
        Ok(Self {
            config: config.clone(),
            conductor,
            decoder: LstmStack::new(
                parameters,
                &initial_state_name(prefix),
                &config.decoder_layers,
                config.vocab_size + config.decoder_input_width(),
                |layer, tensor| decoder_name(prefix, layer, tensor),
            )?,
            output: Dense::new(parameters, &output_name(prefix))?,
        })
    }

    /// Decodes a batch. A row's melody does not depend on the other rows, as long as there are at
    /// least two: a product of a single row may be rounded otherwise.
    ///
    /// # Errors
    /// [`ModelError`] if a point does not fit the latent space.
    pub fn decode(
        &self,
        latents: &[LatentPoint],
        sampling: &Sampling,
        keep_logits: bool,
    ) -> Result<Decoded, ModelError> {
        let (rows, steps, vocab_size) = (latents.len(), self.config.steps, self.config.vocab_size);
        let z = crate::model::music_vae::latent_rows(latents, self.config.latent_size)?;
        let mut conductor = self.conductor.as_ref().map(|conductor| ConductorState {
            states: conductor.initial_states(&z, rows),
            gates: conductor.gate_buffers(rows),
            conductor,
        });
        let mut sampler = Sampler::new(sampling, rows);
        let mut tokens = vec![0_u8; rows * steps];
        let mut gates = self.decoder.gate_buffers(rows);
        let mut logits = vec![0.0; rows * vocab_size];
        let mut kept_logits = vec![
            0.0;
            if keep_logits {
                rows * steps * vocab_size
            } else {
                0
            }
        ];
        for first in (0..steps).step_by(self.config.segment_steps().max(1)) {
            // A segment starts in the state that its vector gives, with the last token of the segment
            // before as input. A flat melody is one segment, its vector the latent point.
            let vector = match &mut conductor {
                Some(conductor) => conductor.next_vector(rows),
                None => &z,
            };
            let mut states = self.decoder.initial_states(vector, rows);
            // The vector's part of the first layer's pre-activations is the same at every step.
            let vector_gates = self.decoder.project_input(vocab_size, vector, rows);
            for t in first..(first + self.config.segment_steps().max(1)).min(steps) {
                gates[0].copy_from_slice(&vector_gates);
                if t > 0 {
                    let columns = vector_gates.len() / rows.max(1);
                    for (row, gates) in gates[0].chunks_exact_mut(columns.max(1)).enumerate() {
                        let token = usize::from(tokens[row * steps + t - 1]);
                        let of_token = self.decoder.input_kernel_row(token);
                        gates
                            .iter_mut()
                            .zip(of_token)
                            .for_each(|(gate, x)| *gate += x);
                    }
                }
                self.decoder.step(&mut gates, &mut states, rows);
                self.output.forward(states.top_output(), rows, &mut logits);
                for (row, logits) in logits.chunks_exact(vocab_size).enumerate() {
                    tokens[row * steps + t] = sampler.next_token(row, logits);
                    if keep_logits {
                        let at = (row * steps + t) * vocab_size;
                        kept_logits[at..at + vocab_size].copy_from_slice(logits);
                    }
                }
            }
        }
        let tokens = tokens
            .chunks_exact(steps)
            .map(|melody| {
                Tokens::new(melody.to_vec()).map_err(|error| ModelError::Device {
                    device: "CPU".to_owned(),
                    reason: error.to_string(),
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Decoded {
            tokens,
            logits: kept_logits,
        })
    }
}

/// The state of a conductor between two segments of a batch.
struct ConductorState<'a> {
    conductor: &'a LstmStack,
    states: LstmStates,
    gates: Vec<Vec<f32>>,
}

impl ConductorState<'_> {
    /// The vector of the next segment, `[rows, units]`.
    fn next_vector(&mut self, rows: usize) -> &[f32] {
        // A conductor reads a single zero at each step.
        self.gates[0] = self.conductor.project_input(0, &vec![0.0; rows], rows);
        self.conductor.step(&mut self.gates, &mut self.states, rows);
        self.states.top_output()
    }
}

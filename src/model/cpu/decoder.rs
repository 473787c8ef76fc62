//! The decoder on the CPU, flat or hierarchical.

use super::blocks::Blocks;
#[cfg(target_arch = "x86_64")]
use super::instructions::{AVX2_LANES, AVX2_ROWS, AVX512_LANES, AVX512_ROWS, Avx2, Avx512};
use super::instructions::{BASELINE_LANES, BASELINE_ROWS, Baseline, Instructions, VectorOps};
use super::stack::{Dense, FirstLayerInput, LayerSource, LstmStack, LstmStates, Workspace};
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
    instructions: Instructions,
}

impl CpuDecoder {
    /// A decoder with the best instructions that this processor has.
    pub fn new(config: &MusicVaeConfig, parameters: &Parameters) -> Result<Self, CheckpointError> {
        Self::with_instructions(config, (parameters, Instructions::detect()))
    }

    fn with_instructions(
        config: &MusicVaeConfig,
        source: LayerSource<'_>,
    ) -> Result<Self, CheckpointError> {
        let conductor = match &config.hierarchy {
            None => None,
            Some(hierarchy) => {
                let units = &hierarchy.conductor_layers;
                let stack = LstmStack::new(source, CONDUCTOR_STATE, units, 1, conductor_name);
                Some(stack?)
            }
        };
        let prefix = config.decoder();
        Ok(Self {
            config: config.clone(),
            conductor,
            decoder: LstmStack::new(
                source,
                &initial_state_name(prefix),
                &config.decoder_layers,
                config.vocab_size + config.decoder_input_width(),
                |layer, tensor| decoder_name(prefix, layer, tensor),
            )?,
            output: Dense::new(source, &output_name(prefix))?,
            instructions: source.1,
        })
    }

    /// Rows of a batch that are multiplied together.
    pub fn rows_per_block(&self) -> usize {
        self.instructions.rows_per_block()
    }

    /// Decodes a batch. A row's melody does not depend on the other rows.
    ///
    /// # Errors
    /// [`ModelError`] if a point does not fit the latent space.
    pub fn decode(
        &self,
        latents: &[LatentPoint],
        sampling: &Sampling,
        keep_logits: bool,
    ) -> Result<Decoded, ModelError> {
        let steps = self.config.steps;
        let z = crate::model::music_vae::latent_rows(latents, self.config.latent_size)?;
        let mut batch = Batch {
            rows: latents.len(),
            z,
            sampler: Sampler::new(sampling, latents.len()),
            tokens: vec![0_u8; latents.len() * steps],
            logits: keep_logits.then(Vec::new),
        };
        if batch.rows > 0 {
            batch.decode(self);
        }
        let tokens = batch.tokens.chunks_exact(steps.max(1)).map(|melody| {
            Tokens::new(melody.to_vec()).map_err(|error| ModelError::Device {
                device: "CPU".to_owned(),
                reason: error.to_string(),
            })
        });
        Ok(Decoded {
            tokens: tokens.collect::<Result<_, _>>()?,
            logits: batch.logits.unwrap_or_default(),
        })
    }
}

/// A batch that is being decoded.
struct Batch {
    rows: usize,
    /// `[rows, latent]`
    z: Vec<f32>,
    sampler: Sampler,
    /// `[rows, steps]`
    tokens: Vec<u8>,
    /// `[rows, steps, vocab_size]`, if `keep_logits`.
    logits: Option<Vec<f32>>,
}

impl Batch {
    /// Decodes all rows with the loops compiled for the decoder's instructions.
    fn decode(&mut self, decoder: &CpuDecoder) {
        match decoder.instructions {
            #[cfg(target_arch = "x86_64")]
            #[expect(
                unsafe_code,
                reason = "the processor has the instructions: they were detected"
            )]
            // SAFETY: as the reason says.
            Instructions::Avx512 => unsafe { self.decode_avx512(decoder) },
            #[cfg(target_arch = "x86_64")]
            #[expect(
                unsafe_code,
                reason = "the processor has the instructions: they were detected"
            )]
            // SAFETY: as the reason says.
            Instructions::Avx2 => unsafe { self.decode_avx2(decoder) },
            Instructions::Baseline if self.rows == 1 => {
                self.decode_steps::<Baseline, BASELINE_LANES, 1>(decoder);
            }
            Instructions::Baseline => {
                self.decode_steps::<Baseline, BASELINE_LANES, BASELINE_ROWS>(decoder)
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")]
    fn decode_avx512(&mut self, decoder: &CpuDecoder) {
        if self.rows == 1 {
            self.decode_steps::<Avx512, AVX512_LANES, 1>(decoder);
        } else {
            self.decode_steps::<Avx512, AVX512_LANES, AVX512_ROWS>(decoder);
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,f16c")]
    fn decode_avx2(&mut self, decoder: &CpuDecoder) {
        if self.rows == 1 {
            self.decode_steps::<Avx2, AVX2_LANES, 1>(decoder);
        } else {
            self.decode_steps::<Avx2, AVX2_LANES, AVX2_ROWS>(decoder);
        }
    }

    /// Decodes all rows, step after step, with instructions `V` on vectors of `L` floats; `R` rows are multiplied together.
    #[inline(always)]
    fn decode_steps<V: VectorOps<L>, const L: usize, const R: usize>(
        &mut self,
        decoder: &CpuDecoder,
    ) {
        let config = &decoder.config;
        let (rows, steps, vocab_size) = (self.rows, config.steps, config.vocab_size);
        let workspace = &mut Workspace::<L>::default();
        let z = Blocks::<R>::from_rows(&self.z, config.latent_size);
        let padded_rows = z.count() * R;
        let mut conductor = decoder.conductor.as_ref().map(|conductor| ConductorState {
            states: conductor.initial_states::<V, L, R>(&z, workspace),
            zeros: Blocks::zeros(z.count(), 1),
            conductor,
        });
        let mut last_tokens = vec![0_u8; padded_rows];
        let mut logits = Vec::new();
        let segment_steps = config.segment_steps().max(1);
        for segment_start in (0..steps).step_by(segment_steps) {
            // A segment starts in the state that its vector gives, with the last token of the previous
            // segment as input. A flat melody is one segment, its vector the latent point.
            let vector = match &mut conductor {
                Some(conductor) => conductor.next_vector::<V>(workspace).unwrap_or(&z),
                None => &z,
            };
            let mut states = decoder.decoder.initial_states::<V, L, R>(vector, workspace);
            // The vector's contribution to the first layer's gates is the same at every step.
            let projected = decoder
                .decoder
                .project_input::<V, L, R>(vocab_size, vector, workspace);
            for t in segment_start..(segment_start + segment_steps).min(steps) {
                let first_layer_input = FirstLayerInput {
                    projected: &projected,
                    tokens: (t > 0).then_some(&last_tokens),
                };
                decoder
                    .decoder
                    .step::<V, L, R>(first_layer_input, &mut states, workspace);
                if let Some(top) = states.top_output() {
                    decoder
                        .output
                        .forward::<V, L, R>(0, top, workspace, &mut logits);
                }
                for (row, logits) in logits.chunks_exact(vocab_size).take(rows).enumerate() {
                    let token = self.sampler.next_token(row, logits);
                    last_tokens[row] = token;
                    self.tokens[row * steps + t] = token;
                    if let Some(all_logits) = &mut self.logits {
                        all_logits.resize(rows * steps * vocab_size, 0.0);
                        all_logits[(row * steps + t) * vocab_size..][..vocab_size]
                            .copy_from_slice(logits);
                    }
                }
            }
        }
    }
}

/// The state of a conductor between two segments of a batch.
struct ConductorState<'a, const L: usize, const R: usize> {
    conductor: &'a LstmStack,
    states: LstmStates<L, R>,
    /// The input at each step: a single zero.
    zeros: Blocks<R>,
}

impl<const L: usize, const R: usize> ConductorState<'_, L, R> {
    /// The vector of the next segment.
    #[inline(always)]
    fn next_vector<V: VectorOps<L>>(&mut self, workspace: &mut Workspace<L>) -> Option<&Blocks<R>> {
        let projected = self
            .conductor
            .project_input::<V, L, R>(0, &self.zeros, workspace);
        let first_layer_input = FirstLayerInput {
            projected: &projected,
            tokens: None,
        };
        self.conductor
            .step::<V, L, R>(first_layer_input, &mut self.states, workspace);
        self.states.top_output()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::prior_point;
    use crate::model::{CpuTensor, Hierarchy};

    /// Numbers of units that are no multiple of any register's width.
    fn config(hierarchy: Option<Hierarchy>) -> MusicVaeConfig {
        MusicVaeConfig {
            latent_size: 5,
            steps: 16,
            vocab_size: 90,
            encoder_layers: vec![3],
            decoder_layers: vec![21, 35],
            hierarchy,
        }
    }

    /// The nearest weights that 16-bit floats can hold.
    fn half_precision(parameters: &Parameters) -> Parameters {
        let mut rounded = Parameters::default();
        for (name, tensor) in parameters.iter() {
            let values = tensor.values.iter();
            let values = values.map(|x| half::f16::from_f32(*x).to_f32()).collect();
            let shape = tensor.shape.clone();
            rounded.insert(name, CpuTensor { shape, values });
        }
        rounded
    }

    fn logits(decoder: &CpuDecoder, points: &[LatentPoint]) -> Vec<f32> {
        let decoded = decoder.decode(points, &Sampling::Greedy, true).unwrap();
        decoded.logits
    }

    #[test]
    fn a_rows_logits_are_the_same_alone_and_in_a_batch_with_all_instructions_and_either_precision()
    {
        let hierarchy = Hierarchy {
            segments: 4,
            conductor_layers: vec![9],
            segment_encoder_layers: Vec::new(),
        };
        let points: Vec<LatentPoint> = (0..15).map(|k| prior_point(5, 3, k)).collect();
        let logits_per_melody = 16 * 90;
        for config in [config(None), config(Some(hierarchy))] {
            let single_precision = Parameters::initialise(&config, 1);
            for parameters in [half_precision(&single_precision), single_precision] {
                let mut first: Option<Vec<f32>> = None;
                for instructions in Instructions::all() {
                    let source = (&parameters, instructions);
                    let decoder = CpuDecoder::with_instructions(&config, source).unwrap();
                    let batch_logits = logits(&decoder, &points);
                    for (k, expected) in batch_logits.chunks_exact(logits_per_melody).enumerate() {
                        let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                        let single_logits = logits(&decoder, &points[k..=k]);
                        assert!(
                            bits(&single_logits) == bits(expected),
                            "{instructions:?}: row {k}"
                        );
                    }
                    // Kinds differ in the rounding of products alone.
                    let first = first.get_or_insert_with(|| batch_logits.clone());
                    let mut pairs = batch_logits.iter().zip(first.iter());
                    assert!(pairs.all(|(a, b)| (a - b).abs() < 1e-4), "{instructions:?}");
                }
            }
        }
    }
}

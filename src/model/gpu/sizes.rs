//! The sizes that the decode kernel is compiled for.

/// Threads of a workgroup: the most that every WebGPU adapter allows.
pub(super) const THREADS: usize = 256;
/// Units of the widest layer that the kernel decodes: two for each thread.
const MAX_UNITS: usize = 2 * THREADS;
/// Melodies of a workgroup when each thread has one unit per layer; more would not stay in registers.
const MAX_ROWS: usize = 12;
/// Maximum number of iterations of a thread, all loops together.
///
/// Mesa's llvmpipe ends loops after 65,535 iterations per thread, all loops together, and returns the result so far.
const MAX_LOOP_ITERATIONS: usize = 60_000;
/// Unrolling factor of the kernel's loops.
pub(super) const UNROLL_FACTOR: usize = 4;

/// Sizes of a flat decoder and of the workgroup that runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KernelSizes {
    /// Width of a latent point, rounded up to a multiple of [`UNROLL_FACTOR`].
    pub latent: usize,
    /// LSTM layers.
    pub layers: usize,
    /// Units of the widest layer, rounded up to a multiple of [`UNROLL_FACTOR`].
    pub units: usize,
    /// Units of a layer in every buffer: a multiple of [`THREADS`]. Units that no layer has stay zero.
    pub width: usize,
    /// Token ids.
    pub vocab: usize,
    /// Steps of a melody.
    pub steps: usize,
    /// Melodies of a workgroup; even.
    pub melodies: usize,
    /// Whether the weights are stored in 16 bits.
    pub half: bool,
    /// Whether tokens are sampled; else the most likely one is chosen.
    pub sampled: bool,
}

impl KernelSizes {
    /// The sizes for a decoder with these layers in a workgroup with `workgroup_bytes` of shared memory.
    ///
    /// `None` if the kernel cannot run it: a layer is too wide, a melody too long, or the memory too small.
    pub fn new(
        latent: usize,
        layers: &[usize],
        vocab: usize,
        steps: usize,
        workgroup_bytes: usize,
    ) -> Option<Self> {
        let max_units = layers.iter().copied().max().filter(|units| *units > 0)?;
        let mut sizes = Self {
            latent: latent.next_multiple_of(UNROLL_FACTOR),
            layers: layers.len(),
            units: max_units.next_multiple_of(UNROLL_FACTOR),
            width: max_units.next_multiple_of(THREADS),
            vocab,
            steps,
            melodies: 1,
            half: false,
            sampled: false,
        };
        let fits = sizes.units <= MAX_UNITS
            && (1..=THREADS).contains(&vocab)
            // Latent points share the buffer with the layers' outputs.
            && (1..=sizes.layers * sizes.width).contains(&sizes.latent)
            && sizes.loop_iterations() <= MAX_LOOP_ITERATIONS;
        let max_melodies = (workgroup_bytes / sizes.shared_bytes()).min(MAX_ROWS / sizes.slots());
        sizes.melodies = max_melodies / 2 * 2;
        (fits && sizes.melodies > 0).then_some(sizes)
    }

    /// Units per layer that one thread computes; a slot is one of these.
    pub fn slots(&self) -> usize {
        self.width / THREADS
    }

    /// Number of logits of a melody in shared memory, padded for the unrolled argmax.
    pub fn padded_vocab(&self) -> usize {
        self.vocab.next_multiple_of(UNROLL_FACTOR)
    }

    /// Bytes of shared memory: the outputs of all layers, the logits and the last token of each melody.
    pub fn shared_bytes(&self) -> usize {
        4 * self.melodies * (self.layers * self.width + self.padded_vocab() + 1)
    }

    /// First row of the weights from a latent point to the initial state of a layer; the rows before those of layer 0 lead to
    /// the first layer's gates. Rows are [`Self::width`] quads long.
    pub fn initial_row_offset(&self, layer: usize) -> usize {
        self.latent * (1 + layer)
    }

    /// First row of a layer's kernel: the rows of its input from the layer below, then those of its own output.
    pub fn layer_row_offset(&self, layer: usize) -> usize {
        self.latent * (1 + self.layers) + self.units * (2 * layer).saturating_sub(1)
    }

    /// First row of a layer's kernel for its own previous output.
    pub fn recurrent_row_offset(&self, layer: usize) -> usize {
        let input_rows = if layer == 0 { 0 } else { self.units };
        self.layer_row_offset(layer) + input_rows
    }

    /// First quad of the output layer, `[units / 4, vocab]`, whose quads hold four units' weights each.
    pub fn output_quad_offset(&self) -> usize {
        self.layer_row_offset(self.layers) * self.width
    }

    /// Quads of all weights.
    pub fn weight_quad_count(&self) -> usize {
        self.output_quad_offset() + self.units / 4 * self.vocab
    }

    /// First quad of the biases of a layer. Before the first layer's biases come its input rows of each token and a row of
    /// zeros for no token; between the first and the second layer's come the biases of the initial states.
    pub fn bias_quad_offset(&self, layer: usize) -> usize {
        let states = if layer == 0 { 0 } else { self.layers };
        (self.vocab + 1 + states + layer) * self.width
    }

    /// First quad of the biases of a layer's initial state: cell, output and two zeros per unit.
    pub fn initial_bias_quad_offset(&self, layer: usize) -> usize {
        (self.vocab + 2 + layer) * self.width
    }

    /// First quad of the output layer's biases, one quad per token with the bias in front.
    pub fn output_bias_quad_offset(&self) -> usize {
        self.bias_quad_offset(self.layers)
    }

    /// Quads of scratch memory per melody.
    pub fn scratch_quad_count(&self) -> usize {
        (1 + self.layers) * self.width
    }

    /// Quads of all biases and of the input rows of the tokens.
    pub fn bias_quad_count(&self) -> usize {
        self.output_bias_quad_offset() + self.vocab
    }

    /// Iterations of a thread, all loops together.
    fn loop_iterations(&self) -> usize {
        /// Double rounds of the noise generator per block.
        const NOISE_ITERATIONS: usize = 4;
        let recurrent = (2 * self.layers - 1) * self.units;
        let unrolled_iterations = recurrent + self.units + self.padded_vocab();
        let per_step =
            unrolled_iterations / UNROLL_FACTOR + NOISE_ITERATIONS * (self.vocab / 16 + 2) + 1;
        self.latent * (1 + self.layers) / UNROLL_FACTOR + self.steps * per_step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn melodies_of_a_workgroup_follow_from_the_shared_memory() {
        let melodies = |units: usize, bytes: usize| {
            KernelSizes::new(256, &[units, units], 90, 32, bytes).map(|sizes| sizes.melodies)
        };
        // The smallest limit that WebGPU allows, and that of most cards.
        assert_eq!(melodies(256, 16_384), Some(6));
        assert_eq!(melodies(256, 32_768), Some(12));
        assert_eq!(melodies(512, 16_384), Some(2));
        assert_eq!(melodies(512, 32_768), Some(6));
        assert_eq!(melodies(1_024, 32_768), None);
        assert_eq!(melodies(256, 2_000), None);
    }

    #[test]
    fn melodies_too_long_for_the_loop_limit_of_software_adapters_are_refused() {
        assert!(KernelSizes::new(256, &[256, 256], 90, 64, 32_768).is_some());
        assert!(KernelSizes::new(256, &[256, 256], 90, 256, 32_768).is_none());
    }
}

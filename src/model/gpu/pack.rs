//! A decoder's tensors in the order in which the decode kernel reads them.
//!
//! A quad holds four numbers, mostly the four gates of one unit. Kernels are `[k][unit]` quads, so that neighbouring threads read
//! neighbouring addresses; the output layer is `[k / 4][token]`, with four k in a quad. Weights that fit into floats of 16 bits
//! are stored in 16 bits, which halves what the kernel reads at each step.

use half::f16;

use super::sizes::KernelSizes;

/// A flat decoder's tensors, row-major, in the published layout: see [`crate::model::MusicVaeConfig::tensor_shapes`].
pub(super) struct DecoderTensors<'a> {
    /// Units of each layer, first layer first.
    pub units: &'a [usize],
    /// Width of a latent point.
    pub latent: usize,
    /// Token ids.
    pub vocab: usize,
    /// Kernel and bias from a latent point to the initial state: cell and output of the first layer, of the second and so on.
    pub initial_state: [&'a [f32]; 2],
    /// Kernel and bias of each layer.
    pub layers: Vec<[&'a [f32]; 2]>,
    /// Kernel and bias from the last layer to the logits.
    pub output: [&'a [f32]; 2],
}

/// A decoder's weights as the kernel reads them.
pub(super) struct PackedDecoder {
    /// All weights as words of 32 bits: two words per quad if `half`, else four.
    pub words: Vec<i32>,
    /// Whether the weights are stored in 16 bits.
    pub half: bool,
    /// Factor by which the stored weights have to be multiplied.
    pub scale: f32,
    /// Input rows of the tokens, and all biases, as quads.
    pub constants: Vec<f32>,
}

impl PackedDecoder {
    pub fn new(tensors: &DecoderTensors<'_>, sizes: &KernelSizes) -> Self {
        let weights = weight_quads(tensors, sizes);
        let (words, half, scale) = match to_half_precision(&weights) {
            Some((words, scale)) => (words, true, scale),
            None => {
                let words = weights.iter().map(|x| x.to_bits() as i32).collect();
                (words, false, 1.0)
            }
        };
        Self {
            words,
            half,
            scale,
            constants: constant_quads(tensors, sizes),
        }
    }
}

/// The quads of all weights, in the order that [`KernelSizes`] describes.
fn weight_quads(tensors: &DecoderTensors<'_>, sizes: &KernelSizes) -> Vec<f32> {
    let mut quads = Quads::new(sizes.weight_quad_count());
    let [first_kernel, _] = tensors.layers[0];
    for k in 0..tensors.latent {
        let row = gate_quads(first_kernel, tensors.units[0], tensors.vocab + k);
        quads.write(k * sizes.width, row);
    }
    let states: usize = 2 * tensors.units.iter().sum::<usize>();
    let mut column = 0;
    let mut units_below = 0;
    for (layer, (&units, [kernel, _])) in tensors.units.iter().zip(&tensors.layers).enumerate() {
        for k in 0..tensors.latent {
            let row = &tensors.initial_state[0][k * states + column..][..2 * units];
            quads.write(
                (sizes.initial_row_offset(layer) + k) * sizes.width,
                state_quads(row),
            );
        }
        column += 2 * units;
        let row = sizes.layer_row_offset(layer);
        let recurrent_row = sizes.recurrent_row_offset(layer);
        let inputs = if layer == 0 {
            tensors.vocab + tensors.latent
        } else {
            units_below
        };
        for k in 0..units_below {
            quads.write((row + k) * sizes.width, gate_quads(kernel, units, k));
        }
        for k in 0..units {
            quads.write(
                (recurrent_row + k) * sizes.width,
                gate_quads(kernel, units, inputs + k),
            );
        }
        units_below = units;
    }
    for k in (0..units_below).step_by(4) {
        let weight = |k: usize, token: usize| {
            if k < units_below {
                tensors.output[0][k * tensors.vocab + token]
            } else {
                0.0
            }
        };
        let row = (0..tensors.vocab).map(|token| [0, 1, 2, 3].map(|part| weight(k + part, token)));
        quads.write(sizes.output_quad_offset() + k / 4 * tensors.vocab, row);
    }
    quads.0
}

/// The quads of the tokens' rows and all biases, in the order that [`KernelSizes`] describes.
fn constant_quads(tensors: &DecoderTensors<'_>, sizes: &KernelSizes) -> Vec<f32> {
    let mut quads = Quads::new(sizes.bias_quad_count());
    for token in 0..tensors.vocab {
        let row = gate_quads(tensors.layers[0][0], tensors.units[0], token);
        quads.write(token * sizes.width, row);
    }
    let mut column = 0;
    for (layer, (&units, [_, bias])) in tensors.units.iter().zip(&tensors.layers).enumerate() {
        quads.write(sizes.bias_quad_offset(layer), gate_quads(bias, units, 0));
        let row = &tensors.initial_state[1][column..][..2 * units];
        quads.write(sizes.initial_bias_quad_offset(layer), state_quads(row));
        column += 2 * units;
    }
    let biases = tensors.output[1].iter().map(|bias| [*bias, 0.0, 0.0, 0.0]);
    quads.write(sizes.output_bias_quad_offset(), biases);
    quads.0
}

/// Quads in one vector, zero until they are written.
struct Quads(Vec<f32>);

impl Quads {
    fn new(count: usize) -> Self {
        Self(vec![0.0; 4 * count])
    }

    /// Writes adjacent quads from quad `first` on.
    fn write(&mut self, first: usize, row: impl Iterator<Item = [f32; 4]>) {
        let (quads, _) = self.0.as_chunks_mut::<4>();
        quads[first..]
            .iter_mut()
            .zip(row)
            .for_each(|(quad, values)| *quad = values);
    }
}

/// Row `row` of an LSTM kernel `[rows, 4 * units]`: the gates of each unit.
fn gate_quads(kernel: &[f32], units: usize, row: usize) -> impl Iterator<Item = [f32; 4]> {
    let row = &kernel[row * 4 * units..][..4 * units];
    (0..units).map(move |unit| [0, 1, 2, 3].map(|gate| row[gate * units + unit]))
}

/// Cell and output of each unit of a layer, from its columns `[2 * units]` of the initial state.
fn state_quads(columns: &[f32]) -> impl Iterator<Item = [f32; 4]> {
    let (cells, outputs) = columns.split_at(columns.len() / 2);
    cells
        .iter()
        .zip(outputs)
        .map(|(cell, output)| [*cell, *output, 0.0, 0.0])
}

/// The weights as floats of 16 bits, two to a word with the first in the lower half, and the factor by which they have to be
/// multiplied; `None` if 16 bits would change one of them.
///
/// The stored weights are scaled by a power of two, so that none is subnormal: adapters may read subnormals as zero. The kernel
/// moves the bits of a float of 16 bits to their places in one of 32 bits without a change of the exponent's bias, which
/// divides by 2^112.
fn to_half_precision(weights: &[f32]) -> Option<(Vec<i32>, f32)> {
    let max_magnitude = weights.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
    let mut shift = 0;
    while shift < 24 && max_magnitude * 2.0_f32.powi(shift + 1) <= f16::MAX.to_f32() {
        shift += 1;
    }
    let factor = 2.0_f32.powi(shift);
    let halves: Option<Vec<u16>> = weights
        .iter()
        .map(|weight| {
            let half = f16::from_f32(weight * factor);
            let exact = half.to_f32() == weight * factor && (half.is_normal() || *weight == 0.0);
            exact.then(|| half.to_bits())
        })
        .collect();
    let halves = halves?;
    let (pairs, _) = halves.as_chunks::<2>();
    let words = pairs
        .iter()
        .map(|[low, high]| (u32::from(*low) | u32::from(*high) << 16) as i32)
        .collect();
    Some((words, 2.0_f32.powi(112 - shift)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_16_bits_are_stored_exactly_and_others_are_not_converted() {
        // The smallest float of 16 bits, a number that needs all its digits, and one in between.
        let exact = [
            2.0_f32.powi(-24),
            -1.999_023_4,
            0.0,
            f16::from_f32(0.1).to_f32(),
        ];
        let (words, scale) = to_half_precision(&exact).expect("floats of 16 bits");
        let halves = words
            .iter()
            .flat_map(|word| [*word as u32 & 0xffff, *word as u32 >> 16]);
        // The kernel's conversion.
        let widened = halves.map(|half| {
            f32::from_bits((((half << 16) as i32 >> 3) & 0x8fff_e000_u32 as i32) as u32) * scale
        });
        assert_eq!(widened.collect::<Vec<f32>>(), exact);
        assert!(to_half_precision(&[0.1, 0.2]).is_none());
    }
}

//! The decode kernel: all steps of some melodies in one workgroup.
//!
//! Thread u owns unit u of every layer (and u + 256 of layers of 512): it sums the unit's four gates for all melodies of
//! the workgroup, so that each weight is read once per step for all of them. Cell states stay in its registers, outputs,
//! logits and the last tokens in shared memory. Every sum has one fixed order, so a melody does not depend on the others.

use cubecl::prelude::*;

use super::arithmetic::{Pair, Quad, Words, load_quad, sigmoid, tanh};
use super::noise::add_noise;
use super::sizes::{KernelSizes, THREADS, UNROLL_FACTOR};

/// Decodes the latent points of a chunk. `sizes.melodies` melodies per workgroup; there are as many points as all workgroups
/// together have rows.
///
/// # Shapes
/// - `latents`: `[points, latent]`
/// - `weights`, `constants`: see [`super::pack`]
/// - `noise`: see [`super::noise::noise_words`]; not read unless `sizes.sampled`
/// - `scratch`: `[points, 1 + layers, width]`, scratch memory of the threads
/// - `tokens`: `[points, steps]`, written
///
/// `scale` is the factor by which the stored weights have to be multiplied; `temperature` divides the logits if `sizes.sampled`.
#[cube(launch_unchecked)]
pub(super) fn decode(
    latents: &[f32],
    weights: &[Words],
    constants: &[Quad],
    noise: &[u32],
    scratch: &mut [Quad],
    tokens: &mut [u32],
    scale: f32,
    temperature: f32,
    #[comptime] sizes: KernelSizes,
) {
    let mut outputs =
        Shared::<[Pair]>::new_slice(comptime!(sizes.layers * sizes.width * sizes.melodies / 2));
    let mut logits = Shared::<[f32]>::new_slice(comptime!(sizes.melodies * sizes.padded_vocab()));
    let mut last_tokens = Shared::<[u32]>::new_slice(comptime!(sizes.melodies));
    let mut cells = Array::<f32>::new(comptime!(sizes.layers * sizes.slots() * sizes.melodies));
    let mut sums = Array::<Quad>::new(comptime!(sizes.slots() * sizes.melodies));

    load_latents(latents, &mut outputs, scale, sizes);
    sync_cube();
    project_latents(&outputs, weights, constants, scratch, &mut sums, sizes);
    // The outputs overwrite the latent points.
    sync_cube();
    initial_states(&*scratch, &mut cells, &mut outputs, scale, sizes);
    if UNIT_POS < comptime!(sizes.melodies as u32) {
        let row = UNIT_POS as usize;
        last_tokens[row] = comptime!(sizes.vocab as u32).runtime();
        #[unroll]
        for token in comptime!(sizes.vocab)..comptime!(sizes.padded_vocab()) {
            logits[row * comptime!(sizes.padded_vocab()) + token] = -3.0e38f32;
        }
    }
    sync_cube();
    for step in 0..comptime!(sizes.steps) {
        #[unroll]
        for layer in 0..comptime!(sizes.layers) {
            if comptime!(layer == 0) {
                init_first_layer_sums(&mut sums, &*scratch, constants, &last_tokens, sizes);
            } else {
                let first_quad = comptime!(sizes.bias_quad_offset(layer)).runtime();
                init_sums(&mut sums, constants, first_quad, sizes);
                let row = comptime!(sizes.layer_row_offset(layer)).runtime();
                let below = comptime!(layer - 1);
                add_products(&mut sums, &outputs, weights, below, row, sizes.units, sizes);
            }
            let row = comptime!(sizes.recurrent_row_offset(layer)).runtime();
            add_products(&mut sums, &outputs, weights, layer, row, sizes.units, sizes);
            sync_cube();
            lstm_step(&sums, &mut cells, &mut outputs, layer, scale, sizes);
            sync_cube();
        }
        write_logits(
            &outputs,
            weights,
            constants,
            &mut logits,
            temperature,
            sizes,
        );
        sync_cube();
        if comptime!(sizes.sampled) {
            add_noise(&mut logits, noise, first_point(sizes), step, sizes);
            sync_cube();
        }
        if UNIT_POS < comptime!(sizes.melodies as u32) {
            let row = UNIT_POS as usize;
            let token = argmax(&logits, row * comptime!(sizes.padded_vocab()), sizes);
            last_tokens[row] = token;
            tokens[(first_point(sizes) + row) * comptime!(sizes.steps) + step] = token;
        }
        sync_cube();
    }
}

/// The workgroup's first point.
#[cube]
fn first_point(#[comptime] sizes: KernelSizes) -> usize {
    CUBE_POS * sizes.melodies
}

/// Writes the latent points of the workgroup, times `scale`, to `outputs`, from where [`add_products`] reads.
#[cube]
fn load_latents(
    latents: &[f32],
    outputs: &mut Shared<[Pair]>,
    scale: f32,
    #[comptime] sizes: KernelSizes,
) {
    #[unroll]
    for stride in 0..comptime!(sizes.latent.div_ceil(THREADS)) {
        let k = UNIT_POS as usize + comptime!(stride * THREADS);
        if k < comptime!(sizes.latent) {
            #[unroll]
            for pair in 0..comptime!(sizes.melodies / 2) {
                let point = first_point(sizes) + comptime!(2 * pair);
                let index = point * comptime!(sizes.latent) + k;
                let mut values = Pair::empty();
                values.insert(0usize, latents[index] * scale);
                values.insert(1usize, latents[index + comptime!(sizes.latent)] * scale);
                outputs[k * comptime!(sizes.melodies / 2) + pair] = values;
            }
        }
    }
}

/// Writes to `scratch` the latent points' contribution to the first layer's gates, and each layer's initial state before tanh.
#[cube]
fn project_latents(
    outputs: &Shared<[Pair]>,
    weights: &[Words],
    constants: &[Quad],
    scratch: &mut [Quad],
    sums: &mut Array<Quad>,
    #[comptime] sizes: KernelSizes,
) {
    for section in 0..comptime!(1 + sizes.layers) {
        let bias = (section + comptime!(sizes.vocab + 1)) * comptime!(sizes.width);
        init_sums(sums, constants, bias, sizes);
        let row = section * comptime!(sizes.latent);
        add_products(sums, outputs, weights, 0usize, row, sizes.latent, sizes);
        #[unroll]
        for slot in 0..comptime!(sizes.slots()) {
            #[unroll]
            for row in 0..comptime!(sizes.melodies) {
                let index = scratch_quad(row, section, slot, sizes);
                scratch[index] = sums[comptime!(slot * sizes.melodies + row)];
            }
        }
    }
}

/// Writes the initial state of all layers to `cells` and `outputs`.
#[cube]
fn initial_states(
    scratch: &[Quad],
    cells: &mut Array<f32>,
    outputs: &mut Shared<[Pair]>,
    scale: f32,
    #[comptime] sizes: KernelSizes,
) {
    #[unroll]
    for layer in 0..comptime!(sizes.layers) {
        #[unroll]
        for slot in 0..comptime!(sizes.slots()) {
            #[unroll]
            for pair in 0..comptime!(sizes.melodies / 2) {
                let mut values = Pair::empty();
                #[unroll]
                for member in 0..2usize {
                    let row = comptime!(2 * pair + member);
                    let state = scratch[scratch_quad(row, layer + 1, slot, sizes)];
                    let cell = comptime!((layer * sizes.slots() + slot) * sizes.melodies + row);
                    cells[cell] = tanh(state.extract(0usize));
                    values.insert(member, tanh(state.extract(1usize)) * scale);
                }
                let unit = UNIT_POS as usize + comptime!(layer * sizes.width + slot * THREADS);
                outputs[unit * comptime!(sizes.melodies / 2) + pair] = values;
            }
        }
    }
}

/// Quad of the scratch memory for the thread's unit in `slot`: the first layer's gates (section 0) or the initial state of
/// layer `section - 1`.
#[cube]
fn scratch_quad(
    #[comptime] row: usize,
    section: usize,
    #[comptime] slot: usize,
    #[comptime] sizes: KernelSizes,
) -> usize {
    ((first_point(sizes) + row) * comptime!(1 + sizes.layers) + section) * comptime!(sizes.width)
        + comptime!(slot * THREADS)
        + UNIT_POS as usize
}

/// Sets the sums to the contribution of the latent points and the last tokens to the first layer's gates.
#[cube]
fn init_first_layer_sums(
    sums: &mut Array<Quad>,
    scratch: &[Quad],
    constants: &[Quad],
    last_tokens: &Shared<[u32]>,
    #[comptime] sizes: KernelSizes,
) {
    #[unroll]
    for slot in 0..comptime!(sizes.slots()) {
        #[unroll]
        for row in 0..comptime!(sizes.melodies) {
            let token = last_tokens[row] as usize * comptime!(sizes.width);
            sums[comptime!(slot * sizes.melodies + row)] = scratch
                [scratch_quad(row, 0usize, slot, sizes)]
                + constants[token + comptime!(slot * THREADS) + UNIT_POS as usize];
        }
    }
}

/// Sets the sums of all melodies to the constants of the thread's units, from quad `first_quad` on.
#[cube]
fn init_sums(
    sums: &mut Array<Quad>,
    constants: &[Quad],
    first_quad: usize,
    #[comptime] sizes: KernelSizes,
) {
    #[unroll]
    for slot in 0..comptime!(sizes.slots()) {
        #[unroll]
        for row in 0..comptime!(sizes.melodies) {
            sums[comptime!(slot * sizes.melodies + row)] =
                constants[first_quad + comptime!(slot * THREADS) + UNIT_POS as usize];
        }
    }
}

/// Adds the products of `count` outputs of a layer and the weights from row `row` on to the sums of the thread's units.
#[cube]
fn add_products(
    sums: &mut Array<Quad>,
    outputs: &Shared<[Pair]>,
    weights: &[Words],
    #[comptime] layer: usize,
    row: usize,
    #[comptime] count: usize,
    #[comptime] sizes: KernelSizes,
) {
    let pairs = comptime!(sizes.melodies / 2);
    for block in 0..comptime!(count / UNROLL_FACTOR) {
        #[unroll]
        for part in 0..UNROLL_FACTOR {
            let k = block * UNROLL_FACTOR + part;
            #[unroll]
            for slot in 0..comptime!(sizes.slots()) {
                let index = (k + row) * comptime!(sizes.width)
                    + comptime!(slot * THREADS)
                    + UNIT_POS as usize;
                let weight = load_quad(weights, index, sizes.half);
                #[unroll]
                for pair in 0..pairs {
                    let output = outputs[(k + comptime!(layer * sizes.width)) * pairs + pair];
                    let sum = comptime!(slot * sizes.melodies + 2 * pair);
                    sums[sum] += weight * Quad::new(output.extract(0usize));
                    sums[comptime!(sum + 1)] += weight * Quad::new(output.extract(1usize));
                }
            }
        }
    }
}

/// One LSTM step of the thread's units of a layer, from their gates.
#[cube]
fn lstm_step(
    sums: &Array<Quad>,
    cells: &mut Array<f32>,
    outputs: &mut Shared<[Pair]>,
    #[comptime] layer: usize,
    scale: f32,
    #[comptime] sizes: KernelSizes,
) {
    #[unroll]
    for slot in 0..comptime!(sizes.slots()) {
        #[unroll]
        for pair in 0..comptime!(sizes.melodies / 2) {
            let mut values = Pair::empty();
            #[unroll]
            for member in 0..2usize {
                let row = comptime!(2 * pair + member);
                let gates = sums[comptime!(slot * sizes.melodies + row)];
                let cell = comptime!((layer * sizes.slots() + slot) * sizes.melodies + row);
                let updated = sigmoid(gates.extract(0usize)) * tanh(gates.extract(1usize))
                    + cells[cell] * sigmoid(gates.extract(2usize) + 1.0);
                cells[cell] = updated;
                values.insert(
                    member,
                    tanh(updated) * sigmoid(gates.extract(3usize)) * scale,
                );
            }
            let unit = UNIT_POS as usize + comptime!(layer * sizes.width + slot * THREADS);
            outputs[unit * comptime!(sizes.melodies / 2) + pair] = values;
        }
    }
}

/// Writes the logits of all melodies, one token per thread; divided by the temperature if `sizes.sampled`.
#[cube]
fn write_logits(
    outputs: &Shared<[Pair]>,
    weights: &[Words],
    constants: &[Quad],
    logits: &mut Shared<[f32]>,
    temperature: f32,
    #[comptime] sizes: KernelSizes,
) {
    let token = UNIT_POS as usize;
    let pairs = comptime!(sizes.melodies / 2);
    if token < comptime!(sizes.vocab) {
        let mut sums = Array::<f32>::new(comptime!(sizes.melodies));
        let bias = constants[token + comptime!(sizes.output_bias_quad_offset())].extract(0usize);
        #[unroll]
        for row in 0..comptime!(sizes.melodies) {
            sums[row] = bias;
        }
        let top = comptime!((sizes.layers - 1) * sizes.width);
        for block in 0..comptime!(sizes.units / 4) {
            let index =
                block * comptime!(sizes.vocab) + comptime!(sizes.output_quad_offset()) + token;
            let weight = load_quad(weights, index, sizes.half);
            #[unroll]
            for part in 0..4usize {
                #[unroll]
                for pair in 0..pairs {
                    let output = outputs[(block * 4 + comptime!(top + part)) * pairs + pair];
                    sums[comptime!(2 * pair)] += weight.extract(part) * output.extract(0usize);
                    sums[comptime!(2 * pair + 1)] += weight.extract(part) * output.extract(1usize);
                }
            }
        }
        #[unroll]
        for row in 0..comptime!(sizes.melodies) {
            let index = token + comptime!(row * sizes.padded_vocab());
            if comptime!(sizes.sampled) {
                logits[index] = sums[row] / temperature;
            } else {
                logits[index] = sums[row];
            }
        }
    }
}

/// The token of the largest logit from index `first` on; the first of equal ones.
#[cube]
fn argmax(logits: &Shared<[f32]>, first: usize, #[comptime] sizes: KernelSizes) -> u32 {
    let mut max_logit = logits[first];
    let mut token = 0u32;
    for block in 0..comptime!(sizes.padded_vocab() / UNROLL_FACTOR) {
        #[unroll]
        for part in 0..UNROLL_FACTOR {
            let candidate = block * UNROLL_FACTOR + part;
            let logit = logits[first + candidate];
            if logit > max_logit {
                max_logit = logit;
                token = candidate as u32;
            }
        }
    }
    token
}

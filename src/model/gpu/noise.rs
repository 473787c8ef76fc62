//! Sampling noise in the decode kernel: the same numbers as [`crate::model::sampling`] draws on the CPU.
//!
//! ChaCha with eight rounds (Bernstein 2008) is a counter-based generator: a block of a stream is computed from the key and
//! its number, without the blocks before it. A melody has the stream that the host would give it, so only the key and one
//! number per melody are sent.

use cubecl::prelude::*;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::arithmetic::ln;
use super::sizes::{KernelSizes, THREADS};
use crate::model::sampling::Streams;

/// Words of a key.
const KEY_WORDS: usize = 8;
/// Words of a block.
const BLOCK_WORDS: usize = 16;

/// Input of the kernel's noise generator: the key of `seed`, then the stream number of each of `rows` melodies as two words.
pub(super) fn noise_words(seed: u64, streams: &Streams, rows: usize) -> Vec<u32> {
    let key = ChaCha8Rng::seed_from_u64(seed).get_seed();
    let (key, _) = key.as_chunks::<4>();
    let key = key.iter().map(|bytes| u32::from_le_bytes(*bytes));
    let numbers = (0..rows).map(|row| streams.number(row));
    key.chain(numbers.flat_map(|stream| [stream as u32, (stream >> 32) as u32]))
        .collect()
}

/// Adds the noise of step `step` to the logits `[rows, padded_vocab]` of the melodies from `first_point` on.
///
/// Each thread generates whole blocks. The noise of a step is made from consecutive words of the stream, which may begin inside a
/// block.
#[cube]
pub(super) fn add_noise(
    logits: &mut Shared<[f32]>,
    words: &[u32],
    first_point: usize,
    step: usize,
    #[comptime] sizes: KernelSizes,
) {
    let blocks = comptime!((sizes.vocab + BLOCK_WORDS - 2) / BLOCK_WORDS + 1);
    let first_word = step * sizes.vocab;
    #[unroll]
    for stride in 0..comptime!((sizes.melodies * blocks).div_ceil(THREADS)) {
        let task = UNIT_POS as usize + comptime!(stride * THREADS);
        if task < comptime!(sizes.melodies * blocks) {
            let row = task / blocks;
            let block_number = first_word / BLOCK_WORDS + task % blocks;
            let stream_index = KEY_WORDS + 2 * (first_point + row);
            let block = chacha8_block(
                words,
                block_number as u32,
                words[stream_index],
                words[stream_index + 1],
            );
            #[unroll]
            for word in 0..16usize {
                let word_index = block_number * BLOCK_WORDS + word;
                if word_index >= first_word && word_index < first_word + sizes.vocab {
                    let logit_index =
                        row * comptime!(sizes.padded_vocab()) + word_index - first_word;
                    logits[logit_index] += gumbel(block[word]);
                }
            }
        }
    }
}

/// A draw of the standard Gumbel distribution from the bits of a word.
#[cube]
fn gumbel(word: u32) -> f32 {
    let uniform = f32::reinterpret((word >> 9u32) | 0x3f80_0000u32) - 1.0;
    // The smallest normal number, as the host adds.
    -ln(-ln(max(uniform, 1.175_494_4e-38)))
}

/// One block of the key stream; `stream_low` and `stream_high` are the halves of the stream's number.
#[cube]
fn chacha8_block(key: &[u32], block_number: u32, stream_low: u32, stream_high: u32) -> Array<u32> {
    let mut initial = Array::<u32>::new(16usize);
    initial[0] = 0x6170_7865u32;
    initial[1] = 0x3320_646eu32;
    initial[2] = 0x7962_2d32u32;
    initial[3] = 0x6b20_6574u32;
    #[unroll]
    for word in 0..8usize {
        initial[4 + word] = key[word];
    }
    initial[12] = block_number;
    initial[13] = 0u32;
    initial[14] = stream_low;
    initial[15] = stream_high;
    let mut block = Array::<u32>::new(16usize);
    #[unroll]
    for word in 0..16usize {
        block[word] = initial[word];
    }
    for _double_round in 0..4u32 {
        #[unroll]
        for column in 0..4usize {
            quarter_round(
                &mut block,
                column,
                comptime!(column + 4),
                comptime!(column + 8),
                comptime!(column + 12),
            );
        }
        #[unroll]
        for column in 0..4usize {
            quarter_round(
                &mut block,
                column,
                comptime!(4 + (column + 1) % 4),
                comptime!(8 + (column + 2) % 4),
                comptime!(12 + (column + 3) % 4),
            );
        }
    }
    #[unroll]
    for word in 0..16usize {
        block[word] += initial[word];
    }
    block
}

#[cube]
fn quarter_round(
    block: &mut Array<u32>,
    #[comptime] a: usize,
    #[comptime] b: usize,
    #[comptime] c: usize,
    #[comptime] d: usize,
) {
    block[a] += block[b];
    block[d] = rotate(block[d] ^ block[a], 16u32);
    block[c] += block[d];
    block[b] = rotate(block[b] ^ block[c], 12u32);
    block[a] += block[b];
    block[d] = rotate(block[d] ^ block[a], 8u32);
    block[c] += block[d];
    block[b] = rotate(block[b] ^ block[c], 7u32);
}

#[cube]
fn rotate(word: u32, #[comptime] bits: u32) -> u32 {
    (word << bits) | (word >> comptime!(32 - bits))
}

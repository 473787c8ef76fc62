//! Decoding and encoding of any number of rows, batch by batch, so that no row's result depends on the others.

use std::borrow::Cow;

use rayon::prelude::*;

use super::cpu::CpuDecoder;
use super::error::ModelError;
use super::music_vae::{Decoded, MusicVae, Posterior};
use super::sampling::Sampling;
use crate::latent::LatentPoint;
use crate::melody::Tokens;

/// Rows of one call on a graphics adapter. Always this many, padded if necessary: the kernels that
/// are tuned for one shape serve every call, and a melody never depends on the rest of its batch.
pub(super) const BURN_BATCH_SIZE: usize = 64;
/// Maximum number of rows of one batch on the CPU: enough for the products to run at full speed, few enough for
/// the states of a batch to stay in the cache.
const MAX_CPU_BATCH_ROWS: usize = 256;

/// Decodes on a graphics adapter, batch after batch, the last one padded with zeros.
pub(super) fn decode_with_burn(
    model: &MusicVae,
    latents: &[LatentPoint],
    sampling: &Sampling,
    keep_logits: bool,
) -> Result<Decoded, ModelError> {
    let mut all_decoded = Decoded::default();
    for (index, batch) in latents.chunks(BURN_BATCH_SIZE).enumerate() {
        let mut padded = batch.to_vec();
        let zero = LatentPoint::new(vec![0.0; model.config().latent_size]);
        padded.resize(BURN_BATCH_SIZE, zero);
        let sampling = sampling.skip_points(index * BURN_BATCH_SIZE);
        let mut decoded = model.decode_batch(&padded, &sampling, keep_logits)?;
        decoded.truncate(batch.len());
        all_decoded.append(decoded);
    }
    Ok(all_decoded)
}

/// Decodes on the CPU, batches in parallel on the threads of the current pool.
pub(super) fn decode_on_cpu(
    decoder: &CpuDecoder,
    latents: &[LatentPoint],
    sampling: &Sampling,
    keep_logits: bool,
) -> Result<Decoded, ModelError> {
    let threads = rayon::current_num_threads();
    let block_rows = decoder.rows_per_block();
    // Fewer rows than a block has are faster one by one.
    let batch_rows = if latents.len() < block_rows {
        1
    } else {
        let rows = latents.len().div_ceil(threads).next_multiple_of(block_rows);
        rows.min(MAX_CPU_BATCH_ROWS / block_rows * block_rows)
    };
    let batches: Vec<Decoded> = latents
        .par_chunks(batch_rows)
        .enumerate()
        .map(|(index, batch)| {
            let sampling = sampling.skip_points(index * batch_rows);
            decoder.decode(batch, &sampling, keep_logits)
        })
        .collect::<Result<_, ModelError>>()?;
    let mut decoded = Decoded::default();
    batches.into_iter().for_each(|batch| decoded.append(batch));
    Ok(decoded)
}

/// Encodes on the CPU, batches in parallel on the threads of the current pool.
pub(super) fn encode_on_cpu(
    model: &MusicVae,
    melodies: &[Tokens],
) -> Result<Vec<Posterior>, ModelError> {
    let batches: Vec<Vec<Posterior>> = melodies
        .par_chunks(MAX_CPU_BATCH_ROWS)
        .map(|batch| {
            let mut posteriors = model.encode(&pad_to_two_rows(batch))?;
            posteriors.truncate(batch.len());
            Ok(posteriors)
        })
        .collect::<Result<_, ModelError>>()?;
    Ok(batches.into_iter().flatten().collect())
}

/// The rows, duplicated if there is only one: a matrix product of one row may round differently from one of
/// several rows.
fn pad_to_two_rows<T: Clone>(rows: &[T]) -> Cow<'_, [T]> {
    match rows {
        [row] => Cow::Owned(vec![row.clone(), row.clone()]),
        _ => Cow::Borrowed(rows),
    }
}

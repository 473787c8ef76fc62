//! `tunescape decode` and `tunescape encode --tokens`: the model on arrays, for scripts.

use super::args::{DecodeArgs, EncodeArgs};
use super::engine::decoding_devices;
use super::error::CliError;
use super::model::refuse_existing;
use super::npy::{ArrayFile, RowReader};
use super::terminal::print_line;
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{MelodyModel as _, Sampling};
use crate::wording::count_with_noun;

/// Rows decoded or encoded between two writes, or more where the engine prefers larger batches; the logits of all rows might
/// not fit into memory.
const BATCH_ROWS: usize = 256;

/// Decodes an array of latent points to tokens, and to logits if a file is given for them.
pub(super) fn decode(arguments: &DecodeArgs) -> Result<(), CliError> {
    let (Some(input), Some(output)) = (&arguments.latents, &arguments.tokens) else {
        return Err(CliError::Usage(
            "say what to decode: --latents IN.npy and --tokens-out OUT.npy, or --share TEXT and --out FILE.mid".to_owned(),
        ));
    };
    for path in [Some(output), arguments.logits.as_ref()]
        .into_iter()
        .flatten()
    {
        refuse_existing(path, arguments.overwrite)?;
    }
    let mut engine = arguments.model.open()?;
    let config = engine.weights().config().clone();
    let mut latents = RowReader::floats(input, config.latent_size)?;
    let (rows, steps, vocab_size) = (
        latents.rows(),
        config.steps as u64,
        config.vocab_size as u64,
    );
    let mut tokens = ArrayFile::<u8>::create(output, &[rows, steps])?;
    let mut logits = arguments
        .logits
        .as_ref()
        .map(|path| ArrayFile::<f32>::create(path, &[rows, steps, vocab_size]))
        .transpose()?;
    loop {
        let batch: Vec<LatentPoint> = latents
            .next(BATCH_ROWS.max(engine.preferred_batch()))?
            .into_iter()
            .map(LatentPoint::new)
            .collect();
        if batch.is_empty() {
            break;
        }
        let melodies = match &mut logits {
            None => engine.decode(&batch, &Sampling::Greedy)?,
            Some(logits) => {
                let decoded = engine.decode_with_logits(&batch, &Sampling::Greedy)?;
                logits.extend(decoded.logits)?;
                decoded.tokens
            }
        };
        for melody in melodies {
            tokens.extend(melody.as_slice().iter().copied())?;
        }
    }
    tokens.finish(arguments.overwrite)?;
    if let Some(logits) = logits {
        logits.finish(arguments.overwrite)?;
    }
    print_line(&format!(
        "{} decoded on {} to {}",
        count_with_noun(rows as usize, "point"),
        decoding_devices(&mut engine),
        output.display()
    ));
    Ok(())
}

/// Encodes an array of tokens to posterior means, and to standard deviations if a file is given for them.
pub(super) fn encode(arguments: &EncodeArgs) -> Result<(), CliError> {
    let (Some(input), Some(output)) = (&arguments.tokens, &arguments.mu) else {
        return Err(CliError::Usage(
            "say what to encode: a MIDI file, or --tokens IN.npy and --mu-out OUT.npy".to_owned(),
        ));
    };
    for path in [Some(output), arguments.sigma.as_ref()]
        .into_iter()
        .flatten()
    {
        refuse_existing(path, arguments.overwrite)?;
    }
    let engine = arguments.model.open()?;
    let config = engine.weights().config();
    let mut melodies = RowReader::tokens(input, config.steps)?;
    let shape = [melodies.rows(), config.latent_size as u64];
    let mut mu = ArrayFile::<f32>::create(output, &shape)?;
    let mut sigma = arguments
        .sigma
        .as_ref()
        .map(|path| ArrayFile::<f32>::create(path, &shape))
        .transpose()?;
    loop {
        let batch: Vec<Tokens> = melodies.next_tokens(BATCH_ROWS)?;
        if batch.is_empty() {
            break;
        }
        for posterior in engine.encode(&batch)? {
            mu.extend(posterior.mu)?;
            if let Some(sigma) = &mut sigma {
                sigma.extend(posterior.sigma)?;
            }
        }
    }
    mu.finish(arguments.overwrite)?;
    if let Some(sigma) = sigma {
        sigma.finish(arguments.overwrite)?;
    }
    print_line(&format!(
        "{} encoded to {}",
        count_with_noun(shape[0] as usize, "melody"),
        output.display()
    ));
    Ok(())
}

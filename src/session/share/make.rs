//! Making a share text of a melody, and the melody of a share text.

use super::error::ShareError;
use super::quantized::{EXACT_BITS, QuantizedPoint};
use super::shared_melody::{SharedContent, SharedMelody, this_version, token_check};
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{MelodyModel, Sampling};

/// Bits per coordinate that are tried, fewest first. With 5, a coordinate of a draw of the prior (256 of them, the largest about 3)
/// is off by at most 0.1.
const TRIED_BITS: [u8; 7] = [5, 6, 8, 10, 12, 16, EXACT_BITS];
/// Bits per coordinate where the tokens are in the text: the point only says where the melody lies.
const CARRIED_BITS: u8 = 8;

/// A melody to be shared.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareSource {
    /// First 12 hex digits of the SHA-256 of the weights that the point belongs to.
    pub weights_hash: String,
    /// Its latent point.
    pub latent: LatentPoint,
    /// How its tokens were chosen, if the model decoded it there.
    pub sampling: Sampling,
    /// Its notes.
    pub tokens: Tokens,
}

impl ShareSource {
    fn shared(&self, bits: u8, content: SharedContent) -> Result<SharedMelody, ShareError> {
        let fits = |count: usize| (1..=usize::from(u16::MAX)).contains(&count);
        if !fits(self.latent.len()) || !fits(self.tokens.as_slice().len()) {
            return Err(ShareError::Unsupported(
                "it needs 1 to 65535 steps and latent dimensions",
            ));
        }
        Ok(SharedMelody {
            weights_hash: self.weights_hash.clone(),
            version: this_version(),
            sampling: self.sampling.clone(),
            steps: self.tokens.as_slice().len(),
            point: QuantizedPoint::new(&self.latent, bits)?,
            content,
        })
    }
}

/// Shares a melody in as few bits as the model decodes it from; with its tokens, if the model decodes other notes at its point: those
/// of imported melodies, and of melodies that were changed after decoding.
///
/// # Errors
/// [`ShareError::OtherModel`], [`ShareError::Unsupported`], [`ShareError::Model`].
pub fn share(
    model: &mut dyn MelodyModel,
    source: &ShareSource,
) -> Result<SharedMelody, ShareError> {
    check_model(model, &source.weights_hash, source.latent.len())?;
    let content = SharedContent::Decoded(token_check(&source.tokens));
    let tried = TRIED_BITS.map(|bits| source.shared(bits, content.clone()));
    let tried = tried.into_iter().collect::<Result<Vec<_>, _>>()?;
    let points: Vec<LatentPoint> = tried.iter().map(|shared| shared.point.point()).collect();
    let decoded = match &source.sampling {
        Sampling::Greedy => model.decode(&points, &Sampling::Greedy)?,
        // Each is drawn with the same random numbers.
        drawn => {
            let mut decoded = Vec::with_capacity(points.len());
            for point in &points {
                decoded.extend(model.decode(std::slice::from_ref(point), drawn)?);
            }
            decoded
        }
    };
    let same = decoded.iter().position(|tokens| *tokens == source.tokens);
    match same.and_then(|index| tried.into_iter().nth(index)) {
        Some(shared) => Ok(shared),
        None => carry_tokens(source),
    }
}

/// Shares a melody with its tokens in the text, without a model.
///
/// # Errors
/// [`ShareError::Unsupported`].
pub fn carry_tokens(source: &ShareSource) -> Result<SharedMelody, ShareError> {
    let source = ShareSource {
        sampling: Sampling::Greedy,
        ..source.clone()
    };
    let content = SharedContent::Carried(source.tokens.clone());
    source.shared(CARRIED_BITS, content)
}

/// Shares a melody by its exact point, without a model: for one that the model decoded there.
///
/// # Errors
/// [`ShareError::Unsupported`].
pub fn decode_exactly(source: &ShareSource) -> Result<SharedMelody, ShareError> {
    let content = SharedContent::Decoded(token_check(&source.tokens));
    source.shared(EXACT_BITS, content)
}

/// The text event of a file: `text`, and the share texts of its melodies behind it, as far as they can be shared.
pub fn text_with_shares(
    text: &str,
    shared: impl IntoIterator<Item = Result<SharedMelody, ShareError>>,
) -> String {
    let mut text = text.to_owned();
    for shared in shared.into_iter().flatten() {
        text += &format!("; {shared}");
    }
    text
}

/// A melody that was made after a sweep as a file has it, with its notes.
pub(in crate::session) fn share_with_notes(
    weights_hash: &str,
    latent: &LatentPoint,
    tokens: &Tokens,
) -> Result<SharedMelody, ShareError> {
    carry_tokens(&ShareSource {
        weights_hash: weights_hash.to_owned(),
        latent: latent.clone(),
        sampling: Sampling::Greedy,
        tokens: tokens.clone(),
    })
}

impl SharedMelody {
    /// The notes: those in the text, or what the model decodes at the point.
    ///
    /// # Errors
    /// [`ShareError::OtherModel`], [`ShareError::OtherNotes`], [`ShareError::Model`].
    pub fn tokens(&self, model: &mut dyn MelodyModel) -> Result<Tokens, ShareError> {
        check_model(model, &self.weights_hash, self.point.dimensions())?;
        let check = match &self.content {
            SharedContent::Carried(tokens) => return Ok(tokens.clone()),
            SharedContent::Decoded(check) => *check,
        };
        let decoded = model.decode(&[self.point.point()], &self.sampling)?;
        let tokens = decoded.into_iter().next();
        let same = tokens.filter(|tokens| token_check(tokens) == check);
        same.ok_or(ShareError::OtherNotes)
    }
}

fn check_model(
    model: &dyn MelodyModel,
    weights_hash: &str,
    dimensions: usize,
) -> Result<(), ShareError> {
    if model.weights_hash() == weights_hash && model.latent_size() == dimensions {
        return Ok(());
    }
    Err(ShareError::OtherModel {
        needed: weights_hash.to_owned(),
        open: model.weights_hash().to_owned(),
    })
}

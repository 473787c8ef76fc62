//! Conversion of a melody to a share text and back.

use super::error::ShareError;
use super::quantized::{EXACT_BITS, QuantizedPoint};
use super::shared_melody::{SharedContent, SharedMelody, program_version, token_checksum};
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{MelodyModel, Sampling};

/// Bits per coordinate to try, fewest first. With 5 bits, a coordinate of a draw from the prior (256 dimensions, the largest
/// coordinate about 3) is off by at most 0.1.
const CANDIDATE_BITS: [u8; 7] = [5, 6, 8, 10, 12, 16, EXACT_BITS];
/// Bits per coordinate if the tokens are in the text: the point then only places the melody on a map.
const BITS_WITH_TOKENS: u8 = 8;

/// A melody to be shared.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareSource {
    /// First 12 hex digits of the SHA-256 of the weights that the point belongs to.
    pub weights_hash: String,
    /// Its latent point.
    pub latent: LatentPoint,
    /// How the model chose the tokens at the point, if it decoded them.
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
            version: program_version(),
            sampling: self.sampling.clone(),
            steps: self.tokens.as_slice().len(),
            point: QuantizedPoint::new(&self.latent, bits)?,
            content,
        })
    }
}

/// Shares a melody by its latent point, with the fewest bits per coordinate from which the model decodes it. The tokens are
/// included if the model decodes other notes at its point, as for imported melodies and melodies edited after decoding.
///
/// # Errors
/// [`ShareError::OtherModel`], [`ShareError::Unsupported`], [`ShareError::Model`].
pub fn share(
    model: &mut dyn MelodyModel,
    source: &ShareSource,
) -> Result<SharedMelody, ShareError> {
    check_model(model, &source.weights_hash, source.latent.len())?;
    let content = SharedContent::Decoded(token_checksum(&source.tokens));
    let candidates = CANDIDATE_BITS.map(|bits| source.shared(bits, content.clone()));
    let candidates = candidates.into_iter().collect::<Result<Vec<_>, _>>()?;
    let points: Vec<LatentPoint> = candidates
        .iter()
        .map(|shared| shared.point.point())
        .collect();
    let decoded = match &source.sampling {
        Sampling::Greedy => model.decode(&points, &Sampling::Greedy)?,
        // One call per point, so that each is sampled with the same random numbers.
        sampled => {
            let mut decoded = Vec::with_capacity(points.len());
            for point in &points {
                decoded.extend(model.decode(std::slice::from_ref(point), sampled)?);
            }
            decoded
        }
    };
    let first_equal = decoded.iter().position(|tokens| *tokens == source.tokens);
    match first_equal.and_then(|index| candidates.into_iter().nth(index)) {
        Some(shared) => Ok(shared),
        None => share_tokens(source),
    }
}

/// Shares a melody with its tokens in the text. Needs no model.
///
/// # Errors
/// [`ShareError::Unsupported`].
pub fn share_tokens(source: &ShareSource) -> Result<SharedMelody, ShareError> {
    let source = ShareSource {
        sampling: Sampling::Greedy,
        ..source.clone()
    };
    let content = SharedContent::Included(source.tokens.clone());
    source.shared(BITS_WITH_TOKENS, content)
}

/// Shares a melody by its exact latent point, which the model must have decoded it from. Needs no model.
///
/// # Errors
/// [`ShareError::Unsupported`].
pub fn share_exact_point(source: &ShareSource) -> Result<SharedMelody, ShareError> {
    let content = SharedContent::Decoded(token_checksum(&source.tokens));
    source.shared(EXACT_BITS, content)
}

/// The text event of a file: `text` followed by the share texts of its melodies; melodies that cannot be shared are left out.
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

/// Shares a melody in a file that this program writes, with its tokens.
pub(in crate::session) fn share_with_notes(
    weights_hash: &str,
    latent: &LatentPoint,
    tokens: &Tokens,
) -> Result<SharedMelody, ShareError> {
    share_tokens(&ShareSource {
        weights_hash: weights_hash.to_owned(),
        latent: latent.clone(),
        sampling: Sampling::Greedy,
        tokens: tokens.clone(),
    })
}

impl SharedMelody {
    /// The tokens of the melody: those in the text, or what the model decodes at the point.
    ///
    /// # Errors
    /// [`ShareError::OtherModel`], [`ShareError::OtherNotes`], [`ShareError::Model`].
    pub fn tokens(&self, model: &mut dyn MelodyModel) -> Result<Tokens, ShareError> {
        check_model(model, &self.weights_hash, self.point.dimensions())?;
        let checksum = match &self.content {
            SharedContent::Included(tokens) => return Ok(tokens.clone()),
            SharedContent::Decoded(checksum) => *checksum,
        };
        let decoded = model.decode(&[self.point.point()], &self.sampling)?;
        let tokens = decoded.into_iter().next();
        let matching = tokens.filter(|tokens| token_checksum(tokens) == checksum);
        matching.ok_or(ShareError::OtherNotes)
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

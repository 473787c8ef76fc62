//! Sets of made melodies on the map: somebody's own, explored and blended ones.

use std::sync::Arc;

use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Reconstruction};
use crate::sweep::{GenerateMethod, GeneratedMelody, MelodyEntry, MelodyId};

/// Melodies that were made together.
#[derive(Clone, Debug)]
pub struct GeneratedSet {
    /// How they came about.
    pub by: GenerateMethod,
    /// The melodies, in order.
    pub entries: Vec<MelodyEntry>,
    /// Their latent points, in the same order.
    pub latents: Vec<LatentPoint>,
    /// What each is called; none for those that an id names well enough.
    pub names: Vec<String>,
    /// Of own melodies: the other side of each, and how well it came back.
    pub own: Vec<ImportedSides>,
    /// The melodies it was made from: the centre of a cloud, or the ends of a blend.
    pub from: Vec<MelodyId>,
    /// First 12 hex digits of the SHA-256 of the weights that the latent points belong to.
    pub weights_hash: String,
}

/// An own melody and what the model gives back of it.
#[derive(Clone, Debug)]
pub struct ImportedSides {
    /// As it was played.
    pub original: (Arc<Melody>, AttributeRow),
    /// As the model decodes it.
    pub reconstruction: (Arc<Melody>, AttributeRow),
    /// How like the two are.
    pub quality: Reconstruction,
}

impl GeneratedSet {
    /// A set without places yet: all lie at the origin of the map until [`super::Library::add_made`].
    pub fn new(
        by: GenerateMethod,
        melodies: &[GeneratedMelody],
        from: Vec<MelodyId>,
        hash: String,
    ) -> Self {
        Self {
            by,
            entries: melodies.iter().map(|made| made.entry([0.0; 2])).collect(),
            latents: melodies.iter().map(|made| made.latent.clone()).collect(),
            names: Vec::new(),
            own: Vec::new(),
            from,
            weights_hash: hash,
        }
    }

    /// Own melodies: each is shown as it was played.
    pub fn own(
        melodies: &[GeneratedMelody],
        names: Vec<String>,
        own: Vec<ImportedSides>,
        hash: String,
    ) -> Self {
        let mut set = Self {
            names,
            own,
            ..Self::new(GenerateMethod::Imported, melodies, Vec::new(), hash)
        };
        set.show_reconstructions(false);
        set
    }

    /// Shows, plays, keeps and exports own melodies as the model decodes them, or as they were played.
    pub(super) fn show_reconstructions(&mut self, reconstructed: bool) {
        for (entry, sides) in self.entries.iter_mut().zip(&self.own) {
            let (melody, attributes) = if reconstructed {
                &sides.reconstruction
            } else {
                &sides.original
            };
            entry.melody = Arc::clone(melody);
            entry.attributes = attributes.clone();
        }
    }
}

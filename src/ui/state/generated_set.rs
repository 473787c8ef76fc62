//! Sets of generated melodies: imported, explored, blended, or along a path.

use std::sync::Arc;

use super::edit_origin::EditOrigin;
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Reconstruction};
use crate::sweep::{GenerateMethod, GeneratedMelody, MelodyEntry, MelodyId};

/// Melodies that were generated together.
#[derive(Clone, Debug)]
pub struct GeneratedSet {
    /// How they were generated.
    pub method: GenerateMethod,
    /// The melodies, in order.
    pub entries: Vec<MelodyEntry>,
    /// Their latent points, in the same order.
    pub latents: Vec<LatentPoint>,
    /// Their names; empty if they are named by their ids.
    pub names: Vec<String>,
    /// For imported melodies, the original and the reconstruction of each.
    pub versions: Vec<ImportedVersions>,
    /// The melodies they were generated from: the centre of an exploration, or the ends of a blend.
    pub source_ids: Vec<MelodyId>,
    /// First 12 hex digits of the SHA-256 of the weights that the latent points belong to.
    pub weights_hash: String,
    /// Whether these are the landmarks of the map: melodies that its model has learnt from.
    pub is_landmarks: bool,
    /// For an edited melody, which is alone in its set, where it comes from.
    pub edit: Option<EditOrigin>,
}

/// An imported melody and its reconstruction by the model.
#[derive(Clone, Debug)]
pub struct ImportedVersions {
    /// The melody of the file.
    pub original: (Arc<Melody>, AttributeRow),
    /// The melody that the model decodes.
    pub reconstruction: (Arc<Melody>, AttributeRow),
    /// Agreement of the two.
    pub quality: Reconstruction,
}

impl GeneratedSet {
    /// A set without positions: all melodies are at the origin of the map until [`MapMelodies`](super::map_melodies::MapMelodies) places them.
    pub fn new(
        method: GenerateMethod,
        melodies: &[GeneratedMelody],
        source_ids: Vec<MelodyId>,
        weights_hash: String,
    ) -> Self {
        Self {
            method,
            entries: melodies
                .iter()
                .map(|melody| melody.entry([0.0; 2]))
                .collect(),
            latents: melodies
                .iter()
                .map(|melody| melody.latent.clone())
                .collect(),
            names: Vec::new(),
            versions: Vec::new(),
            source_ids,
            weights_hash,
            is_landmarks: false,
            edit: None,
        }
    }

    /// A set of imported melodies, shown as they are in the file.
    pub fn imported(
        melodies: &[GeneratedMelody],
        names: Vec<String>,
        versions: Vec<ImportedVersions>,
        weights_hash: String,
    ) -> Self {
        let mut set = Self {
            names,
            versions,
            ..Self::new(GenerateMethod::Imported, melodies, Vec::new(), weights_hash)
        };
        set.show_reconstructions(false);
        set
    }

    /// Shows, plays, keeps and exports imported melodies as the model decodes them, or as they are in the file.
    pub(super) fn show_reconstructions(&mut self, reconstructed: bool) {
        for (entry, versions) in self.entries.iter_mut().zip(&self.versions) {
            let (melody, attributes) = if reconstructed {
                &versions.reconstruction
            } else {
                &versions.original
            };
            entry.melody = Arc::clone(melody);
            entry.attributes = attributes.clone();
        }
    }
}

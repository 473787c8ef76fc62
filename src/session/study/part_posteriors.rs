//! Posteriors of the melodies of a part that the study encodes. The shard that decodes the part computes them, since it has the model
//! loaded; each depends on its melody alone.

use std::fs;
use std::path::Path;

use super::error::StudyFilesError;
use super::study_manifest::StudyManifest;
use crate::melody::{Melody, Tokens};
use crate::model::{MelodyModel, Posterior};
use crate::session::output_folder::OutputFolder;
use crate::session::tables::begin_array;
use crate::sweep::{MelodyId, SweepConfig};

/// Maximum number of melodies of a study that are encoded.
pub(super) const MAX_ENCODED_MELODIES: usize = 1_000;

/// Name of the file of a part's posteriors.
fn file_name(part: usize) -> String {
    format!("posteriors_{part:05}.npy")
}

/// Whether this melody is one of at most [`MAX_ENCODED_MELODIES`] evenly spaced samples, which the study encodes if they have attributes.
pub(super) fn is_encoded(config: &SweepConfig, id: MelodyId) -> bool {
    let MelodyId::Sample { region, sample } = id else {
        return false;
    };
    let total = u64::from(config.regions) * u64::from(config.samples);
    let stride = total.div_ceil(MAX_ENCODED_MELODIES as u64).max(1);
    let index = u64::from(region) * u64::from(config.samples) + u64::from(sample);
    index.is_multiple_of(stride)
}

/// Encodes the melodies of a part that [`is_encoded`] selects and writes float32 `[melodies, 2, latent size]`: means, then standard
/// deviations. Nothing is written if the model cannot encode.
///
/// # Errors
/// [`StudyFilesError::Export`] if the file cannot be written.
pub(super) fn write_posteriors(
    folder: &Path,
    part: usize,
    manifest: &StudyManifest,
    (ids, melodies): (&[MelodyId], &[Melody]),
    model: &mut dyn MelodyModel,
) -> Result<(), StudyFilesError> {
    let tokens: Vec<Tokens> = ids
        .iter()
        .zip(melodies)
        .filter(|(id, _)| is_encoded(&manifest.config, **id))
        .filter(|(_, melody)| manifest.settings.attributes.measure(melody).is_some())
        .map(|(_, melody)| melody.tokens().clone())
        .collect();
    let Ok(posteriors) = model.encode(&tokens) else {
        return Ok(());
    };
    let latent_size = model.latent_size();
    let folder = OutputFolder::create(folder)?;
    Ok(folder.write_synced(&file_name(part), |out| {
        let shape = [posteriors.len() as u64, 2, latent_size as u64];
        let mut array = begin_array::<f32>(out, &shape)?;
        for posterior in &posteriors {
            array.extend(posterior.mu.iter().chain(&posterior.sigma).copied())?;
        }
        array.finish()
    })?)
}

/// Reads the `count` posteriors of a part; `None` if the file is missing, as in parts of an older version, or invalid.
pub(super) fn read_posteriors(
    folder: &Path,
    part: usize,
    (count, latent_size): (usize, usize),
) -> Option<Vec<Posterior>> {
    let bytes = fs::read(folder.join(file_name(part))).ok()?;
    let array = npyz::NpyFile::new(bytes.as_slice()).ok()?;
    // Checked first: a wrong shape in the header must not cause a large allocation.
    let expected_shape = [count as u64, 2, latent_size as u64];
    if array.shape() != expected_shape || bytes.len() < count * 2 * latent_size * size_of::<f32>() {
        return None;
    }
    let numbers: Vec<f32> = array.into_vec().ok()?;
    if numbers.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let posteriors = numbers.chunks_exact((2 * latent_size).max(1)).map(|row| {
        let (mu, sigma) = row.split_at(latent_size);
        Posterior {
            mu: mu.to_vec(),
            sigma: sigma.to_vec(),
        }
    });
    Some(posteriors.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_samples_at_most_are_encoded_and_all_of_a_small_study() {
        for (regions, samples, expected) in [(10, 4, 40), (1_000, 1, 1_000), (1_001, 1, 501)] {
            let config = SweepConfig {
                regions,
                samples,
                ..SweepConfig::default()
            };
            let ids = (0..regions).flat_map(|region| {
                (0..samples).map(move |sample| MelodyId::Sample { region, sample })
            });
            let encoded = ids.filter(|id| is_encoded(&config, *id)).count();
            assert_eq!(encoded, expected, "{regions} regions of {samples}");
            assert!(!is_encoded(&config, MelodyId::Centre { region: 0 }));
        }
    }
}

//! Posteriors of a part's melodies that the study encodes. The shard that decodes the part computes them, since it has the model at
//! hand; each depends on its melody alone.

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
pub(super) const MAX_ENCODED: usize = 1_000;

/// Name of the file of a part's posteriors.
fn file_name(part: usize) -> String {
    format!("posteriors_{part:05}.npy")
}

/// Whether the study encodes this melody if it has attributes: one of at most [`MAX_ENCODED`] evenly spaced samples.
pub(super) fn is_encoded(config: &SweepConfig, id: MelodyId) -> bool {
    let MelodyId::Sample { region, sample } = id else {
        return false;
    };
    let all = u64::from(config.regions) * u64::from(config.samples);
    let every = all.div_ceil(MAX_ENCODED as u64).max(1);
    let index = u64::from(region) * u64::from(config.samples) + u64::from(sample);
    index.is_multiple_of(every)
}

/// Encodes the melodies of a part that [`is_encoded`] names and writes float32 `[melodies, 2, latent size]`: means, then standard
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
    let width = model.latent_size();
    let folder = OutputFolder::create(folder)?;
    Ok(folder.write_synced(&file_name(part), |out| {
        let shape = [posteriors.len() as u64, 2, width as u64];
        let mut array = begin_array::<f32>(out, &shape)?;
        for posterior in &posteriors {
            array.extend(posterior.mu.iter().chain(&posterior.sigma).copied())?;
        }
        array.finish()
    })?)
}

/// The `count` posteriors of a part; `None` if they are not there, as in parts of an older version, or not readable.
pub(super) fn read_posteriors(
    folder: &Path,
    part: usize,
    (count, width): (usize, usize),
) -> Option<Vec<Posterior>> {
    let bytes = fs::read(folder.join(file_name(part))).ok()?;
    let array = npyz::NpyFile::new(bytes.as_slice()).ok()?;
    // Checked before memory is allocated for what the header claims.
    let wanted = [count as u64, 2, width as u64];
    if array.shape() != wanted || bytes.len() < count * 2 * width * size_of::<f32>() {
        return None;
    }
    let numbers: Vec<f32> = array.into_vec().ok()?;
    if numbers.iter().any(|x| !x.is_finite()) {
        return None;
    }
    let posteriors = numbers.chunks_exact((2 * width).max(1)).map(|row| {
        let (mu, sigma) = row.split_at(width);
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

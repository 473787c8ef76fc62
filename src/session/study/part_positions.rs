//! Positions of a part's samples on the map. The shard that decodes the part computes them, because placing a sample is the slowest
//! step of a merge. They depend on the plan alone.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::session::error::ExportError;
use crate::session::output_folder::OutputFolder;
use crate::session::tables::begin_array;
use crate::sweep::{MelodyId, SweepPlan};

/// Name of the file of a part's positions.
fn file_name(part: usize) -> String {
    format!("positions_{part:05}.npy")
}

/// Computes the positions of the samples among `ids` and writes them as float64 `[samples, 2]`.
///
/// # Errors
/// [`ExportError`] if the file cannot be written.
pub(super) fn write_positions(
    folder: &Path,
    part: usize,
    ids: &[MelodyId],
    plan: &SweepPlan,
) -> Result<(), ExportError> {
    let positions: Vec<[f64; 2]> = ids
        .par_iter()
        .filter(|id| matches!(id, MelodyId::Sample { .. }))
        .filter_map(|id| plan.position(*id))
        .collect();
    let folder = OutputFolder::create(folder)?;
    folder.write_synced(&file_name(part), |out| {
        let mut array = begin_array::<f64>(out, &[positions.len() as u64, 2])?;
        array.extend(positions.iter().flatten().copied())?;
        array.finish()
    })
}

/// Reads the positions of a part's `samples` samples; `None` if the file is missing, as in parts of an older version, or invalid.
pub(super) fn read_positions(folder: &Path, part: usize, samples: usize) -> Option<Vec<[f64; 2]>> {
    let path: PathBuf = folder.join(file_name(part));
    let bytes = fs::read(path).ok()?;
    let array = npyz::NpyFile::new(bytes.as_slice()).ok()?;
    // Checked first: a wrong shape in the header must not cause a large allocation.
    let expected_shape = [samples as u64, 2];
    if array.shape() != expected_shape || bytes.len() < samples * 2 * size_of::<f64>() {
        return None;
    }
    let numbers: Vec<f64> = array.into_vec().ok()?;
    let (positions, _) = numbers.as_chunks::<2>();
    let all_finite = numbers.iter().all(|x| x.is_finite());
    all_finite.then(|| positions.to_vec())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::sweep::SweepConfig;

    #[test]
    fn positions_are_read_exactly_and_a_file_of_other_samples_or_a_truncated_one_is_ignored() {
        let config = SweepConfig {
            regions: 9,
            samples: 4,
            ..SweepConfig::default()
        };
        let plan = SweepPlan::new(&config, 24).unwrap();
        let ids: Vec<MelodyId> = [MelodyId::Centre { region: 0 }]
            .into_iter()
            .chain(plan.sample_ids().take(10))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        write_positions(folder.path(), 3, &ids, &plan).unwrap();
        let expected: Vec<[f64; 2]> = ids[1..]
            .iter()
            .map(|id| plan.position(*id).unwrap())
            .collect();
        let read = |part, samples| read_positions(folder.path(), part, samples);
        assert_eq!(read(3, 10), Some(expected));
        assert_eq!((read(3, 9), read(2, 10)), (None, None));
        let path = folder.path().join(file_name(3));
        let bytes = fs::read(&path).unwrap();
        for length in [0, 20, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert_eq!(read(3, 10), None, "{length}");
        }
    }
}

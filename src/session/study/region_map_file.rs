//! The file of the map of a study's regions, in the folder of its parts. The first shard computes the map, which takes seconds with a
//! thousand regions; the others and the merge read it. It depends on the config alone.

use std::fs;
use std::path::Path;

use crate::embedding::{MdsLayout, RegionMapQuality};
use crate::session::error::ExportError;
use crate::session::output_folder::OutputFolder;
use crate::session::tables::begin_array;
use crate::sweep::RegionMap;

/// Name of the file: float64 `[2 * regions + 6]`, the positions and then the [`scalars`].
const FILE_NAME: &str = "region_map.npy";
/// Number of values after the positions.
const SCALAR_COUNT: usize = 6;

/// The values of a map except the positions.
fn scalars(regions: &RegionMap) -> [f64; SCALAR_COUNT] {
    let RegionMap {
        map,
        quality,
        mean_square_distance,
    } = regions;
    [
        map.stress,
        map.iterations as f64,
        quality.stress,
        quality.neighbours_kept,
        quality.neighbours_chance,
        *mean_square_distance,
    ]
}

/// Writes the map into the folder of the parts, unless one is there.
///
/// # Errors
/// [`ExportError`] if the file cannot be written.
pub(super) fn write_region_map(folder: &Path, regions: &RegionMap) -> Result<(), ExportError> {
    let region_count = regions.map.points.len();
    if read_region_map(folder, region_count).is_some() {
        return Ok(());
    }
    OutputFolder::create(folder)?.write_synced(FILE_NAME, |out| {
        let length = 2 * region_count + SCALAR_COUNT;
        let mut array = begin_array::<f64>(out, &[length as u64])?;
        array.extend(regions.map.points.iter().flatten().copied())?;
        array.extend(scalars(regions))?;
        array.finish()
    })
}

/// Reads the map of `region_count` regions from the folder of the parts; `None` if the file is missing or invalid.
pub(super) fn read_region_map(folder: &Path, region_count: usize) -> Option<RegionMap> {
    let bytes = fs::read(folder.join(FILE_NAME)).ok()?;
    let array = npyz::NpyFile::new(bytes.as_slice()).ok()?;
    let length = 2 * region_count + SCALAR_COUNT;
    // Checked first: a wrong shape in the header must not cause a large allocation.
    if array.shape() != [length as u64] || bytes.len() < length * size_of::<f64>() {
        return None;
    }
    let values: Vec<f64> = array.into_vec().ok()?;
    let (positions, rest) = values.split_at_checked(2 * region_count)?;
    let [
        stress,
        iterations,
        quality_stress,
        neighbours_kept,
        neighbours_chance,
        mean_square_distance,
    ] = rest.try_into().ok()?;
    let all_finite = values.iter().all(|x| x.is_finite());
    all_finite.then(|| RegionMap {
        map: MdsLayout {
            points: positions.as_chunks::<2>().0.to_vec(),
            stress,
            iterations: iterations as usize,
        },
        quality: RegionMapQuality {
            stress: quality_stress,
            neighbours_kept,
            neighbours_chance,
        },
        mean_square_distance,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::sweep::{SweepConfig, SweepPlan, Unobserved};

    #[test]
    fn a_plan_with_the_stored_map_equals_the_computed_plan_and_a_damaged_map_is_ignored() {
        let config = SweepConfig {
            regions: 12,
            samples: 3,
            ..SweepConfig::default()
        };
        let plan = SweepPlan::new(&config, 24).unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_region_map(folder.path(), 12), None);
        write_region_map(folder.path(), &plan.region_map()).unwrap();
        let stored_map = read_region_map(folder.path(), 12);
        assert_eq!(stored_map, Some(plan.region_map()));
        let plan_from_stored_map =
            SweepPlan::with_region_map(&config, 24, stored_map, &mut Unobserved).unwrap();
        assert_eq!(plan_from_stored_map, plan);
        assert_eq!(read_region_map(folder.path(), 11), None);
        let path = folder.path().join(FILE_NAME);
        let bytes = fs::read(&path).unwrap();
        for length in [0, 30, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert_eq!(read_region_map(folder.path(), 12), None, "{length}");
        }
        write_region_map(folder.path(), &plan.region_map()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

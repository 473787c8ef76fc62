//! The map of a study's regions, beside its parts. The first shard computes it, the others and the merge read it: with a thousand
//! regions it takes seconds. It depends on the config alone.

use std::fs;
use std::path::Path;

use crate::embedding::{MdsLayout, RegionMapQuality};
use crate::session::error::ExportError;
use crate::session::output_folder::OutputFolder;
use crate::session::tables::begin_array;
use crate::sweep::RegionMap;

/// Name of the file: float64 `[2 * regions + 6]`, the positions and then [`numbers`].
const FILE: &str = "region_map.npy";
/// Numbers behind the positions.
const NUMBERS: usize = 6;

/// All of a map but the positions.
fn numbers(regions: &RegionMap) -> [f64; NUMBERS] {
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
    let count = regions.map.points.len();
    if read_region_map(folder, count).is_some() {
        return Ok(());
    }
    OutputFolder::create(folder)?.write_synced(FILE, |out| {
        let length = 2 * count + NUMBERS;
        let mut array = begin_array::<f64>(out, &[length as u64])?;
        array.extend(regions.map.points.iter().flatten().copied())?;
        array.extend(numbers(regions))?;
        array.finish()
    })
}

/// The map of this many regions from the folder of the parts; `None` if it is not there or not readable.
pub(super) fn read_region_map(folder: &Path, count: usize) -> Option<RegionMap> {
    let bytes = fs::read(folder.join(FILE)).ok()?;
    let array = npyz::NpyFile::new(bytes.as_slice()).ok()?;
    let length = 2 * count + NUMBERS;
    // Checked before memory is allocated for what the header claims.
    if array.shape() != [length as u64] || bytes.len() < length * size_of::<f64>() {
        return None;
    }
    let values: Vec<f64> = array.into_vec().ok()?;
    let (positions, rest) = values.split_at_checked(2 * count)?;
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
    fn a_plan_with_the_stored_map_is_the_computed_one_to_the_last_bit_and_a_damaged_map_is_computed()
     {
        let config = SweepConfig {
            regions: 12,
            samples: 3,
            ..SweepConfig::default()
        };
        let plan = SweepPlan::new(&config, 24).unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_region_map(folder.path(), 12), None);
        write_region_map(folder.path(), &plan.region_map()).unwrap();
        let known = read_region_map(folder.path(), 12);
        assert_eq!(known, Some(plan.region_map()));
        let again = SweepPlan::with_region_map(&config, 24, known, &mut Unobserved).unwrap();
        assert_eq!(again, plan);
        assert_eq!(read_region_map(folder.path(), 11), None);
        let path = folder.path().join(FILE);
        let bytes = fs::read(&path).unwrap();
        for length in [0, 30, bytes.len() - 1] {
            fs::write(&path, &bytes[..length]).unwrap();
            assert_eq!(read_region_map(folder.path(), 12), None, "{length}");
        }
        write_region_map(folder.path(), &plan.region_map()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

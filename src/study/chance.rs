//! Chance levels of the largest correlations, over samples and over the means of regions.

use super::data::StudyData;
use super::dimensions::DimensionCorrelations;
use super::settings::StudySettings;
use crate::latent::LatentPoint;
use crate::statistics::BlockPermutation;

/// Sets the chance levels of the largest correlations over samples, permuting whole regions of the same samples.
pub(super) fn sample_chance_levels(
    data: &StudyData,
    settings: &StudySettings,
    studies: &mut [DimensionCorrelations],
    should_continue: &dyn Fn() -> bool,
) {
    let present: Vec<usize> = (0..data.len())
        .filter(|index| data.columns.iter().all(|c| c[*index].is_some()))
        .collect();
    let targets: Vec<Vec<f64>> = data
        .columns
        .iter()
        .map(|column| present.iter().filter_map(|index| column[*index]).collect())
        .collect();
    let lengths: Vec<usize> = present
        .chunk_by(|a, b| data.regions[*a] == data.regions[*b])
        .map(<[usize]>::len)
        .collect();
    let row = |number: usize, into: &mut [f64]| {
        let point = present.get(number).and_then(|index| data.latent(*index));
        write_point(point.as_ref(), into);
    };
    let blocks = BlockPermutation {
        width: data.latent_size(),
        row: &row,
        targets: &targets,
        blocks: &lengths,
    };
    set_chance_levels(&blocks, settings, studies, should_continue);
}

/// Sets the chance levels of the largest correlations over region means.
pub(super) fn region_chance_levels(
    data: &StudyData,
    settings: &StudySettings,
    means: &[Vec<Option<f64>>],
    studies: &mut [DimensionCorrelations],
    should_continue: &dyn Fn() -> bool,
) {
    let present: Vec<usize> = (0..data.region_centres.len())
        .filter(|region| means.iter().all(|means| means[*region].is_some()))
        .collect();
    let targets: Vec<Vec<f64>> = means
        .iter()
        .map(|means| present.iter().filter_map(|region| means[*region]).collect())
        .collect();
    let row = |number: usize, into: &mut [f64]| {
        let region = present.get(number);
        write_point(
            region.and_then(|region| data.region_centres.get(*region)),
            into,
        );
    };
    let blocks = BlockPermutation {
        width: data.latent_size(),
        row: &row,
        targets: &targets,
        blocks: &vec![1; present.len()],
    };
    set_chance_levels(&blocks, settings, studies, should_continue);
}

fn write_point(point: Option<&LatentPoint>, into: &mut [f64]) {
    let values = point.map(LatentPoint::as_slice).unwrap_or_default();
    for (slot, value) in into.iter_mut().zip(values) {
        *slot = f64::from(*value);
    }
}

fn set_chance_levels(
    blocks: &BlockPermutation<'_>,
    settings: &StudySettings,
    studies: &mut [DimensionCorrelations],
    should_continue: &dyn Fn() -> bool,
) {
    let found: Vec<f64> = studies.iter().map(DimensionCorrelations::largest).collect();
    let chance = blocks.chance_levels(
        &found,
        settings.permutations,
        settings.seed,
        should_continue,
    );
    for (study, chance) in studies.iter_mut().zip(chance) {
        study.chance = Some(chance);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::StandardNormal;

    use crate::attributes::STUDY_ATTRIBUTES;
    use crate::latent::{LatentPoint, prior_point, region_sample};
    use crate::statistics::{mean, quantile};
    use crate::study::{
        AttributeColumns, AttributeSet, AttributeStudy, Study, StudyData, StudySettings,
    };
    use crate::sweep::Counts;

    const WIDTH: usize = 12;

    /// Regions of these sizes whose attributes have nothing to do with the latent points.
    fn independent(sizes: &[u32], seed: u64) -> StudyData {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut columns = AttributeColumns::new(AttributeSet::Standard);
        let (mut centres, mut latents, mut regions) = (Vec::new(), Vec::new(), Vec::new());
        for (region, size) in (0..).zip(sizes) {
            let centre = prior_point(WIDTH, seed, u64::from(region));
            for sample in 0..*size {
                latents.push(region_sample(&centre, 1.0, seed, region, sample));
                regions.push(region);
                let row: Vec<f64> = (0..STUDY_ATTRIBUTES.len())
                    .map(|_| random.sample(StandardNormal))
                    .collect();
                columns.push_row(Some(&row));
            }
            centres.push(centre);
        }
        StudyData::from_points(centres, latents, regions, columns, Counts::default(), 32)
    }

    fn studied(data: &StudyData, permutations: usize) -> Study {
        let settings = StudySettings {
            permutations,
            resamples: 1,
            ..StudySettings::default()
        };
        Study::quick(data, &settings, false, &|| true).unwrap()
    }

    #[expect(clippy::print_stdout, reason = "measured figures are worth reading")]
    #[test]
    fn the_chance_level_over_samples_is_that_of_as_many_samples_as_the_correlations_rest_on() {
        // More samples than ranks and regressions look at, and one region with a single one.
        let sizes: Vec<u32> = (0..60).map(|k| if k == 7 { 1 } else { 100 }).collect();
        let simulated: Vec<f64> = (0..400)
            .flat_map(|seed| {
                let study = studied(&independent(&sizes, 100 + seed), 1);
                let largest = |a: &AttributeStudy| a.over_samples.largest();
                study.attributes.iter().map(largest).collect::<Vec<f64>>()
            })
            .collect();
        let simulated = quantile(&simulated, 0.95).unwrap();
        // Permutations of one data set are those of its own attributes: the mean over some.
        let mut levels = Vec::new();
        for seed in 0..12 {
            let study = studied(&independent(&sizes, seed), 200);
            for attribute in &study.attributes {
                let over = &attribute.over_samples;
                let chance = over.chance.as_ref().unwrap();
                assert_eq!((chance.n, over.n), (5_901, 5_901));
                levels.push(chance.upper_5_percent);
            }
            let findings = study.attributes[0].findings.join(" ");
            assert!(
                findings.contains("(n = 5901)") && findings.contains("(n = 60)"),
                "{findings}"
            );
        }
        let permuted = mean(&levels).unwrap();
        println!("permuted {permuted:.4}, simulated {simulated:.4}");
        assert!(
            (permuted / simulated - 1.0).abs() < 0.04,
            "{permuted} {simulated}"
        );
    }

    #[test]
    fn a_dimension_in_which_all_points_are_equal_has_no_correlation() {
        let mut data = independent(&[30; 10], 3);
        if let crate::study::LatentSource::Stored(points) = &mut data.latents {
            for point in points {
                let mut values = point.as_slice().to_vec();
                values[4] = 0.1;
                *point = LatentPoint::new(values);
            }
        }
        let study = studied(&data, 20);
        for attribute in &study.attributes {
            let r = &attribute.over_samples.pearson;
            assert!(r[4].is_none() && r[5].is_some(), "{r:?}");
        }
    }
}

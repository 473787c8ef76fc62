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
    attribute_correlations: &mut [DimensionCorrelations],
    should_continue: &dyn Fn() -> bool,
) {
    let samples_with_values: Vec<usize> = (0..data.len())
        .filter(|index| data.columns.iter().all(|c| c[*index].is_some()))
        .collect();
    let targets: Vec<Vec<f64>> = data
        .columns
        .iter()
        .map(|column| {
            samples_with_values
                .iter()
                .filter_map(|index| column[*index])
                .collect()
        })
        .collect();
    let block_lengths: Vec<usize> = samples_with_values
        .chunk_by(|a, b| data.regions[*a] == data.regions[*b])
        .map(<[usize]>::len)
        .collect();
    let row = |number: usize, row_out: &mut [f64]| {
        let point = samples_with_values
            .get(number)
            .and_then(|index| data.latent(*index));
        write_point(point.as_ref(), row_out);
    };
    let permutation = BlockPermutation {
        width: data.latent_size(),
        row: &row,
        targets: &targets,
        blocks: &block_lengths,
    };
    set_chance_levels(
        &permutation,
        settings,
        attribute_correlations,
        should_continue,
    );
}

/// Sets the chance levels of the largest correlations over region means.
pub(super) fn region_chance_levels(
    data: &StudyData,
    settings: &StudySettings,
    means: &[Vec<Option<f64>>],
    attribute_correlations: &mut [DimensionCorrelations],
    should_continue: &dyn Fn() -> bool,
) {
    let regions_with_mean: Vec<usize> = (0..data.region_centres.len())
        .filter(|region| means.iter().all(|means| means[*region].is_some()))
        .collect();
    let targets: Vec<Vec<f64>> = means
        .iter()
        .map(|means| {
            regions_with_mean
                .iter()
                .filter_map(|region| means[*region])
                .collect()
        })
        .collect();
    let row = |number: usize, row_out: &mut [f64]| {
        let region = regions_with_mean.get(number);
        write_point(
            region.and_then(|region| data.region_centres.get(*region)),
            row_out,
        );
    };
    let permutation = BlockPermutation {
        width: data.latent_size(),
        row: &row,
        targets: &targets,
        blocks: &vec![1; regions_with_mean.len()],
    };
    set_chance_levels(
        &permutation,
        settings,
        attribute_correlations,
        should_continue,
    );
}

/// Writes the coordinates of a point into a row; nothing without a point.
fn write_point(point: Option<&LatentPoint>, row_out: &mut [f64]) {
    let values = point.map(LatentPoint::as_slice).unwrap_or_default();
    for (slot, value) in row_out.iter_mut().zip(values) {
        *slot = f64::from(*value);
    }
}

/// Sets the chance level of each attribute from its permutations.
fn set_chance_levels(
    permutation: &BlockPermutation<'_>,
    settings: &StudySettings,
    attribute_correlations: &mut [DimensionCorrelations],
    should_continue: &dyn Fn() -> bool,
) {
    let observed: Vec<f64> = attribute_correlations
        .iter()
        .map(DimensionCorrelations::max_abs_r)
        .collect();
    let chance = permutation.chance_levels(
        &observed,
        settings.permutations,
        settings.seed,
        should_continue,
    );
    for (correlations, chance) in attribute_correlations.iter_mut().zip(chance) {
        correlations.chance = Some(chance);
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
        AttributeColumns, AttributeResults, AttributeSet, StudyData, StudyResults, StudySettings,
    };
    use crate::sweep::MelodyCounts;

    const LATENT_SIZE: usize = 12;

    /// Data of regions of these sizes whose attributes are independent of the latent points.
    fn independent_data(sizes: &[u32], seed: u64) -> StudyData {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut columns = AttributeColumns::new(AttributeSet::Standard);
        let (mut centres, mut latents, mut regions) = (Vec::new(), Vec::new(), Vec::new());
        for (region, size) in (0..).zip(sizes) {
            let centre = prior_point(LATENT_SIZE, seed, u64::from(region));
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
        StudyData::from_points(
            centres,
            latents,
            regions,
            columns,
            MelodyCounts::default(),
            32,
        )
    }

    fn quick_study(data: &StudyData, permutations: usize) -> StudyResults {
        let settings = StudySettings {
            permutations,
            resamples: 1,
            ..StudySettings::default()
        };
        StudyResults::quick(data, &settings, false, &|| true).unwrap()
    }

    #[expect(clippy::print_stdout, reason = "measured figures are worth reading")]
    #[test]
    fn the_chance_level_over_samples_agrees_with_simulated_independent_data() {
        // More samples than ranks and regressions use, and one region with a single sample.
        let sizes: Vec<u32> = (0..60).map(|k| if k == 7 { 1 } else { 100 }).collect();
        let simulated: Vec<f64> = (0..400)
            .flat_map(|seed| {
                let results = quick_study(&independent_data(&sizes, 100 + seed), 1);
                let max_abs_r = |a: &AttributeResults| a.over_samples.max_abs_r();
                results
                    .attributes
                    .iter()
                    .map(max_abs_r)
                    .collect::<Vec<f64>>()
            })
            .collect();
        let simulated = quantile(&simulated, 0.95).unwrap();
        // The level of one data set varies with its attributes, so that the mean over several is compared.
        let mut levels = Vec::new();
        for seed in 0..12 {
            let results = quick_study(&independent_data(&sizes, seed), 200);
            for attribute in &results.attributes {
                let correlations = &attribute.over_samples;
                let chance = correlations.chance.as_ref().unwrap();
                assert_eq!((chance.n, correlations.n), (5_901, 5_901));
                levels.push(chance.upper_5_percent);
            }
            let findings = results.attributes[0].findings.join(" ");
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
        let mut data = independent_data(&[30; 10], 3);
        if let crate::study::LatentSource::Stored(points) = &mut data.latents {
            for point in points {
                let mut values = point.as_slice().to_vec();
                values[4] = 0.1;
                *point = LatentPoint::new(values);
            }
        }
        let results = quick_study(&data, 20);
        for attribute in &results.attributes {
            let r = &attribute.over_samples.pearson;
            assert!(r[4].is_none() && r[5].is_some(), "{r:?}");
        }
    }
}

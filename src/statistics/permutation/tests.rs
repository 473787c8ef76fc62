//! Tests of the permutation test.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use rand::{Rng, RngExt as _};
use rand_distr::StandardNormal;

use super::*;

fn normal(random: &mut impl Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| random.sample(StandardNormal)).collect()
}

fn levels(
    rows: &[Vec<f64>],
    targets: &[Vec<f64>],
    blocks: &[usize],
    permutations: usize,
) -> Vec<ChanceLevel> {
    let blocks = BlockPermutation {
        width: rows[0].len(),
        row: &|k, out| out.copy_from_slice(&rows[k]),
        targets,
        blocks,
    };
    let observed = vec![1.0; targets.len()];
    blocks.chance_levels(&observed, permutations, 1, &|| true)
}

#[test]
fn a_target_that_equals_a_predictor_exceeds_chance_and_noise_does_not() {
    let mut random = random_stream(5, 0);
    let rows: Vec<Vec<f64>> = (0..100).map(|_| normal(&mut random, 64)).collect();
    let noise = normal(&mut random, 100);
    let predicted: Vec<f64> = rows.iter().map(|row| 3.0 * row[5] - 1e6).collect();
    let targets = [noise, predicted, vec![0.1; 100]];
    let blocks = BlockPermutation {
        width: 64,
        row: &|k, out| out.copy_from_slice(&rows[k]),
        targets: &targets,
        blocks: &[1; 100],
    };
    let correlations: Vec<f64> = blocks
        .max_correlations(vec![(0..100).collect()], &|| true)
        .unwrap()
        .concat();
    assert!(
        (correlations[1] - 1.0).abs() < 1e-9 && correlations[2] == 0.0,
        "{correlations:?}"
    );
    let chance = blocks.chance_levels(&correlations, 300, 1, &|| true);
    // The largest of 64 correlations of 100 pairs: about 2.4 standard errors of 0.1.
    assert!((chance[0].mean - 0.25).abs() < 0.03, "{chance:?}");
    assert!(chance[0].p > 0.01 && chance[1].p < 0.004, "{chance:?}");
    assert!(chance.iter().all(|level| level.n == 100));
    assert!(
        blocks
            .chance_levels(&correlations, 300, 1, &|| false)
            .is_empty()
    );
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let single_threaded = pool
        .unwrap()
        .install(|| blocks.chance_levels(&correlations, 300, 1, &|| true));
    assert_eq!(single_threaded, chance);
}

#[test]
fn rows_that_repeat_in_blocks_have_a_higher_chance_level() {
    let mut random = random_stream(6, 0);
    let centres: Vec<Vec<f64>> = (0..20).map(|_| normal(&mut random, 16)).collect();
    let rows: Vec<Vec<f64>> = (0..600).map(|k| centres[k / 30].clone()).collect();
    let block_targets = normal(&mut random, 20);
    let targets = [(0..600).map(|k| block_targets[k / 30]).collect()];
    let level = |blocks: &[usize]| levels(&rows, &targets, blocks, 200)[0].mean;
    let (block_level, row_level) = (level(&[30; 20]), level(&[1; 600]));
    assert!(block_level > 3.0 * row_level, "{block_level} {row_level}");
}

/// The 95 % quantile over simulated data sets in which rows and targets are independent: the rows of a block lie around a
/// common centre, and so do its targets, with `shared_variance` of their variance.
fn simulated_level(blocks: &[usize], width: usize, shared_variance: f64, sets: u64) -> f64 {
    let n: usize = blocks.iter().sum();
    let max_correlations: Vec<f64> = (0..sets)
        .map(|set| {
            let (rows, target) = independent_data(blocks, width, shared_variance, 1_000 + set);
            let correlation = |d: usize| {
                let column: Vec<f64> = (0..n).map(|k| rows[k][d]).collect();
                crate::statistics::pearson(&column, &target).unwrap().abs()
            };
            (0..width).map(correlation).fold(0.0, f64::max)
        })
        .collect();
    quantile(&max_correlations, 0.95).unwrap()
}

fn independent_data(
    blocks: &[usize],
    width: usize,
    shared_variance: f64,
    seed: u64,
) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut random = random_stream(seed, 0);
    let (mut rows, mut target) = (Vec::new(), Vec::new());
    for length in blocks {
        let (centre, block_target) = (normal(&mut random, width), normal(&mut random, 1)[0]);
        for _ in 0..*length {
            let deviations = normal(&mut random, width);
            rows.push(
                centre
                    .iter()
                    .zip(deviations)
                    .map(|(c, e)| c + 0.5 * e)
                    .collect(),
            );
            let noise = normal(&mut random, 1)[0];
            target.push(
                shared_variance.sqrt() * block_target + (1.0 - shared_variance).sqrt() * noise,
            );
        }
    }
    (rows, target)
}

#[expect(clippy::print_stdout, reason = "measured figures are worth reading")]
#[test]
fn the_chance_level_agrees_with_simulated_independent_data_for_any_blocks() {
    // Equal blocks; one of a single row among equal ones; lengths that all differ.
    let cases: [Vec<usize>; 3] = [
        vec![10; 120],
        [vec![10; 119], vec![1]].concat(),
        (0..120).map(|k| 5 + k / 10).collect(),
    ];
    for blocks in cases {
        for shared_variance in [0.0, 0.3] {
            let expected = simulated_level(&blocks, 16, shared_variance, 3_000);
            // The level of one data set varies: the mean over some.
            let permuted: f64 = (0..60)
                .map(|set| {
                    let (rows, target) = independent_data(&blocks, 16, shared_variance, 50 + set);
                    levels(&rows, &[target], &blocks, 200)[0].upper_5_percent / 60.0
                })
                .sum();
            println!(
                "{} blocks, {shared_variance}: permuted {permuted:.4}, simulated {expected:.4}",
                blocks.len()
            );
            assert!(
                (permuted / expected - 1.0).abs() < 0.05,
                "{permuted} {expected} {blocks:?}"
            );
        }
    }
}

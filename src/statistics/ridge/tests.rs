//! Tests of the ridge regression.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::*;
use crate::progress::no_progress;
use crate::statistics::testing::normal_rows;

fn fit(rows: &[Vec<f32>], values: &[f64], groups: &[u32]) -> Ridge {
    let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
    ridge(&rows, values, groups, &mut no_progress)
        .unwrap()
        .unwrap()
}

#[test]
fn a_linear_relation_is_found_with_its_r2() {
    let rows = normal_rows(2_000, 20, 7);
    // Signal variance 4 + 1, noise variance 1: the largest possible R2 is 5/6.
    let noise = normal_rows(2_000, 1, 8);
    let values: Vec<f64> = rows
        .iter()
        .zip(&noise)
        .map(|(z, n)| f64::from(3.0 + 2.0 * z[3] - z[8] + n[0]))
        .collect();
    let groups: Vec<u32> = (0..2_000).map(|k| k / 20).collect();
    let fitted = fit(&rows, &values, &groups);
    assert!((fitted.weights[3] - 2.0).abs() < 0.1 && (fitted.weights[8] + 1.0).abs() < 0.1);
    let r2 = fitted.cross_validated_r2;
    assert!((r2 - 5.0 / 6.0).abs() < 0.03, "{r2}");
    // The held-out predictions have the same error.
    let errors: f64 = fitted
        .held_out
        .iter()
        .map(|(i, p)| (values[*i] - p).powi(2))
        .sum();
    assert_eq!(fitted.held_out.len(), 2_000);
    assert!((errors / 2_000.0 - 1.0).abs() < 0.1, "{errors}");
}

#[test]
fn pure_noise_is_not_explained() {
    let rows = normal_rows(400, 50, 7);
    let values: Vec<f64> = normal_rows(400, 1, 8)
        .iter()
        .map(|z| f64::from(z[0]))
        .collect();
    let groups: Vec<u32> = (0..400).map(|k| k / 4).collect();
    let r2 = fit(&rows, &values, &groups).cross_validated_r2;
    assert!(r2 < 0.03, "{r2}");
}

#[test]
fn values_that_depend_on_the_group_alone_are_not_explained() {
    // Every region has its own value, independent of its position.
    let (centres, region_values) = (normal_rows(30, 24, 7), normal_rows(30, 1, 8));
    let mut rows = Vec::new();
    let (mut values, mut groups) = (Vec::new(), Vec::new());
    for (region, centre) in centres.iter().enumerate() {
        for offset in normal_rows(20, 24, 100 + region as u64) {
            rows.push(
                centre
                    .iter()
                    .zip(offset)
                    .map(|(c, e)| c + 0.2 * e)
                    .collect(),
            );
            values.push(f64::from(region_values[region][0]));
            groups.push(region as u32);
        }
    }
    let r2 = fit(&rows, &values, &groups).cross_validated_r2;
    assert!(r2 < 0.1, "{r2}");
    // With folds that split regions the values would seem well explained.
    let single_row_groups: Vec<u32> = (0..600).collect();
    assert!(fit(&rows, &values, &single_row_groups).cross_validated_r2 > 0.5);
}

#[test]
fn targets_that_are_fitted_together_have_the_fits_of_each_alone() {
    let rows = normal_rows(600, 12, 7);
    let noise = normal_rows(600, 2, 8);
    let column = |weight: f32, n: usize| -> Vec<f64> {
        let pairs = rows.iter().zip(&noise);
        pairs
            .map(|(z, e)| f64::from(weight * z[n] + e[n]))
            .collect()
    };
    let constant = vec![1.5; 600];
    let targets = [column(2.0, 0), constant, column(0.1, 1)];
    let groups: Vec<u32> = (0..600).map(|k| k / 20).collect();
    let row_slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
    let target_slices: Vec<&[f64]> = targets.iter().map(Vec::as_slice).collect();
    let Ok(fits) = ridge_of_each(&row_slices, &target_slices, &groups, &mut no_progress);
    assert!(fits[1].is_none() && fits.len() == 3);
    for index in [0, 2] {
        let (together, alone) = (
            fits[index].as_ref().unwrap(),
            fit(&rows, &targets[index], &groups),
        );
        assert_eq!(together.weights, alone.weights);
        assert_eq!(together.held_out, alone.held_out);
        assert_eq!(together.cross_validated_r2, alone.cross_validated_r2);
    }
    assert!(fits[0].as_ref().unwrap().cross_validated_r2 > 0.7);
    assert!(fits[2].as_ref().unwrap().cross_validated_r2 < 0.1);
}

#[test]
fn no_variance_or_no_rows_give_no_fit() {
    let rows = normal_rows(50, 4, 7);
    let row_slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
    let has_no_fit = |rows: &[&[f32]], values: &[f64], groups: &[u32]| {
        let fit = ridge(rows, values, groups, &mut no_progress);
        matches!(fit, Ok(None))
    };
    assert!(has_no_fit(&row_slices, &[1.5; 50], &[0; 50]));
    assert!(has_no_fit(&[], &[], &[]));
    assert!(has_no_fit(&row_slices[..1], &[1.0], &[0]));
    assert!(has_no_fit(&row_slices, &[1.0], &[0]));
}

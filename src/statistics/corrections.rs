//! Corrections of p-values for multiple tests.

/// Holm's step-down correction (Holm 1979), in the order given. Controls the family-wise error rate: the probability of any
/// false positive at a level is at most that level.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut corrected = vec![0.0; p.len()];
    let mut running_max = 0.0_f64;
    for (rank, index) in sorted_indices(p).into_iter().enumerate() {
        running_max = running_max.max(p[index] * (p.len() - rank) as f64);
        corrected[index] = running_max.min(1.0);
    }
    corrected
}

/// Benjamini and Hochberg's step-up correction (1995), in the order given. Controls the false discovery rate: the expected
/// fraction of false positives at a level is at most that level.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut corrected = vec![0.0; p.len()];
    let mut running_min = 1.0_f64;
    for (rank, index) in sorted_indices(p).into_iter().enumerate().rev() {
        running_min = running_min.min(p[index] * (p.len() as f64 / (rank + 1) as f64));
        corrected[index] = running_min;
    }
    corrected
}

/// Indices of the values in ascending order of the values.
fn sorted_indices(p: &[f64]) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..p.len()).collect();
    indices.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    indices
}

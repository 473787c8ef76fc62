//! Ranks, and the statistic U that is computed from them.

/// Rank of each value, from 1; equal values share the mean of their ranks.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.0; values.len()];
    let mut lower_count = 0;
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let rank = lower_count as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for &(_, index) in tied {
            ranks[index] = rank;
        }
        lower_count += tied.len();
    }
    ranks
}

/// Mann and Whitney's U of `x`: the number of pairs in which its value is the larger one, with ties counted as half.
pub(super) fn mann_whitney_u(x: &[f64], y: &[f64]) -> f64 {
    let all_values: Vec<f64> = x.iter().chain(y).copied().collect();
    let n1 = x.len() as f64;
    let rank_sum: f64 = ranks(&all_values).iter().take(x.len()).sum();
    rank_sum - n1 * (n1 + 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(
            ranks(&[10.0, 20.0, 10.0, 5.0, 10.0]),
            [3.0, 5.0, 3.0, 1.0, 3.0]
        );
        assert!(ranks(&[]).is_empty());
        assert_eq!(ranks(&[0.0, -0.0]), [1.5, 1.5]);
    }
}

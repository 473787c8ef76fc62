//! Ranks, and the statistic U that rests on them.

/// Rank of each value, from 1; equal values share the mean of their ranks.
#[must_use]
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let rank = below as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for &(_, index) in tied {
            ranks[index] = rank;
        }
        below += tied.len();
    }
    ranks
}

/// Mann and Whitney's U of `x`: in how many of all pairs its value is the larger, ties counting half.
pub(super) fn mann_whitney_u(x: &[f64], y: &[f64]) -> f64 {
    let both: Vec<f64> = x.iter().chain(y).copied().collect();
    let n1 = x.len() as f64;
    let rank_sum: f64 = ranks(&both).iter().take(x.len()).sum();
    rank_sum - n1 * (n1 + 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_share_their_mean_among_equals() {
        assert_eq!(
            ranks(&[10.0, 20.0, 10.0, 5.0, 10.0]),
            [3.0, 5.0, 3.0, 1.0, 3.0]
        );
        assert!(ranks(&[]).is_empty());
        assert_eq!(ranks(&[0.0, -0.0]), [1.5, 1.5]);
    }
}

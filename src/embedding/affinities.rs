//! Symmetric Gaussian affinities between neighbours, of equal perplexity for every point.
//!
//! Van der Maaten and Hinton, *Visualizing data using t-SNE* (2008), equations 1 and 2, restricted to the nearest
//! neighbours as in van der Maaten, *Accelerating t-SNE using tree-based algorithms* (2014).

use super::neighbours::Neighbours;
use crate::progress::{ProgressFn, par_map, subrange};

/// Maximum number of bandwidths tried for a point.
const MAX_TRIALS: usize = 64;
/// Rows assembled between two progress reports.
const ROWS_PER_REPORT: usize = 4_096;

/// A symmetric sparse matrix in compressed rows, whose entries sum to 1.
pub(super) struct Affinities {
    /// Start of each row in `entries`, and the end of the last.
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Affinities {
    /// Computes the affinities for a perplexity, at most a third of the number of neighbours.
    pub(super) fn new<E>(
        neighbours: &Neighbours,
        points: usize,
        perplexity: f64,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let count = neighbours.count();
        let perplexity = perplexity.min(count as f64 / 3.0).max(1.0);
        let rows = par_map(
            points,
            MAX_TRIALS * 16 * count,
            &mut subrange(progress, (0.0, 0.4)),
            |i| conditional_weights(neighbours.squared_distances_of(i), perplexity),
        )?;
        // The points that have point j among their neighbours are in `reverse_entries[row_starts[j]..row_starts[j + 1]]`.
        let mut row_starts = vec![0_usize; points + 1];
        for i in 0..points {
            for j in neighbours.neighbours_of(i) {
                row_starts[*j as usize + 1] += 1;
            }
        }
        for j in 0..points {
            row_starts[j + 1] += row_starts[j];
        }
        let mut next_slots = row_starts.clone();
        let mut reverse_entries = vec![(0_u32, 0.0_f64); points * count];
        for (i, row) in rows.iter().enumerate() {
            if i.is_multiple_of(ROWS_PER_REPORT) {
                progress(0.4 + 0.2 * i as f64 / points as f64)?;
            }
            for (j, p) in neighbours.neighbours_of(i).iter().zip(row) {
                let slot = &mut next_slots[*j as usize];
                reverse_entries[*slot] = (i as u32, *p);
                *slot += 1;
            }
        }
        let pair_scale = 1.0 / (2.0 * points as f64);
        let progress = &mut subrange(progress, (0.6, 1.0));
        let lists = par_map(points, 128 * count, progress, |i| {
            let own_entries = neighbours.neighbours_of(i).iter().copied();
            let reverse_row = &reverse_entries[row_starts[i]..row_starts[i + 1]];
            let mut list: Vec<(u32, f64)> = own_entries.zip(rows[i].iter().copied()).collect();
            list.extend(reverse_row);
            // A mutual pair occurs twice; sorted, so that the order of summation is fixed.
            list.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let pairs = list.chunk_by(|a, b| a.0 == b.0);
            let sum = |pair: &[(u32, f64)]| pair.iter().map(|(_, p)| p).sum::<f64>();
            pairs
                .map(|pair| (pair[0].0, (sum(pair) * pair_scale) as f32))
                .collect::<Vec<_>>()
        })?;
        let mut starts = vec![0];
        let mut entries = Vec::with_capacity(lists.iter().map(Vec::len).sum());
        for list in lists {
            entries.extend(list);
            starts.push(entries.len());
        }
        Ok(Self { starts, entries })
    }

    /// The neighbours of a point with their affinities.
    pub(super) fn row(&self, index: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[index]..self.starts[index + 1]]
    }
}

/// The Gaussian weights of a point's neighbours, with a bandwidth at which the entropy is the logarithm of the perplexity.
fn conditional_weights(squares: &[f32], perplexity: f64) -> Vec<f64> {
    let Some(nearest) = squares.first().map(|square| f64::from(*square)) else {
        return Vec::new();
    };
    let target = perplexity.ln();
    let offsets: Vec<f64> = squares.iter().map(|s| f64::from(*s) - nearest).collect();
    let mean_offset = offsets.iter().sum::<f64>() / offsets.len() as f64;
    if mean_offset <= 0.0 {
        return vec![1.0 / squares.len() as f64; squares.len()];
    }
    let (mut low, mut high, mut beta) = (0.0, f64::INFINITY, 1.0 / mean_offset);
    let mut weights = vec![0.0; offsets.len()];
    for _ in 0..MAX_TRIALS {
        for (weight, offset) in weights.iter_mut().zip(&offsets) {
            *weight = (-beta * offset).exp();
        }
        let sum: f64 = weights.iter().sum();
        let products = weights.iter().zip(&offsets).map(|(w, o)| w * o);
        let entropy = sum.ln() + beta * (products.sum::<f64>() / sum);
        for weight in &mut weights {
            *weight /= sum;
        }
        if (entropy - target).abs() < 1e-6 {
            break;
        }
        if entropy > target {
            low = beta;
            beta = if high.is_finite() {
                f64::midpoint(low, high)
            } else {
                2.0 * beta
            };
        } else {
            high = beta;
            beta = f64::midpoint(low, high);
        }
        // More equally near neighbours than the perplexity: no bandwidth reaches it.
        if beta * mean_offset > 1e9 {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::Features;
    use crate::progress::no_progress;

    #[test]
    fn affinities_have_the_given_perplexity_and_sum_to_one() {
        let squares: Vec<f32> = (1..=30).map(|k| (k * k) as f32 / 50.0).collect();
        let row = conditional_weights(&squares, 8.0);
        let entropy: f64 = row.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
        assert!((entropy.exp() - 8.0).abs() < 1e-3, "{}", entropy.exp());
        let rows: Vec<[f32; 2]> = (0..40)
            .map(|k| [(k as f32 * 0.618).fract(), (k as f32 * 0.414).fract()])
            .collect();
        let Ok(neighbours) = Neighbours::find(&Features::new(&rows), 12, &mut no_progress);
        let Ok(affinities) = Affinities::new(&neighbours, 40, 4.0, &mut no_progress);
        let mut total = 0.0;
        for i in 0..40 {
            for (j, p) in affinities.row(i) {
                total += f64::from(*p);
                let reverse_entry = affinities
                    .row(*j as usize)
                    .iter()
                    .find(|(k, _)| *k == i as u32);
                assert_eq!(reverse_entry.map(|(_, q)| q), Some(p));
            }
        }
        assert!((total - 1.0).abs() < 1e-5, "{total}");
    }

    #[test]
    fn coinciding_neighbours_have_equal_affinities() {
        assert_eq!(conditional_weights(&[0.0; 4], 2.0), vec![0.25; 4]);
        // Two of three at the same place, and a perplexity below two.
        let row = conditional_weights(&[1.0, 1.0, 9.0], 1.0);
        assert!((row[0] - 0.5).abs() < 1e-6 && row[2] < 1e-6, "{row:?}");
    }
}

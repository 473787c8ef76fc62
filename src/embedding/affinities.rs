//! How strongly neighbours attract each other: Gaussian affinities of equal perplexity, made symmetric.
//!
//! Van der Maaten and Hinton, *Visualizing data using t-SNE* (2008), equations 1 and 2, restricted to the nearest
//! neighbours as in van der Maaten, *Accelerating t-SNE using tree-based algorithms* (2014).

use super::neighbours::Neighbours;
use crate::statistics::{ProgressFn, par_map, subrange};

/// Most bandwidths tried for a point.
const MOST_TRIALS: usize = 64;
/// Rows put together between two looks.
const LOOK_EVERY: usize = 4_096;

/// A symmetric sparse matrix, row by row; all entries add up to 1.
pub(super) struct Affinities {
    /// Where each row begins, and where the last one ends.
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Affinities {
    /// Affinities of a perplexity, or of a third of the neighbours if there are too few for it.
    ///
    /// # Errors
    /// The error of `progress`.
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
            MOST_TRIALS * 16 * count,
            &mut subrange(progress, (0.0, 0.4)),
            |i| conditional(neighbours.squares_of(i), perplexity),
        )?;
        let share = |from: f64, i: usize| from + 0.3 * i as f64 / points as f64;
        let mut lists: Vec<Vec<(u32, f64)>> = vec![Vec::new(); points];
        for (i, row) in rows.iter().enumerate() {
            if i.is_multiple_of(LOOK_EVERY) {
                progress(share(0.4, i))?;
            }
            for (j, p) in neighbours.of(i).iter().zip(row) {
                lists[i].push((*j, *p));
                lists[*j as usize].push((i as u32, *p));
            }
        }
        let mut starts = vec![0];
        let mut entries = Vec::with_capacity(2 * points * count);
        let half = 1.0 / (2.0 * points as f64);
        for (i, list) in lists.iter_mut().enumerate() {
            if i.is_multiple_of(LOOK_EVERY) {
                progress(share(0.7, i))?;
            }
            // A pair that is mutual comes twice, and is added up in an order that is always the same.
            list.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            for group in list.chunk_by(|a, b| a.0 == b.0) {
                let sum: f64 = group.iter().map(|(_, p)| p).sum();
                entries.push((group[0].0, (sum * half) as f32));
            }
            starts.push(entries.len());
        }
        progress(1.0)?;
        Ok(Self { starts, entries })
    }

    /// The others that attract a point, and how strongly.
    pub(super) fn of(&self, index: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[index]..self.starts[index + 1]]
    }
}

/// The Gaussian over a point's neighbours whose entropy is the logarithm of the perplexity.
fn conditional(squares: &[f32], perplexity: f64) -> Vec<f64> {
    let Some(nearest) = squares.first().map(|square| f64::from(*square)) else {
        return Vec::new();
    };
    let wanted = perplexity.ln();
    let offsets: Vec<f64> = squares.iter().map(|s| f64::from(*s) - nearest).collect();
    let typical = offsets.iter().sum::<f64>() / offsets.len() as f64;
    if typical <= 0.0 {
        return vec![1.0 / squares.len() as f64; squares.len()];
    }
    let (mut low, mut high, mut beta) = (0.0, f64::INFINITY, 1.0 / typical);
    let mut weights = vec![0.0; offsets.len()];
    for _ in 0..MOST_TRIALS {
        for (weight, offset) in weights.iter_mut().zip(&offsets) {
            *weight = (-beta * offset).exp();
        }
        let sum: f64 = weights.iter().sum();
        let mean: f64 = weights
            .iter()
            .zip(&offsets)
            .map(|(w, o)| w * o)
            .sum::<f64>()
            / sum;
        let entropy = sum.ln() + beta * mean;
        for weight in &mut weights {
            *weight /= sum;
        }
        if (entropy - wanted).abs() < 1e-6 {
            break;
        }
        if entropy > wanted {
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
        if beta * typical > 1e9 {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::Features;
    use crate::statistics::no_progress;

    #[test]
    fn the_affinities_have_the_wanted_perplexity_and_add_up_to_one() {
        let squares: Vec<f32> = (1..=30).map(|k| (k * k) as f32 / 50.0).collect();
        let row = conditional(&squares, 8.0);
        let entropy: f64 = row.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
        assert!((entropy.exp() - 8.0).abs() < 1e-3, "{}", entropy.exp());
        let rows: Vec<[f32; 2]> = (0..40)
            .map(|k| [(k as f32 * 0.618).fract(), (k as f32 * 0.414).fract()])
            .collect();
        let found = Neighbours::find(&Features::new(&rows), 12);
        let Ok(affinities) = Affinities::new(&found, 40, 4.0, &mut no_progress);
        let mut total = 0.0;
        for i in 0..40 {
            for (j, p) in affinities.of(i) {
                total += f64::from(*p);
                let back = affinities
                    .of(*j as usize)
                    .iter()
                    .find(|(k, _)| *k == i as u32);
                assert_eq!(back.map(|(_, q)| q), Some(p));
            }
        }
        assert!((total - 1.0).abs() < 1e-5, "{total}");
    }

    #[test]
    fn neighbours_that_are_all_the_same_attract_equally() {
        assert_eq!(conditional(&[0.0; 4], 2.0), vec![0.25; 4]);
        // Two of three at the same place, and a perplexity below two.
        let row = conditional(&[1.0, 1.0, 9.0], 1.0);
        assert!((row[0] - 0.5).abs() < 1e-6 && row[2] < 1e-6, "{row:?}");
    }
}

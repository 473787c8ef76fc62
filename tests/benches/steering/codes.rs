//! How well single numbers say what an attribute is: dimensions of the latent space, and the directions that steering moves along.

use tunescape::model::MelodyModel as _;
use tunescape::statistics::{interpretability, mean, rank_correlation_score};
use tunescape::sweep::Unobserved;

use crate::corpora::Corpora;
use crate::{Bench, STEERED, index};

/// What AR-VAE reaches with dimensions that were trained for it.
const PUBLISHED: [f64; 2] = [0.96, 0.988];

/// Interpretability and SCC of Pati and Lerch (2021) on all windows of the test split, encoded (means of the posterior).
///
/// A code has one number per dimension of the latent space, or one per attribute: the latent point's component along the
/// attribute's direction. Directions are fitted to the sweep, so no window of the corpus was seen.
pub fn codes(bench: &mut Bench, corpora: &Corpora) {
    let posteriors = bench.engine.encode(&corpora.test_tokens()).unwrap();
    let dimensions: Vec<Vec<f64>> = (0..bench.engine.latent_size())
        .map(|d| posteriors.iter().map(|p| f64::from(p.mu[d])).collect())
        .collect();
    let directions: Vec<Vec<f64>> = STEERED
        .iter()
        .map(|(id, _)| {
            let weights = bench.basis.direction(index(id), &mut Unobserved).unwrap();
            let component = |mu: &[f32]| -> f64 {
                mu.iter()
                    .zip(&weights)
                    .map(|(z, w)| f64::from(*z) * w)
                    .sum()
            };
            posteriors.iter().map(|p| component(&p.mu)).collect()
        })
        .collect();
    println!(
        "\ninterpretability (R2 of a line through the number with the largest mutual information) and SCC, {} windows of the test split, directions of seed {}\n\
         attribute            dimension      R2     SCC  direction of                R2     SCC",
        posteriors.len(),
        bench.seed
    );
    let mut scores: Vec<[f64; 4]> = Vec::new();
    for (id, _) in STEERED {
        let of = index(id);
        let rows = corpora.test_rows.iter();
        let values: Vec<f64> = rows.map(|row| row.value(of).unwrap()).collect();
        let [dimension, direction] =
            [&dimensions, &directions].map(|code| interpretability(code, &values).unwrap());
        let [scc, scc_of_directions] =
            [&dimensions, &directions].map(|code| rank_correlation_score(code, &values));
        let [before, after] = [dimension, direction].map(|found| found.interpretability);
        println!(
            "{id:<20} {:>9} {before:>7.3} {scc:>7.3}  {:<22} {after:>7.3} {scc_of_directions:>7.3}",
            dimension.index, STEERED[direction.index].0,
        );
        scores.push([before, scc, after, scc_of_directions]);
    }
    let [before, scc, after, scc_of_directions] = [0, 1, 2, 3].map(|column| {
        let column: Vec<f64> = scores.iter().map(|row| row[column]).collect();
        mean(&column).unwrap()
    });
    println!(
        "{:<20} {:>9} {before:>7.3} {scc:>7.3}  {:<22} {after:>7.3} {scc_of_directions:>7.3}",
        "mean", "", ""
    );
    let [r2, scc] = PUBLISHED;
    println!("{:<61} {r2:>7.3} {scc:>7.3}", "AR-VAE, as published");
}

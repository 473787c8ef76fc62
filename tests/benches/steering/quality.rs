//! Metrics of `tunescape evaluate` of steered melodies, compared with draws of the prior and windows of the corpus: notes in scale,
//! overlap of the feature histograms, copies.

use tunescape::latent::prior_point;
use tunescape::melody::Tokens;
use tunescape::model::{MelodyModel as _, Sampling};
use tunescape::training::{FeatureHistograms, copy_fraction};

use crate::Bench;
use crate::corpora::Corpora;

/// Draws of the prior, as many as `tunescape evaluate` takes.
const DRAWS: u64 = 4_096;

/// Prints for each set of melodies the fraction of notes in the best-fitting major scale of their melody, the mean overlap of the six
/// histograms with those of windows of both splits, and the fractions of melodies that equal a window of the training split, which
/// steering rejects if the model knows its training windows, and one of the test split, up to transposition. `sets` begins with the steered ones.
pub fn quality(bench: &mut Bench, corpora: &Corpora, sets: &[(&str, &[Tokens])]) {
    let size = bench.engine.latent_size();
    let points: Vec<_> = (0..DRAWS)
        .map(|k| prior_point(size, bench.seed, k))
        .collect();
    let prior = bench.engine.decode(&points, &Sampling::Greedy).unwrap();
    let (test, training) = (corpora.test_tokens(), &corpora.training);
    let [of_test, of_training] = [&test, training].map(|t| FeatureHistograms::compute(t));
    println!(
        "melodies                count  notes in scale  overlap with test  with training  copies of training windows  of test windows"
    );
    let references = [
        ("prior", prior.as_slice()),
        ("test windows", test.as_slice()),
        ("training windows", training.as_slice()),
    ];
    let figures = |melodies: &[Tokens]| {
        let found = FeatureHistograms::compute(melodies);
        [
            found.in_scale(),
            found.overlap(&of_test),
            found.overlap(&of_training),
            copy_fraction(melodies, training.iter()),
            copy_fraction(melodies, test.iter()),
        ]
    };
    for (name, melodies) in sets.iter().copied().chain(references) {
        let [in_scale, test, training, copies, test_copies] = figures(melodies);
        println!(
            "{name:<22} {:>6} {:>13.2} % {test:>18.3} {training:>14.3} {:>25.2} % {:>14.2} %",
            melodies.len(),
            100.0 * in_scale,
            100.0 * copies,
            100.0 * test_copies,
        );
    }
    if let Some((name, melodies)) = sets.first() {
        let (steered, prior) = (figures(melodies), figures(&prior));
        let verdicts = [
            ("notes in scale", steered[0] >= prior[0]),
            ("overlap with test", steered[1] >= prior[1]),
            ("overlap with training", steered[2] >= prior[2]),
            ("copies of training windows", steered[3] <= prior[3]),
        ];
        let (no_worse, worse): (Vec<_>, Vec<_>) = verdicts.iter().partition(|(_, ok)| *ok);
        let names = |list: &[&(&str, bool)]| match list {
            [] => "nothing".to_owned(),
            list => list
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(", "),
        };
        println!(
            "{name} beside the prior: no worse in {}; worse in {}",
            names(&no_worse),
            names(&worse)
        );
    }
}

//! Tests of the preference: simulated listeners, the order, the reason, and what is left out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use super::{MIN_KEPT, PreferenceError, PreferenceExample, PreferenceModel};
use crate::attributes::{AttributeRow, attribute_index};
use crate::latent::LatentPoint;
use crate::statistics::ranks;
use crate::sweep::testing::sweep_of;

/// The melodies of a sweep with 24 latent dimensions.
fn melodies() -> Vec<(LatentPoint, AttributeRow)> {
    let (sweep, _) = sweep_of(30, 20);
    let melodies = sweep.samples.iter();
    let melodies = melodies.map(|entry| {
        let latent = sweep.plan.latent(entry.id).unwrap();
        (latent, entry.attributes.clone())
    });
    melodies.collect()
}

fn example((latent, attributes): &(LatentPoint, AttributeRow)) -> PreferenceExample<'_> {
    PreferenceExample { latent, attributes }
}

fn examples(melodies: &[(LatentPoint, AttributeRow)]) -> Vec<PreferenceExample<'_>> {
    melodies.iter().map(example).collect()
}

/// Probability that a liked melody is ranked before another one: the statistic of Mann and Whitney by the number of pairs.
fn auc(scores: &[f64], liked: &[bool]) -> f64 {
    let ranks = ranks(scores);
    let sum: f64 = ranks
        .iter()
        .zip(liked)
        .filter(|(_, liked)| **liked)
        .map(|(rank, _)| rank)
        .sum();
    let positive = liked.iter().filter(|liked| **liked).count() as f64;
    let negative = liked.len() as f64 - positive;
    (sum - positive * (positive + 1.0) / 2.0) / (positive * negative)
}

/// A listener hears the first melodies and keeps `count` that he likes; returns the AUC on the others.
fn auc_after(likes: impl Fn(&(LatentPoint, AttributeRow)) -> bool, count: usize) -> f64 {
    let melodies = melodies();
    let (mut kept, mut skipped) = (Vec::new(), Vec::new());
    let mut heard = 0;
    // Every seventh, so that all regions are heard.
    let order: Vec<usize> = (0..melodies.len())
        .map(|k| k * 7 % melodies.len())
        .collect();
    for index in &order {
        if kept.len() == count {
            break;
        }
        heard += 1;
        let one = &melodies[*index];
        if likes(one) { &mut kept } else { &mut skipped }.push(example(one));
    }
    assert_eq!(kept.len(), count, "too few melodies are liked");
    let rest: Vec<_> = order[heard..]
        .iter()
        .map(|index| &melodies[*index])
        .collect();
    let unheard: Vec<PreferenceExample<'_>> =
        rest.iter().step_by(4).map(|one| example(one)).collect();
    let model = PreferenceModel::fit(24, &kept, &skipped, &unheard).unwrap();
    let scores: Vec<f64> = rest
        .iter()
        .map(|one| model.score(example(one)).unwrap())
        .collect();
    let liked: Vec<bool> = rest.iter().map(|one| likes(one)).collect();
    auc(&scores, &liked)
}

#[test]
fn what_a_listener_likes_is_found_among_melodies_not_heard_yet() {
    let density = attribute_index("note_density").unwrap();
    let calm = |one: &(LatentPoint, AttributeRow)| {
        one.1.value(density).is_some_and(|density| density < 0.25)
    };
    let found = auc_after(calm, 10);
    assert!(found > 0.8, "calm melodies, AUC {found}");
    let side = |one: &(LatentPoint, AttributeRow)| {
        let point = one.0.as_slice();
        point[0] - point[5] + point[11] > 1.2
    };
    let found = auc_after(side, 20);
    assert!(found > 0.75, "a side of the latent space, AUC {found}");
}

#[test]
fn equal_input_gives_an_equal_order_that_has_what_is_asked_for_first() {
    let melodies = melodies();
    let all = examples(&melodies);
    let fit = || PreferenceModel::fit(24, &all[..8], &all[8..40], &all[40..100]).unwrap();
    assert_eq!(fit(), fit());
    let model = fit();
    let candidates: Vec<(bool, PreferenceExample<'_>)> = all[100..132]
        .iter()
        .enumerate()
        .map(|(k, one)| (k % 3 == 0, *one))
        .collect();
    let order = model.order(&candidates);
    let mut indices = order.clone();
    indices.sort_unstable();
    assert_eq!(indices, (0..32).collect::<Vec<usize>>());
    let has_it: Vec<bool> = order.iter().map(|index| candidates[*index].0).collect();
    assert!(has_it.is_sorted_by(|a, b| a >= b), "{has_it:?}");
    for group in order.chunk_by(|a, b| candidates[*a].0 == candidates[*b].0) {
        let scores = group
            .iter()
            .map(|index| model.score(candidates[*index].1).unwrap());
        assert!(scores.collect::<Vec<f64>>().is_sorted_by(|a, b| a >= b));
    }
    // The same melody twice keeps its order.
    let twins = [(true, all[7]), (true, all[9]), (true, all[9])];
    let order = model.order(&twins);
    assert!(order.iter().position(|i| *i == 1) < order.iter().position(|i| *i == 2));
}

#[test]
fn a_kept_melody_is_most_like_itself() {
    let melodies = melodies();
    let all = examples(&melodies);
    let model = PreferenceModel::fit(24, &all[..6], &all[20..60], &all[60..120]).unwrap();
    for (index, kept) in all[..6].iter().enumerate() {
        assert_eq!(model.most_alike(*kept), Some(index));
    }
    // The opposite of all that was kept is like none of it.
    let mean = LatentPoint::mean(melodies[..6].iter().map(|(latent, _)| latent), 24);
    let opposite = mean.as_slice().iter().map(|x| -20.0 * x).collect();
    let opposite = (LatentPoint::new(opposite), AttributeRow::default());
    let scores: Vec<f64> = all[..6]
        .iter()
        .map(|kept| model.score(*kept).unwrap())
        .collect();
    assert!(
        scores
            .iter()
            .all(|score| *score > model.score(example(&opposite)).unwrap())
    );
}

#[test]
fn too_few_kept_melodies_and_nothing_to_compare_them_with_are_told() {
    let melodies = melodies();
    let all = examples(&melodies);
    for found in [0, 1, MIN_KEPT - 1] {
        let fit = PreferenceModel::fit(24, &all[..found], &all[10..20], &all[20..60]);
        assert_eq!(fit, Err(PreferenceError::TooFewKept { found }));
    }
    let fit = PreferenceModel::fit(24, &all[..6], &[], &[]);
    assert_eq!(fit, Err(PreferenceError::NothingToCompare));
    // What was heard and not kept is enough, and so is the map.
    assert!(PreferenceModel::fit(24, &all[..6], &all[6..7], &[]).is_ok());
    assert!(PreferenceModel::fit(24, &all[..6], &[], &all[6..7]).is_ok());
}

#[test]
fn points_that_are_no_numbers_or_of_another_model_are_left_out() {
    let melodies = melodies();
    let all = examples(&melodies);
    let broken = LatentPoint::new(vec![f32::NAN; 24]);
    let wide = LatentPoint::new(vec![0.1; 25]);
    let attributes = AttributeRow::default();
    let unusable = [&broken, &wide].map(|latent| PreferenceExample {
        latent,
        attributes: &attributes,
    });
    let mut kept = unusable.to_vec();
    kept.extend(&all[..6]);
    let mut skipped = all[10..30].to_vec();
    skipped.extend(unusable);
    let model = PreferenceModel::fit(24, &kept, &skipped, &all[30..90]).unwrap();
    let without = PreferenceModel::fit(24, &all[..6], &all[10..30], &all[30..90]).unwrap();
    assert_eq!(model.score(all[100]), without.score(all[100]));
    // Their indices are those of what was given.
    assert_eq!(model.most_alike(all[0]), Some(2));
    for melody in unusable {
        assert_eq!(
            (model.score(melody), model.most_alike(melody)),
            (None, None)
        );
    }
    // They come last.
    let order = model.order(&[(true, unusable[0]), (true, all[100])]);
    assert_eq!(order, [1, 0]);
    let too_few = PreferenceModel::fit(24, &[unusable[0]; 9], &skipped, &[]);
    assert_eq!(too_few, Err(PreferenceError::TooFewKept { found: 0 }));
}

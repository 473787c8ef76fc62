//! Steering a small sweep of a fake model: goals, sources, seeds and cancel.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::HashSet;
use std::sync::Arc;

use super::*;
use crate::attributes::{ATTRIBUTES, attribute_index};
use crate::melody::{Melody, edit_distance, transposition_key};
use crate::model::Sampling;
use crate::progress::{Observer, Progress, Unobserved};
use crate::sweep::testing::{FakeModel, small_sweep};
use crate::sweep::{MelodyId, SteerRound, SteeredMelody};

/// The basis of a small sweep, and the model that decoded it.
fn small_basis() -> (SteerBasis, FakeModel) {
    let (sweep, model) = small_sweep();
    (SteerBasis::from_sweep(&sweep), model)
}

fn density() -> usize {
    attribute_index("note_density").unwrap()
}

fn wanted(notes_per_bar: f64) -> SteerRequest {
    SteerRequest {
        goals: SteerGoals::wanted(density(), notes_per_bar / 16.0),
        ..SteerRequest::default()
    }
}

fn like(basis: &SteerBasis, index: usize, closeness: f64, keep: KeptAspect) -> SteerOrigin {
    let entry = &basis.entries()[index];
    SteerOrigin::Like(SteerSource {
        latent: basis.latent(entry.id).unwrap(),
        melody: Arc::clone(&entry.melody),
        closeness,
        keep,
    })
}

/// A melody of the sweep with this many notes.
fn melody_of(basis: &SteerBasis, notes: usize) -> usize {
    let has = |entry: &crate::sweep::MelodyEntry| entry.melody.notes().len() == notes;
    basis.entries().iter().position(has).unwrap()
}

#[test]
fn thirty_two_distinct_melodies_have_the_wanted_density() {
    let (mut basis, mut model) = small_basis();
    for notes_per_bar in 2..=12 {
        let request = wanted(f64::from(notes_per_bar));
        let steered = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
        assert_eq!(steered.entries.len(), 32);
        // Half of the tolerance of half a note per bar: the very number of notes.
        assert_eq!(
            (steered.fraction_within_half, steered.distinct_fraction),
            (1.0, 1.0),
            "{notes_per_bar}"
        );
        let outcome = steered.outcome(density()).unwrap();
        assert!((outcome.mean * 16.0 - f64::from(notes_per_bar)).abs() < 1e-9);
        assert!(
            steered
                .entries
                .iter()
                .all(|melody| melody.in_sweep.is_none())
        );
    }
}

#[test]
fn every_attribute_of_the_table_can_be_steered_alone() {
    let (mut basis, mut model) = small_basis();
    for (attribute, entry) in ATTRIBUTES.iter().enumerate() {
        let mut values: Vec<f64> = basis
            .entries()
            .iter()
            .filter_map(|e| e.attributes.value(attribute))
            .collect();
        values.sort_by(f64::total_cmp);
        for fraction in [0.1, 0.5, 0.9] {
            let target = values[(fraction * values.len() as f64) as usize];
            let request = SteerRequest {
                goals: SteerGoals::wanted(attribute, target),
                count: 16,
                ..SteerRequest::default()
            };
            let steered = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
            assert!(
                steered.fraction_within >= 0.9 && steered.distinct_fraction == 1.0,
                "{} {fraction}: {} within",
                entry.id,
                steered.fraction_within
            );
        }
    }
}

#[test]
fn held_attributes_keep_their_values() {
    let (mut basis, mut model) = small_basis();
    let range = attribute_index("pitch_range").unwrap();
    let held = basis.mean(range).unwrap();
    for notes_per_bar in [3.0, 6.0, 9.0] {
        let mut request = wanted(notes_per_bar);
        request.goals.set(range, SteerGoal::Held(held));
        let steered = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
        let outcome = steered.outcome(range).unwrap();
        assert_eq!(outcome.goal, SteerGoal::Held(held));
        assert!(
            outcome.fraction_within.unwrap() >= 0.9 && steered.fraction_within >= 0.9,
            "{notes_per_bar}: {outcome:?}"
        );
        // Free, it would follow the number of notes.
        assert!((outcome.mean - held).abs() * 88.0 <= 2.0);
    }
}

#[test]
fn equal_requests_give_equal_melodies_whatever_the_batch_and_threads() {
    let (basis, mut model) = small_basis();
    let mut found = |seed, temperature, batch, threads| {
        let range = attribute_index("pitch_range").unwrap();
        let request = SteerRequest {
            goals: wanted(8.0).goals.with_goal(range, SteerGoal::Wanted(0.2)),
            seed,
            temperature,
            count: 12,
            ..SteerRequest::default()
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let mut basis = basis.clone();
        let steered = pool.unwrap().install(|| {
            steer_in_batches(&mut basis, &request, batch, &mut model, &mut Unobserved).unwrap()
        });
        let entries = steered.entries.into_iter();
        entries
            .map(|e| (e.melody, e.latent, e.position))
            .collect::<Vec<_>>()
    };
    for temperature in [0.0, 0.7] {
        let first = found(1, temperature, 256, 1);
        assert_eq!(found(1, temperature, 256, 1), first);
        assert_eq!(found(1, temperature, 7, 3), first);
        assert_ne!(found(2, temperature, 256, 1), first);
    }
}

#[test]
fn a_device_that_asks_for_large_batches_decodes_each_round_in_one_call() {
    let (basis, mut model) = small_basis();
    // More notes than there are steps: all candidates are used.
    let request = SteerRequest {
        count: 64,
        max_candidates_per_melody: 100,
        ..wanted(48.0)
    };
    let steered = |preferred_batch, model: &mut FakeModel| {
        model.preferred_batch = preferred_batch;
        model.calls.clear();
        let mut basis = basis.clone();
        let steered = steer_in_batches(&mut basis, &request, 64, model, &mut Unobserved).unwrap();
        let entries = steered.entries.into_iter();
        entries.map(|e| (e.melody, e.latent)).collect::<Vec<_>>()
    };
    let in_large = steered(4_096, &mut model);
    assert_eq!(model.calls.iter().sum::<usize>(), 6_400);
    assert!(model.calls.len() <= 16, "{:?}", model.calls);
    assert_eq!(steered(1, &mut model), in_large);
    assert_eq!(model.calls.len(), 100);
}

#[test]
fn infeasible_goals_are_described_before_and_met_as_nearly_as_possible() {
    let (mut basis, mut model) = small_basis();
    let request = SteerRequest {
        count: 8,
        max_candidates_per_melody: 16,
        ..wanted(48.0)
    };
    let feasibility = basis.feasibility(&request.goals);
    assert_eq!(feasibility.matching_count, 0);
    assert!(feasibility.is_rare());
    let text = feasibility.describe(&request.goals);
    assert!(
        text.starts_with("48.0 notes/bar: none of the sweep's")
            && text.contains("; the nearest has 1"),
        "{text}"
    );
    let steered = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
    let outcome = steered.outcome(density()).unwrap();
    // A melody has no more than 16 notes per bar; nothing in the sweep has more than its highest.
    assert!(outcome.mean >= outcome.range.1 - 0.1, "{outcome:?}");
    assert_eq!((steered.fraction_within, steered.decoded), (0.0, 8 * 16));
    assert_eq!(steered.entries.len(), 8);
}

#[derive(Default)]
struct Recorder {
    rounds: Vec<SteerRound>,
    batches: usize,
    stop_after: Option<usize>,
}

impl SweepObserver for Recorder {
    fn steered(&mut self, round: SteerRound) {
        self.rounds.push(round);
    }
}

impl Observer for Recorder {
    fn progress(&mut self, _: Progress) {
        self.batches += 1;
    }
    fn cancelled(&self) -> bool {
        self.stop_after
            .is_some_and(|max_batches| self.batches >= max_batches)
    }
}

#[test]
fn the_first_round_is_of_the_sweep_and_later_ones_replace_it() {
    let (mut basis, mut model) = small_basis();
    let before = model.decoded;
    let request = SteerRequest {
        number: 7,
        ..wanted(6.0)
    };
    let mut recorder = Recorder::default();
    let steered = steer(&mut basis, &request, &mut model, &mut recorder).unwrap();
    assert_eq!((model.decoded - before) as u64, steered.decoded);
    let first = &recorder.rounds[0];
    assert_eq!(
        (first.number, first.melodies.len(), first.accepted_count),
        (0, 32, 0)
    );
    for (melody, index) in first.melodies.iter().zip(0..) {
        assert_eq!(melody.id, MelodyId::Steered { steer: 7, index });
        assert!(melody.in_sweep.is_some());
        assert!(request.goals.are_met(&melody.attributes, 1.0));
    }
    assert_eq!(recorder.rounds.last().unwrap().accepted_count, 32);
    // What was reported last for each id is the result.
    for entry in &steered.entries {
        let mut reported = recorder.rounds.iter().flat_map(|round| &round.melodies);
        let last = reported.rfind(|melody| melody.id == entry.id);
        assert_eq!(last.unwrap().melody, entry.melody);
    }
}

#[test]
fn steering_is_cancelled_before_the_next_batch() {
    let (mut basis, mut model) = small_basis();
    for max_batches in [0, 2] {
        let mut recorder = Recorder {
            stop_after: Some(max_batches),
            ..Recorder::default()
        };
        let request = wanted(48.0);
        let error = steer(&mut basis, &request, &mut model, &mut recorder).unwrap_err();
        assert!(matches!(error, SweepError::Cancelled));
        assert_eq!(recorder.batches, max_batches);
    }
}

#[test]
fn melodies_like_another_meet_the_goals_and_change_no_more_notes_than_allowed() {
    let (mut basis, mut model) = small_basis();
    let index = melody_of(&basis, 12);
    let source = Arc::clone(&basis.entries()[index].melody);
    let request = SteerRequest {
        goals: SteerGoals::wanted(density(), 14.0 / 32.0),
        origin: like(&basis, index, 0.75, KeptAspect::Nothing),
        count: 8,
        ..SteerRequest::default()
    };
    let steered = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
    let free = SteerRequest {
        origin: SteerOrigin::Anywhere,
        ..request.clone()
    };
    let anywhere = steer(&mut basis, &free, &mut model, &mut Unobserved).unwrap();
    let key = transposition_key(source.tokens());
    for entry in &steered.entries {
        assert_ne!(transposition_key(entry.melody.tokens()), key);
    }
    let near = |melody: &Melody| edit_distance(&source, melody) <= 5.0;
    let close_count = steered.entries.iter().filter(|e| near(&e.melody)).count();
    // A quarter of twelve notes, and two for the density.
    assert!(close_count >= 6, "{close_count} of 8 within five notes");
    let changed = steered.changed_notes.unwrap();
    let drawn = anywhere.entries.iter();
    let drawn: f64 = drawn.map(|e| edit_distance(&source, &e.melody)).sum();
    assert!(changed < 0.7 * drawn / 8.0, "{changed} {}", drawn / 8.0);
}

#[test]
fn a_kept_rhythm_first_bar_or_order_of_pitches_stays_exactly() {
    let (mut basis, mut model) = small_basis();
    let index = melody_of(&basis, 10);
    let source = Arc::clone(&basis.entries()[index].melody);
    let range = attribute_index("pitch_range").unwrap();
    let target = basis.mean(range).unwrap();
    let mut found = |keep| {
        let request = SteerRequest {
            goals: SteerGoals::wanted(range, target),
            origin: like(&basis, index, 0.2, keep),
            count: 6,
            ..SteerRequest::default()
        };
        let steered = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
        assert_eq!(
            (steered.entries.len(), steered.distinct_fraction),
            (6, 1.0),
            "{keep:?}"
        );
        steered.entries
    };
    let times = |melody: &Melody| -> Vec<(u32, u32)> {
        melody.notes().iter().map(|n| (n.start, n.end)).collect()
    };
    for entry in found(KeptAspect::Rhythm) {
        assert_eq!(times(&entry.melody), times(&source));
    }
    let pitches = |melody: &Melody| -> Vec<u8> { melody.notes().iter().map(|n| n.pitch).collect() };
    let source_pitches = pitches(&source);
    for entry in found(KeptAspect::Pitches) {
        for (k, pitch) in pitches(&entry.melody).into_iter().enumerate() {
            assert_eq!(pitch, source_pitches[k % source_pitches.len()]);
        }
    }
    for entry in found(KeptAspect::FirstBar) {
        let bar = &source.tokens().as_slice()[..16];
        assert_eq!(&entry.melody.tokens().as_slice()[..16], bar);
    }
}

#[test]
fn a_wanted_scale_has_every_note_and_the_other_goals_are_met_too() {
    let (mut basis, mut model) = small_basis();
    let scale: crate::melody::Scale = "D dorian".parse().unwrap();
    let request = SteerRequest {
        scale: Some(scale),
        count: 8,
        ..wanted(3.0)
    };
    let steered = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
    assert_eq!(
        (steered.entries.len(), steered.fraction_within_half),
        (8, 1.0)
    );
    for entry in &steered.entries {
        let mut notes = entry.melody.notes().iter();
        assert!(notes.all(|note| scale.contains(note.pitch)));
    }
}

#[test]
fn melodies_like_another_need_no_other_goal() {
    let (mut basis, mut model) = small_basis();
    let index = melody_of(&basis, 9);
    for (keep, closeness) in [(KeptAspect::Nothing, 0.5), (KeptAspect::Rhythm, 1.0)] {
        let request = SteerRequest {
            origin: like(&basis, index, closeness, keep),
            count: 4,
            ..SteerRequest::default()
        };
        let steered = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
        assert_eq!((steered.entries.len(), steered.distinct_fraction), (4, 1.0));
        assert!(steered.changed_notes.unwrap() > 0.0);
    }
}

/// A model for which some of the melodies that it decodes are training melodies.
struct Trained {
    model: FakeModel,
    trained_keys: HashSet<Vec<u8>>,
}

impl MelodyModel for Trained {
    fn latent_size(&self) -> usize {
        self.model.latent_size()
    }
    fn steps(&self) -> usize {
        self.model.steps()
    }
    fn decode(
        &mut self,
        latents: &[LatentPoint],
        sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        self.model.decode(latents, sampling)
    }
    fn device_name(&self) -> String {
        self.model.device_name()
    }
    fn is_training_melody(&self, melody: &Tokens) -> bool {
        self.trained_keys.contains(&transposition_key(melody))
    }
    fn weights_hash(&self) -> &str {
        self.model.weights_hash()
    }
}

#[test]
fn training_melodies_and_excluded_melodies_are_not_found() {
    let (mut basis, model) = small_basis();
    let mut model = Trained {
        model,
        trained_keys: HashSet::new(),
    };
    let keys = |steered: &Steered| -> Vec<Vec<u8>> {
        let melodies = steered.entries.iter().map(|entry| &entry.melody);
        melodies.map(|m| transposition_key(m.tokens())).collect()
    };
    let mut request = wanted(6.0);
    let before = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
    let (trained, excluded) = before.entries.split_at(16);
    let tokens = |entry: &SteeredMelody| transposition_key(entry.melody.tokens());
    model.trained_keys = trained.iter().map(tokens).collect();
    let transposed_up = |entry: &SteeredMelody| {
        let moved = crate::melody::transpose(entry.melody.tokens(), 1).unwrap();
        Arc::new(Melody::from_tokens(moved))
    };
    request.excluded = excluded.iter().map(transposed_up).collect();
    let after = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap();
    assert_eq!((after.entries.len(), after.fraction_within_half), (32, 1.0));
    let known: HashSet<Vec<u8>> = keys(&before).into_iter().collect();
    assert!(keys(&after).iter().all(|key| !known.contains(key)));
}

#[test]
fn a_source_of_another_length_is_refused() {
    let (mut basis, mut model) = small_basis();
    let melody = crate::melody::testing::melody(&[(60, 0, 4)], 64);
    let request = SteerRequest {
        origin: SteerOrigin::Like(SteerSource {
            latent: LatentPoint::new(vec![0.0; 24]),
            melody: Arc::new(melody),
            closeness: 0.5,
            keep: KeptAspect::Nothing,
        }),
        ..SteerRequest::default()
    };
    let error = steer(&mut basis, &request, &mut model, &mut Unobserved).unwrap_err();
    assert!(error.to_string().contains("cannot be 64"), "{error}");
}

//! The shipped model between melodies of the corpus: a blend changes a melody gradually.

use std::path::Path;
use std::sync::Arc;

use tunescape::latent::{Interpolation, LatentPoint};
use tunescape::melody::{
    Melody, Tokens, TrainingWindowOptions, edit_distance, read_midi_file, training_windows,
};
use tunescape::model::{DeviceChoice, Engine, MelodyModel as _, Sampling, Weights};
use tunescape::sweep::{
    GenerateKind, GenerateRequest, LatentPath, MelodyId, SweepConfig, SweepPlan, Unobserved,
    generate,
};

use crate::harness::{Missing, tests};
use crate::requirements::corpus;

tests![
    a_blend_of_two_melodies_of_the_corpus_never_jumps_more_than_half_the_way,
    along_a_path_through_regions_no_step_is_as_large_as_at_equal_distances,
];

/// Melodies in a blend, both ends included.
const BLEND_MELODIES: u32 = 7;
const PAIRS: usize = 117;

/// One window of each of many songs of the split, far apart in the list so that pairs mix collections.
fn melodies(folder: &Path, count: usize) -> Vec<Tokens> {
    let table = std::fs::read_to_string(folder.join("split.csv")).unwrap();
    let songs: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_suffix(",valid"))
        .collect();
    // A stride that is prime to the number of songs visits each once, out of order.
    let stride = (songs.len() * 5 / 13..)
        .find(|stride| {
            (2..*stride)
                .take(40)
                .all(|k| !songs.len().is_multiple_of(k) || !stride.is_multiple_of(k))
        })
        .unwrap();
    (0..songs.len())
        .map(|k| songs[k * stride % songs.len()])
        .filter_map(|song| {
            let song = read_midi_file(&folder.join(song)).ok()?;
            let mut found = training_windows(&song, &TrainingWindowOptions::default()).windows;
            (!found.is_empty()).then(|| found.swap_remove(found.len() / 2))
        })
        .take(count)
        .collect()
}

fn a_blend_of_two_melodies_of_the_corpus_never_jumps_more_than_half_the_way() -> Result<(), Missing>
{
    let folder = corpus()?;
    let weights = Arc::new(Weights::default_model().unwrap());
    let mut engine = Engine::open(weights, &DeviceChoice::Cpu).unwrap();
    let melodies = melodies(&folder, 2 * PAIRS);
    assert_eq!(melodies.len(), 2 * PAIRS);
    let points: Vec<LatentPoint> = engine
        .encode(&melodies)
        .unwrap()
        .into_iter()
        .map(|posterior| LatentPoint::new(posterior.mu))
        .collect();
    let mut passed = Vec::new();
    for (interpolation, even) in [
        (Interpolation::Linear, false),
        (Interpolation::Spherical, false),
        (Interpolation::Linear, true),
        (Interpolation::Spherical, true),
    ] {
        let mut gradual = 0;
        for pair in points.chunks(2) {
            let request = GenerateRequest {
                set: 0,
                kind: GenerateKind::Blend {
                    from: pair[0].clone(),
                    to: pair[1].clone(),
                    count: BLEND_MELODIES,
                    interpolation,
                    even,
                },
            };
            let made = generate(&request, &mut engine, &mut Unobserved).unwrap();
            let steps: Vec<_> = made.melodies.iter().map(|made| &*made.melody).collect();
            let ends = edit_distance(steps[0], steps[steps.len() - 1]);
            let largest = steps
                .windows(2)
                .map(|two| edit_distance(two[0], two[1]))
                .fold(0.0, f64::max);
            gradual += usize::from(largest <= ends / 2.0);
            if even && largest > ends / 2.0 {
                eprintln!("{interpolation:?}: ends {ends} apart, a step of {largest}");
            }
        }
        eprintln!("{interpolation:?}, even {even}: {gradual} of {PAIRS} pairs change gradually");
        passed.push(gradual);
    }
    // Equal steps in latent distance fail for most pairs; what the window and the command do fails for none.
    assert!(passed[0] < PAIRS && passed[1] < PAIRS, "{passed:?}");
    assert_eq!(passed[2..], [PAIRS; 2]);
    Ok(())
}

fn along_a_path_through_regions_no_step_is_as_large_as_at_equal_distances() {
    const PATHS: u32 = 12;
    const MELODIES: usize = 16;
    let weights = Arc::new(Weights::default_model().unwrap());
    let mut engine = Engine::open(weights, &DeviceChoice::Cpu).unwrap();
    let plan = SweepPlan::new(&SweepConfig::default(), engine.latent_size()).unwrap();
    let largest = |melodies: &[Melody]| {
        let steps = melodies
            .windows(2)
            .map(|two| edit_distance(&two[0], &two[1]));
        steps.fold(0.0, f64::max)
    };
    let (mut even, mut equal) = (0.0, 0.0);
    for path in 0..PATHS {
        let region = |k: u32| MelodyId::Centre {
            region: (path * 29 + k * 31) % 100,
        };
        let ends: Vec<LatentPoint> = (0..4).map(|k| plan.latent(region(k)).unwrap()).collect();
        let along = LatentPath::through(&ends, MELODIES as u32, Interpolation::Spherical).unwrap();
        let every = (along.points.len() - 1) as f64 / (MELODIES - 1) as f64;
        let points: Vec<LatentPoint> = (0..MELODIES)
            .map(|k| along.points[(k as f64 * every).round() as usize].clone())
            .collect();
        let tokens = engine.decode(&points, &Sampling::Greedy).unwrap();
        let melodies: Vec<Melody> = tokens.into_iter().map(Melody::from_tokens).collect();
        equal += largest(&melodies) / f64::from(PATHS);
        let request = GenerateRequest {
            set: 0,
            kind: GenerateKind::Path(along),
        };
        let made = generate(&request, &mut engine, &mut Unobserved).unwrap();
        assert_eq!(made.melodies.len(), MELODIES);
        // No melody is far from the next along the path, and every point of the path is among them.
        let widest = made.fractions.windows(2).map(|two| two[1] - two[0]);
        assert!(widest.fold(0.0, f64::max) < 2.01 / (MELODIES - 1) as f64);
        for end in &ends {
            assert!(made.melodies.iter().any(|melody| melody.latent == *end));
        }
        let melodies: Vec<Melody> = made
            .melodies
            .iter()
            .map(|made| (*made.melody).clone())
            .collect();
        even += largest(&melodies) / f64::from(PATHS);
    }
    eprintln!("mean largest step in notes: {even:.2} even, {equal:.2} at equal distances");
    assert!(even < 0.85 * equal, "{even} {equal}");
}

//! The decode kernel on a graphics adapter against the CPU, for models it was written for and one it leaves to burn.

use std::sync::Arc;
use std::time::Duration;

use tunescape::attributes::attribute_index;
use tunescape::latent::{LatentPoint, prior_point};
use tunescape::melody::Tokens;
use tunescape::model::{
    DeviceChoice, Engine, MelodyModel as _, MusicVaeConfig, Parameters, Sampling, Streams, Weights,
};
use tunescape::sweep::{
    self, RunOptions, SteerBasis, SteerGoals, SteerRequest, Sweep, SweepConfig, Unobserved,
};

use crate::harness::{Missing, tests};
use crate::requirements::software_adapter;

tests![
    a_thousand_gpu_melodies_equal_the_cpu_in_batches_of_any_size,
    a_sweep_and_a_search_of_6_400_melodies_take_at_most_sixteen_launches_each,
    gpu_draws_equal_the_cpu_with_the_same_random_numbers,
    gpu_melodies_equal_the_cpu_for_models_of_other_sizes,
    a_model_too_wide_for_the_kernel_decodes_on_the_adapter_all_the_same,
];

const SAMPLED: Sampling = Sampling::Temperature {
    temperature: 0.8,
    seed: 11,
    // Streams beyond 32 bits.
    streams: Streams::StartingAt((1 << 40) + 3),
};

/// Engines on the software adapter and on the CPU.
fn engines(weights: &Arc<Weights>) -> Result<[Engine; 2], Missing> {
    let adapter = DeviceChoice::Named(software_adapter()?.name);
    let open = |choice| {
        let mut engine = Engine::open(Arc::clone(weights), &choice).unwrap();
        assert_eq!(engine.take_notices(), Vec::<String>::new());
        engine
    };
    Ok([open(adapter), open(DeviceChoice::Cpu)])
}

fn points(weights: &Weights, count: u64) -> Vec<LatentPoint> {
    let latent_size = weights.config().latent_size;
    (0..count)
        .map(|k| prior_point(latent_size, 99, k))
        .collect()
}

/// Number of melodies in which at least one token differs.
fn differing(found: &[Tokens], wanted: &[Tokens]) -> usize {
    assert_eq!(found.len(), wanted.len());
    let pairs = found.iter().zip(wanted);
    pairs.filter(|(found, wanted)| found != wanted).count()
}

/// A model of these sizes with initial weights times 3, so that the largest logits lie far apart.
fn model(latent_size: usize, steps: usize, decoder_layers: Vec<usize>) -> Arc<Weights> {
    let config = MusicVaeConfig {
        latent_size,
        steps,
        encoder_layers: vec![4],
        decoder_layers,
        ..MusicVaeConfig::default()
    };
    let mut parameters = Parameters::default();
    for (name, tensor) in Parameters::initialise(&config, 5).iter() {
        let mut tensor = tensor.clone();
        tensor.values.iter_mut().for_each(|x| *x *= 3.0);
        parameters.insert(name, tensor);
    }
    let weights = Weights::new("test", config, parameters, serde_json::Value::Null);
    Arc::new(weights.unwrap())
}

fn a_thousand_gpu_melodies_equal_the_cpu_in_batches_of_any_size() -> Result<(), Missing> {
    let weights = Arc::new(Weights::default_model().unwrap());
    let [mut adapter, mut cpu] = engines(&weights)?;
    let points = points(&weights, 1_000);
    let found = adapter.decode(&points, &Sampling::Greedy).unwrap();
    let wanted = cpu.decode(&points, &Sampling::Greedy).unwrap();
    // Sums in another order may tip two logits that are equal but for the last digits.
    assert!(differing(&found, &wanted) <= 1);
    for (batch, total) in [(1, 8), (7, 70), (64, 128)] {
        let mut in_batches = Vec::new();
        for points in points[..total].chunks(batch) {
            in_batches.extend(adapter.decode(points, &Sampling::Greedy).unwrap());
        }
        assert_eq!(in_batches, found[..total], "batches of {batch}");
    }
    let counts = adapter.gpu_counts().unwrap();
    assert_eq!(counts.dispatches, counts.read_backs);
    Ok(())
}

fn a_sweep_and_a_search_of_6_400_melodies_take_at_most_sixteen_launches_each() -> Result<(), Missing>
{
    let weights = model(5, 32, vec![7]);
    let [mut adapter, mut cpu] = engines(&weights)?;
    // A launch is as large as its memory allows, as on a fast card.
    adapter.set_gpu_chunk_time(Duration::from_secs(600));
    let options = RunOptions {
        batch: 128,
        threads: None,
    };
    let config = SweepConfig {
        regions: 100,
        samples: 64,
        temperature: 0.8,
        ..SweepConfig::default()
    };
    let start = adapter.gpu_counts().unwrap();
    let on_adapter = sweep::run(&config, &options, &mut adapter, &mut Unobserved).unwrap();
    let swept = adapter.gpu_counts().unwrap() - start;
    // The self-test of the draws counts too.
    assert!(swept.melodies >= 6_500, "{swept:?}");
    assert!(
        swept.dispatches <= 16 && swept.read_backs <= 16,
        "{swept:?}"
    );
    let on_cpu = sweep::run(&config, &options, &mut cpu, &mut Unobserved).unwrap();
    let melodies = |sweep: &Sweep| {
        let samples = sweep.samples.iter();
        samples
            .map(|entry| entry.melody.tokens().clone())
            .collect::<Vec<_>>()
    };
    assert!(differing(&melodies(&on_adapter), &melodies(&on_cpu)) <= 6);
    // More notes than there are steps: every candidate is used.
    let request = SteerRequest {
        goals: SteerGoals::wanted(attribute_index("note_density").unwrap(), 3.0),
        count: 64,
        max_candidates_per_melody: 100,
        ..SteerRequest::default()
    };
    let mut basis = SteerBasis::from_sweep(&on_adapter);
    let start = adapter.gpu_counts().unwrap();
    sweep::steer(&mut basis, &request, &mut adapter, &mut Unobserved).unwrap();
    let steered = adapter.gpu_counts().unwrap() - start;
    assert_eq!(steered.melodies, 6_400);
    assert!(steered.dispatches <= 16, "{steered:?}");
    assert_eq!(adapter.take_notices(), Vec::<String>::new());
    Ok(())
}

fn gpu_draws_equal_the_cpu_with_the_same_random_numbers() -> Result<(), Missing> {
    let weights = Arc::new(Weights::default_model().unwrap());
    let [mut adapter, mut cpu] = engines(&weights)?;
    let points = points(&weights, 100);
    let found = adapter.decode(&points, &SAMPLED).unwrap();
    assert!(differing(&found, &cpu.decode(&points, &SAMPLED).unwrap()) <= 1);
    assert_eq!(adapter.take_notices(), Vec::<String>::new());
    let mut in_batches = Vec::new();
    for (index, points) in points[..21].chunks(7).enumerate() {
        let sampling = SAMPLED.skip_points(7 * index);
        in_batches.extend(adapter.decode(points, &sampling).unwrap());
    }
    assert_eq!(in_batches, found[..21]);
    Ok(())
}

fn gpu_melodies_equal_the_cpu_for_models_of_other_sizes() -> Result<(), Missing> {
    // One layer, three layers of different widths, layers of two units per thread; sizes that are no multiple of four.
    for (latent_size, layers) in [(5, vec![7]), (30, vec![40, 9, 22]), (64, vec![500, 512])] {
        let weights = model(latent_size, 32, layers.clone());
        let [mut adapter, mut cpu] = engines(&weights)?;
        assert!(
            adapter.gpu_counts().is_some(),
            "{layers:?} run on the kernel"
        );
        let points = points(&weights, 30);
        for sampling in [Sampling::Greedy, SAMPLED] {
            let found = adapter.decode(&points, &sampling).unwrap();
            let wanted = cpu.decode(&points, &sampling).unwrap();
            assert!(differing(&found, &wanted) <= 1, "{layers:?}, {sampling:?}");
        }
        assert_eq!(adapter.take_notices(), Vec::<String>::new());
    }
    Ok(())
}

fn a_model_too_wide_for_the_kernel_decodes_on_the_adapter_all_the_same() -> Result<(), Missing> {
    let weights = model(8, 4, vec![513]);
    let [mut adapter, mut cpu] = engines(&weights)?;
    assert!(adapter.gpu_counts().is_none());
    let points = points(&weights, 10);
    let found = adapter.decode(&points, &Sampling::Greedy).unwrap();
    assert!(differing(&found, &cpu.decode(&points, &Sampling::Greedy).unwrap()) <= 1);
    assert_ne!(adapter.device_name(), "CPU");
    Ok(())
}

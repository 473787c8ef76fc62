//! Running a sweep: decodes, measures and places all melodies of a config.

use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::config::SweepConfig;
use super::decode::{decode_sweep_batch, describe_devices, next_batch};
use super::entry::MelodyEntry;
use super::error::SweepError;
use super::identity::MelodyId;
use super::observer::SweepObserver;
use super::plan::SweepPlan;
use super::result::Sweep;
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::MelodyModel;
use crate::progress::RateMeter;

/// How a sweep is carried out. Does not change its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Fewest melodies per batch; the model may ask for more ([`MelodyModel::preferred_batch`]). Progress is reported and
    /// cancellation checked between batches.
    pub batch: usize,
    /// Number of threads; one per core if `None`.
    pub threads: Option<usize>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            batch: 256,
            threads: None,
        }
    }
}

/// Runs a sweep: the centres first, then the samples region by region.
///
/// The observer receives the plan before anything is decoded, then melodies and progress after each batch. The result
/// does not depend on `options`.
///
/// # Errors
/// [`SweepError::Cancelled`], [`SweepError::Setting`] for an invalid config, [`SweepError::Model`] if the model fails on
/// every device, [`SweepError::Threads`].
pub fn run(
    config: &SweepConfig,
    options: &RunOptions,
    model: &mut dyn MelodyModel,
    observer: &mut dyn SweepObserver,
) -> Result<Sweep, SweepError> {
    let Some(threads) = options.threads else {
        return run_on_current_pool(config, options, model, observer);
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .thread_name(|number| format!("sweep {number}"))
        .build()
        .map_err(|error| SweepError::Threads {
            threads,
            reason: error.to_string(),
        })?;
    pool.install(|| run_on_current_pool(config, options, model, observer))
}

fn run_on_current_pool(
    config: &SweepConfig,
    options: &RunOptions,
    model: &mut dyn MelodyModel,
    observer: &mut dyn SweepObserver,
) -> Result<Sweep, SweepError> {
    let plan = SweepPlan::with_observer(config, model.latent_size(), observer)?;
    let plan = Arc::new(plan);
    // Devices of earlier work do not belong to this sweep.
    model.take_devices();
    for notice in model.take_notices() {
        observer.notice(notice);
    }
    observer.plan(&plan);
    let started = Instant::now();
    let mut meter = RateMeter::for_melodies(config.melodies());
    let mut decode_all = |ids: Vec<MelodyId>| -> Result<Vec<MelodyEntry>, SweepError> {
        let mut entries = Vec::with_capacity(ids.len());
        let mut rest = &ids[..];
        while let Some(batch) = next_batch(&mut rest, options.batch, model) {
            observer.check()?;
            let points: Vec<LatentPoint> =
                batch.par_iter().filter_map(|id| plan.latent(*id)).collect();
            let melodies = decode_sweep_batch(model, observer, config, &points, batch)?;
            let decoded = measured_entries(&plan, batch, &points, melodies);
            entries.extend_from_slice(&decoded);
            observer.melodies(decoded);
            observer.progress(meter.add(batch.len()));
        }
        Ok(entries)
    };
    let centres = (0..config.regions).map(|region| MelodyId::Centre { region });
    let centres = decode_all(centres.collect())?;
    let samples = decode_all(plan.sample_ids().collect())?;
    let devices = model.take_devices();
    if devices.len() > 1 {
        observer.notice(format!(
            "This sweep was decoded on {}: devices may differ in a few melodies, so run it again where one device should do all.",
            describe_devices(&devices)
        ));
    }
    Ok(Sweep {
        centres,
        samples,
        devices,
        weights_hash: model.weights_hash().to_owned(),
        steps: model.steps(),
        seconds: started.elapsed().as_secs_f64(),
        layout_quality: None,
        plan,
    })
}

/// The entries of decoded melodies, whose ids and points are given in the same order.
fn measured_entries(
    plan: &SweepPlan,
    ids: &[MelodyId],
    points: &[LatentPoint],
    melodies: Vec<Melody>,
) -> Vec<MelodyEntry> {
    let entry = |((id, point), melody): ((&MelodyId, &LatentPoint), Melody)| MelodyEntry {
        id: *id,
        attributes: AttributeRow::measure(&melody),
        melody: Arc::new(melody),
        position: match id {
            MelodyId::Centre { region } => plan.map.points[*region as usize],
            _ => plan.place(point),
        },
    };
    let pairs = ids.par_iter().zip(points).zip(melodies);
    pairs.map(entry).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::{Observer, Progress, Unobserved};
    use crate::sweep::MelodyCounts;
    use crate::sweep::testing::FakeModel;

    #[test]
    fn a_sweep_names_every_device_that_decoded_it_and_gives_notice_of_a_change() {
        let mut model = FakeModel::new(24);
        let options = RunOptions {
            batch: 16,
            threads: None,
        };
        let mut recorder = Recorder::default();
        let unchanged = run(&config(), &options, &mut model, &mut recorder).unwrap();
        assert_eq!(unchanged.devices, ["a fake"]);
        let expected_text = "decoded on";
        assert!(!recorder.log.iter().any(|text| text.contains(expected_text)));
        model.switches_device_after = Some(model.decoded + 100);
        let mut recorder = Recorder::default();
        let changed = run(&config(), &options, &mut model, &mut recorder).unwrap();
        assert_eq!(changed.devices, ["a fake", "CPU"]);
        assert_eq!(changed.summary().device, "a fake, then CPU");
        let expected_text = "decoded on a fake, then CPU";
        let log = recorder.log;
        assert!(
            log.iter().any(|text| text.contains(expected_text)),
            "{log:?}"
        );
    }

    fn config() -> SweepConfig {
        SweepConfig {
            regions: 20,
            samples: 9,
            ..SweepConfig::default()
        }
    }

    fn sweep_with(config: &SweepConfig, batch: usize, threads: Option<usize>) -> Sweep {
        run(
            config,
            &RunOptions { batch, threads },
            &mut FakeModel::new(24),
            &mut Unobserved,
        )
        .unwrap()
    }

    fn comparable_entries(sweep: &Sweep) -> Vec<(MelodyId, Arc<Melody>, AttributeRow, [f64; 2])> {
        let fields = |e: MelodyEntry| (e.id, e.melody, e.attributes, e.position);
        sweep.entries().into_iter().map(fields).collect()
    }

    #[test]
    fn batch_size_and_threads_change_nothing_with_and_without_temperature() {
        for temperature in [0.0, 0.7] {
            let config = SweepConfig {
                temperature,
                ..config()
            };
            let first = sweep_with(&config, 64, None);
            for (batch, threads) in [
                (1, None),
                (7, Some(1)),
                (7, Some(3)),
                (64, Some(8)),
                (0, Some(0)),
                (100_000, None),
            ] {
                let other = sweep_with(&config, batch, threads);
                assert_eq!(
                    comparable_entries(&other),
                    comparable_entries(&first),
                    "batch {batch}, {threads:?} threads"
                );
                assert_eq!(other.plan, first.plan);
            }
        }
    }

    #[test]
    fn a_device_that_asks_for_large_batches_decodes_the_same_sweep_in_few_calls() {
        for temperature in [0.0, 0.7] {
            let config = SweepConfig {
                regions: 100,
                samples: 64,
                temperature,
                ..SweepConfig::default()
            };
            let options = RunOptions {
                batch: 128,
                threads: None,
            };
            let mut model = FakeModel::new(24);
            model.preferred_batch = 4_096;
            let sweep = run(&config, &options, &mut model, &mut Unobserved).unwrap();
            // The centres, then the samples, whose random streams are consecutive only within a region.
            assert_eq!(model.calls, [100, 4_096, 2_304]);
            assert_eq!(
                comparable_entries(&sweep),
                comparable_entries(&sweep_with(&config, 128, None))
            );
        }
    }

    #[test]
    fn a_melody_depends_on_its_seed_and_id_but_not_on_how_many_others_there_are() {
        for temperature in [0.0, 0.7] {
            let decoded_with = |samples, seed| {
                let config = SweepConfig {
                    temperature,
                    samples,
                    seed,
                    ..config()
                };
                let id = MelodyId::Sample {
                    region: 13,
                    sample: 8,
                };
                let sweep = sweep_with(&config, 64, None);
                let entry = sweep.samples.iter().find(|entry| entry.id == id).unwrap();
                (Arc::clone(&entry.melody), entry.position)
            };
            assert_eq!(decoded_with(9, 99), decoded_with(15, 99));
            assert_ne!(decoded_with(9, 99).0, decoded_with(9, 98).0);
        }
    }

    #[derive(Default)]
    struct Recorder {
        log: Vec<String>,
        ids: Vec<MelodyId>,
        last: Option<Progress>,
        stop_after: Option<usize>,
    }

    impl SweepObserver for Recorder {
        fn plan(&mut self, plan: &Arc<SweepPlan>) {
            self.log.push(format!("plan of {}", plan.map.points.len()));
        }
        fn melodies(&mut self, batch: Vec<MelodyEntry>) {
            self.log.push("melodies".to_owned());
            self.ids.extend(batch.iter().map(|entry| entry.id));
        }
    }

    impl Observer for Recorder {
        fn progress(&mut self, progress: Progress) {
            self.log.push("progress".to_owned());
            self.last = Some(progress);
        }
        fn notice(&mut self, text: String) {
            self.log.push(text);
        }
        fn cancelled(&self) -> bool {
            self.stop_after.is_some_and(|count| self.ids.len() >= count)
        }
    }

    #[test]
    fn the_plan_comes_first_then_the_centres_then_the_samples_region_by_region() {
        let mut recorder = Recorder::default();
        let options = RunOptions {
            batch: 16,
            threads: None,
        };
        let sweep = run(&config(), &options, &mut FakeModel::new(24), &mut recorder).unwrap();
        // Laying the regions out has progress of its own.
        let mut log = recorder.log.iter().map(String::as_str);
        let lines: Vec<&str> = log
            .by_ref()
            .skip_while(|line| *line == "progress")
            .take(4)
            .collect();
        assert_eq!(
            lines,
            [
                "a fake decoder is used",
                "plan of 20",
                "melodies",
                "progress"
            ]
        );
        let centres = (0..20).map(|region| MelodyId::Centre { region });
        let samples = (0..20)
            .flat_map(|region| (0..9).map(move |sample| MelodyId::Sample { region, sample }));
        assert_eq!(recorder.ids, centres.chain(samples).collect::<Vec<_>>());
        assert_eq!(
            sweep.samples.iter().map(|e| e.id).collect::<Vec<_>>(),
            recorder.ids[20..]
        );
        let last = recorder.last.unwrap();
        assert_eq!((last.done, last.total, last.seconds_left), (200, 200, 0.0));
        assert!(last.rate > 0.0);
    }

    #[test]
    fn a_cancelled_sweep_stops_after_the_batch_and_has_reported_all_that_was_decoded() {
        let mut recorder = Recorder {
            stop_after: Some(30),
            ..Recorder::default()
        };
        let mut model = FakeModel::new(24);
        let options = RunOptions {
            batch: 8,
            threads: None,
        };
        let error = run(&config(), &options, &mut model, &mut recorder).unwrap_err();
        assert!(matches!(error, SweepError::Cancelled));
        assert_eq!(recorder.ids.len(), model.decoded);
        assert!((30..38).contains(&model.decoded), "{}", model.decoded);
    }

    #[test]
    fn a_model_that_fails_in_the_middle_is_an_error_and_no_panic() {
        let mut model = FakeModel::new(24);
        model.fails_after = Some(50);
        let error = run(
            &config(),
            &RunOptions::default(),
            &mut model,
            &mut Unobserved,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the device fake failed: it was pulled out; try `--device cpu`"
        );
    }

    #[test]
    fn empty_melodies_are_kept_and_counted_but_have_no_attributes() {
        // A wide spread reaches where the fake decoder falls silent.
        let config = SweepConfig {
            sigma: crate::latent::Sigma::Fixed(4.0),
            ..config()
        };
        let sweep = sweep_with(&config, 64, None);
        let counts = MelodyCounts::count(&sweep.samples);
        assert_eq!(counts.melodies, 180);
        let silent: Vec<&MelodyEntry> = sweep
            .samples
            .iter()
            .filter(|e| e.melody.is_empty())
            .collect();
        assert!(!silent.is_empty() && silent.len() == counts.empty);
        assert!(
            silent
                .iter()
                .all(|e| e.attributes.is_empty() && e.position.iter().all(|x| x.is_finite()))
        );
        assert!(counts.distinct <= 181 - counts.empty);
        let summary = sweep.summary();
        assert_eq!(
            (summary.samples, summary.steps, summary.latent_size),
            (counts, 32, 24)
        );
        let density: Vec<f64> = sweep
            .samples
            .iter()
            .filter_map(|e| e.attributes.value(0))
            .collect();
        let mean = density.iter().sum::<f64>() / density.len() as f64;
        assert!((summary.attributes[0].mean.unwrap() - mean).abs() < 1e-12);
        assert!((summary.attributes[0].shown_mean.unwrap() - 16.0 * mean).abs() < 1e-9);
    }
}

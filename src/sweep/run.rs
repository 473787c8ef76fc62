//! Running a sweep: decode, measure, place, tell.

use std::sync::Arc;
use std::time::Instant;

use rayon::prelude::*;

use super::decode::{SamplingParams, decode, streams};
use super::observer::Meter;
use super::{
    Layout, LayoutQuality, MelodyId, Observer, SweepConfig, SweepError, SweepLayout, SweepPlan,
};
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::model::Decode;

/// A decoded melody and all that is known of it.
#[derive(Clone, Debug)]
pub struct MelodyEntry {
    /// Where it comes from.
    pub id: MelodyId,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its attributes; none if it is empty.
    pub attributes: AttributeRow,
    /// Its place on the map.
    pub position: [f64; 2],
}

/// How a sweep is carried out. Changes nothing in its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// Melodies decoded between two looks at whether to stop. 0 counts as 1.
    pub batch: usize,
    /// Threads to compute on; all of the machine's if not given.
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

/// Everything that a finished sweep produced.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Latent points and map.
    pub plan: Arc<SweepPlan>,
    /// One melody per region: its centre's.
    pub centres: Vec<MelodyEntry>,
    /// The samples, region by region.
    pub samples: Vec<MelodyEntry>,
    /// What it was decoded on: more than one device if the first of them failed on the way.
    pub devices: Vec<String>,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
    /// Steps of each melody.
    pub steps: usize,
    /// Seconds from the first decode to the last.
    pub seconds: f64,
    /// The layout that the positions are of, and its quality, once measured by [`Sweep::lay_out`].
    pub layout_quality: Option<LayoutQuality>,
}

impl Sweep {
    /// Gives every melody its place in a layout, and measures it. A sweep that was just run is laid out as
    /// [`Layout::Latent`], not yet measured.
    ///
    /// Returns the layout, to place more melodies by.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`] if the observer says so.
    pub fn lay_out(
        &mut self,
        layout: Layout,
        observer: &mut dyn Observer,
    ) -> Result<SweepLayout, SweepError> {
        let entries: Vec<MelodyEntry> = self.centres.iter().chain(&self.samples).cloned().collect();
        let made = SweepLayout::lay_out(layout, &self.plan, &entries, observer)?;
        let quality = made.quality_of(&made.positions, &self.plan, &entries, observer)?;
        self.layout_quality = Some(quality);
        let places = self.centres.iter_mut().chain(&mut self.samples);
        for (entry, position) in places.zip(&made.positions) {
            entry.position = *position;
        }
        Ok(made)
    }

    /// What it was decoded on, in words.
    #[must_use]
    pub fn device(&self) -> String {
        describe_devices(&self.devices)
    }

    /// A melody of the sweep by its name.
    #[must_use]
    pub fn entry(&self, id: MelodyId) -> Option<&MelodyEntry> {
        match id {
            MelodyId::Centre { region } => self.centres.get(region as usize),
            MelodyId::Sample { region, sample } if sample < self.plan.config.samples => self
                .samples
                .get(region as usize * self.plan.config.samples as usize + sample as usize),
            MelodyId::Sample { .. } | MelodyId::Steered { .. } | MelodyId::Generated { .. } => None,
        }
    }
}

/// Devices in the order in which they decoded, as a person reads it.
#[must_use]
pub fn describe_devices(devices: &[String]) -> String {
    devices.join(", then ")
}

/// Runs a sweep: the centres first, then the samples region by region.
///
/// The observer gets the plan before anything is decoded, the melodies and the progress after each batch, and is
/// asked before each batch whether to go on. The result does not depend on `options`.
///
/// # Errors
/// [`SweepError::Cancelled`] if the observer says so, [`SweepError::Setting`] for a config that no sweep can have,
/// [`SweepError::Model`] if the model fails for good, [`SweepError::Threads`].
pub fn run(
    config: &SweepConfig,
    options: &RunOptions,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Sweep, SweepError> {
    let Some(threads) = options.threads else {
        return run_here(config, options, decoder, observer);
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .thread_name(|number| format!("sweep {number}"))
        .build()
        .map_err(|error| SweepError::Threads {
            threads,
            reason: error.to_string(),
        })?;
    pool.install(|| run_here(config, options, decoder, observer))
}

fn run_here(
    config: &SweepConfig,
    options: &RunOptions,
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Sweep, SweepError> {
    let plan = Arc::new(SweepPlan::watched(config, decoder.latent_size(), observer)?);
    // What decoded before is no matter of this sweep.
    decoder.take_devices();
    for notice in decoder.take_notices() {
        observer.notice(notice);
    }
    observer.plan(&plan);
    let began = Instant::now();
    let mut meter = Meter::start(config.melodies());
    let mut decode_all = |ids: Vec<MelodyId>| -> Result<Vec<MelodyEntry>, SweepError> {
        let mut entries = Vec::with_capacity(ids.len());
        for batch in ids.chunks(options.batch.max(1)) {
            if observer.cancelled() {
                return Err(SweepError::Cancelled);
            }
            let decoded = decode_batch(&plan, batch, decoder, observer)?;
            entries.extend_from_slice(&decoded);
            observer.melodies(decoded);
            observer.progress(meter.add(batch.len()));
        }
        Ok(entries)
    };
    let centres = decode_all(
        (0..config.regions)
            .map(|region| MelodyId::Centre { region })
            .collect(),
    )?;
    let samples = decode_all(plan.sample_ids().collect())?;
    let devices = decoder.take_devices();
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
        weights_hash: decoder.weights_hash().to_owned(),
        steps: decoder.steps(),
        seconds: began.elapsed().as_secs_f64(),
        layout_quality: None,
        plan,
    })
}

fn decode_batch(
    plan: &SweepPlan,
    ids: &[MelodyId],
    decoder: &mut dyn Decode,
    observer: &mut dyn Observer,
) -> Result<Vec<MelodyEntry>, SweepError> {
    let points: Vec<LatentPoint> = ids.par_iter().filter_map(|id| plan.latent(*id)).collect();
    let numbers: Vec<u64> = ids.iter().map(|id| streams::of_sweep(*id)).collect();
    let sampling_params = SamplingParams {
        temperature: plan.config.temperature,
        seed: plan.config.seed,
    };
    let melodies = decode(decoder, observer, sampling_params, &points, &numbers)?;
    let entry = |((id, point), melody): ((&MelodyId, &LatentPoint), Melody)| MelodyEntry {
        id: *id,
        attributes: AttributeRow::measure(&melody),
        melody: Arc::new(melody),
        position: match id {
            MelodyId::Centre { region } => plan.map.points[*region as usize],
            _ => plan.place(point),
        },
    };
    Ok(ids
        .par_iter()
        .zip(&points)
        .zip(melodies)
        .map(entry)
        .collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::sweep::testing::FakeDecoder;

    /// Keeps what it is told.
    #[derive(Default)]
    struct Told(Vec<String>);

    impl Observer for Told {
        fn notice(&mut self, text: String) {
            self.0.push(text);
        }
    }

    #[test]
    fn a_sweep_names_every_device_that_decoded_it_and_tells_of_a_change() {
        let mut decoder = FakeDecoder::new(24);
        let options = RunOptions {
            batch: 16,
            threads: None,
        };
        let mut told = Told::default();
        let whole = run(&config(), &options, &mut decoder, &mut told).unwrap();
        assert_eq!(whole.devices, ["a fake"]);
        assert!(told.0.iter().all(|text| !text.contains("decoded on")));
        decoder.gives_way_after = Some(decoder.decoded + 100);
        let mut told = Told::default();
        let changed = run(&config(), &options, &mut decoder, &mut told).unwrap();
        assert_eq!(changed.devices, ["a fake", "CPU"]);
        assert_eq!(changed.summary().device, "a fake, then CPU");
        let words = "decoded on a fake, then CPU";
        assert!(
            told.0.iter().any(|text| text.contains(words)),
            "{:?}",
            told.0
        );
    }
    use crate::sweep::{Counts, Progress, Unobserved};

    fn config() -> SweepConfig {
        SweepConfig {
            regions: 20,
            samples: 9,
            ..SweepConfig::default()
        }
    }

    fn swept(config: &SweepConfig, batch: usize, threads: Option<usize>) -> Sweep {
        run(
            config,
            &RunOptions { batch, threads },
            &mut FakeDecoder::new(24),
            &mut Unobserved,
        )
        .unwrap()
    }

    fn facts(sweep: &Sweep) -> Vec<(MelodyId, Arc<Melody>, AttributeRow, [f64; 2])> {
        let all = sweep.centres.iter().chain(&sweep.samples);
        all.map(|e| {
            (
                e.id,
                Arc::clone(&e.melody),
                e.attributes.clone(),
                e.position,
            )
        })
        .collect()
    }

    #[test]
    fn batch_size_and_threads_change_nothing_with_and_without_temperature() {
        for temperature in [0.0, 0.7] {
            let config = SweepConfig {
                temperature,
                ..config()
            };
            let first = swept(&config, 64, None);
            for (batch, threads) in [
                (1, None),
                (7, Some(1)),
                (7, Some(3)),
                (64, Some(8)),
                (0, Some(0)),
                (100_000, None),
            ] {
                let other = swept(&config, batch, threads);
                assert_eq!(
                    facts(&other),
                    facts(&first),
                    "batch {batch}, {threads:?} threads"
                );
                assert_eq!(other.plan, first.plan);
            }
        }
    }

    #[test]
    fn a_melody_depends_on_its_seed_and_name_but_not_on_how_many_others_there_are() {
        for temperature in [0.0, 0.7] {
            let few = swept(
                &SweepConfig {
                    temperature,
                    ..config()
                },
                64,
                None,
            );
            let many = swept(
                &SweepConfig {
                    temperature,
                    samples: 15,
                    ..config()
                },
                64,
                None,
            );
            let other = swept(
                &SweepConfig {
                    temperature,
                    seed: 98,
                    ..config()
                },
                64,
                None,
            );
            let id = MelodyId::Sample {
                region: 13,
                sample: 8,
            };
            assert_eq!(
                few.entry(id).unwrap().melody,
                many.entry(id).unwrap().melody
            );
            assert_eq!(
                few.entry(id).unwrap().position,
                many.entry(id).unwrap().position
            );
            assert_ne!(
                few.entry(id).unwrap().melody,
                other.entry(id).unwrap().melody
            );
        }
    }

    #[derive(Default)]
    struct Listener {
        log: Vec<String>,
        ids: Vec<MelodyId>,
        last: Option<Progress>,
        stop_after: Option<usize>,
    }

    impl Observer for Listener {
        fn plan(&mut self, plan: &Arc<SweepPlan>) {
            self.log.push(format!("plan of {}", plan.map.points.len()));
        }
        fn melodies(&mut self, batch: Vec<MelodyEntry>) {
            self.log.push("melodies".to_owned());
            self.ids.extend(batch.iter().map(|entry| entry.id));
        }
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
        let mut listener = Listener::default();
        let options = RunOptions {
            batch: 16,
            threads: None,
        };
        let sweep = run(
            &config(),
            &options,
            &mut FakeDecoder::new(24),
            &mut listener,
        )
        .unwrap();
        // Laying the regions out has progress of its own.
        let mut log = listener.log.iter().map(String::as_str);
        let said: Vec<&str> = log
            .by_ref()
            .skip_while(|line| *line == "progress")
            .take(4)
            .collect();
        assert_eq!(
            said,
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
        assert_eq!(listener.ids, centres.chain(samples).collect::<Vec<_>>());
        assert_eq!(
            sweep.samples.iter().map(|e| e.id).collect::<Vec<_>>(),
            listener.ids[20..]
        );
        let last = listener.last.unwrap();
        assert_eq!((last.done, last.total, last.seconds_left), (200, 200, 0.0));
        assert!(last.rate > 0.0);
    }

    #[test]
    fn a_cancelled_sweep_stops_after_the_batch_and_keeps_what_was_told() {
        let mut listener = Listener {
            stop_after: Some(30),
            ..Listener::default()
        };
        let mut decoder = FakeDecoder::new(24);
        let options = RunOptions {
            batch: 8,
            threads: None,
        };
        let error = run(&config(), &options, &mut decoder, &mut listener).unwrap_err();
        assert!(matches!(error, SweepError::Cancelled));
        assert_eq!(listener.ids.len(), decoder.decoded);
        assert!((30..38).contains(&decoder.decoded), "{}", decoder.decoded);
    }

    #[test]
    fn a_model_that_fails_in_the_middle_is_an_error_and_no_panic() {
        let mut decoder = FakeDecoder::new(24);
        decoder.fails_after = Some(50);
        let error = run(
            &config(),
            &RunOptions::default(),
            &mut decoder,
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
        let sweep = swept(&config, 64, None);
        let counts = Counts::of(&sweep.samples);
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

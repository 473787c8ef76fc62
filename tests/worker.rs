//! Tests of the model's thread: one `Done` per job, cancelling, panics, shutdown.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tunescape::latent::{Interpolation, LatentPoint};
use tunescape::melody::{Melody, Tokens};
use tunescape::model::{DeviceChoice, MelodyModel, ModelError, Sampling};
use tunescape::sweep::{GenerateKind, GenerateRequest, LatentPath, Phase, SweepConfig};
use tunescape::worker::{
    Job, JobId, ModelInfo, ModelOpener, OpenRequest, OpenedModel, Outcome, PathRequest,
    ProbeRequest, Report, Worker,
};

const WEIGHTS: &str = "0123456789ab";

/// Decodes silence, or panics if `panics` is set.
struct SilentModel {
    pause: Duration,
    panics: bool,
}

impl MelodyModel for SilentModel {
    fn latent_size(&self) -> usize {
        8
    }
    fn steps(&self) -> usize {
        32
    }
    fn decode(
        &mut self,
        latents: &[LatentPoint],
        _sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        assert!(!self.panics, "the model panicked");
        std::thread::sleep(self.pause);
        Ok(vec![Tokens::new(vec![0; 32]).unwrap(); latents.len()])
    }
    fn device_name(&self) -> String {
        "Toy".to_owned()
    }
    fn weights_hash(&self) -> &str {
        WEIGHTS
    }
}

fn opener(pause: Duration, panics: bool) -> ModelOpener {
    Box::new(move |request| {
        if request.device == DeviceChoice::Gpu {
            return Err("there is no GPU here; choose the CPU".to_owned());
        }
        Ok(OpenedModel {
            decoder: Box::new(SilentModel { pause, panics }),
            info: ModelInfo {
                name: "Toy".to_owned(),
                weights_hash: WEIGHTS.to_owned(),
                device: "Toy".to_owned(),
                latent_size: 8,
                steps: 32,
                has_encoder: false,
            },
            devices: Vec::new(),
        })
    })
}

fn open(device: DeviceChoice) -> Job {
    Job::Open(OpenRequest {
        model: None,
        device,
    })
}

fn sweep(regions: u32) -> Job {
    Job::Sweep(SweepConfig {
        regions,
        samples: 64,
        ..SweepConfig::default()
    })
}

fn start(pause: Duration, panics: bool) -> Worker {
    Worker::start(opener(pause, panics), Arc::new(|_| {})).unwrap()
}

/// A worker whose model is open.
fn start_with_model(pause: Duration, panics: bool) -> Worker {
    let mut worker = start(pause, panics);
    let job = worker.submit(open(DeviceChoice::Cpu)).unwrap();
    assert_eq!(wait_until_done(&mut worker, job).1, Outcome::Finished);
    worker
}

/// All reports of a job, up to its `Done`.
fn wait_until_done(worker: &mut Worker, job: JobId) -> (Vec<Report>, Outcome) {
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut reports = Vec::new();
    loop {
        assert!(Instant::now() < deadline, "no `Done` came");
        match worker.poll() {
            Some(message) if message.job == job => match message.report {
                Report::Done(outcome) => return (reports, outcome),
                report => reports.push(report),
            },
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// The sentence with which a job fails.
fn failure_text(worker: &mut Worker, job: JobId) -> String {
    match wait_until_done(worker, job).1 {
        Outcome::Failed(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sweep_sends_its_plan_first_and_every_melody_once() {
    let mut worker = start_with_model(Duration::ZERO, false);
    let job = worker.submit(sweep(5)).unwrap();
    let (reports, outcome) = wait_until_done(&mut worker, job);
    assert_eq!(outcome, Outcome::Finished);
    // Before the plan there is nothing but the progress of making it.
    let of_regions =
        |report: &&Report| matches!(report, Report::Progress(p) if p.phase == Phase::Regions);
    let first = reports.iter().find(|report| !of_regions(report));
    assert!(matches!(first, Some(Report::Plan(_))));
    let melodies: usize = reports
        .iter()
        .map(|report| match report {
            Report::Melodies(batch) => batch.len(),
            _ => 0,
        })
        .sum();
    assert_eq!(melodies, 5 * 65);
}

#[test]
fn a_new_sweep_cancels_the_one_that_runs() {
    let mut worker = start_with_model(Duration::from_millis(20), false);
    let first = worker.submit(sweep(200)).unwrap();
    let second = worker.submit(sweep(3)).unwrap();
    let (_, outcome) = wait_until_done(&mut worker, first);
    assert_eq!(outcome, Outcome::Cancelled);
    let (_, outcome) = wait_until_done(&mut worker, second);
    assert_eq!(outcome, Outcome::Finished);
}

#[test]
fn a_device_that_is_not_there_fails_in_words_and_another_one_still_opens() {
    let mut worker = start(Duration::ZERO, false);
    let job = worker.submit(open(DeviceChoice::Gpu)).unwrap();
    let text = failure_text(&mut worker, job);
    assert_eq!(text, "there is no GPU here; choose the CPU");
    let job = worker.submit(open(DeviceChoice::Cpu)).unwrap();
    assert_eq!(wait_until_done(&mut worker, job).1, Outcome::Finished);
}

#[test]
fn a_panic_in_the_model_becomes_a_sentence_and_the_thread_lives_on() {
    let mut worker = start_with_model(Duration::ZERO, true);
    let job = worker.submit(sweep(3)).unwrap();
    let text = failure_text(&mut worker, job);
    assert!(text.contains("the model panicked"), "{text}");
    let job = worker.submit(open(DeviceChoice::Cpu)).unwrap();
    assert_eq!(wait_until_done(&mut worker, job).1, Outcome::Finished);
}

#[test]
fn dropping_the_worker_never_waits_on_a_full_queue() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let repaint = Arc::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut worker = Worker::start(opener(Duration::ZERO, false), repaint).unwrap();
    worker.submit(open(DeviceChoice::Cpu)).unwrap();
    worker.submit(sweep(150)).unwrap();
    // Nobody reads the reports: once no more are sent, the thread waits on its full queue.
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut before = usize::MAX;
    while sent.load(Ordering::SeqCst) != before || before < 10 {
        assert!(Instant::now() < deadline, "the queue never filled");
        before = sent.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(300));
    }
    let leaving = Instant::now();
    drop(worker);
    eprintln!("dropped in {:?}", leaving.elapsed());
    assert!(leaving.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_blend_needs_no_sweep_and_a_model_without_an_encoder_says_so() {
    let mut worker = start_with_model(Duration::ZERO, false);
    let end = |x| LatentPoint::new(vec![x; 8]);
    let blend = GenerateKind::Blend {
        from: end(0.0),
        to: end(1.0),
        count: 5,
        interpolation: Interpolation::Linear,
        even: false,
    };
    let job = worker
        .submit(generate_job(GenerateRequest {
            set: 3,
            kind: blend,
        }))
        .unwrap();
    let (reports, outcome) = wait_until_done(&mut worker, job);
    assert_eq!(outcome, Outcome::Finished);
    let generated = reports.iter().find_map(|report| match report {
        Report::Generated(generated) => Some(generated),
        _ => None,
    });
    let generated = generated.unwrap();
    assert_eq!((generated.set, generated.melodies.len()), (3, 5));
    assert_eq!(generated.melodies[2].latent, end(0.5));

    let own = Melody::from_tokens(Tokens::new(vec![0; 32]).unwrap());
    let kind = GenerateKind::Encode(vec![own]);
    let job = worker
        .submit(generate_job(GenerateRequest { set: 4, kind }))
        .unwrap();
    let text = failure_text(&mut worker, job);
    assert!(text.contains("only decodes"), "{text}");
}

#[test]
fn latent_points_of_another_model_are_not_decoded() {
    let mut worker = start_with_model(Duration::ZERO, false);
    let kind = GenerateKind::Explore {
        centre: LatentPoint::new(vec![0.0; 8]),
        sigma: 0.5,
        count: 4,
        seed: 1,
    };
    let request = GenerateRequest { set: 1, kind };
    let job = Job::Generate {
        request,
        weights_hash: "another".to_owned(),
    };
    let job = worker.submit(job).unwrap();
    let text = failure_text(&mut worker, job);
    assert!(text.contains("another model"), "{text}");
}

#[test]
fn an_earlier_sweep_can_still_be_steered_by_until_it_is_closed() {
    let mut worker = start_with_model(Duration::ZERO, false);
    let first = worker.submit(sweep(5)).unwrap();
    wait_until_done(&mut worker, first);
    let second = worker.submit(sweep(7)).unwrap();
    wait_until_done(&mut worker, second);
    let fit = |sweep| Job::Fit {
        sweep,
        attribute: 0,
    };
    // Silence has no direction to steer along; the job only has to find its sweep.
    let error_text = |worker: &mut Worker, sweep| {
        let job = worker.submit(fit(sweep)).unwrap();
        match wait_until_done(worker, job).1 {
            Outcome::Failed(text) => text,
            other => format!("{other:?}"),
        }
    };
    assert!(!error_text(&mut worker, first).contains("there is no sweep"));
    let job = worker.submit(Job::CloseSweep(first)).unwrap();
    wait_until_done(&mut worker, job);
    assert!(error_text(&mut worker, first).contains("there is no sweep"));
    assert!(!error_text(&mut worker, second).contains("there is no sweep"));
}

/// A request for the model that [`start`] opens.
fn generate_job(request: GenerateRequest) -> Job {
    Job::Generate {
        request,
        weights_hash: WEIGHTS.to_owned(),
    }
}

fn request(number: u32) -> ProbeRequest {
    ProbeRequest {
        number,
        position: [0.5, -0.25],
        latent: LatentPoint::new(vec![0.0; 8]),
    }
}

/// Numbers of the preview requests up to `last`.
fn preview(worker: &mut Worker, last: u32) -> Vec<u32> {
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut numbers = Vec::new();
    while numbers.last() != Some(&last) {
        assert!(Instant::now() < deadline, "request {last} was not served");
        match worker.poll() {
            Some(message) => {
                if let Report::Probe(preview) = message.report {
                    assert_eq!(preview.melody.steps(), 32);
                    numbers.push(preview.request.number);
                }
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    numbers
}

#[test]
fn of_many_wishes_the_newest_wins_and_none_waits_behind_older_ones() {
    let mut worker = start_with_model(Duration::from_millis(40), false);
    let began = Instant::now();
    for number in 1..=200 {
        worker.decode_probe(request(number));
    }
    // Sending them takes a moment, in which some are served at 40 ms each.
    let sent = began.elapsed();
    let served = 3 + (sent.as_millis() / 40) as usize;
    let numbers = preview(&mut worker, 200);
    assert!(
        numbers.is_sorted() && numbers.len() <= served,
        "{sent:?}: {numbers:?}"
    );
    eprintln!("{} of 200 served in {:?}", numbers.len(), began.elapsed());
}

#[test]
fn a_probe_is_decoded_between_the_batches_of_a_sweep() {
    let mut worker = start_with_model(Duration::from_millis(30), false);
    // 100 regions of 65 melodies in batches of 128 take more than a second.
    let job = worker.submit(sweep(100)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut probe_before_the_end = false;
    let mut asked = false;
    loop {
        assert!(Instant::now() < deadline);
        match worker.poll() {
            Some(message) => match message.report {
                Report::Melodies(_) if !asked => {
                    asked = true;
                    worker.decode_probe(request(1));
                }
                Report::Probe(_) => probe_before_the_end = true,
                Report::Done(_) if message.job == job => break,
                _ => {}
            },
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    assert!(
        probe_before_the_end,
        "the request waited for the whole sweep"
    );
}

fn path(number: u64, steps: u32) -> PathRequest {
    let end = |x| LatentPoint::new(vec![x; 8]);
    PathRequest {
        number,
        set: number as u32,
        path: LatentPath::through(&[end(0.5), end(-0.5)], steps, Interpolation::Linear).unwrap(),
    }
}

#[test]
fn of_many_paths_the_newest_is_decoded_between_the_batches_of_a_sweep() {
    let mut worker = start_with_model(Duration::from_millis(30), false);
    let job = worker.submit(sweep(100)).unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    let (mut generated, mut asked) = (Vec::new(), false);
    loop {
        assert!(Instant::now() < deadline);
        match worker.poll() {
            Some(message) => match message.report {
                Report::Melodies(_) if !asked => {
                    asked = true;
                    for number in 1..=50 {
                        worker.decode_path(path(number, 6));
                    }
                }
                Report::Path(path) => generated.push((path.number, path.result.unwrap())),
                Report::Done(_) if message.job == job => break,
                _ => {}
            },
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    let numbers: Vec<u64> = generated.iter().map(|(number, _)| *number).collect();
    assert!(
        numbers.len() <= 2 && numbers.last() == Some(&50),
        "{numbers:?}"
    );
    let (_, newest) = generated.pop().unwrap();
    assert_eq!((newest.set, newest.melodies.len()), (50, 6));
    // A cancelled request is not answered, even if it is being decoded.
    worker.decode_path(path(60, 200));
    worker.cancel_path();
    worker.decode_probe(request(9));
    preview(&mut worker, 9);
    std::thread::sleep(Duration::from_millis(200));
    while let Some(message) = worker.poll() {
        assert!(!matches!(message.report, Report::Path(_)));
    }
}

#[test]
fn a_path_that_cannot_be_decoded_is_answered_with_a_sentence() {
    let mut worker = start_with_model(Duration::ZERO, false);
    let mut request = path(1, 6);
    request.path.melody_count = 0;
    worker.decode_path(request);
    let deadline = Instant::now() + Duration::from_secs(120);
    let error_text = loop {
        assert!(Instant::now() < deadline);
        match worker.poll().map(|message| message.report) {
            Some(Report::Path(path)) => break path.result.unwrap_err(),
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    assert!(error_text.contains("choose 1 to 256"), "{error_text}");
}

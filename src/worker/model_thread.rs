//! The model thread: executes jobs in order, and serves requests for probes, paths and slices between their batches.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use super::message::{Job, JobId, Message, OpenRequest, Outcome, Report};
use super::open::{ModelOpener, OpenedModel, user_message};
use super::path_slot::PathSlot;
use super::preemptible_decoder::PreemptibleDecoder;
use super::probe_slot::ProbeSlot;
use super::reporter::{Reporter, Urgency};
use super::slice_slot::SliceSlot;
use super::steering_data::SteeringData;
use crate::model::MelodyModel;
use crate::panics::catch_panic;
use crate::session::share::{ShareSource, SharedMelody, share};
use crate::sweep::{
    self, GenerateRequest, MelodyEntry, Observer, Progress, RunOptions, SteerRequest, SteerRound,
    SweepConfig, SweepError, SweepObserver, SweepPlan,
};

/// Options of sweeps: small batches, so that melodies arrive steadily and cancelling takes effect soon.
const RUN_OPTIONS: RunOptions = RunOptions {
    batch: 128,
    threads: None,
};
const NO_MODEL: &str = "no model is open; choose a weights file or another device";
const NO_SWEEP: &str = "there is no sweep to steer by yet; start a new sweep first";
const OTHER_MODEL: &str = "this map was made with another model than the one that is open; show the map again to open its model";

/// A message to the thread.
pub(super) enum ThreadMessage {
    /// Execute a job, unless the flag cancels it.
    Job(JobId, Job, Arc<AtomicBool>),
    /// Serve the request slots.
    Wake,
}

/// State of the thread.
pub(super) struct ModelThread {
    opener: ModelOpener,
    decoder: Option<Box<dyn MelodyModel>>,
    /// Data to steer by of each sweep whose map can still be shown, by the sweep's job.
    sweeps: BTreeMap<JobId, SteeringData>,
    /// Weights hash of the last opened model; empty before.
    weights_hash: String,
    slots: RequestSlots,
    reporter: Reporter<Message>,
}

/// The slots that are served between batches.
#[derive(Clone, Default)]
pub(super) struct RequestSlots {
    pub(super) probe: ProbeSlot,
    pub(super) path: PathSlot,
    pub(super) slice: SliceSlot,
}

impl RequestSlots {
    /// Decodes the pending requests. False once the window is closed.
    fn serve(&self, decoder: &mut dyn MelodyModel, reporter: &Reporter<Message>) -> bool {
        self.probe.serve(decoder, reporter)
            && self.path.serve(decoder, &self.probe, reporter)
            && self.slice.serve(decoder, &self.probe, reporter)
    }
}

impl From<SweepError> for Outcome {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Cancelled => Self::Cancelled,
            error => failed_outcome(user_message(&error)),
        }
    }
}

fn failed_outcome(text: impl Into<String>) -> Outcome {
    Outcome::Failed(text.into())
}

impl ModelThread {
    pub(super) fn new(
        opener: ModelOpener,
        slots: RequestSlots,
        reporter: Reporter<Message>,
    ) -> Self {
        Self {
            opener,
            decoder: None,
            sweeps: BTreeMap::new(),
            weights_hash: String::new(),
            slots,
            reporter,
        }
    }

    /// Serves messages until the queue or the window is closed. `closing` cancels every job.
    pub(super) fn run(&mut self, messages: &Receiver<ThreadMessage>, closing: &AtomicBool) {
        while let Ok(message) = messages.recv() {
            let is_open = match message {
                ThreadMessage::Wake => self.serve_requests(),
                ThreadMessage::Job(id, job, cancel) => {
                    self.serve_requests();
                    let outcome = catch_panic(|| self.execute(id, job, [&cancel, closing]));
                    let outcome = outcome.unwrap_or_else(|panic| {
                        failed_outcome(self.drop_decoder_after_panic(&panic))
                    });
                    self.reporter.report(id, Report::Done(outcome))
                }
            };
            if !is_open {
                return;
            }
        }
    }

    /// Serves the request slots if a model is open. False once the window is closed.
    fn serve_requests(&mut self) -> bool {
        let served = catch_panic(|| match self.decoder.as_deref_mut() {
            Some(decoder) => self.slots.serve(decoder, &self.reporter),
            None => true,
        });
        served.unwrap_or_else(|panic| {
            let text = self.drop_decoder_after_panic(&panic);
            self.reporter.report(JobId::NONE, Report::Notice(text))
        })
    }

    /// Drops the decoder, whose state is unknown after a panic. Returns a sentence for the user.
    fn drop_decoder_after_panic(&mut self, panic: &str) -> String {
        self.decoder = None;
        format!("the model stopped working ({panic}); choose its device again to restart it")
    }

    fn execute(&mut self, id: JobId, job: Job, cancel: [&AtomicBool; 2]) -> Outcome {
        if cancel.iter().any(|flag| flag.load(Ordering::Relaxed)) {
            return Outcome::Cancelled;
        }
        let previous_device = self.decoder.as_ref().map(|decoder| decoder.device_name());
        let opens_model = matches!(job, Job::Open(_));
        let mut observer = JobObserver {
            id,
            reporter: self.reporter.clone(),
            cancel,
            window_closed: false,
            has_melodies: false,
            weights_hash: self.weights_hash.clone(),
            steering_data: None,
        };
        let result = match job {
            Job::Open(request) => self.open(id, &request),
            Job::Sweep(config) => self.sweep(id, &config, &mut observer),
            Job::Fit { sweep, attribute } => self.fit(sweep, attribute, &mut observer),
            Job::Steer { sweep, request } => self.steer(sweep, &request, &mut observer),
            Job::Generate {
                request,
                weights_hash,
            } => self.generate(&request, &weights_hash, &mut observer),
            Job::Share(source) => self.share(&source, &mut observer),
            Job::ReadShared(shared) => self.read_shared(&shared, &mut observer),
            Job::CloseSweep(sweep) => {
                self.sweeps.remove(&sweep);
                Ok(())
            }
            Job::RestoreSweeps(sweeps) => {
                self.sweeps = sweeps
                    .into_iter()
                    .map(|restored| (restored.sweep, SteeringData::from_restored(&restored)))
                    .collect();
                Ok(())
            }
        };
        if let Some(decoder) = self.decoder.as_deref_mut() {
            for notice in decoder.take_notices() {
                self.reporter.report(id, Report::Notice(notice));
            }
            let current_device = decoder.device_name();
            if !opens_model && previous_device.is_some_and(|previous| previous != current_device) {
                self.reporter.report(id, Report::Device(current_device));
            }
        }
        result.err().unwrap_or(Outcome::Finished)
    }

    /// Opens a model. The previous model stays open until the new one is ready, and if opening fails.
    fn open(&mut self, id: JobId, request: &OpenRequest) -> Result<(), Outcome> {
        let OpenedModel {
            decoder,
            info,
            devices,
        } = (self.opener)(request).map_err(Outcome::Failed)?;
        self.decoder = Some(decoder);
        self.weights_hash.clone_from(&info.weights_hash);
        self.reporter.report(id, Report::Devices(devices));
        self.reporter.report(id, Report::OpenedModel(info));
        Ok(())
    }

    fn sweep(
        &mut self,
        id: JobId,
        config: &SweepConfig,
        observer: &mut JobObserver<'_>,
    ) -> Result<(), Outcome> {
        let result = self
            .with_decoder(|decoder| sweep::run(config, &RUN_OPTIONS, decoder, observer).map(drop));
        // A cancelled sweep can be steered by, too, with the melodies that were decoded.
        if let Some(sweep) = observer.steering_data.take() {
            self.sweeps.insert(id, sweep);
        }
        result
    }

    fn fit(
        &mut self,
        sweep: JobId,
        attribute: usize,
        observer: &mut JobObserver<'_>,
    ) -> Result<(), Outcome> {
        let steering_data = self.sweeps.get_mut(&sweep);
        let steering_data = steering_data.ok_or_else(|| failed_outcome(NO_SWEEP))?;
        let r2 = steering_data.basis.r2(attribute, observer)?;
        observer.report(Report::Fit {
            sweep,
            attribute,
            r2,
        });
        Ok(())
    }

    fn steer(
        &mut self,
        sweep: JobId,
        request: &SteerRequest,
        observer: &mut JobObserver<'_>,
    ) -> Result<(), Outcome> {
        if self.decoder.is_none() {
            return Err(failed_outcome(NO_MODEL));
        }
        let Some(steering_data) = self.sweeps.get_mut(&sweep) else {
            return Err(failed_outcome(NO_SWEEP));
        };
        if steering_data.weights_hash != self.weights_hash {
            return Err(failed_outcome(OTHER_MODEL));
        }
        let (slots, reporter) = (&self.slots, &self.reporter);
        let basis = &mut steering_data.basis;
        let result = with_decoder(&mut self.decoder, slots, reporter, |decoder| {
            sweep::steer(basis, request, decoder, observer)
        })?;
        for (attribute, _) in request.goals.target_values() {
            let r2 = basis.r2(attribute, observer)?;
            observer.report(Report::Fit {
                sweep,
                attribute,
                r2,
            });
        }
        observer.report(Report::Steered(result));
        Ok(())
    }

    fn generate(
        &mut self,
        request: &GenerateRequest,
        weights_hash: &str,
        observer: &mut JobObserver<'_>,
    ) -> Result<(), Outcome> {
        if weights_hash != self.weights_hash {
            return Err(failed_outcome(OTHER_MODEL));
        }
        let generated = self.with_decoder(|decoder| sweep::generate(request, decoder, observer))?;
        observer.report(Report::Generated(generated));
        Ok(())
    }

    fn share(
        &mut self,
        source: &ShareSource,
        observer: &mut JobObserver<'_>,
    ) -> Result<(), Outcome> {
        let decoder = self.decoder.as_deref_mut();
        let decoder = decoder.ok_or_else(|| failed_outcome(NO_MODEL))?;
        let shared = share(decoder, source).map_err(|error| failed_outcome(error.to_string()))?;
        observer.report(Report::ShareText(shared));
        Ok(())
    }

    fn read_shared(
        &mut self,
        shared: &SharedMelody,
        observer: &mut JobObserver<'_>,
    ) -> Result<(), Outcome> {
        let decoder = self.decoder.as_deref_mut();
        let decoder = decoder.ok_or_else(|| failed_outcome(NO_MODEL))?;
        let tokens = shared
            .tokens(decoder)
            .map_err(|error| failed_outcome(error.to_string()))?;
        observer.report(Report::SharedMelody(tokens));
        Ok(())
    }

    /// Calls `decode` with the open model, which serves the request slots before each batch.
    fn with_decoder<T>(
        &mut self,
        decode: impl FnOnce(&mut dyn MelodyModel) -> Result<T, SweepError>,
    ) -> Result<T, Outcome> {
        with_decoder(&mut self.decoder, &self.slots, &self.reporter, decode)
    }
}

fn with_decoder<T>(
    decoder: &mut Option<Box<dyn MelodyModel>>,
    slots: &RequestSlots,
    reporter: &Reporter<Message>,
    decode: impl FnOnce(&mut dyn MelodyModel) -> Result<T, SweepError>,
) -> Result<T, Outcome> {
    let Some(decoder) = decoder.as_deref_mut() else {
        return Err(failed_outcome(NO_MODEL));
    };
    let serve = |decoder: &mut dyn MelodyModel| {
        // The result is not needed: the observer of the job detects itself that the window is closed.
        slots.serve(decoder, reporter);
    };
    let mut decoder = PreemptibleDecoder {
        decoder,
        serve: &serve,
    };
    Ok(decode(&mut decoder)?)
}

/// Reports the progress and results of a job, and collects the data to steer by.
struct JobObserver<'a> {
    id: JobId,
    reporter: Reporter<Message>,
    /// Any of these flags cancels the job.
    cancel: [&'a AtomicBool; 2],
    window_closed: bool,
    /// Whether melodies were reported.
    has_melodies: bool,
    weights_hash: String,
    steering_data: Option<SteeringData>,
}

impl JobObserver<'_> {
    fn report(&mut self, report: Report) {
        self.window_closed |= !self.reporter.report(self.id, report);
    }
}

impl SweepObserver for JobObserver<'_> {
    fn plan(&mut self, plan: &Arc<SweepPlan>) {
        self.steering_data = Some(SteeringData::new(Arc::clone(plan), &self.weights_hash));
        self.report(Report::Plan(Arc::clone(plan)));
    }

    fn melodies(&mut self, batch: Vec<MelodyEntry>) {
        if let Some(steering_data) = &mut self.steering_data {
            steering_data.add(&batch);
        }
        self.report(Report::Melodies(batch));
        // The first melodies can be played.
        if !std::mem::replace(&mut self.has_melodies, true) {
            (self.reporter.repaint)(Urgency::Now);
        }
    }

    fn steered(&mut self, round: SteerRound) {
        self.report(Report::SteerRound(round));
    }
}

impl Observer for JobObserver<'_> {
    fn progress(&mut self, progress: Progress) {
        self.report(Report::Progress(progress));
    }

    fn notice(&mut self, text: String) {
        self.report(Report::Notice(text));
    }

    fn cancelled(&self) -> bool {
        self.window_closed || self.cancel.iter().any(|flag| flag.load(Ordering::Relaxed))
    }
}

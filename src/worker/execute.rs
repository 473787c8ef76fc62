//! Doing one job: the model's side of the conversation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;

use super::open::{Opened, Opener, sentence};
use super::path_preview::PathPreviewSlot;
use super::preview::{PreemptibleDecoder, PreviewSlot};
use super::sweep_data::SweepData;
use super::thread::Repaint;
use super::{Job, JobId, Message, Outcome, Report};
use crate::model::Decode;
use crate::sweep::{self, MelodyEntry, Observer, Progress, RunOptions, SweepError, SweepPlan};

/// Small batches: points light up steadily, and cancelling never waits long.
const RUN: RunOptions = RunOptions {
    batch: 128,
    threads: None,
};
const NO_MODEL: &str = "no model is open; choose a weights file or another device";
const NO_SWEEP: &str = "there is no sweep to steer by yet; start a new sweep first";
const OTHER_MODEL: &str = "this map was made with another model than the one that is open; show the map again to open its model";

/// Everything that lives on the model's thread.
pub(super) struct ModelThread {
    pub(super) opener: Opener,
    pub(super) decoder: Option<Box<dyn Decode>>,
    /// What steering needs of each sweep whose map can still be shown, by the sweep's job.
    pub(super) sweeps: BTreeMap<JobId, SweepData>,
    /// Weights hash of the open model; empty before one was opened.
    pub(super) weights_hash: String,
    pub(super) spots: PreviewSlot,
    pub(super) paths: PathPreviewSlot,
}

/// The way back to the window.
#[derive(Clone)]
pub(super) struct ReportSender {
    pub(super) reports: SyncSender<Message>,
    pub(super) repaint: Repaint,
}

impl ReportSender {
    /// Waits while the window is behind; false once the window is gone.
    pub(super) fn send(&self, job: JobId, report: Report) -> bool {
        let sent = self.reports.send(Message { job, report }).is_ok();
        if sent {
            (self.repaint)();
        }
        sent
    }
}

impl ModelThread {
    /// Grants what is wished for beside the jobs, if there is a model. False once the window is gone.
    pub(super) fn serve(&mut self, reports: &ReportSender) -> bool {
        match self.decoder.as_deref_mut() {
            Some(decoder) => {
                self.spots.serve(decoder, reports)
                    && self.paths.serve(decoder, &self.spots, reports)
            }
            None => true,
        }
    }

    pub(super) fn execute(
        &mut self,
        id: JobId,
        job: Job,
        cancel: [&AtomicBool; 2],
        reports: &ReportSender,
    ) -> Outcome {
        if cancel.iter().any(|flag| flag.load(Ordering::Relaxed)) {
            return Outcome::Cancelled;
        }
        let device = self.decoder.as_ref().map(|decoder| decoder.device_name());
        let opens = matches!(job, Job::Open(_));
        let (spots, paths) = (&self.spots, &self.paths);
        let mut watch = Watch {
            id,
            reports,
            cancel,
            gone: false,
            weights_hash: &self.weights_hash.clone(),
            collected: None,
        };
        let result = match job {
            Job::Open(request) => {
                // The old model stays until the new one is there: a file that does not open, or a
                // device that is not there, must not cost the one that works.
                match (self.opener)(&request) {
                    Ok(Opened {
                        decoder,
                        info,
                        devices,
                    }) => {
                        self.decoder = Some(decoder);
                        self.weights_hash.clone_from(&info.weights_hash);
                        reports.send(id, Report::Devices(devices));
                        reports.send(id, Report::Opened(info));
                        Ok(())
                    }
                    Err(text) => return Outcome::Failed(text),
                }
            }
            Job::Sweep(config) => {
                let Some(decoder) = self.decoder.as_deref_mut() else {
                    return Outcome::Failed(NO_MODEL.to_owned());
                };
                let mut decoder = preemptible(decoder, spots, paths, reports);
                let done = sweep::run(&config, &RUN, &mut decoder, &mut watch);
                // A cancelled sweep is still good to steer by, as far as it came.
                if let Some(sweep) = watch.collected.take() {
                    self.sweeps.insert(id, sweep);
                }
                done.map(drop)
            }
            Job::Fit { sweep, attribute } => match self.sweeps.get_mut(&sweep) {
                None => return Outcome::Failed(NO_SWEEP.to_owned()),
                Some(sweep_data) => sweep_data.fit(attribute).map(|fit| {
                    watch.say(Report::Fit {
                        sweep,
                        attribute,
                        r2: fit.cross_validated_r2,
                    });
                }),
            },
            Job::Steer { sweep, request } => {
                let Some(decoder) = self.decoder.as_deref_mut() else {
                    return Outcome::Failed(NO_MODEL.to_owned());
                };
                let Some(sweep_data) = self.sweeps.get_mut(&sweep) else {
                    return Outcome::Failed(NO_SWEEP.to_owned());
                };
                if sweep_data.weights_hash != self.weights_hash {
                    return Outcome::Failed(OTHER_MODEL.to_owned());
                }
                sweep_data.fit(request.attribute).and_then(|fit| {
                    watch.say(Report::Fit {
                        sweep,
                        attribute: request.attribute,
                        r2: fit.cross_validated_r2,
                    });
                    let plan = Arc::clone(&sweep_data.plan);
                    let mut decoder = preemptible(decoder, spots, paths, reports);
                    let result = sweep::steer(&fit, &request, &plan, &mut decoder, &mut watch)?;
                    watch.say(Report::Steered {
                        attribute: request.attribute,
                        result,
                    });
                    Ok(())
                })
            }
            Job::CloseSweep(sweep) => {
                self.sweeps.remove(&sweep);
                return Outcome::Finished;
            }
            Job::Generate {
                request,
                weights_hash,
            } => {
                if weights_hash != self.weights_hash {
                    return Outcome::Failed(OTHER_MODEL.to_owned());
                }
                let Some(decoder) = self.decoder.as_deref_mut() else {
                    return Outcome::Failed(NO_MODEL.to_owned());
                };
                let mut decoder = preemptible(decoder, spots, paths, reports);
                let result = sweep::generate(&request, &mut decoder, &mut watch);
                result.map(|made| watch.say(Report::Generated(made)))
            }
        };
        if let Some(decoder) = self.decoder.as_deref_mut() {
            for notice in decoder.take_notices() {
                reports.send(id, Report::Notice(notice));
            }
            let now = decoder.device_name();
            if !opens && device.is_some_and(|before| before != now) {
                reports.send(id, Report::Device(now));
            }
        }
        match result {
            Ok(()) => Outcome::Finished,
            Err(SweepError::Cancelled) => Outcome::Cancelled,
            Err(error) => Outcome::Failed(sentence(&error)),
        }
    }
}

fn preemptible<'a>(
    decoder: &'a mut dyn Decode,
    spots: &'a PreviewSlot,
    paths: &'a PathPreviewSlot,
    reports: &'a ReportSender,
) -> PreemptibleDecoder<'a> {
    PreemptibleDecoder {
        decoder,
        spots,
        paths: Some(paths),
        reports,
    }
}

/// Passes a sweep's results on to the window, and keeps what steering needs.
struct Watch<'a> {
    id: JobId,
    reports: &'a ReportSender,
    /// Any of them cancels the job.
    cancel: [&'a AtomicBool; 2],
    gone: bool,
    weights_hash: &'a str,
    collected: Option<SweepData>,
}

impl Watch<'_> {
    fn say(&mut self, report: Report) {
        self.gone |= !self.reports.send(self.id, report);
    }
}

impl Observer for Watch<'_> {
    fn plan(&mut self, plan: &Arc<SweepPlan>) {
        self.collected = Some(SweepData::new(Arc::clone(plan), self.weights_hash));
        self.say(Report::Plan(Arc::clone(plan)));
    }

    fn melodies(&mut self, batch: Vec<MelodyEntry>) {
        if let Some(sweep_data) = &mut self.collected {
            sweep_data.add(&batch);
        }
        self.say(Report::Melodies(batch));
    }

    fn progress(&mut self, progress: Progress) {
        self.say(Report::Progress(progress));
    }

    fn notice(&mut self, text: String) {
        self.say(Report::Notice(text));
    }

    fn cancelled(&self) -> bool {
        self.gone || self.cancel.iter().any(|flag| flag.load(Ordering::Relaxed))
    }
}

//! The thread that studies the sweep on the map for the Analysis tab, so that neither the window nor the model waits for it.
//!
//! A newer request makes an older one pointless: that one stops at its next look. Nothing here decodes or draws.

use std::sync::Arc;
use std::time::Instant;

use super::Repaint;
use super::latest_request::{LatestRequestThread, RequestReporter};
use crate::attributes::ATTRIBUTES;
use crate::study::figures::Field;
use crate::study::{Columns, Study, StudyData, StudySettings};
use crate::sweep::SweepPlan;

/// Resamples and permutations of a study that has to be quick.
const QUICK: usize = 200;

/// A sweep to study, as far as it has come.
pub struct StudyRequest {
    /// The sweep.
    pub plan: Arc<SweepPlan>,
    /// Attributes of the samples in the plan's order; none for those that are empty or not decoded yet.
    pub columns: Columns,
    /// Samples that are decoded.
    pub decoded: usize,
    /// Of these, the empty ones.
    pub empty: usize,
}

/// A study and what it was made of.
pub struct Studied {
    /// The numbers.
    pub study: Study,
    /// The latent points, attributes and map.
    pub material: StudyData,
    /// Each attribute over the map, in the order of the table.
    pub fields: Vec<Option<Field>>,
    /// Samples that were decoded by then.
    pub decoded: usize,
    /// Whether this is all there is to say; if not, the same with linear models follows.
    pub last: bool,
}

/// A handle on the thread; dropping it stops the thread.
pub struct AnalysisThread(LatestRequestThread<StudyRequest, Result<Studied, String>>);

impl AnalysisThread {
    /// Starts the thread. It sleeps until the first request.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(repaint: Repaint) -> std::io::Result<Self> {
        let stopped = |panic| {
            Err(format!(
                "the analysis stopped unexpectedly ({panic}); start a new sweep to try again"
            ))
        };
        LatestRequestThread::start("analysis", 1, repaint, serve, stopped).map(Self)
    }

    /// Asks for a study; an unfinished one is given up. One of a complete sweep comes twice: without linear models,
    /// which take the longest, and with them.
    pub fn study(&mut self, request: StudyRequest) {
        self.0.request(request);
    }

    /// Tells the thread to end, without waiting for it.
    pub fn close(&mut self) {
        self.0.close();
    }

    /// Ends the thread, and waits for it until the deadline at most.
    pub fn join(&mut self, deadline: Instant) {
        self.0.join(deadline);
    }

    /// Gives up whatever is under way, from any thread.
    pub fn stopper(&self) -> impl Fn() + Send + Sync + use<> {
        self.0.stopper()
    }

    /// Gives up whatever is under way.
    pub fn stop(&mut self) {
        self.0.stop();
    }

    /// The newest study, if it is finished, or why there is none: a sentence for the user. Never waits.
    pub fn poll(&mut self) -> Option<Result<Studied, String>> {
        self.0.poll()
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a request belongs to the thread that serves it"
)]
fn serve(number: u64, request: StudyRequest, reporter: &RequestReporter<Result<Studied, String>>) {
    let wanted = || reporter.is_current(number);
    let complete = request.decoded == request.plan.sample_ids().count();
    for linear in [false, true] {
        if (!linear || complete)
            && let Some(mut found) = studied(&request, linear, &wanted)
            && wanted()
        {
            found.last = linear == complete;
            reporter.send(number, Ok(found));
        }
    }
}

/// Studies a request; `None` once it is not wanted any more.
fn studied(request: &StudyRequest, linear: bool, wanted: &dyn Fn() -> bool) -> Option<Studied> {
    if !wanted() {
        return None;
    }
    let settings = StudySettings {
        resamples: QUICK,
        permutations: QUICK,
        seed: request.plan.config.seed,
        ..StudySettings::default()
    };
    let mut material = StudyData::of_plan(&request.plan, request.columns.clone());
    material.counts.melodies = request.decoded;
    material.counts.empty = request.empty;
    let study = Study::quick(&material, &settings, linear, wanted)?;
    let mut fields = Vec::with_capacity(ATTRIBUTES.len());
    for index in 0..ATTRIBUTES.len() {
        if !wanted() {
            return None;
        }
        fields.push(Field::of(&material, index));
    }
    Some(Studied {
        study,
        fields,
        material,
        decoded: request.decoded,
        last: true,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::{Duration, Instant};

    use super::*;
    use crate::study::AttributeSet;
    use crate::sweep::testing::FakeDecoder;
    use crate::sweep::{RunOptions, SweepConfig, Unobserved, run};

    fn request(regions: u32, seed: u64) -> StudyRequest {
        let config = SweepConfig {
            regions,
            samples: 12,
            seed,
            ..SweepConfig::default()
        };
        let mut decoder = FakeDecoder::new(24);
        let options = RunOptions::default();
        let sweep = run(&config, &options, &mut decoder, &mut Unobserved).unwrap();
        let mut columns = Columns::new(AttributeSet::Standard);
        for entry in &sweep.samples {
            columns.push_row(entry.attributes.values());
        }
        StudyRequest {
            plan: sweep.plan,
            columns,
            decoded: sweep.samples.len(),
            empty: 0,
        }
    }

    fn next(analysis_thread: &mut AnalysisThread) -> Studied {
        let patience = Instant::now() + Duration::from_secs(60);
        while Instant::now() < patience {
            if let Some(found) = analysis_thread.poll() {
                return found.unwrap();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("no study came");
    }

    #[test]
    fn a_request_is_studied_and_a_newer_one_makes_it_silent() {
        let mut analysis_thread = AnalysisThread::start(Arc::new(|| {})).unwrap();
        analysis_thread.study(request(20, 1));
        let found = next(&mut analysis_thread);
        assert_eq!((found.decoded, found.study.regions), (240, 20));
        // What takes longest comes later.
        assert!(!found.last && found.study.attributes[0].linear.is_none());
        let found = next(&mut analysis_thread);
        assert!(found.last && found.study.attributes[0].linear.is_some());
        analysis_thread.study(request(40, 1));
        analysis_thread.study(request(21, 2));
        let found = [next(&mut analysis_thread), next(&mut analysis_thread)];
        assert!(found.iter().all(|found| found.study.regions == 21));
        assert!(found[1].last && analysis_thread.poll().is_none());
    }

    #[test]
    fn what_is_given_up_never_comes() {
        let mut analysis_thread = AnalysisThread::start(Arc::new(|| {})).unwrap();
        analysis_thread.study(request(60, 1));
        analysis_thread.stop();
        std::thread::sleep(Duration::from_millis(300));
        assert!(analysis_thread.poll().is_none());
        // The study looks whether it is wanted, and not only at its end.
        let looks = std::cell::Cell::new(0);
        let wanted = || {
            looks.set(looks.get() + 1);
            looks.get() < 4
        };
        assert!(studied(&request(20, 1), true, &wanted).is_none());
        assert_eq!(looks.get(), 4);
    }

    #[test]
    fn a_study_of_thousands_of_regions_looks_often_whether_it_is_wanted() {
        let config = SweepConfig {
            regions: 2_000,
            samples: 4,
            ..SweepConfig::default()
        };
        let plan = SweepPlan::new(&config, 64).unwrap();
        let mut columns = Columns::new(AttributeSet::Standard);
        let decoded = plan.sample_ids().count();
        for k in 0..decoded {
            let value = |j: usize| ((k * (j + 3)) as f64 * 0.618).fract();
            columns.push_row(Some(&std::array::from_fn::<f64, 8, _>(value)));
        }
        let request = StudyRequest {
            plan: Arc::new(plan),
            columns,
            decoded,
            empty: 0,
        };
        let began = Instant::now();
        let (looked, longest) = (
            std::cell::Cell::new(began),
            std::cell::Cell::new(Duration::ZERO),
        );
        let wanted = || {
            let now = Instant::now();
            let gap = now - looked.replace(now);
            longest.set(longest.get().max(gap));
            true
        };
        assert!(studied(&request, true, &wanted).is_some());
        let longest = longest.get().max(looked.get().elapsed());
        eprintln!(
            "at most {longest:?} between two looks in {:?}",
            began.elapsed()
        );
        assert!(longest < Duration::from_secs(1), "{longest:?}");
    }
}

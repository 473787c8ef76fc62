//! The thread that computes the study of the Analysis tab.

use std::sync::Arc;

use super::reporter::Repaint;
use super::request_thread::{RequestReporter, RequestThread};
use crate::attributes::STUDY_ATTRIBUTES;
use crate::study::figures::Field;
use crate::study::{AttributeColumns, StudyData, StudyResults, StudySettings};
use crate::sweep::SweepPlan;

/// Number of resamples, and of permutations: fewer than in a full study.
const RESAMPLES: usize = 200;

/// A sweep to study, finished or not.
pub struct StudyRequest {
    /// The sweep.
    pub plan: Arc<SweepPlan>,
    /// Attributes of the samples in the order of the plan; `None` for samples that are empty or not decoded yet.
    pub columns: AttributeColumns,
    /// Number of decoded samples.
    pub decoded: usize,
    /// Number of empty melodies among them.
    pub empty: usize,
}

/// The results of a study and its data.
pub struct FinishedStudy {
    /// The results.
    pub results: StudyResults,
    /// Latent points, attributes and map.
    pub data: StudyData,
    /// The mean of each attribute of the study over the map; `None` if it cannot be drawn.
    pub fields: Vec<Option<Field>>,
    /// Number of decoded samples.
    pub decoded: usize,
    /// Whether this is the last study of the request; otherwise one with linear models follows.
    pub is_final: bool,
}

/// The reply to a request: a finished study, or a sentence for the user why it failed.
type StudyReply = Result<FinishedStudy, String>;

/// A handle on the thread; dropping it ends the thread.
pub type AnalysisThread = RequestThread<StudyRequest, StudyReply>;

impl AnalysisThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(repaint: Repaint) -> std::io::Result<Self> {
        let panic_result = |panic| {
            Err(format!(
                "the analysis stopped unexpectedly ({panic}); start a new sweep to try again"
            ))
        };
        Self::spawn("analysis", 1, repaint, serve, panic_result)
    }

    /// Requests a study; an unfinished one is abandoned. The study of a complete sweep is reported twice: without linear models,
    /// which take the longest, and with them.
    pub fn study(&mut self, request: StudyRequest) {
        self.request(request);
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of `RequestThread::spawn`"
)]
fn serve(number: u64, request: StudyRequest, reporter: &RequestReporter<StudyRequest, StudyReply>) {
    let is_current = || reporter.is_current(number);
    let is_complete = request.decoded == request.plan.sample_ids().count();
    for with_linear_models in [false, true] {
        if (!with_linear_models || is_complete)
            && let Some(mut finished) = compute_study(&request, with_linear_models, &is_current)
            && is_current()
        {
            finished.is_final = with_linear_models == is_complete;
            reporter.send(number, Ok(finished));
        }
    }
}

/// Computes a study; `None` once the request is no longer current.
fn compute_study(
    request: &StudyRequest,
    with_linear_models: bool,
    is_current: &dyn Fn() -> bool,
) -> Option<FinishedStudy> {
    if !is_current() {
        return None;
    }
    let settings = StudySettings {
        resamples: RESAMPLES,
        permutations: RESAMPLES,
        seed: request.plan.config.seed,
        ..StudySettings::default()
    };
    let mut data = StudyData::from_plan(&request.plan, request.columns.clone());
    data.counts.melodies = request.decoded;
    data.counts.empty = request.empty;
    let results = StudyResults::quick(&data, &settings, with_linear_models, is_current)?;
    let mut fields = Vec::with_capacity(STUDY_ATTRIBUTES.len());
    for index in 0..STUDY_ATTRIBUTES.len() {
        if !is_current() {
            return None;
        }
        fields.push(Field::compute(&data, index));
    }
    Some(FinishedStudy {
        results,
        fields,
        data,
        decoded: request.decoded,
        is_final: true,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::{Duration, Instant};

    use super::*;
    use crate::study::AttributeSet;
    use crate::sweep::testing::FakeModel;
    use crate::sweep::{RunOptions, SweepConfig, Unobserved, run};

    fn request(regions: u32, seed: u64) -> StudyRequest {
        let config = SweepConfig {
            regions,
            samples: 12,
            seed,
            ..SweepConfig::default()
        };
        let mut decoder = FakeModel::new(24);
        let options = RunOptions::default();
        let sweep = run(&config, &options, &mut decoder, &mut Unobserved).unwrap();
        let mut columns = AttributeColumns::new(AttributeSet::Standard);
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

    fn next_study(analysis_thread: &mut AnalysisThread) -> FinishedStudy {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(result) = analysis_thread.poll() {
                return result.unwrap();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("no study came");
    }

    #[test]
    fn a_newer_request_replaces_an_older_one() {
        let mut analysis_thread = AnalysisThread::start(Arc::new(|_| {})).unwrap();
        analysis_thread.study(request(20, 1));
        let result = next_study(&mut analysis_thread);
        assert_eq!((result.decoded, result.results.regions), (240, 20));
        // The linear models take longest and are reported later.
        assert!(!result.is_final && result.results.attributes[0].linear.is_none());
        let result = next_study(&mut analysis_thread);
        assert!(result.is_final && result.results.attributes[0].linear.is_some());
        analysis_thread.study(request(40, 1));
        analysis_thread.study(request(21, 2));
        let result = [
            next_study(&mut analysis_thread),
            next_study(&mut analysis_thread),
        ];
        assert!(result.iter().all(|result| result.results.regions == 21));
        assert!(result[1].is_final && analysis_thread.poll().is_none());
    }

    #[test]
    fn a_stopped_request_reports_nothing() {
        let mut analysis_thread = AnalysisThread::start(Arc::new(|_| {})).unwrap();
        analysis_thread.study(request(60, 1));
        analysis_thread.cancel();
        std::thread::sleep(Duration::from_millis(300));
        assert!(analysis_thread.poll().is_none());
        // The study checks whether it is current, and not only at its end.
        let checks = std::cell::Cell::new(0);
        let is_current = || {
            checks.set(checks.get() + 1);
            checks.get() < 4
        };
        assert!(compute_study(&request(20, 1), true, &is_current).is_none());
        assert_eq!(checks.get(), 4);
    }

    #[test]
    fn a_study_of_thousands_of_regions_often_checks_whether_it_is_current() {
        let config = SweepConfig {
            regions: 2_000,
            samples: 4,
            ..SweepConfig::default()
        };
        let plan = SweepPlan::new(&config, 64).unwrap();
        let mut columns = AttributeColumns::new(AttributeSet::Standard);
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
        let start = Instant::now();
        let (last_check, max_gap) = (
            std::cell::Cell::new(start),
            std::cell::Cell::new(Duration::ZERO),
        );
        let is_current = || {
            let now = Instant::now();
            let gap = now - last_check.replace(now);
            max_gap.set(max_gap.get().max(gap));
            true
        };
        assert!(compute_study(&request, true, &is_current).is_some());
        let max_gap = max_gap.get().max(last_check.get().elapsed());
        eprintln!(
            "at most {max_gap:?} between two checks in {:?}",
            start.elapsed()
        );
        assert!(max_gap < Duration::from_secs(15), "{max_gap:?}");
    }
}

//! The Analysis tab: a study of the melodies decoded so far, computed by the analysis thread.

use std::ops::Deref;
use std::sync::Arc;

use super::map_melodies::MapMelodies;
use crate::study::{AttributeColumns, AttributeSet};
use crate::sweep::MelodyId;
use crate::worker::{AnalysisThread, FinishedStudy, StudyRequest};

/// Decoded melodies that a study needs at least.
const MIN_MELODIES: usize = 20;

/// A finished study, and the version of the melodies that were studied.
pub struct AnalysisResult {
    result: Arc<FinishedStudy>,
    version: u64,
    generation: u64,
}

/// The version of the melodies that are being studied.
#[derive(Clone, Copy)]
struct RunningStudy {
    version: u64,
    generation: u64,
}

/// The tab.
#[derive(Default)]
pub struct Analysis {
    /// Whether it is shown in place of the map.
    pub open: bool,
    finished: Option<Arc<AnalysisResult>>,
    running: Option<RunningStudy>,
    /// The version of the melodies that could not be studied, and why.
    failure: Option<(u64, String)>,
}

impl Analysis {
    /// The last study of this sweep.
    pub fn finished(&self) -> Option<&Arc<AnalysisResult>> {
        self.finished.as_ref()
    }

    /// Swaps the last study with that of another map.
    pub(super) fn swap_study(&mut self, study: &mut Option<Arc<AnalysisResult>>) {
        std::mem::swap(&mut self.finished, study);
    }

    /// Whether a study is under way.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Why the melodies could not be studied, for the user.
    pub fn error(&self) -> Option<&str> {
        self.failure.as_ref().map(|(_, text)| text.as_str())
    }

    /// Takes a finished study, and requests the next one if melodies have come since. One study runs at a time; it is stopped
    /// if another map or the map itself is shown.
    pub fn refresh(&mut self, melodies: &MapMelodies, analysis_thread: &mut AnalysisThread) {
        let generation = melodies.generation();
        if let Some(running) = self.running {
            let answer = analysis_thread.poll();
            if running.generation != generation || !self.open {
                analysis_thread.cancel();
                self.running = None;
            } else if let Some(Err(text)) = answer {
                self.running = None;
                self.failure = Some((running.version, text));
            } else if let Some(Ok(study)) = answer {
                self.running.take_if(|_| study.is_final);
                // An intermediate result of the same melodies says less than the final one that is there.
                let has_final =
                    |known: &Arc<AnalysisResult>| known.is_final && known.decoded == study.decoded;
                if study.is_final || !self.finished.as_ref().is_some_and(has_final) {
                    self.finished = Some(Arc::new(AnalysisResult {
                        result: Arc::new(study),
                        version: running.version,
                        generation,
                    }));
                }
            }
        }
        self.finished
            .take_if(|study| study.generation != generation);
        let version = melodies.version();
        let known = self.finished.as_ref().map(|study| study.version);
        self.failure
            .take_if(|(failed_version, _)| *failed_version != version);
        // The same melodies would fail again.
        let busy = self.running.is_some() || self.failure.is_some();
        if busy || !self.open || known == Some(version) || melodies.decoded_count() < MIN_MELODIES {
            return;
        }
        let Some(plan) = melodies.plan() else { return };
        let mut columns = AttributeColumns::new(AttributeSet::Standard);
        let (mut decoded, mut empty) = (0, 0);
        for id in plan.sample_ids() {
            let entry = melodies.get(id);
            let values = entry.and_then(|entry| entry.attributes.values());
            decoded += usize::from(entry.is_some());
            empty += usize::from(entry.is_some() && values.is_none());
            columns.push_row(values);
        }
        analysis_thread.study(StudyRequest {
            plan: Arc::clone(plan),
            columns,
            decoded,
            empty,
        });
        self.running = Some(RunningStudy {
            version,
            generation,
        });
    }
}

impl Deref for AnalysisResult {
    type Target = FinishedStudy;

    fn deref(&self) -> &FinishedStudy {
        &self.result
    }
}

impl AnalysisResult {
    /// The study, as it is exported.
    pub fn result(&self) -> &Arc<FinishedStudy> {
        &self.result
    }

    /// The melody of a sample, by its index in the study's data.
    pub fn sample(&self, index: usize) -> Option<MelodyId> {
        let per_region = self.data.config.as_ref()?.samples as usize;
        Some(MelodyId::Sample {
            region: u32::try_from(index / per_region).ok()?,
            sample: u32::try_from(index % per_region).ok()?,
        })
    }
}

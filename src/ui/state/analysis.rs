//! What the Analysis tab shows: a study of the sweep as far as it has come, made by the analysis_thread's thread.

use std::ops::Deref;
use std::sync::Arc;

use super::Library;
use crate::study::{AttributeSet, Columns};
use crate::sweep::MelodyId;
use crate::worker::{AnalysisThread, FinishedStudy, StudyRequest};

/// With fewer decoded melodies there is nothing to draw yet.
const FEWEST: usize = 20;

/// A finished study and which state of the library it is of.
pub struct Found {
    studied: FinishedStudy,
    version: u64,
    generation: u64,
}

/// What is being studied.
#[derive(Clone, Copy)]
struct Running {
    version: u64,
    generation: u64,
}

/// The tab.
#[derive(Default)]
pub struct Analysis {
    /// Whether it stands where the map would.
    pub open: bool,
    found: Option<Arc<Found>>,
    running: Option<Running>,
    /// The state of the library that could not be studied, and why.
    failed: Option<(u64, String)>,
}

impl Analysis {
    /// The last study of this sweep.
    pub fn found(&self) -> Option<&Arc<Found>> {
        self.found.as_ref()
    }

    /// Exchanges the last study for that of another map.
    pub(super) fn exchange(&mut self, found: &mut Option<Arc<Found>>) {
        std::mem::swap(&mut self.found, found);
    }

    /// Whether a study is under way.
    pub fn running(&self) -> bool {
        self.running.is_some()
    }

    /// Why the melodies could not be studied, for the user.
    pub fn trouble(&self) -> Option<&str> {
        self.failed.as_ref().map(|(_, text)| text.as_str())
    }

    /// Takes in a finished study, and asks for the next one if melodies have come since. One at a time, so that an arriving
    /// sweep is studied as often as there is time for it; one of a sweep that is gone, or that nobody looks at, is given up.
    pub fn refresh(&mut self, library: &Library, analysis_thread: &mut AnalysisThread) {
        let generation = library.generation();
        if let Some(running) = self.running {
            let answer = analysis_thread.poll();
            if running.generation != generation || !self.open {
                analysis_thread.stop();
                self.running = None;
            } else if let Some(Err(text)) = answer {
                self.running = None;
                self.failed = Some((running.version, text));
            } else if let Some(Ok(studied)) = answer {
                self.running.take_if(|_| studied.last);
                // The same melodies once more, and not finished: what is there says more.
                let known = self.found.as_ref();
                let more = |found: &Arc<Found>| found.last && found.decoded == studied.decoded;
                if studied.last || !known.is_some_and(more) {
                    self.found = Some(Arc::new(Found {
                        studied,
                        version: running.version,
                        generation,
                    }));
                }
            }
        }
        self.found.take_if(|found| found.generation != generation);
        let version = library.version();
        let known = self.found.as_ref().map(|found| found.version);
        self.failed.take_if(|(failed, _)| *failed != version);
        // The same melodies would fail again.
        let busy = self.running.is_some() || self.failed.is_some();
        if busy || !self.open || known == Some(version) || library.decoded() < FEWEST {
            return;
        }
        let Some(plan) = library.plan() else { return };
        let mut columns = Columns::new(AttributeSet::Standard);
        let (mut decoded, mut empty) = (0, 0);
        for id in plan.sample_ids() {
            let entry = library.get(id);
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
        self.running = Some(Running {
            version,
            generation,
        });
    }
}

impl Deref for Found {
    type Target = FinishedStudy;

    fn deref(&self) -> &FinishedStudy {
        &self.studied
    }
}

impl Found {
    /// The melody of the sample at a place of the material.
    pub fn sample(&self, place: usize) -> Option<MelodyId> {
        let per_region = self.data.config.as_ref()?.samples as usize;
        Some(MelodyId::Sample {
            region: u32::try_from(place / per_region).ok()?,
            sample: u32::try_from(place % per_region).ok()?,
        })
    }
}

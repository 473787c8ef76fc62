//! What the Analysis tab shows: a study of the sweep as far as it has come, made beside the window.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use super::Library;
use crate::study::{AttributeSet, Columns, Material, Study, StudySettings};
use crate::sweep::MelodyId;
use crate::worker::Repaint;

/// Resamples and permutations of a study that has to be quick.
const QUICK: usize = 200;
/// With fewer decoded melodies there is nothing to draw yet.
const FEWEST: usize = 20;

/// A finished study and what it was made of.
pub struct Found {
    /// The numbers.
    pub study: Study,
    /// The latent points, attributes and map.
    pub material: Material,
    /// Samples that were decoded by then.
    pub decoded: usize,
    /// Version of the library that it was made of.
    version: u64,
    generation: u64,
}

/// The tab.
#[derive(Default)]
pub struct Analysis {
    /// Whether it stands where the map would.
    pub open: bool,
    found: Option<Arc<Found>>,
    /// Version that is being studied, and where the study comes from.
    running: Option<(u64, Receiver<Found>)>,
}

impl Analysis {
    /// The last study of this sweep.
    pub fn found(&self) -> Option<&Arc<Found>> {
        self.found.as_ref()
    }

    /// Takes in a finished study, and starts the next one if melodies have come since. One at a time, so that an arriving
    /// sweep is studied as often as there is time for it.
    pub fn refresh(&mut self, library: &Library, repaint: &Repaint) {
        if let Some((_, coming)) = &self.running {
            match coming.try_recv() {
                Ok(found) => {
                    self.running = None;
                    self.found = Some(Arc::new(found));
                }
                Err(std::sync::mpsc::TryRecvError::Empty) => return,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => self.running = None,
            }
        }
        let current = library.generation();
        if self
            .found
            .as_ref()
            .is_some_and(|found| found.generation != current)
        {
            self.found = None;
        }
        let version = library.version();
        let Some(plan) = library.plan() else { return };
        let known = self.found.as_ref().map(|found| found.version);
        if !self.open || known == Some(version) || library.decoded() < FEWEST {
            return;
        }
        let mut columns = Columns::new(AttributeSet::Standard);
        let mut decoded = 0;
        for id in plan.sample_ids() {
            let entry = library.get(id);
            decoded += usize::from(entry.is_some());
            columns.push_row(entry.and_then(|entry| entry.attributes.values()));
        }
        let plan = Arc::clone(plan);
        let (tell, coming) = channel();
        let repaint = Arc::clone(repaint);
        self.running = Some((version, coming));
        rayon::spawn(move || {
            let mut material = Material::of_plan(&plan, columns);
            material.counts.melodies = decoded;
            let settings = StudySettings {
                resamples: QUICK,
                permutations: QUICK,
                seed: plan.config.seed,
                ..StudySettings::default()
            };
            if let Some(study) = Study::quick(&material, &settings) {
                // The window may be gone by now.
                tell.send(Found {
                    study,
                    material,
                    decoded,
                    version,
                    generation: current,
                })
                .ok();
            }
            drop(tell);
            repaint();
        });
    }
}

impl Found {
    /// The melody of the sample at a place of the material.
    pub fn sample(&self, place: usize) -> Option<MelodyId> {
        let per_region = self.material.config.as_ref()?.samples as usize;
        Some(MelodyId::Sample {
            region: u32::try_from(place / per_region).ok()?,
            sample: u32::try_from(place % per_region).ok()?,
        })
    }
}

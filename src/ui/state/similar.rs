//! The list of melodies that are most similar to one of the map, computed in the background.

use std::sync::Arc;

use super::map_melodies::MapMelodies;
use crate::sweep::{MelodyId, MelodyNeighbours, Neighbour, find_neighbours};
use crate::ui::options::NeighbourMeasure;
use crate::worker::{BackgroundTask, Repaint};

/// Melodies of each list.
const LIST_LENGTH: usize = 12;

/// The list of similar melodies.
#[derive(Default)]
pub struct SimilarState {
    /// The melody whose neighbours are listed, and its name when the list was opened; `None` while the list is closed.
    pub reference: Option<(MelodyId, String)>,
    /// The measure of the shown list.
    pub measure: NeighbourMeasure,
    /// The melody whose row the pointer is on.
    pub hovered: Option<MelodyId>,
    neighbours: Option<MelodyNeighbours>,
    /// The search has to be started.
    requested: bool,
    running: Option<BackgroundTask<MelodyNeighbours>>,
    /// The sweep that the list belongs to.
    generation: u64,
}

impl SimilarState {
    /// Opens the list of a melody with the name `title`.
    pub(in crate::ui) fn open(&mut self, id: MelodyId, title: String, generation: u64) {
        *self = Self {
            reference: Some((id, title)),
            measure: self.measure,
            requested: true,
            generation,
            ..Self::default()
        };
    }

    /// Closes the list.
    pub(in crate::ui) fn close(&mut self) {
        *self = Self {
            measure: self.measure,
            ..Self::default()
        };
    }

    /// The result; `None` while the search runs.
    pub fn neighbours(&self) -> Option<&MelodyNeighbours> {
        self.neighbours.as_ref()
    }

    /// The shown list.
    pub fn list(&self) -> &[Neighbour] {
        let Some(neighbours) = &self.neighbours else {
            return &[];
        };
        match self.measure {
            NeighbourMeasure::Sound => &neighbours.by_melody_distance,
            NeighbourMeasure::Latent => &neighbours.by_latent,
        }
    }

    /// Starts a requested search, and takes the result of a running one. It runs on a thread of its own: comparing a hundred
    /// thousand melodies takes longer than a frame.
    pub fn refresh(&mut self, melodies: &MapMelodies, repaint: &Repaint) {
        if self.reference.is_some() && self.generation != melodies.generation() {
            self.close();
        }
        if let Some(running) = &self.running {
            match running.poll() {
                Ok(None) => {}
                Ok(neighbours) => {
                    self.neighbours = neighbours;
                    self.running = None;
                }
                Err(_) => self.running = None,
            }
        }
        if !std::mem::take(&mut self.requested) {
            return;
        }
        let (Some((id, _)), Some(plan)) = (&self.reference, melodies.plan()) else {
            return;
        };
        let Some(reference) = melodies.candidate(*id) else {
            self.neighbours = Some(MelodyNeighbours::default());
            return;
        };
        let (plan, others) = (Arc::clone(plan), melodies.candidates());
        let search = move || find_neighbours(&plan, &reference, &others, LIST_LENGTH);
        self.running = BackgroundTask::start("similar melodies", Arc::clone(repaint), search)
            .inspect_err(|error| {
                tracing::error!("no thread to search for similar melodies: {error}")
            })
            .ok();
    }
}

//! The melodies that are most like one of the map: asked for, looked for beside the window, and listed.

use std::sync::Arc;

use super::Library;
use crate::sweep::{MelodyId, MelodyNeighbours, Neighbour, find_neighbours};
use crate::ui::options::NeighbourMeasure;
use crate::worker::{BackgroundTask, Repaint};

/// Melodies of each list.
const LISTED: usize = 12;

/// The list of similar melodies.
#[derive(Default)]
pub struct SimilarState {
    /// The melody that others were asked for, and what it is called; none while the list is closed.
    pub of: Option<(MelodyId, String)>,
    /// Which list is shown.
    pub by: NeighbourMeasure,
    /// The melody whose row the pointer is on.
    pub pointed: Option<MelodyId>,
    found: Option<MelodyNeighbours>,
    /// Still to be looked for.
    wanted: bool,
    running: Option<BackgroundTask<MelodyNeighbours>>,
    /// The sweep that the list belongs to.
    generation: u64,
}

impl SimilarState {
    /// Asks for what is like a melody, which is called `title`.
    pub(in crate::ui) fn ask(&mut self, id: MelodyId, title: String, generation: u64) {
        *self = Self {
            of: Some((id, title)),
            by: self.by,
            wanted: true,
            generation,
            ..Self::default()
        };
    }

    /// Closes the list.
    pub(in crate::ui) fn close(&mut self) {
        *self = Self {
            by: self.by,
            ..Self::default()
        };
    }

    /// What was found; none while it is still being looked for.
    pub fn found(&self) -> Option<&MelodyNeighbours> {
        self.found.as_ref()
    }

    /// The list that is shown.
    pub fn list(&self) -> &[Neighbour] {
        let Some(found) = &self.found else { return &[] };
        match self.by {
            NeighbourMeasure::Sound => &found.by_sound,
            NeighbourMeasure::Latent => &found.by_latent,
        }
    }

    /// Starts looking, and takes in what was found. Comparing with a hundred thousand melodies takes longer than a frame, so
    /// it happens beside the window.
    pub fn refresh(&mut self, library: &Library, repaint: &Repaint) {
        if self.of.is_some() && self.generation != library.generation() {
            self.close();
        }
        if let Some(running) = &self.running {
            match running.poll() {
                Ok(None) => {}
                Ok(found) => {
                    self.found = found;
                    self.running = None;
                }
                Err(_) => self.running = None,
            }
        }
        if !std::mem::take(&mut self.wanted) {
            return;
        }
        let (Some((id, _)), Some(plan)) = (&self.of, library.plan()) else {
            return;
        };
        let Some(of) = library.candidate(*id) else {
            self.found = Some(MelodyNeighbours::default());
            return;
        };
        let (plan, others) = (Arc::clone(plan), library.candidates());
        let look = move || find_neighbours(&plan, &of, &others, LISTED);
        self.running = BackgroundTask::start("similar melodies", Arc::clone(repaint), look)
            .inspect_err(|error| tracing::error!("no thread to look for similar melodies: {error}"))
            .ok();
    }
}

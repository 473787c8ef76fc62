//! The path that should be decoded next: the newest replaces any other, also one that is being decoded.
//!
//! Like a spot it does not wait for a long job: it is looked at between that job's batches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Report;
use super::execute::Line;
use super::open::sentence;
use super::wish::{NO_JOB, Obliging, Slot};
use crate::model::Decode;
use crate::sweep::{self, Made, Make, MakeRequest, Observer, SweepError};

/// A path that should be decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct PathWish {
    /// The wish's number: later ones are higher.
    pub number: u64,
    /// Number of the set of melodies, in their names.
    pub set: u32,
    /// The path.
    pub along: sweep::Along,
}

/// What came of the newest wish for a path.
pub struct PathMade {
    /// The wish's number.
    pub number: u64,
    /// The melodies, or a sentence for the user.
    pub made: Result<Made, String>,
}

/// No wish has this number.
const NONE: u64 = u64::MAX;

/// The slot that both threads share.
#[derive(Clone, Default)]
pub(super) struct PathSlot {
    wish: Arc<Mutex<Option<PathWish>>>,
    newest: Arc<AtomicU64>,
}

impl PathSlot {
    /// Puts a wish in; true if the slot was empty, so that the model has to be told.
    pub(super) fn put(&self, wish: PathWish) -> bool {
        self.newest.store(wish.number, Ordering::Relaxed);
        let mut slot = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
        slot.replace(wish).is_none()
    }

    /// Makes whatever is asked for pointless.
    pub(super) fn forget(&self) {
        self.newest.store(NONE, Ordering::Relaxed);
        self.take();
    }

    fn take(&self) -> Option<PathWish> {
        let mut slot = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }

    /// Decodes the path that is asked for, if one is, and spots meanwhile. False once the window is gone.
    pub(super) fn grant(&self, decoder: &mut dyn Decode, spots: &Slot, line: &Line) -> bool {
        let Some(wish) = self.take() else { return true };
        let request = MakeRequest {
            set: wish.set,
            what: Make::Along(wish.along),
        };
        let mut decoder = Obliging {
            decoder,
            spots,
            paths: None,
            line,
        };
        let mut watch = Watch {
            number: wish.number,
            newest: &self.newest,
            line,
        };
        let made = match sweep::make(&request, &mut decoder, &mut watch) {
            // A newer one is waiting.
            Err(SweepError::Cancelled) => return true,
            made => made.map_err(|error| sentence(&error)),
        };
        let number = wish.number;
        line.send(NO_JOB, Report::Path(PathMade { number, made }))
    }
}

struct Watch<'a> {
    number: u64,
    newest: &'a AtomicU64,
    line: &'a Line,
}

impl Observer for Watch<'_> {
    fn notice(&mut self, text: String) {
        self.line.send(NO_JOB, Report::Notice(text));
    }

    fn cancelled(&self) -> bool {
        self.newest.load(Ordering::Relaxed) != self.number
    }
}

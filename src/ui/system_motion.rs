//! Whether the system asks for reduced motion: desktop portal or GNOME, Windows, macOS.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mundy::{Interest, Preferences, ReducedMotion, Subscription};

use crate::worker::{Repaint, Urgency};

/// The system's preference. Motion is not reduced before the system was asked, nor if it has no preference.
#[derive(Default)]
pub struct SystemMotion {
    is_reduced: Arc<AtomicBool>,
    /// Dropping it ends the subscription.
    _subscription: Option<Subscription>,
}

impl SystemMotion {
    /// Subscribes to the preference of the system, and requests a frame at each change. To be called on the main thread.
    pub fn follow(&mut self, repaint: Repaint) {
        let is_reduced = Arc::clone(&self.is_reduced);
        self._subscription = Some(Preferences::subscribe(
            Interest::ReducedMotion,
            move |preferences| {
                let reduce = preferences.reduced_motion == ReducedMotion::Reduce;
                if is_reduced.swap(reduce, Ordering::Relaxed) != reduce {
                    repaint(Urgency::Now);
                }
            },
        ));
    }

    /// Whether motion has to be reduced.
    pub fn is_reduced(&self) -> bool {
        self.is_reduced.load(Ordering::Relaxed)
    }
}

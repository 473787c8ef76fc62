//! Whether the system asks for reduced motion: desktop portal or GNOME, Windows, macOS.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mundy::{Interest, Preferences, ReducedMotion, Subscription};

use crate::worker::Repaint;

/// The system's preference, once it is asked; before that and where it has none, motion is not reduced.
#[derive(Default)]
pub struct SystemMotion {
    is_reduced: Arc<AtomicBool>,
    /// Ends when it is dropped.
    _subscription: Option<Subscription>,
}

impl SystemMotion {
    /// Asks the system and follows its changes; requests a frame at each. To be called on the main thread.
    pub fn follow(&mut self, repaint: Repaint) {
        let is_reduced = Arc::clone(&self.is_reduced);
        self._subscription = Some(Preferences::subscribe(
            Interest::ReducedMotion,
            move |preferences| {
                let now = preferences.reduced_motion == ReducedMotion::Reduce;
                if is_reduced.swap(now, Ordering::Relaxed) != now {
                    repaint();
                }
            },
        ));
    }

    /// Whether motion has to be reduced.
    pub fn is_reduced(&self) -> bool {
        self.is_reduced.load(Ordering::Relaxed)
    }
}

//! Waiting for another thread.

use std::time::{Duration, Instant};

/// Waits until something holds; false if it does not come true within half a minute.
pub fn wait_until(mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

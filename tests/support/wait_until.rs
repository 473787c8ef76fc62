//! Waiting for another thread.

use std::time::{Duration, Instant};

/// Waits until a condition holds; false if it does not within half a minute.
pub fn wait_until(mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

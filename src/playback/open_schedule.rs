//! When an output that is not connected is opened again.

use std::time::{Duration, Instant};

/// Time between two attempts to open an output.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// Time from the loss of an output to the first attempt to open it again.
const RETRY_AFTER_LOSS: Duration = Duration::from_millis(250);

/// The schedule of the attempts to open the chosen output.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenSchedule {
    next_attempt: Instant,
    /// Whether the chosen port was in the list of ports the last time.
    was_listed: bool,
}

impl OpenSchedule {
    /// A schedule whose first attempt is due at `now`.
    pub fn new(now: Instant) -> Self {
        Self {
            next_attempt: now,
            was_listed: false,
        }
    }

    /// Notes an attempt that failed.
    pub fn note_failure(&mut self, now: Instant) {
        self.next_attempt = now + RETRY_INTERVAL;
    }

    /// Notes that the output was lost.
    pub fn note_loss(&mut self, now: Instant) {
        self.next_attempt = now + RETRY_AFTER_LOSS;
    }

    /// Notes whether the chosen port is listed. A port that has just appeared is opened at once; one that is listed and refuses is tried
    /// again after a while; one that is missing is not tried at all, except once for the error message if it `has_no_message`.
    pub fn note_listing(&mut self, now: Instant, is_listed: bool, has_no_message: bool) {
        let has_appeared = is_listed && !self.was_listed;
        self.was_listed = is_listed;
        if has_appeared || (!is_listed && has_no_message) {
            self.next_attempt = now;
        } else if !is_listed {
            self.next_attempt = now + RETRY_INTERVAL;
        }
    }

    /// Whether an attempt is due.
    pub fn is_due(&self, now: Instant) -> bool {
        now >= self.next_attempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds at which a port is opened that always refuses. It is looked at every second, and is listed as `is_listed` says.
    fn attempts(is_listed: impl Fn(u64) -> bool) -> Vec<u64> {
        let start = Instant::now();
        let mut schedule = OpenSchedule::new(start);
        let mut has_message = false;
        let mut attempts = Vec::new();
        for second in 0..10 {
            let now = start + Duration::from_secs(second);
            schedule.note_listing(now, is_listed(second), !has_message);
            if schedule.is_due(now) {
                attempts.push(second);
                schedule.note_failure(now);
                has_message = true;
            }
        }
        attempts
    }

    #[test]
    fn a_port_that_is_there_and_refuses_is_tried_every_two_seconds() {
        assert_eq!(attempts(|_| true), [0, 2, 4, 6, 8]);
    }

    #[test]
    fn a_missing_port_is_tried_once_and_again_as_soon_as_it_is_plugged_in() {
        assert_eq!(attempts(|_| false), [0]);
        assert_eq!(attempts(|second| second >= 5), [0, 5, 7, 9]);
        assert_eq!(
            attempts(|second| second != 3 && second != 7),
            [0, 2, 4, 6, 8]
        );
    }
}

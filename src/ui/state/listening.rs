//! How long melodies are heard: the progress of the playhead from frame to frame.

/// A place in what plays: the tag of its request, the index of its melody, and the step.
type Place = (u64, usize, f64);

/// Counts the steps that are heard.
#[derive(Default)]
pub(super) struct Listening {
    last: Option<Place>,
}

impl Listening {
    /// Nothing plays.
    pub fn stop(&mut self) {
        self.last = None;
    }

    /// Steps that were heard of a melody since the last call; 0 in the first call for it. `length` is the number of steps after
    /// which what plays begins again. Whole rounds between two calls are not seen.
    pub fn advance(&mut self, (tag, index, step): Place, length: usize) -> f64 {
        let before = self.last.replace((tag, index, step));
        match before {
            Some((of, at, before)) if (of, at) == (tag, index) => {
                let steps = step - before;
                if steps < 0.0 {
                    (steps + length as f64).max(0.0)
                } else {
                    steps
                }
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Listening;

    #[test]
    fn steps_add_up_over_the_end_of_a_loop_and_not_over_a_change_of_the_melody() {
        let mut listening = Listening::default();
        let mut heard = |tag, index, step| listening.advance((tag, index, step), 32);
        assert_eq!(heard(1, 0, 4.0), 0.0);
        assert_eq!(heard(1, 0, 30.0), 26.0);
        assert_eq!(heard(1, 0, 2.0), 4.0);
        // The next melody of a sequence, and another request.
        assert_eq!(heard(1, 1, 8.0), 0.0);
        assert_eq!(heard(2, 1, 10.0), 0.0);
        assert_eq!(heard(2, 1, 10.5), 0.5);
        listening.stop();
        assert_eq!(listening.advance((2, 1, 31.0), 32), 0.0);
    }
}

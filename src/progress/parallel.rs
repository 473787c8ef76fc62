//! Progress reports and cancellation of long computations.
//!
//! A computation calls its [`ProgressFn`] only on the calling thread, between chunks of work that all threads share. So the
//! callback need not be `Sync`, and results do not depend on it.

use std::convert::Infallible;
use std::ops::Range;

use rayon::prelude::*;

/// Callback for progress: receives the fraction done, 0 to 1. An error cancels the work, which then returns it.
pub type ProgressFn<'a, E> = dyn FnMut(f64) -> Result<(), E> + 'a;

/// Number of operations of one thread between two reports, which take about 5 ms.
const OPERATIONS_PER_REPORT: usize = 1 << 23;

/// A [`ProgressFn`] that ignores progress and never cancels.
///
/// # Errors
/// None.
pub fn no_progress(_fraction: f64) -> Result<(), Infallible> {
    Ok(())
}

/// A callback for a part of a computation, whose progress from 0 to 1 is reported as `from` to `to` of the whole.
pub fn subrange<E>(
    progress: &mut ProgressFn<'_, E>,
    (from, to): (f64, f64),
) -> impl FnMut(f64) -> Result<(), E> {
    move |fraction| progress(from + (to - from) * fraction)
}

/// Number of steps of about `cost` operations that one thread does between two reports.
#[must_use]
pub fn steps_per_report(cost: usize) -> usize {
    (OPERATIONS_PER_REPORT / cost.max(1)).max(1)
}

/// Chunks of `0..count`, each to be shared by all threads between two reports; `cost` is about the operations per item.
pub fn work_chunks(count: usize, cost: usize) -> impl Iterator<Item = Range<usize>> {
    let threads = rayon::current_num_threads().max(1);
    let size = threads * steps_per_report(cost);
    (0..count)
        .step_by(size)
        .map(move |from| from..count.min(from.saturating_add(size)))
}

/// Maps `0..count` through `map` on all threads, in order, with a report before each chunk. `cost` is about the operations
/// per value; it does not change the result.
///
/// # Errors
/// The error of `progress`.
pub fn par_map<T: Send, E>(
    count: usize,
    cost: usize,
    progress: &mut ProgressFn<'_, E>,
    map: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>, E> {
    par_map_init(count, cost, progress, || (), |(), index| map(index))
}

/// As [`par_map`], with a workspace per thread that `init` creates.
///
/// # Errors
/// The error of `progress`.
pub fn par_map_init<S, T: Send, E>(
    count: usize,
    cost: usize,
    progress: &mut ProgressFn<'_, E>,
    init: impl Fn() -> S + Sync + Send,
    map: impl Fn(&mut S, usize) -> T + Sync,
) -> Result<Vec<T>, E> {
    let mut values = Vec::with_capacity(count);
    for chunk in work_chunks(count, cost) {
        progress(chunk.start as f64 / count as f64)?;
        values.par_extend(chunk.into_par_iter().map_init(&init, &map));
    }
    progress(1.0)?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn values_are_in_order_whatever_the_chunks_and_the_fraction_rises_to_one() {
        let expected: Vec<usize> = (0..1_000).map(|k| k * k).collect();
        for cost in [0, 1 << 16, OPERATIONS_PER_REPORT, usize::MAX] {
            let mut fractions = Vec::new();
            let mut progress = |fraction: f64| {
                fractions.push(fraction);
                Ok::<(), Infallible>(())
            };
            let Ok(values) = par_map(
                1_000,
                cost,
                &mut subrange(&mut progress, (0.25, 0.5)),
                |k| k * k,
            );
            assert_eq!(values, expected);
            assert_eq!((fractions[0], *fractions.last().unwrap()), (0.25, 0.5));
            assert!(fractions.windows(2).all(|pair| pair[0] < pair[1]));
        }
        let Ok(none) = par_map(0, 1, &mut no_progress, |k| k);
        assert!(none.is_empty());
    }

    #[test]
    fn an_error_of_the_callback_stops_the_work() {
        let done = std::sync::atomic::AtomicUsize::new(0);
        let mut calls = 0;
        let mut progress = |_| {
            calls += 1;
            if calls > 2 { Err("enough") } else { Ok(()) }
        };
        let result = par_map(10_000, usize::MAX, &mut progress, |_| {
            done.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        });
        assert_eq!(result, Err("enough"));
        assert_eq!(done.into_inner(), 2 * rayon::current_num_threads());
    }
}

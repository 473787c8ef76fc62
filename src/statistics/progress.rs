//! Long computations: told how far they are, and stopped where nobody wants them any more.
//!
//! A computation calls its [`ProgressFn`] from the thread that it was called on, between portions of work that threads
//! share. So whoever watches needs not be safe to share between threads, and every value is computed as it would be
//! without anyone watching.

use std::convert::Infallible;
use std::ops::Range;

use rayon::prelude::*;

/// Told the share done, from 0 to 1; an error stops the work and is what the work returns.
pub type ProgressFn<'a, E> = dyn FnMut(f64) -> Result<(), E> + 'a;

/// Operations of one thread between two looks: about 5 ms.
const PORTION: usize = 1 << 23;

/// A look for where nobody watches.
///
/// # Errors
/// None.
pub fn no_progress(_share: f64) -> Result<(), Infallible> {
    Ok(())
}

/// The look of a part of a computation: the part's own 0 and 1 are `from` and `to` of the whole.
pub fn part<E>(
    look: &mut ProgressFn<'_, E>,
    (from, to): (f64, f64),
) -> impl FnMut(f64) -> Result<(), E> {
    move |share| look(from + (to - from) * share)
}

/// How many steps of about `cost` operations one thread can do between two looks.
#[must_use]
pub fn stretch(cost: usize) -> usize {
    (PORTION / cost.max(1)).max(1)
}

/// Portions of `0..count` for work of about `cost` operations each that all threads do together.
pub fn portions(count: usize, cost: usize) -> impl Iterator<Item = Range<usize>> {
    let threads = rayon::current_num_threads().max(1);
    // At least one for each thread, however long that takes.
    let size = threads * stretch(cost);
    (0..count)
        .step_by(size)
        .map(move |from| from..count.min(from.saturating_add(size)))
}

/// `value` of each of `0..count`, computed by all threads, with a look before each portion. `cost` is about how many
/// operations one value takes; it does not change the result.
///
/// # Errors
/// What `look` stops with.
pub fn par_map<T: Send, E>(
    count: usize,
    cost: usize,
    look: &mut ProgressFn<'_, E>,
    value: impl Fn(usize) -> T + Sync,
) -> Result<Vec<T>, E> {
    par_map_init(count, cost, look, || (), |(), index| value(index))
}

/// As [`par_map`], with space to work in that `begin` makes for a thread.
///
/// # Errors
/// What `look` stops with.
pub fn par_map_init<S, T: Send, E>(
    count: usize,
    cost: usize,
    look: &mut ProgressFn<'_, E>,
    begin: impl Fn() -> S + Sync + Send,
    value: impl Fn(&mut S, usize) -> T + Sync,
) -> Result<Vec<T>, E> {
    let mut values = Vec::with_capacity(count);
    for portion in portions(count, cost) {
        look(portion.start as f64 / count as f64)?;
        values.par_extend(portion.into_par_iter().map_init(&begin, &value));
    }
    look(1.0)?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn values_come_in_order_whatever_the_portions_and_the_share_rises_to_one() {
        let wanted: Vec<usize> = (0..1_000).map(|k| k * k).collect();
        for cost in [0, 1 << 16, PORTION, usize::MAX] {
            let mut shares = Vec::new();
            let mut look = |share: f64| {
                shares.push(share);
                Ok::<(), Infallible>(())
            };
            let Ok(found) = par_map(1_000, cost, &mut part(&mut look, (0.25, 0.5)), |k| k * k);
            assert_eq!(found, wanted);
            assert_eq!((shares[0], *shares.last().unwrap()), (0.25, 0.5));
            assert!(shares.windows(2).all(|two| two[0] < two[1]));
        }
        let Ok(none) = par_map(0, 1, &mut no_progress, |k| k);
        assert!(none.is_empty());
    }

    #[test]
    fn an_error_of_the_look_stops_the_work() {
        let done = std::sync::atomic::AtomicUsize::new(0);
        let mut looks = 0;
        let mut look = |_| {
            looks += 1;
            if looks > 2 { Err("enough") } else { Ok(()) }
        };
        let stopped = par_map(10_000, usize::MAX, &mut look, |_| {
            done.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        });
        assert_eq!(stopped, Err("enough"));
        assert_eq!(done.into_inner(), 2 * rayon::current_num_threads());
    }
}

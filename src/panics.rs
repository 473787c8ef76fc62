//! Catches panics, so that a thread survives a faulty request and can report the reason.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work` and returns the message of a panic inside as an error.
///
/// After a panic, state that `work` was changing may be inconsistent; the caller must replace it.
///
/// # Errors
/// The panic's message, or "no reason given".
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| panic_message(panic.as_ref()).to_owned())
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::catch_panic;

    #[test]
    fn a_panic_is_returned_as_its_message() {
        assert_eq!(catch_panic(|| 3), Ok(3));
        assert_eq!(
            catch_panic::<()>(|| panic!("plain")),
            Err("plain".to_owned())
        );
        let number = 7;
        let formatted = catch_panic::<()>(|| panic!("number {number}"));
        assert_eq!(formatted, Err("number 7".to_owned()));
    }
}

//! Catching panics, so that a thread outlives a faulty request and tells its user what happened.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work`; a panic inside comes back as its text.
///
/// State that `work` was changing may be left half changed: the caller replaces it.
///
/// # Errors
/// The panic's text, or "no reason given".
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| text(panic.as_ref()).to_owned())
}

fn text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_comes_back_as_its_text() {
        assert_eq!(caught(|| 3), Ok(3));
        assert_eq!(caught::<()>(|| panic!("plain")), Err("plain".to_owned()));
        let number = 7;
        let formatted = caught::<()>(|| panic!("number {number}"));
        assert_eq!(formatted, Err("number 7".to_owned()));
    }
}

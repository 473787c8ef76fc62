//! Progress bars, notices and Ctrl-C.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use indicatif::{ProgressBar, ProgressStyle};

use crate::files::printable;
use crate::sweep::{Observer, Progress};

/// Writes a sentence to standard error.
pub(super) fn note(text: &str) {
    // Nobody is left to tell if standard error is closed.
    let _ = write_line(&mut std::io::stderr(), text);
}

/// Writes a line to standard output.
pub(super) fn print(text: &str) {
    let _ = write_line(&mut std::io::stdout(), text);
}

/// Names of files and tracks may hold escape sequences, which must not reach a terminal.
fn write_line(to: &mut dyn io::Write, text: &str) -> io::Result<()> {
    writeln!(to, "{}", printable(text))
}

/// A flag that Ctrl-C sets: the work stops at the next batch with everything written in order.
pub(super) fn interrupted() -> &'static AtomicBool {
    static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
        let flag = Arc::new(AtomicBool::new(false));
        // Without a handler Ctrl-C ends the program as usual.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&flag));
        flag
    });
    &INTERRUPTED
}

/// A progress bar on standard error; hidden when that is no terminal.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar that has not begun; with `quiet` it never shows.
    pub fn new(quiet: bool) -> Self {
        interrupted();
        let bar = if quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        let style = ProgressStyle::with_template("{bar:32} {pos} of {len}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }

    /// Moves the bar and says something beside it.
    pub fn show(&self, done: u64, total: u64, message: String) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(printable(&message).into_owned());
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Bar {
    fn progress(&mut self, progress: Progress) {
        let Progress {
            done,
            total,
            rate,
            seconds_left,
        } = progress;
        self.show(
            done,
            total,
            format!("{rate:.0}/s, {seconds_left:.0} s left"),
        );
    }

    fn notice(&mut self, text: String) {
        self.bar.suspend(|| note(&text));
    }

    fn cancelled(&self) -> bool {
        interrupted().load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_an_escape_sequence_is_written_without_it() {
        let mut out = Vec::new();
        let _ = write_line(&mut out, "x\u{1b}]0;title\u{7}.mid\tメロディ");
        let text = String::from_utf8_lossy(&out);
        assert_eq!(text, "x\u{fffd}]0;title\u{fffd}.mid\tメロディ\n");
    }
}

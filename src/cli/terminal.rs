//! The terminal: the progress bar, lines of text, and the signals that stop a command.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use indicatif::{ProgressBar, ProgressStyle};

use crate::files::sanitise;
use crate::progress::{Observer, Phase, Progress};
use crate::sweep::SweepObserver;

/// Whether commands print no progress and no summary.
static QUIET: AtomicBool = AtomicBool::new(false);
/// How often `--verbose` is given.
static VERBOSE: AtomicU8 = AtomicU8::new(0);

/// Sets how much commands print: only results if `quiet`, and the duration of each step if `verbose` is not 0.
pub fn set_verbosity(quiet: bool, verbose: u8) {
    QUIET.store(quiet, Ordering::Relaxed);
    VERBOSE.store(verbose, Ordering::Relaxed);
}

/// Whether the command prints no progress and no summary.
pub(super) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Whether the command prints the duration of each step.
pub(super) fn is_verbose() -> bool {
    VERBOSE.load(Ordering::Relaxed) > 0
}

/// Writes a line to standard error.
pub(super) fn print_notice(text: &str) {
    // A closed standard error cannot be reported anywhere.
    let _ = write_line(&mut std::io::stderr(), text);
}

/// The first error of writing to standard output; [`super::run`] reports it.
static OUTPUT_ERROR: OnceLock<io::Error> = OnceLock::new();

/// Writes a line to standard output. An error ends the command with [`output_error`].
pub(super) fn print_line(text: &str) {
    record_output_error(write_line(&mut std::io::stdout(), text));
}

/// Writes bytes to standard output as they are. An error ends the command with [`output_error`].
pub(super) fn print_bytes(bytes: &[u8]) {
    let mut out = std::io::stdout();
    record_output_error(out.write_all(bytes).and_then(|()| out.flush()));
}

/// Stores the first error. A pipe that its reader closed, as `head` does, is no error.
fn record_output_error(result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        OUTPUT_ERROR.get_or_init(|| error);
    }
}

/// Why something that the command printed was not written; `None` if all of it was.
pub(super) fn output_error() -> Option<&'static io::Error> {
    OUTPUT_ERROR.get()
}

/// Prints a value as indented JSON to standard output.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), serde_json::Error> {
    print_line(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints the file or folder that was written.
pub(super) fn print_written(path: &Path) {
    print_line(&format!("written to {}", path.display()));
}

/// Writes a line without terminal escape sequences: names of files and tracks may contain them.
fn write_line(out: &mut dyn io::Write, text: &str) -> io::Result<()> {
    writeln!(out, "{}", sanitise(text))
}

/// Exit code of a command that Ctrl-C (`SIGINT`) stopped: 128 plus the signal's number, as in shells.
pub(super) const INTERRUPTED_CODE: u8 = 130;
/// Exit code of a command that `SIGTERM` stopped.
pub(super) const TERMINATED_CODE: u8 = 143;

/// Flags that signals set.
#[derive(Default)]
struct Signals {
    /// Ctrl-C or `SIGTERM`.
    stop: Arc<AtomicBool>,
    /// `SIGTERM` alone.
    terminate: Arc<AtomicBool>,
}

/// The flags, after installing the handlers. Until then the signals end the program.
fn signals() -> &'static Signals {
    static SIGNALS: LazyLock<Signals> = LazyLock::new(|| {
        let signals = Signals::default();
        let stop = || Arc::clone(&signals.stop);
        // This handler comes first: it ends the program if the flag is already set, that is, on the second Ctrl-C. A second
        // SIGTERM does not: a batch system sends it to every process of a job, and its script passes it on.
        let _ = register_conditional_shutdown(SIGINT, i32::from(INTERRUPTED_CODE), stop());
        for signal in [SIGINT, SIGTERM] {
            let _ = register(signal, stop());
        }
        let _ = register(SIGTERM, Arc::clone(&signals.terminate));
        signals
    });
    &SIGNALS
}

/// A flag that is set by Ctrl-C and `SIGTERM`, so that the work stops after the current batch. A second
/// Ctrl-C ends the program at once.
pub(super) fn interrupt_flag() -> &'static AtomicBool {
    &signals().stop
}

/// Exit code of a command that a signal stopped.
pub(super) fn stop_exit_code() -> u8 {
    if signals().terminate.load(Ordering::Relaxed) {
        TERMINATED_CODE
    } else {
        INTERRUPTED_CODE
    }
}

/// Time between two lines of progress where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(60);

/// Progress on standard error: a bar on a terminal, else, as in the log of a job, a line every minute.
pub(super) struct TerminalProgress {
    bar: ProgressBar,
    phase: Option<Phase>,
    /// When the phase began.
    phase_start: Instant,
    /// When the last line was due; `None` if there are no lines.
    last_line: Option<Instant>,
}

/// Template of the bar for a phase that counts melodies.
const COUNT_TEMPLATE: &str = "{bar:32} {pos} of {len}  {msg}";
/// Template of the bar for other phases.
const PERCENT_TEMPLATE: &str = "{bar:32} {percent} %  {msg}";

impl TerminalProgress {
    /// A bar at its beginning; never shown if the command is quiet.
    pub fn new() -> Self {
        Self::new_hidden_if(is_quiet())
    }

    /// A bar that is never shown, for a short step of a command.
    pub fn hidden() -> Self {
        Self::new_hidden_if(true)
    }

    fn new_hidden_if(hidden: bool) -> Self {
        interrupt_flag();
        let bar = if hidden {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        let has_lines = !hidden && !io::stderr().is_terminal();
        let bar = Self {
            bar,
            phase: None,
            phase_start: Instant::now(),
            last_line: has_lines.then(Instant::now),
        };
        bar.set_template(COUNT_TEMPLATE);
        bar
    }

    fn set_template(&self, template: &str) {
        let style = ProgressStyle::with_template(template);
        self.bar
            .set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    }

    /// Resets the bar when a new phase begins.
    fn enter_phase(&mut self, phase: Phase) {
        if self.phase != Some(phase) {
            self.print_phase_time();
            self.phase = Some(phase);
            self.phase_start = Instant::now();
            self.bar.reset();
            let counts_melodies = phase == Phase::Melodies;
            self.set_template(if counts_melodies {
                COUNT_TEMPLATE
            } else {
                PERCENT_TEMPLATE
            });
        }
    }

    /// Prints how long the phase took, if the command is verbose.
    fn print_phase_time(&self) {
        if let Some(phase) = self.phase
            && is_verbose()
        {
            let seconds = self.phase_start.elapsed().as_secs_f64();
            self.bar
                .suspend(|| print_notice(&format!("{}: {seconds:.2} s", phase.name())));
        }
    }

    /// Moves the bar and sets its message.
    pub fn show(&self, done: u64, total: u64, message: String) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(sanitise(&message).into_owned());
    }

    /// Hides the bar while `print` runs.
    pub fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// Prints a line if a minute has passed since the last one.
    fn print_line_if_due(&mut self, now: Instant, text: impl FnOnce() -> String) {
        if let Some(last) = self.last_line
            && now.saturating_duration_since(last) >= LINE_INTERVAL
        {
            self.last_line = Some(now);
            print_notice(&text());
        }
    }

    /// Removes the bar.
    pub fn finish(&mut self) {
        self.print_phase_time();
        self.phase = None;
        self.bar.finish_and_clear();
    }
}

impl SweepObserver for TerminalProgress {}

impl Observer for TerminalProgress {
    fn progress(&mut self, progress: Progress) {
        let Progress {
            phase,
            done,
            total,
            rate,
            seconds_left,
        } = progress;
        self.enter_phase(phase);
        let message = match phase {
            Phase::Melodies => format!("{rate:.0}/s, {seconds_left:.0} s left"),
            // The number of rounds of a blend is not known in advance.
            Phase::Blend => phase.name().to_owned(),
            _ => format!("{}, {seconds_left:.0} s left", phase.name()),
        };
        self.print_line_if_due(Instant::now(), || match phase {
            Phase::Melodies => format!("{done} of {total} melodies, {message}"),
            _ => format!("{:.0} % of {message}", 100.0 * progress.fraction()),
        });
        self.show(done, total, message);
    }

    fn notice(&mut self, text: String) {
        self.bar.suspend(|| print_notice(&text));
    }

    fn cancelled(&self) -> bool {
        interrupt_flag().load(Ordering::Relaxed)
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

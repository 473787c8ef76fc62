//! Orderly shutdown on signals: `SIGTERM`, Ctrl-C in the terminal, the end of a login session.

/// Starts a thread that calls `close` on the first signal to end the process. A second signal ends the process at once, with the exit
/// code that shells give to that signal. On systems other than Unix the system closes the window itself.
///
/// # Errors
/// If the system cannot start a thread or install a signal handler.
#[cfg(unix)]
pub fn on_termination(close: impl Fn() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut is_closing = false;
            for signal in signals.forever() {
                if is_closing {
                    std::process::exit(128 + signal);
                }
                is_closing = true;
                close();
            }
        })?;
    Ok(())
}

/// Does nothing: the system closes the window itself.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn on_termination(_close: impl Fn() + Send + 'static) -> std::io::Result<()> {
    Ok(())
}

//! Ends the window in order when the system asks for it: `SIGTERM`, Ctrl-C in the terminal, the end of a login session.

/// Calls `close` from a thread of its own when the process is asked to end; a second request ends it at once, with the
/// exit code that shells give to that signal. Elsewhere than on Unix the system closes the window itself.
///
/// # Errors
/// When the system gives no thread or no handler.
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

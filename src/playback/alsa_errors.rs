//! Silences the error messages of ALSA.

/// Keeps ALSA from writing to the terminal whenever a device or the sequencer is missing.
pub(super) fn silence_alsa_errors() {
    #[cfg(target_os = "linux")]
    if let Err(error) = alsa::Output::local_error_handler() {
        tracing::debug!("ALSA's messages go to the terminal: {error}");
    }
}

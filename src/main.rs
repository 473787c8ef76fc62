//! The program: a command of the command line, or the window.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use tunescape::{cli, files, ui};

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    if arguments.command.is_some() {
        keep_vulkan_from_the_display();
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("TUNESCAPE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error")),
        )
        .with_writer(std::io::stderr)
        .init();
    let (message, code) = match arguments.command {
        Some(command) => match cli::run(command) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => (error.to_string(), error.exit_code()),
        },
        None => {
            let options = ui::WindowOptions {
                model: arguments.model,
                device: arguments.device,
                ..ui::WindowOptions::default()
            };
            match ui::run(options) {
                Ok(()) => return ExitCode::SUCCESS,
                Err(error) => (error.to_string(), 1),
            }
        }
    };
    // Nobody is left to tell if standard error is closed.
    let _ = writeln!(
        std::io::stderr(),
        "tunescape: {}",
        files::printable(&message)
    );
    ExitCode::from(code)
}

/// Keeps Mesa's layer that sorts graphics adapters from asking a Wayland display which of them it uses.
///
/// Without a folder to find the display in, it would write an error to standard error each time that adapters are listed.
/// A command has no window, and adapters are sorted by what they are (`model::list_devices`).
fn keep_vulkan_from_the_display() {
    const OFF: &str = "NODEVICE_SELECT";
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(std::path::PathBuf::from);
    // What the user asked of the layer still counts.
    let asked = [OFF, "MESA_VK_DEVICE_SELECT", "DRI_PRIME"];
    if cfg!(not(target_os = "linux"))
        || folder.is_some_and(|folder| folder.is_absolute())
        || asked.iter().any(|name| std::env::var_os(name).is_some())
    {
        return;
    }
    #[expect(
        unsafe_code,
        reason = "the layer can be told by the environment only, and no other thread runs yet"
    )]
    // SAFETY: this is the first thing the program does after reading its arguments; it has one thread.
    unsafe {
        std::env::set_var(OFF, "1");
    }
}

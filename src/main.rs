//! The program: a command of the command line, or the window.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
#[cfg(feature = "window")]
use tunescape::ui;
use tunescape::{cli, files};

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    if let Err(error) = arguments.check() {
        error.exit();
    }
    cli::set_verbosity(arguments.verbosity.quiet, arguments.verbosity.verbose);
    if arguments.command.is_some() {
        disable_mesa_device_select();
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("TUNESCAPE_LOG")
                // The window's library would log the error that the program prints at its end.
                .unwrap_or_else(|_| {
                    let level = if arguments.verbosity.verbose > 1 {
                        "debug,eframe=off"
                    } else {
                        "error,eframe=off"
                    };
                    tracing_subscriber::EnvFilter::new(level)
                }),
        )
        .with_writer(std::io::stderr)
        .init();
    let result = match arguments.command {
        Some(command) => cli::run(command).map_err(|error| (error.to_string(), error.exit_code())),
        None => open_window(arguments),
    };
    let Err((message, code)) = result else {
        return ExitCode::SUCCESS;
    };
    // A closed standard error cannot be reported anywhere.
    let _ = writeln!(
        std::io::stderr(),
        "tunescape: {}",
        files::sanitise(&message)
    );
    ExitCode::from(code)
}

/// Opens the window; returns the message and the exit code if it fails.
#[cfg(feature = "window")]
fn open_window(arguments: cli::Cli) -> Result<(), (String, u8)> {
    let options = ui::WindowOptions {
        model: arguments.model,
        file: arguments.file,
        device: arguments.device,
        osc: arguments.osc,
        ..ui::WindowOptions::default()
    };
    ui::run(options).map_err(|error| {
        if let Some(details) = error.details() {
            tracing::error!("{details}");
        }
        (error.to_string(), 1)
    })
}

#[cfg(not(feature = "window"))]
fn open_window(_: cli::Cli) -> Result<(), (String, u8)> {
    let message =
        "this program was built without its window; give a command, as tunescape --help lists them";
    Err((message.to_owned(), 2))
}

/// Turns off Mesa's device-select layer if there is no folder for a Wayland display.
///
/// The layer asks the display which graphics adapter it uses, and would write an error to standard error each time that
/// adapters are listed. Commands have no window, and `model::list_devices` sorts adapters itself.
fn disable_mesa_device_select() {
    const DISABLE_VARIABLE: &str = "NODEVICE_SELECT";
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map(std::path::PathBuf::from);
    // Variables by which the user configures the layer, which take precedence.
    let user_variables = [DISABLE_VARIABLE, "MESA_VK_DEVICE_SELECT", "DRI_PRIME"];
    if cfg!(not(target_os = "linux"))
        || folder.is_some_and(|folder| folder.is_absolute())
        || user_variables
            .iter()
            .any(|name| std::env::var_os(name).is_some())
    {
        return;
    }
    #[expect(
        unsafe_code,
        reason = "the layer reads only the environment, and no other thread runs yet"
    )]
    // SAFETY: this is the first thing the program does after reading its arguments; it has one thread.
    unsafe {
        std::env::set_var(DISABLE_VARIABLE, "1");
    }
}

//! The program: a command of the command line, or the window.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use tunescape::{cli, files, ui};

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("TUNESCAPE_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error")),
        )
        .with_writer(std::io::stderr)
        .init();
    let arguments = cli::Cli::parse();
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

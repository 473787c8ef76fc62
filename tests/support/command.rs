//! The program as scripts run it.

use std::process::{Command, Output};

/// Runs the program to its end.
pub fn tunescape(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the program, which has to succeed, and returns what it printed.
pub fn succeeds(arguments: &[&str]) -> String {
    let output = tunescape(arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

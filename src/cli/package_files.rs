//! `tunescape completions` and `tunescape man`: the files that a package installs besides the program.

use std::path::Path;

use clap::CommandFactory as _;

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::error::CliError;
use super::terminal::{print_bytes, print_written};
use crate::files::{make_folder, write_atomic};
use crate::session::ExportError;

/// Name of the program in scripts and pages.
const PROGRAM: &str = "tunescape";

/// Writes the completion script of a shell to standard output.
pub(super) fn write_completions(arguments: &CompletionsArgs) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), PROGRAM, &mut script);
    // Written as it is, because a printed line would lose its tabs.
    print_bytes(&script);
    Ok(())
}

/// Writes `tunescape.1` and a page for each command, such as `tunescape-sweep.1`.
pub(super) fn write_manual(arguments: &ManArgs) -> Result<(), CliError> {
    make_folder(&arguments.folder).map_err(ExportError::from)?;
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    write_page(&program, PROGRAM, arguments)?;
    for command in program
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        let name = format!("{PROGRAM}-{}", command.get_name());
        write_page(command, &name, arguments)?;
    }
    print_written(&arguments.folder);
    Ok(())
}

fn write_page(command: &clap::Command, name: &str, arguments: &ManArgs) -> Result<(), CliError> {
    let path: &Path = &arguments.folder.join(format!("{name}.1"));
    // The title of the page; the synopsis keeps the command as it is typed.
    let page = clap_mangen::Man::new(command.clone()).title(name.to_owned());
    write_atomic(path, arguments.overwrite, |file| {
        let mut bytes = Vec::new();
        page.render(&mut bytes)?;
        file.write_all(&bytes)
    })
    .map_err(ExportError::from)?;
    Ok(())
}

//! The arguments of `completions` and `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Clone, Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// Folder for the pages, made if it is not there.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Replace pages that are there.
    #[arg(long)]
    pub overwrite: bool,
}

//! What a package installs beside the program: completions in real shells, manual pages in a real reader.

use std::path::Path;
use std::process::Command;

use crate::command::succeeds;
use crate::harness::{Missing, needs, tests};

tests![
    bash_completes_commands_and_options,
    zsh_loads_the_completions,
    the_manual_pages_are_read_without_a_warning,
    the_metadata_for_software_centres_is_valid,
];

/// Runs a program and returns its output; missing if it is not installed.
fn output(program: &str, arguments: &[&str]) -> Result<(String, String), Missing> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|_| needs(program))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{program}: {err}");
    Ok((out, err))
}

/// Writes the script for a shell to a folder and returns its path.
fn script(shell: &str, folder: &Path) -> String {
    let path = folder.join(shell);
    std::fs::write(&path, succeeds(&["completions", shell])).unwrap();
    path.to_str().unwrap().to_owned()
}

fn bash_completes_commands_and_options() -> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let script = script("bash", folder.path());
    let complete = |words: &str, at: usize, word: &str| {
        let line = format!(
            "source {script}; COMP_WORDS=({words}); COMP_CWORD={at}; _tunescape tunescape '{word}' x; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        output("bash", &["--norc", "-c", &line]).map(|(out, _)| out)
    };
    let commands = complete("tunescape st", 1, "st")?;
    let commands: Vec<&str> = commands.lines().collect();
    for command in ["steer", "study", "status"] {
        assert!(commands.contains(&command), "{commands:?}");
    }
    let options = complete("tunescape sweep --se", 2, "--se")?;
    assert!(options.lines().any(|line| line == "--seed"), "{options}");
    Ok(())
}

fn zsh_loads_the_completions() -> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let script = script("zsh", folder.path());
    let line = format!(
        "autoload -U compinit && compinit -u -D && source {script} && print $_comps[tunescape] && whence -w _tunescape"
    );
    let (out, err) = output("zsh", &["-f", "-c", &line])?;
    assert_eq!(out, "_tunescape\n_tunescape: function\n");
    assert_eq!(err, "");
    Ok(())
}

fn the_manual_pages_are_read_without_a_warning() -> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    succeeds(&["man", pages.to_str().unwrap()]);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&pages).unwrap() {
        let path = entry.unwrap().path();
        let path = path.to_str().unwrap();
        let (text, warnings) = output("man", &["--warnings", "--local-file", path])?;
        assert_eq!(warnings, "", "{path}");
        assert!(text.contains("SYNOPSIS"), "{path}: {text}");
        names.push(path.rsplit('/').next().unwrap().to_owned());
    }
    for name in ["tunescape.1", "tunescape-sweep.1", "tunescape-steer.1"] {
        assert!(names.iter().any(|page| page == name), "{names:?}");
    }
    Ok(())
}

/// AppStream wants the id to begin with a domain of the authors, who have none.
fn the_metadata_for_software_centres_is_valid() -> Result<(), Missing> {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/assets/package/tunescape.metainfo.xml"
    );
    let no_domain = "--override=cid-desktopapp-is-not-rdns=info";
    let (out, _) = output("appstreamcli", &["validate", "--no-net", no_domain, file])?;
    let found: Vec<&str> = out
        .lines()
        .filter(|line| line.contains(".desktop:"))
        .collect();
    assert_eq!(found.len(), 1, "{out}");
    assert!(found[0].contains("cid-desktopapp-is-not-rdns"), "{out}");
    Ok(())
}

//! The dependencies come from crates.io, under licences that let anyone ship the program: the list in `deny.toml`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// Packages that give their licence as a file instead of an expression, with what the file says.
const LICENCE_FILES: [(&str, &str); 1] = [("cfg_block", "Apache-2.0")];

#[test]
fn dependencies_may_be_shipped_by_anyone() {
    let allowed = allowed_licences();
    assert!(allowed.len() > 5, "{allowed:?}");
    let packages = packages();
    assert!(packages.len() > 100);
    let faults: Vec<String> = packages
        .iter()
        .filter_map(|package| fault(package, &allowed))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn licences_outside_the_list_are_found() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned()];
    for (expression, is_allowed) in [
        ("MIT", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0-only OR MIT", true),
        ("GPL-3.0-only", false),
        ("MIT AND LGPL-2.1-or-later", false),
        ("(MIT OR Apache-2.0) AND ISC", true),
        ("as you like", false),
    ] {
        assert_eq!(
            may_be_shipped(expression, &allowed),
            is_allowed,
            "{expression}"
        );
    }
}

/// What is wrong with a package, if anything.
fn fault(package: &Value, allowed: &[String]) -> Option<String> {
    let text = |key: &str| package[key].as_str();
    let name = text("name").unwrap();
    if name == env!("CARGO_PKG_NAME") {
        return None;
    }
    let source = text("source").unwrap_or("a folder");
    if source != "registry+https://github.com/rust-lang/crates.io-index" {
        return Some(format!("{name} comes from {source}"));
    }
    let licence_file = LICENCE_FILES.iter().find(|(known, _)| *known == name);
    let licence = text("license").or(licence_file.map(|(_, licence)| *licence));
    match licence {
        Some(licence) if may_be_shipped(licence, allowed) => None,
        _ => Some(format!("{name} has the licence {licence:?}")),
    }
}

/// Whether an expression can be met with allowed licences alone.
fn may_be_shipped(expression: &str, allowed: &[String]) -> bool {
    Expression::parse_mode(expression, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|requirement| allowed.contains(&requirement.to_string()))
    })
}

/// The list `allow` of `deny.toml`.
fn allowed_licences() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let list = text.split("\nallow = [").nth(1).unwrap();
    let list = list.split(']').next().unwrap();
    let quoted = list.split('"').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// Every package of the lock file, for all systems and features.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--all-features",
            "--locked",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

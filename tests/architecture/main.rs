//! Checks the architecture: which module may use which, that files do not use each other in cycles, which files may start
//! threads, the first line and the length of files, that the guide for contributors names existing files, and the licences of
//! the dependencies.
//!
//! The sources are read as tokens, so that comments and strings do not count, and `crate::`, `self::` and `super::` paths
//! are followed through groups and inline modules. Names that macros generate are not seen.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cycles;
mod file_form;
mod guide;
mod licences;
mod modules;
mod paths;
mod restrictions;
mod sources;
mod tokens;

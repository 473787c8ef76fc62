//! Holds the architecture: which module may use which, no circles between files, who may start threads, how files begin
//! and how long they get, that the guide for contributors names files that exist, and the licences of the dependencies.
//!
//! The sources are read as tokens, so that comments and strings do not count, and `crate::`, `self::` and `super::` paths
//! are followed through groups and inline modules. What the checks cannot see: names a macro makes up.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cycles;
mod guide;
mod licences;
mod modules;
mod paths;
mod places;
mod shapes;
mod sources;
mod tokens;

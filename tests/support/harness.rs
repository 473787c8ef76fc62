//! A test harness for tests that check at run time whether what they need is available.
//!
//! Rust's own harness would count a test that returns early as passed. This one reports it as ignored, with the reason:
//! `test voice::the_melody_… ... ignored (needs ../shared/corpus)`. `.ci/run` reads these lines.

use std::fmt;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

/// What a test needs and does not find here.
pub struct Missing(pub String);

/// A reason as the harness prints it.
pub fn needs(what: impl fmt::Display) -> Missing {
    Missing(format!("needs {what}"))
}

/// A test by its path, such as `external::voice::the_melody_…`.
pub struct Test {
    pub path: &'static str,
    pub run: fn() -> Result<(), Missing>,
}

/// Return types of test functions: `()`, or a result with what is missing.
pub trait Outcome {
    fn into_result(self) -> Result<(), Missing>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), Missing> {
        Ok(())
    }
}

impl Outcome for Result<(), Missing> {
    fn into_result(self) -> Result<(), Missing> {
        self
    }
}

/// Lists the tests of a module. A test left out is unused code, which the compiler reports.
macro_rules! tests {
    ($($name:ident),+ $(,)?) => {
        /// The tests of this file.
        pub const TESTS: &[crate::harness::Test] = &[$(crate::harness::Test {
            path: concat!(module_path!(), "::", stringify!($name)),
            run: || crate::harness::Outcome::into_result($name()),
        }),+];
    };
}
pub(crate) use tests;

/// Runs the tests of these modules with the arguments of `cargo test`.
pub fn run(modules: &[&[Test]]) -> ExitCode {
    let trials = modules.iter().copied().flatten().map(|test| {
        let run = test.run;
        let name = test
            .path
            .split_once("::")
            .map_or(test.path, |(_, name)| name);
        Trial::ignorable_test(name, move || match run() {
            Ok(()) => Ok(Completion::Completed),
            Err(Missing(reason)) => Ok(Completion::ignored_with(reason)),
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

//! Outside programs: which are there, starting them, waiting for them, and stopping exactly those that were started.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Missing, needs};

/// Where screenshots, recordings, exported files and logs are left: `<target folder>/e2e/<test>`, emptied first.
pub fn output_folder(test: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let folder = target
        .expect("cargo's temporary folder lies in the target folder")
        .join("e2e")
        .join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the last run's output can be removed");
    }
    fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}

/// Checks that these programs are installed.
pub fn need(tools: &[&str]) -> Result<(), Missing> {
    let absent: Vec<_> = tools
        .iter()
        .copied()
        .filter(|tool| find(tool).is_none())
        .collect();
    if absent.is_empty() {
        return Ok(());
    }
    let absent = absent.join(", ");
    Err(needs(format_args!(
        "{absent}; `sh .ci/setup --test` installs what the tests need"
    )))
}

fn find(tool: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .map(|folder| folder.join(tool))
        .find(|path| path.is_file())
}

/// Runs a command to its end and gives back what it printed; a failure is a panic with what it said.
pub fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {message}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Polls until there is an answer; panics with a description if there is none within the limit.
pub fn wait_for<T>(what: &str, limit: Duration, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            begun.elapsed() < limit,
            "waited {} s in vain for {what}",
            limit.as_secs()
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// Gives the program an empty home folder, and has it write its state.
pub fn as_a_new_user(command: &mut Command, home: &Path, state_file: &Path) {
    command
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env("TUNESCAPE_STATE_FILE", state_file)
        .current_dir(home);
}

/// A program that runs until the test ends; dropped, also in a panic, it is stopped by its own process id.
pub struct Running {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Running {
    /// Starts a program whose output goes to `<folder>/<name>.log`; `prepare` adds arguments and environment,
    /// and may take the program's output elsewhere.
    ///
    /// Where `setpriv` can do it, the kernel stops the program should the test itself be killed.
    pub fn start(program: &Path, folder: &Path, prepare: impl FnOnce(&mut Command)) -> Running {
        let name = program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).expect("the output folder is writable");
        let tied = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "true"])
            .output();
        let mut command = if tied.is_ok_and(|output| output.status.success()) {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .stdin(Stdio::null())
            .stderr(file.try_clone().expect("a log can be shared"))
            .stdout(file);
        prepare(&mut command);
        let child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Running { name, log, child }
    }

    /// Panics if the program is no longer there.
    pub fn assert_running(&mut self) {
        if let Some(status) = self
            .child
            .try_wait()
            .expect("a started program has a status")
        {
            panic!("{} ended by itself: {status}", self.name);
        }
    }

    /// Waits for the program to end by itself.
    pub fn wait_for_end(&mut self, limit: Duration) -> ExitStatus {
        let what = format!("{} to end", self.name);
        wait_for(&what, limit, || {
            self.child
                .try_wait()
                .expect("a started program has a status")
        })
    }

    /// Sends the program a signal by its name, such as TERM.
    pub fn signal(&self, name: &str) {
        run(Command::new("kill").args(["-s", name, &self.child.id().to_string()]));
    }

    /// The program's piped output, to be taken once.
    pub fn take_output(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// All output so far.
    pub fn words(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails where the program has ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let words = self.words();
            let lines: Vec<_> = words.lines().collect();
            let last = &lines[lines.len().saturating_sub(20)..];
            eprintln!("--- the last words of {}:\n{}", self.name, last.join("\n"));
        }
    }
}

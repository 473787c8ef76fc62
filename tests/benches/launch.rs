//! From launch to a window, to the first point that plays, to the end of the default sweep, and to its finished map.
//!
//! `xvfb-run cargo bench --bench launch`, or under any display. Starts the real program five times
//! with fresh settings and reads the times off the state file that it writes on request.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 5;
const LONGEST: Duration = Duration::from_secs(120);

/// Seconds from launch to four moments.
#[derive(Default)]
struct Times {
    window: Option<f64>,
    first_point: Option<f64>,
    whole_sweep: Option<f64>,
    /// The sound layout is computed and its points are at rest.
    map: Option<f64>,
}

/// What is read of the window's state file.
#[derive(serde::Deserialize)]
struct Window {
    points: Vec<Point>,
    sweep: Sweep,
    layout: Layout,
}

#[derive(serde::Deserialize)]
struct Point {
    ready: bool,
}

#[derive(serde::Deserialize)]
struct Sweep {
    done: u64,
    total: u64,
}

#[derive(serde::Deserialize)]
struct Layout {
    name: String,
    settled: bool,
}

/// Ends the program whatever happens.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run() -> Times {
    let home = tempfile::tempdir().unwrap();
    let state = home.path().join("state.json");
    let began = Instant::now();
    let _program = Program(
        Command::new(env!("CARGO_BIN_EXE_tunescape"))
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("TUNESCAPE_STATE_FILE", &state)
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let mut times = Times::default();
    let mut last_written = None;
    while times.map.is_none() && began.elapsed() < LONGEST {
        std::thread::sleep(Duration::from_millis(5));
        // Reading costs processor time that the sweep needs: only a file that was written since.
        let Ok(written) = std::fs::metadata(&state).and_then(|metadata| metadata.modified()) else {
            continue;
        };
        if last_written.replace(written) == Some(written) {
            continue;
        }
        let now = began.elapsed().as_secs_f64();
        let Ok(text) = std::fs::read_to_string(&state) else {
            continue;
        };
        let Ok(window) = serde_json::from_str::<Window>(&text) else {
            continue;
        };
        times.window.get_or_insert(now);
        if window.points.iter().any(|point| point.ready) {
            times.first_point.get_or_insert(now);
        }
        let sweep = &window.sweep;
        if sweep.total > 0 && sweep.done == sweep.total {
            times.whole_sweep.get_or_insert(now);
            if window.layout.name == "sound" && window.layout.settled {
                times.map = Some(now);
            }
        }
    }
    times
}

fn print(what: &str, goal: Option<f64>, mut seconds: Vec<f64>) {
    seconds.sort_by(f64::total_cmp);
    let Some(median) = seconds.get(seconds.len() / 2) else {
        println!("{what}: never came");
        return;
    };
    let goal = goal.map_or(String::new(), |goal| {
        format!(", {:.2} of the goal of {goal} s", median / goal)
    });
    println!(
        "{what}: median {median:.2} s of {} runs{goal}",
        seconds.len()
    );
}

fn main() {
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        println!("skipped: no display; run it as `xvfb-run cargo bench --bench launch`");
        return;
    }
    let times: Vec<Times> = (0..RUNS).map(|_| run()).collect();
    let of = |pick: fn(&Times) -> Option<f64>| times.iter().filter_map(pick).collect();
    print("window interactive", Some(1.0), of(|times| times.window));
    print(
        "first playable point",
        Some(2.0),
        of(|times| times.first_point),
    );
    print("whole default sweep", None, of(|times| times.whole_sweep));
    print("its map by sound", Some(3.0), of(|times| times.map));
}

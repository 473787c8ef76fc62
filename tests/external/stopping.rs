//! Commands that work for long: what they show on a terminal, how they stop, and how much memory they take.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::harness::{Missing, needs, tests};

tests![
    ctrl_c_stops_a_sweep_while_it_lays_out_and_measures_and_leaves_an_older_run_alone,
    the_longest_blend_stays_within_its_memory_and_has_one_bar,
    ctrl_c_stops_the_longest_blend,
];

/// Longest time from Ctrl-C to the end. The program takes 0.2 s; this leaves room for a busy machine.
const LONGEST_STOP: Duration = Duration::from_secs(10);
/// Memory that the longest blend may take, kilobytes.
const MOST_MEMORY: u64 = 500_000;

fn tiny() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = path.join("tests/fixtures/flat_tiny/weights.safetensors");
    path.to_str().unwrap().to_owned()
}

/// The program on a terminal of its own, as far as it has written.
struct OnTerminal {
    terminal: Child,
    shown: Arc<Mutex<String>>,
    pid: PathBuf,
}

impl OnTerminal {
    fn start(arguments: &[&str], folder: &Path) -> Result<Self, Missing> {
        let pid = folder.join("pid");
        let quoted: Vec<String> = arguments.iter().map(|text| format!("'{text}'")).collect();
        let command = format!(
            "echo $$ > '{}'; exec '{}' {}",
            pid.display(),
            env!("CARGO_BIN_EXE_tunescape"),
            quoted.join(" ")
        );
        let terminal = Command::new("script")
            .args(["-qefc", &command, "/dev/null"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut terminal = terminal.map_err(|_| needs("the program script, to make a terminal"))?;
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut output, to) = (terminal.stdout.take().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..count]);
                to.lock().unwrap().push_str(&text);
            }
        });
        Ok(Self {
            terminal,
            shown,
            pid,
        })
    }

    fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }

    /// Percentages shown beside a phase's name, in order.
    fn percents(&self, phase: &str) -> Vec<u32> {
        let shown = self.shown();
        let before = shown.split(&format!(" %  {phase}")).collect::<Vec<_>>();
        let (_, before) = before.split_last().unwrap();
        let number = |text: &&str| text.rsplit(' ').next()?.parse().ok();
        before.iter().filter_map(number).collect()
    }

    fn wait_for(&mut self, what: &str, run_until: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !run_until(self) {
            let ended = self.terminal.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed().as_secs() < 900,
                "{what}: {ended:?}\n{}",
                self.shown()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends Ctrl-C's signal; the exit code, and how long it took to end.
    fn interrupt(&mut self) -> (Option<i32>, Duration) {
        let pid = std::fs::read_to_string(&self.pid).unwrap();
        let began = Instant::now();
        let sent = Command::new("kill").args(["-INT", pid.trim()]).status();
        assert!(sent.unwrap().success());
        let status = self.terminal.wait().unwrap();
        (status.code(), began.elapsed())
    }
}

fn ctrl_c_stops_a_sweep_while_it_lays_out_and_measures_and_leaves_an_older_run_alone()
-> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let (model, out) = (tiny(), folder.path().join("run"));
    let out = out.to_str().unwrap();
    let older = ["--regions", "5", "--samples", "4", "--quiet"];
    let plain = ["sweep", "--device", "cpu", "--model", &model, "--out", out];
    let made = Command::new(env!("CARGO_BIN_EXE_tunescape"))
        .args(plain)
        .args(older)
        .status();
    assert!(made.unwrap().success());
    let before = std::fs::read(Path::new(out).join("run.json")).unwrap();
    let more = ["--regions", "200", "--samples", "70", "--layout", "sound"];
    let arguments = [&plain[..], &more, &["--overwrite"]].concat();
    for least in [1, 25] {
        let mut sweep = OnTerminal::start(&arguments, folder.path())?;
        let far = |sweep: &OnTerminal| sweep.percents("layout").iter().any(|p| *p >= least);
        sweep.wait_for("the layout", far);
        let (code, late) = sweep.interrupt();
        let percents = sweep.percents("layout");
        eprintln!("at {least} % of the layout: code {code:?} after {late:?}, shown {percents:?}");
        assert_eq!(code, Some(130), "{}", sweep.shown());
        assert!(late < LONGEST_STOP, "{late:?}");
        assert!(percents.is_sorted() && percents.last() < Some(&100));
        // The decoding has a progress of its own.
        assert!(sweep.shown().contains(" of 14200"), "{}", sweep.shown());
        let after = std::fs::read(Path::new(out).join("run.json")).unwrap();
        assert!(before == after);
    }
    Ok(())
}

fn the_longest_blend_stays_within_its_memory_and_has_one_bar() -> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let model = tiny();
    let ends = ["r000_centre", "r001_centre"];
    let longest = ["blend", "--device", "cpu", "--steps", "256"];
    for more in [&["--model", &model][..], &[]] {
        let arguments = [&longest[..], more, &ends].concat();
        let mut blend = OnTerminal::start(&arguments, folder.path())?;
        let began = Instant::now();
        let mut peak = 0;
        let status = loop {
            if let Some(status) = blend.terminal.try_wait().unwrap() {
                break status;
            }
            let pid = std::fs::read_to_string(&blend.pid).unwrap_or_default();
            let path = format!("/proc/{}/status", pid.trim());
            let status = std::fs::read_to_string(path).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
            peak = peak.max(number.unwrap_or(0));
            assert!(began.elapsed().as_secs() < 1_800);
            std::thread::sleep(Duration::from_millis(10));
        };
        let percents = blend.percents("blend");
        eprintln!(
            "{more:?}: {peak} kB after {:?}, shown {percents:?}",
            began.elapsed()
        );
        assert!(status.success(), "{}", blend.shown());
        assert!((1..MOST_MEMORY).contains(&peak), "{peak} kB");
        assert!(percents.is_sorted() && !percents.is_empty());
    }
    Ok(())
}

fn ctrl_c_stops_the_longest_blend() -> Result<(), Missing> {
    let folder = tempfile::tempdir().unwrap();
    let arguments = [
        "blend",
        "--device",
        "cpu",
        "--steps",
        "256",
        "r000_centre",
        "r001_centre",
    ];
    for least in [2, 20] {
        let mut blend = OnTerminal::start(&arguments, folder.path())?;
        let far = |blend: &OnTerminal| blend.percents("blend").iter().any(|p| *p >= least);
        blend.wait_for("the blend", far);
        let (code, late) = blend.interrupt();
        eprintln!("at {least} % of the blend: code {code:?} after {late:?}");
        assert_eq!(code, Some(130));
        assert!(late < LONGEST_STOP, "{late:?}");
        assert!(blend.percents("blend").last() < Some(&100));
    }
    Ok(())
}

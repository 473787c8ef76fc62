//! The program in its window, driven by mouse and keyboard events, with its screen and its sound recorded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::display::{self, Display, SCREEN, Window};
use crate::harness::Missing;
use crate::pitch;
use crate::pulse_audio::{self, Recorder, SoundServer};
use crate::state::{Playing, Point, State};
use crate::tools::{Running, as_a_new_user, need, wait_for};

/// Generous: the machine may have two busy cores and draw without a graphics card.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(300);
/// Times through that a melody may take to be heard whole.
const LISTENS: usize = 4;
/// A point that has been at one place for this long stays there.
const REST: Duration = Duration::from_millis(500);

/// Checks that the programs around a window with sound are installed.
pub fn need_window() -> Result<(), Missing> {
    need(&[&display::TOOLS[..], &pulse_audio::TOOLS[..]].concat())
}

/// The running program, its display, its sound server and the recording.
pub struct Tunescape {
    window: Window,
    state_file: PathBuf,
    program: Running,
    pub recorder: Recorder,
    _home: tempfile::TempDir,
    _sound: SoundServer,
    pub display: Display,
    _alone: MutexGuard<'static, ()>,
}

/// Held while a window runs: two windows drawn on the processor would leave no time for the sound.
static ALONE: Mutex<()> = Mutex::new(());

impl Tunescape {
    /// Starts the program as a user who has never run it, `prepare` may change its environment.
    pub fn start(folder: &Path, prepare: impl FnOnce(&mut Command)) -> Tunescape {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let display = Display::start(folder);
        let sound = SoundServer::start(folder);
        let recorder = sound.record(folder);
        let home = tempfile::tempdir().expect("a temporary folder");
        let state_file = folder.join("state.json");
        let program = Path::new(env!("CARGO_BIN_EXE_tunescape"));
        let program = Running::start(program, folder, |command| {
            display.set_env(command);
            sound.set_env(command);
            as_a_new_user(command, home.path(), &state_file);
            prepare(command);
        });
        let window = display.window("Tunescape", WAIT_TIMEOUT);
        let (right, bottom) = (window.left + window.width, window.top + window.height);
        let on_screen = window.left >= 0.0 && window.top >= 0.0;
        assert!(
            on_screen && right <= f64::from(SCREEN.0) && bottom <= f64::from(SCREEN.1),
            "the window is not all on the screen: {window:?}"
        );
        Tunescape {
            window,
            state_file,
            program,
            recorder,
            _home: home,
            _sound: sound,
            display,
            _alone: alone,
        }
    }

    /// Waits until the window's state answers the question.
    pub fn wait<T>(&mut self, what: &str, mut ask: impl FnMut(&State) -> Option<T>) -> T {
        wait_for(what, WAIT_TIMEOUT, || {
            self.program.assert_running();
            ask(&State::read(&self.state_file)?)
        })
    }

    /// The newest state.
    pub fn state(&mut self) -> State {
        self.wait("the window's state", |state| Some(state.clone()))
    }

    /// Where a place in the window's content is on the screen, in pixels.
    pub fn on_screen(&mut self, place: (f64, f64)) -> (f64, f64) {
        let scale = self.state().pixels_per_point;
        (
            self.window.left + place.0 * scale,
            self.window.top + place.1 * scale,
        )
    }

    /// Clicks a melody on the map.
    pub fn click(&mut self, id: &str) {
        let (x, y) = self.place_of(id);
        self.display.click(x, y);
    }

    /// Clicks a melody on the map and waits until it sounds.
    pub fn click_melody(&mut self, id: &str) -> Playing {
        let (x, y) = self.place_of(id);
        self.display.click(x, y);
        self.wait(&format!("{id} to sound after the click"), |state| {
            state.playing.clone().filter(|playing| playing.id == id)
        })
    }

    /// Adds a melody to the selection.
    pub fn control_click_melody(&mut self, id: &str) {
        let (x, y) = self.place_of(id);
        self.display.control_click(x, y);
        self.wait(&format!("{id} to be selected too"), |state| {
            state
                .selected
                .iter()
                .any(|selected| selected == id)
                .then_some(())
        });
    }

    /// Drags the knob of the note-density slider to a value and returns once new melodies have come.
    pub fn steer_to(&mut self, notes_per_bar: f64) -> crate::state::Steer {
        let before = self.state();
        let slider = before
            .note_density
            .expect("the note-density slider is on screen");
        let from = self.on_screen(slider.knob(slider.wanted));
        let to = self.on_screen(slider.knob(notes_per_bar));
        self.display.drag(from, to);
        self.wait("the steered melodies", |state| {
            assert_eq!(state.steer_error, None);
            let new = state.steers.len() > before.steers.len() && !state.steering;
            new.then(|| state.steers.last().cloned())?
        })
    }

    /// Exports the selection into `folder` by its key and returns the files that were written for it.
    pub fn export(&mut self, folder: &Path) -> Vec<PathBuf> {
        let before = files_in(folder);
        let selected = self.state().selected.len();
        self.display.key("ctrl+e");
        let files = self.wait("the exported files", |_| {
            let new: Vec<PathBuf> = files_in(folder)
                .into_iter()
                .filter(|file| !before.contains(file))
                .collect();
            (new.len() >= selected).then_some(new)
        });
        self.wait("the window to tell of the export", |state| {
            state
                .notices
                .iter()
                .any(|notice| notice.contains("ritten to"))
                .then_some(())
        });
        files
    }

    /// Asks the program to close its window, and waits for it to end, which it has to do without an error or a panic.
    pub fn close(mut self) {
        self.display.key("ctrl+q");
        let status = self.program.wait_for_end(WAIT_TIMEOUT);
        let words = self.program.words();
        assert!(status.success(), "{status}: {words}");
        assert!(!words.contains("panicked"), "{words}");
    }

    /// Sends SIGTERM; returns how long the program took to end, and what was recorded from the signal on.
    pub fn terminate(mut self) -> (Duration, Vec<f32>) {
        let begin = self.recorder.position();
        let sent = Instant::now();
        self.program.signal("TERM");
        let status = self.program.wait_for_end(WAIT_TIMEOUT);
        let took = sent.elapsed();
        assert!(status.success(), "{status}: {}", self.program.words());
        // The recording lags a little behind.
        self.recorder.next(Duration::from_secs(1));
        (took, self.recorder.since(begin))
    }

    /// Checks that what sounds now is this melody: loud enough, every pitch far above what nobody plays, in the right
    /// order and time. A busy machine drops sound now and then, so the loop is listened to a few times; another melody
    /// never passes.
    pub fn assert_heard(&mut self, playing: &Playing) {
        let mut last = String::new();
        for _ in 0..LISTENS {
            let seconds = playing.length() + 1.0;
            let recorded = self.recorder.next(Duration::from_secs_f64(seconds));
            match judge(&recorded, playing) {
                Ok(praise) => {
                    eprintln!("{praise}");
                    return;
                }
                Err(complaint) => last = complaint,
            }
        }
        panic!("listened {LISTENS} times: {last}");
    }

    /// Where a point is once it has stopped moving: a region that opens spreads its samples.
    fn place_of(&mut self, id: &str) -> (f64, f64) {
        let mut last: Option<(f64, f64, Instant)> = None;
        let (x, y) = self.wait(&format!("{id} to rest on the map"), |state| {
            let point = state.point(id)?;
            match last {
                Some((x, y, since)) if (point.x - x).hypot(point.y - y) < 0.5 => {
                    (since.elapsed() > REST).then_some((x, y))
                }
                _ => {
                    last = Some((point.x, point.y, Instant::now()));
                    None
                }
            }
        });
        self.on_screen((x, y))
    }
}

impl Drop for Tunescape {
    fn drop(&mut self) {
        // Before the program goes, and its window with it.
        if thread::panicking() {
            self.display.keep_failure();
        }
    }
}

/// The point farthest from all others among those that are ready and not in `excluded_ids`, so that a click hits no other.
pub fn most_isolated<'a>(state: &'a State, excluded_ids: &[&str]) -> Option<&'a Point> {
    let alone = |point: &Point| {
        let others = state.points.iter().filter(|other| other.id != point.id);
        others
            .map(|other| (other.x - point.x).hypot(other.y - point.y))
            .fold(f64::MAX, f64::min)
    };
    let ready = state
        .points
        .iter()
        .filter(|point| point.ready && !point.empty && !excluded_ids.contains(&point.id.as_str()));
    ready.max_by(|a, b| alone(a).total_cmp(&alone(b)))
}

/// All MIDI files of a folder, sorted.
pub fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        // A file under way has another name.
        .filter(|path| path.extension().is_some_and(|end| end == "mid"))
        .collect();
    files.sort();
    files
}

/// Whether a recording is one of this melody, in a sentence either way.
fn judge(recorded: &[f32], playing: &Playing) -> Result<String, String> {
    let expected = playing.expected();
    let loudness = pitch::loudness(recorded);
    if loudness <= -50.0 {
        return Err(format!("{} is too soft: {loudness:.1} dB", playing.id));
    }
    let mut praise = format!("{}: {loudness:.1} dB", playing.id);
    if let Some(pitches) = pitch::level_above_unplayed(recorded, &expected) {
        let (weakest, level_db) = pitches[0];
        if level_db <= 10.0 {
            return Err(format!(
                "pitch {weakest} of {} is not heard: {pitches:?}",
                playing.id
            ));
        }
        praise += &format!(", weakest pitch {weakest} stands out by {level_db:.0} dB");
    }
    match pitch::best_shift(recorded, &expected, playing.length()) {
        0 => Ok(praise),
        shift => Err(format!(
            "{} sounds {shift} semitones off or is another melody",
            playing.id
        )),
    }
}

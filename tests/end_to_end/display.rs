//! A virtual display: Xvfb, with xdotool for input, xclip for the clipboard and ImageMagick for screenshots.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::tools::{Running, run, wait_for};

/// What [`Display`] runs.
pub const TOOLS: [&str; 4] = ["Xvfb", "xdotool", "xclip", "import"];

/// Width and height of the screen, in pixels.
pub const SCREEN: (u32, u32) = (1440, 900);

/// An X server of our own on a free display number.
pub struct Display {
    name: String,
    folder: PathBuf,
    _server: Running,
}

impl Display {
    /// Starts the server and waits until it takes connections.
    pub fn start(folder: &Path) -> Display {
        let screen = format!("{}x{}x24", SCREEN.0, SCREEN.1);
        let mut server = Running::start(Path::new("Xvfb"), folder, |xvfb| {
            xvfb.args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                &screen,
                "-nolisten",
                "tcp",
                "-noreset",
            ]);
            xvfb.stdout(Stdio::piped());
        });
        // Xvfb writes the number it found once it is ready.
        let mut number = String::new();
        if let Some(output) = server.take_output() {
            BufReader::new(output)
                .read_line(&mut number)
                .expect("Xvfb tells its display number");
        }
        assert!(
            !number.trim().is_empty(),
            "Xvfb did not start: {}",
            server.words()
        );
        Display {
            name: format!(":{}", number.trim()),
            folder: folder.to_owned(),
            _server: server,
        }
    }

    /// Points a program to this display and away from the user's own.
    pub fn set_env(&self, command: &mut Command) {
        command
            .env("DISPLAY", &self.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET");
    }

    /// Waits for a window whose title contains `title`, gives it the keyboard and returns its place, in pixels.
    pub fn window(&self, title: &str, limit: Duration) -> Window {
        let id = wait_for(&format!("a window called {title}"), limit, || {
            let mut search = self.command("xdotool");
            let found = search
                .args(["search", "--onlyvisible", "--name", title])
                .output()
                .ok()?;
            Some(
                String::from_utf8_lossy(&found.stdout)
                    .lines()
                    .last()?
                    .to_owned(),
            )
        });
        // Without a window manager the window does not receive the keyboard focus.
        self.xdotool(&["windowfocus", "--sync", &id]);
        let geometry = self.xdotool(&["getwindowgeometry", "--shell", &id]);
        let value = |key: &str| {
            let line = geometry
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.and_then(|number| number.parse().ok()).unwrap_or(0.0)
        };
        Window {
            left: value("X"),
            top: value("Y"),
            width: value("WIDTH"),
            height: value("HEIGHT"),
        }
    }

    /// Presses and lets go of the left button, `x` and `y` in pixels of the screen.
    pub fn click(&self, x: f64, y: f64) {
        self.move_to(x, y);
        self.xdotool(&["mousedown", "1"]);
        thread::sleep(Duration::from_millis(60));
        self.xdotool(&["mouseup", "1"]);
    }

    /// A click with the control key held.
    pub fn control_click(&self, x: f64, y: f64) {
        self.xdotool(&["keydown", "ctrl"]);
        self.click(x, y);
        self.xdotool(&["keyup", "ctrl"]);
    }

    /// Presses and lets go of the right button.
    pub fn right_click(&self, x: f64, y: f64) {
        self.move_to(x, y);
        self.xdotool(&["mousedown", "3"]);
        thread::sleep(Duration::from_millis(60));
        self.xdotool(&["mouseup", "3"]);
    }

    /// Turns the wheel away from the user, by so many notches.
    pub fn wheel_up(&self, notches: u32) {
        let notches = notches.to_string();
        self.xdotool(&["click", "--repeat", &notches, "--delay", "120", "4"]);
    }

    /// Presses the left button here and moves there in a dozen moves, without letting go.
    pub fn hold(&self, from: (f64, f64), to: (f64, f64)) {
        self.move_to(from.0, from.1);
        self.xdotool(&["mousedown", "1"]);
        for step in 1..=12 {
            let part = f64::from(step) / 12.0;
            self.move_to(
                from.0 + part * (to.0 - from.0),
                from.1 + part * (to.1 - from.1),
            );
        }
    }

    /// Lets go of the left button.
    pub fn let_go(&self) {
        self.xdotool(&["mouseup", "1"]);
    }

    /// Drags with the left button, in a dozen moves as a hand would.
    pub fn drag(&self, from: (f64, f64), to: (f64, f64)) {
        self.hold(from, to);
        self.let_go();
    }

    /// Presses the left button, moves through these places and lets go.
    pub fn trace(&self, line: &[(f64, f64)]) {
        let Some(((x, y), rest)) = line.split_first() else {
            return;
        };
        self.move_to(*x, *y);
        self.xdotool(&["mousedown", "1"]);
        for (x, y) in rest {
            self.move_to(*x, *y);
        }
        self.xdotool(&["mouseup", "1"]);
    }

    /// Types a text.
    pub fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "60", text]);
    }

    /// Presses a key or chord by its X name, such as `space` or `ctrl+e`.
    pub fn key(&self, chord: &str) {
        self.xdotool(&["key", "--delay", "60", chord]);
    }

    /// Moves the pointer and lets the window notice.
    pub fn move_to(&self, x: f64, y: f64) {
        self.xdotool(&["mousemove", &format!("{x:.0}"), &format!("{y:.0}")]);
        thread::sleep(Duration::from_millis(50));
    }

    /// Keeps what the screen shows when a test fails, if it can.
    pub fn keep_failure(&self) {
        let file = self.folder.join("failed.png");
        let _ = self
            .command("import")
            .args(["-window", "root"])
            .arg(file)
            .output();
    }

    /// Keeps what the screen shows as `<name>.png` and returns how many different colours it has.
    pub fn screenshot(&self, name: &str) -> usize {
        // What the program has drawn is on the screen a little later.
        thread::sleep(Duration::from_secs(1));
        let file = self.folder.join(format!("{name}.png"));
        run(self.command("import").args(["-window", "root"]).arg(&file));
        let colours = run(self.command("identify").args(["-format", "%k"]).arg(&file));
        colours.parse().expect("ImageMagick counts colours")
    }

    /// The text on the clipboard, as another program gets it; `None` if there is none.
    pub fn clipboard(&self) -> Option<String> {
        let mut xclip = self.command("xclip");
        let read = xclip.args(["-o", "-selection", "clipboard"]).output();
        let read = read.expect("xclip can be started");
        let text = String::from_utf8(read.stdout).expect("a text is UTF-8");
        read.status.success().then_some(text)
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        run(self.command("xdotool").args(arguments))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.set_env(&mut command);
        command
    }
}

/// Where a window stands on the screen, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

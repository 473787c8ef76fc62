//! A window that gets random input, and what is counted of it.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eframe::egui;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tunescape::session::library::MelodyIdentity;
use tunescape::sweep::SweepConfig;
use tunescape::ui::{
    ChosenPath, Command, DialogAnswer, DialogGuard, DialogRequest, FileDialogs, ScriptedDialogs,
    Settings, SteerCommand, WindowDialogs,
};

use crate::inputs::Input;
use crate::kept::{KeptLedger, undone_by};
use crate::tune::tune;
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};
use crate::{checks, coverage, take_panics};

const SAMPLES: u32 = 2;
/// Most melodies of a sweep that is asked for by random input.
const MAX_MELODIES: u64 = 400;
/// Most melodies of a steer or an exploration.
const MAX_COUNT: u32 = 12;
/// Inputs that are told of a fault.
const TOLD: usize = 40;
/// Frames between two looks at all that is drawn.
const FRAMES_PER_LOOK: u64 = 12;
/// Frames between two waits for the library of kept melodies.
const FRAMES_PER_WAIT: u64 = 64;

/// Who answers what is asked for files.
#[derive(Clone, Copy, Debug)]
pub enum Dialogs {
    /// The window, by what is typed and clicked.
    InWindow,
    /// A folder, without asking.
    Scripted,
}

/// The dialogs of the window, of which only what lies in one folder is taken: files elsewhere stay as they are.
struct Guarded {
    window: WindowDialogs,
    root: PathBuf,
    open: Arc<AtomicBool>,
}

impl FileDialogs for Guarded {
    fn ask(&self, request: &DialogRequest, guard: DialogGuard) -> DialogAnswer {
        self.open.store(true, Ordering::SeqCst);
        let answer = FileDialogs::ask(&self.window, request, guard);
        self.open.store(false, Ordering::SeqCst);
        match answer {
            DialogAnswer::Chosen(ChosenPath { ref path, .. }) if path.starts_with(&self.root) => {
                answer
            }
            _ => DialogAnswer::Cancelled,
        }
    }

    fn window_dialogs(&self) -> Option<&WindowDialogs> {
        Some(&self.window)
    }
}

/// What was fed.
#[derive(Clone, Default)]
pub struct Figures {
    pub inputs: u64,
    pub commands: u64,
    pub frames: u64,
    pub looks: u64,
    pub kept: u64,
    pub removed: u64,
    pub undone: u64,
    pub played: u64,
    /// Names of the commands.
    pub sent: BTreeSet<String>,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        self.inputs += other.inputs;
        self.commands += other.commands;
        self.frames += other.frames;
        self.looks += other.looks;
        self.kept += other.kept;
        self.removed += other.removed;
        self.undone += other.undone;
        self.played += other.played;
        self.sent.extend(other.sent.iter().cloned());
    }

    /// Fails if whole parts of the window were not reached, so that the checks would have had nothing to find.
    pub fn assert_broad(&self) {
        if self.inputs >= 10_000 {
            let reached = [
                self.kept,
                self.removed,
                self.undone,
                self.played,
                self.looks,
            ];
            assert!(
                reached.iter().all(|count| *count > 100),
                "too little was reached: {self}"
            );
            let never = coverage::never_sent(&self.sent);
            assert!(never.is_empty(), "commands that were never sent: {never:?}");
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} inputs ({} of them commands without a frame of their own), {} full frames, {} looks at all that is drawn, \
             {} melodies kept, {} removed, {} brought back by undo, {} played",
            self.inputs,
            self.commands,
            self.frames,
            self.looks,
            self.kept,
            self.removed,
            self.undone,
            self.played
        )
    }
}

/// A window, the random numbers of its input, and what is expected of it.
pub struct RandomWindow {
    pub window: Window,
    pub rng: ChaCha8Rng,
    /// Whether a file dialog is open.
    dialog_open: Arc<AtomicBool>,
    kept: KeptLedger,
    last: VecDeque<String>,
    figures: Figures,
    place: String,
    now: f64,
}

impl RandomWindow {
    pub fn open(dialogs: Dialogs, seed: u64, number: u64) -> Self {
        let mut setup = Setup::new(FakeModel::busy(), SAMPLES);
        // Deep down, so that the dialogs show other folders of this machine seldom.
        let root = setup.folder.path().join("music/melodies/tunes/found");
        std::fs::create_dir_all(&root).unwrap();
        for folder in [setup.folder.path(), &root] {
            std::fs::write(folder.join("song.mid"), tune("Tune")).unwrap();
        }
        let text = root.to_str().unwrap().to_owned();
        setup.settings = Settings {
            export_folder: Some(text.clone()),
            open_folder: Some(text),
            ..Settings::default()
        };
        let dialog_open = Arc::new(AtomicBool::new(false));
        let open = Arc::clone(&dialog_open);
        let make = move |ctx: &egui::Context| -> Arc<dyn FileDialogs> {
            match dialogs {
                Dialogs::Scripted => Arc::new(ScriptedDialogs { path: root }),
                Dialogs::InWindow => Arc::new(Guarded {
                    window: WindowDialogs::new(ctx),
                    root,
                    open,
                }),
            }
        };
        let mut window = setup.open_asking(make);
        // Anything may be typed, also what no font of this machine has.
        window
            .harness
            .ctx
            .set_missing_glyph_policy(egui::MissingGlyphPolicy::Tofu);
        window.run_until_swept();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number);
        let now = window.harness.ctx.input(|input| input.time);
        Self {
            window,
            rng,
            dialog_open,
            kept: KeptLedger::default(),
            last: VecDeque::new(),
            figures: Figures::default(),
            place: format!("{dialogs:?}, seed {seed}, window {number}"),
            now,
        }
    }

    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    pub fn folder(&self) -> &Path {
        self.window.folder.path()
    }

    pub fn dialog_is_open(&self) -> bool {
        self.dialog_open.load(Ordering::SeqCst)
    }

    /// A number from 0 to below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end.max(1))
    }

    /// True once in `of` times.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// Feeds so many inputs. A fault or a panic names the last ones.
    pub fn feed(&mut self, inputs: u64) {
        let fed = catch_unwind(AssertUnwindSafe(|| {
            while self.figures.inputs < inputs {
                self.batch();
            }
            self.wait_for_kept();
        }));
        self.figures.played = self.window.recorder.lock().unwrap().played.len() as u64;
        (self.figures.kept, self.figures.removed) = self.kept.counts();
        if let Err(panic) = fed {
            eprintln!(
                "{}: a fault after {} inputs; the last {}:",
                self.place,
                self.figures.inputs,
                self.last.len()
            );
            for input in &self.last {
                eprintln!("    {input}");
            }
            resume_unwind(panic);
        }
    }

    /// A few inputs that arrive in one frame, as on a busy machine, and the checks after it.
    fn batch(&mut self) {
        let count = [1, 2, 3, 4, 6, 8][self.below(6)];
        for _ in 0..count {
            let input = Input::random(self);
            if self.last.len() == TOLD {
                self.last.pop_front();
            }
            self.last.push_back(input.to_string());
            self.figures.inputs += 1;
            if let Some(command) = input.command() {
                self.figures.commands += 1;
                self.figures.sent.insert(coverage::name(command));
            }
            input.give(self);
            self.check_state();
        }
        self.turn_clock();
        self.frame();
        if self.figures.frames.is_multiple_of(FRAMES_PER_LOOK) {
            self.look();
        }
        if self.figures.frames.is_multiple_of(FRAMES_PER_WAIT) {
            self.wait_for_kept();
        }
    }

    /// One frame, and what must be so after it.
    pub fn frame(&mut self) {
        self.now += [0.016, 0.016, 0.05, 0.4][self.below(4)];
        self.window.harness.input_mut().time = Some(self.now);
        self.window.harness.step();
        self.figures.frames += 1;
        self.limit_work();
        self.check_state();
        let panics = take_panics();
        assert!(panics.is_empty(), "panics: {panics:#?}");
    }

    fn check_state(&mut self) {
        let state = self.window.harness.state().state();
        checks::state(state);
        self.kept.observe(state);
        if let Some(removed) = self.kept.removed(state)
            && self.once_in(2)
        {
            self.undo_removal(&removed);
        }
    }

    /// Undoes the removal of a kept melody: it is there again, under the number it had.
    fn undo_removal(&mut self, removed: &MelodyIdentity) {
        let number = |window: &Self| {
            let state = window.window.harness.state().state();
            let mut kept = state.kept_melodies.iter();
            kept.find(|kept| kept.stored.identity == *removed)
                .map(|kept| kept.number)
        };
        let before = number(self);
        self.wait_for_kept();
        // What else was waiting for a frame may have been done meanwhile.
        if undone_by(self.window.harness.state().state()).as_ref() != Some(removed) {
            return;
        }
        assert_eq!(number(self), None, "a removed melody is still kept");
        self.window.harness.state_mut().command(Command::Undo);
        self.kept.observe(self.window.harness.state().state());
        let changes = self.kept.changes();
        self.wait_for_kept();
        // A key that was waiting for a frame may have kept or removed it again, or undone the step before.
        if self.kept.changes() != changes {
            return;
        }
        let after = number(self);
        assert!(after.is_some(), "undo did not bring {removed:?} back");
        if before.is_some() {
            assert_eq!(after, before, "undo brought a melody back as another one");
        }
        self.figures.undone += 1;
    }

    /// Waits until the library shows what was kept and removed: nothing more and nothing less.
    fn wait_for_kept(&mut self) {
        for _ in 0..2_000 {
            if self
                .kept
                .is_as_expected(self.window.harness.state().state())
            {
                return;
            }
            self.window.harness.step();
            self.kept.observe(self.window.harness.state().state());
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!(
            "{}",
            self.kept.difference(self.window.harness.state().state())
        );
    }

    /// Looks at all that is drawn. What the last inputs and threads have changed is drawn after a frame or two, and cards take up to
    /// 200 ms, twelve frames, to fade in and out.
    fn look(&mut self) {
        let mut faults = Vec::new();
        for _ in 0..16 {
            self.frame();
            faults = checks::drawn(&self.window.harness);
            if faults.is_empty() {
                break;
            }
        }
        self.figures.looks += 1;
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// Turns the clock of the player, and sometimes lets the melody before sound on for a while.
    fn turn_clock(&mut self) {
        let (by, holds) = (self.rng.random_range(0.0..3.0), self.rng.random_bool(0.1));
        let mut recorded = self.window.recorder.lock().unwrap();
        recorded.step = (recorded.step + by) % 512.0;
        let before = recorded.played.iter().rev().nth(1).map(|(_, tag, _)| *tag);
        recorded.held_tag = before.filter(|_| holds && recorded.playing);
    }

    /// Keeps what random input asks for within seconds.
    fn limit_work(&mut self) {
        let app = self.window.harness.state_mut();
        let form = &app.state().sweep.form;
        if form.melodies() > MAX_MELODIES {
            let form = SweepConfig {
                regions: 20,
                samples: SAMPLES,
                ..form.clone()
            };
            app.command(Command::SetSweep(form));
        }
        if app.state().settings.steer_count > MAX_COUNT {
            app.command(Command::Steer(SteerCommand::SetCount(MAX_COUNT)));
        }
        if app.state().generate.count > MAX_COUNT {
            let set = tunescape::ui::GenerateCommand::SetCount(MAX_COUNT);
            app.command(Command::Generate(set));
        }
    }
}

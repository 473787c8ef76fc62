//! A window that gets random input, and statistics of the input.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
use crate::kept::{KeptLedger, melody_restored_by_undo};
use crate::tune::tune;
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};
use crate::{checks, coverage, take_panics};

const SAMPLES: u32 = 2;
/// Maximum number of melodies of a sweep; random input may ask for more.
const MAX_MELODIES: u64 = 400;
/// Maximum number of melodies of a steer or an exploration.
const MAX_COUNT: u32 = 12;
/// Number of inputs before a fault that are printed.
const REPORTED_INPUTS: usize = 40;
/// Frames between two checks of everything that is drawn.
const FRAMES_PER_CHECK: u64 = 12;
/// Frames between two waits for the library of kept melodies.
const FRAMES_PER_WAIT: u64 = 64;

/// What answers file dialogs.
#[derive(Clone, Copy, Debug)]
pub enum Dialogs {
    /// The random input: the window draws the dialogs.
    InWindow,
    /// A fixed folder.
    Scripted,
}

/// The dialogs of the window, which only accept paths in one folder: files elsewhere are not touched.
struct RestrictedDialogs {
    window: WindowDialogs,
    root: PathBuf,
    /// Number of threads that wait for an answer: more than one, if one has not ended yet when the next dialog opens.
    asking_threads: Arc<AtomicUsize>,
}

impl FileDialogs for RestrictedDialogs {
    fn ask(&self, request: &DialogRequest, guard: DialogGuard) -> DialogAnswer {
        self.asking_threads.fetch_add(1, Ordering::SeqCst);
        let answer = FileDialogs::ask(&self.window, request, guard);
        self.asking_threads.fetch_sub(1, Ordering::SeqCst);
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

/// Statistics of the input.
#[derive(Clone, Default)]
pub struct Figures {
    pub inputs: u64,
    pub commands: u64,
    pub frames: u64,
    pub frame_checks: u64,
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
        self.frame_checks += other.frame_checks;
        self.kept += other.kept;
        self.removed += other.removed;
        self.undone += other.undone;
        self.played += other.played;
        self.sent.extend(other.sent.iter().cloned());
    }

    /// Fails if parts of the window were not reached, as the checks say nothing about these.
    pub fn assert_coverage(&self) {
        if self.inputs >= 10_000 {
            let reached = [
                self.kept,
                self.removed,
                self.undone,
                self.played,
                self.frame_checks,
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
            self.frame_checks,
            self.kept,
            self.removed,
            self.undone,
            self.played
        )
    }
}

/// A window, the random generator of its input, and the expected kept melodies.
pub struct RandomWindow {
    pub window: Window,
    pub rng: ChaCha8Rng,
    /// Threads that ask for files.
    asking_threads: Arc<AtomicUsize>,
    kept: KeptLedger,
    last_inputs: VecDeque<String>,
    figures: Figures,
    window_name: String,
    now: f64,
}

impl RandomWindow {
    pub fn open(dialogs: Dialogs, seed: u64, number: u64) -> Self {
        let mut setup = Setup::new(FakeModel::busy(), SAMPLES);
        // Deeply nested, so that the dialogs seldom reach other folders of this machine.
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
        let asking_threads = Arc::new(AtomicUsize::new(0));
        let dialog_threads = Arc::clone(&asking_threads);
        let make_dialogs = move |ctx: &egui::Context| -> Arc<dyn FileDialogs> {
            match dialogs {
                Dialogs::Scripted => Arc::new(ScriptedDialogs { path: root }),
                Dialogs::InWindow => Arc::new(RestrictedDialogs {
                    window: WindowDialogs::new(ctx),
                    root,
                    asking_threads: dialog_threads,
                }),
            }
        };
        let mut window = setup.open_with_dialogs(make_dialogs);
        // Random texts may have characters that no font of this machine has.
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
            asking_threads,
            kept: KeptLedger::default(),
            last_inputs: VecDeque::new(),
            figures: Figures::default(),
            window_name: format!("{dialogs:?}, seed {seed}, window {number}"),
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
        self.asking_threads.load(Ordering::SeqCst) > 0
    }

    /// A number from 0 to below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.rng.random_range(0..end.max(1))
    }

    /// True once in `times` calls, on average.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Feeds inputs until there are this many since the window was opened. At a fault or a panic the last ones are printed.
    pub fn feed(&mut self, inputs: u64) {
        let result = catch_unwind(AssertUnwindSafe(|| {
            while self.figures.inputs < inputs {
                self.feed_batch();
            }
            self.wait_for_kept();
        }));
        self.figures.played = self.window.recorder.lock().unwrap().played.len() as u64;
        (self.figures.kept, self.figures.removed) = self.kept.counts();
        if let Err(panic) = result {
            eprintln!(
                "{}: a fault after {} inputs; the last {}:",
                self.window_name,
                self.figures.inputs,
                self.last_inputs.len()
            );
            for input in &self.last_inputs {
                eprintln!("    {input}");
            }
            resume_unwind(panic);
        }
    }

    /// Feeds a few inputs that arrive in one frame, as on a busy machine, and checks the window.
    fn feed_batch(&mut self) {
        let count = [1, 2, 3, 4, 6, 8][self.below(6)];
        for _ in 0..count {
            let input = Input::random(self);
            if self.last_inputs.len() == REPORTED_INPUTS {
                self.last_inputs.pop_front();
            }
            self.last_inputs.push_back(input.to_string());
            self.figures.inputs += 1;
            if let Some(command) = input.command() {
                self.figures.commands += 1;
                self.figures.sent.insert(coverage::name(command));
            }
            input.send_to(self);
            self.check_state();
        }
        self.move_playhead();
        self.frame();
        if self.figures.frames.is_multiple_of(FRAMES_PER_CHECK) {
            self.check_frame();
        }
        if self.figures.frames.is_multiple_of(FRAMES_PER_WAIT) {
            self.wait_for_kept();
        }
    }

    /// Runs one frame, and checks the state.
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
        checks::assert_state(state);
        self.kept.observe(state);
        if let Some(removed) = self.kept.newly_removed(state)
            && self.once_in(2)
        {
            self.undo_removal(&removed);
        }
    }

    /// Undoes the removal of a kept melody, and checks that it is kept again under the same number.
    fn undo_removal(&mut self, removed: &MelodyIdentity) {
        let number = |window: &Self| {
            let state = window.window.harness.state().state();
            let mut kept = state.kept_melodies.iter();
            kept.find(|kept| kept.stored.identity == *removed)
                .map(|kept| kept.number)
        };
        let before = number(self);
        self.wait_for_kept();
        // Other input may have been executed while frames ran.
        if melody_restored_by_undo(self.window.harness.state().state()).as_ref() != Some(removed) {
            return;
        }
        assert_eq!(number(self), None, "a removed melody is still kept");
        self.window.harness.state_mut().command(Command::Undo);
        self.kept.observe(self.window.harness.state().state());
        let changes = self.kept.changes();
        self.wait_for_kept();
        // A key may have kept or removed the melody again, or undone the step before, while frames ran.
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

    /// Waits until exactly the expected melodies are kept.
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

    /// Checks everything that is drawn, repeatedly for up to sixteen frames: the last changes are drawn after a frame or two, and
    /// cards take up to 200 ms, twelve frames, to fade in and out.
    fn check_frame(&mut self) {
        let mut faults = Vec::new();
        for _ in 0..16 {
            self.frame();
            faults = checks::frame_faults(&self.window.harness);
            if faults.is_empty() {
                break;
            }
        }
        self.figures.frame_checks += 1;
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// Moves the playhead, and sometimes lets the previous melody sound until the next call.
    fn move_playhead(&mut self) {
        let (steps, holds_previous) = (self.rng.random_range(0.0..3.0), self.rng.random_bool(0.1));
        let mut recorded = self.window.recorder.lock().unwrap();
        recorded.step = (recorded.step + steps) % 512.0;
        let previous = recorded.played.iter().rev().nth(1).map(|(_, tag, _)| *tag);
        recorded.held_tag = previous.filter(|_| holds_previous && recorded.playing);
    }

    /// Limits the sizes of sweeps, steers and explorations, so that each takes only seconds.
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

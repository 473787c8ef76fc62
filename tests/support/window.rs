//! A window on an egui test harness, with a player that records instead of playing.

#[path = "fake_model.rs"]
pub mod fake_model;

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui::{self, Key, Modifiers, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tempfile::TempDir;
use tunescape::melody::{Backing, Feel, Melody};
use tunescape::model::MelodyModel as _;
use tunescape::playback::input::{InputMessage, OscSettings, OscState};
use tunescape::playback::{
    LaunchQuantization, MetronomeAndClock, MidiPatch, OscSelection, OutputChoice, OutputState,
    Playhead, SoundChoice, SoundDeviceSettings, StartPosition,
};
use tunescape::sweep::{LayoutKind, MelodyId, SweepConfig};
use tunescape::ui::{
    App, AppOptions, AppState, Command, FileDialogs, MelodyPlayer, ScriptedDialogs, SessionOptions,
    Settings,
};
use tunescape::worker::{LibraryLocation, ModelInfo, ModelOpener, OpenedModel};

use fake_model::FakeModel;

/// Number of regions of the window's first sweep.
pub const REGIONS: u32 = 20;

/// The calls that a [`RecordingPlayer`] received, and its playhead, which the test sets.
#[derive(Default)]
pub struct Recording {
    /// The melodies that were to be played, with their tags and start positions.
    pub played: Vec<(Arc<Melody>, u64, Option<StartPosition>)>,
    pub playing: bool,
    /// Position of the playhead, in steps.
    pub step: f64,
    /// Tag of a melody that still plays although others were requested since: a swap waits for the next sixteenth.
    pub held_tag: Option<u64>,
    pub output: Option<OutputChoice>,
    /// Channel, program and bank that were last chosen.
    pub patch: MidiPatch,
    /// Sound of the built-in synth, and its device.
    pub sound: SoundChoice,
    pub sound_device: SoundDeviceSettings,
    pub input_choice: Option<String>,
    pub follows_clock: bool,
    /// Messages that wait at the MIDI input.
    pub input: Vec<InputMessage>,
    /// Ports of OSC that were last chosen, and their state, which the test sets.
    pub osc: OscSettings,
    pub osc_state: OscState,
    /// The selections that were sent to other programs.
    pub selections: Vec<Option<OscSelection>>,
    pub feel: Feel,
    pub chords: Option<Arc<Backing>>,
    pub launch: LaunchQuantization,
    pub metronome_and_clock: MetronomeAndClock,
    pub offset: i32,
    pub follows_transport: bool,
    pub tempo: f64,
    pub panics: usize,
    /// Messages of the player that were not taken yet.
    pub notices: Vec<String>,
    /// The message why the output is lost; `None` while it works.
    pub lost: Option<String>,
}

/// A player that only records its calls.
#[derive(Clone, Default)]
pub struct RecordingPlayer(Arc<Mutex<Recording>>);

impl Deref for RecordingPlayer {
    type Target = Mutex<Recording>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl RecordingPlayer {
    fn record(&self, melody: Arc<Melody>, tag: u64, start: Option<StartPosition>) {
        let mut recording = self.lock().unwrap();
        recording.played.push((melody, tag, start));
        recording.playing = true;
    }
}

impl MelodyPlayer for RecordingPlayer {
    fn play(&mut self, melody: Arc<Melody>, tag: u64) {
        self.record(melody, tag, None);
    }
    fn play_from(&mut self, melody: Arc<Melody>, tag: u64, start: StartPosition) {
        self.record(melody, tag, Some(start));
    }
    fn stop(&mut self) {
        self.lock().unwrap().playing = false;
    }
    fn set_tempo(&mut self, bpm: f64) {
        self.lock().unwrap().tempo = bpm;
    }
    fn set_feel(&mut self, feel: Feel) {
        self.lock().unwrap().feel = feel;
    }
    fn set_chords(&mut self, backing: Option<Arc<Backing>>) {
        self.lock().unwrap().chords = backing;
    }
    fn set_launch(&mut self, launch: LaunchQuantization) {
        self.lock().unwrap().launch = launch;
    }
    fn set_metronome_and_clock(&mut self, options: MetronomeAndClock) {
        self.lock().unwrap().metronome_and_clock = options;
    }
    fn set_looping(&mut self, _looping: bool) {}
    fn set_volume(&mut self, _volume: f32) {}
    fn set_output(&mut self, output: OutputChoice) {
        self.lock().unwrap().output = Some(output);
    }
    fn set_midi_patch(&mut self, patch: MidiPatch) {
        self.lock().unwrap().patch = patch;
    }
    fn set_sound(&mut self, sound: &SoundChoice) {
        self.lock().unwrap().sound = sound.clone();
    }
    fn set_sound_device(&mut self, device: SoundDeviceSettings) {
        self.lock().unwrap().sound_device = device;
    }
    fn set_offset(&mut self, milliseconds: i32) {
        self.lock().unwrap().offset = milliseconds;
    }
    fn set_input(&mut self, choice: Option<String>) {
        self.lock().unwrap().input_choice = choice;
    }
    fn set_follow_clock(&mut self, follow: bool) {
        self.lock().unwrap().follows_clock = follow;
    }
    fn set_follow_transport(&mut self, follow: bool) {
        self.lock().unwrap().follows_transport = follow;
    }
    fn set_osc(&mut self, settings: OscSettings) {
        self.lock().unwrap().osc = settings;
    }
    fn osc_state(&self) -> OscState {
        self.lock().unwrap().osc_state.clone()
    }
    fn send_selection(&mut self, selection: Option<OscSelection>) {
        self.lock().unwrap().selections.push(selection);
    }
    fn take_input(&mut self) -> Vec<InputMessage> {
        std::mem::take(&mut self.lock().unwrap().input)
    }
    fn input_ports(&self) -> Vec<String> {
        vec!["Keyboard".to_owned()]
    }
    fn panic(&mut self) {
        self.lock().unwrap().panics += 1;
    }
    fn test_note(&mut self) {}
    fn playhead(&self) -> Playhead {
        let recording = self.lock().unwrap();
        if !recording.playing {
            return Playhead::default();
        }
        let last_tag = recording.played.last().map(|(_, tag, _)| *tag);
        Playhead {
            playing: true,
            tag: recording.held_tag.or(last_tag),
            step: recording.step,
            ..Playhead::default()
        }
    }
    fn output_state(&self) -> OutputState {
        let recording = self.lock().unwrap();
        OutputState {
            choice: recording.output.clone().unwrap_or_default(),
            connected: recording.lost.is_none(),
            message: recording.lost.clone(),
            ..OutputState::default()
        }
    }
    fn ports(&self) -> Vec<String> {
        vec!["Grand Piano".to_owned()]
    }
    fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lock().unwrap().notices)
    }
}

/// Settings of a test window.
pub struct Setup {
    /// The model that is opened, whatever file is asked for.
    pub model: FakeModel,
    /// The player; `None` for a [`RecordingPlayer`].
    pub player: Option<Box<dyn MelodyPlayer>>,
    pub settings: Settings,
    /// Samples of each region.
    pub samples: u32,
    /// A temporary folder that exists as long as the window.
    pub folder: TempDir,
    /// The path that every file dialog returns.
    pub export_to: PathBuf,
    pub library: LibraryLocation,
    /// Kept melodies in the settings of an earlier version.
    pub legacy_kept: Option<String>,
    /// The file of the model that is opened first; without it the program's own.
    pub first_model: Option<PathBuf>,
    /// File to open as the program's argument.
    pub first_file: Option<PathBuf>,
    /// The session file; without it there is none.
    pub session: Option<SessionOptions>,
}

impl Setup {
    /// A window with default settings, which exports into its temporary folder and has its library in memory.
    pub fn new(model: FakeModel, samples: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            model,
            player: None,
            settings: Settings::default(),
            samples,
            export_to: folder.path().join("exported"),
            folder,
            library: LibraryLocation::Memory,
            legacy_kept: None,
            first_model: None,
            first_file: None,
            session: None,
        }
    }

    pub fn open(self) -> Window {
        let path = self.export_to.clone();
        self.open_with_dialogs(|_| Arc::new(ScriptedDialogs { path }))
    }

    /// Opens a window with these file dialogs.
    pub fn open_with_dialogs(
        self,
        dialogs: impl FnOnce(&egui::Context) -> Arc<dyn FileDialogs> + 'static,
    ) -> Window {
        let recorder = RecordingPlayer::default();
        let recording = recorder.clone();
        let (samples, folder) = (self.samples, self.folder);
        let harness = Harness::builder()
            .with_size([1440.0, 900.0])
            .build_eframe(move |creation| {
                let mut app = App::new(
                    &creation.egui_ctx,
                    AppOptions {
                        settings: self.settings,
                        opener: opener(self.model),
                        player: self.player.unwrap_or_else(|| Box::new(recording)),
                        dialogs: dialogs(&creation.egui_ctx),
                        model: self.first_model,
                        file: self.first_file,
                        library: self.library,
                        legacy_kept: self.legacy_kept,
                        session: self.session,
                    },
                );
                app.command(Command::SetSweep(SweepConfig {
                    regions: REGIONS,
                    samples,
                    ..SweepConfig::default()
                }));
                app
            });
        Window {
            harness,
            recorder,
            folder,
            samples,
        }
    }
}

/// Opens the fake model in place of any requested file that exists.
pub fn opener(model: FakeModel) -> ModelOpener {
    Box::new(move |request| {
        let requested_file = request.model.as_ref();
        if let Some(path) = requested_file.filter(|path| !path.exists()) {
            return Err(format!("{} is no model; choose another", path.display()));
        }
        Ok(OpenedModel {
            info: ModelInfo {
                name: "Toy model".to_owned(),
                // Each file name gives other weights.
                weights_hash: requested_file.map_or_else(
                    || model.weights_hash().to_owned(),
                    |path| format!("{:012x}", path.as_os_str().len()),
                ),
                device: model.device_name(),
                latent_size: model.latent_size(),
                steps: model.steps(),
                has_encoder: model.has_encoder(),
            },
            decoder: Box::new(model.clone()),
            devices: Vec::new(),
        })
    })
}

/// An open window, and the actions of its user.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub recorder: RecordingPlayer,
    pub folder: TempDir,
    samples: u32,
}

impl Window {
    /// Runs the window until its first sweep is decoded and laid out and nothing moves.
    pub fn swept(mut self) -> Self {
        self.run_until_swept();
        self.run_until_laid_out();
        self
    }

    pub fn state(&self) -> &AppState {
        self.harness.state().state()
    }

    pub fn focus(&self) -> Option<MelodyId> {
        self.state().selection.focus
    }

    /// The screen position of the centre of a region.
    pub fn region_position(&self, region: u32) -> Pos2 {
        let id = MelodyId::Centre { region };
        self.harness.state().map().position(id).unwrap()
    }

    pub fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    pub fn has_containing(&self, part: &str) -> bool {
        let mut nodes = self.harness.query_all_by_label_contains(part);
        nodes.next().is_some()
    }

    /// Number of melodies that were played so far.
    pub fn play_count(&self) -> usize {
        self.recorder.lock().unwrap().played.len()
    }

    pub fn is_playing(&self) -> bool {
        self.recorder.lock().unwrap().playing
    }

    pub fn command(&mut self, command: Command) {
        self.harness.state_mut().command(command);
        self.harness.run_steps(2);
    }

    pub fn select(&mut self, region: u32) -> MelodyId {
        let id = MelodyId::Centre { region };
        self.harness.state_mut().command(Command::Select(id));
        self.harness.run_steps(3);
        id
    }

    pub fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    /// Chooses a layout by its label, and waits until it is measured and the points are at rest.
    pub fn lay_out_by(&mut self, label: &str, kind: LayoutKind) {
        self.click(label);
        self.run_until("the other layout is there", |app| {
            let quality = app.state().layout.quality.as_ref();
            quality.is_some_and(|quality| quality.kind == kind) && !app.map().moving()
        });
    }

    pub fn click_at(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.harness.drag_at(at);
        self.harness.run_steps(1);
        self.harness.drop_at(at);
        self.harness.run_steps(3);
    }

    pub fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    /// Presses a key together with Ctrl, on a Mac with Command.
    pub fn press_ctrl(&mut self, key: Key) {
        self.harness.key_press_modifiers(Modifiers::COMMAND, key);
        self.harness.run_steps(3);
    }

    pub fn run_until(&mut self, what: &str, condition: impl Fn(&App) -> bool) {
        run_until(&mut self.harness, what, condition);
    }

    /// Runs frames until a notice contains this.
    pub fn run_until_notice(&mut self, part: &str) {
        self.run_until(&format!("a notice says \"{part}\""), |app| {
            has_notice(app.state(), part)
        });
    }

    /// Whether a notice contains this.
    pub fn has_notice(&self, part: &str) -> bool {
        has_notice(self.state(), part)
    }

    /// Runs frames until the window shows `count` kept melodies.
    pub fn run_until_kept(&mut self, count: usize) {
        self.run_until("the library tells of its melodies", |app| {
            app.state().kept_melodies.len() == count
        });
    }

    /// Runs frames until the sweep is decoded.
    pub fn run_until_swept(&mut self) {
        let melody_count = (REGIONS * (self.samples + 1)) as usize;
        self.run_until("the sweep is done", |app| {
            app.state().sweep.running.is_none()
                && app.state().melodies.decoded_count() == melody_count
        });
    }

    /// Runs frames until the map is laid out and measured, and its points are at rest.
    pub fn run_until_laid_out(&mut self) {
        self.run_until("the melodies are laid out and at rest", |app| {
            let layout = &app.state().layout;
            layout.layout_progress.is_none() && layout.quality.is_some() && !app.map().moving()
        });
    }
}

fn has_notice(state: &AppState, part: &str) -> bool {
    let mut notices = state.notices.iter();
    notices.any(|notice| notice.text.contains(part))
}

/// Runs frames until a condition holds; panics after two minutes. `what` describes the condition.
pub fn run_until(harness: &mut Harness<'_, App>, what: &str, condition: impl Fn(&App) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !condition(harness.state()) {
        if Instant::now() >= deadline {
            let notices = harness.state().state().notices.iter();
            let notices: Vec<&str> = notices.map(|notice| notice.text.as_str()).collect();
            panic!("waited in vain until {what}; notices: {notices:#?}");
        }
        harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(2));
    }
    harness.run_steps(3);
}

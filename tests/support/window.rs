//! A window on an egui test harness, with a player that records instead of playing.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui;
use egui_kittest::Harness;
use tunescape::melody::Melody;
use tunescape::model::MelodyModel;
use tunescape::playback::{Entry, MidiVoice, OutputChoice, OutputState, Playhead};
use tunescape::sweep::SweepConfig;
use tunescape::ui::{
    App, AppOptions, Command, FileDialogs, MelodyPlayer, ScriptedDialogs, Settings,
};
use tunescape::worker::{LibraryPlace, ModelInfo, Opened};

/// Number of regions of the window's first sweep.
pub const REGIONS: u32 = 20;

/// The calls that a [`RecordingPlayer`] received, and its playhead, which the test sets.
#[derive(Default)]
pub struct Recording {
    /// The melodies that were to be played, with their tags and entry points.
    pub played: Vec<(Arc<Melody>, u64, Option<Entry>)>,
    pub playing: bool,
    /// Position of the playhead, in steps.
    pub step: f64,
    /// Tag of a melody that plays on although others were requested since, as until the next sixteenth.
    pub held_tag: Option<u64>,
    pub output: Option<OutputChoice>,
    /// Channel, program and bank that were last chosen.
    pub voice: MidiVoice,
    pub panics: usize,
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
    fn record(&self, melody: Arc<Melody>, tag: u64, entry: Option<Entry>) {
        let mut recording = self.lock().unwrap();
        recording.played.push((melody, tag, entry));
        recording.playing = true;
    }
}

impl MelodyPlayer for RecordingPlayer {
    fn play(&mut self, melody: Arc<Melody>, tag: u64) {
        self.record(melody, tag, None);
    }
    fn play_from(&mut self, melody: Arc<Melody>, tag: u64, entry: Entry) {
        self.record(melody, tag, Some(entry));
    }
    fn stop(&mut self) {
        self.lock().unwrap().playing = false;
    }
    fn set_tempo(&mut self, _bpm: f64) {}
    fn set_looping(&mut self, _looping: bool) {}
    fn set_volume(&mut self, _volume: f32) {}
    fn set_output(&mut self, output: OutputChoice) {
        self.lock().unwrap().output = Some(output);
    }
    fn set_midi_voice(&mut self, voice: MidiVoice) {
        self.lock().unwrap().voice = voice;
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
        let last = recording.played.last().map(|(_, tag, _)| *tag);
        Playhead {
            playing: true,
            tag: recording.held_tag.or(last),
            step: recording.step,
            ..Playhead::default()
        }
    }
    fn output_state(&self) -> OutputState {
        OutputState {
            choice: self.lock().unwrap().output.clone().unwrap_or_default(),
            connected: true,
            message: None,
            latency: None,
        }
    }
    fn ports(&self) -> Vec<String> {
        vec!["Grand Piano".to_owned()]
    }
    fn take_notices(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Settings of a test window.
pub struct Setup<D> {
    /// The model that is opened, whatever file is asked for.
    pub model: D,
    pub player: Box<dyn MelodyPlayer>,
    pub settings: Settings,
    /// The path that every file dialog answers.
    pub export_to: PathBuf,
    /// Samples of each region.
    pub samples: u32,
}

impl<D: MelodyModel + Clone + 'static> Setup<D> {
    /// Opens a window whose library is in memory.
    pub fn open(self) -> Harness<'static, App> {
        self.open_with(LibraryPlace::Memory, None)
    }

    /// Opens a window with this library, and with kept melodies in the settings of an earlier version.
    pub fn open_with(
        self,
        library: LibraryPlace,
        earlier_kept: Option<String>,
    ) -> Harness<'static, App> {
        let path = self.export_to.clone();
        let dialogs = |_: &egui::Context| Arc::new(ScriptedDialogs { path }) as _;
        self.open_asking(library, earlier_kept, dialogs)
    }

    /// Opens a window with these file dialogs.
    pub fn open_asking(
        self,
        library: LibraryPlace,
        earlier_kept: Option<String>,
        dialogs: impl FnOnce(&egui::Context) -> Arc<dyn FileDialogs> + 'static,
    ) -> Harness<'static, App> {
        Harness::builder()
            .with_size([1440.0, 900.0])
            .build_eframe(move |creation| {
                let model = self.model;
                let mut app = App::new(
                    &creation.egui_ctx,
                    AppOptions {
                        settings: self.settings,
                        opener: Box::new(move |request| {
                            let wanted = request.model.as_ref();
                            if let Some(path) = wanted.filter(|path| !path.exists()) {
                                return Err(format!(
                                    "{} is no model; choose another",
                                    path.display()
                                ));
                            }
                            Ok(Opened {
                                info: ModelInfo {
                                    name: "Toy model".to_owned(),
                                    // Each file name gives other weights.
                                    weights_hash: wanted.map_or_else(
                                        || model.weights_hash().to_owned(),
                                        |path| format!("{:012x}", path.as_os_str().len()),
                                    ),
                                    device: model.device_name(),
                                    latent_size: model.latent_size(),
                                    steps: model.steps(),
                                },
                                decoder: Box::new(model.clone()),
                                devices: Vec::new(),
                            })
                        }),
                        player: self.player,
                        dialogs: dialogs(&creation.egui_ctx),
                        model: None,
                        library,
                        earlier_kept,
                    },
                );
                app.command(Command::SetSweep(SweepConfig {
                    regions: REGIONS,
                    samples: self.samples,
                    ..SweepConfig::default()
                }));
                app
            })
    }
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

/// Runs frames until the window shows `count` kept melodies.
pub fn run_until_kept(harness: &mut Harness<'_, App>, count: usize) {
    run_until(harness, "the library tells of its melodies", |app| {
        app.state().kept_melodies.len() == count
    });
}

/// Runs frames until a sweep with `samples` per region is decoded.
pub fn run_until_swept(harness: &mut Harness<'_, App>, samples: u32) {
    let all = (REGIONS * (samples + 1)) as usize;
    run_until(harness, "the sweep is done", |app| {
        app.state().sweep.running.is_none() && app.state().melodies.decoded() == all
    });
}

//! A window without a screen, a model that is a toy, and an ear in place of the player: what the tests of the window have
//! in common.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eframe::egui;
use egui_kittest::Harness;
use tunescape::melody::Melody;
use tunescape::model::Decode;
use tunescape::playback::{Entry, OutputChoice, OutputState, Playhead};
use tunescape::sweep::SweepConfig;
use tunescape::ui::{App, Command, FileDialogs, ScriptedDialogs, Settings, Sound, Start};
use tunescape::worker::{LibraryPlace, ModelInfo, Opened};

/// Regions of the sweep that the window begins with.
pub const REGIONS: u32 = 20;

/// What a listener would have noticed, and the clock of the player, which the test turns.
#[derive(Default)]
pub struct Heard {
    /// Melodies that were handed over, under which names, and where they were entered.
    pub played: Vec<(Arc<Melody>, u64, Option<Entry>)>,
    pub playing: bool,
    /// Step at which what plays is.
    pub step: f64,
    /// The melody of this name sounds on; whatever was handed over since waits for its beat.
    pub holds: Option<u64>,
    pub output: Option<OutputChoice>,
    pub panics: usize,
}

/// A player that plays nothing and remembers everything.
#[derive(Clone, Default)]
pub struct Ear(Arc<Mutex<Heard>>);

impl Deref for Ear {
    type Target = Mutex<Heard>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Ear {
    fn take(&self, melody: Arc<Melody>, tag: u64, entry: Option<Entry>) {
        let mut heard = self.lock().unwrap();
        heard.played.push((melody, tag, entry));
        heard.playing = true;
    }
}

impl Sound for Ear {
    fn play(&mut self, melody: Arc<Melody>, tag: u64) {
        self.take(melody, tag, None);
    }
    fn play_from(&mut self, melody: Arc<Melody>, tag: u64, entry: Entry) {
        self.take(melody, tag, Some(entry));
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
    fn panic(&mut self) {
        self.lock().unwrap().panics += 1;
    }
    fn test_note(&mut self) {}
    fn playhead(&self) -> Playhead {
        let heard = self.lock().unwrap();
        if !heard.playing {
            return Playhead::default();
        }
        let last = heard.played.last().map(|(_, tag, _)| *tag);
        Playhead {
            playing: true,
            tag: heard.holds.or(last),
            step: heard.step,
            ..Playhead::default()
        }
    }
    fn output_state(&self) -> OutputState {
        OutputState {
            choice: self.lock().unwrap().output.clone().unwrap_or_default(),
            connected: true,
            message: None,
        }
    }
    fn ports(&self) -> Vec<String> {
        vec!["Grand Piano".to_owned()]
    }
    fn take_notices(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// A window to open.
pub struct Setup<D> {
    /// The model that every opening gives.
    pub model: D,
    pub sound: Box<dyn Sound>,
    pub settings: Settings,
    /// What every file dialogue answers.
    pub export_to: PathBuf,
    /// Samples of each region.
    pub samples: u32,
}

impl<D: Decode + Clone + 'static> Setup<D> {
    /// A window whose kept melodies last as long as it does.
    pub fn open(self) -> Harness<'static, App> {
        self.open_with(LibraryPlace::Memory, None)
    }

    /// A window with this library, and kept melodies in the settings of an earlier version.
    pub fn open_with(
        self,
        library: LibraryPlace,
        earlier_kept: Option<String>,
    ) -> Harness<'static, App> {
        let path = self.export_to.clone();
        let dialogs = |_: &egui::Context| Arc::new(ScriptedDialogs { path }) as _;
        self.open_asking(library, earlier_kept, dialogs)
    }

    /// A window that asks for files through these dialogs.
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
                    Start {
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
                                    // Another file stands for other weights.
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
                        sound: self.sound,
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

/// Runs frames until something is so. Frames, not seconds, would depend on the machine.
pub fn until(harness: &mut Harness<'_, App>, what: &str, so: impl Fn(&App) -> bool) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !so(harness.state()) {
        if Instant::now() >= patience {
            let notices = harness.state().state().notices.iter();
            let notices: Vec<&str> = notices.map(|notice| notice.text.as_str()).collect();
            panic!("waited in vain until {what}; notices: {notices:#?}");
        }
        harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(2));
    }
    harness.run_steps(3);
}

/// Runs frames until so many melodies are kept, which the library's thread tells.
pub fn until_kept(harness: &mut Harness<'_, App>, count: usize) {
    until(harness, "the library tells of its melodies", |app| {
        app.state().tray.len() == count
    });
}

/// Runs frames until the sweep of so many samples in each region is decoded.
pub fn until_swept(harness: &mut Harness<'_, App>, samples: u32) {
    let all = (REGIONS * (samples + 1)) as usize;
    until(harness, "the sweep is done", |app| {
        app.state().sweep.running.is_none() && app.state().library.decoded() == all
    });
}

//! The window: takes the reports of the threads, draws a frame, executes its commands.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::{self, Ui};

use super::apply::{apply, open_model, restore_sound, save_unsaved};
use super::command::Command;
use super::dialogs::FileDialogs;
use super::dragged_melody;
use super::dropped;
use super::export::Exporter;
use super::fonts::SystemFonts;
use super::keys::{handle_keys, request_paste, take_keys};
use super::learning::Learning;
use super::map::{MapView, RepaintRate};
use super::melody_player::{MelodyPlayer, StopFn};
use super::options::ThemeChoice;
use super::panels::{
    FileDialogView, SearchView, file_dialog_ui, help_ui, import_ui, learn_ui, search_ui,
    settings_ui,
};
use super::player_settings::apply_settings;
use super::repaint::repaint_fn;
use super::reports;
use super::services::Services;
use super::session_updates::SessionUpdates;
use super::settings::{self, Settings};
use super::settings_file::SettingsFile;
use super::state::{AppState, ModelState};
#[cfg(feature = "state-file")]
use super::state_file::StateFile;
use super::system_motion::SystemMotion;
use super::theme;
use super::ui_scale::UiScale;
use super::window_panels::WindowPanels;
use super::window_size::InitialSize;
use crate::worker::{
    AnalysisThread, FineTuner, LayoutThread, LibraryLocation, LibraryThread, ModelOpener, Repaint,
    SessionPaths, SessionThread, Worker,
};

mod file_exchange;

/// How long a finger has to rest to open a menu, seconds.
const LONG_TOUCH_SECONDS: f64 = 0.5;

/// The session that a window opens with.
pub struct SessionOptions {
    /// The folder of sessions without a name, and the file with the list of recent sessions.
    pub paths: SessionPaths,
    /// The session to open; without it the last one.
    pub file: Option<PathBuf>,
}

/// Everything that an [`App`] is created from.
pub struct AppOptions {
    /// The stored settings.
    pub settings: Settings,
    /// Opens models, on the thread of the worker.
    pub opener: ModelOpener,
    /// The player.
    pub player: Box<dyn MelodyPlayer>,
    /// The file dialogs.
    pub dialogs: Arc<dyn FileDialogs>,
    /// Weights to open first; `None` for the program's own.
    pub model: Option<PathBuf>,
    /// File to open as if it were dropped on the window, as soon as the model is ready.
    pub file: Option<PathBuf>,
    /// Location of the library of kept melodies.
    pub library: LibraryLocation,
    /// Kept melodies in the settings of an earlier version, to be copied to the library once.
    pub legacy_kept: Option<String>,
    /// The session file; without it nothing but kept melodies outlives the window.
    pub session: Option<SessionOptions>,
}

/// The window.
pub struct App {
    state: AppState,
    services: Services,
    panels: WindowPanels,
    search: SearchView,
    file_dialog: FileDialogView,
    initial_size: InitialSize,
    ui_scale: UiScale,
    commands: Vec<Command>,
    /// Requests a frame, from any thread.
    repaint: Repaint,
    /// Whether the processor draws, for the threads that report progress.
    draws_on_cpu: Arc<AtomicBool>,
    /// File to open once the model is ready or has failed.
    file_to_open: Option<PathBuf>,
    /// Stored texts that could not be read, each with the key that it is to be stored under, so that it is not lost.
    unreadable: Vec<(&'static str, String)>,
    /// The file that the settings are stored in; `None` without one.
    settings_file: Option<SettingsFile>,
    #[cfg(feature = "state-file")]
    state_file: Option<StateFile>,
    fonts: SystemFonts,
    system_motion: SystemMotion,
    session_updates: SessionUpdates,
    /// Title of the window.
    title: String,
    /// Whether the window is about to close. Nothing is drawn then.
    is_closing: bool,
}

impl App {
    /// Starts the threads and opens the model. Returns at once.
    pub fn new(ctx: &egui::Context, options: AppOptions) -> Self {
        theme::install(ctx);
        let fonts = SystemFonts::install(ctx);
        let draws_on_cpu = Arc::new(AtomicBool::new(false));
        let repaint = repaint_fn(ctx, &draws_on_cpu);
        let mut state = AppState::new(options.settings);
        let worker = match Worker::start(options.opener, Arc::clone(&repaint)) {
            Ok(worker) => Some(worker),
            Err(error) => {
                state.model = ModelState::Failed(format!(
                    "could not start the model's thread: {error}; close other programs and start Tunescape again"
                ));
                None
            }
        };
        let layout_thread = LayoutThread::start(Arc::clone(&repaint))
            .inspect_err(|error| tracing::error!("no thread for the layouts: {error}"))
            .ok();
        let analysis_thread = AnalysisThread::start(Arc::clone(&repaint))
            .inspect_err(|error| tracing::error!("no thread for the analysis: {error}"))
            .ok();
        let learning = Learning::new(&options.library, Arc::clone(&repaint));
        let library_thread =
            LibraryThread::start(options.library, options.legacy_kept, Arc::clone(&repaint))
                .inspect_err(|error| tracing::error!("no thread for the library: {error}"))
                .ok();
        let session_thread = options.session.and_then(|session| {
            state.session.folder.clone_from(&session.paths.folder);
            SessionThread::start(session.paths, session.file, Arc::clone(&repaint))
                .inspect_err(|error| tracing::error!("no thread for the session: {error}"))
                .ok()
        });
        state.session.opening = session_thread.is_some();
        state.session.model_chosen = options.model.is_some();
        let mut services = Services {
            worker,
            layout_thread,
            analysis_thread,
            library_thread,
            session_thread,
            restoring: None,
            saving_as: None,
            saved_as: None,
            learning,
            repaint: Arc::clone(&repaint),
            player: options.player,
            exporter: Exporter::new(options.dialogs, Arc::clone(&repaint)),
        };
        let waker = ctx.clone();
        let wake = Arc::new(move || waker.request_repaint());
        services.player.set_waker(wake);
        apply_settings(services.player.as_mut(), &state.settings);
        restore_sound(&mut state, &mut services);
        if services.worker.is_some() {
            open_model(&mut state, &mut services, options.model);
        }
        let panels = WindowPanels::new(&state.settings);
        Self {
            state,
            services,
            panels,
            search: SearchView::default(),
            file_dialog: FileDialogView::default(),
            initial_size: InitialSize::default(),
            ui_scale: UiScale::default(),
            commands: Vec::new(),
            repaint,
            draws_on_cpu,
            file_to_open: options.file,
            unreadable: Vec::new(),
            settings_file: None,
            #[cfg(feature = "state-file")]
            state_file: StateFile::from_environment(),
            fonts,
            system_motion: SystemMotion::default(),
            session_updates: SessionUpdates::default(),
            title: String::new(),
            is_closing: false,
        }
    }

    /// Fine-tunes models by another function, for tests.
    pub fn set_fine_tuner(&mut self, fine_tuner: FineTuner) {
        self.services.learning.set_fine_tuner(fine_tuner);
    }

    /// The state of the window.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// The view of the map.
    pub fn map(&self) -> &MapView {
        self.panels.map()
    }

    /// A function that stops sound and work before the window closes, without waiting and from any thread.
    pub(super) fn stop_fn(&self) -> StopFn {
        self.services.stop_fn()
    }

    /// Draws fewer pixels, and less often while something plays, for machines without a graphics card.
    pub fn use_software_rendering(&mut self) {
        self.state.draws_on_cpu = true;
        self.draws_on_cpu.store(true, Ordering::Relaxed);
        self.panels.map_mut().set_repaint_rate(RepaintRate::cpu());
    }

    /// Follows the system where it asks for reduced motion. To be called on the main thread.
    pub(super) fn read_system_motion(&mut self) {
        self.system_motion.follow(Arc::clone(&self.repaint));
    }

    /// Executes a command.
    pub fn command(&mut self, command: Command) {
        self.session_updates.set_due();
        apply(&mut self.state, &mut self.services, command);
    }

    /// Shows that stored settings could not be read, and stores them under another key.
    pub(super) fn report_unreadable_settings(&mut self, text: Option<String>, message: String) {
        self.unreadable
            .extend(text.map(|text| (settings::UNREADABLE_KEY, text)));
        self.state.notices.error(message);
    }

    /// Sets the file that the settings are stored in, and shows an error if it cannot be written.
    pub fn set_settings_file(&mut self, path: PathBuf) {
        self.settings_file = Some(SettingsFile::new(path));
        self.check_settings_file();
    }

    fn check_settings_file(&mut self) {
        let problem = self
            .settings_file
            .as_mut()
            .and_then(SettingsFile::new_problem);
        if let Some(message) = problem {
            self.state.notices.error(message);
        }
    }

    /// Shows an error to the user.
    pub(super) fn show_error(&mut self, text: String) {
        self.state.notices.error(text);
    }

    /// Takes the reports of the threads. Also runs while the window is hidden.
    pub fn drain(&mut self) {
        let versions =
            |state: &AppState| (state.melodies.version(), state.kept_melodies.read_count());
        let before = versions(&self.state);
        reports::drain(&mut self.state, &mut self.services);
        if before != versions(&self.state) {
            self.session_updates.set_due();
        }
        if let Some(analysis_thread) = &mut self.services.analysis_thread {
            self.state
                .analysis
                .refresh(&self.state.melodies, analysis_thread);
        }
        self.state
            .similar
            .refresh(&self.state.melodies, &self.repaint);
        self.open_file();
        if let Some(view) = self.state.session.view.take() {
            self.panels.map_mut().choose_view(view);
        }
    }

    /// Opens the file that the program was started with. It waits for the model, which encodes melodies.
    fn open_file(&mut self) {
        if matches!(self.state.model, ModelState::Opening) {
            return;
        }
        let Some(file) = self.file_to_open.take() else {
            return;
        };
        let mut commands = Vec::new();
        dropped::open(&[file], "opened", &mut self.state.notices, &mut commands);
        for command in commands {
            self.command(command);
        }
    }

    /// See [`SessionUpdates::update`].
    fn update_session(&mut self, changed: bool) -> bool {
        let camera = self.panels.map().chosen_view();
        let (state, services) = (&mut self.state, &mut self.services);
        self.session_updates
            .update(state, services, camera, changed)
    }

    /// Names the session in the title of the window.
    fn update_title(&mut self, ctx: &egui::Context) {
        let title = match self.state.session.name() {
            Some(name) => format!("{name} – Tunescape"),
            None => "Tunescape".to_owned(),
        };
        if self.title != title && !(self.title.is_empty() && title == "Tunescape") {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Draws one frame and executes its commands.
    pub fn draw(&mut self, ui: &mut Ui) {
        let preference = match self.state.settings.theme {
            ThemeChoice::Dark => egui::ThemePreference::Dark,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::System => egui::ThemePreference::System,
        };
        ui.ctx().set_theme(preference);
        self.state.system_reduces_motion = self.system_motion.is_reduced();
        // Without a graphics card the frames of an animation delay the next click and its sound.
        let animates = !self.state.reduces_motion() && !self.state.draws_on_cpu;
        theme::set_motion(ui.ctx(), !animates);
        self.initial_size.update(ui.ctx());
        let scale = &mut self.state.settings.ui_scale;
        self.ui_scale.update(ui.ctx(), scale);
        let now = ui.input(|input| input.time);
        self.state.notices.remove_expired(now);
        if self.state.notices.any_expiring() {
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_secs(1));
        }
        if let Some(remaining) = self.state.midi_input.time_until_settled() {
            ui.ctx().request_repaint_after(remaining);
        }
        let mut out = std::mem::take(&mut self.commands);
        set_max_click_duration(ui.ctx());
        let dialog_open = self.file_dialog.is_open();
        handle_keys(
            ui.ctx(),
            &self.state,
            self.panels.map_mut(),
            dialog_open,
            &mut out,
        );
        dropped::handle_drops(ui.ctx(), &mut self.state.notices, &mut out);
        // The map takes some keys without the focus.
        let dialog_keys = if dialog_open {
            take_keys(ui.ctx())
        } else {
            Vec::new()
        };
        self.panels.show(ui, &self.state, &mut out);
        ui.input_mut(|input| input.events.extend(dialog_keys));
        // These would take the keys of the dialog.
        if !dialog_open {
            import_ui(ui, &self.state, &mut out);
            learn_ui(ui, &self.state, &mut out);
            help_ui(ui, &self.state, &mut out);
            settings_ui(ui, &self.state, &mut out);
            search_ui(ui, &self.state, &mut self.search, &mut out);
        }
        if let Some(dialogs) = self.services.exporter.window_dialogs() {
            file_dialog_ui(ui.ctx(), dialogs, &mut self.file_dialog);
        }
        dragged_melody::show(ui.ctx(), &mut out);
        let changed = !out.is_empty();
        for command in out.drain(..) {
            apply(&mut self.state, &mut self.services, command);
        }
        self.commands = out;
        if let Some(text) = self.state.share.clipboard.take() {
            ui.ctx().copy_text(text);
        }
        request_paste(ui.ctx(), &mut self.state);
        if !self.update_session(changed) {
            ui.ctx().request_repaint_after(SessionUpdates::INTERVAL);
        }
        self.update_title(ui.ctx());
        if changed {
            // The changes are drawn in the next frame.
            ui.ctx().request_repaint();
        }
        if self.state.close_window {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
        #[cfg(feature = "state-file")]
        if let Some(file) = &mut self.state_file {
            file.update(ui.ctx(), &self.state, self.panels.map());
        }
        self.fonts.update(ui.ctx());
    }

    pub(super) fn store(&mut self, storage: &mut dyn eframe::Storage) {
        for (key, text) in self.unreadable.drain(..) {
            storage.set_string(key, text);
        }
        self.check_settings_file();
        settings::write(storage, &self.state.settings);
        if let Some(file) = &mut self.settings_file {
            file.mark_stored();
        }
        // The disk may have space again for melodies that could not be saved.
        save_unsaved(&mut self.state, &mut self.services);
    }
}

/// Sets the longest press that still is a click: a resting finger is to open a menu sooner than a slow press of a mouse button.
fn set_max_click_duration(ctx: &egui::Context) {
    let max_seconds = if ctx.input(egui::InputState::any_touches) {
        LONG_TOUCH_SECONDS
    } else {
        egui::InputOptions::default().max_click_duration
    };
    ctx.options_mut(|options| options.input_options.max_click_duration = max_seconds);
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if !self.is_closing && ctx.input(|input| input.viewport().close_requested()) {
            self.is_closing = true;
            // Saves what changed since the last comparison.
            self.update_session(true);
            self.services.stop_fn()();
        }
        self.drain();
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        // A large map takes long to draw where the processor does it.
        if !self.is_closing {
            self.draw(ui);
            self.drag_files(ui.ctx(), frame);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.store(storage);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        theme::window_colour(visuals)
    }
}

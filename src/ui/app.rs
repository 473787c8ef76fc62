//! The shell of the window: takes the reports of the threads, draws, executes commands.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{self, CentralPanel, Frame, Margin, Panel as Side, Ui};

use super::apply::{apply, open_model, save_unsaved};
use super::arrangement::{Arrangement, LEFT, RIGHT, SideChoice};
use super::command::{Command, Panel};
use super::dialogs::FileDialogs;
use super::dropped;
use super::export::Exporter;
use super::fonts::SystemFonts;
use super::keys::keys;
use super::map::{MapView, RepaintRate, map_ui};
use super::options::ThemeChoice;
use super::panels::{
    FileDialogView, SearchView, analysis_ui, file_dialog_ui, help_ui, import_ui, inspector_ui,
    search_ui, similar_ui, steer_ui, sweep_ui, top_bar_ui, transport_ui, tray_ui,
};
use super::reports;
use super::services::Services;
use super::settings::{self, Settings};
use super::sound::{Sound, StopFn};
use super::state::{AppState, ModelState};
#[cfg(feature = "state-file")]
use super::state_file::StateFile;
use super::theme;
use super::widgets::controls::rule;
use super::window_size::FirstSize;
use crate::sweep::MelodyId;
use crate::worker::{
    AnalysisThread, LayoutThread, LibraryPlace, LibraryThread, Opener, Repaint, Worker,
};

const TOP: f32 = 40.0;
const BOTTOM: f32 = 116.0;
/// Width of the list of similar melodies over the map.
const FLOATING: f32 = 270.0;

/// Everything that an [`App`] is created from.
pub struct Start {
    /// The stored settings.
    pub settings: Settings,
    /// Opens models, on the thread of the worker.
    pub opener: Opener,
    /// The player.
    pub sound: Box<dyn Sound>,
    /// The file dialogs.
    pub dialogs: Arc<dyn FileDialogs>,
    /// Weights to open first; `None` for the program's own.
    pub model: Option<PathBuf>,
    /// Location of the library of kept melodies.
    pub library: LibraryPlace,
    /// Kept melodies in the settings of an earlier version, to be copied to the library once.
    pub earlier_kept: Option<String>,
}

/// The window.
pub struct App {
    state: AppState,
    services: Services,
    map: MapView,
    search: SearchView,
    file_dialog: FileDialogView,
    side: SideChoice,
    first_size: FirstSize,
    /// The selected melody in the last frame.
    focus: Option<MelodyId>,
    commands: Vec<Command>,
    /// Requests a frame, from any thread.
    repaint: Repaint,
    /// Stored texts that could not be read, each with the key it is stored under instead of being overwritten.
    unreadable: Vec<(&'static str, String)>,
    #[cfg(feature = "state-file")]
    state_file: Option<StateFile>,
    fonts: SystemFonts,
    /// The window is about to close; nothing is drawn any more.
    is_closing: bool,
}

impl App {
    /// Starts the threads and opens the model. Returns at once.
    pub fn new(ctx: &egui::Context, start: Start) -> Self {
        theme::install(ctx);
        let fonts = SystemFonts::install(ctx);
        let repaint: Repaint = {
            let ctx = ctx.clone();
            Arc::new(move || ctx.request_repaint())
        };
        let mut state = AppState::new(start.settings);
        let worker = match Worker::start(start.opener, Arc::clone(&repaint)) {
            Ok(worker) => Some(worker),
            Err(error) => {
                let text = format!(
                    "could not start the model's thread: {error}; close other programs and start Tunescape again"
                );
                state.model = ModelState::Failed(text);
                None
            }
        };
        let layout_thread = LayoutThread::start(Arc::clone(&repaint))
            .inspect_err(|error| tracing::error!("no thread for the layouts: {error}"))
            .ok();
        let analysis_thread = AnalysisThread::start(Arc::clone(&repaint))
            .inspect_err(|error| tracing::error!("no thread for the analysis: {error}"))
            .ok();
        let library = LibraryThread::start(start.library, start.earlier_kept, Arc::clone(&repaint))
            .inspect_err(|error| tracing::error!("no thread for the library: {error}"))
            .ok();
        let mut services = Services {
            worker,
            layout_thread,
            analysis_thread,
            library,
            sound: start.sound,
            exporter: Exporter::new(start.dialogs, Arc::clone(&repaint)),
        };
        let settings = &state.settings;
        services.sound.set_tempo(settings.tempo);
        services.sound.set_volume(settings.volume);
        services.sound.set_looping(settings.looping);
        services.sound.set_output(settings.output.clone());
        if services.worker.is_some() {
            open_model(&mut state, &mut services, start.model);
        }
        let side = SideChoice::new(&state.settings);
        Self {
            state,
            services,
            map: MapView::default(),
            search: SearchView::default(),
            file_dialog: FileDialogView::default(),
            side,
            first_size: FirstSize::default(),
            focus: None,
            commands: Vec::new(),
            repaint,
            unreadable: Vec::new(),
            #[cfg(feature = "state-file")]
            state_file: StateFile::from_environment(),
            fonts,
            is_closing: false,
        }
    }

    /// The state of the window.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// The view of the map.
    pub fn map(&self) -> &MapView {
        &self.map
    }

    /// Stops sound and work without waiting, from any thread, before the window closes.
    pub(super) fn stop_fn(&self) -> StopFn {
        self.services.stop_fn()
    }

    /// Draws less often while something plays, for machines that draw on the CPU.
    pub fn reduce_repaint_rate(&mut self) {
        self.map.set_repaint_rate(RepaintRate::Reduced);
    }

    /// Executes a command.
    pub fn command(&mut self, command: Command) {
        apply(&mut self.state, &mut self.services, command);
    }

    /// Shows that stored settings could not be read, and stores them under another key.
    pub(super) fn report_unreadable_settings(&mut self, text: Option<String>, message: String) {
        self.unreadable
            .extend(text.map(|text| (settings::UNREADABLE_KEY, text)));
        self.state.notices.error(message);
    }

    /// Shows an error to the user.
    pub(super) fn show_error(&mut self, text: String) {
        self.state.notices.error(text);
    }

    /// Takes the reports of the threads. Also runs while the window is hidden.
    pub fn drain(&mut self) {
        reports::drain(&mut self.state, &mut self.services);
        if let Some(analysis_thread) = &mut self.services.analysis_thread {
            self.state
                .analysis
                .refresh(&self.state.library, analysis_thread);
        }
        self.state
            .similar
            .refresh(&self.state.library, &self.repaint);
    }

    /// Draws one frame and executes its commands.
    pub fn draw(&mut self, ui: &mut Ui) {
        let preference = match self.state.settings.theme {
            ThemeChoice::Dark => egui::ThemePreference::Dark,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::System => egui::ThemePreference::System,
        };
        ui.ctx().set_theme(preference);
        self.first_size.update(ui.ctx());
        let now = ui.input(|input| input.time);
        self.state.notices.remove_expired(now);
        if self.state.notices.any_expiring() {
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_secs(1));
        }
        let mut out = std::mem::take(&mut self.commands);
        let dialog_open = self.file_dialog.is_open();
        keys(ui.ctx(), &self.state, &mut self.map, dialog_open, &mut out);
        dropped::handle(ui.ctx(), &mut self.state.notices, &mut out);
        // The map takes some keys without the focus.
        let dialog_keys = if dialog_open {
            take_keys(ui.ctx())
        } else {
            Vec::new()
        };
        self.panels(ui, &mut out);
        ui.input_mut(|input| input.events.extend(dialog_keys));
        // These would take the keys of the dialog.
        if !dialog_open {
            import_ui(ui, &self.state, &mut out);
            help_ui(ui, &self.state, &mut out);
            search_ui(ui, &self.state, &mut self.search, &mut out);
        }
        if let Some(dialogs) = self.services.exporter.window_dialogs() {
            file_dialog_ui(ui.ctx(), dialogs, &mut self.file_dialog);
        }
        let changed = !out.is_empty();
        for command in out.drain(..) {
            apply(&mut self.state, &mut self.services, command);
        }
        self.commands = out;
        if changed {
            // The changes are drawn in the next frame.
            ui.ctx().request_repaint();
        }
        if self.state.close_window {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
        #[cfg(feature = "state-file")]
        if let Some(file) = &mut self.state_file {
            file.update(ui.ctx(), &self.state, &self.map);
        }
        self.fonts.update(ui.ctx());
    }

    fn panels(&mut self, ui: &mut Ui, out: &mut Vec<Command>) {
        let state = &self.state;
        let window = ui.available_size();
        let c = theme::colours(ui.visuals());
        let frame = |margin: Margin| Frame::new().fill(c.panel).inner_margin(margin);
        Side::top("top bar")
            .exact_size(TOP)
            .resizable(false)
            .frame(frame(Margin::symmetric(14, 0)))
            .show(ui, |ui| top_bar_ui(ui, state, out));
        let shown = Arrangement::new(window, &state.settings, self.side.shown);
        if shown.bottom {
            Side::bottom("bottom")
                .exact_size(BOTTOM)
                .resizable(false)
                .frame(frame(Margin::symmetric(14, 0)))
                .show(ui, |ui| {
                    ui.horizontal_centered(|ui| {
                        transport_ui(ui, state, out);
                        ui.add_space(6.0);
                        let (line, _) = ui.allocate_exact_size(
                            egui::vec2(1.0, BOTTOM - 32.0),
                            egui::Sense::hover(),
                        );
                        ui.painter().rect_filled(line, 0.0, c.line);
                        ui.add_space(6.0);
                        ui.vertical(|ui| {
                            ui.add_space(12.0);
                            tray_ui(ui, state, out);
                        });
                    });
                });
        }
        let mut pointed = false;
        if shown.left || shown.tabs {
            let width = if shown.tabs { RIGHT } else { LEFT };
            let panel = Side::left("left")
                .exact_size(width)
                .resizable(false)
                .frame(frame(Margin::symmetric(14, 12)))
                .show(ui, |ui| {
                    if shown.tabs {
                        side_tabs(ui, &mut self.side.shown);
                    }
                    scrolled(ui, |ui| {
                        if shown.left {
                            steer_ui(ui, state, out);
                            ui.add_space(6.0);
                            rule(ui);
                            ui.add_space(2.0);
                            sweep_ui(ui, state, out);
                        } else {
                            inspector_ui(ui, state, out);
                        }
                    });
                });
            pointed = panel.response.contains_pointer();
        }
        if shown.right && !shown.tabs {
            Side::right("right")
                .exact_size(RIGHT)
                .resizable(false)
                .frame(frame(Margin::symmetric(14, 12)))
                .show(ui, |ui| scrolled(ui, |ui| inspector_ui(ui, state, out)));
        }
        let selected = state.selection.focus.is_some() && state.selection.focus != self.focus;
        self.focus = state.selection.focus;
        self.side.follow(&state.settings, selected && !pointed);
        let map = &mut self.map;
        map.inspector_shown = shown.right;
        CentralPanel::default()
            .frame(Frame::new().fill(c.ground))
            .show(ui, |ui| {
                if state.analysis.open {
                    analysis_ui(ui, state, out);
                } else {
                    map_ui(ui, state, map, out);
                    if !shown.right {
                        floating_similar(ui, state, out);
                    }
                }
            });
    }

    pub(super) fn store(&mut self, storage: &mut dyn eframe::Storage) {
        for (key, text) in self.unreadable.drain(..) {
            storage.set_string(key, text);
        }
        settings::write(storage, &self.state.settings);
        // The disk may have space again for melodies that could not be saved.
        save_unsaved(&mut self.state, &mut self.services);
    }
}

/// Removes the keys and typed text from this frame's input, and returns them.
fn take_keys(ctx: &egui::Context) -> Vec<egui::Event> {
    ctx.input_mut(|input| {
        let events = std::mem::take(&mut input.events);
        let (keys, rest) = events
            .into_iter()
            .partition(|event| matches!(event, egui::Event::Key { .. } | egui::Event::Text(_)));
        input.events = rest;
        keys
    })
}

/// Chooses what the only side panel shows.
fn side_tabs(ui: &mut Ui, side: &mut Panel) {
    ui.horizontal(|ui| {
        for (panel, name) in [(Panel::Left, "Steer and sweep"), (Panel::Right, "Melody")] {
            let on = *side == panel;
            if ui.selectable_label(on, name).clicked() {
                *side = panel;
            }
        }
    });
    rule(ui);
}

fn scrolled(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    egui::ScrollArea::vertical()
        .auto_shrink([false, false])
        .show(ui, add);
}

/// The list of similar melodies over the map, if the inspector is not shown.
fn floating_similar(ui: &Ui, state: &AppState, out: &mut Vec<Command>) {
    if state.similar.reference.is_none() {
        return;
    }
    let area = ui.max_rect().shrink2(egui::vec2(14.0, 56.0));
    egui::Area::new(egui::Id::unique("similar melodies"))
        .order(egui::Order::Middle)
        .fixed_pos(area.right_top())
        .pivot(egui::Align2::RIGHT_TOP)
        .constrain_to(area)
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(FLOATING);
                egui::ScrollArea::vertical()
                    .max_height(area.height() - 40.0)
                    .show(ui, |ui| similar_ui(ui, state, out));
            });
        });
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if !self.is_closing && ctx.input(|input| input.viewport().close_requested()) {
            self.is_closing = true;
            self.services.stop_fn()();
        }
        self.drain();
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        // A large map takes long to draw where the processor does it.
        if !self.is_closing {
            self.draw(ui);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.store(storage);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        theme::colours(visuals).ground.to_normalized_gamma_f32()
    }
}

//! The one place where commands take effect.

mod charting;
mod exporting;
mod keeping;
mod listening;
mod made;
mod making;
mod maps;
mod own;
mod path;
mod selecting;
mod similar;
mod spots;

use std::time::Instant;

use super::command::{Command, Panel};
use super::export::Exporter;
use super::sound::{Sound, Stop};
use super::state::AppState;
use crate::attributes::ATTRIBUTES;
use crate::session::Existing;
use crate::worker::{AnalysisThread, LayoutThread, LibraryThread, SHUTDOWN_TIMEOUT, Worker};

pub(in crate::ui) use charting::{chart, place, take as take_map};
pub(in crate::ui) use keeping::{save_unsaved, take_library};
pub(in crate::ui) use listening::follow_blend;
pub(in crate::ui) use made::take as take_made;
pub use making::open_model;
pub(in crate::ui) use making::{fit, open_model_of_map};
pub(in crate::ui) use maps::begin as begin_map;
pub(in crate::ui) use own::take_song;
pub(in crate::ui) use path::{
    follow as follow_path, resume as resume_path, settle as settle_path, take as take_path,
};
pub(in crate::ui) use spots::take as take_spot;

/// What commands act on beyond the window itself.
pub struct Services {
    /// The model's thread; `None` if the system gave none.
    pub worker: Option<Worker>,
    /// The thread that lays maps out; `None` if the system gave none.
    pub layout_thread: Option<LayoutThread>,
    /// The thread of the analysis; `None` if the system gave none.
    pub analysis_thread: Option<AnalysisThread>,
    /// The thread of the kept melodies; `None` if the system gave none.
    pub library: Option<LibraryThread>,
    /// The player.
    pub sound: Box<dyn Sound>,
    /// The export thread.
    pub exporter: Exporter,
}

impl Services {
    /// Silences the player and stops every thread's work at once, from any thread: the program is about to end, and the
    /// frame that is being drawn may take long.
    pub fn stopper(&self) -> Stop {
        let silence = self.sound.silencer();
        let worker = self.worker.as_ref().map(Worker::stopper);
        let maps = self.layout_thread.as_ref().map(LayoutThread::stopper);
        let analysis = self.analysis_thread.as_ref().map(AnalysisThread::stopper);
        Box::new(move || {
            silence();
            worker.iter().for_each(|stop| stop());
            maps.iter().for_each(|stop| stop());
            analysis.iter().for_each(|stop| stop());
        })
    }
}

impl Drop for Services {
    /// Silence comes first; then every thread is told to end before any is waited for, all under one deadline.
    fn drop(&mut self) {
        self.sound.panic();
        let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
        let (worker, maps, analysis) = (
            &mut self.worker,
            &mut self.layout_thread,
            &mut self.analysis_thread,
        );
        worker.iter_mut().for_each(Worker::close);
        maps.iter_mut().for_each(LayoutThread::close);
        analysis.iter_mut().for_each(AnalysisThread::close);
        worker.iter_mut().for_each(|thread| thread.join(deadline));
        maps.iter_mut().for_each(|thread| thread.join(deadline));
        analysis.iter_mut().for_each(|thread| thread.join(deadline));
    }
}

/// Carries out one command.
pub fn apply(state: &mut AppState, services: &mut Services, command: Command) {
    match command {
        Command::Select(id) => selecting::select(state, services, id),
        Command::ToggleSelected(id) => selecting::toggle(state, id),
        Command::SelectMany(ids) => selecting::select_many(state, ids),
        Command::Deselect => selecting::deselect(state),
        Command::StepSample(by) => selecting::step_sample(state, services, by),
        Command::Undo => selecting::undo(state, services),

        Command::PlayStop => listening::play_stop(state, services),
        Command::SetTempo(bpm) => listening::set_tempo(state, services, bpm),
        Command::TapTempo(at) => listening::tap(state, services, at),
        Command::SetLooping(looping) => {
            state.settings.looping = looping;
            services.sound.set_looping(looping);
        }
        Command::SetVolume(volume) => {
            state.settings.volume = volume.clamp(0.0, 1.0);
            services.sound.set_volume(state.settings.volume);
        }
        Command::SetOutput(output) => {
            state.settings.output = output.clone();
            services.sound.set_output(output);
        }
        Command::Panic => services.sound.panic(),
        Command::TestNote => services.sound.test_note(),

        Command::SetWanted { attribute, value } => making::set_wanted(state, attribute, value),
        Command::Steer(attribute) => making::steer(state, services, attribute),
        Command::LightAll => state.steer.showing = None,
        Command::SetSteerCount(count) => {
            state.settings.steer_count = count.clamp(1, super::options::MAX_STEER_COUNT);
        }
        Command::SetSweep(form) => state.sweep.form = form,
        Command::NewSweep => making::new_sweep(state, services),
        Command::Cancel => making::cancel(state, services),
        Command::ChooseModel => {
            let folder = state.settings.open_folder.as_deref();
            services.exporter.choose_model(folder);
        }
        Command::OpenModel(path) => making::open_model(state, services, path),
        Command::SetDevice(device) => making::set_device(state, services, device),

        Command::Spot(command) => spots::apply(state, services, command),
        Command::Similar(command) => similar::apply(state, command),
        Command::Path(command) => path::apply(state, services, command),
        Command::Import(command) => own::apply(state, services, command),
        Command::Generate(command) => made::apply(state, services, command),

        Command::ToggleKept => keeping::toggle_kept(state, services),
        Command::PlayKept(number) => listening::play_kept(state, services, number),
        Command::RemoveKept(number) => keeping::remove_kept(state, services, number),
        Command::ToggleKeptMarked(number) => keeping::toggle_marked(state, services, number),
        Command::SaveUnsaved => keeping::save_unsaved(state, services),
        Command::Export(what, shape) => exporting::export(state, services, what, shape),
        Command::ReplaceFiles(notice) => {
            exporting::write_refused(state, services, notice, Existing::Replace);
        }
        Command::KeepBothFiles(notice) => {
            exporting::write_refused(state, services, notice, Existing::Number);
        }

        Command::ShowMap(number) => maps::show(state, services, number),
        Command::StepMap(by) => maps::step(state, services, by),
        Command::SetLayout(layout) => charting::set_layout(state, services, layout),
        Command::ColourBy(attribute) => {
            if let Some(attribute) = ATTRIBUTES.get(attribute) {
                attribute.id.clone_into(&mut state.settings.colour_by);
            }
        }
        Command::SetFilter(attribute, range) => state.filter.set(attribute, range),
        Command::SetPalette(palette) => state.settings.palette = palette,
        Command::ShowField(shown) => state.settings.field = shown,
        Command::ShowContours(shown) => state.settings.contours = shown,
        Command::FitMap => state.fit_map += 1,
        Command::ShowAnalysis(open) => state.analysis.open = open,
        Command::ExportFigures => exporting::export_figures(state, services),
        Command::SetTheme(theme) => state.settings.theme = theme,
        Command::TogglePanel(panel) => {
            let shown = match panel {
                Panel::Left => &mut state.settings.left_panel,
                Panel::Right => &mut state.settings.right_panel,
                Panel::Bottom => &mut state.settings.bottom_panel,
            };
            *shown = !*shown;
        }
        Command::ShowHelp(open) => state.help = open,
        Command::ShowSearch(open) => state.search = open,
        Command::Dismiss(id) => {
            state.notices.dismiss(id);
        }
    }
}

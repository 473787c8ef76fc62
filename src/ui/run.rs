//! Opening the window, with the renderer that the machine supports.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use eframe::egui;

use super::app::{App, AppOptions, SessionOptions};
use super::dialogs::{FileDialogs, NativeDialogs, ScriptedDialogs};
use super::file_clipboard::SystemClipboard;
use super::file_drag::system_dragger;
use super::partial_redraw::{PartialRedraw, PictureTarget};
use super::settings::{self, StoredSettings};
use super::ui_scale::MIN_WINDOW;
use crate::files::FileKind;
use crate::model::DeviceChoice;
use crate::playback::{Player, input::OscSettings};
use crate::worker::{
    LibraryLocation, SessionPaths, on_termination, open_engine, start_compute_pool,
};

/// Folder name of the settings.
const APP_ID: &str = "tunescape";
/// File name of the library, in the folder of the settings.
const LIBRARY_FILE: &str = "library.sqlite";
/// Folder of sessions without a name, in the folder of the settings.
const SESSION_FOLDER: &str = "sessions";
/// File name of the list of recent sessions, in the folder of the settings.
const SESSION_LIST: &str = "sessions.json";
/// Key of the settings file under which earlier versions stored the kept melodies. The text is never changed.
const LEGACY_KEPT_KEY: &str = "kept";

/// Options of the window.
#[derive(Clone, Debug, Default)]
pub struct WindowOptions {
    /// Weights to open; `None` for the program's own.
    pub model: Option<PathBuf>,
    /// File to open as if it were dropped on the window.
    pub file: Option<PathBuf>,
    /// Device to decode on; `None` for the stored choice.
    pub device: Option<DeviceChoice>,
    /// Ports of OSC; `None` for the stored choice.
    pub osc: Option<OscSettings>,
    /// File of the settings, instead of the system's folder for them.
    pub settings: Option<PathBuf>,
    /// File of the library, instead of one beside the settings.
    pub library: Option<PathBuf>,
}

/// Why the window could not be opened or was closed.
#[derive(Debug, thiserror::Error)]
pub enum UiError {
    /// There is no display.
    #[error(
        "there is no display to open a window on ({0}); start Tunescape from a desktop, or use the command line (`tunescape --help`)"
    )]
    NoDisplay(String),
    /// Neither renderer started. [`UiError::details`] has the errors of both, which are long.
    #[error(
        "no window could be opened, because no graphics driver works here; install or update one (on Linux the package mesa-vulkan-drivers or libgl1-mesa-dri does without a graphics card), or use the command line (`tunescape --help`)"
    )]
    NoWindow {
        /// Error of the wgpu renderer.
        wgpu: String,
        /// Error of the OpenGL renderer.
        open_gl: String,
    },
    /// The window failed after it was opened.
    #[error("the window closed because of an error: {0}; start Tunescape again")]
    Closed(String),
}

impl UiError {
    /// The errors of both renderers, for the log: they are too long for a message.
    #[must_use]
    pub fn details(&self) -> Option<String> {
        match self {
            Self::NoWindow { wgpu, open_gl } => Some(format!("wgpu: {wgpu}; OpenGL: {open_gl}")),
            Self::NoDisplay(_) | Self::Closed(_) => None,
        }
    }
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// [`UiError`] if no window can be opened; its message says what to do.
pub fn run(options: WindowOptions) -> Result<(), UiError> {
    start_compute_pool();
    let was_opened = Rc::new(Cell::new(false));
    let mut wgpu_error = String::new();
    for renderer in [eframe::Renderer::Wgpu, eframe::Renderer::Glow] {
        match run_with_renderer(renderer, &options, &was_opened) {
            Ok(()) => return Ok(()),
            Err(error) if was_opened.get() => return Err(UiError::Closed(error.to_string())),
            // Without a display, another renderer changes nothing.
            Err(eframe::Error::WinitEventLoop(error)) => {
                return Err(UiError::NoDisplay(without_source_position(
                    &error.to_string(),
                )));
            }
            Err(error) if renderer == eframe::Renderer::Wgpu => {
                tracing::warn!("no window with wgpu, trying OpenGL: {error}");
                wgpu_error = error.to_string();
            }
            Err(error) => {
                return Err(UiError::NoWindow {
                    wgpu: wgpu_error,
                    open_gl: error.to_string(),
                });
            }
        }
    }
    Ok(())
}

fn run_with_renderer(
    renderer: eframe::Renderer,
    options: &WindowOptions,
    was_opened: &Rc<Cell<bool>>,
) -> Result<(), eframe::Error> {
    let native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_app_id(APP_ID)
            .with_title("Tunescape")
            .with_icon(icon())
            .with_inner_size([1440.0, 900.0])
            .with_min_inner_size(MIN_WINDOW),
        renderer,
        persist_window: true,
        // `SystemFonts` replaces it: it costs nothing until a character is missing.
        system_font_fallback: false,
        persistence_path: options.settings.clone(),
        ..eframe::NativeOptions::default()
    };
    let file = settings_file(options);
    let had_settings = file.as_deref().is_some_and(is_not_empty);
    let options = options.clone();
    let was_opened = Rc::clone(was_opened);
    eframe::run_native(
        APP_ID,
        native,
        Box::new(move |creation| {
            was_opened.set(true);
            let stored = settings::read(creation.storage);
            let legacy_kept = creation
                .storage
                .and_then(|storage| storage.get_string(LEGACY_KEPT_KEY));
            let mut app = create_app(
                creation,
                options,
                stored,
                had_settings,
                file.as_deref(),
                legacy_kept,
            );
            let ctx = creation.egui_ctx.clone();
            let stop = app.stop_fn();
            let close = move || {
                stop();
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                ctx.request_repaint();
            };
            if let Err(error) = on_termination(close) {
                tracing::warn!("signals end the program without closing the window first: {error}");
            }
            app.read_system_motion();
            if let Some(state) = software_renderer(creation) {
                app.use_software_rendering();
                redraw_partially(&creation.egui_ctx, state);
            }
            Ok(Box::new(app))
        }),
    )
}

/// An error of winit without its prefix, the position in the source where it occurred.
fn without_source_position(error: &str) -> String {
    let text = error
        .split_once(".rs:")
        .and_then(|(_, rest)| rest.split_once(": "))
        .map_or(error, |(_, text)| text);
    text.trim_end_matches('.').to_owned()
}

/// Stored settings that could not be read: their text, if it is to be stored under another key, and a message for the user.
type UnreadableSettings = (Option<String>, String);

/// The stored settings; or the default ones, and what could not be read.
fn initial_settings(
    stored: StoredSettings,
    had_settings: bool,
    file: Option<&Path>,
) -> (settings::Settings, Option<UnreadableSettings>) {
    let mut unreadable = None;
    let settings = match stored {
        StoredSettings::Read(settings) => *settings,
        StoredSettings::Absent => {
            // If eframe cannot read its file, it starts with an empty storage and overwrites the file.
            if let (true, Some(file)) = (had_settings, file) {
                unreadable = Some((None, copy_unreadable(file)));
            }
            settings::Settings::default()
        }
        StoredSettings::Unreadable { text, reason } => {
            let message = format!(
                "The stored settings could not be read ({reason}); Tunescape starts with new ones and moved the old ones to {} in the settings file",
                settings::UNREADABLE_KEY
            );
            unreadable = Some((Some(text), message));
            settings::Settings::default()
        }
    };
    (settings, unreadable)
}

fn create_app(
    creation: &eframe::CreationContext<'_>,
    options: WindowOptions,
    stored: StoredSettings,
    had_settings: bool,
    file: Option<&Path>,
    legacy_kept: Option<String>,
) -> App {
    let (mut settings, unreadable) = initial_settings(stored, had_settings, file);
    if let Some(device) = options.device {
        settings.device = device;
    }
    if let Some(osc) = options.osc {
        settings.osc = osc;
    }
    let dialogs: Arc<dyn FileDialogs> = match ScriptedDialogs::from_environment() {
        Some(scripted) => Arc::new(scripted),
        None => Arc::new(NativeDialogs::new(creation)),
    };
    let library = options
        .library
        .or_else(|| Some(file?.with_file_name(LIBRARY_FILE)))
        .map_or(LibraryLocation::Memory, LibraryLocation::File);
    let in_memory = library == LibraryLocation::Memory;
    let mut app = App::new(
        &creation.egui_ctx,
        AppOptions {
            settings,
            opener: Box::new(open_engine),
            player: Box::new(Player::start()),
            dialogs,
            model: options.model,
            file: options.file.clone().filter(|file| !is_session(file)),
            library,
            legacy_kept,
            session: file.map(|file| SessionOptions {
                paths: SessionPaths {
                    folder: file.with_file_name(SESSION_FOLDER),
                    list: file.with_file_name(SESSION_LIST),
                },
                file: options.file.filter(|file| is_session(file)),
            }),
        },
    );
    app.set_file_clipboard(SystemClipboard::default());
    app.set_file_dragger(system_dragger());
    if in_memory {
        app.show_error("There is no data folder on this system: settings and kept melodies are lost when the window closes; export the melodies".to_owned());
    }
    if let Some(file) = file {
        app.set_settings_file(file.to_path_buf());
    }
    if let Some((text, message)) = unreadable {
        app.report_unreadable_settings(text, message);
    }
    #[cfg(feature = "state-file")]
    if let Some((regions, samples)) = super::state_file::sweep_size() {
        let form = crate::sweep::SweepConfig {
            regions,
            samples,
            ..app.state().sweep.form.clone()
        };
        app.command(super::command::Command::SetSweep(form));
    }
    app
}

/// The renderer of the window, if it runs on the processor.
fn software_renderer<'a>(
    creation: &'a eframe::CreationContext<'_>,
) -> Option<&'a eframe::egui_wgpu::RenderState> {
    let render_state = creation.wgpu_render_state.as_ref()?;
    (render_state.adapter.get_info().device_type == eframe::wgpu::DeviceType::Cpu)
        .then_some(render_state)
}

/// From the next frame on, draws only the changed areas of the window.
fn redraw_partially(ctx: &egui::Context, render_state: &eframe::egui_wgpu::RenderState) {
    let target = PictureTarget::new(
        render_state.device.clone(),
        render_state.queue.clone(),
        Arc::clone(&render_state.renderer),
        render_state.target_format,
    );
    if let Some(target) = target {
        ctx.add_plugin(PartialRedraw::new(target));
    }
}

/// The icon of the window; an empty one is eframe's own.
fn icon() -> egui::IconData {
    const ICON: &[u8] = include_bytes!("../../assets/package/icons/128.png");
    eframe::icon_data::from_png_bytes(ICON)
        .inspect_err(|error| tracing::error!("the icon: {error}"))
        .unwrap_or_default()
}

/// The settings file of eframe.
fn settings_file(options: &WindowOptions) -> Option<PathBuf> {
    options
        .settings
        .clone()
        .or_else(|| Some(eframe::storage_dir(APP_ID)?.join("app.ron")))
}

/// Whether a file is a session, by its content or, where that cannot be read, by its ending.
fn is_session(file: &Path) -> bool {
    match FileKind::detect(file) {
        Ok(FileKind::Session) => true,
        _ => file
            .extension()
            .is_some_and(|extension| extension == "tunescape"),
    }
}

fn is_not_empty(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|data| data.is_file() && data.len() > 0)
}

/// Copies an unreadable settings file, and returns the message to the user.
fn copy_unreadable(file: &Path) -> String {
    let mut number = 1;
    let copy = loop {
        let copy = file.with_extension(format!("unreadable-{number}.ron"));
        if !copy.exists() || number >= 99 {
            break copy;
        }
        number += 1;
    };
    match std::fs::copy(file, &copy) {
        Ok(_) => format!(
            "The settings in {} could not be read; Tunescape starts with new ones; the old file was copied to {}",
            file.display(),
            copy.display()
        ),
        Err(error) => format!(
            "The settings in {} could not be read or copied ({error}); copy that file before you close the window if you need it",
            file.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    #[test]
    fn without_a_renderer_the_message_is_short_and_the_rest_is_for_the_log() {
        let wgpu_error = "NoSuitableAdapterFound { requested backends: all } ".repeat(20);
        let error = UiError::NoWindow {
            wgpu: wgpu_error.clone(),
            open_gl: "no OpenGL".to_owned(),
        };
        let error_text = error.to_string();
        assert!(
            error_text.starts_with("no window could be opened"),
            "{error_text}"
        );
        assert!(
            error_text.len() < 300 && error_text.contains("tunescape --help"),
            "{error_text}"
        );
        assert!(error.details().unwrap().contains(&wgpu_error));
    }
}

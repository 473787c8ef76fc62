//! Dragging files out of the window.

use std::path::PathBuf;

/// Drags files out of the window, into other programs.
pub trait FileDragger {
    /// Drags these files, while the pointer's button is down. Returns when the drag has begun or, on Windows, ended. The error is for the
    /// user.
    ///
    /// # Errors
    /// If the system does not take the files.
    fn drag(&mut self, window: &eframe::Frame, files: &[PathBuf]) -> Result<(), String>;
}

/// What drags files on this system; `None` on Linux, where winit's windows cannot start a drag.
#[must_use]
pub fn system_dragger() -> Option<Box<dyn FileDragger>> {
    #[cfg(any(windows, target_os = "macos"))]
    return Some(Box::new(native::NativeDragger));
    #[cfg(not(any(windows, target_os = "macos")))]
    None
}

#[cfg(any(windows, target_os = "macos"))]
mod native {
    use std::path::PathBuf;

    use super::FileDragger;
    use crate::panics::catch_panic;

    /// What is shown at the pointer during a drag.
    const PICTURE: &[u8] = include_bytes!("../../assets/package/icons/48.png");

    /// The drag and drop of Windows and macOS.
    pub(super) struct NativeDragger;

    impl FileDragger for NativeDragger {
        fn drag(&mut self, window: &eframe::Frame, files: &[PathBuf]) -> Result<(), String> {
            let start = || {
                drag::start_drag(
                    window,
                    drag::DragItem::Files(files.to_vec()),
                    drag::Image::Raw(PICTURE.to_vec()),
                    |_, _| {},
                    drag::Options::default(),
                )
            };
            // The package panics where a call of the system fails.
            catch_panic(start)?.map_err(|error| error.to_string())
        }
    }
}

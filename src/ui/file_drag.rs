//! Dragging files out of the window, into other programs.

use std::path::PathBuf;

/// Drags files out of the window, into other programs.
pub trait FileDragger {
    /// Drags these files while the button of the pointer is down. Returns when the drag has started (macOS) or ended (Windows). The error
    /// is for the user.
    ///
    /// # Errors
    /// If the system does not accept the files.
    fn drag(&mut self, window: &eframe::Frame, files: &[PathBuf]) -> Result<(), String>;
}

/// The implementation of this system; `None` on Linux, where a window made with winit cannot start a drag.
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

    /// The image at the pointer during a drag.
    const IMAGE: &[u8] = include_bytes!("../../assets/package/icons/48.png");

    /// Drag and drop of Windows and macOS.
    pub(super) struct NativeDragger;

    impl FileDragger for NativeDragger {
        fn drag(&mut self, window: &eframe::Frame, files: &[PathBuf]) -> Result<(), String> {
            let start = || {
                drag::start_drag(
                    window,
                    drag::DragItem::Files(files.to_vec()),
                    drag::Image::Raw(IMAGE.to_vec()),
                    |_, _| {},
                    drag::Options::default(),
                )
            };
            // `drag` panics when a call of the system fails.
            catch_panic(start)?.map_err(|error| error.to_string())
        }
    }
}

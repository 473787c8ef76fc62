//! Exchange of files with other programs: by the clipboard, and by a drag out of the window.

use eframe::egui::Context;

use super::App;
use crate::ui::dragged_melody;
use crate::ui::file_clipboard::FileClipboard;
use crate::ui::file_drag::FileDragger;

impl App {
    /// Sets the clipboard for files.
    pub fn set_file_clipboard(&mut self, clipboard: impl FileClipboard + 'static) {
        self.services.exporter.set_clipboard(clipboard);
    }

    /// Sets what drags files out of the window; `None` where that is not possible.
    pub fn set_file_dragger(&mut self, dragger: Option<Box<dyn FileDragger>>) {
        self.services.exporter.set_dragger(dragger);
    }

    /// Continues a drag outside the window once its files are written, unless the button was released in the meantime.
    pub(super) fn drag_files(&mut self, ctx: &Context, frame: &eframe::Frame) {
        let Some(files) = self.state.drag_out.files.take() else {
            return;
        };
        let is_down = ctx.input(|input| input.pointer.primary_down());
        if !is_down || dragged_melody::current(ctx).is_none() {
            return;
        }
        dragged_melody::end(ctx);
        if let Err(text) = self.services.exporter.start_drag(frame, &files) {
            self.state.notices.error(text);
        }
        ctx.request_repaint();
    }
}

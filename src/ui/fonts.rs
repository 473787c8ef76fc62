//! Fonts of the system for scripts that the window's own fonts lack, such as kana, CJK and Hangul.
//!
//! They are searched in the background once a character is missing, as listing the system's fonts may take a second. Until
//! then, and where no font has it, the character is drawn as a box.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui;
use egui::{FallbackRequest, FontFamily, FontProvider as _};
use egui_system_font_provider::SystemFontProvider;

use crate::worker::{BackgroundTask, Repaint};

/// Finds fonts for missing characters, one per script and mapped from their files.
pub struct SystemFonts {
    /// Whether a glyph was missing so far.
    is_missing: Arc<AtomicBool>,
    search: Option<BackgroundTask<Arc<SystemFontProvider>>>,
    was_searched: bool,
}

impl SystemFonts {
    /// Watches a context for characters that its fonts lack.
    pub fn install(ctx: &egui::Context) -> Self {
        let is_missing = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_missing);
        ctx.add_font_provider(Arc::new(move |_: &FallbackRequest<'_>| {
            flag.store(true, Ordering::Relaxed);
            None
        }));
        Self {
            is_missing,
            search: None,
            was_searched: false,
        }
    }

    /// Lists the system's fonts in the background once a character was missing, and then adds them to the context. To be
    /// called after each frame; never waits.
    pub fn update(&mut self, ctx: &egui::Context) {
        if let Some(search) = &self.search
            && let Ok(Some(fonts)) = search.poll()
        {
            ctx.set_font_providers(vec![fonts]);
            self.search = None;
        }
        if self.was_searched || !self.is_missing.load(Ordering::Relaxed) {
            return;
        }
        self.was_searched = true;
        let repaint: Repaint = {
            let ctx = ctx.clone();
            Arc::new(move |_| ctx.request_repaint())
        };
        self.search = BackgroundTask::start("system fonts", repaint, list_fonts)
            .inspect_err(|error| tracing::warn!("no thread to list the system's fonts: {error}"))
            .ok();
    }
}

/// Lists the fonts of the system. May take a second.
fn list_fonts() -> Arc<SystemFontProvider> {
    let fonts = SystemFontProvider::new();
    // The first request waits until all fonts are listed.
    fonts.font_for(&FallbackRequest {
        cluster: "あ",
        family: &FontFamily::Proportional,
    });
    Arc::new(fonts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws text in one frame. Returns whether every character has a glyph.
    fn has_all_glyphs(ctx: &egui::Context, text: &str) -> bool {
        let mut has_glyphs = false;
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let font = egui::FontId::proportional(13.0);
            ui.label(text);
            has_glyphs = ui.fonts_mut(|fonts| text.chars().all(|c| fonts.has_glyph(&font, c)));
        });
        // Nothing is painted here.
        output.textures_delta.clear();
        has_glyphs
    }

    #[test]
    fn cyrillic_and_greek_need_no_font_of_the_system() {
        let ctx = egui::Context::default();
        let mut fonts = SystemFonts::install(&ctx);
        for text in ["Мелодия", "Μελωδία", "Mélodie"] {
            assert!(has_all_glyphs(&ctx, text), "{text}");
        }
        fonts.update(&ctx);
        assert!(!fonts.was_searched);
    }
}

//! Text in scripts that the window's own fonts lack, drawn with fonts of the system.

use std::time::{Duration, Instant};

use eframe::egui::{
    self, FallbackRequest, FontFamily, FontId, FontProvider as _, MissingGlyphPolicy,
};
use egui_system_font_provider::SystemFontProvider;
use tunescape::ui::SystemFonts;

use crate::dropped_files::drop_on;
use crate::harness::{Missing, needs, tests};
use crate::tune::tune;
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

tests![
    names_in_kana_are_drawn_in_the_window,
    kana_is_drawn,
    han_is_drawn,
    hangul_is_drawn,
    hebrew_is_drawn,
    arabic_is_drawn,
    thai_is_drawn,
];

fn kana_is_drawn() -> Result<(), Missing> {
    assert_drawn("kana", "メロディ")
}

fn han_is_drawn() -> Result<(), Missing> {
    assert_drawn("Han", "旋律")
}

fn hangul_is_drawn() -> Result<(), Missing> {
    assert_drawn("Hangul", "선율")
}

fn hebrew_is_drawn() -> Result<(), Missing> {
    assert_drawn("Hebrew", "מנגינה")
}

fn arabic_is_drawn() -> Result<(), Missing> {
    assert_drawn("Arabic", "لحن")
}

fn thai_is_drawn() -> Result<(), Missing> {
    assert_drawn("Thai", "ทำนอง")
}

fn assert_drawn(script: &str, text: &str) -> Result<(), Missing> {
    let font = font_for(script, text)?;
    let ctx = egui::Context::default();
    let mut fonts = SystemFonts::install(&ctx);
    assert!(!is_drawn(&ctx, text), "{script}");
    fonts.update(&ctx);
    until_drawn(script, || {
        let drawn = is_drawn(&ctx, text);
        fonts.update(&ctx);
        drawn
    });
    let used = ctx.fonts(|fonts| fonts.discovered_fonts().len());
    eprintln!("{script}: {font}, {used} in use");
    assert_eq!(used, 1, "{script}");
    Ok(())
}

/// The name of the font of the system that has these characters.
fn font_for(script: &str, text: &str) -> Result<String, Missing> {
    let request = FallbackRequest {
        cluster: text,
        family: &FontFamily::Proportional,
    };
    let found = SystemFontProvider::new().font_for(&request);
    found
        .map(|font| font.name.clone())
        .ok_or_else(|| needs(format_args!("a font with {script}")))
}

/// Lays text out in one frame; whether every character has a glyph.
fn is_drawn(ctx: &egui::Context, text: &str) -> bool {
    let mut drawn = false;
    let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
        ui.label(text);
        let font = FontId::proportional(13.0);
        drawn = ui.fonts_mut(|fonts| text.chars().all(|c| fonts.has_glyph(&font, c)));
    });
    // Nothing is painted here.
    output.textures_delta.clear();
    drawn
}

fn until_drawn(script: &str, mut drawn: impl FnMut() -> bool) {
    let began = Instant::now();
    while !drawn() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{script}: still boxes"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn names_in_kana_are_drawn_in_the_window() -> Result<(), Missing> {
    font_for("kana", "メロディ")?;
    let mut window = Setup::new(FakeModel::busy(), 2).open();
    window.run_until_swept();
    let used = |window: &Window| {
        let ctx = &window.harness.ctx;
        ctx.fonts(|fonts| fonts.discovered_fonts().len())
    };
    assert_eq!(
        used(&window),
        0,
        "the window itself needs no font of the system"
    );
    // A box for a moment is no error here.
    window
        .harness
        .ctx
        .set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    let song = window.folder.path().join("メロディ.mid");
    std::fs::write(&song, tune("メロディ")).unwrap();
    drop_on(&mut window, &[&song]);
    window.run_until("the song is open", |app| {
        app.state().imported_song.is_some()
    });
    assert!(window.has_containing("メロディ"));
    until_drawn("kana", || {
        window.harness.run_steps(1);
        used(&window) > 0
    });
    let galley = window.harness.ctx.fonts_mut(|fonts| {
        let font = FontId::proportional(13.0);
        assert!("メロディ".chars().all(|c| fonts.has_glyph(&font, c)));
        fonts.layout_no_wrap("メロディ".to_owned(), font, egui::Color32::WHITE)
    });
    let glyphs = &galley.rows[0].row.glyphs;
    assert_eq!(glyphs.len(), 4);
    let pictures: std::collections::HashSet<_> =
        glyphs.iter().map(|glyph| glyph.uv_rect.min).collect();
    assert_eq!(pictures.len(), 4, "a box is the same for every character");
    assert_eq!(used(&window), 1);
    Ok(())
}

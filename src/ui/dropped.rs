//! Files and folders dropped on the window, by what they are.

use std::path::{Path, PathBuf};

use eframe::egui::{Align2, Context, FontId, Id, LayerId, Order};

use super::command::{Command, OwnCommand};
use super::theme;

/// Turns what was dropped into commands, and says so while something is held over the window.
pub fn take(ctx: &Context, out: &mut Vec<Command>) {
    let (dropped, hovering) = ctx.input(|input| {
        let paths = input.raw.dropped_files.iter();
        let paths: Vec<PathBuf> = paths.map(|file| file.path().to_owned()).collect();
        (paths, !input.raw.hovered_files.is_empty())
    });
    // Of several models the last would be open in the end anyhow.
    out.extend(dropped.iter().rev().find_map(|path| command(path)));
    if hovering {
        hint(ctx);
    }
}

/// What dropping a path asks for.
fn command(path: &Path) -> Option<Command> {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    match ending.as_deref().and_then(|ending| ending.to_str()) {
        Some("mid" | "midi") => Some(Command::Own(OwnCommand::Open(path.to_owned()))),
        // Whatever else it is, opening it tells what it is instead of a model.
        _ => Some(Command::OpenModel(Some(path.to_owned()))),
    }
}

fn hint(ctx: &Context) {
    let colours = theme::colours(&ctx.style_of(ctx.theme()).visuals);
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop hint")));
    let window = ctx.content_rect();
    painter.rect_filled(window, 0.0, colours.ground.gamma_multiply(0.8));
    painter.text(
        window.center(),
        Align2::CENTER_CENTER,
        "Drop a melody (.mid) or a model to open it",
        FontId::proportional(20.0),
        colours.text,
    );
}

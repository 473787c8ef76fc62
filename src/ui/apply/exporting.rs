//! Writing melodies and figures as files.

use std::sync::Arc;

use super::Services;
use crate::melody::Melody;
use crate::ui::command::{ExportShape, ExportWhat};
use crate::ui::export::{Item, Order};
use crate::ui::state::{AppState, NoticeAction, Source};

fn source(state: &AppState, id: crate::sweep::MelodyId) -> Source {
    Source {
        id,
        name: state.title(id),
        seed: state.seed(),
        weights_hash: state.weights_hash().to_owned(),
    }
}

pub(super) fn export(
    state: &mut AppState,
    services: &mut Services,
    what: ExportWhat,
    shape: ExportShape,
) {
    let items: Vec<Item> = match what {
        ExportWhat::Shown => state
            .shown()
            .map(|entry| item(&entry.melody, &source(state, entry.id)))
            .into_iter()
            .collect(),
        ExportWhat::Selected => state
            .selection
            .all
            .iter()
            .filter_map(|id| state.library.get(*id))
            .map(|entry| item(&entry.melody, &source(state, entry.id)))
            .collect(),
        ExportWhat::Path if shape == ExportShape::Piece => super::path::piece_to_export(state)
            .map(|(piece, text)| path_piece(state, piece, &text))
            .into_iter()
            .collect(),
        ExportWhat::Path => state
            .path
            .stations()
            .into_iter()
            .flat_map(|stations| stations.set.entries.iter().zip(&stations.made_of))
            .map(|(entry, made_of)| {
                let mut item = item(&entry.melody, &source(state, entry.id));
                item.text = format!("{}; made of {}", item.text, super::path::origin(made_of));
                item
            })
            .collect(),
        ExportWhat::Kept => state
            .tray
            .to_export()
            .map(|kept| item(&kept.melody, &kept.source()))
            .collect(),
    };
    if items.is_empty() {
        state.notices.note(match what {
            ExportWhat::Path => "There is no path to export yet; draw one first",
            _ => "Select or keep a melody first, then export it",
        });
        return;
    }
    services.exporter.export(Order {
        items,
        shape,
        tempo: state.settings.tempo,
    });
}

/// A path as one melody, as it is heard.
fn path_piece(state: &AppState, piece: Melody, text: &str) -> Item {
    let (seed, hash) = (state.seed(), state.weights_hash());
    let set = state.path.stations().map_or(0, |stations| stations.number);
    Item {
        melody: Arc::new(piece),
        name: format!("Path {set}"),
        text: format!(
            "Tunescape {}; seed {seed}; path {set}, {text}; weights {hash}",
            env!("CARGO_PKG_VERSION")
        ),
        stem: format!("seed-{seed}-path{set}"),
    }
}

pub(super) fn export_figures(state: &AppState, services: &mut Services) {
    if let Some(found) = state.analysis.found() {
        services
            .exporter
            .export_figures(Arc::clone(found), state.colour_attribute());
    }
}

fn item(melody: &Arc<Melody>, source: &Source) -> Item {
    Item {
        melody: Arc::clone(melody),
        name: source.name.clone(),
        text: format!(
            "Tunescape {}; seed {}; {}; weights {}",
            env!("CARGO_PKG_VERSION"),
            source.seed,
            source.id,
            source.weights_hash
        ),
        stem: format!("seed-{}-{}", source.seed, source.id.slug()),
    }
}

pub(super) fn replace(state: &mut AppState, services: &mut Services, notice: u64) {
    if let Some(NoticeAction::Replace(refused)) = state
        .notices
        .dismiss(notice)
        .and_then(|notice| notice.action)
    {
        services.exporter.replace(refused);
    }
}

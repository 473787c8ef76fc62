//! Writing melodies and figures as files.

use std::sync::Arc;

use super::Services;
use crate::attributes::AttributeRow;
use crate::melody::Melody;
use crate::session::{Existing, ExportItem, file_stem};
use crate::ui::command::{ExportShape, ExportWhat};
use crate::ui::export::Order;
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
    let tempo = state.settings.tempo;
    let items: Vec<ExportItem> = match what {
        ExportWhat::Shown => state
            .shown()
            .map(|entry| item(&entry.melody, source(state, entry.id), tempo))
            .into_iter()
            .collect(),
        ExportWhat::Selected => state
            .selection
            .all
            .iter()
            .filter_map(|id| state.library.get(*id))
            .map(|entry| item(&entry.melody, source(state, entry.id), tempo))
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
                let mut item = item(&entry.melody, source(state, entry.id), tempo);
                item.text = format!("{}; made of {}", item.text, super::path::origin(made_of));
                item
            })
            .collect(),
        ExportWhat::Kept => state
            .tray
            .to_export()
            .map(|kept| item(&kept.melody, kept.source(), tempo))
            .collect(),
    };
    if items.is_empty() {
        state.notices.note(match what {
            ExportWhat::Path => "There is no path to export yet; draw one first",
            _ => "Select or keep a melody first, then export it",
        });
        return;
    }
    let order = Order {
        items,
        shape,
        tempo,
    };
    let folder = state.settings.export_folder.as_deref();
    services.exporter.export(order, folder);
}

/// A path as one melody, as it is heard.
fn path_piece(state: &AppState, piece: Melody, text: &str) -> ExportItem {
    let (seed, hash) = (state.seed(), state.weights_hash());
    let set = state.path.stations().map_or(0, |stations| stations.number);
    ExportItem {
        melody: Arc::new(piece),
        name: format!("Path {set}"),
        text: format!(
            "seed {seed}, path {set}, weights {hash}, tunescape {}; {text}",
            env!("CARGO_PKG_VERSION")
        ),
        stem: file_stem(&format!("path{set}"), state.settings.tempo),
    }
}

pub(super) fn export_figures(state: &AppState, services: &mut Services) {
    if let Some(found) = state.analysis.found() {
        let folder = state.settings.export_folder.as_deref();
        let attribute = state.colour_attribute();
        services
            .exporter
            .export_figures(Arc::clone(found), attribute, folder);
    }
}

/// The attributes in a file's name are those of the melody that is written, however it came to be.
fn item(melody: &Arc<Melody>, source: Source, tempo: f64) -> ExportItem {
    ExportItem::new(
        source.id,
        source.name,
        Arc::clone(melody),
        &AttributeRow::measure(melody),
        source.seed,
        &source.weights_hash,
        tempo,
    )
}

pub(super) fn write_refused(
    state: &mut AppState,
    services: &mut Services,
    notice: u64,
    existing: Existing,
) {
    if let Some(NoticeAction::Replace(refused)) = state
        .notices
        .dismiss(notice)
        .and_then(|notice| notice.action)
    {
        services.exporter.write_refused(refused, existing);
    }
}

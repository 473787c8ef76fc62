//! The path over the map: `edit` changes it and decodes its melodies, `sampled_path` computes the latent points along it, `play` plays
//! it and moves the marker.

mod edit;
mod play;
mod sampled_path;

pub(super) use edit::{apply, end_tool, restore};
pub(in crate::ui) use edit::{move_stops, receive, resume};
pub(in crate::ui) use play::update_marker;
pub(super) use play::{path_piece, play, play_means_path, sources_text};

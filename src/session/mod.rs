//! What outlives the program: the library of kept melodies, and files: whole runs for researchers, chosen melodies for musicians.
//!
//! [`write_study`] writes a study's folder, [`Parts`] hold an unfinished one. [`write_sweep`] and [`write_steer`] write the
//! layout that scripts rely on, [`write_encoded`], [`write_blend`] and [`write_path`] what was made of melodies; [`export_files`]
//! and [`write_files`] write what someone chose to keep. Every file appears whole or not at all, and nothing is replaced unless the caller says so. [`library`] is the database of kept melodies.

mod error;
mod export;
mod files;
pub mod library;
mod made_files;
mod naming;
mod path_files;
mod record;
mod row_files;
mod run_files;
mod steer_files;
mod study;
mod tables;

pub use error::{ExportError, summarise_names};
pub use export::{
    Existing, ExportFile, ExportItem, ExportShape, confirmed, export_files, midi_path, write_files,
};
pub use made_files::{BlendRun, EncodeRun, EncodedWindow, write_blend, write_encoded};
pub use naming::{file_stem, melody_file_stem, provenance};
pub use path_files::{PathRun, write_path};
pub use run_files::{prepare_run, write_sweep};
pub use steer_files::{SteerRun, write_steer};
pub use study::{
    Gathered, Manifest, Parts, Shard, StudyFilesError, StudyRun, decode_parts, gather,
    read_published_output, write_study,
};

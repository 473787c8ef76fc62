//! Files that the program writes: the library of kept melodies, session files, folders of runs for researchers, MIDI files for
//! musicians.
//!
//! Every file is written atomically, and nothing is replaced unless the caller says so.
//!
//! - `library`: the database of kept melodies; `session_file`: the file of a session; `database`: what both have in common
//! - `piece`: the melodies of the timeline
//! - `export`: chosen melodies as MIDI files; `share`: a melody as one line of text
//! - `sweep_run`, `steer_run`, `encode_run`, `blend_run`, `path_run`: the folder of each kind of run, whose files scripts rely
//!   on; `sequence` has what blends and paths share
//! - `study`: the folder of a study, and the parts of an unfinished one
//! - `fine_tuned_models`: the folder of fine-tuned models, and unfinished runs, which `fine_tune_lock` locks; `learnt_melodies`: the
//!   melodies beside such a model
//! - `output_folder`, `tables`, `run_record`, `generated_record`, `naming`: files, tables, records and names of runs

mod blend_run;
pub mod database;
mod encode_run;
mod error;
mod export;
mod fine_tune_lock;
mod fine_tuned_models;
mod generated_record;
mod learnt_melodies;
pub mod library;
mod naming;
mod output_folder;
mod path_run;
pub mod piece;
mod run_record;
mod sequence;
pub mod session_file;
pub mod share;
mod steer_run;
mod study;
mod sweep_run;
mod tables;

pub use blend_run::{BlendRun, write_blend};
pub use encode_run::{EncodeRun, EncodedWindow, write_encoded};
pub use error::{ExportError, summarise_names};
pub use export::{
    ExportFile, ExportGrouping, ExportItem, OnExisting, SCORE_EXTENSION, export_files, midi_path,
    piece_items, replace_if_confirmed, write_files,
};
pub use fine_tuned_models::{
    FineTuneFolder, FineTuneRecord, FineTuneSource, FineTunedModel, FineTunedModels,
    FineTunedModelsError,
};
pub use generated_record::ModelInfo;
pub use learnt_melodies::{LearntMelodies, LearntMelodiesError, LearntMelody};
pub use naming::{file_stem, melody_file_stem, named_file_stem, provenance, text_with_origin};
pub use output_folder::check_output_folder;
pub use path_run::{PathRun, write_path};
pub use steer_run::{SteerRun, write_steer};
pub use study::{
    Shard, ShardStatus, SlurmJob, StudyFilesError, StudyInput, StudyManifest, StudyParts, StudyRun,
    decode_parts, plan_study, read_parts, read_published_output, write_study,
};
pub use sweep_run::{MelodyFiles, write_sweep};

//! The folder of a study: its parts, from which a study is resumed and shards are merged, and the files written from them.
//!
//! | file | content |
//! |---|---|
//! | `parts/` | tokens of the melodies in parts; to save time in the merge also positions of the samples, posteriors of some, and the map of the regions. Removed when the study is written; a shard has no other files |
//! | `report.html`, `figures/*.svg`, `figures/*.png` | the report and its figures |
//! | `study.json` | every number of the report |
//! | `overview.csv`, `tests.csv`, `groups.csv`, `correlations.csv`, `between_attributes.csv`, `map_quality.csv` | its tables |
//! | `attributes.csv`, `attributes.npy`, `attributes.parquet` | one row per sample |
//! | `regions.csv`, `map.npy`, `map.parquet` | one row per region |
//! | `latents.npy`, `latents.parquet`, `centroids.npy`, `tokens.npy` | latent points and melodies |
//! | `study.parquet` | one row per sample: id, file name, map position, attributes, notes as text |
//! | `run.json` | settings, seed, weights, version, device, counts; written last |

mod error;
mod input;
mod melodies;
mod parquet;
mod part_positions;
mod part_posteriors;
mod published_output;
mod region_map_file;
mod shard;
mod shard_status;
mod slurm;
mod study_manifest;
mod study_parts;
mod tables;
mod write;

pub use error::StudyFilesError;
pub use input::{StudyInput, read_parts};
pub use published_output::read_published_output;
pub use shard::Shard;
pub use shard_status::ShardStatus;
pub use slurm::SlurmJob;
pub use study_manifest::StudyManifest;
pub use study_parts::{StudyParts, decode_parts, plan_study};
pub use write::{StudyRun, write_study};

//! What a sweep says about a latent space: correlations, tests, map quality, figures and a report.
//!
//! [`Study::of`] computes every number from a [`StudyData`], which a sweep in memory, a run on disk or another program's output
//! becomes. The figures and the report are made from the study and the data. No files are read or written here.

mod active;
mod analysis;
mod chance;
mod data;
mod dimensions;
pub mod figures;
mod findings;
mod groups;
mod linear;
mod map_quality;
mod report;
mod report_style;
mod report_tables;
mod settings;
mod spatial;

pub use active::ActiveDimensions;
pub use analysis::{AttributeStudy, BetweenAttributes, DecodeNew, Study};
pub use data::{Columns, Latents, StudyData};
pub use dimensions::{DimensionStudy, StrongDimension};
pub use findings::p_in_words;
pub use groups::{
    Effect, GROUP_NAMES, Group, GroupStudy, PairStudy, TestRow, chosen_regions, new_samples,
};
pub use linear::{HeldOut, LinearStudy};
pub use map_quality::MapStudy;
pub use report::{RunFacts, report};
pub use settings::{AttributeSet, MOST_GROUP_SAMPLES, Preset, StudySettings};
pub use spatial::SpatialStudy;

//! Analysis of a sweep's latent space: correlations, tests, map quality, figures and a report.
//!
//! [`StudyResults::compute`] (`analysis`) computes every number (`results`) from a [`StudyData`], which is made from a sweep in
//! memory, a run on disk or another program's output. Its parts: `dimensions` and `chance` (correlations with latent
//! dimensions and their chance levels), `linear`, `spatial` and `map_quality`, `groups`, `active`. `findings` writes the
//! results as sentences; [`figures`] and [`report()`] draw them. Files are neither read nor written here.

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
mod results;
mod settings;
mod spatial;
mod study_provenance;

pub use active::ActiveDimensions;
pub use analysis::DecodeFn;
pub use data::{AttributeColumns, LatentSource, StudyData};
pub use dimensions::{CorrelationUnit, DimensionCorrelations, StrongDimension};
pub use findings::format_p;
pub use groups::{
    Effect, GROUP_NAMES, GroupComparison, PairComparison, SampleGroup, TestRow, new_samples,
    select_regions,
};
pub use linear::{HeldOutPrediction, LinearModel};
pub use map_quality::MapQuality;
pub use report::report;
pub use results::{AttributeResults, BetweenAttributes, StudyResults};
pub use settings::{AttributeSet, MAX_GROUP_SAMPLES, StudyPreset, StudySettings};
pub use spatial::SpatialAutocorrelation;
pub use study_provenance::StudyProvenance;

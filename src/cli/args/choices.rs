//! Values of options that are one of a few names, with a line of help each.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::latent::{Interpolation, Sigma};
use crate::model::MatmulFormat;
use crate::playback::Instrument;
use crate::study::StudyPreset;
use crate::sweep::KeptAspect;

/// Distribution of the regions' centres; the edge of the box is an option of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScalingArg {
    /// Points look like draws of the prior.
    Prior,
    /// Uniform in a box.
    Box,
}

impl ValueEnum for Interpolation {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Spherical, Self::Linear]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Spherical => {
                PossibleValue::new("spherical").help("Along the arc, where the prior has its mass")
            }
            Self::Linear => PossibleValue::new("linear").help("Along the straight line"),
        })
    }
}

impl ValueEnum for StudyPreset {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::PublishedText, Self::PublishedCode, Self::Prior]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::PublishedText => "A box of width 6, sigma 1, as the text of the published study",
            Self::PublishedCode => "The sigma and the rhythmic complexity of its code",
            Self::Prior => "Draws of the prior, sigma 0.5",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for MatmulFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Float32, Self::Bfloat16]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Float32 => PossibleValue::new("float32").help("On every processor"),
            Self::Bfloat16 => PossibleValue::new("bfloat16")
                .help("About twice the speed, on processors with AVX-512 BF16"),
        })
    }
}

impl ValueEnum for KeptAspect {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Nothing => "Everything may change",
            Self::Rhythm => "When notes start and end",
            Self::Pitches => "The order of its pitches",
            Self::FirstBar => "The first bar",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for Instrument {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.id()))
    }
}

/// Largest number of threads: more than any one machine has, few enough not to stop it.
const MAX_THREADS: usize = 1024;

/// Parses `--threads`; 0 stands for the default.
///
/// # Errors
/// What can be given instead.
pub fn parse_threads(text: &str) -> Result<usize, String> {
    let threads = text.parse().ok().filter(|threads| *threads <= MAX_THREADS);
    threads.ok_or_else(|| format!("give a number from 1 to {MAX_THREADS}"))
}

/// Parses `--sigma`: a number, or `as-published`.
///
/// # Errors
/// What can be given instead.
pub fn parse_sigma(text: &str) -> Result<Sigma, String> {
    if text == "as-published" {
        return Ok(Sigma::PublishedCode);
    }
    let sigma = text.parse().map(Sigma::Fixed);
    sigma.map_err(|_| "give a number, or as-published".to_owned())
}

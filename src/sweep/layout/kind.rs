//! The kinds of layouts, with their names on the command line, in files and on screen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::attributes::{ATTRIBUTES, attribute_index};

/// A kind of layout: which similarity the map shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum LayoutKind {
    /// Similarity in the latent space: the study's multidimensional scaling of the regions' centres, with the samples placed by
    /// their distances to these.
    #[default]
    Latent,
    /// Similarity in sound: a neighbour embedding of the melodies by their distance.
    MelodyDistance,
    /// Similarity in the directions of the latent space that the decoder is sensitive to: a neighbour embedding of the latent
    /// points by their distance in these directions.
    Decoder,
    /// Two attributes (indices into the table) as x and y.
    Axes {
        /// The attribute from left to right.
        x: usize,
        /// The attribute from the bottom up.
        y: usize,
    },
}

/// Error of parsing the name of a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseLayoutKindError {
    /// No such layout.
    #[error(
        "there is no layout {0:?}; choose latent, sound, decoder, axes, or axes:X,Y with two attributes"
    )]
    Unknown(String),
    /// No such attribute.
    #[error("there is no attribute {found:?}; choose of {known}")]
    NoSuchAttribute {
        /// The given name.
        found: String,
        /// The known ids.
        known: String,
    },
}

impl LayoutKind {
    /// The axes layout with the default attributes: note density against pitch range.
    pub const DEFAULT_AXES: Self = Self::Axes { x: 0, y: 2 };

    /// One of each kind, in the order of menus.
    pub const ALL: [Self; 4] = [
        Self::MelodyDistance,
        Self::Latent,
        Self::Decoder,
        Self::DEFAULT_AXES,
    ];

    /// Name on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Latent => "Latent",
            Self::MelodyDistance => "Sound",
            Self::Decoder => "Decoder",
            Self::Axes { .. } => "Axes",
        }
    }

    /// A sentence that explains it.
    #[must_use]
    pub fn description(self) -> String {
        match self {
            Self::Latent => "Near in the model's latent space, as far as a plane can show it: the study's own map. Near need not sound \
                 similar."
                .to_owned(),
            Self::MelodyDistance => "Near sounds similar: rhythm, course of the pitch, pitches used and notes; transposition counts less."
                .to_owned(),
            Self::Decoder => "Near in the directions of the latent space that the melody reacts to; silent directions count for nothing."
                .to_owned(),
            Self::Axes { x, y } => {
                let name = |index: usize| ATTRIBUTES.get(index).map_or("", |entry| entry.name);
                format!("{} from left to right, {} upwards.", name(x), name(y))
            }
        }
    }
}

impl fmt::Display for LayoutKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latent => f.write_str("latent"),
            Self::MelodyDistance => f.write_str("sound"),
            Self::Decoder => f.write_str("decoder"),
            Self::Axes { x, y } => {
                let id = |index: usize| ATTRIBUTES.get(index).map_or("", |entry| entry.id);
                write!(f, "axes:{},{}", id(*x), id(*y))
            }
        }
    }
}

impl FromStr for LayoutKind {
    type Err = ParseLayoutKindError;

    fn from_str(text: &str) -> Result<Self, ParseLayoutKindError> {
        match text {
            "latent" => Ok(Self::Latent),
            "sound" => Ok(Self::MelodyDistance),
            "decoder" => Ok(Self::Decoder),
            "axes" => Ok(Self::DEFAULT_AXES),
            _ => {
                let (x, y) = text
                    .strip_prefix("axes:")
                    .and_then(|rest| rest.split_once(','))
                    .ok_or_else(|| ParseLayoutKindError::Unknown(text.to_owned()))?;
                let index = |id: &str| {
                    attribute_index(id).ok_or_else(|| ParseLayoutKindError::NoSuchAttribute {
                        found: id.to_owned(),
                        known: ATTRIBUTES
                            .iter()
                            .map(|entry| entry.id)
                            .collect::<Vec<_>>()
                            .join(", "),
                    })
                };
                Ok(Self::Axes {
                    x: index(x)?,
                    y: index(y)?,
                })
            }
        }
    }
}

impl From<LayoutKind> for String {
    fn from(kind: LayoutKind) -> Self {
        kind.to_string()
    }
}

impl TryFrom<String> for LayoutKind {
    type Error = ParseLayoutKindError;

    fn try_from(text: String) -> Result<Self, ParseLayoutKindError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn every_layout_is_parsed_from_its_name_and_others_are_refused_with_the_choice() {
        let other = LayoutKind::Axes { x: 3, y: 1 };
        for kind in LayoutKind::ALL.into_iter().chain([other]) {
            assert_eq!(kind.to_string().parse(), Ok(kind));
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(serde_json::from_str::<LayoutKind>(&text).unwrap(), kind);
        }
        assert_eq!(other.to_string(), "axes:contour,rhythmic_complexity");
        assert!(
            "umap"
                .parse::<LayoutKind>()
                .unwrap_err()
                .to_string()
                .contains("choose latent, sound")
        );
        let error = "axes:loudness,contour"
            .parse::<LayoutKind>()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("\"loudness\"") && error.contains("note_density"),
            "{error}"
        );
    }
}

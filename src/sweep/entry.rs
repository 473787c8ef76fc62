//! A melody of a sweep with its measured attributes.

use std::sync::Arc;

use super::identity::MelodyId;
use crate::attributes::AttributeRow;
use crate::melody::Melody;

/// A decoded melody with its attributes and its position on the map.
#[derive(Clone, Debug)]
pub struct MelodyEntry {
    /// Its id.
    pub id: MelodyId,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its attributes; none if it is empty.
    pub attributes: AttributeRow,
    /// Its position on the map.
    pub position: [f64; 2],
}

//! Melodies as notation, for engravers.
//!
//! - `values`: a duration in sixteenths as tied note values; `musicxml`: the file

mod musicxml;
mod values;

pub use musicxml::musicxml_bytes;

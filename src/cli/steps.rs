//! What `blend` and `path` say of their melodies.

use super::progress::print;
use crate::latent::Interpolation;
use crate::melody::edit_distance;
use crate::sweep::Generated;

/// The way that `--way` names; anything but `linear` is the usual one.
pub(super) fn way(name: &str) -> Interpolation {
    match name {
        "linear" => Interpolation::Linear,
        _ => Interpolation::Spherical,
    }
}

/// A line for each melody: its share of the way, its notes, and the edit distance from the one before.
pub(super) fn print_steps(made: &Generated) {
    print("step  share  notes  distance");
    for (step, melody) in made.melodies.iter().enumerate() {
        let before = step
            .checked_sub(1)
            .and_then(|before| made.melodies.get(before))
            .map(|before| edit_distance(&before.melody, &melody.melody).to_string());
        print(&format!(
            "{step:>4}  {:>5.3}  {:>5}  {:>8}",
            made.shares.get(step).copied().unwrap_or(0.0),
            melody.melody.notes().len(),
            before.unwrap_or_default()
        ));
    }
}

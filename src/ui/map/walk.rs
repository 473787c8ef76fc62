//! Walking over the map with the arrow keys.

use eframe::egui::{Pos2, Vec2};

use crate::sweep::MelodyId;
use crate::ui::command::Direction;

impl Direction {
    /// As a unit vector on screen, y down.
    fn vector(self) -> Vec2 {
        match self {
            Self::Left => Vec2::new(-1.0, 0.0),
            Self::Right => Vec2::new(1.0, 0.0),
            Self::Up => Vec2::new(0.0, -1.0),
            Self::Down => Vec2::new(0.0, 1.0),
        }
    }
}

/// The nearest point inside the 90-degree sector around a direction.
pub fn nearest_towards(
    from: Pos2,
    direction: Direction,
    points: impl Iterator<Item = (MelodyId, Pos2)>,
) -> Option<MelodyId> {
    let forward = direction.vector();
    points
        .filter_map(|(id, at)| {
            let off = at - from;
            let along = off.dot(forward);
            let across = off.dot(forward.rot90()).abs();
            (along > 1e-3 && across <= along).then(|| (id, off.length_sq()))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    #[test]
    fn an_arrow_goes_to_the_nearest_point_of_its_own_quarter() {
        let id = |region| MelodyId::Centre { region };
        let points = [
            (id(0), pos2(0.0, 0.0)),
            (id(1), pos2(5.0, -6.0)),
            (id(2), pos2(30.0, 10.0)),
            (id(3), pos2(-9.0, 2.0)),
        ];
        let go = |direction| nearest_towards(pos2(0.0, 0.0), direction, points.into_iter());
        // Point 1 is nearer, but lies in the upper quarter.
        assert_eq!(go(Direction::Right), Some(id(2)));
        assert_eq!(go(Direction::Up), Some(id(1)));
        assert_eq!(go(Direction::Left), Some(id(3)));
        assert_eq!(go(Direction::Down), None);
    }
}

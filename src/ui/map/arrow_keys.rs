//! Selecting the next melody with the arrow keys.

use eframe::egui::{Key, Modifiers, Pos2, Response, Ui, Vec2};

use super::screen_points::ScreenPoints;
use crate::sweep::MelodyId;
use crate::ui::command::{Command, Direction};
use crate::ui::key_events::was_pressed;
use crate::ui::state::AppState;
use crate::ui::widgets::controls::lock_arrow_keys;

impl Direction {
    /// The unit vector on screen, y down.
    fn vector(self) -> Vec2 {
        match self {
            Self::Left => Vec2::new(-1.0, 0.0),
            Self::Right => Vec2::new(1.0, 0.0),
            Self::Up => Vec2::new(0.0, -1.0),
            Self::Down => Vec2::new(0.0, 1.0),
        }
    }
}

/// Selects the nearest melody in the direction of a pressed arrow key.
pub fn handle(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    points: &ScreenPoints,
    out: &mut Vec<Command>,
) {
    if response.has_focus() {
        lock_arrow_keys(ui, response);
    } else if ui.memory(|memory| memory.focused()).is_some() {
        return;
    }
    let pressed = ui.input(|input| {
        [
            (Key::ArrowLeft, Direction::Left),
            (Key::ArrowRight, Direction::Right),
            (Key::ArrowUp, Direction::Up),
            (Key::ArrowDown, Direction::Down),
        ]
        .into_iter()
        .find(|(key, _)| was_pressed(input, Modifiers::NONE, *key))
    });
    let Some((_, direction)) = pressed else {
        return;
    };
    let focus = state.selection.focus;
    // From a region to regions, from a sample to any melody.
    let skip_samples = !matches!(focus, Some(MelodyId::Sample { .. }));
    let from = focus
        .and_then(|id| points.get(id))
        .map_or(response.rect.center(), |point| point.position);
    let candidates = points
        .list
        .iter()
        .filter(|point| point.ready && Some(point.id) != focus)
        .filter(|point| !skip_samples || !matches!(point.id, MelodyId::Sample { .. }))
        .map(|point| (point.id, point.position));
    if let Some(id) = nearest_in_direction(from, direction, candidates) {
        out.push(Command::Select(id));
    }
}

/// The nearest point inside the 90-degree sector around a direction.
fn nearest_in_direction(
    from: Pos2,
    direction: Direction,
    points: impl Iterator<Item = (MelodyId, Pos2)>,
) -> Option<MelodyId> {
    let forward = direction.vector();
    points
        .filter_map(|(id, position)| {
            let offset = position - from;
            let forward_distance = offset.dot(forward);
            let sideways_distance = offset.dot(forward.rot90()).abs();
            (forward_distance > 1e-3 && sideways_distance <= forward_distance)
                .then(|| (id, offset.length_sq()))
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
        let nearest =
            |direction| nearest_in_direction(pos2(0.0, 0.0), direction, points.into_iter());
        // Point 1 is nearer, but lies in the upper quarter.
        assert_eq!(nearest(Direction::Right), Some(id(2)));
        assert_eq!(nearest(Direction::Up), Some(id(1)));
        assert_eq!(nearest(Direction::Left), Some(id(3)));
        assert_eq!(nearest(Direction::Down), None);
    }
}

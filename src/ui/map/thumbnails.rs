//! Close up, points show their melodies: a small roll below each one that has room for it.

use eframe::egui::{Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, vec2};

use super::dots::ScreenPoint;
use super::grid::Grid;
use crate::attributes::ATTRIBUTES;
use crate::sweep::MelodyId;
use crate::ui::palette::normalize;
use crate::ui::state::AppState;
use crate::ui::theme::Colours;
use crate::ui::widgets::piano_roll::{self, Roll};

/// From this zoom on, points have rolls where there is room.
const NEAR: f32 = 2.0;
/// Width of a roll there, and the widest, points. The height is two fifths of it.
const WIDTHS: (f32, f32) = (58.0, 108.0);
/// With more points than this in view there is room for none.
const MOST_IN_VIEW: usize = 1_500;
/// Other points that a roll may lie over.
const COVERED: usize = 1;
/// Space between a point and its roll.
const GAP: f32 = 3.0;

/// A roll on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Card {
    /// The melody.
    pub id: MelodyId,
    /// Where it is.
    pub rect: Rect,
}

/// The card of a point, if a place lies on one.
pub fn at(cards: &[Card], pointer: Pos2) -> Option<MelodyId> {
    let card = cards.iter().find(|card| card.rect.contains(pointer))?;
    Some(card.id)
}

fn size(zoom: f32) -> Vec2 {
    let width = (WIDTHS.0 + 4.0 * (zoom - NEAR)).clamp(WIDTHS.0, WIDTHS.1);
    vec2(width, 0.4 * width).round()
}

/// Which points have rolls, and where: those whose roll would lie over hardly any other point. Where a heap of points stays
/// a heap at any zoom, one of them speaks for all. Rolls never lie over each other.
pub fn cards(
    map: Rect,
    zoom: f64,
    closest: bool,
    placed: &[ScreenPoint],
    grid: &Grid,
    first: Option<MelodyId>,
    wanted: impl Fn(MelodyId) -> bool,
) -> Vec<Card> {
    let mut cards: Vec<Card> = Vec::new();
    if zoom < f64::from(NEAR) {
        return cards;
    }
    let size = size(zoom as f32);
    let seen = map.expand2(size);
    let in_view: Vec<&ScreenPoint> = placed
        .iter()
        .filter(|dot| dot.ready && seen.contains(dot.at))
        .take(MOST_IN_VIEW + 1)
        .collect();
    if in_view.len() > MOST_IN_VIEW {
        return cards;
    }
    let rank = |dot: &ScreenPoint| match dot.id {
        id if Some(id) == first => 0,
        MelodyId::Centre { .. } => 1,
        MelodyId::Steered { .. } | MelodyId::Generated { .. } => 2,
        MelodyId::Sample { .. } => 3,
    };
    for turn in 0..=3 {
        for dot in in_view.iter().filter(|dot| rank(dot) == turn) {
            let top = dot.at + vec2(0.0, dot.radius + GAP + size.y / 2.0);
            let rect = Rect::from_center_size(top, size);
            let clear = rect.expand(GAP);
            if cards.iter().any(|card| card.rect.intersects(clear)) || !wanted(dot.id) {
                continue;
            }
            let others = grid
                .around(rect.center(), size.x / 2.0)
                .filter_map(|index| placed.get(index))
                .filter(|other| other.id != dot.id && rect.contains(other.at));
            if closest || turn == 0 || others.take(COVERED + 1).count() <= COVERED {
                cards.push(Card { id: dot.id, rect });
            }
        }
    }
    cards
}

/// Draws the rolls, each in the colour of its point.
pub fn paint(painter: &Painter, cards: &[Card], state: &AppState, limits: (f64, f64), c: &Colours) {
    let attribute = state.colour_attribute();
    let scale = ATTRIBUTES.get(attribute).map(|a| a.display_scale);
    let mut notes = Mesh::default();
    for card in cards {
        let Some(entry) = state.library.get(card.id) else {
            continue;
        };
        let value = entry.attributes.value(attribute).zip(scale);
        let ink = value.map_or(c.muted, |(value, scale)| {
            let colour = state.settings.palette.at(normalize(scale(value), limits));
            colour.lerp_to_gamma(c.text, 0.4)
        });
        let playhead = state.listening.step_in(&entry.melody);
        let edge = if playhead.is_some() {
            c.playing
        } else {
            ink.gamma_multiply(0.35)
        };
        painter.rect(
            card.rect,
            4.0,
            c.ground.gamma_multiply(0.82),
            Stroke::new(1.0, edge),
            StrokeKind::Inside,
        );
        let area = card.rect.shrink2(vec2(5.0, 3.0));
        if playhead.is_some() {
            let look = Roll {
                note: ink,
                grid: false,
                playhead,
            };
            piano_roll::paint(painter, area, &entry.melody, &look, c);
        } else {
            for (bar, _) in piano_roll::bars(area, &entry.melody) {
                notes.add_colored_rect(bar, ink);
            }
        }
    }
    painter.add(Shape::mesh(notes));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::map::camera::View;
    use eframe::egui::pos2;

    const MAP: Rect = Rect {
        min: pos2(0.0, 0.0),
        max: pos2(800.0, 600.0),
    };

    fn shown(places: &[(f32, f32)], zoom: f64, closest: bool) -> Vec<Card> {
        let placed: Vec<ScreenPoint> = places
            .iter()
            .zip(0..)
            .map(|((x, y), sample)| ScreenPoint {
                id: MelodyId::Sample { region: 0, sample },
                at: pos2(*x, *y),
                radius: 3.0,
                ready: true,
            })
            .collect();
        let view = View {
            centre: [0.0; 2],
            scale: 1.0,
        };
        let grid = Grid::new(&placed, (view, MAP), |_| false);
        cards(MAP, zoom, closest, &placed, &grid, None, |_| true)
    }

    #[test]
    fn far_away_there_are_dots_and_near_there_are_rolls_that_do_not_overlap() {
        let places: Vec<(f32, f32)> = (0..40)
            .map(|k| (20.0 + 95.0 * (k % 8) as f32, 30.0 + 110.0 * (k / 8) as f32))
            .collect();
        assert!(shown(&places, 1.0, false).is_empty());
        let near = shown(&places, 4.0, false);
        assert_eq!(near.len(), 40);
        for (index, card) in near.iter().enumerate() {
            assert!(
                near[..index]
                    .iter()
                    .all(|other| !other.rect.intersects(card.rect))
            );
        }
    }

    #[test]
    fn a_heap_of_points_stays_dots_until_it_cannot_be_told_apart_any_more() {
        let heap: Vec<(f32, f32)> = (0..12).map(|k| (300.0 + k as f32, 305.0)).collect();
        let mut places = heap.clone();
        places.push((100.0, 100.0));
        // Above the heap there is nothing, so its roll, below it, lies over nothing but what is farther down.
        places.extend(heap.iter().map(|(x, y)| (*x, y + 15.0)));
        let lone = shown(&places, 3.0, false);
        assert!(lone.iter().any(|card| card.id
            == MelodyId::Sample {
                region: 0,
                sample: 12
            }));
        let over_heap = |cards: &[Card]| {
            let heap = Rect::from_min_max(pos2(290.0, 300.0), pos2(320.0, 340.0));
            cards
                .iter()
                .filter(|card| card.rect.intersects(heap))
                .count()
        };
        assert_eq!(over_heap(&lone), 1, "the lower row has nothing below it");
        assert!(over_heap(&shown(&places, 59.0, true)) >= 1);
        assert_eq!(
            at(&lone, pos2(100.0, 115.0)),
            Some(MelodyId::Sample {
                region: 0,
                sample: 12
            })
        );
        assert_eq!(at(&lone, pos2(500.0, 115.0)), None);
    }
}

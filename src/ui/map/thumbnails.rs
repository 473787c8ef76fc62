//! Thumbnails: close up, a small piano roll below each point that has space for it.

use eframe::egui::{Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, vec2};

use super::attribute_colours::melody_colour;
use super::screen_point::ScreenPoint;
use super::screen_points::ScreenPoints;
use crate::sweep::MelodyId;
use crate::ui::state::AppState;
use crate::ui::theme::Colours;
use crate::ui::widgets::piano_roll::{self, RollStyle};

/// Minimum zoom.
const MIN_ZOOM: f32 = 2.0;
/// Width at that zoom, and maximum width, points. The height is two fifths of it.
const WIDTHS: (f32, f32) = (58.0, 108.0);
/// Maximum number of points in view.
const MAX_IN_VIEW: usize = 1_500;
/// Maximum number of other points that a thumbnail may cover.
const MAX_COVERED: usize = 1;
/// Space between a point and its thumbnail.
const GAP: f32 = 3.0;

/// The piano roll of a melody on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thumbnail {
    /// The melody.
    pub id: MelodyId,
    /// Where it is drawn.
    pub rect: Rect,
}

/// The melody whose thumbnail is at a position.
pub fn thumbnail_at(thumbnails: &[Thumbnail], at: Pos2) -> Option<MelodyId> {
    let thumbnail = thumbnails.iter().find(|thumb| thumb.rect.contains(at))?;
    Some(thumbnail.id)
}

fn size(zoom: f32) -> Vec2 {
    let width = (WIDTHS.0 + 4.0 * (zoom - MIN_ZOOM)).clamp(WIDTHS.0, WIDTHS.1);
    vec2(width, 0.4 * width).round()
}

/// Chooses the points with thumbnails: those whose thumbnail covers at most one other point. With `closest`, the maximum zoom, one of
/// several points on a heap is chosen too. Thumbnails never overlap. `first` is preferred, then centres, then generated
/// melodies; `filter` selects the melodies that may have one.
pub fn layout(
    map: Rect,
    zoom: f64,
    closest: bool,
    points: &ScreenPoints,
    first: Option<MelodyId>,
    filter: impl Fn(MelodyId) -> bool,
) -> Vec<Thumbnail> {
    let mut thumbnails: Vec<Thumbnail> = Vec::new();
    if zoom < f64::from(MIN_ZOOM) {
        return thumbnails;
    }
    let size = size(zoom as f32);
    let visible = map.expand2(size);
    let in_view: Vec<&ScreenPoint> = points
        .list
        .iter()
        .filter(|point| point.ready && visible.contains(point.position))
        .take(MAX_IN_VIEW + 1)
        .collect();
    if in_view.len() > MAX_IN_VIEW {
        return thumbnails;
    }
    let rank = |point: &ScreenPoint| match point.id {
        id if Some(id) == first => 0,
        MelodyId::Centre { .. } => 1,
        MelodyId::Steered { .. } | MelodyId::Generated { .. } => 2,
        MelodyId::Sample { .. } => 3,
    };
    for pass in 0..=3 {
        for point in in_view.iter().filter(|point| rank(point) == pass) {
            let middle = point.position + vec2(0.0, point.radius + GAP + size.y / 2.0);
            let rect = Rect::from_center_size(middle, size);
            let rect_with_gap = rect.expand(GAP);
            if thumbnails
                .iter()
                .any(|other| other.rect.intersects(rect_with_gap))
                || !filter(point.id)
            {
                continue;
            }
            let others = points
                .candidates_around(rect.center(), size.x / 2.0)
                .filter(|other| other.id != point.id && rect.contains(other.position));
            if closest || pass == 0 || others.take(MAX_COVERED + 1).count() <= MAX_COVERED {
                thumbnails.push(Thumbnail { id: point.id, rect });
            }
        }
    }
    thumbnails
}

/// Draws the thumbnails, each in the colour of its point.
pub fn paint(painter: &Painter, thumbnails: &[Thumbnail], state: &AppState, c: &Colours) {
    let mut notes = Mesh::default();
    for thumbnail in thumbnails {
        let Some(entry) = state.melodies.get(thumbnail.id) else {
            continue;
        };
        let colour =
            melody_colour(state, entry).map_or(c.muted, |colour| colour.lerp_to_gamma(c.text, 0.4));
        let playhead = state.playback.step_in(&entry.melody);
        let edge = if playhead.is_some() {
            c.playing
        } else {
            colour.gamma_multiply(0.35)
        };
        painter.rect(
            thumbnail.rect,
            4.0,
            c.background.gamma_multiply(0.82),
            Stroke::new(1.0, edge),
            StrokeKind::Inside,
        );
        let area = thumbnail.rect.shrink2(vec2(5.0, 3.0));
        if playhead.is_some() {
            let style = RollStyle {
                note: colour,
                grid: false,
                playhead,
            };
            piano_roll::paint(painter, area, &entry.melody, &style, c);
        } else {
            for bar in piano_roll::note_rects(area, &entry.melody) {
                notes.add_colored_rect(bar, colour);
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

    fn thumbnails_at(places: &[(f32, f32)], zoom: f64, closest: bool) -> Vec<Thumbnail> {
        let list: Vec<ScreenPoint> = places
            .iter()
            .zip(0..)
            .map(|((x, y), sample)| ScreenPoint {
                id: MelodyId::Sample { region: 0, sample },
                position: pos2(*x, *y),
                radius: 3.0,
                ready: true,
            })
            .collect();
        let view = View {
            centre: [0.0; 2],
            scale: 1.0,
        };
        let points = ScreenPoints::new(list, (view, MAP), |_| false);
        layout(MAP, zoom, closest, &points, None, |_| true)
    }

    #[test]
    fn thumbnails_appear_close_up_and_do_not_overlap() {
        let places: Vec<(f32, f32)> = (0..40)
            .map(|k| (20.0 + 95.0 * (k % 8) as f32, 30.0 + 110.0 * (k / 8) as f32))
            .collect();
        assert!(thumbnails_at(&places, 1.0, false).is_empty());
        let near = thumbnails_at(&places, 4.0, false);
        assert_eq!(near.len(), 40);
        for (index, thumb) in near.iter().enumerate() {
            assert!(
                near[..index]
                    .iter()
                    .all(|other| !other.rect.intersects(thumb.rect))
            );
        }
    }

    #[test]
    fn a_heap_of_points_has_a_thumbnail_only_at_the_closest_zoom() {
        let heap: Vec<(f32, f32)> = (0..12).map(|k| (300.0 + k as f32, 305.0)).collect();
        let mut places = heap.clone();
        places.push((100.0, 100.0));
        // The thumbnail of a point of the heap would cover the row below it.
        places.extend(heap.iter().map(|(x, y)| (*x, y + 15.0)));
        let lone = thumbnails_at(&places, 3.0, false);
        assert!(lone.iter().any(|thumb| thumb.id
            == MelodyId::Sample {
                region: 0,
                sample: 12
            }));
        let over_heap = |thumbnails: &[Thumbnail]| {
            let heap = Rect::from_min_max(pos2(290.0, 300.0), pos2(320.0, 340.0));
            thumbnails
                .iter()
                .filter(|thumb| thumb.rect.intersects(heap))
                .count()
        };
        assert_eq!(over_heap(&lone), 1, "the lower row has nothing below it");
        assert!(over_heap(&thumbnails_at(&places, 59.0, true)) >= 1);
        assert_eq!(
            thumbnail_at(&lone, pos2(100.0, 115.0)),
            Some(MelodyId::Sample {
                region: 0,
                sample: 12
            })
        );
        assert_eq!(thumbnail_at(&lone, pos2(500.0, 115.0)), None);
    }
}

//! Marks on points: hovered, selected, kept, and what you hear.

use std::f32::consts::TAU;

use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};

use super::MapView;
use super::dots::ScreenPoint;
use crate::sweep::MelodyId;
use crate::ui::state::AppState;
use crate::ui::theme::Colours;

/// Lines from the open region to its samples.
pub fn constellation(painter: &Painter, placed: &[ScreenPoint], region: u32, c: &Colours) {
    let Some(centre) = placed
        .iter()
        .find(|dot| dot.id == MelodyId::Centre { region })
    else {
        return;
    };
    let line = Stroke::new(1.0, c.text.gamma_multiply(0.2));
    for dot in placed {
        if matches!(dot.id, MelodyId::Sample { region: r, .. } if r == region) {
            painter.line_segment([centre.at, dot.at], line);
        }
    }
}

/// Rings around the listed similar melodies, and a line to the one whose row the pointer is on, which leads there also where
/// it is off the screen.
pub fn similar(
    painter: &Painter,
    map: Rect,
    state: &AppState,
    placed: &[ScreenPoint],
    c: &Colours,
) {
    let Some((of, _)) = &state.similar.of else {
        return;
    };
    let list = state.similar.list();
    let mut listed: Vec<&ScreenPoint> = Vec::with_capacity(list.len());
    let mut centre = None;
    for dot in placed {
        if dot.id == *of {
            centre = Some(dot.at);
        } else if list.iter().any(|alike| alike.id == dot.id) {
            listed.push(dot);
        }
    }
    for dot in listed {
        if state.similar.pointed != Some(dot.id) {
            let ring = Stroke::new(1.5, c.text.gamma_multiply(0.55));
            painter.circle_stroke(dot.at, dot.radius + 3.5, ring);
            continue;
        }
        let line = Stroke::new(1.5, c.text.gamma_multiply(0.7));
        if let Some(centre) = centre {
            painter.extend(Shape::dashed_line(&[centre, dot.at], line, 4.0, 4.0));
        }
        painter.circle_stroke(dot.at, dot.radius + 7.0, Stroke::new(2.5, c.text));
        if !map.contains(dot.at) {
            let edge = map.shrink(12.0).clamp(dot.at);
            painter.circle(edge, 5.0, c.text, Stroke::new(2.0, c.ground));
        }
    }
}

/// All marks, the loudest last.
pub fn marks(
    painter: &Painter,
    state: &AppState,
    view: &MapView,
    placed: &[ScreenPoint],
    now: f64,
    c: &Colours,
) {
    let sounding = state.sounding_id();
    let focus = state.selection.focus;
    for dot in placed {
        if state.selection.is_many() && state.selection.all.contains(&dot.id) {
            painter.circle_stroke(dot.at, dot.radius + 2.5, Stroke::new(1.5, c.accent));
        }
        if state.is_kept(dot.id) {
            let at = dot.at + vec2(0.72, -0.72) * (dot.radius + 3.0);
            painter.circle(at, 2.6, c.accent, Stroke::new(1.2, c.ground));
        }
        if view.hovered == Some(dot.id) && !view.pointer.idle {
            painter.circle_stroke(dot.at, dot.radius + 3.0, Stroke::new(1.5, c.text));
        }
        if focus == Some(dot.id) {
            painter.circle_stroke(
                dot.at,
                dot.radius + 5.5,
                Stroke::new(3.0, c.accent.gamma_multiply(0.25)),
            );
            painter.circle_stroke(dot.at, dot.radius + 4.0, Stroke::new(2.0, c.accent));
        }
        if sounding == Some(dot.id) {
            playing(painter, state, dot, c);
        }
    }
    spots(painter, state, view, now, c);
    invitation(painter, state, view, placed, now, c);
    if let Some(from) = view.pointer.box_from
        && let Some(to) = painter.ctx().pointer_latest_pos()
    {
        let area = Rect::from_two_pos(from, to);
        painter.rect(
            area,
            2.0,
            c.accent.gamma_multiply(0.10),
            Stroke::new(1.0, c.accent),
            StrokeKind::Inside,
        );
    }
}

/// Spots between the points: a ring around the one that sounds, a cross on the one that is selected. During a sweep of the
/// pointer these are two, as the newest waits for the next sixteenth.
fn spots(painter: &Painter, state: &AppState, view: &MapView, now: f64, c: &Colours) {
    let Some(rect) = view.rect else { return };
    let sounding = state.sounding_id();
    for entry in state.library.spots() {
        let dot = ScreenPoint {
            id: entry.id,
            at: view.camera.view(now).to_screen(rect, entry.position),
            radius: 3.0,
            ready: true,
        };
        if sounding == Some(entry.id) {
            playing(painter, state, &dot, c);
        }
        if state.selection.focus == Some(entry.id) {
            let arm = Stroke::new(1.5, c.text);
            for off in [vec2(6.0, 0.0), vec2(0.0, 6.0)] {
                painter.line_segment([dot.at - off, dot.at + off], arm);
            }
        }
    }
}

fn playing(painter: &Painter, state: &AppState, dot: &ScreenPoint, c: &Colours) {
    sounding(painter, state, dot.at, dot.radius, c);
}

/// A ring around what sounds (a point of this radius) that the playhead goes around once per melody, with a glow on
/// every onset.
pub fn sounding(painter: &Painter, state: &AppState, at: Pos2, radius: f32, c: &Colours) {
    let Some(sounding) = state.listening.sounding() else {
        return;
    };
    let (step, steps) = match state.listening.step_of_way() {
        Some((_, step)) => (
            step,
            sounding.way.first().map_or(1, |(_, melody)| melody.steps()),
        ),
        None => (state.listening.playhead.step, sounding.melody.steps()),
    };
    let share = (step / steps.max(1) as f64).rem_euclid(1.0) as f32;
    // How long ago the last note began, in steps.
    let since_onset = sounding
        .melody
        .notes()
        .iter()
        .map(|note| state.listening.playhead.step - f64::from(note.start))
        .filter(|since| *since >= 0.0)
        .fold(f64::INFINITY, f64::min);
    let glow = (1.0 - since_onset / 4.0).clamp(0.0, 1.0) as f32;
    let radius = radius + 8.5;
    painter.circle_filled(
        at,
        radius + 4.0 + 5.0 * glow,
        c.playing.gamma_multiply(0.06 + 0.16 * glow),
    );
    painter.circle_stroke(at, radius, Stroke::new(2.0, c.playing.gamma_multiply(0.35)));
    painter.add(arc(at, radius, share, Stroke::new(3.0, c.playing)));
}

/// An arc from the top, clockwise.
fn arc(centre: Pos2, radius: f32, share: f32, stroke: Stroke) -> Shape {
    let parts = (64.0 * share).ceil().max(1.0) as usize;
    let points = (0..=parts)
        .map(|part| {
            let angle = share * TAU * part as f32 / parts as f32;
            centre + radius * vec2(angle.sin(), -angle.cos())
        })
        .collect();
    Shape::line(points, stroke)
}

/// Until the first click, one point beckons.
fn invitation(
    painter: &Painter,
    state: &AppState,
    view: &MapView,
    placed: &[ScreenPoint],
    now: f64,
    c: &Colours,
) {
    if !super::overlays::inviting(state) {
        return;
    }
    let Some(rect) = view.rect else { return };
    // The most central region that can be played; it changes as little as the map does.
    let first = placed
        .iter()
        .filter(|dot| dot.ready && matches!(dot.id, MelodyId::Centre { .. }))
        .min_by(|a, b| {
            a.at.distance(rect.center())
                .total_cmp(&b.at.distance(rect.center()))
        });
    if let Some(dot) = first {
        let t = (now % 1.6 / 1.6) as f32;
        painter.circle_stroke(
            dot.at,
            dot.radius + 3.0 + 14.0 * t,
            Stroke::new(2.0, c.accent.gamma_multiply(1.0 - t)),
        );
        painter.circle_stroke(dot.at, dot.radius + 3.0, Stroke::new(1.5, c.accent));
    }
}

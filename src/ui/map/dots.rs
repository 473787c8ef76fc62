//! The points of the map: where they are, what they are worth, and the mesh that shows them.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{Color32, Mesh, Pos2, Rect};

use super::camera::View;
use super::colours::{Palette, place};
use super::discs::Discs;
use super::grid::Grid;
use crate::attributes::ATTRIBUTES;
use crate::sweep::MelodyId;
use crate::ui::state::{Filter, Library};
use crate::ui::theme::{Colours, mix};

/// Radius of a region at fit zoom, points.
pub const REGION_RADIUS: f32 = 5.0;
/// Radius of a sample at fit zoom, points.
const SAMPLE_RADIUS: f32 = 1.7;
/// Radius of a sample of the open region, points.
const OPEN_RADIUS: f32 = 3.2;
/// Radius of a steered melody, points.
const STEERED_RADIUS: f32 = 3.4;
/// The open region is spread until most of its samples lie this far out, points.
const OPEN_REACH: f64 = 54.0;

/// How long points glide to another layout, seconds.
const GLIDE_SECONDS: f64 = 0.7;
/// Opacity of points that the filter leaves out.
const DIM: f32 = 0.12;

/// One point of the map.
#[derive(Clone, Copy, Debug)]
struct Dot {
    id: MelodyId,
    at: [f64; 2],
    /// Shown value of the colour attribute; `None` for silence, or nothing decoded yet.
    value: Option<f64>,
    /// Decoded, so it can be played.
    ready: bool,
    /// Outside of what the filter lets stand out.
    dim: bool,
}

/// All points of the map, taken in again when the library changes.
#[derive(Default)]
pub struct Dots {
    taken: Option<(u64, u64, usize, u64)>,
    list: Vec<Dot>,
    /// Positions of all regions, decoded or not.
    pub extent: Vec<[f64; 2]>,
    /// Positions of all points.
    pub whole: Vec<[f64; 2]>,
    /// Where the points that are gliding come from, since when, and which glide it is.
    from: HashMap<MelodyId, [f64; 2]>,
    since: f64,
    glides: u64,
}

/// A point as it is on screen now.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// Which melody.
    pub id: MelodyId,
    /// Where.
    pub at: Pos2,
    /// How large, points.
    pub radius: f32,
    /// Whether it can be played.
    pub ready: bool,
}

/// What the picture of the points depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Generation and version of the library, and the colour attribute.
    pub data: (u64, u64, usize),
    /// Version of the filter.
    pub filter: u64,
    /// Ends of the colour bar.
    pub limits: (f64, f64),
    /// Colours.
    pub palette: Palette,
    /// Dark theme.
    pub dark: bool,
    /// What is seen.
    pub view: View,
    /// How far in, 1 for the whole map.
    pub zoom: f64,
    /// The widget.
    pub rect: Rect,
    /// The region that is open, and how far (0 to 1).
    pub open: Option<(u32, f32)>,
    /// Whether a region's samples lie around it, so that it can be spread out.
    pub gathered: bool,
    /// How far the points have glided to where they belong.
    pub glide: f32,
    /// Pixels per point.
    pub pixels: f32,
}

impl Dots {
    /// Takes the library in again if it has changed.
    pub fn refresh(&mut self, library: &Library, attribute: usize, filter: &Filter, now: f64) {
        let key = (
            library.generation(),
            library.version(),
            attribute,
            filter.version(),
        );
        if self.taken == Some(key) {
            return;
        }
        let new_sweep = self.taken.is_none_or(|taken| taken.0 != key.0);
        if library.glides() != self.glides {
            self.glides = library.glides();
            let glide = self.glide(now);
            self.from = if new_sweep {
                HashMap::new()
            } else {
                self.list
                    .iter()
                    .map(|dot| (dot.id, self.between(dot, glide)))
                    .collect()
            };
            self.since = now;
        } else if new_sweep {
            self.from.clear();
        }
        self.taken = Some(key);
        let scale = ATTRIBUTES.get(attribute).map(|entry| entry.display_scale);
        let shown = |value: Option<f64>| value.zip(scale).map(|(value, scale)| scale(value));
        self.extent = (0..library.regions())
            .filter_map(|region| library.region_position(region))
            .collect();
        self.list.clear();
        self.list.extend(
            library
                .samples()
                .map(|entry| (entry, entry.attributes.value(attribute)))
                .map(|(entry, value)| Dot {
                    id: entry.id,
                    at: entry.position,
                    value: shown(value),
                    ready: true,
                    dim: !filter.passes(&entry.attributes),
                }),
        );
        self.list
            .extend(self.extent.iter().zip(0u32..).map(|(at, region)| {
                Dot {
                    id: MelodyId::Centre { region },
                    at: *at,
                    value: shown(library.region_mean(region as usize, attribute)),
                    ready: library.region_ready(region as usize),
                    dim: library
                        .get(MelodyId::Centre { region })
                        .is_some_and(|entry| !filter.passes(&entry.attributes)),
                }
            }));
        let made = library.made().flat_map(|(_, set)| &set.entries);
        self.list
            .extend(library.steered().chain(made).map(|entry| Dot {
                id: entry.id,
                at: entry.position,
                value: shown(entry.attributes.value(attribute)),
                ready: true,
                dim: !filter.passes(&entry.attributes),
            }));
        self.whole = self.list.iter().map(|dot| dot.at).collect();
    }

    /// How far the points have glided to where they belong, 0 to 1.
    pub fn glide(&self, now: f64) -> f32 {
        if self.from.is_empty() {
            return 1.0;
        }
        let t = ((now - self.since) / GLIDE_SECONDS).clamp(0.0, 1.0) as f32;
        1.0 - (1.0 - t).powi(3)
    }

    /// Where a point is on its way.
    fn between(&self, dot: &Dot, glide: f32) -> [f64; 2] {
        match self.from.get(&dot.id) {
            Some(from) if glide < 1.0 => {
                let t = f64::from(glide);
                [0, 1].map(|axis| from[axis] + (dot.at[axis] - from[axis]) * t)
            }
            _ => dot.at,
        }
    }

    /// How much the open region is spread out, so that its samples can be told apart.
    fn spread(&self, look: &Look) -> Option<([f64; 2], f64)> {
        let (region, openness) = look.open?;
        if !look.gathered {
            return Some(([0.0; 2], 1.0));
        }
        let centre = *self.extent.get(region as usize)?;
        let mut reach: Vec<f64> = self
            .list
            .iter()
            .filter(|dot| matches!(dot.id, MelodyId::Sample { region: r, .. } if r == region))
            .map(|dot| (dot.at[0] - centre[0]).hypot(dot.at[1] - centre[1]))
            .collect();
        reach.sort_by(f64::total_cmp);
        let most = reach.get(reach.len() * 4 / 5).copied()? * look.view.scale;
        let factor = (OPEN_REACH / most.max(1e-9)).clamp(1.0, 40.0);
        Some((centre, 1.0 + (factor - 1.0) * f64::from(openness)))
    }

    /// Places every point on screen and draws those that are seen into one mesh.
    pub fn draw(&self, look: &Look, colours: &Colours, discs: &Discs) -> (Vec<Placed>, Arc<Mesh>) {
        let grow = (look.zoom as f32).clamp(0.5, 8.0).powf(0.4);
        let spread = self.spread(look);
        let open = look.open.map(|(region, _)| region);
        let seen = look.rect.expand(16.0);
        let outline = mix(colours.ground, Color32::BLACK, 0.5);
        let mut mesh = discs.mesh();
        mesh.reserve_vertices(4 * self.list.len());
        mesh.reserve_triangles(2 * self.list.len());
        let mut placed = Vec::with_capacity(self.list.len());
        let mut put = |dot: &Dot, at: Pos2, radius: f32, ring: Option<Color32>, opacity: f32| {
            placed.push(Placed {
                id: dot.id,
                at,
                radius,
                ready: dot.ready,
            });
            if !seen.contains(at) {
                return;
            }
            let opacity = if dot.dim { DIM * opacity } else { opacity };
            let colour = match dot.value {
                Some(value) => look.palette.at(place(value, look.limits)),
                None => colours.muted.gamma_multiply(0.55),
            };
            if let Some(ring) = ring {
                Discs::add(
                    &mut mesh,
                    at,
                    radius + 1.2,
                    ring.gamma_multiply(opacity),
                    look.pixels,
                );
            }
            let colour = colour.gamma_multiply(opacity);
            Discs::add(&mut mesh, at, radius, colour, look.pixels);
        };
        for dot in &self.list {
            match dot.id {
                MelodyId::Sample { region, .. } if Some(region) == open => {}
                MelodyId::Sample { .. } => {
                    let opacity = if open.is_some() { 0.45 } else { 0.8 };
                    let at = look
                        .view
                        .to_screen(look.rect, self.between(dot, look.glide));
                    put(dot, at, SAMPLE_RADIUS * grow, None, opacity);
                }
                MelodyId::Centre { region } => {
                    let opacity = match (dot.ready, open) {
                        (false, _) => 0.3,
                        (true, Some(open)) if open != region => 0.8,
                        _ => 1.0,
                    };
                    let at = look
                        .view
                        .to_screen(look.rect, self.between(dot, look.glide));
                    put(
                        dot,
                        at,
                        REGION_RADIUS * grow.min(1.6),
                        Some(outline),
                        opacity,
                    );
                }
                MelodyId::Steered { .. } | MelodyId::Made { .. } => {
                    let at = look
                        .view
                        .to_screen(look.rect, self.between(dot, look.glide));
                    let ring = Some(colours.text);
                    put(dot, at, STEERED_RADIUS * grow.min(1.6), ring, 1.0);
                }
            }
        }
        // The open region comes last, above everything else.
        if let Some((centre, factor)) = spread {
            let belongs = |dot: &&Dot| matches!(dot.id, MelodyId::Sample { region, .. } if Some(region) == open);
            for dot in self.list.iter().filter(belongs) {
                let place = self.between(dot, look.glide);
                let at = [0, 1].map(|axis| centre[axis] + (place[axis] - centre[axis]) * factor);
                let at = look.view.to_screen(look.rect, at);
                put(dot, at, OPEN_RADIUS * grow.min(1.5), Some(outline), 1.0);
            }
        }
        (placed, Arc::new(mesh))
    }
}

/// The playable point that a pointer means, within `reach` points of it.
pub fn hit(
    placed: &[Placed],
    grid: &Grid,
    pointer: Pos2,
    reach: f32,
    open: Option<u32>,
) -> Option<MelodyId> {
    grid.around(pointer, reach)
        .filter_map(|index| placed.get(index))
        .filter_map(|dot| {
            let distance = dot.at.distance(pointer);
            // Large points are meant before small ones, and the open region before the rest.
            let favour = match dot.id {
                MelodyId::Centre { .. } | MelodyId::Steered { .. } | MelodyId::Made { .. } => {
                    dot.radius
                }
                MelodyId::Sample { region, .. } if Some(region) == open => dot.radius,
                MelodyId::Sample { .. } => 0.0,
            };
            (distance <= reach).then_some((dot.id, distance - favour))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(id, _)| id)
}

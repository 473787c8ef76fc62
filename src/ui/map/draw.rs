//! How the points look: their places on screen and the one mesh that shows them.

use eframe::egui::{Color32, Mesh, Pos2, Rect};

use super::camera::View;
use super::discs::{Discs, Stamp};
use super::dots::{Dot, Dots, ScreenPoint};
use crate::sweep::MelodyId;
use crate::ui::palette::{Palette, Ramp};
use crate::ui::state::Sought;
use crate::ui::theme::{Colours, mix};

/// Radius of a region at fit zoom, points.
pub const REGION_RADIUS: f32 = 5.0;
/// Radius of a sample at fit zoom, points.
const SAMPLE_RADIUS: f32 = 1.7;
/// Radius of a sample of the open region, points.
const OPEN_RADIUS: f32 = 3.2;
/// Radius of a steered melody, points.
const STEERED_RADIUS: f32 = 3.4;
/// A ring around a point is this much larger.
const RING: f32 = 1.2;
/// The open region is spread until most of its samples lie this far out, points.
const OPEN_REACH: f64 = 54.0;
/// Share of its opacity that is left of a point outside of what stands out.
const DIM: f32 = 0.12;

/// What the picture of the points depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Generation and version of the library, and the colour attribute.
    pub data: (u64, u64, usize),
    /// Version of the filter.
    pub filter: u64,
    /// What a slider asks for, while somebody steers.
    pub sought: Option<Sought>,
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

impl Look {
    /// The region whose samples are spread out, and so lie otherwise at each zoom.
    pub fn spread_region(&self) -> Option<u32> {
        self.open
            .map(|(region, _)| region)
            .filter(|_| self.gathered)
    }

    /// Whether all points come in the same order, and all but those of the spread region lie where they lay, as seen by
    /// another camera perhaps. The open region's points come last.
    pub fn same_places(&self, other: &Self) -> bool {
        let key = |look: &Self| {
            (
                (look.data.0, look.data.1),
                look.open.map(|(region, _)| region),
                look.gathered,
                look.glide.to_bits(),
            )
        };
        key(self) == key(other)
    }
}

/// The discs of one kind of point, lit and dimmed.
struct Kind {
    radius: f32,
    disc: Stamp,
    ring: Option<(Stamp, [Color32; 2])>,
    ramps: [Ramp; 2],
}

impl Kind {
    fn new(look: &Look, c: &Colours, radius: f32, ring: Option<Color32>, opacity: f32) -> Self {
        let opacities = [opacity, DIM * opacity];
        let silent = c.muted.gamma_multiply(0.55);
        Self {
            radius,
            disc: Stamp::new(radius, look.pixels),
            ring: ring.map(|ink| {
                let stamp = Stamp::new(radius + RING, look.pixels);
                (stamp, opacities.map(|opacity| ink.gamma_multiply(opacity)))
            }),
            ramps: opacities.map(|opacity| Ramp::new(look.palette, look.limits, silent, opacity)),
        }
    }

    fn put(&self, mesh: &mut Mesh, dot: &Dot, at: Pos2) {
        let [lit, dimmed] = &self.ramps;
        let ramp = if dot.dim { dimmed } else { lit };
        if let Some((stamp, [lit, dimmed])) = &self.ring {
            stamp.put(mesh, at, if dot.dim { *dimmed } else { *lit });
        }
        self.disc.put(mesh, at, ramp.at(dot.value));
    }
}

impl Dots {
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

    /// Places every point on screen and draws those that are seen. Both go into the room of the last picture: what is
    /// thrown away and asked for anew in each frame costs more than the picture.
    pub fn draw(&self, look: &Look, c: &Colours, placed: &mut Vec<ScreenPoint>, mesh: &mut Mesh) {
        let grow = (look.zoom as f32).clamp(0.5, 8.0).powf(0.4);
        let spread = self.spread(look);
        let open = look.open.map(|(region, _)| region);
        let seen = look.rect.expand(16.0);
        let outline = Some(mix(c.ground, Color32::BLACK, 0.5));
        let kind = |radius, ring, opacity| Kind::new(look, c, radius, ring, opacity);
        let samples = kind(
            SAMPLE_RADIUS * grow,
            None,
            if open.is_some() { 0.45 } else { 0.8 },
        );
        let region_radius = REGION_RADIUS * grow.min(1.6);
        let regions = kind(region_radius, outline, 1.0);
        let behind = kind(region_radius, outline, 0.8);
        let coming = kind(region_radius, outline, 0.3);
        let made = kind(STEERED_RADIUS * grow.min(1.6), Some(c.text), 1.0);
        let opened = kind(OPEN_RADIUS * grow.min(1.5), outline, 1.0);

        placed.clear();
        placed.reserve(self.list.len());
        mesh.reserve_vertices(3 * self.list.len());
        mesh.reserve_triangles(self.list.len());
        let mut put = |dot: &Dot, at: Pos2, kind: &Kind| {
            placed.push(ScreenPoint {
                id: dot.id,
                at,
                radius: kind.radius,
                ready: dot.ready,
            });
            if seen.contains(at) {
                kind.put(mesh, dot, at);
            }
        };
        for (index, dot) in self.list.iter().enumerate() {
            let kind = match dot.id {
                MelodyId::Sample { region, .. } if Some(region) == open => continue,
                MelodyId::Sample { .. } => &samples,
                MelodyId::Centre { region } => match (dot.ready, open) {
                    (false, _) => &coming,
                    (true, Some(open)) if open != region => &behind,
                    _ => &regions,
                },
                MelodyId::Steered { .. } | MelodyId::Generated { .. } => &made,
            };
            let place = self.between(index, dot, look.glide);
            put(dot, look.view.to_screen(look.rect, place), kind);
        }
        // The open region comes last, above everything else.
        if let Some((centre, factor)) = spread {
            for (index, dot) in self.list.iter().enumerate() {
                if !matches!(dot.id, MelodyId::Sample { region, .. } if Some(region) == open) {
                    continue;
                }
                let place = self.between(index, dot, look.glide);
                let at = [0, 1].map(|axis| centre[axis] + (place[axis] - centre[axis]) * factor);
                put(dot, look.view.to_screen(look.rect, at), &opened);
            }
        }
    }
}

/// The texture that the mesh is drawn with, and an empty mesh for it in the room of the last one.
pub fn emptied(discs: &Discs, old: Option<std::sync::Arc<Mesh>>) -> Mesh {
    // Whoever drew the last picture has let go of it by now; if not, a new one costs no more than time.
    discs.mesh(old.and_then(|mesh| std::sync::Arc::try_unwrap(mesh).ok()))
}

//! A figure: a scene with a name, and the few strokes that all figures are made of.

use std::fmt::Write as _;

use kuva::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::plot::colormap::ColorMap;
use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};

use crate::study::findings::minus;

/// Ink of frames and words.
pub(super) const INK: Color = Color::Rgb(34, 34, 34);
/// Ink of ticks and notes.
pub(super) const SOFT: Color = Color::Rgb(96, 96, 96);
/// Grid lines.
pub(super) const FAINT: Color = Color::Rgb(229, 229, 229);
/// The first of two colours that differ for all eyes (Okabe and Ito 2008), and for what is marked.
pub(super) const MARK: Color = Color::Rgb(213, 94, 0);
/// The second.
pub(super) const SECOND: Color = Color::Rgb(0, 114, 178);
/// Size of words.
const TEXT: u32 = 12;
/// Pixels of a PNG for each unit of the SVG: 300 dots per inch at a width of 6 inches.
const PNG_SCALE: f32 = 2.5;

/// The colour of a share from 0 to 1.
pub(super) fn mapped(map: ColorMap, share: f64) -> Color {
    map.map_rgb(share)
        .map_or(SOFT, |(red, green, blue)| Color::Rgb(red, green, blue))
}

/// One figure.
#[derive(Debug)]
pub struct Figure {
    /// Name of its files, without an ending.
    pub name: String,
    /// What it shows, in a few words.
    pub title: String,
    /// What is seen on it, for a caption and for those who cannot see it.
    pub caption: String,
    /// The attribute it is about.
    pub attribute: Option<&'static str>,
    scene: Scene,
}

impl Figure {
    /// An empty figure of this size.
    pub(super) fn new(name: String, title: String, caption: String, size: (f64, f64)) -> Self {
        let mut scene = Scene::new(size.0, size.1);
        scene.font_family = Some("DejaVu Sans, Verdana, Helvetica, Arial, sans-serif".to_owned());
        Self {
            name,
            title,
            caption: minus(&caption),
            attribute: None,
            scene,
        }
    }

    /// The figure as an SVG document that scales with its place.
    #[must_use]
    pub fn svg(&self) -> String {
        let (width, height) = (self.scene.width, self.scene.height);
        let svg = SvgBackend::new().render_scene(&self.scene);
        let label = self
            .title
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;");
        svg.replacen(
            "<svg ",
            &format!(r#"<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}" "#),
            1,
        )
    }

    /// The figure as a PNG image.
    ///
    /// # Errors
    /// What the renderer says.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        RasterBackend::new()
            .with_scale(PNG_SCALE)
            .render_scene(&self.scene)
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Color, width: f64) {
        self.scene.add(Primitive::Line {
            x1: from.0,
            y1: from.1,
            x2: to.0,
            y2: to.1,
            stroke: ink,
            stroke_width: width,
            stroke_dasharray: None,
        });
    }

    pub(super) fn dashed(&mut self, from: (f64, f64), to: (f64, f64), ink: Color, width: f64) {
        // Pieces rather than a pattern: the image then has them too.
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let at = |s: f64| (from.0 + dx * s / length, from.1 + dy * s / length);
        let mut s = 0.0;
        while s < length {
            self.line(at(s), at((s + 5.0).min(length)), ink.clone(), width);
            s += 9.0;
        }
    }

    pub(super) fn curve(&mut self, points: Vec<(f64, f64)>, ink: Color, width: f64) {
        self.scene.add(Primitive::PolyLine {
            points,
            stroke: ink,
            stroke_width: width,
            stroke_dasharray: None,
        });
    }

    /// Filled shapes in one colour, each closed, with an edge of `edge` in the same colour.
    pub(super) fn shapes(
        &mut self,
        shapes: &[Vec<(f64, f64)>],
        fill: Color,
        opacity: f64,
        edge: f64,
    ) {
        let mut path = String::new();
        for shape in shapes {
            for (k, (x, y)) in shape.iter().enumerate() {
                let _ = write!(path, "{}{x:.2} {y:.2}", if k == 0 { "M" } else { "L" });
            }
            path.push('Z');
        }
        self.scene.add(Primitive::Path(Box::new(PathData {
            d: path,
            fill: Some(fill.clone()),
            stroke: if edge > 0.0 { fill } else { Color::None },
            stroke_width: edge,
            opacity: Some(opacity),
            stroke_dasharray: None,
        })));
    }

    pub(super) fn rectangle(
        &mut self,
        at: (f64, f64),
        size: (f64, f64),
        fill: Color,
        opacity: f64,
    ) {
        self.scene.add(Primitive::Rect {
            x: at.0,
            y: at.1,
            width: size.0,
            height: size.1,
            fill,
            stroke: None,
            stroke_width: None,
            opacity: Some(opacity),
        });
    }

    pub(super) fn dots(&mut self, points: &[(f64, f64)], radius: f64, fill: Color, opacity: f64) {
        self.scene.add(Primitive::CircleBatch {
            cx: points.iter().map(|p| p.0).collect(),
            cy: points.iter().map(|p| p.1).collect(),
            r: radius,
            fill,
            fill_opacity: Some(opacity),
            stroke: None,
            stroke_width: None,
        });
    }

    pub(super) fn ring(
        &mut self,
        at: (f64, f64),
        radius: f64,
        fill: Color,
        edge: Color,
        width: f64,
    ) {
        self.scene.add(Primitive::Circle {
            cx: at.0,
            cy: at.1,
            r: radius,
            fill,
            fill_opacity: None,
            stroke: Some(edge),
            stroke_width: Some(width),
        });
    }

    pub(super) fn words(&mut self, at: (f64, f64), words: &str, anchor: TextAnchor, ink: Color) {
        self.write(at, words, anchor, ink, false);
    }

    pub(super) fn bold(&mut self, at: (f64, f64), words: &str, anchor: TextAnchor, ink: Color) {
        self.write(at, words, anchor, ink, true);
    }

    fn write(&mut self, at: (f64, f64), words: &str, anchor: TextAnchor, ink: Color, bold: bool) {
        self.scene.add(Primitive::Text {
            x: at.0,
            y: at.1,
            content: words.to_owned(),
            size: TEXT,
            anchor,
            rotate: None,
            bold,
            color: Some(ink),
        });
    }
}

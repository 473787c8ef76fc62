//! A figure: a named scene, and the drawing operations of all figures.

use std::fmt::Write as _;

use kuva::RasterBackend;
use kuva::backend::svg::SvgBackend;
use kuva::plot::colormap::ColorMap;
use kuva::render::color::Color;
use kuva::render::render::{PathData, Primitive, Scene, TextAnchor};

use crate::study::findings::typographic_minus;

/// Colour of frames and text.
pub(super) const FOREGROUND: Color = Color::Rgb(34, 34, 34);
/// Colour of ticks and notes.
pub(super) const MUTED: Color = Color::Rgb(96, 96, 96);
/// Colour of grid lines.
pub(super) const GRID: Color = Color::Rgb(229, 229, 229);
/// First colour of highlights. The two are distinguishable with colour blindness (Okabe and Ito 2008).
pub(super) const ACCENT: Color = Color::Rgb(213, 94, 0);
/// Second colour of highlights.
pub(super) const ACCENT_2: Color = Color::Rgb(0, 114, 178);
/// Font size of all texts.
const TEXT_SIZE: u32 = 12;
/// Pixels of a PNG per unit of the SVG: 300 dots per inch at a width of 6 inches.
const PNG_SCALE: f32 = 2.5;

/// The colour of a fraction from 0 to 1.
pub(super) fn colormap_color(map: ColorMap, fraction: f64) -> Color {
    map.map_rgb(fraction)
        .map_or(MUTED, |(red, green, blue)| Color::Rgb(red, green, blue))
}

/// One figure.
#[derive(Debug)]
pub struct Figure {
    /// Name of its files, without an extension.
    pub name: String,
    /// Title, in a few words.
    pub title: String,
    /// Description, for the caption and as alternative text.
    pub caption: String,
    /// Id of the attribute that it shows, if it shows a single one.
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
            caption: typographic_minus(&caption),
            attribute: None,
            scene,
        }
    }

    /// An empty figure of an attribute; `kind` distinguishes it from the attribute's other figures.
    pub(super) fn for_attribute(
        attribute: &'static str,
        kind: &str,
        title: String,
        caption: String,
        size: (f64, f64),
    ) -> Self {
        Self {
            attribute: Some(attribute),
            ..Self::new(format!("{attribute}_{kind}"), title, caption, size)
        }
    }

    /// The figure as an SVG document that scales to its container.
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
    /// The message of the renderer.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        RasterBackend::new()
            .with_scale(PNG_SCALE)
            .render_scene(&self.scene)
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), color: Color, width: f64) {
        self.scene.add(Primitive::Line {
            x1: from.0,
            y1: from.1,
            x2: to.0,
            y2: to.1,
            stroke: color,
            stroke_width: width,
            stroke_dasharray: None,
        });
    }

    pub(super) fn dashed_line(
        &mut self,
        from: (f64, f64),
        to: (f64, f64),
        color: Color,
        width: f64,
    ) {
        // Separate lines, because the raster backend ignores dash patterns.
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        let point = |s: f64| (from.0 + dx * s / length, from.1 + dy * s / length);
        let mut s = 0.0;
        while s < length {
            self.line(point(s), point((s + 5.0).min(length)), color.clone(), width);
            s += 9.0;
        }
    }

    pub(super) fn curve(&mut self, points: Vec<(f64, f64)>, color: Color, width: f64) {
        self.scene.add(Primitive::PolyLine {
            points,
            stroke: color,
            stroke_width: width,
            stroke_dasharray: None,
        });
    }

    /// Draws filled polygons with an outline of width `edge_width`, in one colour.
    pub(super) fn polygons(
        &mut self,
        polygons: &[Vec<(f64, f64)>],
        fill: Color,
        opacity: f64,
        edge_width: f64,
    ) {
        let mut path = String::new();
        for shape in polygons {
            for (k, (x, y)) in shape.iter().enumerate() {
                let _ = write!(path, "{}{x:.2} {y:.2}", if k == 0 { "M" } else { "L" });
            }
            path.push('Z');
        }
        self.scene.add(Primitive::Path(Box::new(PathData {
            d: path,
            fill: Some(fill.clone()),
            stroke: if edge_width > 0.0 { fill } else { Color::None },
            stroke_width: edge_width,
            opacity: Some(opacity),
            stroke_dasharray: None,
        })));
    }

    pub(super) fn rectangle(
        &mut self,
        position: (f64, f64),
        size: (f64, f64),
        fill: Color,
        opacity: f64,
    ) {
        self.scene.add(Primitive::Rect {
            x: position.0,
            y: position.1,
            width: size.0,
            height: size.1,
            fill,
            stroke: None,
            stroke_width: None,
            opacity: Some(opacity),
        });
    }

    pub(super) fn points(&mut self, points: &[(f64, f64)], radius: f64, fill: Color, opacity: f64) {
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

    pub(super) fn circle(
        &mut self,
        position: (f64, f64),
        radius: f64,
        fill: Color,
        edge: Color,
        edge_width: f64,
    ) {
        self.scene.add(Primitive::Circle {
            cx: position.0,
            cy: position.1,
            r: radius,
            fill,
            fill_opacity: None,
            stroke: Some(edge),
            stroke_width: Some(edge_width),
        });
    }

    pub(super) fn text(
        &mut self,
        position: (f64, f64),
        text: &str,
        anchor: TextAnchor,
        color: Color,
    ) {
        self.add_text(position, text, anchor, color, false);
    }

    pub(super) fn bold_text(
        &mut self,
        position: (f64, f64),
        text: &str,
        anchor: TextAnchor,
        color: Color,
    ) {
        self.add_text(position, text, anchor, color, true);
    }

    fn add_text(
        &mut self,
        position: (f64, f64),
        text: &str,
        anchor: TextAnchor,
        color: Color,
        bold: bool,
    ) {
        self.scene.add(Primitive::Text {
            x: position.0,
            y: position.1,
            content: text.to_owned(),
            size: TEXT_SIZE,
            anchor,
            rotate: None,
            bold,
            color: Some(color),
        });
    }
}

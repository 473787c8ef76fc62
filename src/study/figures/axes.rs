//! Axes: a rectangle with two scales.

use kuva::render::render::TextAnchor;

use super::canvas::{FOREGROUND, Figure, GRID, MUTED};

/// A rectangle of a figure with two linear scales.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axes {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    /// Values at the left and right edges.
    pub(super) x: (f64, f64),
    /// Values at the bottom and top edges.
    pub(super) y: (f64, f64),
}

impl Axes {
    /// Position of a pair of values in the figure.
    pub(super) fn to_figure(self, x: f64, y: f64) -> (f64, f64) {
        (
            self.left + (x - self.x.0) / (self.x.1 - self.x.0) * self.width,
            self.top + (self.y.1 - y) / (self.y.1 - self.y.0) * self.height,
        )
    }

    /// Whether a pair of values lies inside.
    pub(super) fn contains_pair(&self, x: f64, y: f64) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }

    /// Draws the grid, ticks and labels; vertical grid lines only if `vertical_lines`. The label of the vertical scale is above it.
    /// The axis lines are drawn later, over the data, by [`Axes::axis_lines`].
    pub(super) fn grid(
        &self,
        figure: &mut Figure,
        x_label: &str,
        y_label: &str,
        vertical_lines: bool,
    ) {
        let bottom = self.top + self.height;
        for (value, label) in ticks(self.x, (self.width / 45.0) as usize) {
            let (x, _) = self.to_figure(value, self.y.0);
            if vertical_lines {
                figure.line((x, self.top), (x, bottom), GRID, 1.0);
            }
            figure.line((x, bottom), (x, bottom + 4.0), MUTED, 1.0);
            figure.text((x, bottom + 17.0), &label, TextAnchor::Middle, MUTED);
        }
        let centre_x = self.left + self.width / 2.0;
        figure.text(
            (centre_x, bottom + 36.0),
            x_label,
            TextAnchor::Middle,
            FOREGROUND,
        );
        self.y_axis(figure, y_label);
    }

    /// Draws the grid and the vertical scale, without ticks and labels below.
    pub(super) fn grid_without_x_labels(&self, figure: &mut Figure, y_label: &str) {
        let bottom = self.top + self.height;
        for (value, _) in ticks(self.x, (self.width / 45.0) as usize) {
            let (x, _) = self.to_figure(value, self.y.0);
            figure.line((x, self.top), (x, bottom), GRID, 1.0);
        }
        self.y_axis(figure, y_label);
    }

    fn y_axis(&self, figure: &mut Figure, y_label: &str) {
        for (value, label) in ticks(self.y, (self.height / 32.0) as usize) {
            let (_, y) = self.to_figure(self.x.0, value);
            figure.line((self.left, y), (self.left + self.width, y), GRID, 1.0);
            figure.line((self.left - 4.0, y), (self.left, y), MUTED, 1.0);
            figure.text((self.left - 7.0, y + 4.0), &label, TextAnchor::End, MUTED);
        }
        figure.text(
            (self.left - 44.0, self.top - 11.0),
            y_label,
            TextAnchor::Start,
            FOREGROUND,
        );
    }

    /// Writes `text` above the upper right corner.
    pub(super) fn heading(&self, figure: &mut Figure, text: &str) {
        let position = (self.left + self.width, self.top - 11.0);
        figure.text(position, text, TextAnchor::End, FOREGROUND);
    }

    /// Draws the left and lower edges.
    pub(super) fn axis_lines(&self, figure: &mut Figure) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        figure.line((self.left, self.top), (self.left, bottom), FOREGROUND, 1.0);
        figure.line((self.left, bottom), (right, bottom), FOREGROUND, 1.0);
    }

    /// Draws all four edges.
    pub(super) fn outline(&self, figure: &mut Figure) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        figure.line((self.left, self.top), (self.left, bottom), FOREGROUND, 1.0);
        figure.line((self.left, bottom), (right, bottom), FOREGROUND, 1.0);
        figure.line((right, self.top), (right, bottom), FOREGROUND, 1.0);
        figure.line((self.left, self.top), (right, self.top), FOREGROUND, 1.0);
    }
}

/// About `tick_count` round numbers within the limits, with their labels.
pub(super) fn ticks((low, high): (f64, f64), tick_count: usize) -> Vec<(f64, String)> {
    let range = high - low;
    if !(range > 0.0 && range.is_finite()) {
        return Vec::new();
    }
    let min_step = range / tick_count.clamp(2, 12) as f64;
    let power = 10.0_f64.powf(min_step.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= min_step * 0.999)
        .unwrap_or(min_step);
    let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last)
        .map(|k| {
            let value = k as f64 * step;
            (value, format!("{value:.decimals$}").replace('-', "−"))
        })
        .collect()
}

/// Limits of an axis: the range of the values with a margin; never an empty range.
pub(super) fn limits(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .into_iter()
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if low > high {
        return (0.0, 1.0);
    }
    let margin = if high > low { 0.04 * (high - low) } else { 0.5 };
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let labels = |limits, tick_count| -> Vec<String> {
            ticks(limits, tick_count)
                .into_iter()
                .map(|tick| tick.1)
                .collect()
        };
        assert_eq!(
            labels((0.0, 1.0), 5),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(labels((-0.3, 0.3), 3), ["−0.2", "0.0", "0.2"]);
        assert_eq!(labels((3.0, 17.0), 3), ["5", "10", "15"]);
        assert_eq!(
            labels((0.0, 255.0), 6),
            ["0", "50", "100", "150", "200", "250"]
        );
        assert!(ticks((1.0, 1.0), 4).is_empty());
        assert_eq!(limits([2.0, f64::NAN]), (1.5, 2.5));
        assert_eq!(limits([]), (0.0, 1.0));
    }
}

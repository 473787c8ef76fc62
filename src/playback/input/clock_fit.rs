//! The line through the arrival times of clock pulses: one straight line, or two that meet where the tempo changed.

/// Maximum number of pulses that a line is fitted through: a quarter note.
pub(super) const MAX_FIT_PULSES: usize = 24;
/// Minimum number of pulses to look for a change of tempo in; with fewer, jitter would look like one.
const MIN_BREAK_PULSES: usize = 12;
/// Minimum number of pulses on each side of a change of tempo.
const MIN_SIDE_PULSES: usize = 3;
/// Value of the F statistic above which a change of tempo is accepted. For simulated pulses of one tempo with independent errors, the
/// best break exceeds it once in several thousand windows of 24 pulses, and once in 400 windows of 12.
const MIN_F_STATISTIC: f64 = 30.0;

/// A pulse: its number, counted from the creation of the estimator, and its arrival.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pulse {
    pub number: u64,
    pub arrival_seconds: f64,
}

/// The line through the arrival times of pulses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ClockFit {
    /// Time of the newest pulse on the line, seconds.
    pub newest_seconds: f64,
    /// Seconds from a pulse to the next.
    pub period: f64,
}

/// The line through pulses, oldest first, by least squares; `None` if they are fewer than two. `pulses` are at most
/// [`MAX_FIT_PULSES`].
///
/// If the tempo changed within them, the second of two lines that meet at a pulse: the continuous regression with one break at an
/// unknown position (Hudson, *Fitting segmented curves whose join points have to be estimated*, JASA 61, 1966),
/// taken when its F statistic against the single line is above 30. So the old tempo has no effect a few pulses after a change.
pub(super) fn fit_line(pulses: &[Pulse]) -> Option<ClockFit> {
    let newest = pulses.last()?;
    let pulses = &pulses[pulses.len().saturating_sub(MAX_FIT_PULSES)..];
    let mut points = [[0.0; 2]; MAX_FIT_PULSES];
    for (point, pulse) in points.iter_mut().zip(pulses) {
        *point = [
            pulse.number as f64 - newest.number as f64,
            pulse.arrival_seconds - newest.arrival_seconds,
        ];
    }
    let points = &points[..pulses.len()];
    let single = Regression::fit(points)?;
    let (offset, period) = best_break(points, &single).unwrap_or((single.offset, single.slope));
    Some(ClockFit {
        newest_seconds: newest.arrival_seconds + offset,
        period,
    })
}

/// The line with a known period, in seconds, that fits the pulses best; `None` without a pulse.
pub(super) fn fit_line_with_period(pulses: &[Pulse], period: f64) -> Option<ClockFit> {
    let newest = pulses.last()?;
    let offset = |pulse: &Pulse| {
        pulse.arrival_seconds - newest.arrival_seconds
            + period * (newest.number as f64 - pulse.number as f64)
    };
    let mean = pulses.iter().map(offset).sum::<f64>() / pulses.len() as f64;
    Some(ClockFit {
        newest_seconds: newest.arrival_seconds + mean,
        period,
    })
}

/// A straight line by least squares.
#[derive(Clone, Copy, Debug)]
struct Regression {
    /// Value at 0.
    offset: f64,
    slope: f64,
}

impl Regression {
    /// The line through points (x, y); `None` if all have one x.
    fn fit(points: &[[f64; 2]]) -> Option<Self> {
        let count = points.len() as f64;
        let mean =
            |coordinate: fn(&[f64; 2]) -> f64| points.iter().map(coordinate).sum::<f64>() / count;
        let [mean_x, mean_y] = [mean(|point| point[0]), mean(|point| point[1])];
        let (mut variance, mut covariance) = (0.0, 0.0);
        for [x, y] in points {
            variance += (x - mean_x).powi(2);
            covariance += (x - mean_x) * (y - mean_y);
        }
        (variance > 0.0).then(|| {
            let slope = covariance / variance;
            Self {
                offset: mean_y - slope * mean_x,
                slope,
            }
        })
    }

    fn residual(&self, [x, y]: [f64; 2]) -> f64 {
        y - self.offset - self.slope * x
    }
}

/// Offset (value at 0) and slope of the second of two lines that meet at the best break; `None` unless two lines fit much better
/// than one.
///
/// With the bend max(0, x - x0) as a third regressor beside the constant and x, its coefficient is that of the residuals of y
/// on those of the bend (the theorem of Frisch, Waugh and Lovell).
fn best_break(points: &[[f64; 2]], single: &Regression) -> Option<(f64, f64)> {
    let count = points.len();
    if count < MIN_BREAK_PULSES {
        return None;
    }
    let total_squares: f64 = points
        .iter()
        .map(|point| single.residual(*point).powi(2))
        .sum();
    let mut best: Option<(f64, f64, f64)> = None;
    for break_index in MIN_SIDE_PULSES..count - MIN_SIDE_PULSES {
        let x0 = points[break_index][0];
        let mut bend_points = [[0.0; 2]; MAX_FIT_PULSES];
        for (bend_point, point) in bend_points.iter_mut().zip(points) {
            *bend_point = [point[0], (point[0] - x0).max(0.0)];
        }
        let bend_points = &bend_points[..count];
        let Some(bend_fit) = Regression::fit(bend_points) else {
            continue;
        };
        let (mut sum_of_squares, mut sum_of_products) = (0.0, 0.0);
        for (bend_point, point) in bend_points.iter().zip(points) {
            let residual = bend_fit.residual(*bend_point);
            sum_of_squares += residual * residual;
            sum_of_products += residual * single.residual(*point);
        }
        let explained = sum_of_products * sum_of_products / sum_of_squares;
        if best.is_none_or(|(best_explained, _, _)| explained > best_explained) {
            let bend_coefficient = sum_of_products / sum_of_squares;
            let slope = single.slope + bend_coefficient * (1.0 - bend_fit.slope);
            let offset = single.offset + bend_coefficient * (-x0 - bend_fit.offset);
            best = Some((explained, offset, slope));
        }
    }
    let (explained, offset, slope) = best?;
    let unexplained = (total_squares - explained).max(f64::MIN_POSITIVE) / (count - 3) as f64;
    (explained / unexplained > MIN_F_STATISTIC).then_some((offset, slope))
}

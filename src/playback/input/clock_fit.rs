//! The line through the arrival times of clock pulses: one straight line, or two that meet where the tempo changed.

/// Pulses that a line is fitted through, at most: a quarter note.
pub(super) const WINDOW: usize = 24;
/// Fewest pulses in which a change of tempo is looked for: through fewer, jitter would look like one.
const MIN_BREAK_FIT: usize = 12;
/// Fewest pulses on each side of a change of tempo.
const MIN_SIDE: usize = 3;
/// Value of the F statistic above which a change of tempo is believed. Of simulated pulses with independent errors and one
/// tempo, the best break of 24 is above it once in several thousand windows, that of 12 once in 400.
const MIN_F: f64 = 30.0;

/// A pulse: its number since the follower was made, and when it arrived in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pulse {
    pub number: u64,
    pub at: f64,
}

/// When pulses come, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ClockFit {
    /// Time of the newest pulse on the line, seconds.
    pub newest_at: f64,
    /// Seconds from a pulse to the next.
    pub period: f64,
}

/// The line through pulses, oldest first, by least squares; `None` if they are fewer than two. `pulses` are at most
/// [`WINDOW`].
///
/// If the tempo changed within them, the second of two lines that meet at a pulse: the regression with one break at an unknown
/// place that is continuous there (Hudson, *Fitting segmented curves whose join points have to be estimated*, JASA 61, 1966),
/// taken when its F statistic against the single line is above 30. Within a few pulses of a change it so forgets the old tempo.
pub(super) fn fit(pulses: &[Pulse]) -> Option<ClockFit> {
    let newest = pulses.last()?;
    let pulses = &pulses[pulses.len().saturating_sub(WINDOW)..];
    let mut points = [[0.0; 2]; WINDOW];
    for (point, pulse) in points.iter_mut().zip(pulses) {
        *point = [
            pulse.number as f64 - newest.number as f64,
            pulse.at - newest.at,
        ];
    }
    let points = &points[..pulses.len()];
    let single = Regression::fit(points)?;
    let (offset, period) = best_break(points, &single).unwrap_or((single.offset, single.slope));
    Some(ClockFit {
        newest_at: newest.at + offset,
        period,
    })
}

/// The line through pulses with a known period, seconds: its time is the mean of what they say.
pub(super) fn fit_with_period(pulses: &[Pulse], period: f64) -> Option<ClockFit> {
    let newest = pulses.last()?;
    let offset = |pulse: &Pulse| {
        pulse.at - newest.at + period * (newest.number as f64 - pulse.number as f64)
    };
    let mean = pulses.iter().map(offset).sum::<f64>() / pulses.len() as f64;
    Some(ClockFit {
        newest_at: newest.at + mean,
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
        let mean = |of: fn(&[f64; 2]) -> f64| points.iter().map(of).sum::<f64>() / count;
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

/// Value at 0 and slope of the second of two lines that meet at the best place, if two fit much better than one.
///
/// With the bend max(0, x - x0) as a third regressor beside the constant and x, its coefficient is that of the residuals of y
/// on those of the bend (the theorem of Frisch, Waugh and Lovell).
fn best_break(points: &[[f64; 2]], single: &Regression) -> Option<(f64, f64)> {
    let count = points.len();
    if count < MIN_BREAK_FIT {
        return None;
    }
    let total: f64 = points
        .iter()
        .map(|point| single.residual(*point).powi(2))
        .sum();
    let mut best: Option<(f64, f64, f64)> = None;
    for place in MIN_SIDE..count - MIN_SIDE {
        let x0 = points[place][0];
        let mut bends = [[0.0; 2]; WINDOW];
        for (bend, point) in bends.iter_mut().zip(points) {
            *bend = [point[0], (point[0] - x0).max(0.0)];
        }
        let bends = &bends[..count];
        let Some(of_bend) = Regression::fit(bends) else {
            continue;
        };
        let (mut square, mut product) = (0.0, 0.0);
        for (bend, point) in bends.iter().zip(points) {
            let residual = of_bend.residual(*bend);
            square += residual * residual;
            product += residual * single.residual(*point);
        }
        let explained = product * product / square;
        if best.is_none_or(|(most, _, _)| explained > most) {
            let bend = product / square;
            let slope = single.slope + bend * (1.0 - of_bend.slope);
            let offset = single.offset + bend * (-x0 - of_bend.offset);
            best = Some((explained, offset, slope));
        }
    }
    let (explained, offset, slope) = best?;
    let unexplained = (total - explained).max(f64::MIN_POSITIVE) / (count - 3) as f64;
    (explained / unexplained > MIN_F).then_some((offset, slope))
}

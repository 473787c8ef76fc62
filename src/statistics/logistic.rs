//! Logistic regression with an L2 penalty and weighted rows.

use super::error::{StatisticsError, check_finite};

/// A row of features with the class it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct LabelledRow<'a> {
    /// The features.
    pub features: &'a [f64],
    /// The class.
    pub positive: bool,
    /// How much the row counts, at least 0.
    pub weight: f64,
}

/// A fitted regression: the log odds of the positive class are linear in the features.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticRegression {
    /// One coefficient per feature.
    pub coefficients: Vec<f64>,
    /// Log odds where all features are 0.
    pub intercept: f64,
}

/// Least penalty: without one, the coefficients of classes that can be separated have no optimum.
const MIN_PENALTY: f64 = 1e-9;
/// Newton steps at most; a fit takes about five.
const MAX_STEPS: usize = 100;
/// Largest part of the gradient at the optimum, relative to the sum of the weights.
const TOLERANCE: f64 = 1e-11;
/// Relative rise of the loss that may be an error of rounding: near the optimum steps lessen the loss by less.
const ROUNDING: f64 = 1e-13;
/// Halvings of a step that raises the loss.
const MAX_HALVINGS: usize = 40;

impl LogisticRegression {
    /// Minimises `penalty / 2 * |coefficients|^2 + sum of weight * log(1 + exp(-log odds of the row's class))`, as scikit-learn's
    /// `LogisticRegression` with `C = 1 / penalty` does: the intercept has no penalty. `penalty` is at least 1e-9.
    ///
    /// Newton's method, whose steps are found by conjugate gradients: no matrix is built, so that a row costs as many operations
    /// as it has features, and more features than rows are no matter. Equal input gives equal output.
    ///
    /// # Errors
    /// [`StatisticsError::TooFew`] without a row of either class, [`StatisticsError::UnequalLengths`],
    /// [`StatisticsError::NotFinite`], also for weights that are no numbers or below 0.
    pub fn fit(rows: &[LabelledRow<'_>], penalty: f64) -> Result<Self, StatisticsError> {
        let width = check(rows)?;
        let problem = Problem {
            rows,
            penalty: penalty.max(MIN_PENALTY),
        };
        let total: f64 = rows.iter().map(|row| row.weight).sum();
        // The intercept is the last parameter.
        let mut parameters = vec![0.0; width + 1];
        let mut loss = problem.loss(&parameters);
        for _ in 0..MAX_STEPS {
            let (gradient, curvatures) = problem.derivatives(&parameters);
            let largest = gradient.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            if largest <= TOLERANCE * total.max(1.0) {
                break;
            }
            let step = problem.newton_step(&gradient, &curvatures);
            let Some((next, next_loss)) = problem.descend(&parameters, &step, loss) else {
                break;
            };
            parameters = next;
            loss = next_loss;
        }
        let intercept = parameters.pop().unwrap_or(0.0);
        Ok(Self {
            coefficients: parameters,
            intercept,
        })
    }

    /// Log odds of the positive class; features beyond the coefficients do not count.
    #[must_use]
    pub fn log_odds(&self, features: &[f64]) -> f64 {
        self.intercept + dot(&self.coefficients, features)
    }
}

/// Number of features of every row.
fn check(rows: &[LabelledRow<'_>]) -> Result<usize, StatisticsError> {
    for class in [true, false] {
        let found = rows.iter().filter(|row| row.positive == class).count();
        if found == 0 {
            return Err(StatisticsError::TooFew { found, needed: 1 });
        }
    }
    let width = rows.first().map_or(0, |row| row.features.len());
    for (index, row) in rows.iter().enumerate() {
        if row.features.len() != width {
            return Err(StatisticsError::UnequalLengths {
                first: width,
                second: row.features.len(),
            });
        }
        let not_finite = StatisticsError::NotFinite { row: index };
        if check_finite(row.features).is_err() || !(row.weight.is_finite() && row.weight >= 0.0) {
            return Err(not_finite);
        }
    }
    Ok(width)
}

struct Problem<'a> {
    rows: &'a [LabelledRow<'a>],
    penalty: f64,
}

impl Problem<'_> {
    fn loss(&self, parameters: &[f64]) -> f64 {
        let (coefficients, intercept) = split(parameters);
        let losses = self.rows.iter().map(|row| {
            let log_odds = intercept + dot(coefficients, row.features);
            let margin = if row.positive { log_odds } else { -log_odds };
            // log(1 + exp(-margin)) without overflow.
            row.weight * ((-margin.abs()).exp().ln_1p() + (-margin).max(0.0))
        });
        losses.sum::<f64>() + 0.5 * self.penalty * dot(coefficients, coefficients)
    }

    /// The gradient, and for each row the second derivative of its loss by its log odds.
    fn derivatives(&self, parameters: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (coefficients, intercept) = split(parameters);
        let mut gradient: Vec<f64> = coefficients.iter().map(|w| self.penalty * w).collect();
        gradient.push(0.0);
        let mut curvatures = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            let log_odds = intercept + dot(coefficients, row.features);
            let probability = 1.0 / (1.0 + (-log_odds).exp());
            let error = row.weight * (probability - f64::from(u8::from(row.positive)));
            add_scaled(&mut gradient, row.features, error);
            curvatures.push(row.weight * probability * (1.0 - probability));
        }
        (gradient, curvatures)
    }

    /// Solves `Hessian * step = gradient` by conjugate gradients.
    fn newton_step(&self, gradient: &[f64], curvatures: &[f64]) -> Vec<f64> {
        let mut step = vec![0.0; gradient.len()];
        let mut residual = gradient.to_vec();
        let mut direction = gradient.to_vec();
        let mut square = dot(&residual, &residual);
        let enough = square * 1e-20;
        for _ in 0..2 * gradient.len() {
            if square <= enough {
                break;
            }
            let image = self.hessian_product(&direction, curvatures);
            let curvature = dot(&direction, &image);
            if curvature <= 0.0 {
                break;
            }
            let length = square / curvature;
            for ((step, residual), (direction, image)) in step
                .iter_mut()
                .zip(&mut residual)
                .zip(direction.iter().zip(&image))
            {
                *step += length * direction;
                *residual -= length * image;
            }
            let next = dot(&residual, &residual);
            let ratio = next / square;
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                *direction = residual + ratio * *direction;
            }
            square = next;
        }
        step
    }

    fn hessian_product(&self, direction: &[f64], curvatures: &[f64]) -> Vec<f64> {
        let (coefficients, intercept) = split(direction);
        let mut image: Vec<f64> = coefficients.iter().map(|w| self.penalty * w).collect();
        image.push(0.0);
        for (row, curvature) in self.rows.iter().zip(curvatures) {
            let along = intercept + dot(coefficients, row.features);
            add_scaled(&mut image, row.features, curvature * along);
        }
        image
    }

    /// The parameters after the step, halved until the loss is no larger; `None` if it always is.
    fn descend(&self, from: &[f64], step: &[f64], loss: f64) -> Option<(Vec<f64>, f64)> {
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let next = from.iter().zip(step).map(|(at, by)| at - length * by);
            let next: Vec<f64> = next.collect();
            let next_loss = self.loss(&next);
            if next_loss <= loss * (1.0 + ROUNDING) {
                return Some((next, next_loss));
            }
            length /= 2.0;
        }
        None
    }
}

/// The coefficients and the intercept.
fn split(parameters: &[f64]) -> (&[f64], f64) {
    match parameters.split_last() {
        Some((intercept, coefficients)) => (coefficients, *intercept),
        None => (&[], 0.0),
    }
}

/// Adds `factor` times the features, and `factor` itself for the intercept, which is last.
fn add_scaled(to: &mut [f64], features: &[f64], factor: f64) {
    for (sum, x) in to.iter_mut().zip(features) {
        *sum += factor * x;
    }
    if let Some(last) = to.last_mut() {
        *last += factor;
    }
}

/// Four independent sums, so that the compiler can vectorise.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0_f64; 4];
    let (left, left_rest) = a.as_chunks::<4>();
    let (right, right_rest) = b.as_chunks::<4>();
    for (a, b) in left.iter().zip(right) {
        for (sum, (x, y)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += x * y;
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn rows<'a>(
        features: &'a [Vec<f64>],
        positive: &[bool],
        weights: &[f64],
    ) -> Vec<LabelledRow<'a>> {
        let classes = positive.iter().zip(weights);
        let rows = features.iter().zip(classes);
        rows.map(|(features, (positive, weight))| LabelledRow {
            features,
            positive: *positive,
            weight: *weight,
        })
        .collect()
    }

    fn assert_close(fit: &LogisticRegression, coefficients: &[f64], intercept: f64) {
        assert_eq!(fit.coefficients.len(), coefficients.len());
        for (ours, theirs) in fit.coefficients.iter().zip(coefficients) {
            assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
        }
        let ours = fit.intercept;
        assert!((ours - intercept).abs() < 1e-9, "{ours} {intercept}");
    }

    #[test]
    fn two_rows_are_fitted_as_by_hand() {
        // With rows at 1 and -1, penalty * w = 2 / (1 + exp(w)): w is ln 3 where the penalty is 0.5 / ln 3.
        let features = [vec![1.0], vec![-1.0]];
        let rows = rows(&features, &[true, false], &[1.0, 1.0]);
        let fit = LogisticRegression::fit(&rows, 0.5 / 3.0_f64.ln()).unwrap();
        assert_close(&fit, &[3.0_f64.ln()], 0.0);
        // Three to one.
        assert!((fit.log_odds(&[1.0]).exp() - 3.0).abs() < 1e-9);
    }

    #[test]
    fn weighted_rows_agree_with_scikit_learn() {
        let features = [
            vec![0.5, 1.0, -0.3],
            vec![1.5, -0.2, 0.4],
            vec![2.0, 0.7, 1.1],
            vec![-0.4, 0.9, 0.2],
            vec![-1.0, -1.2, 0.5],
            vec![0.3, -0.8, -1.5],
            vec![1.1, 0.1, -0.6],
        ];
        let positive = [true, true, true, false, false, false, false];
        let rows = rows(&features, &positive, &[1.0, 2.0, 0.5, 1.0, 1.0, 0.25, 3.0]);
        // LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-14) of scikit-learn 1.9.1.
        let fit = LogisticRegression::fit(&rows, 1.0).unwrap();
        let theirs = [0.776072142239817, 0.3397710522350484, 0.77310631157313];
        assert_close(&fit, &theirs, -1.0226545686361515);
        let fit = LogisticRegression::fit(&rows, 0.25).unwrap();
        let theirs = [1.4082452828431642, 0.9327633568970531, 1.7819074528025611];
        assert_close(&fit, &theirs, -1.5666586397380258);
    }

    #[test]
    fn more_features_than_rows_agree_with_scikit_learn() {
        let features = [
            vec![1.0, 0.0, 2.0, 0.0, 0.0, 1.0],
            vec![0.0, 1.0, 0.0, 1.0, 0.0, 2.0],
            vec![0.0, 0.0, 1.0, 3.0, 1.0, 0.0],
        ];
        let rows = rows(&features, &[true, false, false], &[1.0; 3]);
        let fit = LogisticRegression::fit(&rows, 2.0).unwrap();
        let theirs = [
            0.21309187515540834,
            -0.12177272166574078,
            0.3348645968211491,
            -0.39573018213474354,
            -0.09131915348966758,
            -0.030453568176073195,
        ];
        assert_close(&fit, &theirs, -0.5549288700722581);
    }

    #[test]
    fn rows_of_one_class_of_unequal_widths_or_without_numbers_are_refused() {
        let features = [vec![1.0], vec![f64::NAN], vec![1.0, 2.0]];
        let fit = |indices: &[usize], positive: &[bool], weight: f64| {
            let chosen: Vec<Vec<f64>> = indices.iter().map(|i| features[*i].clone()).collect();
            let weights = vec![weight; chosen.len()];
            LogisticRegression::fit(&rows(&chosen, positive, &weights), 1.0)
        };
        let too_few = StatisticsError::TooFew {
            found: 0,
            needed: 1,
        };
        assert_eq!(fit(&[], &[], 1.0), Err(too_few.clone()));
        assert_eq!(fit(&[0, 0], &[true, true], 1.0), Err(too_few));
        let not_finite = StatisticsError::NotFinite { row: 1 };
        assert_eq!(fit(&[0, 1], &[true, false], 1.0), Err(not_finite));
        assert!(fit(&[0, 0], &[true, false], f64::NAN).is_err());
        assert!(fit(&[0, 0], &[true, false], -1.0).is_err());
        assert!(fit(&[0, 2], &[true, false], 1.0).is_err());
        // Equal rows of both classes say nothing.
        let fit = fit(&[0, 0], &[true, false], 1.0).unwrap();
        assert_close(&fit, &[0.0], 0.0);
    }
}

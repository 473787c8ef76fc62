//! Ridge regression with an honest, cross-validated fit.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::error::StatisticsError;
use super::summary::mean;

/// A fitted ridge regression: `intercept + row · coefficients`.
#[derive(Clone, Debug, PartialEq)]
pub struct Ridge {
    /// One weight for each predictor.
    pub coefficients: Vec<f64>,
    /// Prediction for a row of zeros.
    pub intercept: f64,
}

impl Ridge {
    /// The prediction for one `row` of predictors, as long as `coefficients`.
    #[must_use]
    pub fn predict<T: Copy + Into<f64>>(&self, row: &[T]) -> f64 {
        self.intercept
            + row
                .iter()
                .zip(&self.coefficients)
                .map(|(&x, c)| x.into() * c)
                .sum::<f64>()
    }
}

/// How well rows are predicted by regressions that did not see them.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossValidation {
    /// 1 - (squared errors / squared deviations from the mean) over all rows; 1 is perfect, 0 or less is useless.
    pub r2: f64,
    /// The prediction for each row, by the regression of the other folds.
    pub predictions: Vec<f64>,
}

/// Predictors and targets, prepared for regressions with any penalty.
///
/// The sums of products are made once per fold, so that trying several penalties costs little.
#[derive(Clone, Debug)]
pub struct RidgeData {
    /// Rows moved so that each column has mean 0: `[rows, predictors]`.
    rows: DMatrix<f64>,
    targets: DVector<f64>,
    /// What was taken from each column.
    column_means: DVector<f64>,
    folds: Vec<Moments>,
}

/// First row, and sums over the rows, of one fold.
#[derive(Clone, Debug)]
struct Moments {
    first_row: usize,
    count: usize,
    /// Sum of each predictor.
    rows: DVector<f64>,
    targets: f64,
    /// Sum of the products of the predictors among themselves: `[predictors, predictors]`.
    squares: DMatrix<f64>,
    /// Sum of the products with the target.
    products: DVector<f64>,
}

impl RidgeData {
    /// Takes `rows` of predictors with a target each, to be cross-validated in `folds` neighbouring blocks.
    ///
    /// Blocks, not a shuffle: rows that belong together (the samples of one region) should follow one another, so that
    /// few of them are on both sides. The first blocks are one row longer where the number does not divide.
    ///
    /// # Errors
    /// [`StatisticsError`] for lengths that do not match, values that are not finite, equal targets, fewer than two folds
    /// or fewer than two rows a fold.
    pub fn new<T: Copy + Into<f64>>(
        rows: &[&[T]],
        targets: &[f64],
        folds: usize,
    ) -> Result<Self, StatisticsError> {
        let width = check(rows, targets, folds)?;
        let mut matrix =
            DMatrix::from_fn(rows.len(), width, |row, column| rows[row][column].into());
        let column_means =
            DVector::from_iterator(width, matrix.column_iter().map(|column| column.mean()));
        for (mut column, &mean) in matrix.column_iter_mut().zip(&column_means) {
            column.add_scalar_mut(-mean);
        }
        let targets = DVector::from_column_slice(targets);
        let mut first_row = 0;
        let folds = (0..folds).map(|fold| {
            let count = rows.len() / folds + usize::from(fold < rows.len() % folds);
            let block = matrix.rows(first_row, count);
            let block_targets = targets.rows(first_row, count);
            let moments = Moments {
                first_row,
                count,
                rows: block.row_sum_tr(),
                targets: block_targets.sum(),
                squares: block.transpose() * block,
                products: block.tr_mul(&block_targets),
            };
            first_row += count;
            moments
        });
        let folds = folds.collect();
        Ok(Self {
            rows: matrix,
            targets,
            column_means,
            folds,
        })
    }

    /// The regression on all rows: minimises squared errors + `penalty` times the squared coefficients. The intercept is
    /// not penalised.
    ///
    /// # Errors
    /// [`StatisticsError::Penalty`], and [`StatisticsError::Singular`] with a penalty of 0 and dependent predictors.
    pub fn fit(&self, penalty: f64) -> Result<Ridge, StatisticsError> {
        self.solve(None, penalty)
    }

    /// Predicts every fold by the regression on the others.
    ///
    /// # Errors
    /// As [`RidgeData::fit`].
    pub fn cross_validate(&self, penalty: f64) -> Result<CrossValidation, StatisticsError> {
        let mut predictions = Vec::with_capacity(self.targets.len());
        for (held_out, fold) in self.folds.iter().enumerate() {
            let ridge = self.solve(Some(held_out), penalty)?;
            let coefficients = DVector::from_column_slice(&ridge.coefficients);
            // `rows` are moved by the column means, the coefficients are for rows as they came.
            let at_mean = ridge.intercept + self.column_means.dot(&coefficients);
            let block = self.rows.rows(fold.first_row, fold.count) * coefficients;
            predictions.extend(block.iter().map(|value| value + at_mean));
        }
        let centre = mean(self.targets.as_slice()).unwrap_or_default();
        let errors: f64 = self
            .targets
            .iter()
            .zip(&predictions)
            .map(|(target, p)| (target - p).powi(2))
            .sum();
        let deviations: f64 = self
            .targets
            .iter()
            .map(|target| (target - centre).powi(2))
            .sum();
        Ok(CrossValidation {
            r2: 1.0 - errors / deviations,
            predictions,
        })
    }

    /// Regression on all folds but `held_out`.
    fn solve(&self, held_out: Option<usize>, penalty: f64) -> Result<Ridge, StatisticsError> {
        if !(penalty >= 0.0 && penalty.is_finite()) {
            return Err(StatisticsError::Penalty { penalty });
        }
        let width = self.column_means.len();
        let mut count = 0;
        let (mut rows, mut targets) = (DVector::zeros(width), 0.0);
        let (mut squares, mut products) = (DMatrix::zeros(width, width), DVector::zeros(width));
        for (_, fold) in self
            .folds
            .iter()
            .enumerate()
            .filter(|(index, _)| Some(*index) != held_out)
        {
            count += fold.count;
            rows += &fold.rows;
            targets += fold.targets;
            squares += &fold.squares;
            products += &fold.products;
        }
        let count = count as f64;
        let (row_means, target_mean) = (&rows / count, targets / count);
        // About the mean of these rows: sum (x - m)(x - m)' = sum x x' - n m m'.
        squares.ger(-count, &row_means, &row_means, 1.0);
        products.axpy(-targets, &row_means, 1.0);
        let largest = squares.diagonal().max();
        for index in 0..width {
            squares[(index, index)] += penalty;
        }
        let cholesky = Cholesky::new(squares).ok_or(StatisticsError::Singular)?;
        // A pivot that rounding alone keeps above 0 means the same as one that is not.
        if cholesky
            .l_dirty()
            .diagonal()
            .iter()
            .any(|pivot| pivot * pivot <= largest * 1e-13)
        {
            return Err(StatisticsError::Singular);
        }
        let coefficients = cholesky.solve(&products);
        let intercept = target_mean - coefficients.dot(&(row_means + &self.column_means));
        Ok(Ridge {
            coefficients: coefficients.as_slice().to_vec(),
            intercept,
        })
    }
}

/// Checks what [`RidgeData::new`] is given; gives the number of predictors.
fn check<T: Copy + Into<f64>>(
    rows: &[&[T]],
    targets: &[f64],
    folds: usize,
) -> Result<usize, StatisticsError> {
    if rows.len() != targets.len() {
        return Err(StatisticsError::Lengths {
            rows: rows.len(),
            targets: targets.len(),
        });
    }
    if folds < 2 {
        return Err(StatisticsError::TooFew {
            found: folds,
            needed: 2,
        });
    }
    if rows.len() < 2 * folds {
        return Err(StatisticsError::TooFew {
            found: rows.len(),
            needed: 2 * folds,
        });
    }
    let expected = rows.first().map_or(0, |row| row.len());
    if expected == 0 {
        return Err(StatisticsError::NoPredictors);
    }
    for (row, (predictors, target)) in rows.iter().zip(targets).enumerate() {
        if predictors.len() != expected {
            return Err(StatisticsError::Ragged {
                row,
                found: predictors.len(),
                expected,
            });
        }
        if !target.is_finite() || predictors.iter().any(|&x| !x.into().is_finite()) {
            return Err(StatisticsError::NotFinite { row });
        }
    }
    if targets.windows(2).all(|pair| pair[0] == pair[1]) {
        return Err(StatisticsError::Constant);
    }
    Ok(expected)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    /// `X = [[np.sin(0.9 * i * (j + 1) + j) for j in range(columns)] for i in range(rows)]`,
    /// `t = X5 @ [1, -2, 0.5, 0, 3] + 0.7 + np.cos(2.1 * i)` with the five columns `X5`.
    fn example(rows: usize, columns: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
        let cell = |i: usize, j: usize| (0.9 * (i * (j + 1)) as f64 + j as f64).sin();
        let target = |i: usize| {
            let linear: f64 = [1.0, -2.0, 0.5, 0.0, 3.0]
                .iter()
                .enumerate()
                .map(|(j, w)| w * cell(i, j))
                .sum();
            linear + 0.7 + (2.1 * i as f64).cos()
        };
        let x = (0..rows)
            .map(|i| (0..columns).map(|j| cell(i, j)).collect())
            .collect();
        (x, (0..rows).map(target).collect())
    }

    fn data(rows: usize, columns: usize, folds: usize) -> RidgeData {
        let (x, t) = example(rows, columns);
        let x: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        RidgeData::new(&x, &t, folds).unwrap()
    }

    fn assert_close(ours: f64, theirs: f64) {
        assert!(
            (ours - theirs).abs() <= 1e-10 * theirs.abs().max(1.0),
            "{ours} against {theirs}"
        );
    }

    // scikit-learn 1.9.1, for alpha in 0, 1, 10:
    //   m = Ridge(alpha=alpha).fit(X, t); m.coef_; m.intercept_
    //   p = cross_val_predict(Ridge(alpha=alpha), X, t, cv=KFold(5)); r2_score(t, p); p[0]; p[39]
    const PEER: [(f64, [f64; 5], f64, f64, f64, f64); 3] = [
        (
            0.0,
            [
                0.9476045177381053,
                -2.065419027833351,
                0.515627994265825,
                0.04197116992916855,
                2.9512055080680595,
            ],
            0.7296744565262285,
            0.9379055773285445,
            -2.772691050979518,
            -2.6065516136701268,
        ),
        (
            1.0,
            [
                0.9081408926753615,
                -2.038928977804983,
                0.47207479074759534,
                0.010337622915793866,
                2.8242163549821746,
            ],
            0.7287113604318756,
            0.9382712686258884,
            -2.6893834258697256,
            -2.4557607403665576,
        ),
        (
            10.0,
            [
                0.6644057696372072,
                -1.7154333133034907,
                0.2878083591955491,
                -0.0872943250649204,
                2.1006173927001317,
            ],
            0.7181181536087753,
            0.8640008734157941,
            -1.9244655924064842,
            -1.5507717126271112,
        ),
    ];

    #[test]
    fn coefficients_and_cross_validated_fit_agree_with_scikit_learn() {
        let data = data(40, 5, 5);
        for (penalty, coefficients, intercept, r2, first, last) in PEER {
            let ridge = data.fit(penalty).unwrap();
            for (ours, theirs) in ridge.coefficients.iter().zip(coefficients) {
                assert_close(*ours, theirs);
            }
            assert_close(ridge.intercept, intercept);
            let validation = data.cross_validate(penalty).unwrap();
            assert_close(validation.r2, r2);
            assert_close(validation.predictions[0], first);
            assert_close(validation.predictions[39], last);
        }
    }

    #[test]
    fn folds_of_unequal_size_agree_with_scikit_learn() {
        // r2_score(t[:38], cross_val_predict(Ridge(alpha=1), X[:38], t[:38], cv=KFold(4)))
        assert_close(
            data(38, 5, 4).cross_validate(1.0).unwrap().r2,
            0.9373757065233217,
        );
    }

    #[test]
    fn more_predictors_than_rows_agree_with_scikit_learn() {
        // The same with 12 rows of 30 columns, alpha 0.5 and KFold(3).
        let wide = data(12, 30, 3);
        assert_close(wide.cross_validate(0.5).unwrap().r2, 0.800203125595123);
        assert_close(wide.fit(0.5).unwrap().coefficients[29], 0.9458110207251846);
        assert_eq!(wide.fit(0.0), Err(StatisticsError::Singular));
    }

    #[test]
    fn a_line_is_found_by_hand_computation() {
        // Rows 0 1 2 3, targets 1 3 5 7: deviations give 10 / (5 + penalty).
        let x: [&[f32]; 4] = [&[0.0], &[1.0], &[2.0], &[3.0]];
        let data = RidgeData::new(&x, &[1.0, 3.0, 5.0, 7.0], 2).unwrap();
        let line = data.fit(0.0).unwrap();
        assert_close(line.coefficients[0], 2.0);
        assert_close(line.intercept, 1.0);
        assert_close(line.predict(&[10.0_f32]), 21.0);
        let damped = data.fit(5.0).unwrap();
        assert_close(damped.coefficients[0], 1.0);
        assert_close(damped.intercept, 2.5);
        assert_close(data.cross_validate(0.0).unwrap().r2, 1.0);
    }

    #[test]
    fn a_fit_to_noise_does_not_look_good() {
        // 60 predictors and 80 rows of a scrambled sequence: on its own rows such a fit explains most of the noise.
        let noise = |k: usize| ((k as f64 * 12.9898).sin() * 43758.5453).fract();
        let x: Vec<Vec<f64>> = (0..80)
            .map(|i| (0..60).map(|j| noise(i * 61 + j + 1)).collect())
            .collect();
        let x: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        let t: Vec<f64> = (0..80).map(|i| noise(100_000 + 7 * i)).collect();
        let data = RidgeData::new(&x, &t, 5).unwrap();
        assert!(data.cross_validate(0.01).unwrap().r2 < 0.1);
    }

    #[test]
    fn bad_numbers_are_refused() {
        let x: Vec<&[f64]> = vec![&[1.0], &[2.0], &[3.0], &[4.0]];
        let new = |x: &[&[f64]], t: &[f64], folds| RidgeData::new(x, t, folds).unwrap_err();
        assert_eq!(
            new(&x, &[1.0], 2),
            StatisticsError::Lengths {
                rows: 4,
                targets: 1
            }
        );
        assert_eq!(
            new(&x, &[1.0, 2.0, 3.0, 4.0], 3),
            StatisticsError::TooFew {
                found: 4,
                needed: 6
            }
        );
        assert_eq!(
            new(&x, &[1.0, 2.0, f64::NAN, 4.0], 2),
            StatisticsError::NotFinite { row: 2 }
        );
        assert_eq!(new(&x, &[0.1; 4], 2), StatisticsError::Constant);
        assert_eq!(
            new(&[&[] as &[f64]; 4], &[1.0, 2.0, 3.0, 4.0], 2),
            StatisticsError::NoPredictors
        );
        let ragged: Vec<&[f64]> = vec![&[1.0], &[2.0, 1.0], &[3.0], &[4.0]];
        assert_eq!(
            new(&ragged, &[1.0, 2.0, 3.0, 4.0], 2),
            StatisticsError::Ragged {
                row: 1,
                found: 2,
                expected: 1
            }
        );
        let data = RidgeData::new(&x, &[1.0, 2.0, 3.0, 5.0], 2).unwrap();
        assert!(matches!(
            data.fit(-1.0),
            Err(StatisticsError::Penalty { .. })
        ));
    }
}

//! The statistics against SciPy, NumPy, statsmodels, scikit-learn and esda, to 1e-9 in relative terms
//! (`tests/fixtures/statistics`).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use serde_json::Value;
use tunescape::embedding::{
    DistanceMatrix, EmbeddingQuality, Features, Neighbours, mds, morans_i, stress_1,
    trust_neighbours,
};
use tunescape::progress::no_progress;
use tunescape::statistics::{
    Correlation, Histogram, KernelDensity, Line, MannWhitneyMethod, StatisticsError, TestResult,
    Variances, benjamini_hochberg, cliffs_delta, hedges_g, holm, mann_whitney, pearson, spearman,
    student_t_two_sided, t_test,
};

const RELATIVE: f64 = 1e-9;

fn cases(key: &str) -> Vec<Value> {
    stored("cases.json", key)
}

fn stored(file: &str, key: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/statistics");
    let path = folder.join(file);
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    all[key].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap();
    list.iter().map(|x| x.as_f64().unwrap()).collect()
}

fn assert_close(ours: f64, theirs: f64, what: &str) {
    let near = ours == theirs || (ours - theirs).abs() <= RELATIVE * theirs.abs();
    assert!(near, "{what}: {ours:e} where SciPy has {theirs:e}");
}

fn assert_same(ours: TestResult, theirs: &Value, what: &str) {
    let theirs = numbers(theirs);
    assert_close(ours.statistic, theirs[0], &format!("{what}, statistic"));
    assert_close(ours.p, theirs[1], &format!("{what}, p"));
}

#[test]
fn tests_of_two_groups_agree_with_scipy() {
    let (mut exact, mut tiny) = (0, 0);
    for case in cases("groups") {
        let name = case["name"].as_str().unwrap();
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        for (key, method) in [
            ("mann_whitney_auto", MannWhitneyMethod::Auto),
            ("mann_whitney_asymptotic", MannWhitneyMethod::Asymptotic),
            ("mann_whitney_exact", MannWhitneyMethod::Exact),
        ] {
            if !case[key].is_null() {
                let ours = mann_whitney(&x, &y, method).unwrap();
                assert_same(ours, &case[key], &format!("{name}, {key}"));
                exact += usize::from(method == MannWhitneyMethod::Exact);
                tiny += usize::from(ours.p > 0.0 && ours.p < 1e-299);
            }
        }
        for (key, variances) in [("student", Variances::Equal), ("welch", Variances::Unequal)] {
            match t_test(&x, &y, variances) {
                // SciPy says 0 where the number is too small for it, or nearly for anyone.
                Ok(ours) if case[key][1] == 0.0 => assert!(ours.p < 1e-300, "{name}: {ours:?}"),
                Ok(ours) => {
                    assert_same(ours, &case[key], &format!("{name}, {key}"));
                    tiny += usize::from(ours.p > 0.0 && ours.p < 1e-299);
                }
                Err(_) => assert!(case[key].is_null(), "{name}, {key}"),
            }
        }
        let delta = cliffs_delta(&x, &y).unwrap();
        let theirs = case["cliffs_delta"].as_f64().unwrap();
        assert!((delta - theirs).abs() < 1e-12, "{name}: {delta} {theirs}");
        match hedges_g(&x, &y) {
            Ok(g) => assert_close(g, case["hedges_g"].as_f64().unwrap(), name),
            Err(_) => assert!(case["hedges_g"].is_null(), "{name}"),
        }
    }
    assert!(exact >= 7 && tiny >= 3, "{exact} {tiny}");
}

#[test]
fn correlations_and_lines_agree_with_scipy() {
    for case in cases("lists") {
        let name = case["name"].as_str().unwrap();
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let pearson = Correlation::new(pearson(&x, &y).unwrap(), x.len());
        let theirs = numbers(&case["pearson"]);
        assert_close(pearson.r, theirs[0], name);
        assert_close(pearson.p, theirs[1], name);
        if case["spearman"].is_null() {
            continue;
        }
        let spearman = Correlation::new(spearman(&x, &y).unwrap(), x.len());
        let theirs = numbers(&case["spearman"]);
        assert_close(spearman.r, theirs[0], name);
        assert_close(spearman.p, theirs[1], name);
        let line = Line::fit(&x, &y).unwrap();
        let theirs = numbers(&case["line"]);
        assert_close(line.slope, theirs[0], name);
        assert!((line.intercept - theirs[1]).abs() < 1e-12, "{name}");
        let band = line.band_half_widths(&numbers(&case["band_at"]), 0.95);
        for (ours, theirs) in band.into_iter().zip(numbers(&case["band"])) {
            assert_close(ours, theirs, name);
        }
    }
}

#[test]
fn histograms_agree_with_numpy_and_densities_with_scipy() {
    for case in cases("densities") {
        let name = case["name"].as_str().unwrap();
        let x = numbers(&case["x"]);
        let histogram = Histogram::auto(&x).unwrap();
        let counts: Vec<f64> = histogram.counts.iter().map(|count| *count as f64).collect();
        assert_eq!(counts, numbers(&case["counts"]), "{name}");
        for (ours, theirs) in histogram.edges.iter().zip(numbers(&case["edges"])) {
            assert!(
                (ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0),
                "{name}"
            );
        }
        match KernelDensity::new(&x) {
            Ok(density) => {
                for (at, theirs) in numbers(&case["at"]).iter().zip(numbers(&case["density"])) {
                    let ours = density.density(*at);
                    assert!((ours - theirs).abs() <= RELATIVE * theirs, "{name}: {ours}");
                }
            }
            Err(_) => assert!(case["density"].is_null(), "{name}"),
        }
    }
}

#[test]
fn corrections_agree_with_statsmodels_and_scipy() {
    for case in cases("corrections") {
        let name = case["name"].as_str().unwrap();
        let p = numbers(&case["p"]);
        for (ours, key) in [
            (holm(&p), "holm"),
            (benjamini_hochberg(&p), "benjamini_hochberg"),
        ] {
            for (ours, theirs) in ours.into_iter().zip(numbers(&case[key])) {
                assert_close(ours, theirs, &format!("{name}, {key}"));
            }
        }
    }
    assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
}

#[test]
fn tails_of_students_t_agree_with_scipy_from_one_to_a_million_degrees_of_freedom() {
    for case in cases("tails") {
        let [t, df, p] = numbers(&case)[..] else {
            panic!("three numbers")
        };
        assert_close(student_t_two_sided(t, df), p, &format!("t {t}, df {df}"));
    }
}

/// Pairs of numbers.
fn places(value: &Value) -> Vec<[f64; 2]> {
    let rows = value.as_array().unwrap().iter().map(numbers);
    rows.map(|row| [row[0], row[1]]).collect()
}

#[test]
fn trustworthiness_continuity_and_kept_neighbours_agree_with_scikit_learn() {
    let found = stored("maps.json", "maps");
    for case in &found {
        let name = case["name"].as_str().unwrap();
        let rows: Vec<Vec<f32>> = case["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| numbers(row).into_iter().map(|x| x as f32).collect())
            .collect();
        let places = places(&case["places"]);
        assert_eq!(case["neighbours"], trust_neighbours(rows.len()), "{name}");
        let Ok((ours, _)) =
            EmbeddingQuality::measure(&Features::new(&rows), &places, &mut no_progress);
        for (ours, key) in [
            (ours.trustworthiness, "trustworthiness"),
            (ours.continuity, "continuity"),
            (ours.neighbours_kept, "kept"),
        ] {
            assert_close(ours, case[key].as_f64().unwrap(), &format!("{name}, {key}"));
        }
        assert!(ours.stress.is_finite() && (0.0..=1.0).contains(&ours.trustworthiness_chance));
    }
    assert!(found.len() >= 8);
}

#[test]
fn the_stress_of_scikit_learns_maps_is_what_its_smacof_says_and_ours_is_no_higher() {
    for case in stored("maps.json", "stresses") {
        let name = case["name"].as_str().unwrap();
        let distances = DistanceMatrix::from_condensed(&numbers(&case["distances"])).unwrap();
        let places = places(&case["points"]);
        let mut squares = 0.0;
        for (i, a) in places.iter().enumerate() {
            for b in &places[..i] {
                squares += (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
            }
        }
        let theirs = case["raw_stress"].as_f64().unwrap();
        let stress = stress_1(&distances, &places);
        assert_close(stress * stress * squares, theirs, name);
        // At the scale where scaling ends, stress-1 grows with the raw stress.
        let Ok(ours) = mds(&distances, &mut no_progress);
        assert!(
            ours.stress <= stress + 1e-6,
            "{name}: {} {stress}",
            ours.stress
        );
    }
}

/// Moran's I as its definition has it: a double sum over a full matrix of weights whose rows add up to one.
fn moran_by_double_loop(places: &[[f64; 2]], values: &[f64], count: usize) -> f64 {
    let n = places.len();
    let square = |i: usize, j: usize| {
        (places[i][0] - places[j][0]).powi(2) + (places[i][1] - places[j][1]).powi(2)
    };
    let mean = values.iter().sum::<f64>() / n as f64;
    let (mut above, mut weights) = (0.0, 0.0);
    for i in 0..n {
        let mut others: Vec<usize> = (0..n).filter(|j| *j != i).collect();
        others.sort_by(|a, b| square(i, *a).total_cmp(&square(i, *b)));
        for j in &others[..count] {
            above += (values[i] - mean) * (values[*j] - mean) / count as f64;
            weights += 1.0 / count as f64;
        }
    }
    let below: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    n as f64 / weights * above / below
}

#[test]
fn morans_i_agrees_with_a_direct_double_loop_and_with_esda() {
    for case in stored("maps.json", "morans") {
        let name = case["name"].as_str().unwrap();
        let (places, values) = (places(&case["places"]), numbers(&case["values"]));
        let count = case["neighbours"].as_u64().unwrap() as usize;
        let rows: Vec<[f32; 2]> = places.iter().map(|p| p.map(|x| x as f32)).collect();
        let Ok(near) = Neighbours::find(&Features::new(&rows), count, &mut no_progress);
        let some: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let ours = morans_i(&near, &some).unwrap();
        let direct = moran_by_double_loop(&places, &values, count);
        assert_close(ours, direct, &format!("{name}, double loop"));
        assert_close(ours, case["moran_i"].as_f64().unwrap(), name);
        // Equal values and single ones have no figure, and no NaN.
        assert_eq!(morans_i(&near, &vec![Some(3.0); values.len()]), None);
        let mut single = vec![None; values.len()];
        assert_eq!(morans_i(&near, &single), None);
        single[0] = Some(1.0);
        assert_eq!(morans_i(&near, &single), None);
    }
}

#[test]
fn maps_too_small_or_all_in_one_place_have_figures_and_no_nan() {
    for n in 0..4 {
        let rows = vec![[1.0_f32, 2.0]; n];
        let Ok((found, _)) = EmbeddingQuality::measure(
            &Features::new(&rows),
            &vec![[0.5, 0.5]; n],
            &mut no_progress,
        );
        for figure in [
            found.stress,
            found.trustworthiness,
            found.continuity,
            found.neighbours_kept,
            found.trustworthiness_chance,
            found.stress_chance,
        ] {
            assert!((0.0..=1.0).contains(&figure), "{n}: {found:?}");
        }
    }
}

#[test]
fn what_cannot_be_tested_is_an_error_and_no_nan() {
    use StatisticsError::{Constant, NotFinite, TooFew};
    let some = [1.0, 2.0, 4.0];
    let auto = MannWhitneyMethod::Auto;
    let few = |found, needed| TooFew { found, needed };
    for (x, y) in [
        (&[][..], &some[..]),
        (&some[..], &[][..]),
        (&[][..], &[][..]),
    ] {
        assert_eq!(mann_whitney(x, y, auto), Err(few(0, 1)));
        assert_eq!(t_test(x, y, Variances::Equal), Err(few(0, 1)));
        assert_eq!(t_test(x, y, Variances::Unequal), Err(few(0, 2)));
        assert_eq!(cliffs_delta(x, y), Err(few(0, 1)));
        assert_eq!(hedges_g(x, y), Err(few(0, 1)));
    }
    assert_eq!(t_test(&[1.0], &[2.0], Variances::Equal), Err(few(2, 3)));
    assert_eq!(t_test(&[1.0], &some, Variances::Unequal), Err(few(1, 2)));
    assert_eq!(
        t_test(&[1.0; 4], &[2.0; 4], Variances::Equal),
        Err(Constant)
    );
    assert_eq!(hedges_g(&[1.0; 4], &[2.0; 4]), Err(Constant));
    assert_eq!(pearson(&[1.0], &[2.0]), None);
    assert_eq!(pearson(&[1.0; 3], &some), None);
    assert_eq!(Line::fit(&[1.0; 3], &some), Err(Constant));
    assert_eq!(KernelDensity::new(&[3.0]).unwrap_err(), few(1, 2));
    assert_eq!(KernelDensity::new(&[3.0; 5]).unwrap_err(), Constant);
    assert_eq!(Histogram::auto(&[]).unwrap_err(), few(0, 1));
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(mann_whitney(&some, &[bad], auto), Err(NotFinite { row: 0 }));
        assert_eq!(
            Histogram::auto(&[1.0, bad]).unwrap_err(),
            NotFinite { row: 1 }
        );
    }
    let many: Vec<f64> = (0..500).map(f64::from).collect();
    assert!(mann_whitney(&many, &many, MannWhitneyMethod::Exact).is_err());
}

//! Multiple imputation against mice and nnet, and against closed forms. Reference values by
//! tests/reference/imputation/imputation.R.

mod fixture;

use std::collections::BTreeSet;
use std::path::Path;

use fixture::{Table, Worst};
use nalgebra::{DMatrix, DVector};
use radiome_stats::imputation::{
    ChainedEquations, CompletedColumn, ConditionalMeans, ImputationError, IncompleteColumn,
    LinearModel, MultinomialModel, PooledEstimate, chained_equations, nearest_donors, pool,
    predictive_mean_matching,
};
use radiome_stats::resampling::seeded;

fn read(name: &str) -> Table {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/imputation");
    Table::read_at(&folder.join(name))
}

/// Estimates and covariances of the six fits.
fn fits() -> (Vec<Vec<f64>>, Vec<DMatrix<f64>>) {
    let table = read("fits.csv");
    let (mut estimates, mut covariances) = (Vec::new(), Vec::new());
    for imputation in 1..=6 {
        let one = table.select("imputation", &imputation.to_string());
        estimates.push(one.numbers("estimate"));
        covariances.push(one.columns(&["X1", "X2", "X3", "X4", "X5", "X6"]));
    }
    (estimates, covariances)
}

#[test]
fn estimates_are_pooled_as_by_mice() {
    let (estimates, covariances) = fits();
    let expected = read("pooled.csv");
    let mut worst = Worst::default();
    for dfcom in ["84", "Inf"] {
        let part = expected.select("dfcom", dfcom);
        let dfcom: f64 = dfcom.parse().unwrap();
        let pooled = pool(&estimates, &covariances, dfcom).unwrap();
        let terms: Vec<PooledEstimate> = (0..6).map(|place| pooled.term(place)).collect();
        let mut check = |name: &str, value: &dyn Fn(&PooledEstimate) -> f64| {
            let found: Vec<f64> = terms.iter().map(value).collect();
            // Sums in another order; tails of Student's t by another algorithm.
            worst.check_all(name, &found, &part.numbers(name), 1e-10, 0.0);
        };
        check("estimate", &|one| one.estimate);
        check("ubar", &|one| one.within);
        check("b", &|one| one.between);
        check("t", &|one| one.total);
        check("df", &|one| one.df);
        check("riv", &|one| one.relative_increase);
        check("lambda", &|one| one.lambda);
        check("fmi", &|one| one.fraction_missing);
        check("p", &|one| one.p());
        check("lower", &|one| one.interval(0.95)[0]);
        check("upper", &|one| one.interval(0.95)[1]);
    }
    worst.report("Rubin's rules");
}

#[test]
fn several_estimates_are_tested_as_by_mitml() {
    let (estimates, covariances) = fits();
    let expected = read("tests.csv");
    let mut worst = Worst::default();
    for row in 0..expected.rows.len() {
        let places = expected.text("places")[row].split(' ');
        let places: Vec<usize> = places.map(|place| place.parse().unwrap()).collect();
        let pooled = pool(&estimates, &covariances, expected.numbers("dfcom")[row]).unwrap();
        let found = pooled.wald_test(&places).unwrap();
        for (name, value) in [
            ("f", found.f),
            ("df1", found.df1),
            ("df2", found.df2),
            ("p", found.p),
            ("riv", found.relative_increase),
        ] {
            worst.check(name, value, expected.numbers(name)[row], 1e-10, 0.0);
        }
    }
    worst.report("Wald tests");
    // Of one estimate it is Student's test.
    let pooled = pool(&estimates, &covariances, 84.0).unwrap();
    let (one, alone) = (pooled.wald_test(&[2]).unwrap(), pooled.term(2));
    assert_eq!((one.p, one.df2), (alone.p(), alone.df));
}

#[test]
fn without_variance_between_the_sets_it_is_the_test_of_complete_data() {
    let (estimates, covariances) = fits();
    let estimates = vec![estimates[0].clone(); 6];
    let covariances = vec![covariances[0].clone(); 6];
    let pooled = pool(&estimates, &covariances, 84.0).unwrap();
    let one = pooled.term(2);
    // The mean of equal numbers is off by rounding.
    assert!(one.between < 1e-28);
    // (ν + 1) / (ν + 3) ν, and λ of 0.
    assert!((one.df - 85.0 / 87.0 * 84.0).abs() < 1e-12);
    assert!((one.standard_error - covariances[0][(2, 2)].sqrt()).abs() < 1e-15);
    let test = pooled.wald_test(&[4, 5]).unwrap();
    assert!((test.df2 - 85.0 / 87.0 * 84.0).abs() < 1e-10);
    let infinite = pool(&estimates, &covariances, f64::INFINITY).unwrap();
    assert!(infinite.term(2).df > 1e30);
}

#[test]
fn what_cannot_be_pooled_is_refused() {
    let (estimates, covariances) = fits();
    let few = pool(&estimates[..1], &covariances[..1], 84.0);
    assert!(matches!(few, Err(ImputationError::TooFew { found: 1, .. })));
    assert!(pool(&estimates, &covariances[1..], 84.0).is_err());
    assert!(pool(&estimates, &covariances, 0.0).is_err());
    let mut bad = estimates.clone();
    bad[3][1] = f64::NAN;
    assert!(pool(&bad, &covariances, 84.0).is_err());
    let mut bad = covariances;
    bad[2][(1, 1)] = 0.0;
    assert!(pool(&estimates, &bad, 84.0).is_err());
}

#[test]
fn donors_are_those_of_mice() {
    let predicted = read("predicted.csv").numbers("predicted");
    let expected = read("donors.csv");
    let mut rng = seeded(1);
    for (target, wanted) in (expected.numbers("target").into_iter()).zip(expected.text("donors")) {
        let mut found = nearest_donors(&predicted, target, 5, &mut rng);
        let nearest = |place: &usize| (predicted[*place] - target).abs();
        assert!(found.is_sorted_by_key(nearest));
        found.sort_unstable();
        let found: Vec<String> = found.iter().map(usize::to_string).collect();
        assert_eq!(found.join(" "), wanted, "{target}");
    }
    assert_eq!(nearest_donors(&[1.0, 2.0], 0.0, 5, &mut rng), [0, 1]);
}

#[test]
fn among_equally_near_donors_chance_decides() {
    let mut rng = seeded(2);
    let mut count = [0_usize; 20];
    for _ in 0..4000 {
        for place in nearest_donors(&[7.0; 20], 3.0, 5, &mut rng) {
            count[place] += 1;
        }
    }
    // Each is among the five with probability 1/4: 1000 with a standard deviation of 27.4.
    for count in count {
        assert!((860..=1140).contains(&count), "{count}");
    }
}

/// The columns of R's models: age, size, y; and the classes of the first completed set.
fn first_set() -> (Table, DMatrix<f64>) {
    let set = read("completed.csv").select(".imp", "1");
    let x = set.columns(&["age", "size", "y"]);
    (set, x)
}

fn classes(labels: &[&str]) -> Vec<usize> {
    let levels: BTreeSet<&&str> = labels.iter().collect();
    let place = |label: &&str| levels.iter().position(|level| *level == label).unwrap();
    labels.iter().map(place).collect()
}

#[test]
fn models_of_classes_are_those_of_r_on_the_rows_that_mice_adds() {
    let (set, x) = first_set();
    let expected = read("models.csv");
    let mut sorted = set.numbers("size");
    sorted.sort_by(f64::total_cmp);
    let median = f64::midpoint(sorted[44], sorted[45]);
    let apart: Vec<usize> = (set.numbers("size").iter())
        .map(|&size| usize::from(size > median))
        .collect();
    for (name, class, levels, tolerance) in [
        // glm ends where the deviance no longer changes: about the root of its precision.
        ("margin", classes(&set.text("margin")), 2, 1e-7),
        ("apart", apart, 2, 1e-7),
        // nnet's quasi-Newton method ends where rounding hides a gain of the likelihood.
        ("site", classes(&set.text("site")), 3, 1e-5),
    ] {
        let model = MultinomialModel::fit(&x, &class, levels).unwrap();
        let expected = expected.select("model", name);
        let found: Vec<f64> = model.coefficients().into_iter().flatten().collect();
        let mut worst = Worst::default();
        worst.check_all(name, &found, &expected.numbers("value"), tolerance, 0.1);
        worst.report(name);
    }
}

#[test]
fn the_linear_model_is_that_of_lm_and_its_draws_have_its_posterior() {
    let (set, _) = first_set();
    let site = classes(&set.text("site"));
    let columns = [
        set.numbers("size"),
        set.numbers("margin"),
        site.iter().map(|&s| f64::from(u8::from(s == 1))).collect(),
        site.iter().map(|&s| f64::from(u8::from(s == 2))).collect(),
        set.numbers("y"),
    ];
    let x = DMatrix::from_fn(90, 5, |row, column| columns[column][row]);
    let model = LinearModel::fit(&x, &set.numbers("age")).unwrap();
    let expected = read("models.csv");
    let (b, se) = (
        expected.select("model", "linear").numbers("value"),
        expected.select("model", "linear_se").numbers("value"),
    );
    let mut worst = Worst::default();
    worst.check_all("coefficients", &model.coefficients(), &b, 1e-10, 0.0);
    worst.report("linear model");
    // Of b + s R z with s² = RSS / χ²(df) the mean is b and the variance se² df / (df - 2).
    let (mut rng, draws, df) = (seeded(4), 20_000, 84.0_f64);
    let mut sums = vec![[0.0; 2]; 6];
    for _ in 0..draws {
        for ((sum, drawn), b) in sums.iter_mut().zip(model.draw(&mut rng)).zip(&b) {
            sum[0] += drawn - b;
            sum[1] += (drawn - b).powi(2);
        }
    }
    for ([sum, squares], se) in sums.into_iter().zip(se) {
        let n = f64::from(draws);
        let sd = se * (df / (df - 2.0)).sqrt();
        // Four Monte Carlo standard errors: sd / sqrt(n), and sqrt(2 / n) of the variance.
        assert!((sum / n).abs() < 4.0 * sd / n.sqrt());
        assert!((squares / n / (sd * sd) - 1.0).abs() < 4.0 * (2.0 / n).sqrt() * 1.1);
    }
}

#[test]
fn columns_without_information_have_no_coefficient() {
    let x = DMatrix::from_fn(30, 4, |row, column| match column {
        0 => f64::from(u8::from(row % 3 == 0)),
        1 => 5.0,
        2 => 2.0 - 3.0 * f64::from(u8::from(row % 3 == 0)),
        _ => (row * row % 17) as f64,
    });
    let y: Vec<f64> = (0..30)
        .map(|row| 1.0 + 2.0 * x[(row, 0)] - 0.5 * x[(row, 3)])
        .collect();
    let found = LinearModel::fit(&x, &y).unwrap().coefficients();
    for (found, expected) in found.iter().zip([1.0, 2.0, 0.0, 0.0, -0.5]) {
        assert!((found - expected).abs() < 1e-12);
    }
    let class: Vec<usize> = (0..30).map(|row| row % 2).collect();
    let found = MultinomialModel::fit(&x, &class, 2).unwrap().coefficients();
    assert_eq!([found[0][2], found[0][3]], [0.0, 0.0]);
    // More columns than rows: as many as leave two degrees of freedom.
    let wide = DMatrix::from_fn(5, 9, |row, column| ((row + 1) * (column + 3) % 7) as f64);
    let found = LinearModel::fit(&wide, &[1.0, 4.0, 2.0, 8.0, 5.0]).unwrap();
    assert!(found.coefficients().iter().filter(|b| **b != 0.0).count() <= 3);
}

#[test]
fn imputed_numbers_are_numbers_that_were_seen() {
    let mut rng = seeded(5);
    let known = DMatrix::from_fn(40, 1, |row, _| row as f64);
    let values: Vec<f64> = (0..40).map(|row| f64::from(row) * 10.0).collect();
    let missing = DMatrix::from_column_slice(3, 1, &[0.0, 20.0, 39.0]);
    for _ in 0..200 {
        let found = predictive_mean_matching(&known, &values, &missing, 5, &mut rng).unwrap();
        // Without noise the five nearest rows are known: of 20 those from 18 to 22.
        for (found, near) in found.iter().zip([0..=4, 18..=22, 35..=39]) {
            assert!(values.contains(found));
            assert!(near.contains(&((found / 10.0) as i32)), "{found}");
        }
    }
}

fn column(table: &Table, name: &str) -> IncompleteColumn {
    let cells = table.text(name);
    if name == "age" || name == "size" {
        return IncompleteColumn::Number(table.numbers(name));
    }
    let levels: BTreeSet<&&str> = cells.iter().filter(|cell| **cell != "NA").collect();
    IncompleteColumn::Class {
        values: (cells.iter())
            .map(|cell| levels.iter().position(|level| *level == cell))
            .collect(),
        classes: levels.len(),
    }
}

fn patients() -> (Vec<IncompleteColumn>, DMatrix<f64>) {
    let table = read("patients.csv");
    let columns = ["age", "size", "margin", "site"].map(|name| column(&table, name));
    (columns.into(), table.columns(&["y"]))
}

#[test]
fn chained_equations_keep_what_is_known_and_follow_their_seed() {
    let (columns, outcome) = patients();
    let settings = ChainedEquations::default();
    let complete = |seed| chained_equations(&columns, &outcome, settings, &mut seeded(seed));
    let sets = complete(1).unwrap();
    assert_eq!(sets.len(), 10);
    let mut different = 0;
    for set in &sets {
        for (column, filled) in columns.iter().zip(set) {
            match (column, filled) {
                (IncompleteColumn::Number(known), CompletedColumn::Number(filled)) => {
                    for (known_value, value) in known.iter().zip(filled) {
                        assert!(known_value == value || known_value.is_nan());
                        assert!(known.contains(value));
                    }
                }
                (
                    IncompleteColumn::Class { values: known, .. },
                    CompletedColumn::Class { values, classes },
                ) => {
                    for (known, value) in known.iter().zip(values) {
                        assert!(known.is_none_or(|known| known == *value) && value < classes);
                    }
                }
                _ => panic!("another kind of column"),
            }
        }
        different += usize::from(set != &sets[0]);
    }
    assert_eq!(different, 9);
    assert_eq!(complete(1).unwrap(), sets);
    assert_ne!(complete(2).unwrap(), sets);
}

#[test]
fn a_column_that_cannot_be_imputed_is_refused() {
    let (columns, outcome) = patients();
    let refused = |column: IncompleteColumn| {
        let mut columns = columns.clone();
        columns[1] = column;
        let settings = ChainedEquations::default();
        chained_equations(&columns, &outcome, settings, &mut seeded(1)).unwrap_err()
    };
    assert_eq!(
        refused(IncompleteColumn::Number(vec![f64::NAN; 90])),
        ImputationError::NothingKnown { column: 1 }
    );
    let one = IncompleteColumn::Class {
        values: vec![Some(0); 90],
        classes: 2,
    };
    assert_eq!(refused(one), ImputationError::NothingKnown { column: 1 });
    let short = IncompleteColumn::Number(vec![1.0; 3]);
    assert!(matches!(
        refused(short),
        ImputationError::Length { found: 3, .. }
    ));
    let infinite = IncompleteColumn::Number(vec![f64::INFINITY; 90]);
    assert!(matches!(
        refused(infinite),
        ImputationError::BadValue { .. }
    ));
}

#[test]
fn what_is_expected_of_numbers_is_the_conditional_mean_of_the_normal_distribution() {
    let mut rng = seeded(6);
    let mut draw = || {
        use rand_chacha::rand_core::RngCore;
        (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    };
    // Five columns with something in common.
    let data = DMatrix::from_fn(200, 5, |_, _| draw());
    let mix = DMatrix::from_fn(5, 5, |row, column| {
        1.0 / (1.0 + row.abs_diff(column) as f64)
    });
    let data = data * mix;
    let columns: Vec<IncompleteColumn> = (data.column_iter())
        .map(|column| IncompleteColumn::Number(column.iter().copied().collect()))
        .collect();
    let completed: Vec<CompletedColumn> = (data.column_iter())
        .map(|column| CompletedColumn::Number(column.iter().copied().collect()))
        .collect();
    let means = ConditionalMeans::fit(&columns, &[completed]).unwrap();
    let mean = data.row_mean();
    let centred = DMatrix::from_fn(200, 5, |row, column| data[(row, column)] - mean[column]);
    let covariance = centred.tr_mul(&centred);
    for (row, missing) in [(3, vec![1]), (17, vec![0, 3]), (50, vec![0, 2, 4])] {
        let known: Vec<usize> = (0..5).filter(|place| !missing.contains(place)).collect();
        let part = |a: &[usize], b: &[usize]| covariance.select_rows(a).select_columns(b);
        let deviation = DVector::from_fn(known.len(), |place, _| centred[(row, known[place])]);
        let expected =
            part(&missing, &known) * part(&known, &known).cholesky().unwrap().solve(&deviation);
        let given: Vec<Option<Vec<f64>>> = (0..5)
            .map(|place| known.contains(&place).then(|| vec![data[(row, place)]]))
            .collect();
        let found = means.expected(&given);
        for (place, deviation) in missing.iter().zip(expected.iter()) {
            let expected = mean[*place] + deviation;
            // Rounds end when nothing changes by more than 1e-12.
            assert!((found[*place][0] - expected).abs() < 1e-9, "{row} {place}");
        }
        for place in known {
            assert_eq!(found[place], [data[(row, place)]]);
        }
    }
    // With nothing known it is the mean; a number stays within the range.
    let found = means.expected(&vec![None; 5]);
    for (found, mean) in found.iter().zip(mean.iter()) {
        assert!((found[0] - mean).abs() < 1e-9);
    }
    let far: Vec<Option<Vec<f64>>> = (0..5).map(|p| (p != 1).then(|| vec![99.0])).collect();
    assert_eq!(means.expected(&far)[1][0], data.column(1).max());
}

#[test]
fn what_is_expected_of_a_class_is_its_probability() {
    // Saturated: a class given one binary column. The light rows draw the shares together a little.
    let a: Vec<usize> = (0..400).map(|row| row % 2).collect();
    let b: Vec<usize> = (0..400)
        .map(|row| match row % 2 {
            0 => usize::from(row % 8 == 0),
            _ => 2 * usize::from(row % 20 >= 10),
        })
        .collect();
    let wrap = |values: &[usize], classes| IncompleteColumn::Class {
        values: values.iter().copied().map(Some).collect(),
        classes,
    };
    let full = |values: &[usize], classes| CompletedColumn::Class {
        values: values.to_vec(),
        classes,
    };
    let columns = [wrap(&a, 2), wrap(&b, 3)];
    let means = ConditionalMeans::fit(&columns, &[vec![full(&a, 2), full(&b, 3)]]).unwrap();
    for (given, expected) in [(0.0, [0.25, 0.0]), (1.0, [0.0, 0.5])] {
        let found = means.expected(&[Some(vec![given]), None]);
        for (found, expected) in found[1].iter().zip(expected) {
            assert!((found - expected).abs() < 0.01, "{found} {expected}");
        }
    }
    let text = serde_json::to_string(&means).unwrap();
    let again: ConditionalMeans = serde_json::from_str(&text).unwrap();
    assert_eq!(again, means);
}

//! What is learnt from training rows, and that nothing else is.

mod combat_covariates;

use indexmap::IndexMap;
use nalgebra::DMatrix;
use radiome::pipeline::{
    ClinicalColumn, ClinicalValues, Comparison, Dataset, FitError, HarmonizationRule, Pipeline,
    RadScores, ReliabilityRule, SignaturePlan, stratified_folds,
};
use radiome::study::{HarmonizationFit, IccBound, IccForm, LambdaRule, Scheme, UnseenBatch};
use radiome::validation::{CrossValidation, Stream, bootstrap, cross_validate};
use radiome_stats::discrimination::{FoldScores, cross_validated_auc};
use radiome_stats::selection::mrmr::{MrmrAssociation, MrmrForm, mrmr};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// A normal deviate by the sum of twelve uniform ones.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// Rows of which the first `informative` features are shifted by `shift` with the outcome.
fn rows(seed: u64, n: usize, features: usize, informative: usize, shift: f64) -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let outcome: Vec<bool> = (0..n).map(|_| rng.random()).collect();
    let features = DMatrix::from_fn(n, features, |row, column| {
        let signal = f64::from(u8::from(outcome[row] && column < informative));
        normal(&mut rng) + shift * signal
    });
    Dataset {
        patient: (0..n).collect(),
        batch: (0..n).map(|row| format!("S{}", row % 3)).collect(),
        covariates: Vec::new(),
        folds: None,
        features,
        readings: IndexMap::new(),
        intensities: None,
        clinical: vec![
            ClinicalColumn {
                name: "age".into(),
                values: ClinicalValues::Number((0..n).map(|_| normal(&mut rng)).collect()),
            },
            ClinicalColumn {
                name: "site".into(),
                values: ClinicalValues::Factor(
                    (0..n)
                        .map(|_| Some(["arm", "leg"][rng.random_range(0..2)].to_owned()))
                        .collect(),
                ),
            },
        ],
        outcome,
    }
}

fn pipeline(features: usize, k: usize) -> Pipeline {
    Pipeline {
        seed: 3,
        reliability: None,
        harmonization: None,
        signatures: vec![SignaturePlan {
            model: "rs_T1".into(),
            allowed: vec![true; features],
        }],
        k,
        scheme: Scheme::Difference,
        alpha: 1.0,
        folds: 5,
        lambda: LambdaRule::Min,
        clinical_p: 0.05,
        imputations: None,
        nomogram_signatures: vec!["rs_T1".into()],
        nomogram_clinical: true,
        rad_scores: RadScores::OutOfFold,
    }
}

fn area(model: &str, validation: &CrossValidation, outcome: &[bool]) -> f64 {
    let classes: Vec<Vec<bool>> = validation
        .fits
        .iter()
        .map(|fit| fit.test.iter().map(|&row| outcome[row]).collect())
        .collect();
    let folds: Vec<FoldScores<'_>> = validation
        .fits
        .iter()
        .zip(&classes)
        .map(|(fit, class)| FoldScores {
            repeat: fit.repeat,
            rows: &fit.test,
            class,
            score: &fit.score[model],
        })
        .collect();
    cross_validated_auc(&folds).unwrap().auc
}

/// Mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Cohorts of noise.
const COHORTS: u64 = 40;
/// Limits of the mean over them, in standard errors: the 0.999 quantile of Student's t with 39
/// degrees of freedom (R: `qt(0.999, 39)` is 3.313). With other random numbers each two-sided
/// statement below would fail by chance in 2 of 1000 cases; the numbers here are always the same.
const REACH: f64 = 3.313;

#[test]
fn noise_is_worth_nothing_and_a_leak_would_be_seen() {
    let (n, features, k) = (60, 200, 10);
    let areas: Vec<[f64; 3]> = (0..COHORTS)
        .into_par_iter()
        .map(|seed| {
            let data = rows(seed, n, features, 0, 0.0);
            let honest = cross_validate(&pipeline(features, k), &data, 1, 5, &|| ()).unwrap();
            // The leak: the features are chosen on all rows, before the folds.
            let class: Vec<f64> = data
                .outcome
                .iter()
                .map(|&positive| f64::from(u8::from(positive)))
                .collect();
            let chosen = mrmr(
                &data.features,
                &class,
                k,
                MrmrForm::Difference,
                MrmrAssociation::Pearson,
            )
            .unwrap();
            let leaky = Dataset {
                features: data.features.select_columns(&chosen.selected),
                ..data.clone()
            };
            let leaky = cross_validate(&pipeline(k, k), &leaky, 1, 5, &|| ()).unwrap();
            [
                area("rs_T1", &honest, &data.outcome),
                area("nomogram", &honest, &data.outcome),
                area("rs_T1", &leaky, &data.outcome),
            ]
        })
        .collect();
    let of = |place: usize| mean(&areas.iter().map(|areas| areas[place]).collect::<Vec<_>>());
    for (model, (mean, error)) in [("rs_T1", of(0)), ("nomogram", of(1))] {
        println!("{model}: {mean:.3} ± {error:.3}");
        assert!(
            (mean - 0.5).abs() < REACH * error && error < 0.025,
            "{model}: {mean} ± {error}"
        );
    }
    let (mean, error) = of(2);
    println!("leak: {mean:.3} ± {error:.3}");
    assert!(mean - REACH * error > 0.6, "leak: {mean} ± {error}");
}

#[test]
fn a_signal_is_found() {
    let data = rows(5, 60, 50, 3, 1.2);
    let found = cross_validate(&pipeline(50, 10), &data, 1, 5, &|| ()).unwrap();
    let area = area("rs_T1", &found, &data.outcome);
    assert!(area > 0.75, "{area}");
    // The three features that hold it are in every fit.
    for fit in &found.fits {
        assert!((0..3).all(|column| fit.selected["rs_T1"].contains(&column)));
    }
}

/// Every figure of a fit, as text.
fn fit_of(pipeline: &Pipeline, data: &Dataset, train: &[usize], stream: Stream) -> String {
    let fitted = pipeline.fit(&data.training(train), &mut stream.generator(pipeline.seed));
    format!("{:?}", fitted.unwrap())
}

fn harmonized(features: usize, unseen: UnseenBatch) -> Pipeline {
    Pipeline {
        harmonization: Some(HarmonizationRule {
            unseen,
            fit: HarmonizationFit::Training,
        }),
        ..pipeline(features, 6)
    }
}

#[test]
fn a_fold_does_not_see_its_test_patients() {
    let data = rows(11, 48, 20, 2, 1.0);
    let rule = harmonized(20, UnseenBatch::None);
    let whole = cross_validate(&rule, &data, 1, 4, &|| ()).unwrap();
    for (number, fit) in whole.fits.iter().enumerate() {
        let train: Vec<usize> = (0..48).filter(|row| !fit.test.contains(row)).collect();
        let stream = Stream::Fold(number as u32);
        let before = fit_of(&rule, &data, &train, stream);
        // This is the very fit of the cross-validation.
        let fitted = rule.fit(&data.training(&train), &mut stream.generator(rule.seed));
        let predicted = fitted.unwrap().predict(&data.rows(&fit.test)).unwrap();
        assert_eq!(predicted.models["nomogram"].score, fit.score["nomogram"]);

        let mut changed = data.clone();
        for &row in &fit.test {
            changed.outcome[row] = !changed.outcome[row];
            changed.features.row_mut(row).fill(1e6);
            changed.batch[row] = "S9".into();
            changed.clinical[0].values = match &changed.clinical[0].values {
                ClinicalValues::Number(values) => {
                    let mut values = values.clone();
                    values[row] = 99.0;
                    ClinicalValues::Number(values)
                }
                other => other.clone(),
            };
        }
        assert_eq!(fit_of(&rule, &changed, &train, stream), before);
        // A training patient does matter.
        let mut changed = data.clone();
        changed.outcome[train[0]] = !changed.outcome[train[0]];
        assert_ne!(fit_of(&rule, &changed, &train, stream), before);
    }
}

#[test]
fn the_features_of_test_patients_do_not_reach_their_fold_through_the_cross_validation() {
    let data = rows(12, 48, 20, 2, 1.0);
    let rule = harmonized(20, UnseenBatch::None);
    let before = cross_validate(&rule, &data, 1, 4, &|| ()).unwrap();
    let first = &before.fits[0];
    let mut changed = data.clone();
    for &row in &first.test {
        changed.features.row_mut(row).scale_mut(-3.0);
    }
    let after = cross_validate(&rule, &changed, 1, 4, &|| ()).unwrap();
    assert_eq!(before.folds, after.folds);
    let learnt = |fits: &CrossValidation, fold: usize| {
        let fit = &fits.fits[fold];
        format!("{:?} {:?} {:?}", fit.selected, fit.cutoff, fit.clinical)
    };
    assert_eq!(learnt(&before, 0), learnt(&after, 0));
    assert!((1..4).any(|fold| learnt(&before, fold) != learnt(&after, fold)));
}

#[test]
fn resampling_does_not_depend_on_the_number_of_threads() {
    let data = rows(21, 40, 15, 2, 1.0);
    let rule = harmonized(15, UnseenBatch::Own);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let folds = cross_validate(&rule, &data, 2, 3, &|| ()).unwrap();
            let samples = bootstrap(&rule, &data, 6, &|| ()).unwrap();
            format!("{folds:?} {samples:?}")
        })
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn copies_of_a_patient_stay_together() {
    let data = rows(31, 40, 4, 1, 1.0);
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..20 {
        let drawn = radiome_stats::resampling::bootstrap(data.len(), &mut generator);
        let sample = data.training(&drawn);
        let sample = sample.data();
        let folds = stratified_folds(sample, 5, &mut generator).unwrap();
        for a in 0..sample.len() {
            for b in 0..sample.len() {
                if sample.patient[a] == sample.patient[b] {
                    assert_eq!(folds[a], folds[b]);
                }
            }
        }
    }
}

/// Splits the rows into the first `n` as training rows and the rest.
fn part(data: &Dataset, n: usize) -> (Vec<usize>, Dataset) {
    let rest: Vec<usize> = (n..data.len()).collect();
    ((0..n).collect(), data.rows(&rest))
}

#[test]
fn a_value_that_is_no_number_outside_training_is_taken_as_the_mean() {
    let mut data = rows(41, 60, 10, 3, 1.0);
    data.features.row_mut(50).fill(f64::NAN);
    data.features.row_mut(51).fill(f64::INFINITY);
    data.features.row_mut(52).fill(f64::NEG_INFINITY);
    let (train, rest) = part(&data, 50);
    for unseen in [UnseenBatch::None, UnseenBatch::Own] {
        let rule = harmonized(10, unseen);
        let training = data.training(&train);
        let fitted = rule
            .fit(&training, &mut Stream::Final.generator(1))
            .unwrap();
        let predicted = fitted.predict(&rest).unwrap();
        assert_eq!(predicted.imputed, 30);
        let score = &predicted.models["rs_T1"].score;
        let mean = fitted.signatures[0].intercept;
        assert_eq!(score[..3], [mean; 3]);
        assert!(
            score[3..]
                .iter()
                .all(|score| score.is_finite() && *score != mean)
        );
    }
}

#[test]
fn scanners_of_one_patient_and_unseen_scanners() {
    let mut data = rows(51, 70, 10, 3, 1.0);
    // In training S3 has one patient. Outside, S7 has one and S8 has eight.
    data.batch[10] = "S3".into();
    data.batch[50] = "S7".into();
    for row in 51..59 {
        data.batch[row] = "S8".into();
        data.features.row_mut(row).add_scalar_mut(30.0);
    }
    let (train, rest) = part(&data, 50);
    let score = |unseen: UnseenBatch, rows: &Dataset| {
        let rule = harmonized(10, unseen);
        let training = data.training(&train);
        let fitted = rule
            .fit(&training, &mut Stream::Final.generator(1))
            .unwrap();
        let names: Vec<&str> = fitted
            .transform
            .combat
            .iter()
            .flat_map(|combat| &combat.batches)
            .map(|batch| batch.label.as_str())
            .collect();
        assert_eq!(names, ["S0", "S1", "S2"]);
        let left = fitted.transform.apply(rows).unwrap().unadjusted;
        (
            fitted.predict(rows).unwrap().models["rs_T1"].score.clone(),
            left,
        )
    };
    let (as_they_are, left) = score(UnseenBatch::None, &rest);
    assert_eq!(left, ["S7", "S8"]);
    let (own, left) = score(UnseenBatch::Own, &rest);
    assert_eq!(left, ["S7"]);
    // The shift of S8 is taken out by its own rows, and that of nobody else changes.
    assert_eq!(as_they_are[9..], own[9..]);
    let spread = |scores: &[f64]| mean(&scores[1..9]).0.abs();
    assert!(spread(&as_they_are) > 5.0 * spread(&own));
    // Only rows of lone scanners.
    for unseen in [UnseenBatch::None, UnseenBatch::Own] {
        let (alone, left) = score(unseen, &rest.rows(&[0]));
        assert_eq!((alone, left), (vec![own[0]], vec!["S7".to_owned()]));
    }
}

#[test]
fn without_enough_to_harmonise_features_stay_as_they_are() {
    // One scanner, then every patient on a scanner alone.
    for batch in [|_: usize| "S".to_owned(), |row: usize| format!("S{row}")] {
        let mut data = rows(61, 40, 6, 2, 1.0);
        data.batch = (0..40).map(batch).collect();
        let all: Vec<usize> = (0..40).collect();
        let fitted = harmonized(6, UnseenBatch::Own)
            .fit(&data.training(&all), &mut Stream::Final.generator(1))
            .unwrap();
        assert!(fitted.transform.combat.is_none());
        assert_eq!(
            fitted.transform.apply(&data).unwrap().unadjusted,
            Vec::<String>::new()
        );
    }
}

#[test]
fn one_feature_cannot_be_harmonised_and_is_left_as_it_is() {
    let data = rows(62, 40, 1, 1, 1.0);
    let all: Vec<usize> = (0..40).collect();
    let training = data.training(&all);
    let rule = harmonized(1, UnseenBatch::None);
    let fitted = rule
        .fit(&training, &mut Stream::Final.generator(1))
        .unwrap();
    assert!(fitted.transform.combat.is_none());
    // To rounding, for the sums may be in another order.
    assert!((fitted.transform.mean[0] - data.features.mean()).abs() < 1e-12);
}

#[test]
fn constant_features_and_none_at_all_make_an_empty_signature() {
    let mut data = rows(71, 40, 4, 0, 0.0);
    data.features.fill(2.0);
    let all: Vec<usize> = (0..40).collect();
    for rule in [pipeline(4, 6), harmonized(4, UnseenBatch::None)] {
        let training = data.training(&all);
        let fitted = rule
            .fit(&training, &mut Stream::Final.generator(1))
            .unwrap();
        assert!(fitted.signatures[0].is_empty() && fitted.signatures[0].lasso.is_none());
        let predicted = fitted.predict(&data).unwrap();
        assert_eq!(
            predicted.models["rs_T1"].score,
            vec![fitted.signatures[0].intercept; 40]
        );
        let folds = cross_validate(&rule, &data, 1, 5, &|| ()).unwrap();
        assert_eq!(area("rs_T1", &folds, &data.outcome), 0.5);
        assert_eq!(area("nomogram", &folds, &data.outcome), 0.5);
    }
}

#[test]
fn unreliable_features_are_left_out() {
    let mut data = rows(81, 60, 6, 2, 1.5);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    // The second reader agrees on the odd features only; 15 patients were read again.
    let second = DMatrix::from_fn(60, 6, |row, column| match (row < 15, column % 2) {
        (false, _) => f64::NAN,
        (true, 1) => data.features[(row, column)] + 0.05 * normal(&mut rng),
        (true, _) => normal(&mut rng),
    });
    data.readings.insert("R2".into(), second);
    let rule = Pipeline {
        reliability: Some(ReliabilityRule {
            comparisons: vec![Comparison {
                name: "inter".into(),
                readings: vec![None, Some("R2".into())],
            }],
            form: IccForm::Icc2_1,
            threshold: 0.75,
            bound: IccBound::Estimate,
            read_again: 15,
        }),
        ..pipeline(6, 6)
    };
    let all: Vec<usize> = (0..60).collect();
    let training = data.training(&all);
    let fitted = rule
        .fit(&training, &mut Stream::Final.generator(1))
        .unwrap();
    assert_eq!(fitted.transform.columns, [1, 3, 5]);
    // Fewer than ten of them in a sample: it is drawn again.
    assert!(!rule.can_fit(&data.training(&(10..60).collect::<Vec<_>>())));
    let samples = bootstrap(&rule, &data, 4, &|| ()).unwrap();
    assert_eq!(samples.samples.len(), 4);
}

#[test]
fn a_class_of_too_few_is_an_error_and_no_panic() {
    let mut data = rows(91, 20, 5, 0, 0.0);
    let all: Vec<usize> = (0..20).collect();
    for positive in 0..4 {
        data.outcome = (0..20).map(|row| row < positive).collect();
        let training = data.training(&all);
        let rule = pipeline(5, 3);
        assert!(!rule.can_fit(&training));
        let error = rule
            .fit(&training, &mut Stream::Final.generator(1))
            .unwrap_err();
        assert!(
            matches!(error, FitError::TooFew { .. } | FitError::Regression { .. }),
            "{error}"
        );
    }
}

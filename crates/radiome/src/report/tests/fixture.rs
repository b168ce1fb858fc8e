//! Results to draw: a full study with plausible numbers, and one in which all that may be
//! missing is missing. The numbers are made up; only their shape matters here.

use indexmap::IndexMap;

use super::closer;
use crate::results::*;

/// Numbers in (0, 1) from a linear congruential generator.
struct Chance(u64);

impl Chance {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

fn map<T>(pairs: impl IntoIterator<Item = (&'static str, T)>) -> IndexMap<String, T> {
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn estimate(value: f64, half: f64) -> Estimate {
    Estimate {
        estimate: Some(value),
        ci: [Some(value - half), Some((value + half).min(1.0))],
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// One patient of the fixture.
struct Patient {
    id: String,
    positive: bool,
    time: f64,
    event: bool,
}

fn patients(prefix: &str, n: usize, positive: usize, chance: &mut Chance) -> Vec<Patient> {
    (0..n)
        .map(|index| {
            let positive = index < positive;
            let scale = if positive { 600.0 } else { 1900.0 };
            let death = -scale * chance.uniform().ln();
            let censored = 300.0 + 1500.0 * chance.uniform();
            Patient {
                id: format!("{prefix}{:03}", index + 1),
                positive,
                time: death.min(censored).round().max(1.0),
                event: death <= censored,
            }
        })
        .collect()
}

fn scores(patients: &[Patient], strength: f64, chance: &mut Chance) -> Vec<f64> {
    patients
        .iter()
        .map(|one| strength * (f64::from(u8::from(one.positive)) - 0.5) + chance.normal())
        .collect()
}

fn performance(patients: &[Patient], scores: &[f64], cutoff: f64) -> Performance {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let positive = patients.iter().filter(|one| one.positive).count();
    let negative = patients.len() - positive;
    let (mut tp, mut fp) = (0, 0);
    let mut roc = vec![RocPoint {
        one_minus_specificity: 0.0,
        sensitivity: 0.0,
    }];
    let mut auc = 0.0;
    for index in order {
        if patients[index].positive {
            tp += 1;
        } else {
            fp += 1;
            auc += tp as f64;
        }
        roc.push(RocPoint {
            one_minus_specificity: fp as f64 / negative as f64,
            sensitivity: tp as f64 / positive as f64,
        });
    }
    auc /= (positive * negative) as f64;
    let above = |index: usize| logistic(scores[index]) >= cutoff;
    let count = |class: bool, high: bool| {
        (0..scores.len())
            .filter(|&i| patients[i].positive == class && above(i) == high)
            .count()
    };
    let (tp, fp, fn_, tn) = (
        count(true, true),
        count(false, true),
        count(true, false),
        count(false, false),
    );
    let share = |a: usize, b: usize| {
        if b == 0 {
            return Estimate {
                estimate: None,
                ci: [None, None],
            };
        }
        let p = a as f64 / b as f64;
        let half = 1.96 * (p * (1.0 - p) / b as f64).sqrt() + 0.01;
        Estimate {
            estimate: Some(p),
            ci: [Some((p - half).max(0.0)), Some((p + half).min(1.0))],
        }
    };
    let half = 0.9 / (positive.min(negative) as f64).sqrt() * (1.0 - auc).max(0.1);
    Performance {
        n: patients.len(),
        positive,
        auc: Some(auc),
        ci: [Some(auc - half), Some((auc + half).min(1.0))],
        cutoff: Some(cutoff),
        accuracy: share(tp + tn, patients.len()),
        sensitivity: share(tp, positive),
        specificity: share(tn, negative),
        ppv: share(tp, tp + fp),
        npv: share(tn, tn + fn_),
        confusion: [tp, fp, fn_, tn],
        band: Some(super::paper::band(&roc)),
        roc,
    }
}

fn calibration(patients: &[Patient], scores: &[f64], groups: usize) -> Calibration {
    let predicted: Vec<f64> = scores.iter().map(|&score| logistic(score)).collect();
    let observed: Vec<bool> = patients.iter().map(|one| one.positive).collect();
    let mut order: Vec<usize> = (0..predicted.len()).collect();
    order.sort_by(|&a, &b| predicted[a].total_cmp(&predicted[b]));
    let size = predicted.len().div_ceil(groups);
    let groups: Vec<CalibrationGroup> = order
        .chunks(size)
        .map(|rows| {
            let n = rows.len() as f64;
            let share = rows.iter().filter(|&&row| observed[row]).count() as f64 / n;
            let half = 0.9 / n.sqrt();
            CalibrationGroup {
                n: rows.len(),
                predicted: rows.iter().map(|&row| predicted[row]).sum::<f64>() / n,
                observed: share,
                ci: [Some((share - half).max(0.0)), Some((share + half).min(1.0))],
            }
        })
        .collect();
    let brier = predicted
        .iter()
        .zip(&observed)
        .map(|(&p, &positive)| (p - f64::from(u8::from(positive))).powi(2))
        .sum::<f64>()
        / predicted.len() as f64;
    Calibration {
        n: predicted.len(),
        hosmer_lemeshow: (groups.len() > 5).then_some(HosmerLemeshow {
            chi_square: 9.234_567,
            df: groups.len() as f64 - 2.0,
            p_value: 0.236_7,
        }),
        intercept: Some(-0.123),
        slope: Some(0.71),
        calibration_in_the_large: Some(-0.154_3),
        brier: Some(brier),
        brier_scaled: Some(1.0 - brier / 0.25),
        curve: (1..20)
            .map(|i| f64::from(i) / 20.0)
            .map(|p| [p, 0.1 + 0.75 * p])
            .collect(),
        band: (1..20)
            .map(|i| 0.1 + 0.75 * f64::from(i) / 20.0)
            .map(|p| [Some((p - 0.12).max(0.0)), Some((p + 0.12).min(1.0))])
            .collect(),
        e50: Some(0.031_2),
        e90: Some(0.094),
        e_avg: Some(0.04),
        e_max: Some(0.11),
        groups,
        predicted,
        observed,
    }
}

fn decision_curve(patients: &[Patient], scores: &[f64]) -> DecisionCurve {
    let n = patients.len() as f64;
    let prevalence = patients.iter().filter(|one| one.positive).count() as f64 / n;
    let points = (1..=99)
        .map(|i| {
            let threshold = f64::from(i) / 100.0;
            let odds = threshold / (1.0 - threshold);
            let count = |class: bool| {
                let high = |(one, score): &(&Patient, &f64)| {
                    one.positive == class && logistic(**score) >= threshold
                };
                patients.iter().zip(scores).filter(high).count() as f64
            };
            DecisionPoint {
                threshold,
                net_benefit: count(true) / n - count(false) / n * odds,
                treat_all: prevalence - (1.0 - prevalence) * odds,
            }
        })
        .collect();
    DecisionCurve { points }
}

fn kaplan_meier(
    patients: &[Patient],
    names: [&str; 2],
    second: impl Fn(usize) -> bool,
) -> KaplanMeier {
    let groups = [false, true]
        .into_iter()
        .zip(names)
        .map(|(high, name)| {
            let mut rows: Vec<&Patient> = (0..patients.len())
                .filter(|&index| second(index) == high)
                .map(|index| &patients[index])
                .collect();
            rows.sort_by(|a, b| a.time.total_cmp(&b.time));
            let (mut survival, mut variance) = (1.0, 0.0);
            let mut steps: Vec<KaplanMeierStep> = Vec::new();
            let mut index = 0;
            while index < rows.len() {
                let time = rows[index].time;
                let here = rows[index..].iter().take_while(|one| one.time == time);
                let (events, all) = here.fold((0, 0), |(events, all), one| {
                    (events + usize::from(one.event), all + 1)
                });
                let n_risk = rows.len() - index;
                survival *= 1.0 - events as f64 / n_risk as f64;
                if n_risk > events {
                    variance += events as f64 / (n_risk * (n_risk - events)) as f64;
                }
                let half = 1.96 * f64::sqrt(variance);
                let limit = |sign: f64| {
                    (survival > 0.0).then(|| f64::min(survival * (sign * half).exp(), 1.0))
                };
                steps.push(KaplanMeierStep {
                    time,
                    n_risk,
                    n_event: events,
                    n_censor: all - events,
                    survival,
                    ci: [limit(-1.0), limit(1.0)],
                });
                index += all;
            }
            KaplanMeierGroup {
                name: name.to_owned(),
                n: rows.len(),
                events: rows.iter().filter(|one| one.event).count(),
                median: steps
                    .iter()
                    .find(|step| step.survival <= 0.5)
                    .map(|step| step.time),
                median_ci: [Some(321.0), None],
                steps,
            }
        })
        .collect();
    KaplanMeier { groups }
}

fn term(name: &str, variable: &str, coef: f64, se: f64, p: f64) -> RegressionTerm {
    RegressionTerm {
        name: name.to_owned(),
        variable: variable.to_owned(),
        coef,
        se,
        z: coef / se,
        p_value: Some(p),
        variable_p: Some(p),
        odds_ratio: coef.exp(),
        ci: [
            Some((coef - 1.96 * se).exp()),
            Some((coef + 1.96 * se).exp()),
        ],
        n: 109,
        reason: None,
        pooled: None,
    }
}

fn signature(
    sequence: &str,
    sets: &[(&str, &[Patient], &[f64])],
    chance: &mut Chance,
) -> SignatureModel {
    let classes = [
        "firstorder_Skewness",
        "glcm_Idmn",
        "glrlm_LongRunEmphasis",
        "gldm_DependenceVariance",
        "glszm_SmallAreaLowGrayLevelEmphasis",
        "ngtdm_Busyness",
    ];
    let images = [
        "original",
        "wavelet-LLH",
        "wavelet-HHL",
        "log-sigma-3-0-mm-3D",
        "wavelet-LHL",
    ];
    let features: Vec<String> = (0..30)
        .map(|i| format!("{sequence}_{}_{}", images[i % 5], classes[i % 6]))
        .collect();
    let lambda: Vec<f64> = (0..60)
        .map(|i| 0.22 * f64::powf(0.93, f64::from(i)))
        .collect();
    let entry: Vec<f64> = (0..30)
        .map(|i| 0.2 * f64::powf(0.88, f64::from(i)))
        .collect();
    let weight: Vec<f64> = (0..30).map(|_| 3.0 * (chance.uniform() - 0.4)).collect();
    let path: Vec<Vec<f64>> = (0..30)
        .map(|j| {
            lambda
                .iter()
                .map(|l| weight[j] * (entry[j] - l).max(0.0))
                .collect()
        })
        .collect();
    let chosen = 20;
    let coefficients: IndexMap<String, f64> = features
        .iter()
        .zip(&path)
        .filter(|(_, values)| values[chosen] != 0.0)
        .map(|(name, values)| (name.clone(), values[chosen]))
        .collect();
    SignatureModel {
        selected: features
            .iter()
            .enumerate()
            .map(|(i, feature)| SelectedFeature {
                feature: feature.clone(),
                score: 0.21 / (i + 1) as f64,
                relevance: 0.21 / (i + 1) as f64 + 0.03,
            })
            .collect(),
        lambda: lambda[chosen],
        intercept: 0.123_456_789,
        coefficients: Some(coefficients),
        reason: None,
        selection_frequency: features
            .iter()
            .enumerate()
            .map(|(i, feature)| (feature.clone(), 0.97 * f64::powf(0.9, i as f64)))
            .collect(),
        stability: Some(SelectionStability {
            index: estimate(0.31, 0.04),
            mean_size: 8.4,
            features: 1130,
            samples: 500,
        }),
        path: LambdaPath {
            df: (0..60)
                .map(|i| path.iter().filter(|values| values[i] != 0.0).count())
                .collect(),
            cvm: (0..60)
                .map(|i| 1.2 + 0.18 * ((f64::from(i) - 20.0) / 25.0).powi(2))
                .collect(),
            cvsd: vec![0.05; 60],
            lambda_min: lambda[chosen],
            lambda_1se: lambda[8],
            coefficients: features.iter().cloned().zip(path).collect(),
            lambda,
        },
        rad_scores: sets
            .iter()
            .flat_map(|(split, patients, scores)| {
                patients
                    .iter()
                    .zip(*scores)
                    .map(|(one, &rad_score)| RadScore {
                        id: one.id.clone(),
                        split: (*split).to_owned(),
                        positive: one.positive,
                        rad_score,
                    })
            })
            .collect(),
    }
}

/// Two sequences, external patients, cross-validation and survival.
pub(super) fn full() -> Results {
    let mut chance = Chance(20_201_009);
    let train = patients("TR", 109, 50, &mut chance);
    // Only seven negative patients: the report must say what they cannot show.
    let external = patients("EX", 40, 33, &mut chance);
    let models = [
        ("clinical", 0.7),
        ("rs_T1", 0.5),
        ("rs_FS-T2", 1.0),
        ("rs_combined", 1.6),
        ("nomogram", 1.9),
    ];
    let mut results = Results {
        study: StudySummary {
            name: "Grade of soft-tissue sarcoma, T1 and fat-suppressed T2".into(),
            version: "0.1.0".into(),
            seed: 20_201_009,
            mode: "honest".into(),
            from_tables: false,
            outcome: "high_grade".into(),
            positive: "1".into(),
            survival_time: Some("pfs_days".into()),
            sequences: ["T1", "FS-T2"]
                .map(|name| SequenceSummary {
                    name: name.into(),
                    features: 1130,
                    classes: map([
                        ("shape", 14),
                        ("firstorder", 216),
                        ("glcm", 288),
                        ("glrlm", 192),
                        ("glszm", 192),
                        ("gldm", 168),
                        ("ngtdm", 60),
                    ]),
                    processing: super::paper::processing(),
                    learnt_scale: false,
                    settings: map([
                        ("resampledPixelSpacing", "1 × 1 × 1 mm".to_owned()),
                        ("interpolator", "sitkBSpline".to_owned()),
                        ("binWidth", if name == "T1" { "5" } else { "10" }.to_owned()),
                        ("normalize", "true".to_owned()),
                        (
                            "imageType",
                            "Original, Wavelet (coif1), LoG (sigma 1, 3, 5)".to_owned(),
                        ),
                    ]),
                })
                .into(),
            features: 2260,
            k: 30,
            repeats: 10,
            folds: 5,
            bootstrap: 500,
            learning: Some(LearningSummary {
                scheme: "difference".into(),
                alpha: 1.0,
                inner_folds: 10,
                folds_column: None,
                lambda: "1se".into(),
                nomogram: vec!["rs_combined".into(), "clinical".into()],
            }),
        },
        cohort: CohortFlow {
            enrolled: 153,
            excluded: vec![
                Exclusion {
                    id: "<script>alert(\"1\")</script>".into(),
                    reason_code: "outcome_unknown".into(),
                    reason: "the outcome high_grade is empty".into(),
                },
                Exclusion {
                    id: "TR110".into(),
                    reason_code: "empty_mask".into(),
                    reason: "label 1 of the T1 mask has no voxel".into(),
                },
                Exclusion {
                    id: "XX001".into(),
                    reason_code: "in_neither_split".into(),
                    reason: "vendor is \"Hitachi & Co\", which is in neither train nor external"
                        .into(),
                },
                Exclusion {
                    id: "XX002".into(),
                    reason_code: "in_neither_split".into(),
                    reason: "vendor is empty".into(),
                },
            ],
            analysed: map([
                (
                    "train",
                    SplitCounts {
                        n: 109,
                        positive: 50,
                        negative: 59,
                        batches: map([("Signa HDxt", 60), ("Discovery MR750", 48), ("Optima", 1)]),
                    },
                ),
                (
                    "external",
                    SplitCounts {
                        n: 40,
                        positive: 33,
                        negative: 7,
                        batches: map([("Skyra", 30), ("Ingenia", 10)]),
                    },
                ),
            ]),
            follow_up: Some(map([
                (
                    "train",
                    FollowUp {
                        n: 109,
                        events: 54,
                        median: Some(1043.0),
                    },
                ),
                (
                    "external",
                    FollowUp {
                        n: 40,
                        events: 9,
                        median: None,
                    },
                ),
            ])),
        },
        table_one: table_one(),
        histology: Some(super::paper::histology()),
        reader_agreement: super::paper::reader_agreement(),
        reliability: Some(reliability(&mut chance)),
        harmonization: Some(Harmonization {
            method: "combat".into(),
            batch: "model".into(),
            unseen: "none".into(),
            fit: "training".into(),
            covariates: Vec::new(),
            unknown_covariates: Vec::new(),
            batches: vec![
                BatchEffect {
                    name: "Signa HDxt".into(),
                    n: 60,
                    adjusted: true,
                    mean_absolute_shift: Some(0.212_3),
                    median_scale: Some(0.98),
                },
                BatchEffect {
                    name: "Discovery MR750".into(),
                    n: 48,
                    adjusted: true,
                    mean_absolute_shift: Some(0.301),
                    median_scale: Some(1.034),
                },
                BatchEffect {
                    name: "Optima".into(),
                    n: 1,
                    adjusted: false,
                    mean_absolute_shift: None,
                    median_scale: None,
                },
            ],
            unseen_batches: vec!["Skyra".into(), "Ingenia".into()],
        }),
        signatures: IndexMap::new(),
        missing_values: None,
        clinical_model: clinical_model(),
        nomogram: nomogram(),
        performance: IndexMap::new(),
        delong: Vec::new(),
        calibration: IndexMap::new(),
        decision_curve: IndexMap::new(),
        survival: None,
        internal_validation: IndexMap::new(),
        controls: super::controls::controls(),
        sample_size: Some(super::paper::sample_size()),
        as_published: None,
        quality: None,
        subgroups: closer::subgroups(),
        reasons: IndexMap::new(),
        warnings: vec![
            Warning::new(
                "unseen_batch",
                "Scanners Skyra and Ingenia are not among the training patients; their features were left as they are",
            ),
            Warning::new(
                "batch_of_one",
                "scanner Optima has one training patient and was not adjusted",
            ),
        ],
    };

    let mut survival = Survival {
        time: "pfs_days".into(),
        event: "pfs_event".into(),
        kaplan_meier: IndexMap::new(),
        log_rank: IndexMap::new(),
        hazard_ratios: IndexMap::new(),
        score_sd: IndexMap::new(),
        cutoffs: map([("nomogram_stage", 0.412)]),
        strata: Vec::new(),
        nomogram_stage: Some(closer::nomogram_stage()),
        auc_at: map([("external", closer::auc_at())]),
        decision_curve: closer::survival_decision(),
        concordance: map([("train", Vec::new()), ("external", Vec::new())]),
        concordance_differences: map([(
            "external",
            vec![ConcordanceDifference {
                a: "nomogram".into(),
                b: "clinical".into(),
                difference: Some(0.071_2),
                z: Some(1.32),
                p_value: Some(0.186_8),
            }],
        )]),
        cox: map([
            (
                "nomogram",
                CoxModel {
                    n: 109,
                    events: 54,
                    terms: vec![CoxTerm {
                        name: "nomogram".into(),
                        coef: 0.51,
                        se: 0.12,
                        p_value: Some(0.000_02),
                        hazard_ratio: 1.665,
                        ci: [Some(1.316), Some(2.107)],
                    }],
                    reason: None,
                },
            ),
            (
                "stage",
                CoxModel {
                    n: 109,
                    events: 54,
                    terms: vec![
                        CoxTerm {
                            name: "ajcc_stage=II".into(),
                            coef: 0.3,
                            se: 0.2,
                            p_value: Some(0.13),
                            hazard_ratio: 1.35,
                            ci: [Some(0.912), Some(1.998)],
                        },
                        CoxTerm {
                            name: "ajcc_stage=III".into(),
                            coef: 0.8,
                            se: 0.25,
                            p_value: Some(0.001_4),
                            hazard_ratio: 2.226,
                            ci: [Some(1.363), Some(3.633)],
                        },
                    ],
                    reason: None,
                },
            ),
            (
                "nomogram_stage",
                CoxModel {
                    n: 109,
                    events: 54,
                    terms: Vec::new(),
                    reason: Some("the fit did not converge".into()),
                },
            ),
        ]),
    };
    for (model, strength) in models {
        let own = scores(&train, strength + 0.6, &mut chance);
        let out = scores(&train, strength, &mut chance);
        let other = scores(&external, strength, &mut chance);
        let key = || model.to_owned();
        let cutoff = 0.463;
        let apparent = performance(&train, &own, cutoff);
        let validated = performance(&train, &out, cutoff);
        results.internal_validation.insert(
            key(),
            InternalValidation {
                apparent: Estimate {
                    estimate: apparent.auc,
                    ci: apparent.ci,
                },
                optimism: Some(estimate(0.061_23, 0.05)),
                optimism_corrected: apparent.auc.map(|auc| estimate(auc - 0.061_23, 0.09)),
                cross_validated: validated.auc.map(|auc| estimate(auc, 0.095)),
                resampled: Some(Resampled {
                    n: 109,
                    fold_auc: (0..50)
                        .map(|_| Some(0.6 + 0.3 * chance.uniform()))
                        .collect(),
                    accuracy: validated.accuracy.estimate,
                    sensitivity: validated.sensitivity.estimate,
                    specificity: validated.specificity.estimate,
                    ppv: validated.ppv.estimate,
                    npv: validated.npv.estimate,
                    brier: Some(0.203_4),
                    roc: validated.roc,
                    empty: if model == "rs_T1" { 0.243 } else { 0.0 },
                    clinical_frequency: map([("age_years", 0.62), ("site", 0.31)]),
                }),
                bootstrap: 500,
            },
        );
        let tested = performance(&external, &other, cutoff);
        results
            .performance
            .insert(key(), map([("train", apparent), ("external", tested)]));
        results.calibration.insert(
            key(),
            map([
                ("train", calibration(&train, &own, 10)),
                ("cross_validated", calibration(&train, &out, 10)),
                ("external", calibration(&external, &other, 5)),
            ]),
        );
        results.decision_curve.insert(
            key(),
            map([
                ("train", decision_curve(&train, &own)),
                ("optimism_corrected", decision_curve(&train, &out)),
                ("cross_validated", decision_curve(&train, &out)),
                ("external", decision_curve(&external, &other)),
            ]),
        );
        if let Some(sequence) = model.strip_prefix("rs_") {
            let sets: [(&str, &[Patient], &[f64]); 2] =
                [("train", &train, &own), ("external", &external, &other)];
            results
                .signatures
                .insert(key(), signature(sequence, &sets, &mut chance));
        }
        let names = ["low risk", "high risk"];
        let high = |scores: &'_ [f64], index: usize| logistic(scores[index]) >= cutoff;
        survival.kaplan_meier.insert(
            key(),
            map([
                (
                    "train",
                    kaplan_meier(&train, names, |index| high(&own, index)),
                ),
                (
                    "external",
                    kaplan_meier(&external, names, |index| high(&other, index)),
                ),
            ]),
        );
        survival.log_rank.insert(key(), log_ranks());
        for (split, n) in [("train", 109), ("external", 40)] {
            survival.concordance[split].push(ConcordanceOfScore {
                score: key(),
                n,
                concordance: estimate(0.55 + 0.08 * strength, 0.08),
                se: Some(0.041),
            });
        }
    }
    let classes = ["high_grade = 0", "high_grade = 1"];
    survival.kaplan_meier.insert(
        "outcome".into(),
        map([
            (
                "train",
                kaplan_meier(&train, classes, |index| train[index].positive),
            ),
            (
                "external",
                kaplan_meier(&external, classes, |index| external[index].positive),
            ),
        ]),
    );
    survival.log_rank.insert("outcome".into(), log_ranks());
    closer::add(&mut survival);
    results.survival = Some(survival);
    for split in ["train", "external"] {
        for (b, p) in [
            ("clinical", 0.004_1),
            ("rs_T1", 0.000_2),
            ("rs_FS-T2", 0.03),
            ("rs_combined", 0.61),
        ] {
            results.delong.push(DelongComparison {
                a: "nomogram".into(),
                b: b.into(),
                split: split.into(),
                difference: Some(0.084_2),
                ci: [Some(-0.012), Some(0.180_4)],
                z: Some(1.714),
                p_value: Some(p),
                p_adjusted: Some((4.0 * p).min(1.0)),
            });
        }
    }
    results
}

fn log_ranks() -> BySplit<LogRank> {
    map([
        (
            "train",
            LogRank {
                chi_square: Some(14.21),
                df: 1,
                p_value: Some(0.000_163),
            },
        ),
        (
            "external",
            LogRank {
                chi_square: Some(1.9),
                df: 1,
                p_value: Some(0.168),
            },
        ),
    ])
}

fn table_one() -> TableOne {
    let cell = |text: &str, missing| GroupSummary {
        n: 50,
        missing,
        text: text.into(),
    };
    let both = |a: &str, b: &str| {
        map([
            ("train", [cell(a, 0), cell(b, 2)]),
            ("external", [cell(a, 0), cell(b, 0)]),
        ])
    };
    let tests = |test: &str, p: f64| {
        map([
            (
                "train",
                TableOneTest {
                    test: test.into(),
                    p_value: Some(p),
                },
            ),
            (
                "external",
                TableOneTest {
                    test: "mann_whitney".into(),
                    p_value: Some(0.41),
                },
            ),
        ])
    };
    let row = |variable: &str, level: Option<&str>, groups, tests| TableOneRow {
        variable: variable.into(),
        level: level.map(Into::into),
        groups,
        tests,
    };
    TableOne {
        splits: vec!["train".into(), "external".into()],
        rows: vec![
            row(
                "age_years",
                None,
                both("51.0 ± 20.2", "58.3 ± 17.9"),
                tests("student_t", 0.045),
            ),
            row(
                "sex",
                Some("female"),
                both("27 (46%)", "21 (42%)"),
                tests("chi_square", 0.69),
            ),
            row(
                "sex",
                Some("male"),
                both("32 (54%)", "29 (58%)"),
                IndexMap::new(),
            ),
            row(
                "site",
                Some("arm"),
                both("9 (15%)", "12 (24%)"),
                tests("fisher_exact", 0.000_3),
            ),
            row(
                "site",
                Some("thigh"),
                both("38 (64%)", "22 (44%)"),
                IndexMap::new(),
            ),
            row(
                "site",
                Some("trunk"),
                both("12 (20%)", "16 (32%)"),
                IndexMap::new(),
            ),
            row(
                "pfs_days",
                None,
                both("not reached", "412 (321 to 533)"),
                tests("log_rank", 0.001),
            ),
        ],
    }
}

fn reliability(chance: &mut Chance) -> Reliability {
    let features: Vec<IccOfFeature> = (0..2260)
        .map(|index| {
            let intra = 1.0 - 0.5 * chance.uniform().powi(3);
            let inter = 1.0 - 0.9 * chance.uniform().powi(2);
            let constant = index == 17;
            IccOfFeature {
                feature: format!("T1_feature_{index}"),
                icc: map([
                    ("intra", (!constant).then_some(intra)),
                    ("inter", (!constant).then_some(inter)),
                ]),
                ci: map([
                    ("intra", [Some(intra - 0.05), Some(1.0)]),
                    ("inter", [Some(inter - 0.08), Some(1.0)]),
                ]),
                kept: !constant && intra > 0.75 && inter > 0.75,
            }
        })
        .collect();
    Reliability {
        form: "icc2_1".into(),
        threshold: 0.75,
        bound: "estimate".into(),
        patients: map([("intra", 40), ("inter", 40)]),
        perturbations: None,
        kept: features.iter().filter(|one| one.kept).count(),
        features,
    }
}

fn clinical_model() -> ClinicalModel {
    let mut separated = term("capsule=yes", "capsule", 18.2, 4123.0, 0.99);
    separated.ci = [None, None];
    separated.reason = Some("every patient with this level is negative".into());
    ClinicalModel {
        univariate: vec![
            term("age_years", "age_years", 0.021, 0.01, 0.038),
            term("sex=male", "sex", 0.152, 0.39, 0.69),
            term("site=thigh", "site", -0.84, 0.51, 0.1),
            term("site=trunk", "site", 1.43, 0.52, 0.006),
            separated,
        ],
        multivariate: vec![
            term("age_years", "age_years", 0.024, 0.011, 0.031),
            term("site=thigh", "site", -0.81, 0.53, 0.12),
            term("site=trunk", "site", 1.39, 0.54, 0.01),
        ],
        terms: Some(vec![
            term("age_years", "age_years", 0.024, 0.011, 0.031),
            term("site=thigh", "site", -0.81, 0.53, 0.12),
            term("site=trunk", "site", 1.39, 0.54, 0.01),
        ]),
        intercept: Some(-1.62),
        reason: None,
        p: 0.05,
        n: 109,
    }
}

fn nomogram() -> NomogramModel {
    // 100 points are the 6 units of the rad-score axis: 1.1 × 6 = 6.6 log odds.
    let scale = 100.0 / 6.6;
    let level = |value: String, points: f64| NomogramLevel { value, points };
    let lowest = -2.3 + 1.1 * -3.0 + 0.024 * 20.0 - 0.81;
    NomogramModel {
        terms: Some(vec![
            term("rs_combined", "rs_combined", 1.1, 0.21, 0.000_000_2),
            term("age_years", "age_years", 0.024, 0.011, 0.031),
            term("site=thigh", "site", -0.81, 0.53, 0.12),
            term("site=trunk", "site", 1.39, 0.54, 0.01),
        ]),
        intercept: Some(-2.3),
        axes: vec![
            NomogramAxis {
                variable: "rs_combined".into(),
                training_range: Some([-2.7, 2.9]),
                levels: (-3..=3)
                    .map(|v| level(v.to_string(), f64::from(v + 3) * 1.1 * scale))
                    .collect(),
            },
            NomogramAxis {
                variable: "age_years".into(),
                training_range: Some([23.0, 86.0]),
                levels: (2..=9)
                    .map(|v| level((10 * v).to_string(), f64::from(10 * v - 20) * 0.024 * scale))
                    .collect(),
            },
            NomogramAxis {
                variable: "site".into(),
                training_range: None,
                levels: vec![
                    level("arm".into(), 0.81 * scale),
                    level("thigh".into(), 0.0),
                    level("trunk".into(), 2.2 * scale),
                ],
            },
        ],
        total_points: (0..=8)
            .map(|i| {
                let points = 20.0 * f64::from(i);
                let linear_predictor = lowest + points / scale;
                TotalPoints {
                    points,
                    linear_predictor,
                    probability: logistic(linear_predictor),
                }
            })
            .collect(),
        reason: None,
    }
}

/// No external patients, no readings, no scanners, no survival, no model with a predictor.
pub(super) fn empty() -> Results {
    let none = Estimate {
        estimate: None,
        ci: [None, None],
    };
    let signature = SignatureModel {
        selected: Vec::new(),
        lambda: 0.2,
        intercept: -0.51,
        coefficients: None,
        reason: Some("the smallest deviance is that of no feature".into()),
        selection_frequency: IndexMap::new(),
        stability: None,
        path: LambdaPath {
            lambda: vec![0.2, 0.1],
            df: vec![0, 1],
            cvm: vec![1.3, 1.4],
            cvsd: vec![0.1, f64::NAN],
            lambda_min: 0.2,
            lambda_1se: 0.2,
            coefficients: IndexMap::new(),
        },
        rad_scores: Vec::new(),
    };
    Results {
        study: StudySummary {
            name: "</script><script>alert(1)</script>".into(),
            version: "0.1.0".into(),
            seed: 1,
            mode: "honest".into(),
            from_tables: false,
            outcome: "response".into(),
            positive: "yes".into(),
            survival_time: None,
            sequences: vec![SequenceSummary {
                name: "CT".into(),
                features: 107,
                classes: IndexMap::new(),
                processing: IndexMap::new(),
                learnt_scale: false,
                settings: IndexMap::new(),
            }],
            features: 107,
            k: 30,
            repeats: 1,
            folds: 5,
            bootstrap: 0,
            learning: None,
        },
        cohort: CohortFlow {
            enrolled: 24,
            excluded: Vec::new(),
            analysed: map([(
                "train",
                SplitCounts {
                    n: 24,
                    positive: 9,
                    negative: 15,
                    batches: IndexMap::new(),
                },
            )]),
            follow_up: None,
        },
        table_one: TableOne {
            splits: vec!["train".into()],
            rows: Vec::new(),
        },
        histology: None,
        reader_agreement: Vec::new(),
        reliability: None,
        harmonization: None,
        signatures: map([("rs_CT", signature)]),
        missing_values: None,
        clinical_model: ClinicalModel {
            univariate: vec![term("age", "age", 0.001, 0.02, 0.96)],
            multivariate: Vec::new(),
            terms: None,
            intercept: None,
            reason: Some("no candidate has P < 0.05 alone".into()),
            p: 0.05,
            n: 24,
        },
        nomogram: NomogramModel {
            terms: None,
            intercept: None,
            axes: Vec::new(),
            total_points: Vec::new(),
            reason: Some("neither the signature nor the clinical model has a predictor".into()),
        },
        performance: IndexMap::new(),
        delong: Vec::new(),
        calibration: IndexMap::new(),
        decision_curve: IndexMap::new(),
        survival: None,
        subgroups: Vec::new(),
        internal_validation: map([(
            "rs_CT",
            InternalValidation {
                apparent: none,
                optimism: None,
                optimism_corrected: None,
                cross_validated: Some(estimate(0.5, 0.0)),
                resampled: None,
                bootstrap: 0,
            },
        )]),
        controls: IndexMap::new(),
        sample_size: None,
        as_published: None,
        quality: None,
        reasons: map([(
            "reliability",
            "no second reading is named in the study file".to_owned(),
        )]),
        warnings: Vec::new(),
    }
}

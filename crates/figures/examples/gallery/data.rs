//! Made-up numbers of plausible shape for every figure, extreme ones, and none at all.

use radiome_figures::figure::calibration::*;
use radiome_figures::figure::coefficients::*;
use radiome_figures::figure::cohort_flow::*;
use radiome_figures::figure::decision_curve::*;
use radiome_figures::figure::forest::*;
use radiome_figures::figure::icc::*;
use radiome_figures::figure::kaplan_meier::*;
use radiome_figures::figure::lasso_cv::*;
use radiome_figures::figure::lasso_path::*;
use radiome_figures::figure::nomogram::*;
use radiome_figures::figure::panels::panels;
use radiome_figures::figure::rad_score::*;
use radiome_figures::figure::roc::*;
use radiome_figures::figure::selection_frequency::*;
use radiome_figures::{Estimate, Scene, Theme, scale};

/// Figures by name.
pub(crate) type Gallery = Vec<(&'static str, Scene)>;

/// A small generator of numbers that look random (Knuth's MMIX multiplier), for pictures only.
struct Noise(u64);

impl Noise {
    fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal: the sum of twelve.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

const FEATURES: [&str; 12] = [
    "T1_original_glszm_SmallAreaLowGrayLevelEmphasis",
    "FST2_wavelet-LLH_glcm_Imc2",
    "T1_log-sigma-3-0-mm-3D_firstorder_Skewness",
    "FST2_original_shape_Sphericity",
    "T1_wavelet-HHL_gldm_LargeDependenceHighGrayLevelEmphasis",
    "FST2_wavelet-LHL_ngtdm_Busyness",
    "T1_original_glrlm_LongRunLowGrayLevelEmphasis",
    "FST2_log-sigma-5-0-mm-3D_glszm_ZoneEntropy",
    "T1_wavelet-LLL_firstorder_90Percentile",
    "FST2_original_glcm_ClusterShade",
    "T1_wavelet-HLH_glszm_GrayLevelNonUniformityNormalized",
    "FST2_wavelet-HHH_firstorder_Kurtosis",
];
const LONG: &str = "Clinical variables and combined radiomics signature of T1 and fat-suppressed T2 \
                    with R&D <script>alert('x')</script>";

fn estimate(value: f64, low: f64, high: f64) -> Estimate {
    Estimate { value, low, high }
}

fn model_name(i: usize, long: bool) -> String {
    let names = [
        "Nomogram",
        "Clinical model",
        "Rad-score, T1",
        "Rad-score, FS-T2",
        "Rad-score, combined",
    ];
    if long {
        format!("{}: {LONG}", names[i % 5])
    } else {
        names[i % 5].to_string()
    }
}

fn flow_count(label: &str, count: usize) -> FlowCount {
    FlowCount {
        label: label.to_string(),
        count,
    }
}

fn flow(splits: usize, long: bool) -> CohortFlow {
    let classes = vec![
        flow_count("Soft tissue sarcoma, high grade", 61),
        flow_count("Low grade", 48),
    ];
    let mut excluded = vec![
        flow_count("No fat-suppressed T2 within 30 days before surgery", 24),
        flow_count("Treated before imaging", 17),
        flow_count("Artefacts or incomplete coverage", 9),
        flow_count("Follow-up under 6 months", 12),
    ];
    if long {
        excluded.push(flow_count(LONG, 100_000));
    }
    CohortFlow {
        enrolled: flow_count("Patients with a histological diagnosis, 2012 to 2022", 242),
        excluded,
        included: flow_count("Patients included", 180),
        splits: (0..splits)
            .map(|i| FlowSplit {
                label: if i == 0 {
                    "Training cohort, centre A".into()
                } else {
                    format!("External cohort, centre {i}")
                },
                count: 109,
                classes: classes.clone(),
            })
            .collect(),
    }
}

fn signature(count: usize, intervals: bool) -> Coefficients {
    let mut noise = Noise(3);
    Coefficients {
        name: "Coefficients of the combined signature".into(),
        label: "Coefficient (per standard deviation of the feature)".into(),
        intercept: Some(-0.213),
        features: (0..count)
            .map(|i| {
                let value = 0.4 * noise.normal();
                Coefficient {
                    name: FEATURES[i % 12].to_string(),
                    value,
                    interval: intervals.then_some((value - 0.3, value + 0.25)),
                }
            })
            .collect(),
    }
}

fn scores(panels: &[(&str, usize)], classes: usize) -> RadScore {
    let mut noise = Noise(5);
    let names = ["Low grade", "High grade", "Metastatic", "Recurrent"];
    RadScore {
        label: "Rad-score".into(),
        classes: names[..classes].iter().map(ToString::to_string).collect(),
        cutoff: Some(0.127),
        panels: panels
            .iter()
            .map(|&(name, n)| RadScorePanel {
                name: format!("{name} (n = {n})"),
                patients: (0..n)
                    .map(|_| {
                        let class = (noise.uniform() * classes as f64) as usize;
                        RadScorePatient {
                            score: noise.normal() * 0.8 + class as f64 - 0.4,
                            class,
                        }
                    })
                    .collect(),
            })
            .collect(),
    }
}

fn roc_data(panels: &[&str], models: usize, long: bool) -> Roc {
    let mut noise = Noise(7);
    let panel = |name: &str, noise: &mut Noise| RocPanel {
        name: name.to_string(),
        curves: (0..models)
            .map(|m| {
                let gain = 1.6 - 0.3 * m as f64;
                let mut all: Vec<(f64, bool)> = (0..109)
                    .map(|i| {
                        (
                            noise.normal() + if i % 2 == 0 { gain } else { 0.0 },
                            i % 2 == 0,
                        )
                    })
                    .collect();
                all.sort_by(|a, b| b.0.total_cmp(&a.0));
                let (mut x, mut y) = (vec![0.0], vec![0.0]);
                let (mut tp, mut fp) = (0.0, 0.0);
                for (_, positive) in all {
                    if positive {
                        tp += 1.0
                    } else {
                        fp += 1.0
                    }
                    x.push(fp / 54.0);
                    y.push(tp / 55.0);
                }
                let grid: Vec<f64> = (0..=20).map(|i| f64::from(i) / 20.0).collect();
                let band = (m == 0).then(|| RocBand {
                    low: grid.iter().map(|g| g.powf(0.45) - 0.1).collect(),
                    high: grid.iter().map(|g| g.powf(0.2) + 0.05).collect(),
                    false_positive_rate: grid,
                });
                let auc = 0.88 - 0.05 * m as f64;
                RocCurve {
                    name: model_name(m, long),
                    false_positive_rate: x,
                    true_positive_rate: y,
                    auc: Some(estimate(auc, auc - 0.07, auc + 0.06)),
                    band,
                }
            })
            .collect(),
    };
    Roc {
        interval: "95% CI".into(),
        panels: panels.iter().map(|n| panel(n, &mut noise)).collect(),
    }
}

fn nomogram_data(crowded: bool) -> Nomogram {
    let tick = |label: &str, points: f64| NomogramTick {
        label: label.into(),
        points,
    };
    let numbers = |values: Vec<f64>, from: f64, to: f64| -> Vec<NomogramTick> {
        let (low, high) = (values[0], values[values.len() - 1]);
        let place = |v: f64| from + (v - low) / (high - low) * (to - from);
        scale::labelled(values)
            .into_iter()
            .map(|t| NomogramTick {
                points: place(t.value),
                label: t.label,
            })
            .collect()
    };
    let axis = |name: &str, categorical: bool, ticks| NomogramAxis {
        name: name.into(),
        categorical,
        ticks,
    };
    let mut variables = vec![
        axis(
            "Rad-score",
            false,
            numbers(scale::pretty(-3.0, 3.0, 12), 0.0, 100.0),
        ),
        axis(
            "Age (years)",
            false,
            numbers(scale::pretty(20.0, 90.0, 14), 31.0, 0.0),
        ),
        axis(
            "AJCC stage",
            true,
            vec![
                tick("I", 0.0),
                tick("II", 14.0),
                tick("III", 33.0),
                tick("IV", 58.0),
            ],
        ),
        axis(
            "Peritumoral oedema",
            true,
            vec![tick("absent", 0.0), tick("present", 22.0)],
        ),
    ];
    if crowded {
        variables.push(axis(
            "Largest diameter on the axial fat-suppressed T2 image (mm)",
            false,
            numbers(scale::pretty(0.0, 200.0, 40), 0.0, 9.0),
        ));
        variables.push(axis(
            "Histological subtype",
            true,
            (0..9)
                .map(|i| tick(&format!("Subtype number {i}"), f64::from(i) * 1.5))
                .collect(),
        ));
        variables.push(axis(
            "Site with a level at the very end",
            true,
            vec![
                tick("Trunk and retroperitoneum", 0.0),
                tick("Head and neck, everything else", 100.0),
            ],
        ));
        variables.push(axis(
            "No effect",
            true,
            vec![tick("no", 0.0), tick("yes", 0.0)],
        ));
    }
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let probability = [
        0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99,
    ];
    let total = |lp: f64| (lp + 5.0) * 20.0;
    Nomogram {
        name: "Nomogram for high-grade sarcoma".into(),
        max_points: 100.0,
        variables,
        max_total_points: 220.0,
        outcomes: vec![
            axis(
                "Linear predictor",
                false,
                scale::linear_ticks(-5.0, 6.0, 11)
                    .into_iter()
                    .map(|t| NomogramTick {
                        points: total(t.value),
                        label: t.label,
                    })
                    .collect(),
            ),
            axis(
                "Probability of high grade",
                false,
                probability
                    .iter()
                    .map(|&p| tick(&format!("{p}"), total(logit(p))))
                    .collect(),
            ),
        ],
    }
}

fn calibration_data(panels: &[&str], models: usize, long: bool) -> Calibration {
    let mut noise = Noise(11);
    let model = |m: usize, noise: &mut Noise| {
        let bend = 1.0 + 0.35 * m as f64;
        CalibrationModel {
            name: model_name(m, long),
            curve: (0..=50)
                .map(|i| {
                    let p = 0.03 + f64::from(i) * 0.0188;
                    let observed = p.powf(bend);
                    let half = 0.05 + 0.3 * p * (1.0 - p);
                    CalibrationPoint {
                        predicted: p,
                        observed,
                        interval: (m == 0).then_some((observed - half, observed + half)),
                    }
                })
                .collect(),
            groups: [0.08, 0.25, 0.45, 0.65, 0.88]
                .iter()
                .map(|&p: &f64| {
                    let observed = (p.powf(bend) + 0.05 * noise.normal()).clamp(0.0, 1.0);
                    CalibrationGroup {
                        predicted: p,
                        observed,
                        interval: Some(((observed - 0.15).max(0.0), (observed + 0.15).min(1.0))),
                    }
                })
                .collect(),
            predicted: (0..109)
                .map(|_| 1.0 / (1.0 + (-1.6 * noise.normal()).exp()))
                .collect(),
            intercept: Some(estimate(-0.08, -0.51, 0.34)),
            slope: Some(estimate(0.93, 0.61, 1.28)),
            hosmer_lemeshow_p: Some(0.416),
            brier: Some(0.142),
        }
    };
    Calibration {
        interval: "95% CI".into(),
        panels: panels
            .iter()
            .map(|name| CalibrationPanel {
                name: name.to_string(),
                models: (0..models).map(|m| model(m, &mut noise)).collect(),
            })
            .collect(),
    }
}

fn decision_data(panels: &[&str], models: usize, long: bool) -> DecisionCurve {
    let threshold: Vec<f64> = (1..100).map(|i| f64::from(i) / 100.0).collect();
    DecisionCurve {
        panels: panels
            .iter()
            .map(|name| DecisionCurvePanel {
                name: name.to_string(),
                treat_all: threshold
                    .iter()
                    .map(|t| 0.45 - 0.55 * t / (1.0 - t))
                    .collect(),
                models: (0..models)
                    .map(|m| NetBenefit {
                        name: model_name(m, long),
                        net_benefit: threshold
                            .iter()
                            .map(|t| {
                                0.45 * (1.0 - t).powf(0.25 + 0.2 * m as f64)
                                    - 0.08 * t * (1.0 + m as f64)
                            })
                            .collect(),
                    })
                    .collect(),
                threshold_probability: threshold.clone(),
            })
            .collect(),
    }
}

fn survival_data(panels: &[(&str, usize)], groups: usize, long: bool) -> KaplanMeier {
    let mut noise = Noise(13);
    let names = ["Low risk", "High risk", "Very high risk", "Unknown"];
    let group = |g: usize, n: usize, times: &[f64], noise: &mut Noise| {
        let mut all: Vec<(f64, bool)> = (0..n)
            .map(|_| {
                let event = -(1.0 - noise.uniform()).ln() * 90.0 / (1.0 + 1.7 * g as f64);
                let end = 10.0 + 50.0 * noise.uniform();
                (event.min(end), event <= end)
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut curve = SurvivalCurve {
            name: if long {
                format!("{}, {LONG}", names[g % 4])
            } else {
                names[g % 4].to_string()
            },
            last_time: all.last().map_or(0.0, |l| l.0),
            at_risk: times
                .iter()
                .map(|t| all.iter().filter(|p| p.0 >= *t).count() * if long { 10_000 } else { 1 })
                .collect(),
            ..SurvivalCurve::default()
        };
        let mut s = 1.0;
        for (i, &(time, event)) in all.iter().enumerate() {
            if event {
                s *= 1.0 - 1.0 / (n - i) as f64;
                curve.time.push(time);
                curve.survival.push(s);
                curve.low.push((s - 0.14).max(0.0));
                curve.high.push((s + 0.10).min(1.0));
            } else {
                curve.censored.push(time);
            }
        }
        curve
    };
    let times = scale::pretty(0.0, 60.0, if long { 30 } else { 6 });
    KaplanMeier {
        time_label: "Time (months)".into(),
        survival_label: "Progression-free survival".into(),
        interval: "95% CI".into(),
        panels: panels
            .iter()
            .map(|&(name, n)| KaplanMeierPanel {
                name: format!("{name} (n = {n})"),
                groups: (0..groups)
                    .map(|g| group(g, n / groups, &times, &mut noise))
                    .collect(),
                at_risk_times: times.clone(),
                log_rank_p: Some(0.00042),
                hazard_ratios: vec![HazardRatio {
                    name: "High vs low risk".into(),
                    estimate: estimate(2.71, 1.52, 4.83),
                }],
            })
            .collect(),
    }
}

fn lasso(count: usize, selected: usize) -> (LassoPath, LassoCv) {
    let mut noise = Noise(17);
    let log_lambda: Vec<f64> = (0..100).map(|i| -1.6 - 0.0465 * f64::from(i)).collect();
    let paths: Vec<CoefficientPath> = (0..count)
        .map(|i| {
            let slope = noise.normal() * 0.25;
            let enter = -1.6 - 4.4 * i as f64 / count as f64;
            CoefficientPath {
                name: FEATURES[i % 12].to_string(),
                values: log_lambda
                    .iter()
                    .map(|l| if *l < enter { slope * (enter - l) } else { 0.0 })
                    .collect(),
                selected: i < selected,
            }
        })
        .collect();
    let nonzero = (0..100)
        .map(|i| paths.iter().filter(|p| p.values[i] != 0.0).count())
        .collect();
    let cv = LassoCv {
        measure: "Binomial deviance".into(),
        mean: log_lambda
            .iter()
            .map(|l| 1.05 + 0.045 * (l + 3.6).powi(2))
            .collect(),
        standard_error: log_lambda.iter().map(|l| 0.05 - 0.01 * (l + 3.6)).collect(),
        nonzero,
        log_lambda_min: Some(-3.6),
        log_lambda_1se: Some(-2.65),
        log_lambda: log_lambda.clone(),
    };
    (
        LassoPath {
            log_lambda,
            paths,
            log_lambda_min: Some(-3.6),
            log_lambda_1se: Some(-2.65),
        },
        cv,
    )
}

fn frequencies(count: usize) -> SelectionFrequency {
    SelectionFrequency {
        resamples: 1000,
        features: (0..count)
            .map(|i| SelectedFeature {
                name: FEATURES[i % 12].to_string(),
                frequency: 0.98 / (1.0 + 0.12 * i as f64),
                in_signature: i % 3 != 2,
            })
            .collect(),
        threshold: Some(0.5),
    }
}

fn icc_data(count: usize) -> Icc {
    let mut noise = Noise(19);
    let mut values = |scale: f64| -> Vec<f64> {
        (0..count)
            .map(|_| (1.0 - scale * noise.normal().abs()).max(-0.3))
            .collect()
    };
    Icc {
        threshold: 0.75,
        panels: vec![
            IccPanel {
                name: "Intra-observer, ICC(2,1)".into(),
                values: values(0.13),
            },
            IccPanel {
                name: "Inter-observer, ICC(2,1)".into(),
                values: values(0.24),
            },
        ],
    }
}

fn forest_data(wild: bool) -> Forest {
    let row = |name: &str, n: &str, estimate: Option<Estimate>, p: &str| ForestRow {
        name: name.into(),
        heading: false,
        cells: vec![n.into(), p.into()],
        estimate,
    };
    let heading = |name: &str| ForestRow {
        name: name.into(),
        heading: true,
        ..ForestRow::default()
    };
    let mut rows = vec![
        heading("Clinical"),
        row(
            "Age (per 10 years)",
            "109",
            Some(estimate(1.12, 0.88, 1.43)),
            "0.36",
        ),
        row(
            "Sex, male vs female",
            "61/48",
            Some(estimate(0.74, 0.36, 1.52)),
            "0.41",
        ),
        row(
            "AJCC stage III-IV vs I-II",
            "52/57",
            Some(estimate(2.85, 1.24, 6.55)),
            "0.014",
        ),
        row("Peritumoral oedema: absent (reference)", "40", None, ""),
        row(
            "Peritumoral oedema: present",
            "69",
            Some(estimate(1.9, 0.8, 4.6)),
            "0.15",
        ),
        heading("Imaging"),
        row(
            "Rad-score (per standard deviation)",
            "109",
            Some(estimate(4.21, 2.36, 7.51)),
            "< 0.001",
        ),
    ];
    if wild {
        rows.push(row(
            LONG,
            "1,000,000",
            Some(estimate(3.0, 0.0, f64::INFINITY)),
            "0.99",
        ));
        rows.push(row(
            "Separated",
            "1",
            Some(estimate(f64::INFINITY, 0.0, f64::INFINITY)),
            "NA",
        ));
        rows.push(row(
            "Tiny",
            "1",
            Some(estimate(0.001, 0.00001, 0.9)),
            "0.04",
        ));
        rows.push(row("Huge", "1", Some(estimate(900.0, 12.0, 1e9)), "0.03"));
    }
    Forest {
        name: "Multivariable logistic regression".into(),
        effect: "Odds ratio".into(),
        interval: "95% CI".into(),
        columns: vec!["n".into(), "p".into()],
        rows,
    }
}

/// Every figure on numbers as a study has them.
pub(crate) fn plausible(theme: &Theme) -> Gallery {
    let two = ["Training (n = 109)", "External (n = 71)"];
    let (path, cv) = lasso(30, 8);
    let both = panels(&[lasso_cv(&cv, theme), lasso_path(&path, theme)], 2, theme);
    vec![
        ("cohort_flow", cohort_flow(&flow(2, false), theme)),
        ("coefficients", coefficients(&signature(12, false), theme)),
        (
            "rad_score",
            rad_score(&scores(&[("Training", 109), ("External", 71)], 2), theme),
        ),
        ("roc", roc(&roc_data(&two, 3, false), theme)),
        ("nomogram", nomogram(&nomogram_data(false), theme)),
        (
            "calibration",
            calibration(&calibration_data(&two, 2, false), theme),
        ),
        (
            "decision_curve",
            decision_curve(&decision_data(&two, 3, false), theme),
        ),
        (
            "kaplan_meier",
            kaplan_meier(
                &survival_data(&[("Training", 109), ("External", 71)], 2, false),
                theme,
            ),
        ),
        ("lasso_path", lasso_path(&path, theme)),
        ("lasso_cv", lasso_cv(&cv, theme)),
        (
            "selection_frequency",
            selection_frequency(&frequencies(15), theme),
        ),
        ("icc", icc(&icc_data(1130), theme)),
        ("forest", forest(&forest_data(false), theme)),
        ("panels", both),
    ]
}

/// Every figure on long names, many models, few patients and numbers out of bounds.
pub(crate) fn extreme(theme: &Theme) -> Gallery {
    let three = ["Training", LONG, "External"];
    let (mut path, mut cv) = lasso(60, 30);
    path.paths[1].values[4] = f64::NAN;
    cv.standard_error[3] = f64::NAN;
    let mut few = scores(&[("Training", 5), ("External", 1), ("Empty", 0)], 4);
    few.panels[0].patients[0].score = f64::NAN;
    few.panels[0].patients[1].class = 9;
    let mut curves = roc_data(&three, 5, true);
    curves.panels[1].curves[0].true_positive_rate.truncate(20);
    curves.panels[2].curves.clear();
    let mut benefit = decision_data(&three, 5, true);
    benefit.panels[0].models[0].net_benefit[10] = f64::NAN;
    benefit.panels[0].models[1].net_benefit[10] = f64::NEG_INFINITY;
    let mut fit = calibration_data(&three, 5, true);
    fit.panels[2].models.clear();
    fit.panels[1].models[0].curve[3].observed = 7.0;
    fit.panels[1].models[1].groups[0].observed = f64::NAN;
    let mut survival = survival_data(&[("Training", 109), (LONG, 20), ("Nobody", 0)], 4, true);
    survival.panels[0].groups[0].low.pop();
    let mut repeat = icc_data(3);
    repeat.threshold = 0.777;
    repeat.panels[0].values = vec![-5.0, 0.0, 0.75, 0.78, 1.0, f64::NAN];
    repeat.panels[1].values.clear();
    let all: Vec<Scene> = plausible(theme)
        .into_iter()
        .map(|(_, scene)| scene)
        .collect();
    vec![
        ("cohort_flow", cohort_flow(&flow(4, true), theme)),
        (
            "coefficients",
            coefficients(
                &{
                    let mut data = signature(30, true);
                    data.features[2].name = LONG.repeat(2);
                    data.features[3].value = f64::NAN;
                    data
                },
                theme,
            ),
        ),
        ("rad_score", rad_score(&few, theme)),
        ("roc", roc(&curves, theme)),
        ("nomogram", nomogram(&nomogram_data(true), theme)),
        ("calibration", calibration(&fit, theme)),
        ("decision_curve", decision_curve(&benefit, theme)),
        ("kaplan_meier", kaplan_meier(&survival, theme)),
        ("lasso_path", lasso_path(&path, theme)),
        ("lasso_cv", lasso_cv(&cv, theme)),
        (
            "selection_frequency",
            selection_frequency(&frequencies(60), theme),
        ),
        ("icc", icc(&repeat, theme)),
        ("forest", forest(&forest_data(true), theme)),
        ("panels", panels(&all, 1, theme)),
    ]
}

/// Every figure on nothing.
pub(crate) fn empty(theme: &Theme) -> Gallery {
    vec![
        ("cohort_flow", cohort_flow(&CohortFlow::default(), theme)),
        (
            "coefficients",
            coefficients(&Coefficients::default(), theme),
        ),
        ("rad_score", rad_score(&RadScore::default(), theme)),
        ("roc", roc(&Roc::default(), theme)),
        ("nomogram", nomogram(&Nomogram::default(), theme)),
        ("calibration", calibration(&Calibration::default(), theme)),
        (
            "decision_curve",
            decision_curve(&DecisionCurve::default(), theme),
        ),
        ("kaplan_meier", kaplan_meier(&KaplanMeier::default(), theme)),
        ("lasso_path", lasso_path(&LassoPath::default(), theme)),
        ("lasso_cv", lasso_cv(&LassoCv::default(), theme)),
        (
            "selection_frequency",
            selection_frequency(&SelectionFrequency::default(), theme),
        ),
        ("icc", icc(&Icc::default(), theme)),
        ("forest", forest(&Forest::default(), theme)),
        ("panels", panels(&[], 2, theme)),
    ]
}

//! Made-up performance of models.

use radiome_figures::figure::calibration::*;
use radiome_figures::figure::decision_curve::*;
use radiome_figures::figure::forest::*;
use radiome_figures::figure::kaplan_meier::*;
use radiome_figures::figure::nomogram::*;
use radiome_figures::figure::roc::*;
use radiome_figures::{Estimate, scale};

use super::{LONG, Noise, estimate, model_name};

pub(super) fn roc_data(panels: &[&str], models: usize, long: bool) -> Roc {
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

pub(super) fn nomogram_data(crowded: bool) -> Nomogram {
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

pub(super) fn calibration_data(panels: &[&str], models: usize, long: bool) -> Calibration {
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

pub(super) fn decision_data(panels: &[&str], models: usize, long: bool) -> DecisionCurve {
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

pub(super) fn survival_data(panels: &[(&str, usize)], groups: usize, long: bool) -> KaplanMeier {
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

/// Areas within subgroups; the wild ones reach below chance and have no interval.
pub(super) fn areas_data(wild: bool) -> Forest {
    let heading = |name: &str| ForestRow {
        name: name.into(),
        heading: true,
        ..ForestRow::default()
    };
    let row = |name: &str, n: &str, estimate: Option<(f64, f64, f64)>| ForestRow {
        name: name.into(),
        cells: vec![n.into()],
        estimate: estimate.map(|(value, low, high)| Estimate { value, low, high }),
        ..ForestRow::default()
    };
    let mut rows = vec![
        row("All patients", "71 (36)", Some((0.879, 0.791, 0.967))),
        heading("Sex (interaction: P = 0.41)"),
        row("Female", "30 (15)", Some((0.91, 0.8, 1.0))),
        row("Male", "41 (21)", Some((0.84, 0.71, 0.97))),
        heading("Vendor"),
        row("Philips", "6 (2)", None),
    ];
    if wild {
        rows.push(row(
            "A manufacturer with a name that goes on and on until it needs a second line",
            "12 (6)",
            Some((0.31, 0.02, 0.6)),
        ));
        rows.push(row("Perfect", "10 (5)", Some((1.0, 1.0, 1.0))));
    }
    Forest {
        name: "Subgroups".into(),
        kind: ForestKind::Area,
        effect: "AUC".into(),
        interval: "95% CI".into(),
        columns: vec!["n (positive)".into()],
        rows,
    }
}

pub(super) fn forest_data(wild: bool) -> Forest {
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
        kind: ForestKind::Ratio,
        effect: "Odds ratio".into(),
        interval: "95% CI".into(),
        columns: vec!["n".into(), "p".into()],
        rows,
    }
}

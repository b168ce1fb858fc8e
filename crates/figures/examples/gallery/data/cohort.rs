//! Made-up patients, features and signatures.

use radiome_figures::figure::coefficients::*;
use radiome_figures::figure::cohort_flow::*;
use radiome_figures::figure::icc::*;
use radiome_figures::figure::lasso_cv::*;
use radiome_figures::figure::lasso_path::*;
use radiome_figures::figure::rad_score::*;
use radiome_figures::figure::selection_frequency::*;
use radiome_figures::figure::workflow::*;

use super::{FEATURES, LONG, Noise};

pub(super) fn flow_count(label: &str, count: usize) -> FlowCount {
    FlowCount {
        label: label.to_string(),
        count,
    }
}

pub(super) fn flow(splits: usize, long: bool) -> CohortFlow {
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

pub(super) fn signature(count: usize, intervals: bool) -> Coefficients {
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

pub(super) fn scores(panels: &[(&str, usize)], classes: usize) -> RadScore {
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

pub(super) fn lasso(count: usize, selected: usize) -> (LassoPath, LassoCv) {
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

pub(super) fn frequencies(count: usize) -> SelectionFrequency {
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

pub(super) fn icc_data(count: usize) -> Icc {
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

pub(super) fn way(sequences: usize, long: bool) -> Workflow {
    let line = |text: &str| {
        if long {
            LONG.to_owned()
        } else {
            text.to_owned()
        }
    };
    let row = |label: &str, boxes: usize, text: &str| Stage {
        label: label.to_owned(),
        boxes: (0..boxes)
            .map(|i| StageBox {
                title: format!("{label} {}", i + 1),
                lines: vec![line(text), "LASSO: 7 features".to_owned()],
                span: (i as f64 / boxes as f64, (i + 1) as f64 / boxes as f64),
            })
            .collect(),
    };
    let mut arrows = Vec::new();
    for i in 0..sequences {
        arrows.push(Arrow {
            from: (0, i),
            to: (1, 0),
        });
    }
    for i in 0..=sequences {
        arrows.push(Arrow {
            from: (1, 0),
            to: (2, i),
        });
        arrows.push(Arrow {
            from: (2, i),
            to: (3, sequences - 1),
        });
    }
    // An arrow that leads nowhere is not drawn.
    arrows.push(Arrow {
        from: (3, 0),
        to: (2, 0),
    });
    arrows.push(Arrow {
        from: (0, 0),
        to: (9, 0),
    });
    Workflow {
        stages: vec![
            row(
                "Images and contours",
                sequences,
                "image and contour of 180 patients",
            ),
            row(
                "Agreement between readings",
                1,
                "ICC(2,1) > 0.75: 1704 of 2260 features kept",
            ),
            row("Selection", sequences + 1, "mRMR: 30 features"),
            row("Validation", sequences, "AUC 0.879 (0.791 to 0.967)"),
        ],
        arrows,
    }
}

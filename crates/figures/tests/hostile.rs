//! Numbers that no study should have: no figure panics, and none writes one of them as a place.

use radiome_figures::figure::{
    calibration::*, coefficients::*, cohort_flow::*, decision_curve::*, forest::*, icc::*,
    kaplan_meier::*, lasso_cv::*, lasso_path::*, nomogram::*, rad_score::*, roc::*,
    selection_frequency::*,
};
use radiome_figures::{Estimate, Scene, Theme};

const VALUES: [f64; 11] = [
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    0.0,
    -1.0,
    0.5,
    1.0,
    3e9,
];

/// Hands out the hostile numbers in an order that `seed` decides.
struct Hostile(u64);

impl Hostile {
    fn number(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        VALUES[(self.0 >> 33) as usize % VALUES.len()]
    }

    fn list(&mut self) -> Vec<f64> {
        let length = (self.0 >> 40) as usize % 6;
        (0..length).map(|_| self.number()).collect()
    }

    fn estimate(&mut self) -> Estimate {
        Estimate {
            value: self.number(),
            low: self.number(),
            high: self.number(),
        }
    }
}

fn performance(h: &mut Hostile, theme: &Theme) -> Vec<Scene> {
    let curve = RocCurve {
        name: String::new(),
        false_positive_rate: h.list(),
        true_positive_rate: h.list(),
        auc: Some(h.estimate()),
        band: Some(RocBand {
            false_positive_rate: h.list(),
            low: h.list(),
            high: h.list(),
        }),
    };
    let roc_panel = RocPanel {
        name: String::new(),
        curves: vec![curve],
    };
    let point = |h: &mut Hostile| CalibrationPoint {
        predicted: h.number(),
        observed: h.number(),
        interval: Some((h.number(), h.number())),
    };
    let group = |h: &mut Hostile| CalibrationGroup {
        predicted: h.number(),
        observed: h.number(),
        interval: Some((h.number(), h.number())),
    };
    let model = CalibrationModel {
        name: String::new(),
        curve: vec![point(h), point(h), point(h)],
        groups: vec![group(h), group(h)],
        predicted: h.list(),
        intercept: Some(h.estimate()),
        slope: Some(h.estimate()),
        hosmer_lemeshow_p: Some(h.number()),
        brier: Some(h.number()),
    };
    let fit = CalibrationPanel {
        name: String::new(),
        models: vec![model],
    };
    let benefit = DecisionCurvePanel {
        name: String::new(),
        threshold_probability: h.list(),
        treat_all: h.list(),
        models: vec![NetBenefit {
            name: String::new(),
            net_benefit: h.list(),
        }],
    };
    let survival = SurvivalCurve {
        name: String::new(),
        time: h.list(),
        survival: h.list(),
        low: h.list(),
        high: h.list(),
        censored: h.list(),
        last_time: h.number(),
        at_risk: vec![usize::MAX, 0, 3],
    };
    let followed = KaplanMeierPanel {
        name: String::new(),
        groups: vec![survival],
        at_risk_times: h.list(),
        log_rank_p: Some(h.number()),
        hazard_ratios: vec![HazardRatio {
            name: String::new(),
            estimate: h.estimate(),
        }],
    };
    vec![
        roc(
            &Roc {
                interval: String::new(),
                panels: vec![roc_panel],
            },
            theme,
        ),
        calibration(
            &Calibration {
                interval: String::new(),
                panels: vec![fit],
            },
            theme,
        ),
        decision_curve(
            &DecisionCurve {
                panels: vec![benefit],
            },
            theme,
        ),
        kaplan_meier(
            &KaplanMeier {
                panels: vec![followed],
                ..KaplanMeier::default()
            },
            theme,
        ),
    ]
}

fn features(h: &mut Hostile, theme: &Theme) -> Vec<Scene> {
    let coefficient = |h: &mut Hostile| Coefficient {
        name: String::new(),
        value: h.number(),
        interval: Some((h.number(), h.number())),
    };
    let signature = Coefficients {
        intercept: Some(h.number()),
        features: vec![coefficient(h), coefficient(h)],
        ..Coefficients::default()
    };
    let patient = |h: &mut Hostile| RadScorePatient {
        score: h.number(),
        class: usize::MAX,
    };
    let patients = vec![patient(h), patient(h), patient(h)];
    let scores = RadScore {
        cutoff: Some(h.number()),
        panels: vec![RadScorePanel {
            name: String::new(),
            patients,
        }],
        ..RadScore::default()
    };
    let path = LassoPath {
        log_lambda: h.list(),
        paths: vec![CoefficientPath {
            name: String::new(),
            values: h.list(),
            selected: true,
        }],
        log_lambda_min: Some(h.number()),
        log_lambda_1se: Some(h.number()),
    };
    let cv = LassoCv {
        measure: String::new(),
        log_lambda: h.list(),
        mean: h.list(),
        standard_error: h.list(),
        nonzero: vec![usize::MAX, 2, 3],
        log_lambda_min: Some(h.number()),
        log_lambda_1se: Some(h.number()),
    };
    let selected = SelectedFeature {
        name: String::new(),
        frequency: h.number(),
        in_signature: true,
    };
    let often = SelectionFrequency {
        resamples: usize::MAX,
        features: vec![selected],
        threshold: Some(h.number()),
    };
    let agreement = IccPanel {
        name: String::new(),
        values: h.list(),
    };
    vec![
        coefficients(&signature, theme),
        rad_score(&scores, theme),
        lasso_path(&path, theme),
        lasso_cv(&cv, theme),
        selection_frequency(&often, theme),
        icc(
            &Icc {
                threshold: h.number(),
                panels: vec![agreement],
            },
            theme,
        ),
    ]
}

fn models(h: &mut Hostile, theme: &Theme) -> Vec<Scene> {
    let row = |h: &mut Hostile| ForestRow {
        cells: vec![String::new(); 3],
        estimate: Some(h.estimate()),
        ..ForestRow::default()
    };
    let ratios = Forest {
        rows: vec![row(h), row(h), row(h)],
        ..Forest::default()
    };
    let areas = Forest {
        kind: ForestKind::Area,
        ..ratios.clone()
    };
    let axis = |h: &mut Hostile, categorical| NomogramAxis {
        name: String::new(),
        categorical,
        ticks: h
            .list()
            .into_iter()
            .map(|points| NomogramTick {
                label: "t".into(),
                points,
            })
            .collect(),
    };
    let points = Nomogram {
        name: String::new(),
        max_points: h.number(),
        variables: vec![axis(h, true), axis(h, false)],
        max_total_points: h.number(),
        outcomes: vec![axis(h, false)],
    };
    let many = FlowCount {
        label: "x".repeat(300),
        count: usize::MAX,
    };
    let flow = CohortFlow {
        enrolled: many.clone(),
        excluded: vec![many.clone(), many.clone()],
        included: many,
        splits: vec![FlowSplit::default(); 9],
    };
    vec![
        forest(&ratios, theme),
        forest(&areas, theme),
        nomogram(&points, theme),
        cohort_flow(&flow, theme),
    ]
}

#[test]
fn hostile_numbers_neither_panic_nor_reach_the_page() {
    let theme = Theme::default();
    let mut failed: Vec<(usize, String)> = Vec::new();
    for seed in 0..300 {
        let mut h = Hostile(seed * 7_919 + 1);
        h.number();
        let mut scenes = performance(&mut h, &theme);
        scenes.extend(features(&mut h, &theme));
        scenes.extend(models(&mut h, &theme));
        for (i, scene) in scenes.iter().enumerate() {
            assert!(
                scene.width.is_finite() && scene.height.is_finite(),
                "seed {seed} figure {i}"
            );
            assert!(
                scene.height < 5000.0,
                "seed {seed} figure {i}: {}",
                scene.height
            );
            for (b, element) in scene.element_bounds() {
                let inside = b.left >= -0.01
                    && b.top >= -0.01
                    && b.right <= scene.width + 0.01
                    && b.bottom <= scene.height + 0.01;
                if !inside && !failed.iter().any(|f| f.0 == i) {
                    failed.push((i, format!("seed {seed}: {b:?} {element:?}")));
                }
            }
        }
        if seed % 100 == 0 {
            for scene in &scenes {
                scene.to_png(40.0).expect("png");
                scene.to_pdf().expect("pdf");
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

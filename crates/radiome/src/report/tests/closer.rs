//! Subgroups, strata, hazard ratios and the nomogram with the stage of the full study. The numbers
//! are made up; only their shape matters here.

use indexmap::IndexMap;

use crate::results::*;

fn estimate(value: f64, half: f64) -> Estimate {
    Estimate {
        estimate: Some(value),
        ci: [Some(value - half), Some((value + half).min(1.0))],
    }
}

/// Fills in what follows from the curves that are there.
pub(super) fn add(survival: &mut Survival) {
    let ratio = |value: f64| HazardRatio {
        n: 40,
        events: 19,
        hazard_ratio: Some(value),
        ci: [Some(0.6 * value), Some(1.7 * value)],
        p_value: Some(0.031),
        reason: None,
    };
    let separated = HazardRatio {
        hazard_ratio: None,
        ci: [None, None],
        p_value: None,
        reason: Some("the values order the events without error".into()),
        ..ratio(1.0)
    };
    let mut models = IndexMap::new();
    for (model, splits) in &survival.kaplan_meier {
        let (mut ratios, mut strata) = (IndexMap::new(), IndexMap::new());
        for (split, curves) in splits {
            let found = HazardRatios {
                per_sd: (model != "outcome").then(|| ratio(1.42)),
                high_vs_low: if model == "clinical" {
                    separated.clone()
                } else {
                    ratio(2.1)
                },
            };
            ratios.insert(split.clone(), found);
            let test = survival.log_rank[model][split].clone();
            let level = |level: &str, is_shown: bool| Stratum {
                level: level.into(),
                n: if is_shown { 32 } else { 7 },
                events: 12,
                curves: is_shown.then(|| curves.clone()),
                log_rank: is_shown.then(|| test.clone()),
                reason: (!is_shown).then(|| "7 patients are fewer than 10".to_owned()),
            };
            let found = Strata {
                levels: vec![level("Hitachi & Co", true), level("below 52", false)],
                n: 39,
                log_rank: test.clone(),
            };
            strata.insert(split.clone(), found);
        }
        survival.hazard_ratios.insert(model.clone(), ratios);
        survival.score_sd.insert(model.clone(), 1.37);
        models.insert(model.clone(), strata);
    }
    survival.strata = vec![StratifiedSurvival {
        column: "<script>alert(\"1\")</script>".into(),
        cut: Some(52.5),
        models,
    }];
}

/// A nomogram whose last time has no round survival on it.
pub(super) fn nomogram_stage() -> CoxNomogram {
    let axis = |variable: &str, levels: &[(&str, f64)]| NomogramAxis {
        training_range: None,
        variable: variable.into(),
        levels: levels
            .iter()
            .map(|&(value, points)| NomogramLevel {
                value: value.into(),
                points,
            })
            .collect(),
    };
    CoxNomogram {
        axes: vec![
            axis("nomogram", &[("-4", 0.0), ("0", 50.0), ("4", 100.0)]),
            axis("ajcc_stage", &[("IA", 0.0), ("IIIB", 61.0)]),
        ],
        points_per_unit: 25.0,
        linear_predictor_at_zero: -2.1,
        total_points: vec![0.0, 50.0, 100.0, 150.0, 200.0],
        survival: vec![
            SurvivalAxis {
                time: 365.0,
                baseline: 0.81,
                at_risk: 70,
                marks: vec![[0.9, 20.0], [0.5, 140.0]],
            },
            SurvivalAxis {
                time: 5000.0,
                baseline: 0.0,
                at_risk: 0,
                marks: Vec::new(),
            },
        ],
        reason: None,
    }
}

pub(super) fn auc_at() -> Vec<AucAtTime> {
    vec![
        AucAtTime {
            score: "nomogram".into(),
            time: 365.0,
            cases: 11,
            controls: 25,
            auc: estimate(0.71, 0.12),
            reason: None,
        },
        AucAtTime {
            score: "stage".into(),
            time: 5000.0,
            cases: 0,
            controls: 0,
            auc: Estimate::UNKNOWN,
            reason: Some("nobody was followed beyond the horizon".into()),
        },
    ]
}

/// A column of two values, and one with a value of too few patients.
pub(super) fn subgroups() -> Vec<Subgroups> {
    let level = |level: &str, n: usize, auc: Option<f64>| Subgroup {
        level: level.into(),
        n,
        positive: n / 2,
        auc: auc.map_or(Estimate::UNKNOWN, |auc| estimate(auc, 0.12)),
        reason: auc
            .is_none()
            .then(|| "2 positive and 3 negative patients: an AUC needs 5 of each".to_owned()),
    };
    let untested = Interaction {
        test: None,
        difference: None,
        ci: [None, None],
        statistic: None,
        df: None,
        p_value: None,
    };
    let tested = Interaction {
        test: Some("delong_unpaired".into()),
        difference: Some(-0.06),
        ci: [Some(-0.23), Some(0.11)],
        statistic: Some(-0.69),
        df: Some(37.2),
        p_value: Some(0.49),
    };
    let models = |found: SubgroupsOfModel| -> ByModel<BySplit<SubgroupsOfModel>> {
        ["nomogram", "clinical"]
            .map(|model| {
                let splits = ["cross_validated", "external"];
                let splits = splits.map(|split| (split.to_owned(), found.clone()));
                (model.to_owned(), splits.into_iter().collect())
            })
            .into_iter()
            .collect()
    };
    vec![
        Subgroups {
            column: "age_years".into(),
            cut: Some(52.0),
            models: models(SubgroupsOfModel {
                levels: vec![
                    level("below 52", 19, Some(0.81)),
                    level("52 or more", 21, Some(1.0)),
                ],
                interaction: tested,
            }),
        },
        Subgroups {
            column: "<script>alert(\"1\")</script>".into(),
            cut: None,
            models: models(SubgroupsOfModel {
                levels: vec![level("Hitachi & Co", 35, Some(0.44)), level("GE", 5, None)],
                interaction: untested,
            }),
        },
    ]
}

/// Curves at one time in two sets, and a time that nobody was followed to.
pub(super) fn survival_decision() -> IndexMap<String, Vec<SurvivalDecision>> {
    let points = |height: f64| -> Vec<DecisionPoint> {
        (1..100)
            .map(|percent| {
                let threshold = f64::from(percent) / 100.0;
                DecisionPoint {
                    threshold,
                    net_benefit: (height * (1.0 - threshold)).max(0.0),
                    treat_all: 0.35 - 0.65 * threshold / (1.0 - threshold),
                }
            })
            .collect()
    };
    let of = |model: &str, height: f64, short_from| SurvivalDecisionOfModel {
        model: model.into(),
        points: points(height),
        short_from,
    };
    let one = |n: usize| SurvivalDecision {
        time: 365.0,
        n,
        events: n / 3,
        event_probability: Some(0.35),
        models: vec![
            of("nomogram", 0.31, None),
            of("stage", 0.27, Some(0.62)),
            of("nomogram_stage", 0.33, None),
        ],
        reason: None,
    };
    let late = SurvivalDecision {
        time: 5000.0,
        n: 71,
        events: 30,
        event_probability: None,
        models: Vec::new(),
        reason: Some("nobody was followed that long".into()),
    };
    IndexMap::from([
        ("cross_validated".to_owned(), vec![one(109)]),
        ("external".to_owned(), vec![one(71), late]),
    ])
}

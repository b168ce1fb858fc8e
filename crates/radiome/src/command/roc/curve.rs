//! One score: its curve, its area, and the decisions at its cut-off.

use miette::miette;
use radiome::table::number_json;
use radiome_stats::discrimination::{
    AucEstimate, BootstrapAuc, Confusion, Direction, DiscriminationError, PartialAuc, PartialAxis,
    Proportion, RocCurve, ThresholdRule, auc_bootstrap, auc_delong, auc_logit_interval,
    best_threshold, confusion, direction_of_medians, hanley_mcneil_standard_error, partial_auc,
    roc_curve,
};
use radiome_stats::resampling::seeded;
use serde_json::{Map, Value, json};

use super::{CutOff, Interval, ShareInterval, Side};
use crate::command::tabular::{Cell, Rows, Warning};

/// What is asked for.
pub(super) struct Design {
    pub(super) direction: Side,
    pub(super) interval: Interval,
    pub(super) shares: ShareInterval,
    pub(super) cut_off: CutOff,
    /// What the range of a partial area is a range of, and its ends.
    pub(super) partial: Option<(PartialAxis, f64, f64)>,
    pub(super) resamples: usize,
    pub(super) seed: u64,
    pub(super) level: f64,
}

/// A score and what it tells of the classes.
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) direction: Direction,
    /// The score, turned so that a higher one means positive.
    pub(super) score: Vec<f64>,
    /// DeLong's area; none with a single row of a class.
    area: Option<AucEstimate>,
    bootstrap: Option<BootstrapAuc>,
    ci: (f64, f64),
    roc: RocCurve,
    partial: Option<PartialAuc>,
    cut: Cut,
    decisions: Confusion,
}

/// A cut-off of a turned score.
struct Cut {
    value: f64,
    /// All that are as good.
    tied: Vec<f64>,
    /// How it was chosen.
    rule: &'static str,
}

/// A score, or a cut-off of it, as it would be if the other end meant positive.
fn turned(direction: Direction, value: f64) -> f64 {
    match direction {
        Direction::Higher => value,
        // not the sign alone: 0 stays without one
        Direction::Lower => 0.0 - value,
    }
}

/// What the checks of the table leave: a class with too few rows.
pub(super) fn undefined(error: &DiscriminationError) -> miette::Report {
    miette!("{error}")
}

impl Curve {
    pub(super) fn of(
        name: &str,
        class: &[bool],
        score: &[f64],
        design: &Design,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let wrong = |error: DiscriminationError| undefined(&error);
        let direction = match design.direction {
            Side::Higher => Direction::Higher,
            Side::Lower => Direction::Lower,
            Side::Auto => direction_of_medians(class, score).map_err(wrong)?,
        };
        if design.direction == Side::Auto && direction == Direction::Lower {
            let told = format!("{name}: low values are taken to mean positive, as the medians lie");
            warnings.push(Warning::new("direction", told));
        }
        let score: Vec<f64> = score.iter().map(|&s| turned(direction, s)).collect();
        let cut = match design.cut_off {
            CutOff::Value(value) => Cut {
                value: turned(direction, value),
                tied: Vec::new(),
                rule: "given",
            },
            CutOff::Best(rule) => {
                let chosen = best_threshold(class, &score, rule).map_err(wrong)?;
                Cut {
                    value: chosen.best.threshold,
                    tied: chosen.tied,
                    rule: match rule {
                        ThresholdRule::Youden => "youden",
                        ThresholdRule::ClosestTopLeft => "closest_topleft",
                    },
                }
            }
        };
        if cut.value.is_infinite() {
            let told = format!("{name}: no cut-off is better than calling all rows alike");
            warnings.push(Warning::new("no_cut_off", told));
        }
        let curve = Self::at(name, class, score, direction, cut, design, warnings)?;
        if curve.roc.auc < 0.5 && design.direction != Side::Auto {
            let told = format!(
                "{name}: the area is below 0.5; if the other end of the score means positive, say so \
                 with --direction"
            );
            warnings.push(Warning::new("area_below_half", told));
        }
        Ok(curve)
    }

    /// The curve of a turned score with its cut-off.
    fn at(
        name: &str,
        class: &[bool],
        score: Vec<f64>,
        direction: Direction,
        cut: Cut,
        design: &Design,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let wrong = |error: DiscriminationError| undefined(&error);
        let roc = roc_curve(class, &score).map_err(wrong)?;
        let area = match auc_delong(class, &score, design.level) {
            Ok(area) => Some(area),
            Err(DiscriminationError::TooFew { .. }) => {
                let told = format!("{name}: a class has a single row, so its area has no error");
                warnings.push(Warning::new("single_row", told));
                None
            }
            Err(error) => return Err(wrong(error)),
        };
        let none = (f64::NAN, f64::NAN);
        let mut bootstrap = None;
        let ci = match (design.interval, &area) {
            (Interval::Bootstrap, _) => {
                // Every score has the same resamples, whatever others there are.
                let mut generator = seeded(design.seed);
                let (level, resamples) = (design.level, design.resamples);
                let found = auc_bootstrap(class, &score, level, resamples, &mut generator);
                let found = found.map_err(wrong)?;
                bootstrap = Some(found);
                (found.lower, found.upper)
            }
            (_, None) => none,
            (Interval::Delong, Some(area)) => (area.lower, area.upper),
            (Interval::Logit, Some(area)) => {
                let found = auc_logit_interval(area, design.level).map_err(wrong)?;
                found.unwrap_or(none)
            }
        };
        if roc.auc == 1.0 || roc.auc == 0.0 {
            let told = format!(
                "{name}: the classes are parted without an error, so its error and interval say \
                 nothing of how certain the area is"
            );
            warnings.push(Warning::new("separation", told));
        }
        if roc.points.len() == 2 {
            let told = format!("{name} is constant and says nothing of the classes");
            warnings.push(Warning::new("constant_feature", told));
        }
        let part = design.partial.map(|(axis, low, high)| {
            let part = partial_auc(class, &score, axis, low, high);
            part.map_err(wrong)
        });
        let partial = part.transpose()?;
        if partial.is_some_and(|part| part.corrected.is_none()) {
            let told = format!(
                "{name}: the part of the curve lies below the diagonal, so its area is not corrected"
            );
            warnings.push(Warning::new("partial_below_diagonal", told));
        }
        let decisions = confusion(class, &score, cut.value, design.level).map_err(wrong)?;
        Ok(Self {
            name: name.to_owned(),
            direction,
            score,
            area,
            bootstrap,
            ci,
            roc,
            partial,
            cut,
            decisions,
        })
    }

    pub(super) fn auc(&self) -> f64 {
        self.roc.auc
    }

    fn se(&self) -> f64 {
        self.area.map_or(f64::NAN, |area| area.standard_error)
    }

    /// The cut-off as the score is written.
    fn threshold(&self) -> f64 {
        turned(self.direction, self.cut.value)
    }

    /// Whether each row is called positive.
    pub(super) fn calls(&self) -> Vec<bool> {
        let scores = self.score.iter();
        scores.map(|score| *score >= self.cut.value).collect()
    }

    /// The curve turned as this one was, of another table with its cut-off.
    pub(super) fn carried_to(
        &self,
        class: &[bool],
        score: &[f64],
        design: &Design,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let score = score.iter().map(|&s| turned(self.direction, s)).collect();
        let cut = Cut {
            value: self.cut.value,
            tied: Vec::new(),
            rule: "carried_over",
        };
        let name = &self.name;
        Self::at(name, class, score, self.direction, cut, design, warnings)
    }

    pub(super) fn to_json(&self, design: &Design) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
        put("score", self.name.clone().into());
        put("direction", word(self.direction).into());
        put("n_positive", self.roc.cases.into());
        put("n_negative", self.roc.controls.into());
        put("auc", number_json(self.roc.auc));
        put("se", number_json(self.se()));
        put("ci", pair(self.ci));
        put("ci_method", method(design.interval).into());
        let area = self.area;
        put("z", number_json(area.map_or(f64::NAN, |area| area.z)));
        put("p_value", number_json(area.map_or(f64::NAN, |area| area.p)));
        let other = hanley_mcneil_standard_error(self.roc.auc, self.roc.cases, self.roc.controls);
        put("se_hanley_mcneil", number_json(other));
        if let Some(found) = &self.bootstrap {
            let found = json!({
                "resamples": found.resamples,
                "seed": design.seed,
                "se": number_json(found.standard_error),
                "median": number_json(found.median),
            });
            put("bootstrap", found);
        }
        if let Some(part) = &self.partial {
            let part = json!({
                "axis": part.axis,
                "from": part.from,
                "to": part.to,
                "auc": number_json(part.area),
                "corrected": part.corrected.map(number_json),
            });
            put("partial_auc", part);
        }
        put("threshold", number_json(self.threshold()));
        put("threshold_rule", self.cut.rule.into());
        let back = |value: &f64| number_json(turned(self.direction, *value));
        put("tied_thresholds", self.cut.tied.iter().map(back).collect());
        object.extend(decisions_json(&self.decisions, design.shares));
        let points = self.roc.points.iter().map(|point| {
            json!({
                "threshold": number_json(turned(self.direction, point.threshold)),
                "sensitivity": point.sensitivity,
                "specificity": point.specificity,
            })
        });
        object.insert("points".to_owned(), points.collect());
        Value::Object(object)
    }
}

/// Everything that follows from the four-fold table.
fn decisions_json(found: &Confusion, shares: ShareInterval) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put(
        "confusion",
        json!({
            "tp": found.true_positives,
            "fp": found.false_positives,
            "fn": found.false_negatives,
            "tn": found.true_negatives,
        }),
    );
    for (key, share) in named_shares(found) {
        let value = json!({
            "estimate": share.estimate,
            "ci": interval(share, shares).map(pair),
            "count": share.count,
            "total": share.total,
        });
        put(key, value);
    }
    put("youden", json!(found.youden));
    put("balanced_accuracy", json!(found.balanced_accuracy));
    put("f1", json!(found.f1));
    put("kappa", number_json(found.kappa));
    put("mcc", number_json(found.matthews_correlation));
    put("lr_positive", number_json(found.positive_likelihood_ratio));
    put("lr_negative", number_json(found.negative_likelihood_ratio));
    put(
        "diagnostic_odds_ratio",
        number_json(found.diagnostic_odds_ratio),
    );
    object
}

fn named_shares(found: &Confusion) -> [(&'static str, &Proportion); 5] {
    [
        ("sensitivity", &found.sensitivity),
        ("specificity", &found.specificity),
        ("ppv", &found.positive_predictive_value),
        ("npv", &found.negative_predictive_value),
        ("accuracy", &found.accuracy),
    ]
}

fn interval(share: &Proportion, which: ShareInterval) -> Option<(f64, f64)> {
    match which {
        ShareInterval::ClopperPearson => share.clopper_pearson,
        ShareInterval::Wilson => share.wilson,
        ShareInterval::Wald => share.wald,
    }
}

pub(super) fn pair((lower, upper): (f64, f64)) -> Value {
    json!([number_json(lower), number_json(upper)])
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
    }
}

fn method(interval: Interval) -> &'static str {
    match interval {
        Interval::Delong => "delong",
        Interval::Logit => "logit",
        Interval::Bootstrap => "bootstrap",
    }
}

/// The table that is written and the one that is shown; `source` names the first of two tables.
pub(super) fn tables(curves: &[Curve], design: &Design, source: Option<&str>) -> (Rows, Rows) {
    let mut header = vec![
        "score",
        "direction",
        "n_positive",
        "n_negative",
        "auc",
        "se",
        "lower",
        "upper",
        "threshold",
        "tp",
        "fp",
        "fn",
        "tn",
    ];
    let shares: Vec<[String; 3]> = ["sensitivity", "specificity", "ppv", "npv", "accuracy"]
        .map(|name| {
            [
                name.to_owned(),
                format!("{name}_lower"),
                format!("{name}_upper"),
            ]
        })
        .into();
    header.extend(shares.iter().flatten().map(String::as_str));
    if design.partial.is_some() {
        header.extend(["partial_auc", "partial_auc_corrected"]);
    }
    if source.is_some() {
        header.insert(0, "table");
    }
    let (mut results, mut shown) = (Rows::new(&header), shown_rows());
    for curve in curves {
        results.push(curve.result(design, source));
        shown.push(curve.shown());
    }
    (results, shown)
}

/// The columns of the screen.
pub(super) fn shown_rows() -> Rows {
    Rows::new(&[
        "score",
        "n+",
        "n-",
        "AUC",
        "lower",
        "upper",
        "cut-off",
        "sensitivity",
        "specificity",
        "PPV",
        "NPV",
        "accuracy",
    ])
}

impl Curve {
    /// The row that is written.
    pub(super) fn result(&self, design: &Design, source: Option<&str>) -> Vec<Cell> {
        let mut cells: Vec<Cell> = source.map(Cell::from).into_iter().collect();
        cells.extend([
            self.name.as_str().into(),
            word(self.direction).into(),
            self.roc.cases.into(),
            self.roc.controls.into(),
            self.roc.auc.into(),
            self.se().into(),
            self.ci.0.into(),
            self.ci.1.into(),
            self.threshold().into(),
            self.decisions.true_positives.into(),
            self.decisions.false_positives.into(),
            self.decisions.false_negatives.into(),
            self.decisions.true_negatives.into(),
        ]);
        for (_, share) in named_shares(&self.decisions) {
            let ci = interval(share, design.shares);
            cells.push(share.estimate.into());
            cells.push(ci.map(|(lower, _)| lower).into());
            cells.push(ci.map(|(_, upper)| upper).into());
        }
        if let Some(part) = &self.partial {
            cells.push(part.area.into());
            cells.push(part.corrected.into());
        }
        cells
    }

    /// The row on the screen.
    pub(super) fn shown(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = vec![
            self.name.as_str().into(),
            self.roc.cases.into(),
            self.roc.controls.into(),
            self.roc.auc.into(),
            self.ci.0.into(),
            self.ci.1.into(),
            self.threshold().into(),
        ];
        let shares = named_shares(&self.decisions);
        cells.extend(shares.map(|(_, share)| Cell::from(share.estimate)));
        cells
    }
}

//! The calibration of one column of probabilities.

use miette::miette;
use radiome::table::number_json;
use radiome_stats::calibration::{
    Calibration, CalibrationCurve, CalibrationError, HosmerLemeshow, ValidationIndexes,
    calibration, hosmer_lemeshow, hosmer_lemeshow_equal_count, smoothed_calibration,
    validation_indexes,
};
use serde_json::{Map, Value, json};

use super::{DegreesOfFreedom, Design, Grouping};
use crate::command::tabular::{Cell, Rows, Warning};

/// What was found of a column of probabilities.
pub(super) struct Calibrated {
    name: String,
    test: Option<HosmerLemeshow>,
    df: DegreesOfFreedom,
    recalibration: Calibration,
    indexes: ValidationIndexes,
    curve: CalibrationCurve,
}

/// What the checks of the table leave.
pub(super) fn undefined(error: &CalibrationError) -> miette::Report {
    miette!("{error}")
}

impl Calibrated {
    pub(super) fn of(
        name: &str,
        class: &[bool],
        probability: &[f64],
        design: &Design,
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Self> {
        let wrong = |error: CalibrationError| undefined(&error);
        let test = match design.grouping {
            Grouping::Quantile => hosmer_lemeshow(class, probability, design.groups),
            Grouping::EqualCount => hosmer_lemeshow_equal_count(class, probability, design.groups),
        };
        let test = match test {
            Ok(test) => {
                if test.groups.len() < design.groups {
                    let told = format!(
                        "{name}: ties leave {} of {} groups of the Hosmer-Lemeshow test",
                        test.groups.len(),
                        design.groups
                    );
                    warnings.push(Warning::new("fewer_groups", told));
                }
                Some(test)
            }
            Err(error @ CalibrationError::TooFewGroups { .. }) => {
                let told = format!("{name} has no Hosmer-Lemeshow test: {error}");
                warnings.push(Warning::new("too_few_groups", told));
                None
            }
            Err(error) => return Err(wrong(error)),
        };
        let recalibration = calibration(class, probability, design.level).map_err(wrong)?;
        if recalibration.recalibration_failed {
            let certain = probability.iter().any(|p| *p == 0.0 || *p == 1.0);
            let why = if certain {
                "a probability is exactly 0 or 1, whose logit is infinite"
            } else if probability.iter().all(|p| Some(p) == probability.first()) {
                "all probabilities are equal"
            } else {
                "the probabilities part the classes without an error"
            };
            let told = format!("{name} has no calibration intercept or slope: {why}");
            warnings.push(Warning::new("no_recalibration", told));
        }
        let curve = smoothed_calibration(class, probability, design.smoother).map_err(wrong)?;
        if curve.e_max.is_nan() {
            let told = format!("{name} has too few distinct probabilities for a smoothed curve");
            warnings.push(Warning::new("no_curve", told));
        }
        Ok(Self {
            name: name.to_owned(),
            test,
            df: design.df,
            recalibration,
            indexes: validation_indexes(class, probability).map_err(wrong)?,
            curve,
        })
    }

    /// Degrees of freedom and P value of the Hosmer-Lemeshow test.
    fn df_and_p(&self, test: &HosmerLemeshow) -> (usize, f64) {
        match self.df {
            DegreesOfFreedom::Groups => (test.df_external, test.p_external),
            DegreesOfFreedom::TwoFewer => (test.df, test.p),
        }
    }

    pub(super) fn to_json(&self, design: &Design) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("name".to_owned(), self.name.clone().into());
        let test = self.test.as_ref().map(|test| {
            let groups = test.groups.iter().map(|group| {
                json!({
                    "n": group.n,
                    "observed": group.observed,
                    "expected": number_json(group.expected),
                    "lower": number_json(group.lower),
                    "upper": number_json(group.upper),
                })
            });
            let (df, p) = self.df_and_p(test);
            json!({
                "chi_square": number_json(test.chi_square),
                "df": df,
                "p_value": number_json(p),
                "groups": groups.collect::<Vec<Value>>(),
            })
        });
        object.insert("hosmer_lemeshow".to_owned(), json!(test));
        let (model, indexes, curve) = (&self.recalibration, &self.indexes, &self.curve);
        for (key, value) in [
            ("intercept", model.intercept),
            ("intercept_se", model.intercept_se),
            ("slope", model.slope),
            ("slope_se", model.slope_se),
        ] {
            object.insert(key.to_owned(), number_json(value));
        }
        let (lower, upper) = model.slope_interval;
        let interval = json!([number_json(lower), number_json(upper)]);
        object.insert("slope_ci".to_owned(), interval);
        for (key, value) in [
            ("calibration_in_the_large", model.in_the_large),
            ("calibration_in_the_large_se", model.in_the_large_se),
            ("observed_over_expected", model.observed_over_expected),
            ("brier", model.brier),
            ("brier_scaled", model.brier_scaled),
            ("log_loss", indexes.log_loss),
            ("c_statistic", indexes.c_statistic),
            ("dxy", indexes.dxy),
            ("r2", indexes.r2),
            ("d", indexes.discrimination),
            ("d_chi_square", indexes.discrimination_chi_square),
            ("u", indexes.unreliability),
            ("u_chi_square", indexes.unreliability_chi_square),
            ("u_p_value", indexes.unreliability_p),
            ("q", indexes.quality),
            ("spiegelhalter_z", indexes.spiegelhalter_z),
            ("spiegelhalter_p_value", indexes.spiegelhalter_p),
            ("g", indexes.g),
            ("gp", indexes.gp),
            ("e_max", curve.e_max),
            ("e_avg", curve.e_avg),
            ("e50", curve.e50),
            ("e90", curve.e90),
        ] {
            object.insert(key.to_owned(), number_json(value));
        }
        object.insert("smoother".to_owned(), design.smoother_name().into());
        let points = curve.predicted.iter().zip(&curve.observed);
        let points = points.map(|(predicted, observed)| {
            json!({"predicted": number_json(*predicted), "observed": number_json(*observed)})
        });
        object.insert("curve".to_owned(), points.collect());
        object
    }

    /// The row that is written.
    pub(super) fn result(&self) -> Vec<Cell> {
        let (model, indexes, curve) = (&self.recalibration, &self.indexes, &self.curve);
        let test = self.test.as_ref();
        let df_and_p = test.map(|test| self.df_and_p(test));
        let mut cells: Vec<Cell> = vec![
            self.name.as_str().into(),
            test.map(|test| test.chi_square).into(),
            df_and_p.map(|(df, _)| df as f64).into(),
            df_and_p.map(|(_, p)| p).into(),
        ];
        let values = [
            model.intercept,
            model.slope,
            model.slope_interval.0,
            model.slope_interval.1,
            model.in_the_large,
            model.brier,
            model.brier_scaled,
            indexes.c_statistic,
            indexes.r2,
            curve.e_max,
            curve.e_avg,
            curve.e50,
            curve.e90,
        ];
        cells.extend(values.map(Cell::from));
        cells
    }

    /// The row on the screen.
    pub(super) fn shown(&self) -> Vec<Cell> {
        let (model, indexes, curve) = (&self.recalibration, &self.indexes, &self.curve);
        let test = self.test.as_ref();
        let p = test.map(|test| self.df_and_p(test).1);
        let mut cells: Vec<Cell> = vec![
            self.name.as_str().into(),
            test.map(|test| test.chi_square).into(),
            p.into(),
        ];
        let values = [
            model.intercept,
            model.slope,
            model.in_the_large,
            model.brier,
            indexes.c_statistic,
            indexes.r2,
            curve.e_avg,
            curve.e_max,
        ];
        cells.extend(values.map(Cell::from));
        cells
    }
}

/// The table that is written and the one that is shown.
pub(super) fn tables() -> (Rows, Rows) {
    let written = Rows::new(&[
        "model",
        "hosmer_lemeshow",
        "df",
        "p_value",
        "intercept",
        "slope",
        "slope_lower",
        "slope_upper",
        "calibration_in_the_large",
        "brier",
        "brier_scaled",
        "c_statistic",
        "r2",
        "e_max",
        "e_avg",
        "e50",
        "e90",
    ]);
    let shown = Rows::new(&[
        "model",
        "HL",
        "P",
        "intercept",
        "slope",
        "in the large",
        "Brier",
        "C",
        "R2",
        "E avg",
        "E max",
    ]);
    (written, shown)
}

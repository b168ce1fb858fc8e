//! Controls beside the signatures.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{ByModel, BySplit, Estimate};

/// One control: something simpler that learnt from the same patients in the same folds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Control {
    /// Training patients with a score.
    pub n: usize,
    /// Intercept of the fit on all training patients.
    #[serde(with = "super::number::option")]
    pub intercept: Option<f64>,
    /// Its coefficients: of the logarithm of the volume, or of the standardised features of the
    /// shuffled images.
    pub coefficients: Option<IndexMap<String, f64>>,
    /// AUC on the patients that it was fitted on.
    pub apparent: Estimate,
    /// Mean of the AUC within each test fold, on the folds of the models.
    pub cross_validated: Option<Estimate>,
    /// AUC in the external patients.
    pub external: Option<Estimate>,
    /// The signature that is judged against it: the combined one, or the only one.
    pub signature: String,
    /// AUC of each model less that of the control: `cross_validated`, by influence curves on the
    /// same folds, and `external`, by DeLong.
    pub differences: ByModel<BySplit<Estimate>>,
    /// What the difference of that signature shows.
    pub verdict: Option<Verdict>,
    /// Which difference the verdict rests on.
    pub judged_on: Option<String>,
    /// Linear predictor of every patient.
    pub scores: Vec<ControlScore>,
    /// Why there is no control.
    pub reason: Option<String>,
}

/// Whether a signature does better than a control.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The interval of the difference lies above 0.
    Better,
    /// The difference is above 0, and its interval includes 0.
    NotShownBetter,
    /// The difference is 0 or below.
    NoBetter,
}

/// What a control says of one patient.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct ControlScore {
    /// Patient.
    pub id: String,
    /// `train` or `external`.
    pub split: String,
    /// Whether the outcome is positive.
    pub positive: bool,
    /// Linear predictor of the fit on all training patients.
    #[serde(with = "super::number")]
    pub score: f64,
    /// Mean over repeats of the linear predictor of fits without the patient.
    #[serde(with = "super::number")]
    pub out_of_fold: f64,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            n: 0,
            intercept: None,
            coefficients: None,
            apparent: Estimate::UNKNOWN,
            cross_validated: None,
            external: None,
            signature: String::new(),
            differences: IndexMap::new(),
            verdict: None,
            judged_on: None,
            scores: Vec::new(),
            reason: None,
        }
    }
}

impl Verdict {
    /// The word in results and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::NotShownBetter => "not_shown_better",
            Self::NoBetter => "no_better",
        }
    }

    /// The verdict on a difference; `None` where there is none.
    #[must_use]
    pub fn of(difference: &Estimate) -> Option<Self> {
        let estimate = difference.estimate.filter(|value| !value.is_nan())?;
        Some(match difference.ci[0] {
            _ if estimate <= 0.0 => Self::NoBetter,
            Some(lower) if lower > 0.0 => Self::Better,
            _ => Self::NotShownBetter,
        })
    }
}

impl Control {
    /// The sentence for a signature that does not beat the control, without its full stop; `None`
    /// where it does, or where nothing was judged.
    #[must_use]
    pub fn shortfall(&self, name: &str) -> Option<String> {
        let verdict = match self.verdict? {
            Verdict::Better => return None,
            Verdict::NotShownBetter => "is not shown to be better than",
            Verdict::NoBetter => "is no better than",
        };
        let judged_on = self.judged_on.as_deref()?;
        let difference = self.differences.get(&self.signature)?.get(judged_on)?;
        let (of_which, own) = match judged_on {
            "external" => ("external", self.external.as_ref()),
            _ => ("cross-validated", self.cross_validated.as_ref()),
        };
        let signature = match self.signature.strip_prefix("rs_") {
            Some("combined") => "the combined signature".to_owned(),
            Some(sequence) => format!("the {sequence} signature"),
            None => self.signature.clone(),
        };
        let than = match name {
            "volume" => "the volume of the tumour alone",
            _ => "the same steps on images whose voxels were shuffled inside the contour",
        };
        let minus = |value: f64| format!("{value:.3}").replace('-', "−");
        let difference_text = match (difference.estimate, difference.ci) {
            (Some(value), [Some(lower), Some(upper)]) => format!(
                "difference {} (95% CI {} to {})",
                minus(value),
                minus(lower),
                minus(upper)
            ),
            (Some(value), _) => format!("difference {}", minus(value)),
            _ => return None,
        };
        let own = own.and_then(|own| own.estimate)?;
        let value = own + difference.estimate?;
        Some(format!(
            "{signature} {verdict} {than}: {of_which} AUC {value:.3} against {own:.3}, {difference_text}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(estimate: f64, ci: [f64; 2]) -> Estimate {
        Estimate {
            estimate: Some(estimate),
            ci: ci.map(Some),
        }
    }

    #[test]
    fn a_verdict_says_no_more_than_the_interval() {
        for (estimate, ci, verdict) in [
            (0.10, [0.02, 0.18], Verdict::Better),
            (0.10, [-0.02, 0.22], Verdict::NotShownBetter),
            (0.10, [0.0, 0.2], Verdict::NotShownBetter),
            (0.0, [-0.1, 0.1], Verdict::NoBetter),
            (-0.1, [-0.2, -0.05], Verdict::NoBetter),
        ] {
            assert_eq!(Verdict::of(&difference(estimate, ci)), Some(verdict));
        }
        assert_eq!(Verdict::of(&Estimate::UNKNOWN), None);
    }

    #[test]
    fn a_shortfall_is_told_with_its_numbers() {
        let judged = |estimate: f64, ci: [f64; 2]| {
            let difference = difference(estimate, ci);
            let by_split = IndexMap::from([("cross_validated".to_owned(), difference)]);
            Control {
                signature: "rs_combined".to_owned(),
                cross_validated: Some(Estimate {
                    estimate: Some(0.7),
                    ci: [None, None],
                }),
                verdict: Verdict::of(&difference),
                judged_on: Some("cross_validated".to_owned()),
                differences: IndexMap::from([("rs_combined".to_owned(), by_split)]),
                ..Control::default()
            }
        };
        assert_eq!(
            judged(0.05, [-0.02, 0.12]).shortfall("volume").unwrap(),
            "the combined signature is not shown to be better than the volume of the tumour alone: \
             cross-validated AUC 0.750 against 0.700, difference 0.050 (95% CI −0.020 to 0.120)"
        );
        let none = judged(-0.05, [-0.12, 0.02]).shortfall("shuffled_voxels");
        assert!(
            none.unwrap()
                .starts_with("the combined signature is no better than the same")
        );
        assert_eq!(judged(0.1, [0.05, 0.15]).shortfall("volume"), None);
    }
}

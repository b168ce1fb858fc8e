//! What the controls find, and whether the models find more.

use indexmap::IndexMap;
use radiome_stats::discrimination::{
    FoldScores, auc_delong, cross_validated_auc, cross_validated_auc_difference, delong_paired,
};

use super::Evidence;
use super::performance::{LEVEL, known};
use crate::results::{Control, ControlScore, Estimate, Verdict, Warning};
use crate::study;

/// Every control that the study asked for.
pub(super) fn controls(evidence: &Evidence<'_>) -> IndexMap<String, Control> {
    let of = evidence.controls.iter().map(|(kind, found)| {
        let control = match found {
            Ok(found) => control(evidence, found),
            Err(reason) => Control {
                reason: Some(reason.clone()),
                ..Control::default()
            },
        };
        (kind.name().to_owned(), control)
    });
    of.collect()
}

fn control(evidence: &Evidence<'_>, found: &study::Control) -> Control {
    let side = Side { evidence, found };
    let signature = evidence.pipeline.signatures.last();
    let signature = signature.map(|plan| plan.model.clone()).unwrap_or_default();
    let classes = evidence
        .cross_validation
        .map(|validation| validation.test_classes(&side.outcome(evidence.train)))
        .unwrap_or_default();
    let folds = side.folds(&classes);
    let mut differences: IndexMap<String, IndexMap<String, Estimate>> = IndexMap::new();
    let models = evidence.predictions.models.keys();
    for model in models.filter(|model| *model != "clinical") {
        let mut by_split = IndexMap::new();
        if let (Some(folds), Some(validation)) = (&folds, evidence.cross_validation) {
            let own = validation.fold_scores(model, &classes);
            let found = cross_validated_auc_difference(&own, folds);
            let found = found.map(|found| estimate(found.difference, found.ci));
            by_split.extend(found.map(|found| ("cross_validated".to_owned(), found)));
        }
        let external = side.external_difference(model);
        by_split.extend(external.map(|found| ("external".to_owned(), found)));
        differences.insert(model.clone(), by_split);
    }
    let splits = differences.get(&signature);
    let judged_on = if evidence.cross_validation.is_some() {
        "cross_validated"
    } else {
        "external"
    };
    let verdict = splits
        .and_then(|splits| splits.get(judged_on))
        .and_then(Verdict::of);
    Control {
        n: side.known(evidence.train),
        intercept: Some(found.intercept),
        coefficients: Some(found.coefficients.clone()),
        apparent: side.auc(evidence.train),
        cross_validated: folds
            .as_deref()
            .and_then(cross_validated_auc)
            .map(|auc| estimate(auc.auc, auc.ci)),
        external: (!evidence.external.is_empty()).then(|| side.auc(evidence.external)),
        verdict,
        judged_on: verdict.map(|_| judged_on.to_owned()),
        signature,
        differences,
        scores: side.scores(),
        reason: None,
    }
}

fn estimate(value: f64, ci: [f64; 2]) -> Estimate {
    Estimate {
        estimate: Some(value),
        ci: ci.map(Some),
    }
}

/// A control beside the evidence.
struct Side<'a> {
    evidence: &'a Evidence<'a>,
    found: &'a study::Control,
}

impl<'a> Side<'a> {
    fn outcome(&self, rows: &[usize]) -> Vec<bool> {
        rows.iter()
            .map(|&row| self.evidence.data.outcome[row])
            .collect()
    }

    fn score(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().map(|&row| self.found.score[row]).collect()
    }

    fn known(&self, rows: &[usize]) -> usize {
        let known = |row: &&usize| !self.found.score[**row].is_nan();
        rows.iter().filter(known).count()
    }

    /// AUC of the final fit with DeLong's interval.
    fn auc(&self, rows: &[usize]) -> Estimate {
        let (class, score) = known(&self.outcome(rows), &self.score(rows));
        auc_delong(&class, &score, LEVEL).map_or(Estimate::UNKNOWN, |auc| {
            estimate(auc.auc, [auc.lower, auc.upper])
        })
    }

    fn folds<'b>(&'b self, classes: &'b [Vec<bool>]) -> Option<Vec<FoldScores<'b>>> {
        let fits = &self.evidence.cross_validation?.fits;
        let scores = self.found.folds.as_ref()?;
        let of_fit = fits.iter().zip(scores).zip(classes);
        let fold = of_fit.map(|((fit, score), class)| FoldScores {
            repeat: fit.repeat,
            rows: &fit.test,
            class,
            score,
        });
        Some(fold.collect())
    }

    /// AUC of a model less that of the control in the external patients that both score, by DeLong.
    fn external_difference(&self, model: &str) -> Option<Estimate> {
        let rows = self.evidence.external;
        let scores = &self.evidence.predictions.models.get(model)?.score;
        let both: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|&row| !scores[row].is_nan() && !self.found.score[row].is_nan())
            .collect();
        let own: Vec<f64> = both.iter().map(|&row| scores[row]).collect();
        let test = delong_paired(&self.outcome(&both), &own, &self.score(&both), LEVEL).ok()?;
        Some(estimate(test.difference, [test.lower, test.upper]))
    }

    fn scores(&self) -> Vec<ControlScore> {
        let evidence = self.evidence;
        let mut out_of_fold = vec![f64::NAN; evidence.data.len()];
        if let (Some(validation), Some(scores)) = (evidence.cross_validation, &self.found.folds) {
            let (mut sum, mut count) = (
                vec![0.0; evidence.train.len()],
                vec![0_usize; evidence.train.len()],
            );
            for (fit, scores) in validation.fits.iter().zip(scores) {
                for (&row, &score) in fit.test.iter().zip(scores) {
                    if !score.is_nan() {
                        sum[row] += score;
                        count[row] += 1;
                    }
                }
            }
            for (place, &row) in evidence.train.iter().enumerate() {
                if count[place] > 0 {
                    out_of_fold[row] = sum[place] / count[place] as f64;
                }
            }
        }
        let patients = evidence.cohort.patients.iter();
        let rows = patients.zip(&self.found.score).zip(out_of_fold);
        rows.map(|((patient, &score), out_of_fold)| ControlScore {
            id: patient.id.clone(),
            split: patient.split.name().to_owned(),
            positive: patient.positive,
            score,
            out_of_fold,
        })
        .collect()
    }
}

/// What a reader must know of a signature that does not beat a control, and of a control that is
/// missing.
pub(super) fn warnings(controls: &IndexMap<String, Control>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (name, control) in controls {
        if let Some(reason) = &control.reason {
            let text = format!("the control `{name}` could not be made: {reason}");
            warnings.push(Warning::new("no_control", text));
        }
        if let Some(sentence) = control.shortfall(name) {
            warnings.push(Warning::new(format!("not_better_than_{name}"), sentence));
        }
    }
    warnings
}

//! The size of the study beside that which its models would have needed.

use radiome_stats::sample_size::{
    BinaryDesign, CriterionName, Targets, binary_sample_size, cox_snell_r2_of_c_statistic,
    maximum_cox_snell_r2,
};

use crate::results::{RequiredSize, Results, SampleSize};

/// The R² of Nagelkerke to plan with where nothing better is known (Riley and others, BMJ
/// 2020;368:m441).
const NAGELKERKE: f64 = 0.15;

/// What the criteria of Riley and others ask for all candidates, and for the nomogram's terms.
/// `None` where a class has no training patient.
pub(super) fn sample_size(results: &Results) -> Option<SampleSize> {
    let train = results.cohort.analysed.get("train")?;
    let mut found = SampleSize {
        n: train.n,
        positive: train.positive,
        features: results.study.features,
        clinical: results.clinical_model.univariate.len(),
        required: Vec::new(),
    };
    let prevalence = train.positive as f64 / train.n as f64;
    let maximum = maximum_cox_snell_r2(prevalence).ok()?;
    let validated = results.internal_validation.get("nomogram");
    let auc = validated
        .and_then(|one| one.cross_validated.as_ref())
        .and_then(|auc| auc.estimate)
        .filter(|_| results.nomogram.terms.is_some());
    let implied = auc.and_then(|auc| {
        let r2 = cox_snell_r2_of_c_statistic(auc, prevalence).ok()?;
        Some(("cross_validated_auc", Some(auc), r2))
    });
    let assumptions = [Some(("nagelkerke", None, NAGELKERKE * maximum)), implied];
    let terms = results.nomogram.terms.as_ref().map_or(0, Vec::len);
    for (model, parameters) in [("candidates", found.candidates()), ("nomogram", terms)] {
        for (assumption, c_statistic, r2) in assumptions.into_iter().flatten() {
            let design = BinaryDesign {
                parameters,
                prevalence,
                r2,
            };
            let Ok(size) = binary_sample_size(&design, &Targets::default()) else {
                continue;
            };
            let criteria = size
                .criteria
                .iter()
                .map(|criterion| (name(criterion.name).to_owned(), criterion.n));
            found.required.push(RequiredSize {
                model: model.to_owned(),
                parameters,
                events_per_parameter: train.positive as f64 / parameters as f64,
                assumption: assumption.to_owned(),
                c_statistic,
                r2,
                r2_nagelkerke: size.nagelkerke_r2(),
                criteria: criteria.collect(),
                required: size.required,
            });
        }
    }
    Some(found)
}

fn name(name: CriterionName) -> &'static str {
    match name {
        CriterionName::Shrinkage => "shrinkage",
        CriterionName::Optimism => "optimism",
        CriterionName::OverallRisk => "overall_risk",
        CriterionName::MeanAbsoluteError => "mean_absolute_error",
    }
}

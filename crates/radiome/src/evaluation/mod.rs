//! From fitted models and their predictions to results.

mod as_published;
mod calibration;
mod column_groups;
mod controls;
mod feature_classes;
mod histology;
mod image_processing;
mod internal_validation;
mod missing;
mod models;
mod performance;
mod reader_agreement;
mod roc_band;
mod sample_size;
mod subgroups;
mod survival;
mod table_one;
mod warnings;

pub(crate) use models::nomogram_points;

use indexmap::IndexMap;

use crate::pipeline::{ClinicalColumn, Dataset, FeatureIcc, Fitted, Pipeline, Predictions};
use crate::results::{
    BySplit, CohortFlow, LearningSummary, Results, SequenceSummary, SplitCounts, StudySummary,
    Warning,
};
use crate::study::{
    Cohort, Controls, FeatureColumn, Folds, LambdaRule, Mode, Scheme, Split, Study,
};
use crate::validation::{Bootstrap, CrossValidation, Stream};

/// Everything that was computed, in one place, to be turned into results.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The study.
    pub study: &'a Study,
    /// Who is analysed.
    pub cohort: &'a Cohort,
    /// The feature columns.
    pub columns: &'a [FeatureColumn],
    /// The analysed patients, in the cohort's order.
    pub data: &'a Dataset,
    /// Rows of the training patients.
    pub train: &'a [usize],
    /// Rows of the external patients.
    pub external: &'a [usize],
    /// What was learnt and how.
    pub pipeline: &'a Pipeline,
    /// The final models.
    pub fitted: &'a Fitted,
    /// ICC of every feature with its limits, on the training patients.
    pub iccs: Option<&'a [FeatureIcc]>,
    /// Why there is no filter by ICC.
    pub reliability_reason: Option<&'a str>,
    /// Predictions of the final models for every row.
    pub predictions: &'a Predictions,
    /// The cross-validation, over the training rows; none in a study as published.
    pub cross_validation: Option<&'a CrossValidation>,
    /// The bootstrap, if the study asks for one.
    pub bootstrap: Option<&'a Bootstrap>,
    /// What something simpler finds.
    pub controls: &'a Controls,
    /// Columns of the baseline table, in the cohort's order.
    pub baseline: &'a [ClinicalColumn],
    /// Stage of each row as an ordered number, where the study names a stage.
    pub stage: Option<&'a ClinicalColumn>,
    /// Columns within whose values survival is shown.
    pub strata: &'a [ClinicalColumn],
    /// Columns within whose values the models are judged.
    pub subgroups: &'a [ClinicalColumn],
    /// Warnings from reading and extraction.
    pub warnings: &'a [Warning],
}

/// A set of rows with a name, and what the models say of them.
struct View<'a> {
    name: &'static str,
    rows: &'a [usize],
    outcome: Vec<bool>,
    times: Vec<Option<(f64, bool)>>,
    /// Linear predictor and probability by model, for models with a predictor.
    score: IndexMap<String, Vec<f64>>,
    probability: IndexMap<String, Vec<f64>>,
    /// Whether each row is on the high side of the cut-off.
    high: IndexMap<String, Vec<Option<bool>>>,
}

impl Evidence<'_> {
    /// Turns everything into results.
    #[must_use]
    pub fn results(&self) -> Results {
        let empty = self.fitted.empty_models();
        let models: Vec<String> = self
            .predictions
            .models
            .keys()
            .filter(|model| !empty.contains(model))
            .cloned()
            .collect();
        let views = self.views(&models);
        let mut performance: IndexMap<String, IndexMap<String, _>> = IndexMap::new();
        let mut calibration: IndexMap<String, IndexMap<String, _>> = IndexMap::new();
        let mut decision_curve: IndexMap<String, IndexMap<String, _>> = IndexMap::new();
        let mut delong = Vec::new();
        for (place, view) in views.iter().enumerate() {
            let resampled = view.name == "cross_validated";
            for (number, model) in models.iter().enumerate() {
                let probability = &view.probability[model];
                let cutoff = self.fitted.cutoffs.get(model).copied().flatten();
                // Of the resampled predictions only what is pooled over patients is shown here;
                // their AUC is the mean over folds, under internal validation.
                if !resampled
                    && let Some(mut found) =
                        performance::performance(&view.outcome, probability, cutoff)
                {
                    let stream = Stream::RocBand(roc_band::stream(view.name, number));
                    let seed = self.study.file.seed;
                    found.band = roc_band::roc_band(&view.outcome, probability, seed, stream);
                    performance
                        .entry(model.clone())
                        .or_default()
                        .insert(view.name.to_owned(), found);
                }
                let band = Stream::CalibrationBand((place * models.len() + number) as u32);
                let mut generator = band.generator(self.pipeline.seed);
                if let Some(found) =
                    calibration::calibration(&view.outcome, probability, &mut generator)
                {
                    calibration
                        .entry(model.clone())
                        .or_default()
                        .insert(view.name.to_owned(), found);
                }
                if let Some(found) = calibration::decision_curve(&view.outcome, probability) {
                    let corrected =
                        self.bootstrap
                            .filter(|_| view.name == "train")
                            .and_then(|samples| {
                                calibration::optimism_corrected(&found, model, samples)
                            });
                    let by_split: &mut IndexMap<String, _> =
                        decision_curve.entry(model.clone()).or_default();
                    by_split.insert(view.name.to_owned(), found);
                    by_split
                        .extend(corrected.map(|found| ("optimism_corrected".to_owned(), found)));
                }
            }
            if !resampled {
                let scores: Vec<(String, Vec<f64>)> = view
                    .score
                    .iter()
                    .map(|(model, score)| (model.clone(), score.clone()))
                    .collect();
                delong.extend(performance::delong(view.name, &view.outcome, &scores));
            }
        }
        let train_outcome: Vec<bool> = self
            .train
            .iter()
            .map(|&row| self.data.outcome[row])
            .collect();
        let internal_validation = self
            .predictions
            .models
            .keys()
            .map(|model| {
                let apparent = performance
                    .get(model)
                    .and_then(|splits| splits.get("train"));
                let found = internal_validation::internal_validation(
                    model,
                    &train_outcome,
                    apparent,
                    self.cross_validation,
                    self.bootstrap,
                );
                (model.clone(), found)
            })
            .collect();
        let survival = self.survival(&views);
        let as_published = as_published::as_published(self, &models, &performance);
        let subgroups = self.subgroups_of(&views, &models);
        let mut results = Results {
            study: self.summary(),
            cohort: self.flow(),
            table_one: self.table_one(),
            histology: histology::histology(self),
            reader_agreement: reader_agreement::reader_agreement(self),
            reliability: models::reliability(self),
            harmonization: models::harmonization(self),
            signatures: models::signatures(self),
            missing_values: missing::missing_values(self),
            clinical_model: models::clinical_model(self),
            nomogram: models::nomogram(self),
            performance,
            delong,
            calibration,
            decision_curve,
            survival,
            subgroups,
            internal_validation,
            controls: controls::controls(self),
            sample_size: None,
            as_published,
            quality: None,
            reasons: self.reasons(&empty),
            warnings: Vec::new(),
        };
        results.sample_size = sample_size::sample_size(&results);
        results.warnings = warnings::warnings(self, &results);
        results
    }

    fn views(&self, models: &[String]) -> Vec<View<'_>> {
        let mut views = vec![self.final_view("train", self.train, models)];
        if let Some(validation) = self.cross_validation {
            views.push(self.out_of_fold(validation, models));
        }
        if !self.external.is_empty() {
            views.push(self.final_view("external", self.external, models));
        }
        views
    }

    fn final_view<'a>(
        &'a self,
        name: &'static str,
        rows: &'a [usize],
        models: &[String],
    ) -> View<'a> {
        let pick = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
        let of = |of: fn(&crate::pipeline::Prediction) -> &Vec<f64>| {
            models
                .iter()
                .map(|model| (model.clone(), pick(of(&self.predictions.models[model]))))
                .collect()
        };
        let probability: IndexMap<String, Vec<f64>> = of(|prediction| &prediction.probability);
        let high = models
            .iter()
            .map(|model| {
                let cutoff = self.fitted.cutoffs.get(model).copied().flatten();
                let side = |&p: &f64| cutoff.filter(|_| !p.is_nan()).map(|cutoff| p >= cutoff);
                (model.clone(), probability[model].iter().map(side).collect())
            })
            .collect();
        View {
            name,
            rows,
            outcome: rows.iter().map(|&row| self.data.outcome[row]).collect(),
            times: self.times(rows),
            score: of(|prediction| &prediction.score),
            probability,
            high,
        }
    }

    /// Each training patient as the models saw it that were fitted without it.
    fn out_of_fold(&self, validation: &CrossValidation, models: &[String]) -> View<'_> {
        let n = self.train.len();
        let by_model = |of: &dyn Fn(&str) -> Vec<f64>| {
            models
                .iter()
                .map(|model| (model.clone(), of(model)))
                .collect()
        };
        View {
            name: "cross_validated",
            rows: self.train,
            outcome: self
                .train
                .iter()
                .map(|&row| self.data.outcome[row])
                .collect(),
            times: self.times(self.train),
            score: by_model(&|model| validation.mean_score(model, n)),
            probability: by_model(&|model| validation.mean_probability(model, n)),
            high: models
                .iter()
                .map(|model| (model.clone(), validation.majority_class(model, n)))
                .collect(),
        }
    }

    fn times(&self, rows: &[usize]) -> Vec<Option<(f64, bool)>> {
        rows.iter()
            .map(|&row| self.cohort.patients[row].survival)
            .collect()
    }

    fn summary(&self) -> StudySummary {
        let file = &self.study.file;
        let names = self.study.sequence_names().into_iter().enumerate();
        let sequences = names.map(|(number, name)| {
            let of_number = self.columns.iter().filter(|one| one.sequence == number);
            let plan = self.study.sequences.get(number);
            let settings = plan.map(|plan| plan.protocol.written()).unwrap_or_default();
            let names: Vec<&str> = of_number.map(|one| one.name.as_str()).collect();
            SequenceSummary {
                features: names.len(),
                classes: feature_classes::classes(&name, names.into_iter()),
                processing: plan
                    .map(image_processing::image_processing)
                    .unwrap_or_default(),
                learnt_scale: plan.is_some_and(|plan| plan.correction.is_learnt()),
                name,
                settings: settings
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            }
        });
        let asked = |n: usize| if file.mode == Mode::Honest { n } else { 0 };
        StudySummary {
            name: file.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: file.seed,
            mode: file.mode.name().to_owned(),
            from_tables: self.study.feature_tables.is_some(),
            outcome: file.outcome.column.clone(),
            positive: file.outcome.positive.to_string(),
            survival_time: file.survival.as_ref().map(|survival| survival.time_name()),
            sequences: sequences.collect(),
            features: self.columns.len(),
            k: self.pipeline.k,
            repeats: asked(file.validation.repeats),
            folds: asked(file.validation.folds),
            bootstrap: asked(file.validation.bootstrap),
            learning: Some(self.learning()),
        }
    }

    fn learning(&self) -> LearningSummary {
        let pipeline = self.pipeline;
        let clinical = pipeline.nomogram_clinical.then(|| "clinical".to_owned());
        LearningSummary {
            scheme: match pipeline.scheme {
                Scheme::Difference => "difference",
                Scheme::Quotient => "quotient",
            }
            .to_owned(),
            alpha: pipeline.alpha,
            inner_folds: pipeline.folds,
            folds_column: match &self.study.file.signature.folds {
                Folds::Count(_) => None,
                Folds::Column(column) => Some(column.clone()),
            },
            lambda: match pipeline.lambda {
                LambdaRule::Min => "min",
                LambdaRule::OneSe => "1se",
            }
            .to_owned(),
            nomogram: pipeline
                .nomogram_signatures
                .iter()
                .cloned()
                .chain(clinical)
                .collect(),
        }
    }

    fn flow(&self) -> CohortFlow {
        let mut analysed: BySplit<SplitCounts> = IndexMap::new();
        let mut follow_up = IndexMap::new();
        for (split, rows) in [(Split::Train, self.train), (Split::External, self.external)] {
            if rows.is_empty() {
                continue;
            }
            let positive = rows.iter().filter(|&&row| self.data.outcome[row]).count();
            let mut batches: IndexMap<String, usize> = IndexMap::new();
            if self.study.file.harmonization.is_some() {
                for &row in rows {
                    *batches.entry(self.data.batch[row].clone()).or_default() += 1;
                }
                batches.sort_keys();
            }
            let counts = SplitCounts {
                n: rows.len(),
                positive,
                negative: rows.len() - positive,
                batches,
            };
            analysed.insert(split.name().to_owned(), counts);
            follow_up.insert(
                split.name().to_owned(),
                survival::follow_up(&self.times(rows)),
            );
        }
        CohortFlow {
            enrolled: self.cohort.enrolled,
            excluded: self.cohort.excluded.clone(),
            analysed,
            follow_up: self.study.file.survival.is_some().then_some(follow_up),
        }
    }

    fn table_one(&self) -> crate::results::TableOne {
        let all: Vec<usize> = (0..self.data.len()).collect();
        let times = self.times(&all);
        let mut splits = vec![table_one::SplitRows {
            name: "train",
            rows: self.train,
        }];
        if !self.external.is_empty() {
            splits.push(table_one::SplitRows {
                name: "external",
                rows: self.external,
            });
        }
        let name = self
            .study
            .file
            .survival
            .as_ref()
            .map(|survival| survival.time_name());
        let times = name.as_ref().map(|name| (name.as_str(), times.as_slice()));
        table_one::table_one(self.baseline, &self.data.outcome, times, &splits)
    }

    /// Why a part is `null`.
    fn reasons(&self, empty: &[String]) -> IndexMap<String, String> {
        let mut reasons = IndexMap::new();
        if let Some(reason) = self.reliability_reason {
            reasons.insert("reliability".to_owned(), reason.to_owned());
        }
        if self.fitted.transform.combat.is_none() {
            let reason = self
                .fitted
                .transform
                .unharmonized
                .unwrap_or("the study file has no `harmonization`");
            reasons.insert("harmonization".to_owned(), reason.to_owned());
        }
        if self.study.file.survival.is_none() {
            reasons.insert(
                "survival".to_owned(),
                "the study file has no `survival`".to_owned(),
            );
        }
        for model in empty {
            let reason = match model.as_str() {
                "clinical" => self.fitted.clinical.reason.clone(),
                "nomogram" => self.fitted.nomogram.reason.clone(),
                _ => Some(models::EMPTY_SIGNATURE.to_owned()),
            };
            reasons.insert(
                format!("performance.{model}"),
                format!(
                    "the model is empty and says the same of everyone: {}",
                    reason.unwrap_or_default()
                ),
            );
        }
        reasons
    }
}

//! `model.json`: the final models with everything that is needed to apply them.

mod fitted;
mod read;

use indexmap::IndexMap;
use radiome_features::{Protocol, SettingsError};
use radiome_stats::harmonization::combat::Combat;
use serde::{Deserialize, Serialize};

pub use read::ModelError;

use crate::correction::Correction;
use crate::evaluation::{Evidence, nomogram_points};
use crate::extract::{Plane, Processing, Suv};
use crate::pipeline::{ClinicalImputation, ClinicalValues, FitError, Regression, Signature, Term};
use crate::study::{SequencePlan, StudyFeatures};

/// The form of `model.json` that this version writes and reads.
pub const FORMAT: u32 = 2;

/// The form of a model that says more of its images than a parameter file: what reads [`FORMAT`]
/// alone would pass over that in silence.
pub const FORMAT_CORRECTED: u32 = 3;

/// Everything that a final model needs to be applied to a new patient.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// Form of the file; see [`FORMAT`].
    pub format: u32,
    /// Version of radiome that wrote it.
    pub radiome: String,
    /// Name of the study.
    pub study: String,
    /// Column and positive value of the outcome.
    pub outcome: [String; 2],
    /// Name of the study's own contours among the readings of `features.csv`.
    pub reading: String,
    /// How the features of each sequence are computed; empty where they came from tables.
    pub sequences: IndexMap<String, ModelSequence>,
    /// The features that go on after the filters, in the order of the next lists.
    pub features: Vec<String>,
    /// Column of the scanner; `null` where nothing is harmonised.
    pub batch: Option<String>,
    /// Patients of each scanner whose features the harmonisation saw.
    pub batches: IndexMap<String, usize>,
    /// Scanner effects over these features; `null` where nothing is harmonised.
    pub combat: Option<Combat>,
    /// How the covariates whose effect the harmonisation keeps become columns of its design, in the
    /// order of the coefficients in `combat`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<Term>,
    /// What happens to an unseen scanner: `none`, `own` or `error`.
    pub unseen: Option<String>,
    /// Mean of each feature after harmonisation.
    pub mean: Vec<Option<f64>>,
    /// Standard deviation (n - 1) of each; `null` for a feature that no longer varies.
    pub standard_deviation: Vec<Option<f64>>,
    /// Smallest and largest value of each in training, after harmonisation.
    pub training_range: Vec<[Option<f64>; 2]>,
    /// The signatures.
    pub signatures: IndexMap<String, ModelSignature>,
    /// The clinical model; `null` for an empty one.
    pub clinical: Option<ModelRegression>,
    /// What is expected of each clinical candidate given the others, where a patient lacks it;
    /// left out where missing values are not imputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imputation: Option<ClinicalImputation>,
    /// Smallest and largest training value of each number among the clinical variables.
    pub clinical_range: IndexMap<String, [f64; 2]>,
    /// The nomogram; `null` if there is none.
    pub nomogram: Option<ModelRegression>,
    /// Its points; `null` where it is not drawn.
    pub points: Option<ModelPoints>,
    /// Log-odds of the training prevalence: what an empty model says.
    pub intercept_only: f64,
    /// Cut-offs on the probability.
    pub cutoff: IndexMap<String, Option<f64>>,
}

/// How the features of a sequence are computed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelSequence {
    /// Label of the region, where the study names one.
    pub label: Option<String>,
    /// The parameter file, as text; empty for PyRadiomics' defaults.
    pub params: String,
    /// Whose definitions of the features: `PyRadiomics` or `IBSI`.
    pub definitions: String,
    /// The settings as `diagnostics_Configuration_Settings` of a feature table writes them; `null`
    /// where the parameter file turns diagnostics off.
    pub settings: Option<String>,
    /// Smallest and largest spacing of the training images along x, y and z, in mm; `null` where it
    /// is not known.
    pub spacing: Option<[[f64; 2]; 3]>,
    /// `2d`: computed slice by slice, resampled within the slices alone, beside what `params` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plane: Option<Plane>,
    /// Units of PET that an image, a DICOM series, is brought into first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suv: Option<Suv>,
    /// Corrections of intensity, in their order, before anything in `params`.
    #[serde(default, skip_serializing_if = "Correction::is_empty")]
    pub correction: Correction,
}

impl ModelSequence {
    /// What is done with an image, from file to features.
    ///
    /// # Errors
    /// Settings in `params` that cannot be followed.
    pub fn processing(&self) -> Result<Processing, SettingsError> {
        Ok(Processing {
            protocol: crate::extract::protocol(&self.params, self.plane)?,
            suv: self.suv,
            correction: self.correction.clone(),
        })
    }

    /// How images are changed before the steps of the parameter file, as a table of features
    /// records it; empty where they are not.
    #[must_use]
    pub fn record(&self) -> String {
        crate::extract::record(self.suv, &self.correction)
    }
}

/// A signature: `rad_score = intercept + sum(coefficient * (value - mean) / standard_deviation)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelSignature {
    /// Intercept.
    pub intercept: f64,
    /// Coefficients by feature; empty for an empty signature.
    pub coefficients: IndexMap<String, f64>,
    /// Smallest and largest rad-score of the training patients.
    pub training_range: [f64; 2],
}

/// A logistic regression: `logit(probability) = intercept + sum(coefficient * value)`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelRegression {
    /// Intercept.
    pub intercept: f64,
    /// Coefficients by design column: a signature, a variable, or `variable=level`.
    pub coefficients: IndexMap<String, f64>,
    /// How the clinical variables become design columns.
    pub clinical: Vec<Term>,
    /// Covariance of the intercept and the coefficients, in this order; `null` where it is not
    /// defined.
    #[serde(default)]
    pub covariance: Option<Vec<Vec<f64>>>,
    /// Whether the fit is Firth's, because the training data are separated.
    #[serde(default)]
    pub firth: bool,
}

/// Points of the nomogram: `points_per_unit * (effect - least_effect)` for the effect, coefficient
/// times value, of a variable.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelPoints {
    /// Points for one unit of the linear predictor.
    pub points_per_unit: f64,
    /// Linear predictor at 0 points.
    pub linear_predictor_at_zero: f64,
    /// The axis of each variable.
    pub axes: IndexMap<String, ModelAxis>,
}

/// An axis of the nomogram.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ModelAxis {
    /// The smallest effect on the axis, which has 0 points.
    pub least_effect: f64,
    /// The marks on it: what is written there, and the points.
    pub marks: IndexMap<String, f64>,
}

impl ModelRegression {
    fn of(regression: &Regression) -> Self {
        let coefficients = regression.terms.iter();
        Self {
            intercept: regression.intercept,
            coefficients: coefficients
                .map(|term| (term.name.clone(), term.coef))
                .collect(),
            clinical: regression.clinical.clone(),
            covariance: regression.covariance.clone(),
            firth: regression.is_separated() && regression.covariance.is_some(),
        }
    }
}

impl Model {
    /// The clinical values that are asked for: those of the regressions and those that tell of a
    /// missing one, then the covariates of the harmonisation that are not among them.
    #[must_use]
    pub fn clinical_inputs(&self) -> Vec<&Term> {
        added(self.clinical_columns(), &self.covariates)
    }

    /// The clinical columns that the fitted models look at: those of the regressions, then those
    /// that tell what to expect of a missing one.
    #[must_use]
    pub fn clinical_columns(&self) -> Vec<&Term> {
        let others = self.imputation.as_ref();
        added(self.terms(), others.map_or(&[], |one| &one.terms))
    }

    /// The final models of a study.
    ///
    /// # Errors
    /// A training row that ComBat cannot take.
    pub fn of(evidence: &Evidence<'_>, features: &StudyFeatures) -> Result<Self, FitError> {
        let (study, fitted) = (evidence.study, evidence.fitted);
        let transform = &fitted.transform;
        let training = evidence.data.rows(evidence.train);
        let range = transform.training_range(&training)?;
        let name = |place: usize| evidence.columns[transform.columns[place]].name.clone();
        let signature = |signature: &Signature| {
            let coefficients = signature.coefficients.iter();
            let scores = &evidence.predictions.models[&signature.model].score;
            let model = ModelSignature {
                intercept: signature.intercept,
                coefficients: coefficients.map(|&(place, c)| (name(place), c)).collect(),
                training_range: extent(evidence.train.iter().map(|&row| scores[row]))
                    .unwrap_or([signature.intercept; 2]),
            };
            (signature.model.clone(), model)
        };
        let sequences = study.sequences.iter().enumerate();
        let rule = study.file.harmonization.as_ref();
        let nomogram = fitted.nomogram.model.as_ref();
        let sequences: IndexMap<String, ModelSequence> = sequences
            .map(|(number, plan)| {
                let found = sequence(plan, number, evidence.train, features);
                (plan.name.clone(), found)
            })
            .collect();
        let plain = sequences
            .values()
            .all(|one| one.record().is_empty() && one.plane.is_none());
        Ok(Self {
            format: if plain { FORMAT } else { FORMAT_CORRECTED },
            radiome: env!("CARGO_PKG_VERSION").to_owned(),
            study: study.file.name.clone(),
            outcome: [
                study.file.outcome.column.clone(),
                study.file.outcome.positive.to_string(),
            ],
            reading: study.first_reading.clone(),
            sequences,
            features: (0..transform.columns.len()).map(name).collect(),
            batch: rule.map(|rule| rule.batch.clone()),
            batches: transform.batches.iter().cloned().collect(),
            combat: transform.combat.clone(),
            covariates: transform.covariates.clone(),
            unseen: rule.map(|rule| rule.unseen.name().to_owned()),
            mean: transform.mean.iter().copied().map(finite).collect(),
            standard_deviation: transform
                .standard_deviation
                .iter()
                .copied()
                .map(finite)
                .collect(),
            training_range: range.into_iter().map(|ends| ends.map(finite)).collect(),
            signatures: fitted.signatures.iter().map(signature).collect(),
            clinical: fitted.clinical.model.as_ref().map(ModelRegression::of),
            imputation: fitted.imputation.clone(),
            clinical_range: clinical_range(evidence),
            nomogram: nomogram.map(ModelRegression::of),
            points: nomogram.and_then(|regression| points(evidence, regression)),
            intercept_only: fitted.nomogram.intercept_only,
            cutoff: fitted.cutoffs.clone(),
        })
    }
}

/// The terms, and those of others whose variable is not among them.
fn added<'a>(mut terms: Vec<&'a Term>, others: &'a [Term]) -> Vec<&'a Term> {
    for term in others {
        let variable = term.variable();
        if terms.iter().all(|known| known.variable() != variable) {
            terms.push(term);
        }
    }
    terms
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Smallest and largest of the finite values.
fn extent(values: impl Iterator<Item = f64>) -> Option<[f64; 2]> {
    values
        .filter(|value| value.is_finite())
        .map(|value| [value; 2])
        .reduce(|[low, high], [value, _]| [low.min(value), high.max(value)])
}

/// A sequence with what the images of the training patients showed.
fn sequence(
    plan: &SequencePlan,
    number: usize,
    train: &[usize],
    features: &StudyFeatures,
) -> ModelSequence {
    let diagnostic = |row: usize, wanted: &str| {
        let entries = features.diagnostics.get(row)?.get(number)?;
        let found = entries.iter().find(|(name, _)| name == wanted);
        found.map(|(_, text)| text.as_str())
    };
    let spacings: Vec<[f64; 3]> = train
        .iter()
        .filter_map(|&row| spacing(diagnostic(row, SPACING)?))
        .collect();
    let along = |axis: usize| extent(spacings.iter().map(|spacing| spacing[axis]));
    let settings = train.iter().find_map(|&row| diagnostic(row, SETTINGS));
    ModelSequence {
        label: plan.label.clone(),
        params: plan.params_text.clone(),
        definitions: match plan.protocol {
            Protocol::PyRadiomics(_) => "PyRadiomics",
            Protocol::Ibsi(_) => "IBSI",
        }
        .to_owned(),
        settings: settings.map(str::to_owned),
        spacing: match [along(0), along(1), along(2)] {
            [Some(x), Some(y), Some(z)] => Some([x, y, z]),
            _ => None,
        },
        plane: plan.plane,
        suv: plan.suv,
        correction: plan.correction.clone(),
    }
}

/// The diagnostic that holds the spacing of the image as it was read.
pub const SPACING: &str = "diagnostics_Image-original_Spacing";
/// The diagnostic that holds the settings.
pub const SETTINGS: &str = "diagnostics_Configuration_Settings";

/// The three numbers of a text such as `(0.5, 0.5, 3.0)`.
#[must_use]
pub fn spacing(text: &str) -> Option<[f64; 3]> {
    let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let numbers: Vec<f64> = inside
        .split(',')
        .map(|number| number.trim().parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// Training range of the numbers among the variables of the clinical model and the nomogram.
fn clinical_range(evidence: &Evidence<'_>) -> IndexMap<String, [f64; 2]> {
    let fitted = evidence.fitted;
    let models = fitted.clinical.model.iter().chain(&fitted.nomogram.model);
    let terms = models.flat_map(|model| &model.clinical);
    let mut ranges = IndexMap::new();
    for term in terms {
        let column = evidence.data.clinical.iter();
        let mut column = column.filter(|column| column.name == term.variable());
        if let Some(ClinicalValues::Number(values)) = column.next().map(|column| &column.values)
            && let Some(range) = extent(evidence.train.iter().map(|&row| values[row]))
        {
            ranges.insert(term.variable().to_owned(), range);
        }
    }
    ranges
}

fn points(evidence: &Evidence<'_>, regression: &Regression) -> Option<ModelPoints> {
    let drawn = nomogram_points(evidence, regression).ok()?;
    let axes = drawn.axes.iter().map(|axis| {
        let marks = axis.marks.iter();
        let axis_of_model = ModelAxis {
            least_effect: axis.least_effect,
            marks: marks
                .map(|mark| (mark.label.clone(), mark.points))
                .collect(),
        };
        (axis.name.clone(), axis_of_model)
    });
    Some(ModelPoints {
        points_per_unit: drawn.points_per_unit,
        linear_predictor_at_zero: drawn.linear_predictor_at_zero,
        axes: axes.collect(),
    })
}

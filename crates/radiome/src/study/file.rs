//! The study file: what was written, key by key, before any of it is checked against the data.

use indexmap::IndexMap;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::missing::{self, MissingValues};
use super::perturbations::Perturbations;
use super::{StudyError, SurvivalSettings};
use crate::correction::WrittenStep;
use crate::extract::{Plane, Suv};

/// `study.yaml`, as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyFile {
    /// What the study is called in its report.
    pub name: String,
    /// Where every chance step starts.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// How resampling is meant.
    #[serde(default)]
    pub mode: Mode,
    /// Clinical tables, joined on their id columns.
    pub tables: Vec<TableSource>,
    /// What is predicted.
    pub outcome: OutcomeColumn,
    /// Time and event of a survival endpoint.
    pub survival: Option<SurvivalSettings>,
    /// Which patients train and which are external; left out: all train.
    pub split: Option<SplitColumn>,
    /// The image sequences, in the order of the file.
    #[serde(default)]
    pub sequences: IndexMap<String, SequenceSource>,
    /// Feature tables instead of images, one or several.
    #[serde(default, deserialize_with = "one_or_several")]
    pub features: Vec<FeatureTable>,
    /// Repeated contours and the rule that a feature must meet on them.
    pub reliability: Option<Reliability>,
    /// Signs that two readers read, such as oedema.
    #[serde(default)]
    pub reader_agreement: Vec<ReadSign>,
    /// What is done about scanners.
    pub harmonization: Option<Harmonization>,
    /// How features are ranked before the LASSO.
    #[serde(default)]
    pub selection: Selection,
    /// How the rad-score is fitted.
    #[serde(default)]
    pub signature: SignatureSettings,
    /// Which clinical columns may enter the clinical model.
    #[serde(default)]
    pub clinical: ClinicalSettings,
    /// What the nomogram is made of.
    #[serde(default)]
    pub nomogram: NomogramSettings,
    /// How often the whole pipeline is refitted.
    #[serde(default)]
    pub validation: ValidationSettings,
    /// What the signatures are held against.
    #[serde(default = "default_controls")]
    pub controls: Vec<ControlKind>,
    /// Columns within whose values the models are judged.
    #[serde(default)]
    pub subgroups: Vec<String>,
    /// The column of the diagnosis, counted by split and outcome in the report.
    pub histology: Option<String>,
    /// The column of the clinical stage, compared and combined with the nomogram for survival.
    pub stage: Option<String>,
}

fn default_seed() -> u64 {
    1
}

/// Something simpler that a signature must beat.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// The volume of the tumour alone.
    Volume,
    /// The same steps on images whose voxels were shuffled inside the contour. Every image is
    /// computed once more.
    ShuffledVoxels,
}

fn default_controls() -> Vec<ControlKind> {
    vec![ControlKind::Volume]
}

impl ControlKind {
    /// The word in the study file and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Volume => "volume",
            Self::ShuffledVoxels => "shuffled_voxels",
        }
    }
}

/// How the analysis treats resampling.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Everything learnt is learnt again inside every resample.
    #[default]
    Honest,
    /// The order of published papers: learnt once, on all training patients; nothing is resampled.
    AsPublished,
}

/// One clinical table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSource {
    /// CSV, TSV or XLSX; `${NAME}` is an environment variable.
    pub file: String,
    /// The column that names the patient.
    pub id: String,
}

/// The column to predict and its positive value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeColumn {
    /// Column name.
    pub column: String,
    /// The value that counts as positive.
    #[serde(default = "default_positive")]
    pub positive: Scalar,
}

fn default_positive() -> Scalar {
    Scalar::Number(1.0)
}

/// A number or a word, as a table cell may hold either.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Scalar {
    /// A number.
    Number(f64),
    /// A truth value.
    Truth(bool),
    /// Anything else.
    Text(String),
}

impl Scalar {
    /// Whether a table cell holds this value; numbers are compared as numbers.
    #[must_use]
    pub fn matches(&self, cell: &str) -> bool {
        match self {
            Self::Number(number) => cell.trim().parse() == Ok(*number),
            Self::Truth(truth) => cell.trim().eq_ignore_ascii_case(&truth.to_string()),
            Self::Text(text) => cell.trim() == text,
        }
    }
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// The column that divides training from external patients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitColumn {
    /// Column name.
    pub column: String,
    /// Values of the training patients.
    pub train: Vec<Scalar>,
    /// Values of the external patients.
    #[serde(default)]
    pub external: Vec<Scalar>,
}

/// Where the images of one sequence are and how its features are computed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SequenceSource {
    /// Path with `{id}` for the patient.
    pub image: String,
    /// Path of the mask with `{id}` for the patient.
    pub mask: String,
    /// Label of the region, by number or name.
    pub label: Option<Scalar>,
    /// PyRadiomics parameter file, or a profile of the IBSI such as `ibsi:mr`; PyRadiomics' defaults
    /// when left out.
    pub params: Option<String>,
    /// `2d`: slice by slice, resampled within the slices alone.
    pub plane: Option<Plane>,
    /// Units of PET that the images, DICOM series, are brought into first.
    pub suv: Option<Suv>,
    /// Corrections of intensity, in their order, before anything that the parameter file says.
    #[serde(default)]
    pub correct: Vec<WrittenStep>,
}

/// A table of features that PyRadiomics, radiome or another program wrote.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureTable {
    /// CSV, TSV or XLSX; `${NAME}` is an environment variable.
    pub file: String,
    /// The column that names the patient; left out: the first of `ID`, `id`, `PatientID`,
    /// `patient_id`.
    pub id: Option<String>,
    /// The column that names the reading, in a table with a row for each patient and reading.
    pub reading: Option<String>,
    /// The sequence that the columns belong to; left out: what stands before the first `_` of each
    /// column's name.
    pub sequence: Option<String>,
    /// Which columns are features, by name or pattern; left out: every column of numbers.
    #[serde(default)]
    pub columns: Vec<String>,
}

/// One table, or a list of tables.
fn one_or_several<'de, D: Deserializer<'de>>(read: D) -> Result<Vec<FeatureTable>, D::Error> {
    struct Tables;

    impl<'de> Visitor<'de> for Tables {
        type Value = Vec<FeatureTable>;

        fn expecting(&self, text: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            text.write_str("a table, as in {file: features.csv, id: ID}, or a list of tables")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            let table = FeatureTable::deserialize(MapAccessDeserializer::new(map))?;
            Ok(vec![table])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }

    read.deserialize_any(Tables)
}

/// Repeated contours.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reliability {
    /// Which readings are compared.
    pub readings: Option<ReadingPairs>,
    /// For each further reading, the mask of each sequence, with `{id}` for the patient.
    #[serde(default)]
    pub files: IndexMap<String, IndexMap<String, String>>,
    /// Where the study starts from `features`: tables of further readings, with a `reading` column.
    #[serde(default, deserialize_with = "one_or_several")]
    pub tables: Vec<FeatureTable>,
    /// Form of the intraclass correlation; left out: ICC(2,1) of readings, ICC(1,1) of
    /// perturbations alone.
    pub form: Option<IccForm>,
    /// A feature is kept when its ICC exceeds this in every comparison.
    #[serde(default = "default_threshold")]
    pub threshold: f64,
    /// Whether the estimate or its lower 95 % limit must exceed the threshold.
    #[serde(default)]
    pub bound: IccBound,
    /// Perturbed images and contours in place of readers, or beside them.
    pub perturbations: Option<Perturbations>,
}

impl Reliability {
    /// The form of the intraclass correlation: perturbations of an image are drawn anew for each
    /// patient, so no perturbation is the same reader for several of them.
    #[must_use]
    pub fn icc_form(&self) -> IccForm {
        let alone = self.perturbations.is_some() && self.readings.is_none();
        self.form.unwrap_or(if alone {
            IccForm::Icc1_1
        } else {
            IccForm::Icc2_1
        })
    }
}

fn default_threshold() -> f64 {
    0.75
}

/// Which two readings make each comparison.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingPairs {
    /// One reader twice.
    pub intra: Option<[String; 2]>,
    /// Two readers.
    pub inter: Option<[String; 2]>,
}

/// Forms of the ICC (Shrout and Fleiss 1979).
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum IccForm {
    #[serde(rename = "icc1_1")]
    Icc1_1,
    #[serde(rename = "icc2_1")]
    Icc2_1,
    #[serde(rename = "icc3_1")]
    Icc3_1,
}

/// What is held against the ICC threshold.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum IccBound {
    /// The point estimate.
    #[default]
    Estimate,
    /// The lower 95 % confidence limit.
    Lower,
}

/// A sign that two readers read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadSign {
    /// Name of the sign: the column that the study uses. Where no table has it, it holds the
    /// consensus, or the first reader's value.
    pub column: String,
    /// The columns of the two readers.
    pub readers: [String; 2],
    /// The column of the value that they agreed on; left out: `column`, if a table has it.
    pub consensus: Option<String>,
    /// The levels in their order, for weighted kappa; left out: numbers have theirs, words none.
    #[serde(default)]
    pub levels: Vec<Scalar>,
}

impl ReadSign {
    /// The levels as text.
    #[must_use]
    pub fn levels(&self) -> Vec<String> {
        self.levels.iter().map(Scalar::to_string).collect()
    }
}

/// What is done about scanners.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Harmonization {
    /// Only `combat`.
    pub method: HarmonizationMethod,
    /// The column that names the scanner.
    pub batch: String,
    /// Columns of the clinical tables whose effect on the features is kept.
    #[serde(default)]
    pub covariates: Vec<String>,
    /// Rows on which the scanner effects are estimated.
    #[serde(default)]
    pub fit: HarmonizationFit,
    /// What happens to a scanner that training never saw.
    #[serde(default)]
    pub unseen: UnseenBatch,
}

/// Ways to harmonise.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum HarmonizationMethod {
    /// ComBat (Johnson, Li and Rabinovic 2007).
    Combat,
}

/// Rows on which scanner effects are estimated.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum HarmonizationFit {
    /// The training rows of each resample.
    #[default]
    Training,
    /// All patients at once, training and external, without their outcome; only as published.
    Pooled,
}

/// What happens to a scanner that training never saw.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum UnseenBatch {
    /// Its values stay as they are, with a warning.
    #[default]
    None,
    /// Its effect is estimated from its own rows, without their outcome.
    Own,
    /// The study stops.
    Error,
}

/// How features are ranked before the LASSO.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Only `mrmr`.
    #[serde(default)]
    pub method: SelectionMethod,
    /// Number of features kept.
    #[serde(default = "default_k")]
    pub k: usize,
    /// How relevance and redundancy are put together.
    #[serde(default)]
    pub scheme: Scheme,
}

fn default_k() -> usize {
    30
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            method: SelectionMethod::Mrmr,
            k: default_k(),
            scheme: Scheme::Difference,
        }
    }
}

/// Ways to rank features.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SelectionMethod {
    /// Minimum redundancy, maximum relevance.
    #[default]
    Mrmr,
}

/// The mRMR criterion.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Relevance less mean redundancy.
    #[default]
    Difference,
    /// Relevance over mean redundancy.
    Quotient,
}

/// How the rad-score is fitted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignatureSettings {
    /// 1 for the LASSO, less for an elastic net.
    pub alpha: f64,
    /// Number of cross-validation folds, or the column that holds them.
    pub folds: Folds,
    /// Which lambda of the cross-validation is taken.
    pub lambda: LambdaRule,
}

impl Default for SignatureSettings {
    fn default() -> Self {
        Self {
            alpha: 1.0,
            folds: Folds::Count(10),
            lambda: LambdaRule::Min,
        }
    }
}

/// A number of folds, or a column of fold numbers.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(
    untagged,
    expecting = "`signature.folds` is a whole number, or the name of a column that holds the folds"
)]
pub enum Folds {
    /// So many folds, stratified by outcome.
    Count(usize),
    /// The folds written in this column.
    Column(String),
}

/// Which lambda of the cross-validation is taken.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum LambdaRule {
    /// The smallest mean deviance.
    #[default]
    #[serde(rename = "min")]
    Min,
    /// The largest lambda within one standard error of it.
    #[serde(rename = "1se")]
    OneSe,
}

/// Which clinical columns may enter the clinical model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClinicalSettings {
    /// Columns known before treatment.
    pub candidates: Vec<String>,
    /// Significance level of the univariate and of the multivariate step.
    pub p: f64,
    /// Columns that would be refused by their name or content, and are meant all the same.
    pub allow: Vec<String>,
    /// What is done where a value is missing; left out: complete cases.
    #[serde(deserialize_with = "missing::word_or_settings")]
    pub missing: Option<MissingValues>,
}

impl Default for ClinicalSettings {
    fn default() -> Self {
        Self {
            candidates: Vec::new(),
            p: 0.05,
            allow: Vec::new(),
            missing: None,
        }
    }
}

/// What the nomogram is made of.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NomogramSettings {
    /// Signatures by their model name, and `clinical` for the terms of the clinical model.
    /// Left out: the combined (or only) signature and the clinical terms.
    pub include: Vec<String>,
}

/// How often the whole pipeline is refitted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidationSettings {
    /// Repeats of the cross-validation.
    pub repeats: usize,
    /// Folds of each repeat, stratified by outcome.
    pub folds: usize,
    /// Bootstrap samples for the optimism; 0 for none.
    pub bootstrap: usize,
}

impl Default for ValidationSettings {
    fn default() -> Self {
        Self {
            repeats: 10,
            folds: 5,
            bootstrap: 500,
        }
    }
}

impl StudyFile {
    /// Reads the text of a study file.
    ///
    /// # Errors
    /// What is wrong and on which line; for an unknown key, the nearest known one.
    pub fn from_yaml(text: &str) -> Result<Self, StudyError> {
        serde_saphyr::from_str_with_options(text, radiome_features::yaml_limits())
            .map_err(|error| StudyError::from_yaml_error(&error, text))
    }
}

impl Mode {
    /// The word in the study file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::AsPublished => "as_published",
        }
    }
}

impl HarmonizationFit {
    /// The word in the study file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Pooled => "pooled",
        }
    }
}

impl UnseenBatch {
    /// The word in the study file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Own => "own",
            Self::Error => "error",
        }
    }
}

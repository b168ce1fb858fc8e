//! Corrections as a study file writes them: a word where nothing else is to be said, or a word with
//! its settings.
//!
//! ```yaml
//! correct: [{n4: {shrink: 4, levels: 4, iterations: 50}}, {clip: [0.5, 99.5]}, {zscore: region}]
//! ```

use std::fmt;
use std::path::{Path, PathBuf};

use radiome_image::correct::{N4, NyulStandard};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Correction, Step, Voxels};

/// The percentiles that values are clipped at unless others are written.
const PERCENTILES: [f64; 2] = [1.0, 99.0];

/// A step as written.
#[derive(Clone, Debug)]
pub enum WrittenStep {
    /// The bias field.
    N4(WrittenN4),
    /// Mean and standard deviation.
    ZScore(WrittenZScore),
    /// Two percentiles.
    Clip(WrittenClip),
    /// A standard scale.
    Nyul(WrittenNyul),
}

/// The words of the steps.
const WORDS: &[&str] = &["n4", "zscore", "clip", "nyul"];

/// A region of voxels by a word.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MaskWord {
    Body,
    Region,
}

/// A label as a number or a name.
#[derive(Clone, Debug)]
struct LabelText(String);

/// Settings of N4.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WrittenN4 {
    mask: Option<MaskWord>,
    label: Option<LabelText>,
    shrink: Option<usize>,
    levels: Option<usize>,
    iterations: Option<Iterations>,
    convergence: Option<f64>,
    bins: Option<usize>,
    noise: Option<f64>,
    fwhm: Option<f64>,
    control_points: Option<usize>,
}

/// Most steps of each level, or of all alike.
#[derive(Clone, Debug)]
enum Iterations {
    Alike(usize),
    Each(Vec<usize>),
}

/// Settings of the z-score.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WrittenZScore {
    mask: Option<MaskWord>,
    label: Option<LabelText>,
}

/// Settings of clipping.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WrittenClip {
    mask: Option<MaskWord>,
    label: Option<LabelText>,
    percentiles: Option<[f64; 2]>,
}

/// Settings of Nyúl's method.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WrittenNyul {
    mask: Option<MaskWord>,
    label: Option<LabelText>,
    landmarks: Option<String>,
}

impl WrittenStep {
    /// What the step means. `path` gives the file behind the name of a scale.
    fn meant(&self, path: &mut dyn FnMut(&str) -> PathBuf) -> Result<Step, String> {
        match self {
            Self::N4(written) => written.meant(),
            Self::ZScore(written) => Ok(Step::ZScore {
                mask: voxels("zscore", written.mask, written.label.as_ref())?,
            }),
            Self::Clip(written) => Ok(Step::Clip {
                mask: voxels("clip", written.mask, written.label.as_ref())?,
                percentiles: written.percentiles.unwrap_or(PERCENTILES),
            }),
            Self::Nyul(written) => {
                let mask = voxels("nyul", written.mask, written.label.as_ref())?;
                let Some(file) = &written.landmarks else {
                    return Ok(Step::Nyul {
                        mask,
                        standard: None,
                        file: None,
                    });
                };
                let path = path(file);
                let name = path.file_name().unwrap_or(path.as_os_str());
                Ok(Step::Nyul {
                    mask,
                    standard: Some(standard(&path)?),
                    file: Some(name.to_string_lossy().into_owned()),
                })
            }
        }
    }
}

impl Correction {
    /// What written steps mean, all problems at once. `path` gives the file behind the name of a
    /// scale.
    ///
    /// # Errors
    /// Every step that cannot be done, in words.
    pub fn of_written(
        steps: &[WrittenStep],
        path: &mut dyn FnMut(&str) -> PathBuf,
    ) -> Result<Self, Vec<String>> {
        let (mut meant, mut problems) = (Vec::new(), Vec::new());
        for step in steps {
            match step.meant(path) {
                Ok(step) => {
                    if let Err(error) = step.check() {
                        problems.push(format!("{}: {error}", step.name()));
                    }
                    meant.push(step);
                }
                Err(problem) => problems.push(problem),
            }
        }
        let place = |name: &str| meant.iter().position(|step: &Step| step.name() == name);
        let last_n4 = meant.iter().rposition(|step| step.name() == "n4");
        if let (Some(z_score), Some(n4)) = (place("zscore"), last_n4)
            && z_score < n4
        {
            problems.push(
                "n4 stands after zscore, whose values lie on both sides of 0, and works on \
                 logarithms: write n4 first"
                    .to_owned(),
            );
        }
        if problems.is_empty() {
            Ok(Self { steps: meant })
        } else {
            Err(problems)
        }
    }
}

impl Correction {
    /// Corrections as they are written on one line, as in `n4` or `[n4, {clip: [0.5, 99.5]}]`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let list = match text.starts_with('[') {
            true => text.to_owned(),
            false => format!("[{text}]"),
        };
        let written: Vec<WrittenStep> = serde_saphyr::from_str(&list).map_err(|error| {
            let told = error.without_snippet().to_string();
            told.split(" at line ").next().unwrap_or(&told).to_owned()
        })?;
        Self::of_written(&written, &mut |file| file.into()).map_err(|found| found.join("; "))
    }
}

impl WrittenN4 {
    fn meant(&self) -> Result<Step, String> {
        let usual = N4::default();
        let levels = self.levels.unwrap_or(usual.iterations.len());
        if !(1..=8).contains(&levels) {
            return Err(format!("n4: `levels` is {levels}: write 1 to 8"));
        }
        let iterations = match &self.iterations {
            None => vec![usual.iterations.first().copied().unwrap_or(50); levels],
            Some(Iterations::Alike(most)) => vec![*most; levels],
            Some(Iterations::Each(each)) if self.levels.is_none_or(|n| n == each.len()) => {
                each.clone()
            }
            Some(Iterations::Each(each)) => {
                return Err(format!(
                    "n4: `levels` is {levels}, and `iterations` has {} numbers: write one for each \
                     level, or one number for all",
                    each.len()
                ));
            }
        };
        let settings = N4 {
            shrink: self.shrink.unwrap_or(usual.shrink),
            iterations,
            convergence: self.convergence.unwrap_or(usual.convergence),
            bins: self.bins.unwrap_or(usual.bins),
            wiener_noise: self.noise.unwrap_or(usual.wiener_noise),
            fwhm: self.fwhm.unwrap_or(usual.fwhm),
            control_points: self.control_points.unwrap_or(usual.control_points),
        };
        let mask = voxels("n4", self.mask, self.label.as_ref())?;
        Ok(Step::n4(mask, settings))
    }
}

fn voxels(step: &str, mask: Option<MaskWord>, label: Option<&LabelText>) -> Result<Voxels, String> {
    match (mask, label) {
        (Some(_), Some(_)) => Err(format!(
            "{step}: `mask` and `label` both say which voxels count: leave one out"
        )),
        (_, Some(LabelText(label))) => Ok(Voxels::Label(label.clone())),
        (Some(MaskWord::Region), None) => Ok(Voxels::Region),
        (Some(MaskWord::Body) | None, None) => Ok(Voxels::Body),
    }
}

/// Reads a scale that `radiome correct --method nyul --standard-out` wrote.
fn standard(path: &Path) -> Result<NyulStandard, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("nyul: cannot read the scale {shown}: {}", error.kind()))?;
    let made = "make it with `radiome correct --method nyul --train CASES.csv --standard-out FILE`";
    serde_json::from_str(&text)
        .map_err(|error| format!("nyul: {shown} is no scale: {error}; {made}"))
}

impl<'de> Deserialize<'de> for WrittenStep {
    fn deserialize<D: Deserializer<'de>>(read: D) -> Result<Self, D::Error> {
        read.deserialize_any(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = WrittenStep;

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("a correction, as in n4, {zscore: region} or {clip: [1, 99]}")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<WrittenStep, E> {
        Ok(match word {
            "n4" => WrittenStep::N4(WrittenN4::default()),
            "zscore" => WrittenStep::ZScore(WrittenZScore::default()),
            "clip" => WrittenStep::Clip(WrittenClip::default()),
            "nyul" => WrittenStep::Nyul(WrittenNyul::default()),
            other => return Err(E::unknown_variant(other, WORDS)),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenStep, A::Error> {
        let Some(word) = map.next_key::<String>()? else {
            return Err(A::Error::custom(
                "a correction is empty: write n4, zscore, clip or nyul",
            ));
        };
        let step = match word.as_str() {
            "n4" => WrittenStep::N4(map.next_value::<Option<_>>()?.unwrap_or_default()),
            "zscore" => {
                let written = map.next_value::<Option<Short<WrittenZScore>>>()?;
                WrittenStep::ZScore(written.map(|short| short.0).unwrap_or_default())
            }
            "clip" => {
                let written = map.next_value::<Option<Short<WrittenClip>>>()?;
                WrittenStep::Clip(written.map(|short| short.0).unwrap_or_default())
            }
            "nyul" => WrittenStep::Nyul(map.next_value::<Option<_>>()?.unwrap_or_default()),
            other => return Err(A::Error::unknown_variant(other, WORDS)),
        };
        match map.next_key::<String>()? {
            None => Ok(step),
            Some(other) => Err(A::Error::custom(format!(
                "`{other}` stands beside `{word}` in one correction: write a list, as in [{word}, {other}]"
            ))),
        }
    }
}

/// Settings that have a short form.
struct Short<T>(T);

/// What the short form of some settings may be.
trait ShortForm: Sized {
    /// What may be written.
    const EXPECTED: &'static str;

    /// Of a word.
    fn of_word<E: Error>(word: &str) -> Result<Self, E>;

    /// Of a list.
    fn of_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error>;
}

impl ShortForm for WrittenZScore {
    const EXPECTED: &'static str = "body, region, or {label: NAME} for a tissue of the mask file";

    fn of_word<E: Error>(word: &str) -> Result<Self, E> {
        Ok(Self {
            mask: Some(MaskWord::deserialize(StrDeserializer::new(word))?),
            label: None,
        })
    }

    fn of_list<'de, A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom(format!(
            "zscore takes no list but {}",
            Self::EXPECTED
        )))
    }
}

impl ShortForm for WrittenClip {
    const EXPECTED: &'static str = "two percentiles, as in [1, 99]";

    fn of_word<E: Error>(word: &str) -> Result<Self, E> {
        Err(E::custom(format!(
            "clip takes {}, not `{word}`",
            Self::EXPECTED
        )))
    }

    fn of_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        let found: Vec<f64> = Vec::deserialize(SeqAccessDeserializer::new(list))?;
        let percentiles = found.try_into().map_err(|found: Vec<f64>| {
            let n = found.len();
            A::Error::custom(format!("clip takes {}, not {n} numbers", Self::EXPECTED))
        })?;
        Ok(Self {
            percentiles: Some(percentiles),
            ..Self::default()
        })
    }
}

impl<'de, T: ShortForm + Deserialize<'de>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(read: D) -> Result<Self, D::Error> {
        struct Any<T>(std::marker::PhantomData<T>);

        impl<'de, T: ShortForm + Deserialize<'de>> Visitor<'de> for Any<T> {
            type Value = T;

            fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
                text.write_str(T::EXPECTED)
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
                T::of_word(word)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
                T::of_list(list)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        let any = Any(std::marker::PhantomData);
        read.deserialize_any(any).map(Self)
    }
}

impl<'de> Deserialize<'de> for LabelText {
    fn deserialize<D: Deserializer<'de>>(read: D) -> Result<Self, D::Error> {
        struct NumberOrName;

        impl Visitor<'_> for NumberOrName {
            type Value = LabelText;

            fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
                text.write_str("the number or the name of a label")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<LabelText, E> {
                Ok(LabelText(name.to_owned()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<LabelText, E> {
                Ok(LabelText(number.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<LabelText, E> {
                Ok(LabelText(number.to_string()))
            }
        }

        read.deserialize_any(NumberOrName)
    }
}

impl<'de> Deserialize<'de> for Iterations {
    fn deserialize<D: Deserializer<'de>>(read: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Iterations;

            fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
                text.write_str("a whole number of steps, or one for each level, as in [50, 50, 30]")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Iterations, E> {
                let most = usize::try_from(number).map_err(E::custom)?;
                Ok(Iterations::Alike(most))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Iterations, E> {
                let most = usize::try_from(number)
                    .map_err(|_| E::custom(format!("`iterations` is {number}")))?;
                Ok(Iterations::Alike(most))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Iterations, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Iterations::Each)
            }
        }

        read.deserialize_any(OneOrSeveral)
    }
}

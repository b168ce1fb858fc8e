//! Standardised uptake values, by body weight (SUVbw), of PET.
//!
//! SUVbw is the activity in a voxel (Bq/ml) divided by the injected activity for each gram of the
//! patient, both at the time to which the image is corrected: `SUV = activity * weight / dose`.
//! The way from the attributes to that is the vendor-neutral pseudo-code of QIBA (FDG-PET/CT
//! profile 1.13, appendix G):
//!
//! - `BQML`, decay corrected to the `START` of the scan: the dose decays from the injection to the
//!   start of the scan. That is Series Date and Time, unless these are later than an acquisition:
//!   a series that was processed afterwards carries the time of its making. Then it is the time
//!   that GE keeps apart (0009,xx0D), or the start that follows from a frame's reference time:
//!   acquisition time - frame reference time + the time within the frame at which the decaying
//!   count rate has its mean.
//! - `BQML`, corrected to the injection (`ADMIN`): the dose as it is.
//! - `CNTS` of Philips: the factor (7053,xx00), or (7053,xx09), which gives Bq/ml.
//! - `GML`: SUV already; taken as by body weight unless the file says by what else.

use crate::tags::{self, Tag};
use radiome_image::{Image, PixelType};

use crate::attributes::Attributes;
use crate::moment::{moment, seconds, time_of_day};
use crate::object::Object;
use crate::{DicomError, Remark, Series};

const DAY: f64 = 86_400.0;

impl Series {
    /// The image in units of SUV by body weight.
    ///
    /// # Errors
    /// As [`image`](Series::image); [`DicomError::Suv`] where an attribute that is needed is
    /// missing, zero or impossible, or the image is not corrected for attenuation and decay.
    ///
    /// # Examples
    /// ```no_run
    /// let catalog = radiome_dicom::Catalog::scan("pet")?;
    /// for series in catalog.series().iter().filter(|series| series.modality() == "PT") {
    ///     let (suv, _) = series.suv_body_weight()?;
    ///     println!("SUVmax {}", suv.values.iter().copied().fold(0.0, f64::max));
    /// }
    /// # Ok::<(), radiome_dicom::DicomError>(())
    /// ```
    pub fn suv_body_weight(&self) -> Result<(Image, Vec<Remark>), DicomError> {
        let factor = self.suv_factor()?;
        let (mut image, remarks) = self.image()?;
        for value in &mut image.values {
            *value *= factor;
        }
        image.pixel_type = PixelType::F64;
        Ok((image, remarks))
    }

    /// What a value of the image is multiplied by to give SUV by body weight.
    ///
    /// # Errors
    /// As [`suv_body_weight`](Self::suv_body_weight), without reading voxels.
    pub fn suv_factor(&self) -> Result<f64, DicomError> {
        let mut factors = Vec::new();
        let mut earliest = f64::INFINITY;
        let mut headers = Vec::with_capacity(self.instances.len());
        for instance in &self.instances {
            let object = Object::read_header(&instance.source)?;
            earliest = acquired(object.attributes())
                .unwrap_or(earliest)
                .min(earliest);
            headers.push(object);
        }
        for object in &headers {
            let factor = factor(object.attributes(), earliest)?;
            if !factors.contains(&factor) {
                factors.push(factor);
            }
        }
        match factors.as_slice() {
            [factor] => Ok(*factor),
            // Back-computed starts differ by the rounding of the times they come from.
            [first, ..]
                if factors
                    .iter()
                    .all(|other| (other / first - 1.0).abs() < 1e-3) =>
            {
                Ok(*first)
            }
            _ => Err(DicomError::Suv {
                place: self.name(),
                why: "the files of the series differ in dose, weight or times".to_owned(),
            }),
        }
    }
}

/// The start of the acquisition of an object.
fn acquired(a: Attributes<'_>) -> Option<f64> {
    let date = a.text(tags::ACQUISITION_DATE);
    let time = a.text(tags::ACQUISITION_TIME);
    match (date, time) {
        (Some(date), Some(time)) => seconds(&date, &time),
        _ => moment(&a.text(tags::ACQUISITION_DATE_TIME)?),
    }
}

/// The factor of one object; `earliest` is the first acquisition of its series.
fn factor(a: Attributes<'_>, earliest: f64) -> Result<f64, DicomError> {
    let fail = |why: String| DicomError::Suv {
        place: a.place(),
        why,
    };
    let modality = a.text(tags::MODALITY).unwrap_or_default();
    if modality != "PT" {
        return Err(fail(format!("the modality is {modality:?}, not PT")));
    }
    let corrected = a.texts(tags::CORRECTED_IMAGE);
    for (wanted, what) in [("ATTN", "attenuation"), ("DECY", "decay")] {
        if !corrected.iter().any(|found| found == wanted) {
            return Err(fail(format!(
                "Corrected Image does not say that it is corrected for {what} ({wanted})"
            )));
        }
    }
    match a.text(tags::UNITS).as_deref() {
        Some("BQML") => Ok(weight_in_grams(a)? / dose(a, earliest)?),
        Some("CNTS") => {
            let creator = "Philips PET Private Group";
            let private = |element| -> Option<f64> {
                let number: f64 = a.private_text(0x7053, creator, element)?.parse().ok()?;
                (number.is_finite() && number > 0.0).then_some(number)
            };
            match (private(0x00), private(0x09)) {
                (Some(factor), _) => Ok(factor),
                (None, Some(activity)) => {
                    Ok(activity * weight_in_grams(a)? / dose(a, earliest)?)
                }
                (None, None) => Err(fail(
                    "the voxels are counts, and Philips' factors (7053,xx00) and (7053,xx09) are missing"
                        .to_owned(),
                )),
            }
        }
        Some("GML") => match a.text(tags::SUV_TYPE).as_deref() {
            None | Some("BW") => Ok(1.0),
            Some(other) => Err(fail(format!("the voxels are SUV of type {other}, not BW"))),
        },
        other => Err(fail(format!(
            "voxels in units of {} cannot be converted",
            other.unwrap_or("nothing that is said")
        ))),
    }
}

fn positive(a: Attributes<'_>, tag: Tag, attribute: &'static str) -> Result<f64, DicomError> {
    match a.number(tag, attribute)? {
        Some(number) if number > 0.0 => Ok(number),
        _ => Err(DicomError::Suv {
            place: a.place(),
            why: format!("{attribute} is missing or not positive"),
        }),
    }
}

fn weight_in_grams(a: Attributes<'_>) -> Result<f64, DicomError> {
    Ok(1000.0 * positive(a, tags::PATIENT_WEIGHT, "Patient's Weight")?)
}

/// The injected activity in Bq at the time to which the image is corrected.
fn dose(a: Attributes<'_>, earliest: f64) -> Result<f64, DicomError> {
    let fail = |why: &str| DicomError::Suv {
        place: a.place(),
        why: why.to_owned(),
    };
    let drug = a
        .item(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE)
        .ok_or_else(|| fail("Radiopharmaceutical Information Sequence is missing"))?;
    let injected = positive(
        drug,
        tags::RADIONUCLIDE_TOTAL_DOSE,
        "Radionuclide Total Dose",
    )?;
    let half_life = positive(drug, tags::RADIONUCLIDE_HALF_LIFE, "Radionuclide Half Life")?;
    match a.text(tags::DECAY_CORRECTION).as_deref() {
        Some("ADMIN") => Ok(injected),
        Some("START") => {
            let elapsed = elapsed(a, drug, half_life, earliest)?;
            Ok(injected * (-elapsed / half_life).exp2())
        }
        _ => Err(fail("Decay Correction is neither START nor ADMIN")),
    }
}

/// Seconds from the injection to the start of the scan.
fn elapsed(
    a: Attributes<'_>,
    drug: Attributes<'_>,
    half_life: f64,
    earliest: f64,
) -> Result<f64, DicomError> {
    let fail = |why: &str| DicomError::Suv {
        place: a.place(),
        why: why.to_owned(),
    };
    let start = scan_start(a, half_life, earliest)
        .ok_or_else(|| fail("the start of the scan cannot be found from the dates and times"))?;
    let exact = drug
        .text(tags::RADIOPHARMACEUTICAL_START_DATE_TIME)
        .and_then(|text| moment(&text));
    let elapsed = match exact {
        Some(injection) => start - injection,
        None => {
            let time = drug
                .text(tags::RADIOPHARMACEUTICAL_START_TIME)
                .and_then(|text| time_of_day(&text))
                .ok_or_else(|| fail("Radiopharmaceutical Start Time is missing"))?;
            // A time without a date: the last such time before the scan.
            (start - time).rem_euclid(DAY)
        }
    };
    // Ten half-lives leave a thousandth of the dose: then a date must be wrong.
    if !(0.0..=10.0 * half_life).contains(&elapsed) {
        return Err(DicomError::Suv {
            place: a.place(),
            why: format!(
                "the injection would have been {elapsed:.0} s before the scan: a date or time is wrong (dates that were shifted to hide the patient do this)"
            ),
        });
    }
    Ok(elapsed)
}

/// The start of the scan, to which decay is corrected.
fn scan_start(a: Attributes<'_>, half_life: f64, earliest: f64) -> Option<f64> {
    let date = a.text(tags::SERIES_DATE);
    let time = a.text(tags::SERIES_TIME);
    let series = date
        .zip(time)
        .and_then(|(date, time)| seconds(&date, &time));
    if let Some(series) = series
        && (series <= earliest || earliest.is_infinite())
    {
        return Some(series);
    }
    if let Some(start) = a
        .private_text(0x0009, "GEMS_PETD_01", 0x0D)
        .and_then(|text| moment(&text))
    {
        return Some(start);
    }
    let number = |tag, name| {
        a.number(tag, name)
            .ok()
            .flatten()
            .filter(|number| *number > 0.0)
    };
    let reference = number(tags::FRAME_REFERENCE_TIME, "Frame Reference Time");
    let duration = number(tags::ACTUAL_FRAME_DURATION, "Actual Frame Duration");
    match (acquired(a), reference, duration) {
        (Some(acquired), Some(reference), Some(duration)) => {
            // Milliseconds.
            let (reference, duration) = (reference / 1000.0, duration / 1000.0);
            let decay = std::f64::consts::LN_2 / half_life;
            let within = decay * duration;
            // The moment within the frame at which the count rate has its mean over the frame.
            let mean = (within / -(-within).exp_m1()).ln() / decay;
            Some(acquired - reference + mean)
        }
        _ => earliest.is_finite().then_some(earliest),
    }
}

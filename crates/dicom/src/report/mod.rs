//! Measurements as a structured report: DICOM Comprehensive 3D SR by template TID 1500 of PS3.16.
//!
//! The traps of it:
//! - A report belongs to the patient and the study of its images: it takes their headers, names
//!   included. This is the one place of this crate that writes them, and [`Report::anonymous`]
//!   leaves them blank.
//! - Content Date and Time may not be empty. They are those of the study, for the same measurements
//!   have to give the same file on every day.
//! - Identifiers follow from what they identify, by SHA-256, so that a report that is written twice
//!   is the same object and not a second one.
//! - A measurement has no place for a value that is no number; it is left out, with the reason.

mod content;
mod data_set;
#[cfg(test)]
mod tests;
mod uid;

pub use content::Code;
pub(crate) use content::Referenced;

use crate::attributes::Attributes;
use crate::object::Object;
use crate::tags::{self, Tag};
use crate::{DicomError, Regions, Series};
use content::{code, container, dcm, number, reference, sop, text};
use data_set::DataSet;
use uid::uid;

const COMPREHENSIVE_3D_SR: &str = "1.2.840.10008.5.1.4.1.1.88.34";
/// The designator of codes that no other scheme has.
pub const OWN_SCHEME: &str = "99RADIOME";

/// One number that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// What was measured.
    pub concept: Code,
    /// The value.
    pub value: f64,
    /// Its unit (UCUM).
    pub unit: Code,
    /// How: for example in which filtered image.
    pub method: Option<Code>,
}

/// What was measured in one region.
#[derive(Debug)]
pub struct MeasurementGroup<'a> {
    /// Tells the region from others, for people: Tracking Identifier.
    pub tracking: String,
    /// What the region is.
    pub finding: Code,
    /// The contours or the segmentation, and the label of the region in it; none if it is no DICOM.
    pub region: Option<(&'a Regions, u32)>,
    /// How it was measured: name and value of settings.
    pub parameters: Vec<(String, String)>,
    /// The numbers.
    pub measurements: Vec<Measurement>,
}

/// What a report says.
#[derive(Debug)]
pub struct Report<'a> {
    /// Name of the program that measured.
    pub program: &'a str,
    /// Its version.
    pub version: &'a str,
    /// A group for each region.
    pub groups: Vec<MeasurementGroup<'a>>,
    /// Whether who was scanned, and for whom, is left blank.
    pub anonymous: bool,
}

impl Referenced {
    pub(crate) fn of(a: Attributes<'_>) -> Self {
        let text = |tag| a.text(tag).unwrap_or_default();
        Self {
            study: text(tags::STUDY_INSTANCE_UID),
            series: text(tags::SERIES_INSTANCE_UID),
            class: text(tags::SOP_CLASS_UID),
            instance: text(tags::SOP_INSTANCE_UID),
        }
    }
}

impl Series {
    /// A file with a report on this series; the same report gives the same bytes.
    ///
    /// # Errors
    /// [`DicomError`] if a header of the series cannot be read.
    pub fn report(&self, report: &Report<'_>) -> Result<Vec<u8>, DicomError> {
        let first = self.first_object()?;
        let images = self
            .instances
            .iter()
            .map(|instance| {
                Ok(Referenced::of(
                    Object::read_header(&instance.source)?.attributes(),
                ))
            })
            .collect::<Result<Vec<_>, DicomError>>()?;
        let study = Referenced::of(first.attributes()).study;
        let groups: Vec<DataSet> = (report.groups.iter())
            .map(|group| self.group(report, group, &images))
            .collect();
        let root = root(report, self.modality(), &groups);
        let bytes = root.bytes();
        let blank = [u8::from(report.anonymous)];
        let identifier = |kind: &[u8]| uid(&[kind, self.uid().as_bytes(), &blank, &bytes]);
        let instance = identifier(b"report");
        let mut evidence = images;
        for (regions, _) in report
            .groups
            .iter()
            .filter_map(|group| group.region.as_ref())
        {
            let file = regions.referenced();
            if !evidence.contains(file) {
                evidence.push(file.clone());
            }
        }
        let set = header(report, &root, first.attributes())
            .text(Tag(8, 0x16), b"UI", COMPREHENSIVE_3D_SR)
            .text(Tag(8, 0x18), b"UI", &instance)
            .text(tags::STUDY_INSTANCE_UID, b"UI", &study)
            .text(tags::SERIES_INSTANCE_UID, b"UI", &identifier(b"series"))
            .sequence(Tag(0x40, 0xA375), &studies(&evidence));
        Ok(set.file(COMPREHENSIVE_3D_SR, &instance))
    }

    /// A measurement group: TID 1411 where the region is known to DICOM, else TID 1501.
    fn group(
        &self,
        report: &Report<'_>,
        group: &MeasurementGroup<'_>,
        images: &[Referenced],
    ) -> DataSet {
        let mut items = vec![
            text(
                "HAS OBS CONTEXT",
                &dcm("112039", "Tracking Identifier"),
                &group.tracking,
            ),
            content::uid(
                "HAS OBS CONTEXT",
                &dcm("112040", "Tracking Unique Identifier"),
                &self.tracking(group),
            ),
        ];
        items.push(code(
            "CONTAINS",
            &dcm("121071", "Finding"),
            &group.finding,
            &[],
        ));
        let template = match group.region {
            Some((regions, label)) => {
                let file = regions.referenced();
                items.push(match regions {
                    Regions::Segmentation(_) => {
                        let segment = u16::try_from(label).ok();
                        let concept = dcm("121191", "Referenced Segment");
                        reference("IMAGE", &concept, file, segment)
                    }
                    Regions::Contours(_) => {
                        reference("COMPOSITE", &dcm("130488", "Region in Space"), file, None)
                    }
                });
                let concept = dcm("121232", "Source series for segmentation");
                items.push(content::uid("CONTAINS", &concept, self.uid()));
                "1411"
            }
            None => {
                let concept = dcm("121112", "Source of Measurement");
                let images = images.iter();
                items.extend(images.map(|image| reference("IMAGE", &concept, image, None)));
                "1501"
            }
        };
        let mut algorithm = |value: &str, meaning: &str, words: &str| {
            items.push(text("HAS CONCEPT MOD", &dcm(value, meaning), words));
        };
        algorithm("111001", "Algorithm Name", report.program);
        algorithm("111003", "Algorithm Version", report.version);
        for (name, value) in &group.parameters {
            let words = format!("{name}: {value}");
            algorithm("111002", "Algorithm Parameters", &words);
        }
        for one in &group.measurements {
            let concept = Code::new("370129005", "SCT", "Measurement Method");
            let method = one.method.iter();
            let method = method.map(|method| code("HAS CONCEPT MOD", &concept, method, &[]));
            let method: Vec<DataSet> = method.collect();
            items.push(number(&one.concept, one.value, &one.unit, &method));
        }
        container(
            "CONTAINS",
            &dcm("125007", "Measurement Group"),
            Some(template),
            &items,
        )
    }

    /// The identifier of a region: the same whenever it is measured again.
    fn tracking(&self, group: &MeasurementGroup<'_>) -> String {
        let (file, label) = match group.region {
            Some((regions, label)) => (regions.referenced().instance.as_str(), label),
            None => ("", 0),
        };
        let series = self.uid().as_bytes();
        let number = label.to_le_bytes();
        uid(&[
            b"region",
            series,
            group.tracking.as_bytes(),
            file.as_bytes(),
            &number,
        ])
    }
}

/// TID 1500: language, observer, procedure, and the groups.
fn root(report: &Report<'_>, modality: &str, groups: &[DataSet]) -> DataSet {
    let sct = |value: &str, meaning: &str| Code::new(value, "SCT", meaning);
    let procedure = match modality {
        "MR" => sct("113091000", "Magnetic resonance imaging"),
        "CT" => sct("77477000", "Computed tomography"),
        "PT" => sct("82918005", "Positron emission tomography"),
        _ => sct("363679005", "Imaging procedure"),
    };
    let device = uid(&[
        b"device",
        report.program.as_bytes(),
        report.version.as_bytes(),
    ]);
    let items = [
        code(
            "HAS CONCEPT MOD",
            &dcm("121049", "Language of Content Item and Descendants"),
            &Code::new("en", "RFC5646", "English"),
            &[],
        ),
        code(
            "HAS OBS CONTEXT",
            &dcm("121005", "Observer Type"),
            &dcm("121007", "Device"),
            &[],
        ),
        content::uid(
            "HAS OBS CONTEXT",
            &dcm("121012", "Device Observer UID"),
            &device,
        ),
        text(
            "HAS OBS CONTEXT",
            &dcm("121013", "Device Observer Name"),
            report.program,
        ),
        text(
            "HAS OBS CONTEXT",
            &dcm("121015", "Device Observer Model Name"),
            report.version,
        ),
        code(
            "HAS CONCEPT MOD",
            &dcm("121058", "Procedure reported"),
            &procedure,
            &[],
        ),
        container(
            "CONTAINS",
            &dcm("126010", "Imaging Measurements"),
            None,
            groups,
        ),
    ];
    container(
        "",
        &dcm("126000", "Imaging Measurement Report"),
        Some("1500"),
        &items,
    )
}

/// Patient, study, equipment and document, beside the content.
fn header(report: &Report<'_>, root: &DataSet, a: Attributes<'_>) -> DataSet {
    let copied = |tag: Tag| a.text(tag).unwrap_or_default();
    let personal = |tag: Tag| match report.anonymous {
        true => String::new(),
        false => copied(tag),
    };
    // Type 1: the document needs a date, and the study's is the one that stays.
    let or = |found: String, otherwise: &str| match found.is_empty() {
        true => otherwise.to_owned(),
        false => found,
    };
    let (date, time) = (Tag(8, 0x20), Tag(8, 0x30));
    let own_scheme = DataSet::default()
        .text(Tag(8, 0x102), b"SH", OWN_SCHEME)
        .text(
            Tag(8, 0x115),
            b"ST",
            "Features of PyRadiomics by their names",
        )
        .text(Tag(8, 0x116), b"ST", "radiome");
    root.clone()
        .text(tags::SPECIFIC_CHARACTER_SET, b"CS", "ISO_IR 192")
        .text(date, b"DA", &personal(date))
        .text(Tag(8, 0x23), b"DA", &or(personal(date), "19000101"))
        .text(time, b"TM", &personal(time))
        .text(Tag(8, 0x33), b"TM", &or(personal(time), "000000"))
        .text(Tag(8, 0x50), b"SH", &personal(Tag(8, 0x50)))
        .text(tags::MODALITY, b"CS", "SR")
        .text(Tag(8, 0x70), b"LO", report.program)
        .text(Tag(8, 0x90), b"PN", &personal(Tag(8, 0x90)))
        .text(tags::SERIES_DESCRIPTION, b"LO", "Radiomics features")
        .sequence(Tag(8, 0x110), &[own_scheme])
        .text(Tag(8, 0x1090), b"LO", report.program)
        .sequence(Tag(8, 0x1111), &[])
        .text(tags::PATIENT_NAME, b"PN", &personal(tags::PATIENT_NAME))
        .text(tags::PATIENT_ID, b"LO", &personal(tags::PATIENT_ID))
        .text(
            tags::PATIENT_BIRTH_DATE,
            b"DA",
            &personal(tags::PATIENT_BIRTH_DATE),
        )
        .text(Tag(0x10, 0x40), b"CS", &personal(Tag(0x10, 0x40)))
        .text(Tag(0x18, 0x1000), b"LO", report.version)
        .text(Tag(0x18, 0x1020), b"LO", report.version)
        .text(Tag(0x20, 0x10), b"SH", &personal(Tag(0x20, 0x10)))
        .text(Tag(0x20, 0x11), b"IS", "1")
        .text(Tag(0x20, 0x13), b"IS", "1")
        .sequence(Tag(0x40, 0xA372), &[])
        .text(Tag(0x40, 0xA491), b"CS", "COMPLETE")
        .text(Tag(0x40, 0xA493), b"CS", "UNVERIFIED")
}

/// Objects that are referred to, by the UID of their series.
type BySeries<'a> = Vec<(&'a str, Vec<DataSet>)>;

/// Everything that is referred to, by study and series.
fn studies(evidence: &[Referenced]) -> Vec<DataSet> {
    let mut studies: Vec<(&str, BySeries<'_>)> = Vec::new();
    for one in evidence {
        let study = match studies.iter().position(|(uid, _)| *uid == one.study) {
            Some(place) => place,
            None => {
                studies.push((one.study.as_str(), Vec::new()));
                studies.len() - 1
            }
        };
        let Some((_, series)) = studies.get_mut(study) else {
            continue;
        };
        match series.iter_mut().find(|(uid, _)| *uid == one.series) {
            Some((_, objects)) => objects.push(sop(one)),
            None => series.push((one.series.as_str(), vec![sop(one)])),
        }
    }
    let series = |(uid, objects): &(&str, Vec<DataSet>)| {
        DataSet::default()
            .text(tags::SERIES_INSTANCE_UID, b"UI", uid)
            .sequence(Tag(8, 0x1199), objects)
    };
    let study = |(uid, all): &(&str, BySeries<'_>)| {
        let all: Vec<DataSet> = all.iter().map(series).collect();
        DataSet::default()
            .text(tags::STUDY_INSTANCE_UID, b"UI", uid)
            .sequence(tags::REFERENCED_SERIES_SEQUENCE, &all)
    };
    studies.iter().map(study).collect()
}

//! Reports read back; `tests/reference/read_report.py` reads one with highdicom and pydicom too.

use std::path::{Path, PathBuf};

use super::*;
use crate::source::Source;

fn reference(name: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    tests.join(name)
}

fn measurement(code: &str, value: f64) -> Measurement {
    Measurement {
        concept: Code::new(code, "IBSI", "A feature"),
        value,
        unit: Code::new("mm3", "UCUM", "cubic millimeter"),
        method: None,
    }
}

/// Writes a report on a series of the tests and reads it back.
fn written(name: &str, regions: Option<(&Regions, u32)>, anonymous: bool) -> (Vec<u8>, Object) {
    let series = crate::series(reference("series/plain.zip")).unwrap();
    let mut measurements = vec![
        measurement("RNU0", 1.0 / 3.0),
        measurement("YEKZ", f64::NAN),
        measurement("C0JK", -1.5e300),
    ];
    measurements[2].method = Some(Code::new("log-sigma-3-0-mm-3D", OWN_SCHEME, "log"));
    let report = Report {
        program: "radiome",
        version: "1",
        groups: vec![MeasurementGroup {
            tracking: "Tumör".to_owned(),
            finding: Code::new("52988006", "SCT", "Lesion"),
            region: regions,
            parameters: vec![("Settings".to_owned(), "{'binWidth': 25}".to_owned())],
            measurements,
        }],
        anonymous,
    };
    let bytes = series.report(&report).unwrap();
    assert_eq!(bytes, series.report(&report).unwrap());
    let path =
        std::env::temp_dir().join(format!("radiome-report-{}-{name}.dcm", std::process::id()));
    std::fs::write(&path, &bytes).unwrap();
    let object = Object::read(&Source::File(path.clone())).unwrap();
    std::fs::remove_file(path).unwrap();
    (bytes, object)
}

/// The content items of an item.
fn content<'a>(item: &Attributes<'a>) -> Vec<Attributes<'a>> {
    item.items(Tag(0x40, 0xA730))
}

/// Value and scheme of the code in a sequence.
fn coded(item: &Attributes<'_>, sequence: Tag) -> (String, String) {
    let code = item.item(sequence).unwrap();
    let value = code
        .text(Tag(8, 0x100))
        .or_else(|| code.text(Tag(8, 0x119)));
    (value.unwrap(), code.text(Tag(8, 0x102)).unwrap())
}

fn of_concept<'a>(items: &[Attributes<'a>], wanted: &str) -> Vec<Attributes<'a>> {
    let items = items.iter().copied();
    let fits = |item: &Attributes<'_>| coded(item, Tag(0x40, 0xA043)).0 == wanted;
    items.filter(fits).collect()
}

#[test]
fn a_report_holds_what_was_measured() {
    let (_, object) = written("plain", None, false);
    let a = object.attributes();
    assert_eq!(
        a.text(tags::SOP_CLASS_UID).as_deref(),
        Some(COMPREHENSIVE_3D_SR)
    );
    assert_eq!(a.text(tags::PATIENT_NAME).as_deref(), Some("Nobody^Knows"));
    assert_eq!(a.text(Tag(8, 0x23)).as_deref(), Some("19000101"));
    let series = crate::series(reference("series/plain.zip")).unwrap();
    let study = series.first_object().unwrap();
    let study = study.attributes().text(tags::STUDY_INSTANCE_UID);
    assert_eq!(a.text(tags::STUDY_INSTANCE_UID), study);
    let evidence = a.item(Tag(0x40, 0xA375)).unwrap();
    let of_series = evidence.item(tags::REFERENCED_SERIES_SEQUENCE).unwrap();
    assert_eq!(
        of_series.text(tags::SERIES_INSTANCE_UID).as_deref(),
        Some(series.uid())
    );
    assert_eq!(of_series.items(Tag(8, 0x1199)).len(), 5);

    let measurements = of_concept(&content(&a), "126010");
    let groups = content(&measurements[0]);
    assert_eq!(groups.len(), 1);
    let items = content(&groups[0]);
    let tracking = of_concept(&items, "112039")[0];
    assert_eq!(tracking.text(Tag(0x40, 0xA160)).as_deref(), Some("Tumör"));
    assert_eq!(of_concept(&items, "121112").len(), 5, "the images");

    let value = |code: &str| {
        let item = of_concept(&items, code)[0];
        let measured = item.item(Tag(0x40, 0xA300))?;
        assert_eq!(
            coded(&measured, Tag(0x40, 0x8EA)),
            ("mm3".into(), "UCUM".into())
        );
        let text: f64 = measured.text(Tag(0x40, 0xA30A)).unwrap().parse().unwrap();
        let exact = measured
            .number(Tag(0x40, 0xA161), "Floating Point Value")
            .unwrap()
            .unwrap();
        // Sixteen letters.
        assert!((text - exact).abs() <= 1e-9 * exact.abs());
        Some(exact)
    };
    assert_eq!(value("RNU0"), Some(1.0 / 3.0));
    assert_eq!(value("C0JK"), Some(-1.5e300));
    assert_eq!(value("YEKZ"), None);
    let none = of_concept(&items, "YEKZ")[0];
    assert_eq!(
        coded(&none, Tag(0x40, 0xA301)),
        ("114000".into(), "DCM".into())
    );
    let filtered = content(&of_concept(&items, "C0JK")[0])[0];
    let method = ("log-sigma-3-0-mm-3D".into(), OWN_SCHEME.into());
    assert_eq!(coded(&filtered, Tag(0x40, 0xA168)), method);
}

#[test]
fn a_report_refers_to_what_was_drawn() {
    for (file, concept) in [
        ("segmentations/binary.dcm", "121191"),
        ("contours/RS.dcm", "130488"),
    ] {
        let regions = Regions::open(reference(file)).unwrap();
        let (_, object) = written(concept, Some((&regions, 2)), false);
        let a = object.attributes();
        let groups = content(&of_concept(&content(&a), "126010")[0]);
        let items = content(&groups[0]);
        let named = groups[0].item(Tag(0x40, 0xA504)).unwrap();
        assert_eq!(named.text(Tag(0x40, 0xDB00)).as_deref(), Some("1411"));
        let drawn = of_concept(&items, concept)[0].item(Tag(8, 0x1199)).unwrap();
        let own = regions.referenced();
        assert_eq!(
            drawn.text(Tag(8, 0x1155)).as_deref(),
            Some(own.instance.as_str())
        );
        let segment = drawn
            .whole(tags::REFERENCED_SEGMENT_NUMBER, "segment")
            .unwrap();
        assert_eq!(segment, (concept == "121191").then_some(2));
        // The evidence names it as well.
        let evidence = a.items(Tag(0x40, 0xA375));
        let series = evidence
            .iter()
            .flat_map(|s| s.items(tags::REFERENCED_SERIES_SEQUENCE));
        let uids: Vec<String> = series
            .filter_map(|s| s.text(tags::SERIES_INSTANCE_UID))
            .collect();
        assert!(uids.contains(&own.series), "{uids:?}");
    }
}

#[test]
fn an_anonymous_report_names_nobody() {
    let (named, _) = written("named", None, false);
    let (blank, object) = written("blank", None, true);
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    for secret in ["Nobody", "SECRET-1", "19010203"] {
        assert!(holds(&named, secret) && !holds(&blank, secret), "{secret}");
    }
    assert!(object.attributes().has(tags::PATIENT_NAME));
}

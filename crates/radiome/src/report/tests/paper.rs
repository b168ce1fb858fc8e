//! What a published paper shows beside the models, for the full fixture.

use crate::results::{
    AsPublished, BestExternalSignature, Disagreement, HistologicalType, Histology, KappaOfSign,
    ReaderAgreement, RequiredSize, RocBand, RocPoint, SampleSize,
};

/// Types of 109 training and 40 external patients.
pub(super) fn histology() -> Histology {
    let types = [
        (
            Some("Undifferentiated pleomorphic sarcoma"),
            [20, 28],
            [2, 12],
        ),
        (
            Some("Liposarcoma <well \"differentiated\">"),
            [30, 10],
            [4, 11],
        ),
        (Some("Synovial sarcoma"), [8, 11], [1, 10]),
        (None, [1, 1], [0, 0]),
    ];
    Histology {
        column: "histological_type".into(),
        splits: vec!["train".into(), "external".into()],
        types: types
            .into_iter()
            .map(|(name, train, external)| HistologicalType {
                name: name.map(str::to_owned),
                groups: [
                    ("train".to_owned(), train),
                    ("external".to_owned(), external),
                ]
                .into(),
            })
            .collect(),
    }
}

/// A band about a curve.
pub(super) fn band(roc: &[RocPoint]) -> RocBand {
    let at = |point: &RocPoint| point.one_minus_specificity;
    RocBand {
        one_minus_specificity: roc.iter().map(at).collect(),
        lower: roc
            .iter()
            .map(|p| (p.sensitivity - 0.15).max(0.0))
            .collect(),
        upper: roc.iter().map(|p| (p.sensitivity + 0.1).min(1.0)).collect(),
        resamples: 2000,
    }
}

/// A few steps.
pub(super) fn processing() -> indexmap::IndexMap<String, String> {
    [
        ("interpolation", "sitkBSpline"),
        ("voxel_size", "1 × 1 × 1 mm"),
        ("discretisation", "bins of width 5"),
    ]
    .map(|(step, told)| (step.to_owned(), told.to_owned()))
    .into()
}

#[test]
fn types_stand_in_the_report_and_in_their_table() {
    let report = super::render(&super::fixture::full()).unwrap();
    let html = super::table(&report.html, "Histological types");
    for cell in [
        "Training (n = 109)",
        "Liposarcoma &#60;well &#34;differentiated&#34;&#62;",
        "not known",
    ] {
        assert!(html.contains(cell), "{cell}");
    }
    let csv = &report
        .tables
        .iter()
        .find(|table| table.name == "histology.csv")
        .unwrap()
        .csv;
    assert!(csv.starts_with(
        "type,train_n,train_negative,train_positive,external_n,external_negative,external_positive\n\
         Undifferentiated pleomorphic sarcoma,48,20,28,14,2,12\n"
    ));
    let empty = super::render(&super::fixture::empty()).unwrap();
    assert!(!empty.html.contains("Histological types"));
    assert!(
        empty
            .tables
            .iter()
            .all(|table| table.name != "histology.csv")
    );
}

/// A sign with disagreements, and one that is always absent.
pub(super) fn reader_agreement() -> Vec<ReaderAgreement> {
    let kappa = |weights: &str, kappa: f64| KappaOfSign {
        weights: weights.into(),
        kappa,
        standard_error: 0.05,
        ci: [Some(kappa - 0.1), Some(kappa + 0.1)],
        p_value: Some(1e-9),
    };
    let patient = |id: &str, second: &str, used: Option<&str>| Disagreement {
        id: id.into(),
        first: "1".into(),
        second: second.into(),
        used: used.map(str::to_owned),
    };
    let sign = ReaderAgreement {
        column: "necrosis".into(),
        readers: ["necrosis_R1", "necrosis_R2"].map(str::to_owned),
        used: "consensus".into(),
        n: 147,
        missing: 2,
        levels: ["0", "1", "2"].map(str::to_owned).into(),
        ordered: true,
        counts: vec![vec![60, 1, 0], vec![0, 50, 1], vec![0, 0, 35]],
        kappa: vec![
            kappa("none", 0.712),
            kappa("linear", 0.764),
            kappa("quadratic", 0.813),
        ],
        reason: None,
        disagreements: vec![
            patient("TR001", "2", Some("2")),
            patient("EX<003>", "0", Some("1")),
        ],
        discrepancies: vec![patient("TR007", "1", None)],
    };
    let absent = ReaderAgreement {
        column: "gas".into(),
        readers: ["gas_R1", "gas_R2"].map(str::to_owned),
        used: "first_reader".into(),
        n: 149,
        missing: 0,
        levels: vec!["0".into()],
        ordered: true,
        counts: vec![vec![149]],
        kappa: Vec::new(),
        reason: Some("both readers gave every subject the same level".into()),
        disagreements: Vec::new(),
        discrepancies: Vec::new(),
    };
    vec![sign, absent]
}

/// What 2262 candidates and three terms need; the numbers are made up.
pub(super) fn sample_size() -> SampleSize {
    let required = |model: &str, parameters: usize, auc: Option<f64>, n: usize| RequiredSize {
        model: model.into(),
        parameters,
        events_per_parameter: 50.0 / parameters as f64,
        assumption: auc.map_or("nagelkerke", |_| "cross_validated_auc").into(),
        c_statistic: auc,
        r2: 0.11,
        r2_nagelkerke: 0.15,
        criteria: [("shrinkage", n), ("optimism", n / 2), ("overall_risk", 385)]
            .map(|(name, n)| (name.to_owned(), n))
            .into(),
        required: n.max(385),
    };
    SampleSize {
        n: 109,
        positive: 50,
        features: 2260,
        clinical: 2,
        required: vec![
            required("candidates", 2262, None, 170_000),
            required("candidates", 2262, Some(0.842), 60_000),
            required("nomogram", 3, None, 230),
            required("nomogram", 3, Some(0.842), 90),
        ],
    }
}

#[test]
fn readers_and_sample_size_are_told() {
    let results = super::fixture::full();
    let report = super::render(&results).unwrap();
    for told in [
        "necrosis: the readers differ on 2 of 147 patients (TR001, EX&#60;003&#62;); there the agreed \
         value is used. 2 were not read by both.",
        "necrosis: both readers agree on TR007, and the value that is used is another one or missing.",
        "gas: the readers never differ.",
        "The models were chosen from 2260 features and 2 clinical parameters with 109 training \
         patients, 50 of them positive: 0.02 positive patients for each candidate parameter.",
    ] {
        assert!(report.html.contains(told), "{told}");
    }
    let file = |name: &str| {
        let found = report.tables.iter().find(|table| table.name == name);
        found.map(|table| table.csv.lines().count())
    };
    assert_eq!(file("reader_agreement.csv"), Some(5));
    assert_eq!(file("reader_disagreements.csv"), Some(4));
    assert_eq!(file("sample_size.csv"), Some(5));
    assert_eq!(file("roc_band.csv").map(|lines| lines > 500), Some(true));
}

#[test]
fn what_papers_mix_is_named_so() {
    let mut results = super::fixture::full();
    let honest = super::render(&results).unwrap();
    assert!(!honest.html.contains("as published</b>") && !honest.html.contains("It leaks"));
    results.study.mode = "as_published".into();
    let curve = |model: &str| results.decision_curve[model]["external"].clone();
    results.as_published = Some(AsPublished {
        pooled_decision_curve: ["nomogram", "clinical"]
            .map(|model| (model.to_owned(), curve(model)))
            .into(),
        best_external_signature: Some(BestExternalSignature {
            model: "rs_T1".into(),
            auc: 0.645,
            among: 3,
            in_nomogram: false,
        }),
    });
    let report = super::render(&results).unwrap();
    for told in [
        "Of the 3 signatures, the T1 signature has the largest external AUC (0.645). To put it into \
         the nomogram for that would be a leak",
        "It leaks: part of these patients the models were fitted on",
        "Decision curves: training and external patients together, as published",
        "Training and external mixed (n = 149)",
    ] {
        assert!(report.html.contains(told), "{told}");
    }
}

#[test]
fn every_step_of_the_processing_is_told() {
    let report = super::render(&super::fixture::full()).unwrap();
    let html = super::table(&report.html, "How images were processed");
    for told in ["Voxel size", "1 × 1 × 1 mm", "bins of width 5"] {
        assert!(html.contains(told), "{told}");
    }
    let list = |name: &str| {
        let found = report.checklists.iter().find(|list| list.name == name);
        found.unwrap().csv.clone()
    };
    // Numbers of the guidelines, filled and open.
    assert!(
        list("ibsi.csv")
            .contains("\n51,Image interpolation,Size of the voxels,T1: 1 × 1 × 1 mm; FS-T2")
    );
    assert!(
        list("clear.csv").contains("\n8,Study design,\"Ethics, consent, data protection\",,yes\n")
    );
    assert!(
        list("metrics.csv")
            .contains("\n27,Testing,Test on patients of another institution,0.0749,40 patients")
    );
    assert!(list("tripod_ai.csv").contains("\n18a,Open science,Funding,,yes\n"));
}

#[test]
fn checklists_name_files_that_are_there() {
    let report = super::render(&super::fixture::full()).unwrap();
    let names: Vec<&str> = report
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    let mut named = 0;
    for list in &report.checklists {
        for rest in list.csv.split("tables/").skip(1) {
            let name = &rest[..rest.find(".csv").unwrap() + 4];
            assert!(names.contains(&name), "{}: {name}", list.name);
            named += 1;
        }
        assert!(!list.csv.contains("NaN"), "{}", list.name);
    }
    assert!(named > 10);
    // What is not known stays open in a study without a model.
    let empty = super::render(&super::fixture::empty()).unwrap();
    let clear = &empty.checklists[0].csv;
    assert!(clear.contains("\n31,Data preparation,Agreement between segmentations,,yes\n"));
    assert!(clear.contains("\n47,Results,Performance of the models,,yes\n"));
}

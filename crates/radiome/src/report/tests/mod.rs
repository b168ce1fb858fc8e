//! Both pages of a full study and of an empty one.

mod closer;
mod controls;
mod fixture;
mod missing_values;
mod paper;

use std::collections::HashSet;

use super::{Report, render};
use crate::results::Results;

fn reports() -> [(Results, Report); 2] {
    [fixture::full(), fixture::empty()].map(|results| {
        let report = render(&results).unwrap();
        (results, report)
    })
}

/// The text between tags, without scripts and styles.
fn visible(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        text.push(' ');
        rest = &rest[start..];
        for (open, close) in [("<script", "</script>"), ("<style", "</style>")] {
            if rest.starts_with(open) {
                rest = &rest[rest.find(close).unwrap()..];
            }
        }
        rest = &rest[rest.find('>').unwrap() + 1..];
    }
    text + rest
}

#[test]
fn nothing_undefined_is_printed() {
    for (_, report) in reports() {
        for page in [&report.html, &report.calculator] {
            let text = visible(page);
            for word in text.split(|c: char| !c.is_alphanumeric()) {
                assert!(
                    !["NaN", "nan", "null", "None", "Some", "inf", "undefined"].contains(&word),
                    "{word}"
                );
            }
        }
        for figure in &report.figures {
            assert!(!figure.scene.to_svg().contains("NaN"), "{}", figure.name);
        }
    }
}

#[test]
fn pages_load_nothing() {
    for (_, report) in reports() {
        for page in [&report.html, &report.calculator] {
            let page = page.replace("http://www.w3.org/2000/svg", "");
            for loads in [
                "http:", "https:", "src=", "url(", "@import", "<link", "<iframe",
            ] {
                assert!(!page.contains(loads), "{loads}");
            }
        }
        assert!(!report.html.contains("<script"));
    }
}

#[test]
fn user_text_is_escaped() {
    let [(_, full), (_, empty)] = reports();
    assert!(!full.html.contains("<script>alert"));
    assert!(full.html.contains("&#60;script&#62;alert(&#34;1&#34;)"));
    assert!(full.html.contains("Hitachi &#38; Co"));
    for page in [&empty.html, &empty.calculator] {
        assert!(!page.contains("<script>alert"));
    }

    // Names inside the calculator's JSON end neither its script element nor an attribute.
    let mut results = fixture::full();
    let evil = "\"></script><script>alert(1)</script><!--";
    let nomogram = &mut results.nomogram;
    nomogram.axes[1].variable = evil.into();
    for term in nomogram
        .terms
        .as_mut()
        .unwrap()
        .iter_mut()
        .filter(|t| t.name == "age_years")
    {
        term.name = evil.into();
        term.variable = evil.into();
    }
    nomogram.axes[2].levels[0].value = evil.into();
    let page = render(&results).unwrap().calculator;
    assert!(!page.contains("<script>alert"));
    let json = page
        .split("id=\"model\">")
        .nth(1)
        .unwrap()
        .split("</script>")
        .next()
        .unwrap();
    let model: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(model["variables"][1]["label"], evil);
    assert_eq!(model["variables"][2]["levels"][0]["name"], evil);
}

#[test]
fn figures_have_a_label_a_caption_and_a_name_of_their_own() {
    for (_, report) in reports() {
        let mut names = HashSet::new();
        for figure in &report.figures {
            assert!(names.insert(figure.name.to_lowercase()), "{}", figure.name);
            assert!(
                figure
                    .name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
            );
            let svg = figure.scene.to_svg();
            let label = svg
                .split("aria-label=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            assert!(!label.is_empty() && !figure.caption.is_empty());
            assert!(
                report.html.contains(&svg),
                "{} is not in the page",
                figure.name
            );
        }
        let drawn = report.html.matches("<svg").count();
        assert_eq!(drawn, report.figures.len());
        assert_eq!(drawn, report.html.matches("<figcaption").count());
    }
}

#[test]
fn names_of_figures_differ_where_sequences_look_alike() {
    let mut results = fixture::full();
    let signature = results.signatures["rs_T1"].clone();
    results
        .signatures
        .insert("rs_../T1".into(), signature.clone());
    results
        .signatures
        .insert("rs_   T1".into(), signature.clone());
    results.signatures.insert("rs_t1".into(), signature);
    let report = render(&results).unwrap();
    let names: HashSet<String> = report
        .figures
        .iter()
        .map(|figure| figure.name.to_lowercase())
        .collect();
    assert_eq!(names.len(), report.figures.len());
}

/// The table whose caption starts so.
fn table(html: &str, caption: &str) -> String {
    let start = html.find(&format!("</b> {caption}")).unwrap();
    let html = &html[start..];
    html[..html.find("</table>").unwrap()]
        .replace("<span>", "")
        .replace("</span>", "")
}

#[test]
fn performance_tables_hold_the_numbers_of_the_results() {
    let [(results, report), _] = reports();
    let apparent = table(&report.html, "Apparent performance");
    let internal = table(&report.html, "Internal validation");
    let external = table(&report.html, "External performance");
    let written = |auc: Option<f64>, ci: [Option<f64>; 2]| {
        format!(
            ">{:.3} ({:.3} to {:.3})<",
            auc.unwrap(),
            ci[0].unwrap(),
            ci[1].unwrap()
        )
    };
    for (model, splits) in &results.performance {
        for (html, split) in [(&apparent, "train"), (&external, "external")] {
            let one = &splits[split];
            assert!(html.contains(&written(one.auc, one.ci)), "{model} {split}");
            for share in [
                one.accuracy,
                one.sensitivity,
                one.specificity,
                one.ppv,
                one.npv,
            ] {
                assert!(
                    html.contains(&written(share.estimate, share.ci)),
                    "{model} {split}"
                );
            }
            let [tp, fp, fn_, tn] = one.confusion;
            assert!(html.contains(&format!(">{tp}, {fp}, {fn_}, {tn}<")));
        }
        let validation = &results.internal_validation[model];
        let auc = validation.cross_validated.unwrap();
        assert!(internal.contains(&written(auc.estimate, auc.ci)));
        assert!(!internal.contains(&written(splits["train"].auc, splits["train"].ci)));
        assert!(!apparent.contains(&written(auc.estimate, auc.ci)));
        // The summary has it in its table of AUCs.
        let summary = &report.html[..report.html.find("<nav").unwrap()];
        let text = written(auc.estimate, auc.ci);
        let text = text.trim_end_matches('<');
        assert!(summary.contains(&format!("<td{text}")), "{text}");
    }
}

#[test]
fn summary_says_what_the_numbers_cannot_show() {
    let mut results = fixture::full();
    let auc = results.internal_validation["rs_T1"]
        .cross_validated
        .as_mut()
        .unwrap();
    auc.ci = [Some(0.45), Some(0.67)];
    let auc = results.internal_validation["rs_combined"]
        .cross_validated
        .as_mut()
        .unwrap();
    auc.ci = [Some(0.501), Some(0.87)];
    let html = render(&results).unwrap().html;
    let summary = &html[..html.find("<nav").unwrap()];
    assert!(summary.contains("(0.450 to 0.670), includes 0.5</td>"));
    assert!(summary.contains("(0.501 to 0.870)</td>"));
    // 0.025^(1/7): the lower Clopper-Pearson limit of 7 of 7, binom.test(7, 7) in R: 0.5903836.
    assert!(summary.contains("only 7 negative patients"));
    assert!(summary.contains("reach down to 59%"));
    assert!(summary.contains("one patient more or fewer moves it by 14 percentage points"));

    let [_, (_, empty)] = reports();
    let summary = &empty.html[..empty.html.find("<nav").unwrap()];
    assert!(summary.contains("There was no external set."));
    assert!(summary.contains("No candidate has P &#60; 0.05 alone."));
    assert!(summary.contains("The smallest deviance is that of no feature."));
    assert!(!empty.html.contains("0.500 to 0.500"));
    assert!(
        empty
            .html
            .contains("No second reading is named in the study file.")
    );
    assert!(
        empty
            .calculator
            .contains("Neither the signature nor the clinical model")
    );
}

/// The full study with a nomogram that holds the combined signature alone.
fn without_clinical_term() -> Results {
    let mut results = fixture::full();
    let terms = results.nomogram.terms.as_mut().unwrap();
    terms.retain(|term| term.variable == "rs_combined");
    assert_eq!(terms.len(), 1);
    let signature = results.performance["rs_combined"].clone();
    results.performance.insert("nomogram".into(), signature);
    let signature = results.internal_validation["rs_combined"].clone();
    results
        .internal_validation
        .insert("nomogram".into(), signature);
    results
}

#[test]
fn a_nomogram_of_one_signature_is_one_finding() {
    let results = without_clinical_term();
    let html = render(&results).unwrap().html;
    let summary = &html[..html.find("<nav").unwrap()];
    let found = &summary[summary.find("What was found").unwrap()..];
    assert!(found.contains("it is the combined signature on another scale"));
    assert!(!found.contains("<th scope=\"row\">Combined signature</th>"));
    let delong = table(&html, "DeLong tests: external");
    assert!(!delong.contains("Combined signature − Nomogram"));
    assert!(!delong.contains("Nomogram − Combined signature"));
    assert!(delong.contains("Nomogram"));

    // Other refits, other AUCs: then both are told.
    let mut results = results;
    let auc = results.internal_validation["nomogram"]
        .cross_validated
        .as_mut()
        .unwrap();
    auc.estimate = auc.estimate.map(|auc| auc - 0.01);
    let html = render(&results).unwrap().html;
    assert!(html.contains("<th scope=\"row\">Combined signature</th><td>"));
}

#[test]
fn the_summary_says_which_auc_to_believe() {
    let mut results = fixture::full();
    // 7 external patients are negative: told before anything that was found.
    let html = render(&results).unwrap().html;
    let few = html
        .find("Only 7 of the external patients are negative.")
        .unwrap();
    assert!(few < html.find("What was found").unwrap());
    assert!(html.contains("Believe the cross-validated AUC first"));

    results
        .cohort
        .analysed
        .get_mut("external")
        .unwrap()
        .negative = 10;
    let html = render(&results).unwrap().html;
    assert!(!html.contains("of the external patients are negative"));
    assert!(html.contains("Believe the external AUC for patients from elsewhere"));

    results.cohort.analysed.shift_remove("external");
    for splits in results.performance.values_mut() {
        splits.shift_remove("external");
    }
    let html = render(&results).unwrap().html;
    let apparent = results.internal_validation["nomogram"].apparent.estimate;
    let expected = format!(
        "On the patients that it was fitted on, the nomogram has an AUC of {:.3}",
        apparent.unwrap()
    );
    assert!(html.contains(&expected), "{expected}");
    assert!(html.contains("Believe the cross-validated AUC: it is"));
}

#[test]
fn methods_tell_how_signatures_are_made() {
    let mut results = fixture::full();
    let html = |results: &Results| render(results).unwrap().html;
    let page = html(&results);
    for told in [
        "mRMR: relevance less mean redundancy",
        "the LASSO penalty (α = 1), whose λ is the largest within one standard error",
        "in 10-fold cross-validation, stratified by outcome",
        "on the combined signature and the variables of the clinical model",
        "Shapiro-Wilk",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let learning = results.study.learning.as_mut().unwrap();
    learning.alpha = 0.5;
    learning.folds_column = Some("fold".into());
    learning.lambda = "min".into();
    learning.scheme = "quotient".into();
    let page = html(&results);
    for told in [
        "relevance over mean redundancy",
        "an elastic-net penalty (α = 0.5), whose λ has the smallest mean deviance",
        "in cross-validation over the folds written in the column fold",
    ] {
        assert!(page.contains(told), "{told}");
    }
}

#[test]
fn calibration_has_a_figure_for_each_model() {
    let [(results, report), _] = reports();
    let names: Vec<&str> = report
        .figures
        .iter()
        .filter_map(|figure| figure.name.strip_prefix("calibration_"))
        .collect();
    assert_eq!(names[0], "nomogram");
    assert_eq!(names.len(), results.calibration.len());
    let nomogram = report
        .figures
        .iter()
        .find(|figure| figure.name == "calibration_nomogram")
        .unwrap();
    let svg = nomogram.scene.to_svg();
    let places =
        ["Training, apparent (n", "Cross-validated (n", "External (n"].map(|panel| svg.find(panel));
    assert!(places.iter().all(Option::is_some) && places.is_sorted());
}

#[test]
fn tables_are_csv_of_constant_width() {
    for (results, report) in reports() {
        let mut names = HashSet::new();
        for table in &report.tables {
            assert!(names.insert(&table.name));
            let mut reader = csv::Reader::from_reader(table.csv.as_bytes());
            let width = reader.headers().unwrap().len();
            for record in reader.records() {
                assert_eq!(record.unwrap().len(), width, "{}", table.name);
            }
            assert!(!table.csv.contains("NaN"), "{}", table.name);
        }
        let exclusions = report
            .tables
            .iter()
            .find(|t| t.name == "exclusions.csv")
            .unwrap();
        let mut reader = csv::Reader::from_reader(exclusions.csv.as_bytes());
        let ids: Vec<String> = reader
            .records()
            .map(|row| row.unwrap()[0].to_owned())
            .collect();
        let expected: Vec<&String> = results.cohort.excluded.iter().map(|one| &one.id).collect();
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn performance_csv_reads_back_to_the_bit() {
    let [(results, report), _] = reports();
    let table = report
        .tables
        .iter()
        .find(|table| table.name == "performance.csv")
        .unwrap();
    let mut reader = csv::Reader::from_reader(table.csv.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let mut rows = 0;
    for record in reader.records() {
        let record = record.unwrap();
        let one = &results.performance[&record[column("model")]][&record[column("split")]];
        for (name, value) in [
            ("auc", one.auc),
            ("auc_upper", one.ci[1]),
            ("npv", one.npv.estimate),
            ("sensitivity_lower", one.sensitivity.ci[0]),
        ] {
            assert_eq!(record[column(name)].parse().ok(), value);
        }
        rows += 1;
    }
    assert_eq!(rows, 10);
}

#[test]
fn results_read_back_give_the_same_report() {
    for (results, report) in reports() {
        let json = serde_json::to_string(&results).unwrap();
        // JSON has no NaN: it comes back as null, which a plain number does not take.
        let json = json.replace("[0.1,null]", "[0.1,0.1]");
        let again: Results = serde_json::from_str(&json).unwrap();
        let again = render(&again).unwrap();
        assert_eq!(again.calculator, report.calculator);
        assert_eq!(again.tables.len(), report.tables.len());
        if results.survival.is_some() {
            assert!(again.html == report.html);
            for (a, b) in again.tables.iter().zip(&report.tables) {
                let line = a.csv.lines().zip(b.csv.lines()).find(|(a, b)| a != b);
                assert_eq!(line, None, "{}", a.name);
            }
        }
    }
}

#[test]
fn files_are_the_same_for_any_number_of_threads() {
    let report = render(&fixture::empty()).unwrap();
    let files = |threads: usize| {
        let folder = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| report.write(folder.path())).unwrap();
        let mut found = Vec::new();
        for part in ["", "figures", "tables"] {
            for entry in std::fs::read_dir(folder.path().join(part)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.strip_prefix(folder.path()).unwrap().to_owned();
                    found.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    };
    let one = files(1);
    assert_eq!(one, files(4));
    assert_eq!(
        one.len(),
        2 + report.tables.len() + 3 * report.figures.len()
    );
}

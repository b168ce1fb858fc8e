//! Whether there were patients enough.

use super::super::format::{count, fixed, number};
use super::super::page::{Section, Table};
use super::missing;
use crate::results::{RequiredSize, Results, SampleSize};

pub(super) fn sample_size<'a>(results: &Results) -> Section<'a> {
    let mut section = Section::new("sample-size", "Sample size");
    let Some(size) = &results.sample_size else {
        section.paragraph(missing(
            results,
            "sample_size",
            "What size the study would have needed was not worked out",
        ));
        return section;
    };
    section.paragraph(sentence(size));
    if size.required.is_empty() {
        return section;
    }
    let mut table = Table::new(
        "Training patients that a model needs, by the criteria of Riley and others",
        &[
            "Model",
            "Assumed",
            "Shrinkage ≥ 0.9",
            "Optimism of R² ≤ 0.05",
            "Overall risk ± 0.05",
            "Needed",
            "Here",
        ],
    );
    for one in &size.required {
        let of = |criterion: &str| {
            let n = one.criteria.get(criterion);
            n.map_or_else(String::new, usize::to_string)
        };
        table.row([
            model(one),
            assumed(one),
            of("shrinkage"),
            of("optimism"),
            of("overall_risk"),
            one.required.to_string(),
            size.n.to_string(),
        ]);
    }
    table.note(
        "Riley and others, BMJ 2020;368:m441. The criteria are for models whose parameters are all \
         named beforehand. The nomogram's terms were chosen from the candidates with these same \
         patients, so the rows of all candidates apply to this study; the others tell what a new \
         study of these terms alone would need. A penalty such as the LASSO's does not lift the \
         need for patients.",
    );
    table.note(
        "An R² of Nagelkerke of 0.15 is what the authors advise where nothing better is known. The \
         AUC found in this study is known only afterwards and is uncertain.",
    );
    section.table(table);
    section
}

/// How many patients and candidates there were.
fn sentence(size: &SampleSize) -> String {
    let clinical = match size.clinical {
        0 => String::new(),
        n => format!(
            " and {}",
            count(n, "clinical parameter", "clinical parameters")
        ),
    };
    let per = size.positive as f64 / size.candidates().max(1) as f64;
    format!(
        "The models were chosen from {}{clinical} with {}, {} of them positive: {} for each \
         candidate parameter.",
        count(size.features, "feature", "features"),
        count(size.n, "training patient", "training patients"),
        size.positive,
        // So few that three decimals may show none.
        format_args!(
            "{} positive patients",
            if per < 0.01 {
                number(per)
            } else {
                fixed(per, 2)
            }
        )
    )
}

fn model(one: &RequiredSize) -> String {
    let name = match one.model.as_str() {
        "candidates" => "All candidates",
        "nomogram" => "The nomogram's terms alone",
        other => other,
    };
    format!(
        "{name}: {}",
        count(one.parameters, "parameter", "parameters")
    )
}

fn assumed(one: &RequiredSize) -> String {
    match one.c_statistic {
        Some(auc) => format!(
            "AUC {}, cross-validated here (R² of Nagelkerke {})",
            fixed(auc, 3),
            fixed(one.r2_nagelkerke, 2)
        ),
        None => format!("R² of Nagelkerke {}", fixed(one.r2_nagelkerke, 2)),
    }
}

//! Fitting ComBat to a table and applying it to the same rows.

use std::collections::BTreeMap;

use miette::miette;
use radiome::table::Table;
use radiome_stats::harmonization::combat::{Combat, CombatError, CombatOptions, Unseen};

use super::Options;
use super::covariate::{Covariate, design};
use super::frozen::FrozenCombat;
use super::harmonized::{Batch, Harmonized, Role};
use super::input::{complete, members};
use crate::command::tabular::{Findings, Warning, finite_or_missing, matrix, name_some};

pub(super) fn fit(options: &Options, batch: &str, table: &Table) -> miette::Result<Findings> {
    let batch = table.id_column(Some(batch))?;
    let mut covariates = Vec::new();
    for name in &options.covariates {
        covariates.push(table.id_column(Some(name))?);
    }
    let mut needed = vec![batch];
    needed.extend(&covariates);
    let mut taken = needed.clone();
    taken.extend(options.output.by(table)?);
    let features = options.columns.choose(table, &taken)?;
    if features.is_empty() {
        return Err(miette!(
            help = "name columns with --features",
            "{}: no numeric column is left to harmonise",
            table.source()
        ));
    }

    let mut warnings = Vec::new();
    let places = complete(table, &needed, &mut warnings)?;
    let table = &table.select_rows(&places);
    let categories = factors(options, table)?;
    let covariates = covariates
        .into_iter()
        .map(|column| Covariate::of(table, column, categories.contains(&column)))
        .collect::<miette::Result<Vec<Covariate>>>()?;
    let terms: Vec<String> = covariates.iter().flat_map(Covariate::terms).collect();
    let design = design(&covariates, table)?;
    let labels = table.cells(batch)?.to_vec();

    let groups = members(&labels);
    let has_single = groups.values().any(|rows| rows.len() == 1);
    warn_of_batches(&groups, options, &mut warnings);
    let least = if options.mean_only || has_single {
        1
    } else {
        2
    };
    let Measured {
        used,
        left,
        columns,
    } = measured(table, features, &groups, least, &mut warnings)?;
    let before = matrix(table.len(), &columns);

    let combat_options = CombatOptions {
        parametric: !options.non_parametric,
        mean_only: options.mean_only,
        reference_batch: options.reference.clone(),
        stopping_rule: options.converge.rule(),
        unseen: Unseen::Error,
    };
    let explained = |error| explain(error, table, &used, &terms, options);
    let combat =
        Combat::fit(&before, &labels, design.as_ref(), &combat_options).map_err(explained)?;
    let applied = combat.apply(&before, &labels, design.as_ref());
    let after = applied.map_err(explained)?.values;
    let constant = combat.untouched_features.iter();
    let constant: Vec<&String> = constant.filter_map(|&f| used.get(f)).collect();
    if !constant.is_empty() {
        let told = format!(
            "{} features are constant within a batch and stay as they are: {}",
            constant.len(),
            name_some(&constant)
        );
        warnings.push(Warning::new("constant_feature", told));
    }

    if let Some(path) = &options.model_out {
        let model = FrozenCombat::new(batch, &used, covariates, &combat);
        model.write(path)?;
    }
    let batches = combat.batches.iter().map(|effect| Batch {
        name: &effect.label,
        n: effect.rows,
        role: match &combat.options.reference_batch {
            Some(reference) if *reference == effect.label => Role::Reference,
            _ => Role::Fitted,
        },
        effect: Some(effect),
    });
    Harmonized {
        table,
        places,
        features: &used,
        left,
        terms,
        combat: &combat,
        batches: batches.collect(),
        before: &before,
        after: &after,
    }
    .findings(warnings)
}

fn warn_of_batches(
    groups: &BTreeMap<&str, Vec<usize>>,
    options: &Options,
    warnings: &mut Vec<Warning>,
) {
    if groups.len() == 1 {
        let told = format!(
            "there is one batch, {}: nothing is removed and the features stay as they are",
            groups.keys().next().copied().unwrap_or_default()
        );
        warnings.push(Warning::new("one_batch", told));
        return;
    }
    let single = groups.iter().filter(|(_, rows)| rows.len() == 1);
    let single: Vec<&str> = single.map(|(name, _)| *name).collect();
    if !options.mean_only && !single.is_empty() {
        let told = format!(
            "one row cannot tell a scale, so locations only are adjusted in every batch; batches \
             with one row: {}",
            name_some(&single)
        );
        warnings.push(Warning::new("single_row_batch", told));
    }
}

/// The features by whether every batch has enough values of them.
struct Measured {
    used: Vec<String>,
    left: Vec<String>,
    /// The values of those used.
    columns: Vec<Vec<f64>>,
}

/// A feature that is hardly measured in a batch cannot be brought to the others.
fn measured(
    table: &Table,
    features: Vec<String>,
    groups: &BTreeMap<&str, Vec<usize>>,
    least: usize,
    warnings: &mut Vec<Warning>,
) -> miette::Result<Measured> {
    let (mut used, mut left, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    for feature in features {
        let values = finite_or_missing(table, &feature)?;
        let present = |rows: &Vec<usize>| rows.iter().filter(|&&r| !values[r].is_nan()).count();
        if groups.values().any(|rows| present(rows) < least) {
            left.push(feature);
        } else {
            used.push(feature);
            columns.push(values);
        }
    }
    if !left.is_empty() {
        let told = format!(
            "{} features have fewer than {least} values in some batch and stay as they are: {}",
            left.len(),
            name_some(&left)
        );
        warnings.push(Warning::new("too_few_values", told));
    }
    Ok(Measured {
        used,
        left,
        columns,
    })
}

/// The columns of --factor, each of which must be a covariate.
fn factors<'a>(options: &Options, table: &'a Table) -> miette::Result<Vec<&'a str>> {
    let mut found = Vec::new();
    for name in &options.factor {
        let column = table.id_column(Some(name))?;
        let named = options.covariates.iter();
        if !named
            .map(|name| table.id_column(Some(name)))
            .any(|c| c.is_ok_and(|c| c == column))
        {
            return Err(miette!(
                help = format!("give it as in --covariates {column} --factor {column}"),
                "--factor {name} is not among the covariates"
            ));
        }
        found.push(column);
    }
    Ok(found)
}

/// What the estimator refuses, in the words of the table.
fn explain(
    error: CombatError,
    table: &Table,
    features: &[String],
    terms: &[String],
    options: &Options,
) -> miette::Report {
    let source = table.source();
    let feature = |column: usize| features.get(column).cloned().unwrap_or_default();
    let present = |column: Option<usize>| {
        column.map_or_else(String::new, |column| {
            format!(" in the rows where {} has a value", feature(column))
        })
    };
    match error {
        CombatError::UnknownReference { wanted, found } => miette!(
            help = format!("the batches are {}", found.join(", ")),
            "{source}: --reference {wanted} is no batch"
        ),
        CombatError::Confounded { covariate, feature } => miette!(
            help =
                "leave it out of --covariates: its effect cannot be told from that of the batches",
            "{source}: the covariate {} is constant, or follows from the batches and the covariates \
             before it{}",
            terms.get(covariate).map_or("", String::as_str),
            present(feature)
        ),
        CombatError::TooFewRows {
            rows,
            columns,
            feature,
        } => miette!(
            help = "use fewer covariates, or join small batches",
            "{source}: {rows} rows are too few for {columns} batches and covariates{}",
            present(feature)
        ),
        CombatError::TooFewFeatures(found) => miette!(
            help = "choose more with --features; with one feature, compare the batches instead",
            "{source}: ComBat shares what it learns between features and needs two that vary within \
             every batch, found {found}"
        ),
        CombatError::NoResidualVariance(column) => match &options.reference {
            Some(reference) => miette!(
                help = "choose another batch with --reference, or leave the feature out",
                "{source}: the rows of the reference batch {reference} leave no variance of {}",
                feature(column)
            ),
            None => miette!(
                help = "leave the feature out with --features, or join batches that have one row",
                "{source}: batches and covariates leave no variance of {}",
                feature(column)
            ),
        },
        CombatError::Degenerate(batch) => miette!(
            help = "use --non-parametric or --mean-only",
            "{source}: no distribution fits the scales of the features in the batch {batch}, for \
             they are all alike"
        ),
        other => miette!("{source}: {other}"),
    }
}

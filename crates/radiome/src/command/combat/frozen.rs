//! A fit in a file, and its use on other rows.

use std::path::Path;

use miette::{IntoDiagnostic, WrapErr, miette};
use radiome::table::Table;
use radiome_stats::harmonization::combat::{BatchEffect, Combat, CombatError, Unseen};
use serde::{Deserialize, Serialize};

use super::Options;
use super::covariate::{Covariate, design};
use super::harmonized::{Batch, Harmonized, Role};
use super::input::{complete, members};
use crate::command::tabular::{Findings, Warning, finite_or_missing, matrix, name_some};

/// A fit with the names of what it was fitted on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FrozenCombat {
    /// Version of radiome that wrote it.
    radiome: String,
    /// The column of the batches.
    #[serde(default)]
    batch: Option<String>,
    /// The columns of the fit, in its order.
    features: Vec<String>,
    #[serde(default)]
    covariates: Vec<Covariate>,
    combat: Combat,
}

impl FrozenCombat {
    pub(super) fn new(
        batch: &str,
        features: &[String],
        covariates: Vec<Covariate>,
        combat: &Combat,
    ) -> Self {
        Self {
            radiome: env!("CARGO_PKG_VERSION").to_owned(),
            batch: Some(batch.to_owned()),
            features: features.to_vec(),
            covariates,
            combat: combat.clone(),
        }
    }

    pub(super) fn write(&self, path: &Path) -> miette::Result<()> {
        let text = serde_json::to_string_pretty(self).into_diagnostic()?;
        std::fs::write(path, text + "\n")
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write the fit {}", path.display()))
    }

    pub(super) fn read(path: &Path) -> miette::Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read the fit {shown}"))?;
        let wrong = |reason: String| {
            miette!(
                help = "give the file that --model-out wrote",
                "{shown} is no fit of radiome combat: {reason}"
            )
        };
        let model: Self = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let terms = model.covariates.iter().flat_map(Covariate::terms).count();
        if model.features.len() != model.combat.feature_count
            || terms != model.combat.covariate_coefficients.len()
        {
            return Err(wrong(
                "its columns are not those that it was fitted on".to_owned(),
            ));
        }
        Ok(model)
    }
}

/// Harmonises a table with a fit that was made before.
pub(super) fn apply(
    options: &Options,
    model: &FrozenCombat,
    path: &Path,
    table: &Table,
) -> miette::Result<Findings> {
    let mut combat = model.combat.clone();
    combat.options.unseen = options.new_batch.unseen();
    let Some(batch) = options.batch.as_deref().or(model.batch.as_deref()) else {
        return Err(miette!(
            help = "name its column with --batch",
            "{} does not say which column holds the batch",
            path.display()
        ));
    };
    let batch = table.id_column(Some(batch))?;
    let mut needed = vec![batch];
    needed.extend(model.covariates.iter().map(Covariate::column));
    let mut warnings = Vec::new();
    let places = complete(table, &needed, &mut warnings)?;
    let table = &table.select_rows(&places);

    let mut columns = Vec::with_capacity(model.features.len());
    for feature in &model.features {
        columns.push(finite_or_missing(table, feature)?);
    }
    let before = matrix(table.len(), &columns);
    let design = design(&model.covariates, table)?;
    let labels = table.cells(batch)?.to_vec();
    let applied = combat.apply(&before, &labels, design.as_ref());
    let applied = applied.map_err(|error| match error {
        CombatError::UnseenBatches { found, known } => miette!(
            help = "say what happens to them with --new-batch none or --new-batch own",
            "{}: {} knows no batch {} (it knows {})",
            table.source(),
            path.display(),
            found.join(", "),
            known.join(", ")
        ),
        CombatError::Degenerate(batch) => miette!(
            help = "leave it as it is with --new-batch none",
            "{}: no distribution fits the scales of the features in the new batch {batch}",
            table.source()
        ),
        other => miette!("{}: {other}", path.display()),
    })?;
    if !applied.estimated.is_empty() {
        let batches: Vec<String> = applied
            .estimated
            .iter()
            .map(|effect| format!("{} ({} rows)", effect.label, effect.rows))
            .collect();
        let told = format!(
            "new to the fit and estimated from their own rows: {}; of few rows, real differences \
             between patients are removed too",
            name_some(&batches)
        );
        warnings.push(Warning::new("new_batch_own", told));
    }
    if !applied.unadjusted.is_empty() {
        let why = match combat.options.unseen {
            Unseen::Own => ", having too few rows for estimates of their own",
            Unseen::Unadjusted | Unseen::Error => "",
        };
        let told = format!(
            "new to the fit and left as they are{why}: {}",
            name_some(&applied.unadjusted)
        );
        warnings.push(Warning::new("new_batch_unadjusted", told));
    }

    let groups = members(&labels);
    let batches = groups.iter().map(|(&name, rows)| {
        let find = |effects: &'_ [BatchEffect]| effects.iter().position(|e| e.label == name);
        let frozen = find(&combat.batches).map(|place| &combat.batches[place]);
        let own = find(&applied.estimated).map(|place| &applied.estimated[place]);
        let role = match (frozen, own) {
            (Some(_), _) if combat.options.reference_batch.as_deref() == Some(name) => {
                Role::Reference
            }
            (Some(_), _) => Role::Frozen,
            (None, Some(_)) => Role::Own,
            (None, None) => Role::Unadjusted,
        };
        Batch {
            name,
            n: rows.len(),
            role,
            effect: frozen.or(own),
        }
    });
    Harmonized {
        table,
        places,
        features: &model.features,
        left: Vec::new(),
        terms: model.covariates.iter().flat_map(Covariate::terms).collect(),
        combat: &combat,
        batches: batches.collect(),
        before: &before,
        after: &applied.values,
    }
    .findings(warnings)
}

//! Times the statistics of a study on tables that `bench/r_statistics.py` makes, one line a run,
//! `task,seconds,value`, on one thread: `cargo run --release -p radiome-stats --example speed --
//! FOLDER ROUNDS`.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use nalgebra::DMatrix;
use radiome_stats::calibration::optimism;
use radiome_stats::discrimination::{auc_bootstrap, delong_paired};
use radiome_stats::harmonization::combat::{Combat, CombatOptions};
use radiome_stats::regression::{
    CrossValidationMeasure, ElasticNetOptions, ElasticNetOutcome, cross_validate_elastic_net,
};
use radiome_stats::reliability::icc::{IccForm, icc};
use radiome_stats::resampling::{bootstrap, seeded};
use radiome_stats::selection::mrmr::{MrmrAssociation, MrmrForm, mrmr};
use radiome_stats::survival::{
    CoxTies, SurvivalInterval, concordance, cox_regression, kaplan_meier,
};

type Failure = Box<dyn Error>;

/// A table with columns of text and numbers.
struct Table {
    header: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    fn read(folder: &Path, name: &str) -> Result<Self, Failure> {
        let mut reader = csv::Reader::from_path(folder.join(name))?;
        let header = reader.headers()?.iter().map(str::to_owned).collect();
        let rows = reader.records().collect::<Result<_, _>>()?;
        Ok(Self { header, rows })
    }

    fn texts(&self, column: usize) -> Vec<String> {
        self.rows.iter().map(|row| row[column].to_owned()).collect()
    }

    fn numbers(&self, column: usize) -> Result<Vec<f64>, Failure> {
        let cells = self.rows.iter().map(|row| Ok(row[column].parse()?));
        cells.collect()
    }

    /// The columns from `first` on.
    fn matrix(&self, first: usize) -> Result<DMatrix<f64>, Failure> {
        let width = self.header.len() - first;
        let mut values = Vec::with_capacity(width * self.rows.len());
        for column in first..self.header.len() {
            values.extend(self.numbers(column)?);
        }
        Ok(DMatrix::from_vec(self.rows.len(), width, values))
    }
}

fn classes(numbers: &[f64]) -> Vec<bool> {
    numbers.iter().map(|&value| value > 0.0).collect()
}

/// Runs a task so many times.
fn time(
    task: &str,
    rounds: usize,
    mut work: impl FnMut() -> Result<f64, Failure>,
) -> Result<(), Failure> {
    for _ in 0..rounds {
        let start = Instant::now();
        let value = work()?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{task},{seconds:.6},{value:?}");
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder of tables")?;
    let rounds: usize = arguments.next().ok_or("how many rounds?")?.parse()?;
    let folder = Path::new(&folder);
    features(folder, rounds)?;
    scores(folder, rounds)?;
    follow_up(folder, rounds)
}

fn features(folder: &Path, rounds: usize) -> Result<(), Failure> {
    let table = Table::read(folder, "lasso.csv")?;
    let (x, y) = (table.matrix(2)?, table.numbers(0)?);
    let folds: Vec<usize> = table
        .numbers(1)?
        .iter()
        .map(|&fold| fold as usize)
        .collect();
    time("lasso_cv", rounds, || {
        let options = ElasticNetOptions::default();
        let measure = CrossValidationMeasure::Deviance;
        let outcome = ElasticNetOutcome::Binomial(&y);
        let found = cross_validate_elastic_net(&x, &outcome, &folds, measure, &options)?;
        Ok(found.cvm[found.index_min])
    })?;

    let table = Table::read(folder, "combat.csv")?;
    let (x, batches) = (table.matrix(1)?, table.texts(0));
    for (task, parametric) in [
        ("combat_parametric", true),
        ("combat_non_parametric", false),
    ] {
        let options = CombatOptions {
            parametric,
            ..CombatOptions::default()
        };
        time(task, rounds, || {
            let fitted = Combat::fit(&x, &batches, None, &options)?;
            let found = fitted.apply(&x, &batches, None)?;
            Ok(found.values[(2, 1)])
        })?;
    }

    let table = Table::read(folder, "icc.csv")?;
    let mut subjects: HashMap<&str, usize> = HashMap::new();
    let mut places = Vec::new();
    for row in &table.rows {
        let next = subjects.len();
        let subject = *subjects.entry(&row[0]).or_insert(next);
        places.push((subject, row[1].parse::<usize>()?));
    }
    let mut readings = Vec::new();
    for column in 2..table.header.len() {
        let mut matrix = DMatrix::zeros(subjects.len(), 3);
        for (place, value) in places.iter().zip(table.numbers(column)?) {
            matrix[*place] = value;
        }
        readings.push(matrix);
    }
    time("icc", rounds, || {
        let found: Vec<f64> = readings
            .iter()
            .map(|matrix| Ok(icc(matrix, 0.95)?.value(IccForm::AgreementSingle)))
            .collect::<Result<_, Failure>>()?;
        Ok(found[6])
    })?;

    let table = Table::read(folder, "mrmr.csv")?;
    let (x, y) = (table.matrix(1)?, table.numbers(0)?);
    time("mrmr", rounds, || {
        let chosen = mrmr(&x, &y, 30, MrmrForm::Difference, MrmrAssociation::Pearson)?;
        Ok(chosen.scores[29])
    })
}

fn scores(folder: &Path, rounds: usize) -> Result<(), Failure> {
    let table = Table::read(folder, "roc.csv")?;
    let (y, a, b) = (table.numbers(0)?, table.numbers(1)?, table.numbers(2)?);
    let y = classes(&y);
    time("delong_paired", rounds, || {
        Ok(delong_paired(&y, &a, &b, 0.95)?.z)
    })?;

    let table = Table::read(folder, "small.csv")?;
    let (y, a, x) = (
        classes(&table.numbers(0)?),
        table.numbers(1)?,
        table.matrix(1)?,
    );
    time("auc_bootstrap", rounds, || {
        Ok(auc_bootstrap(&y, &a, 0.95, 2000, &mut seeded(1))?.lower)
    })?;
    time("validate_logistic", rounds, || {
        let mut generator = seeded(1);
        let resamples: Vec<Vec<usize>> = (0..1000)
            .map(|_| bootstrap(y.len(), &mut generator))
            .collect();
        Ok(optimism(&x, &y, &resamples)?.corrected.brier)
    })
}

fn follow_up(folder: &Path, rounds: usize) -> Result<(), Failure> {
    let table = Table::read(folder, "survival.csv")?;
    let (t, event) = (table.numbers(0)?, classes(&table.numbers(1)?));
    let x = table.matrix(2)?;
    let first = 10_000;
    let some = x.rows(0, first).into_owned();
    time("cox", rounds, || {
        let model = cox_regression(&some, &t[..first], &event[..first], CoxTies::Efron, 0.95)?;
        Ok(model.coefficients[0].estimate)
    })?;
    let score: Vec<f64> = x.column(0).iter().copied().collect();
    time("concordance", rounds, || {
        Ok(concordance(&t, &event, &score, 0.95)?.c)
    })?;
    time("kaplan_meier", rounds, || {
        let curve = kaplan_meier(&t, &event, SurvivalInterval::Log, 0.95)?;
        Ok(curve.survival[49_999])
    })
}

//! Times the survival estimators on a table with columns time, event, x, y and stratum, and prints
//! what they give, to be held against R: `cargo run --release -p radiome-stats --example
//! survival_speed -- TABLE.csv`.

use nalgebra::DMatrix;
use radiome_stats::survival::{
    CensoringTies, CoxTies, SurvivalInterval, TimeTransform, compare_concordance, concordance,
    cox_regression, kaplan_meier, log_rank, maximally_selected_log_rank, proportional_hazards_test,
    stratified_cox_regression, time_dependent_auc,
};
use std::error::Error;
use std::time::Instant;

fn timed<T, E: Error + 'static>(
    what: &str,
    work: impl FnOnce() -> Result<T, E>,
    show: impl FnOnce(&T) -> Vec<f64>,
) -> Result<T, Box<dyn Error>> {
    let start = Instant::now();
    let found = work()?;
    let seconds = start.elapsed().as_secs_f64();
    let values: Vec<String> = show(&found).iter().map(|v| format!("{v:.15e}")).collect();
    println!("{what:<22} {seconds:8.4} s  {}", values.join(" "));
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("name a table")?;
    let mut table = csv::Reader::from_path(path)?;
    let mut rows: Vec<[f64; 5]> = Vec::new();
    for row in table.deserialize() {
        rows.push(row?);
    }
    let time: Vec<f64> = rows.iter().map(|r| r[0]).collect();
    let event: Vec<bool> = rows.iter().map(|r| r[1] > 0.0).collect();
    let x: Vec<f64> = rows.iter().map(|r| r[2]).collect();
    let y: Vec<f64> = rows.iter().map(|r| r[3]).collect();
    let stratum: Vec<usize> = rows.iter().map(|r| r[4] as usize).collect();
    let columns = DMatrix::from_fn(rows.len(), 2, |i, j| rows[i][2 + j]);
    let mut sorted = time.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or_default();

    timed(
        "Kaplan-Meier",
        || kaplan_meier(&time, &event, SurvivalInterval::Log, 0.95),
        |k| {
            let (lower, upper) = k.limits_at(middle);
            vec![k.survival_at(middle), lower, upper]
        },
    )?;
    timed(
        "log-rank",
        || log_rank(&time, &event, &stratum, None, 0.0),
        |t| vec![t.chi_square, t.p],
    )?;
    timed(
        "concordance",
        || concordance(&time, &event, &x, 0.95),
        |c| vec![c.c, c.standard_error],
    )?;
    timed(
        "two concordances",
        || compare_concordance(&time, &event, &x, &y, 0.95),
        |c| vec![c.difference, c.standard_error],
    )?;
    timed(
        "weighted AUC",
        || time_dependent_auc(&time, &event, &x, middle, CensoringTies::EventsFirst, 0.95),
        |a| vec![a.auc, a.standard_error],
    )?;
    timed(
        "maximal log-rank",
        || maximally_selected_log_rank(&time, &event, &x, 0.1, 0.9),
        |m| vec![m.cutpoint, m.statistic, m.p_lausen_1994],
    )?;
    let model = timed(
        "Cox",
        || cox_regression(&columns, &time, &event, CoxTies::Efron, 0.95),
        |m| {
            m.coefficients
                .iter()
                .flat_map(|c| [c.estimate, c.standard_error])
                .collect()
        },
    )?;
    timed(
        "stratified Cox",
        || stratified_cox_regression(&columns, &time, &event, &stratum, CoxTies::Efron, 0.95),
        |m| {
            m.coefficients
                .iter()
                .flat_map(|c| [c.estimate, c.standard_error])
                .collect()
        },
    )?;
    timed(
        "proportional hazards",
        || {
            let transform = TimeTransform::KaplanMeier;
            proportional_hazards_test(&model, &columns, &time, &event, None, None, transform)
        },
        |t| {
            vec![
                t.terms[0].chi_square,
                t.terms[1].chi_square,
                t.global.chi_square,
            ]
        },
    )?;
    Ok(())
}

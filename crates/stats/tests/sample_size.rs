//! Sample sizes against `pmsampsize` (`reference/sample_size.csv`, made by `sample_size.R`), and the
//! R² of a C statistic against quadrature in R.

mod fixture;

use fixture::{Table, Worst};
use radiome_stats::sample_size::{
    BinaryDesign, CriterionName, SampleSize, SampleSizeError, Targets, TimeToEventDesign,
    binary_sample_size, cox_snell_r2_of_c_statistic, maximum_cox_snell_r2,
    time_to_event_sample_size,
};

struct Reference {
    table: Table,
    rows: Vec<usize>,
}

impl Reference {
    fn of(kind: &str) -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/reference/sample_size.csv"
        );
        let table = Table::read_at(path.as_ref());
        let kinds = table.labels("kind");
        let rows = (0..kinds.len()).filter(|&row| kinds[row] == kind).collect();
        Self { table, rows }
    }

    fn numbers(&self, column: &str) -> Vec<f64> {
        let values = self.table.numbers(column);
        self.rows.iter().map(|&row| values[row]).collect()
    }
}

fn sizes(found: &SampleSize) -> Vec<usize> {
    found.criteria.iter().map(|criterion| criterion.n).collect()
}

#[test]
fn binary_outcomes_agree_with_pmsampsize() {
    let reference = Reference::of("b");
    let column = |name: &str| reference.numbers(name);
    let (parameters, r2, prevalence) = (column("parameters"), column("r2"), column("x1"));
    let (shrinkage, maximum) = (column("shrinkage"), column("max_r2"));
    let n = ["n1", "n2", "n3"].map(column);
    let mut worst = Worst::default();
    for i in 0..r2.len() {
        let design = BinaryDesign {
            parameters: parameters[i] as usize,
            prevalence: prevalence[i],
            r2: r2[i],
        };
        let targets = Targets {
            shrinkage: shrinkage[i],
            ..Targets::default()
        };
        let found = binary_sample_size(&design, &targets).unwrap();
        let expected: Vec<usize> = n.iter().map(|n| n[i] as usize).collect();
        assert_eq!(sizes(&found), expected, "{design:?} {targets:?}");
        assert_eq!(Some(&found.required), expected.iter().max());
        // Closed forms.
        worst.check("largest R²", found.maximum_r2, maximum[i], 1e-12, 0.0);
    }
    println!("{} sample sizes are equal", 3 * r2.len());
    worst.report("largest R²");
}

#[test]
fn times_to_event_agree_with_pmsampsize() {
    let reference = Reference::of("s");
    let column = |name: &str| reference.numbers(name);
    let (parameters, r2) = (column("parameters"), column("r2"));
    let [rate, timepoint, mean_follow_up] = ["x1", "x2", "x3"].map(column);
    let [shrinkage, optimism, risk] = ["n1", "n2", "n3"].map(column);
    let maximum = column("max_r2");
    for i in 0..r2.len() {
        let design = TimeToEventDesign {
            parameters: parameters[i] as usize,
            rate: rate[i],
            timepoint: timepoint[i],
            mean_follow_up: mean_follow_up[i],
            r2: r2[i],
        };
        let found = time_to_event_sample_size(&design, &Targets::default()).unwrap();
        let found_sizes = sizes(&found);
        assert_eq!(found_sizes[0], shrinkage[i] as usize, "{design:?}");
        assert_eq!(found_sizes[2], risk[i] as usize, "{design:?}");
        // pmsampsize rounds the events of 10,000 participants up to a whole number, which moves the
        // largest R² by less than 1 in 10,000, and the sample of the second criterion as much.
        assert!((found.maximum_r2 - maximum[i]).abs() < 1e-4, "{design:?}");
        let apart = found_sizes[1].abs_diff(optimism[i] as usize) as f64;
        assert!(
            apart <= 1.0 + 2e-4 * optimism[i],
            "{design:?}: {found_sizes:?}"
        );
    }
}

#[test]
fn the_r2_of_a_c_statistic_agrees_with_quadrature() {
    let reference = Reference::of("c");
    let column = |name: &str| reference.numbers(name);
    let (prevalence, c) = (column("x1"), column("x2"));
    let (r2, simulated) = (column("r2"), column("sim"));
    let mut worst = Worst::default();
    for i in 0..r2.len() {
        let found = cox_snell_r2_of_c_statistic(c[i], prevalence[i]).unwrap();
        // integrate() was asked for 1e-13; a small R² loses digits by subtraction on both sides.
        let place = format!("C {} at {}", c[i], prevalence[i]);
        worst.check(&place, found, r2[i], 1e-11, 1e-2);
        // A million simulated participants: pmsampsize's own value scatters by about this much.
        assert!((found - simulated[i]).abs() < 1e-3, "{place}: {found}");
    }
    worst.report("R² of C");
}

#[test]
fn published_examples_come_out() {
    // pmsampsize's own examples and tests (version 1.1.3): 24 parameters, R² 0.288, prevalence
    // 0.174.
    let design = BinaryDesign {
        parameters: 24,
        prevalence: 0.174,
        r2: 0.288,
    };
    let found = binary_sample_size(&design, &Targets::default()).unwrap();
    assert_eq!(sizes(&found), [623, 662, 221]);
    assert_eq!(format!("{:.2}", found.events_per_parameter), "4.80");
    let shrinkage: Vec<String> = found
        .criteria
        .iter()
        .map(|criterion| format!("{:.3}", criterion.shrinkage))
        .collect();
    assert_eq!(shrinkage[..2], ["0.900", "0.905"]);
    // BMJ 2020;368:m441: pre-eclampsia, 30 parameters, prevalence 0.05, R² 0.05; the largest R² is
    // 0.33, the overall risk needs 73 and the shrinkage 5249 participants.
    let pre_eclampsia = BinaryDesign {
        parameters: 30,
        prevalence: 0.05,
        r2: 0.05,
    };
    let found = binary_sample_size(&pre_eclampsia, &Targets::default()).unwrap();
    assert_eq!(format!("{:.2}", found.maximum_r2), "0.33");
    assert_eq!((sizes(&found)[0], sizes(&found)[2]), (5249, 73));
    // Its table of the largest R² by prevalence.
    for (prevalence, largest) in [
        (0.5, "0.75"),
        (0.4, "0.74"),
        (0.3, "0.71"),
        (0.2, "0.63"),
        (0.1, "0.48"),
        (0.05, "0.33"),
        (0.01, "0.11"),
    ] {
        let found = maximum_cox_snell_r2(prevalence).unwrap();
        assert_eq!(format!("{found:.2}"), largest);
    }
    // The same paper: recurrence of venous thromboembolism, 30 parameters, R² 0.051, 0.065 events a
    // year, 2.07 years of follow-up: 5143 participants with 23.07 events for each parameter.
    let recurrence = TimeToEventDesign {
        parameters: 30,
        rate: 0.065,
        timepoint: 2.0,
        mean_follow_up: 2.07,
        r2: 0.051,
    };
    let found = time_to_event_sample_size(&recurrence, &Targets::default()).unwrap();
    assert_eq!((found.required, sizes(&found)[1]), (5143, 1039));
    assert_eq!(format!("{:.2}", found.events_per_parameter), "23.07");
}

#[test]
fn the_mean_absolute_error_is_a_criterion_where_it_is_asked_for() {
    let design = BinaryDesign {
        parameters: 10,
        prevalence: 0.3,
        r2: 0.1,
    };
    let targets = Targets {
        mean_absolute_error: Some(0.05),
        ..Targets::default()
    };
    let found = binary_sample_size(&design, &targets).unwrap();
    let last = found.criteria.last().unwrap();
    assert_eq!(last.name, CriterionName::MeanAbsoluteError);
    // exp((-0.508 + 0.259 ln 0.3 + 0.504 ln 10 - ln 0.05) / 0.544) = 460.86, by R
    assert_eq!(last.n, 461);
}

#[test]
fn what_cannot_be_planned_is_an_error() {
    let plan = |parameters, prevalence, r2, shrinkage| {
        let design = BinaryDesign {
            parameters,
            prevalence,
            r2,
        };
        let targets = Targets {
            shrinkage,
            ..Targets::default()
        };
        binary_sample_size(&design, &targets)
    };
    assert!(plan(10, 0.3, 0.1, 0.9).is_ok());
    assert_eq!(plan(0, 0.3, 0.1, 0.9), Err(SampleSizeError::NoParameters));
    for prevalence in [0.0, 1.0, -0.1, f64::NAN] {
        let found = plan(10, prevalence, 0.1, 0.9);
        assert!(matches!(found, Err(SampleSizeError::Range { .. })));
    }
    for r2 in [0.0, -0.1, 1.0, f64::NAN] {
        let found = plan(10, 0.3, r2, 0.9);
        assert!(matches!(found, Err(SampleSizeError::Range { .. })));
    }
    let maximum = maximum_cox_snell_r2(0.3).unwrap();
    assert_eq!(
        plan(10, 0.3, maximum, 0.9),
        Err(SampleSizeError::AboveMaximum {
            r2: maximum,
            maximum
        })
    );
    assert!(matches!(
        plan(10, 0.3, 0.2, 0.15),
        Err(SampleSizeError::AboveShrinkage { .. })
    ));
    assert_eq!(plan(10, 0.3, 1e-16, 0.9), Err(SampleSizeError::TooLarge));
    for c in [0.5, 1.0, 0.4, f64::NAN] {
        assert!(cox_snell_r2_of_c_statistic(c, 0.3).is_err());
    }
}

#[test]
fn a_better_model_needs_fewer_and_more_parameters_need_more() {
    let size = |parameters, c| {
        let design = BinaryDesign {
            parameters,
            prevalence: 0.2,
            r2: cox_snell_r2_of_c_statistic(c, 0.2).unwrap(),
        };
        let found = binary_sample_size(&design, &Targets::default()).unwrap();
        sizes(&found)[0]
    };
    let mut before = usize::MAX;
    for c in [0.51, 0.55, 0.6, 0.7, 0.8, 0.9, 0.99, 0.9999] {
        let now = size(10, c);
        assert!(now < before, "{c}");
        before = now;
    }
    assert!(size(20, 0.7).abs_diff(2 * size(10, 0.7)) <= 1);
    // The outcome and its absence are the same to a binormal model.
    let r2 = |prevalence| cox_snell_r2_of_c_statistic(0.8, prevalence).unwrap();
    assert!((r2(0.1) - r2(0.9)).abs() < 1e-13);
}

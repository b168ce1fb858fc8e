//! Discrimination within subgroups.

use indexmap::IndexMap;
use radiome_stats::discrimination::{
    FoldScores, auc_delong, auc_heterogeneity, cross_validated_auc, delong_unpaired,
};
use radiome_stats::distribution::normal_upper_quantile;

use super::column_groups::ColumnGroups;
use super::performance::LEVEL;
use super::{Evidence, View};
use crate::results::{Estimate, Interaction, Subgroup, Subgroups, SubgroupsOfModel};

/// With fewer patients of a class an AUC says nothing.
const FEWEST_OF_A_CLASS: usize = 5;

/// The AUC of one subgroup.
#[derive(Clone, Copy)]
struct Area {
    auc: f64,
    standard_error: f64,
    ci: [f64; 2],
}

/// The patients of a test fold that are in a subgroup.
struct FoldPart {
    repeat: usize,
    rows: Vec<usize>,
    class: Vec<bool>,
    score: Vec<f64>,
}

impl FoldPart {
    fn scores(&self) -> FoldScores<'_> {
        FoldScores {
            repeat: self.repeat,
            rows: &self.rows,
            class: &self.class,
            score: &self.score,
        }
    }
}

impl Evidence<'_> {
    /// The AUC of each model within the values of each column: of the external patients, and of the
    /// training patients by the models that were fitted without them.
    ///
    /// The cross-validated AUC of a subgroup is defined as that of all patients, on the subgroup's
    /// patients of each test fold: the mean over folds and repeats of the AUC within the folds that
    /// hold both classes of it. Predictions of different folds are never ranked against each other.
    pub(super) fn subgroups_of(&self, views: &[View<'_>], models: &[String]) -> Vec<Subgroups> {
        let columns = self.subgroups.iter();
        columns
            .map(|column| {
                let groups = ColumnGroups::of(column, self.train);
                let mut found: IndexMap<String, IndexMap<String, SubgroupsOfModel>> =
                    IndexMap::new();
                for model in models {
                    for view in views {
                        let one = match view.name {
                            "cross_validated" => self.within_folds(view, &groups, model),
                            "external" => external(view, &groups, model),
                            _ => continue,
                        };
                        let by_split = found.entry(model.clone()).or_default();
                        by_split.insert(view.name.to_owned(), one);
                    }
                }
                Subgroups {
                    column: groups.column,
                    cut: groups.cut,
                    models: found,
                }
            })
            .collect()
    }

    fn within_folds(
        &self,
        view: &View<'_>,
        groups: &ColumnGroups,
        model: &str,
    ) -> SubgroupsOfModel {
        let fits = self
            .cross_validation
            .map_or(&[][..], |validation| &validation.fits);
        let areas = levels(view, groups, model, |members, _| {
            // A place among the training rows, as in the folds' lists.
            let is_member = |place: usize| members.contains(&place);
            let parts: Vec<FoldPart> = fits
                .iter()
                .map(|fit| {
                    let scores = fit.score.get(model).map_or(&[][..], Vec::as_slice);
                    let of_group = fit.test.iter().zip(scores);
                    let of_group = of_group.filter(|(place, _)| is_member(**place));
                    let (rows, score): (Vec<usize>, Vec<f64>) =
                        of_group.map(|(&place, &score)| (place, score)).unzip();
                    FoldPart {
                        repeat: fit.repeat,
                        class: rows.iter().map(|&place| view.outcome[place]).collect(),
                        rows,
                        score,
                    }
                })
                .collect();
            let folds: Vec<FoldScores<'_>> = parts.iter().map(FoldPart::scores).collect();
            cross_validated_auc(&folds).map(|found| Area {
                auc: found.auc,
                standard_error: found.se,
                ci: found.ci,
            })
        });
        let known: Vec<Area> = areas.iter().filter_map(|(_, area)| *area).collect();
        let interaction = match known.as_slice() {
            [first, second] => difference(first, second),
            _ => heterogeneity(&known),
        };
        SubgroupsOfModel {
            levels: areas.into_iter().map(|(level, _)| level).collect(),
            interaction,
        }
    }
}

fn external(view: &View<'_>, groups: &ColumnGroups, model: &str) -> SubgroupsOfModel {
    let mut samples: Vec<(Vec<bool>, Vec<f64>)> = Vec::new();
    let areas = levels(view, groups, model, |members, score| {
        let class: Vec<bool> = members.iter().map(|&row| view.outcome[row]).collect();
        let score: Vec<f64> = members.iter().map(|&row| score[row]).collect();
        let found = auc_delong(&class, &score, LEVEL).ok()?;
        samples.push((class, score));
        Some(Area {
            auc: found.auc,
            standard_error: found.standard_error,
            ci: [found.lower, found.upper],
        })
    });
    let known: Vec<Area> = areas.iter().filter_map(|(_, area)| *area).collect();
    let interaction = match samples.as_slice() {
        [(class, score), (other_class, other_score)] => {
            // The second less the first.
            let test = delong_unpaired((other_class, other_score), (class, score), LEVEL).ok();
            let test = test.filter(|test| test.standard_error > 0.0);
            test.map_or_else(untested, |test| Interaction {
                test: Some("delong_unpaired".to_owned()),
                difference: Some(test.difference),
                ci: [Some(test.lower), Some(test.upper)],
                statistic: Some(test.statistic),
                df: Some(test.df).filter(|df| df.is_finite()),
                p_value: Some(test.p),
            })
        }
        _ => heterogeneity(&known),
    };
    SubgroupsOfModel {
        levels: areas.into_iter().map(|(level, _)| level).collect(),
        interaction,
    }
}

/// Counts of each subgroup and its area, where both classes have enough patients. `area` is given
/// the rows of the view that are in the subgroup and have a prediction, and every row's score.
fn levels(
    view: &View<'_>,
    groups: &ColumnGroups,
    model: &str,
    mut area: impl FnMut(&[usize], &[f64]) -> Option<Area>,
) -> Vec<(Subgroup, Option<Area>)> {
    let score = view.score.get(model).map_or(&[][..], Vec::as_slice);
    let of_level = groups.names.iter().enumerate().map(|(number, level)| {
        let members: Vec<usize> = (0..score.len())
            .filter(|&row| {
                groups.of_row[view.rows[row]] == Some(number) && !score[row].is_nan()
            })
            .collect();
        let positive = members.iter().filter(|&&row| view.outcome[row]).count();
        let negative = members.len() - positive;
        let mut found = Subgroup {
            level: level.clone(),
            n: members.len(),
            positive,
            auc: Estimate::UNKNOWN,
            reason: None,
        };
        if positive.min(negative) < FEWEST_OF_A_CLASS {
            found.reason = Some(format!(
                "{positive} positive and {negative} negative patients: an AUC needs {FEWEST_OF_A_CLASS} of each"
            ));
            return (found, None);
        }
        let area = area(&members, score);
        match area {
            Some(area) => {
                found.auc = Estimate {
                    estimate: Some(area.auc),
                    ci: area.ci.map(Some),
                };
            }
            None => found.reason = Some("no test fold holds both classes of it".to_owned()),
        }
        (found, area)
    });
    of_level.collect()
}

/// The second area less the first, of different patients: their variances add up.
fn difference(first: &Area, second: &Area) -> Interaction {
    let standard_error = first.standard_error.hypot(second.standard_error);
    if standard_error == 0.0 {
        return untested();
    }
    let difference = second.auc - first.auc;
    let reach = normal_upper_quantile((1.0 - LEVEL) / 2.0) * standard_error;
    let z = difference / standard_error;
    Interaction {
        test: Some("difference".to_owned()),
        difference: Some(difference),
        ci: [Some(difference - reach), Some(difference + reach)],
        statistic: Some(z),
        df: None,
        p_value: Some(radiome_stats::distribution::normal_two_sided(z)),
    }
}

/// Cochran's Q of several areas.
fn heterogeneity(areas: &[Area]) -> Interaction {
    let areas: Vec<(f64, f64)> = areas
        .iter()
        .map(|area| (area.auc, area.standard_error))
        .collect();
    auc_heterogeneity(&areas).map_or_else(untested, |test| Interaction {
        test: Some("cochran_q".to_owned()),
        difference: None,
        ci: [None, None],
        statistic: Some(test.q),
        df: Some(test.df as f64),
        p_value: Some(test.p),
    })
}

fn untested() -> Interaction {
    Interaction {
        test: None,
        difference: None,
        ci: [None, None],
        statistic: None,
        df: None,
        p_value: None,
    }
}

//! The distribution of the censoring times, by which observed samples stand in for censored ones.

use super::error::{SurvivalError, check};
use super::kaplan_meier::{KaplanMeier, SurvivalInterval, kaplan_meier};
use serde::Serialize;

/// Who is at risk of being censored at a time that also has events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CensoringTies {
    /// Events come first, so their samples are no longer at risk (as in riskRegression and prodlim).
    #[default]
    EventsFirst,
    /// Samples with events still count (a Kaplan-Meier curve with events and censorings swapped).
    Together,
}

/// Probability G of not being censored yet, by Kaplan and Meier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CensoringDistribution {
    /// Distinct times, ascending.
    pub time: Vec<f64>,
    /// G just after each time.
    pub uncensored: Vec<f64>,
    /// Rule at shared times.
    pub ties: CensoringTies,
}

/// Reverse Kaplan-Meier estimate of the censoring distribution.
///
/// G(t) = product over times u <= t of (1 - c/r), with c censorings among r at risk; `ties` says
/// whether the samples with events at u belong to r.
///
/// # Errors
/// As [`kaplan_meier`].
pub fn censoring_distribution(
    time: &[f64],
    event: &[bool],
    ties: CensoringTies,
) -> Result<CensoringDistribution, SurvivalError> {
    check(time, event)?;
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_unstable_by(|&a, &b| time[a].total_cmp(&time[b]));
    let mut out = CensoringDistribution {
        time: Vec::new(),
        uncensored: Vec::new(),
        ties,
    };
    let mut g = 1.0;
    let mut left = time.len();
    for block in order.chunk_by(|&a, &b| time[a] == time[b]) {
        let d = block.iter().filter(|&&i| event[i]).count();
        let c = block.len() - d;
        let r = match ties {
            CensoringTies::EventsFirst => left - d,
            CensoringTies::Together => left,
        };
        if c > 0 {
            g *= (r - c) as f64 / r as f64;
        }
        out.time.extend(block.first().map(|&i| time[i]));
        out.uncensored.push(g);
        left -= block.len();
    }
    Ok(out)
}

impl CensoringDistribution {
    fn after(&self, steps: usize) -> f64 {
        steps
            .checked_sub(1)
            .and_then(|k| self.uncensored.get(k))
            .copied()
            .unwrap_or(1.0)
    }

    /// G(t), censorings at `t` included.
    #[must_use]
    pub fn at(&self, t: f64) -> f64 {
        self.after(self.time.partition_point(|u| *u <= t))
    }

    /// G(t-), just before `t`.
    #[must_use]
    pub fn before(&self, t: f64) -> f64 {
        self.after(self.time.partition_point(|u| *u < t))
    }
}

/// Kaplan-Meier curve of the time to censoring (Schemper and Smith 1996): its median is the median
/// follow-up.
///
/// Events and censorings swap their parts: R's `survfit(Surv(time, 1 - event) ~ 1)`.
///
/// # Errors
/// As [`kaplan_meier`].
pub fn reverse_kaplan_meier(
    time: &[f64],
    event: &[bool],
    interval: SurvivalInterval,
    level: f64,
) -> Result<KaplanMeier, SurvivalError> {
    let censored: Vec<bool> = event.iter().map(|e| !e).collect();
    kaplan_meier(time, &censored, interval, level)
}

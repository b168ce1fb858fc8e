//! A guess at the next solution of a path from the last ones.

use super::vector::add_multiple;
use super::{Loss, Solver};

/// Solutions at the penalties before, for a guess at the next one.
#[derive(Default)]
pub(super) struct Earlier {
    /// Latest last; at most three, all of the same features with the same signs.
    solutions: Vec<Solution>,
    spare: Vec<Solution>,
    /// Ratio of the last two penalties.
    ratio: f64,
}

#[derive(Default)]
struct Solution {
    features: Vec<usize>,
    beta: Vec<f64>,
    intercept: f64,
}

impl<L: Loss> Solver<'_, L> {
    /// Keeps the present solution for the guess at the next.
    pub(super) fn remember(&mut self) {
        let Earlier {
            solutions, spare, ..
        } = &mut self.earlier;
        let same = solutions.last().is_some_and(|last| {
            last.features == self.working
                && last
                    .beta
                    .iter()
                    .zip(&self.working)
                    .all(|(b, &j)| b * self.beta[j] > 0.0)
        });
        if !same {
            spare.append(solutions);
        } else if solutions.len() == 3 {
            spare.push(solutions.remove(0));
        }
        let mut next = spare.pop().unwrap_or_default();
        next.features.clone_from(&self.working);
        next.beta.clear();
        next.beta.extend(self.working.iter().map(|&j| self.beta[j]));
        next.intercept = self.intercept;
        solutions.push(next);
    }

    /// Moves to a guess of the solution: quadratic (or linear) in the index of the penalty, where
    /// the penalties have a constant ratio and no feature came, went or changed its sign.
    pub(super) fn extrapolate(&mut self, l1: f64, previous_l1: f64) {
        let ratio = l1 / previous_l1;
        let even = (ratio - self.earlier.ratio).abs() < 1e-9;
        self.earlier.ratio = ratio;
        if !even {
            let Earlier {
                solutions, spare, ..
            } = &mut self.earlier;
            // only the latest lies one step away
            let older = solutions.len().saturating_sub(1);
            spare.extend(solutions.drain(..older));
            return;
        }
        let weights: &[f64] = match self.earlier.solutions.len() {
            3 => &[1.0, -3.0, 3.0],
            2 => &[-1.0, 2.0],
            _ => return,
        };
        let guess = |of: &dyn Fn(&Solution) -> f64| -> f64 {
            let solutions = self.earlier.solutions.iter();
            solutions.zip(weights).map(|(s, w)| w * of(s)).sum()
        };
        self.quadratic.guess.clear();
        for (a, &j) in self.working.iter().enumerate() {
            let next = guess(&|s| s.beta[a]);
            if self.penalty_factor[j] > 0.0 && next * self.beta[j] <= 0.0 {
                return;
            }
            self.quadratic.guess.push(next);
        }
        let shift = guess(&|s| s.intercept) - self.intercept;
        self.intercept += shift;
        self.change.fill(shift);
        for (&next, &j) in self.quadratic.guess.iter().zip(&self.working) {
            add_multiple(&mut self.change, next - self.beta[j], self.design.column(j));
            self.beta[j] = next;
        }
        add_multiple(&mut self.eta, 1.0, &self.change);
        if !L::QUADRATIC {
            self.drift += self.loss.movement(&self.change[..self.design.rows]);
        }
        self.gradient_complete = false;
    }
}

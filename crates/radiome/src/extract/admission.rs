//! Which cases may lie in memory together.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Who may begin: in the order of asking, as long as all who have begun stay within the limit.
///
/// A large request is not passed by later small ones, so it is not put off for ever.
#[derive(Debug)]
struct Ledger {
    limit: u64,
    /// What those who have begun hold together.
    held: u64,
    /// Number of the next to ask.
    next: u64,
    /// Who waits, by number, with what is asked for.
    waiting: VecDeque<(u64, u64)>,
}

impl Ledger {
    fn new(limit: u64) -> Self {
        Self {
            limit,
            held: 0,
            next: 0,
            waiting: VecDeque::new(),
        }
    }

    /// Puts a request in line; `None` where it can never be granted.
    fn ask(&mut self, amount: u64) -> Option<u64> {
        if amount > self.limit {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.waiting.push_back((number, amount));
        Some(number)
    }

    /// Grants the request of this number, if it is the first in line and fits.
    fn grant(&mut self, number: u64) -> bool {
        match self.waiting.front() {
            Some(&(first, amount)) if first == number && amount <= self.limit - self.held => {
                self.held += amount;
                self.waiting.pop_front();
                true
            }
            _ => false,
        }
    }

    fn give_back(&mut self, amount: u64) {
        self.held = self.held.saturating_sub(amount);
    }
}

/// A ledger that threads wait at.
#[derive(Debug)]
pub(super) struct Admission {
    ledger: Mutex<Ledger>,
    changed: Condvar,
}

/// What a thread holds until it is dropped.
#[derive(Debug)]
pub(super) struct Held<'a> {
    admission: &'a Admission,
    amount: u64,
}

impl Admission {
    pub(super) fn new(limit: u64) -> Self {
        Self {
            ledger: Mutex::new(Ledger::new(limit)),
            changed: Condvar::new(),
        }
    }

    /// Waits until there is room for so much; `None` where there never is.
    pub(super) fn hold(&self, amount: u64) -> Option<Held<'_>> {
        let mut ledger = self.lock();
        let number = ledger.ask(amount)?;
        while !ledger.grant(number) {
            let woken = self.changed.wait(ledger);
            ledger = woken.unwrap_or_else(PoisonError::into_inner);
        }
        // The next in line may fit too.
        self.changed.notify_all();
        Some(Held {
            admission: self,
            amount,
        })
    }

    /// No thread panics while it holds the lock; if one did, the numbers would still be right.
    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.admission.lock().give_back(self.amount);
        self.admission.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn requests_are_granted_in_their_order() {
        let mut ledger = Ledger::new(10);
        assert_eq!(ledger.ask(11), None);
        let [large, small, next] = [8, 3, 1].map(|amount| ledger.ask(amount).unwrap());
        assert!(!ledger.grant(small), "it is not its turn");
        assert!(ledger.grant(large));
        assert!(!ledger.grant(small), "there is no room");
        assert!(!ledger.grant(next), "it would fit, but another waits");
        ledger.give_back(8);
        assert!(ledger.grant(small) && ledger.grant(next));
        assert_eq!(ledger.held, 4);
        assert!(!ledger.grant(next), "it has begun");
    }

    /// Any order of asking and giving back, drawn at random.
    #[test]
    fn the_sum_never_exceeds_the_limit() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..200 {
            let limit = rng.random_range(1..100);
            let mut ledger = Ledger::new(limit);
            let (mut waiting, mut begun): (VecDeque<(u64, u64)>, Vec<u64>) = Default::default();
            for _ in 0..200 {
                let amount = rng.random_range(0..limit + 5);
                match ledger.ask(amount) {
                    None => assert!(amount > limit),
                    Some(number) => waiting.push_back((number, amount)),
                }
                while let Some(&(number, amount)) = waiting.front()
                    && ledger.grant(number)
                {
                    waiting.pop_front();
                    begun.push(amount);
                }
                assert!(begun.iter().sum::<u64>() <= limit);
                assert_eq!(begun.iter().sum::<u64>(), ledger.held);
                if !begun.is_empty() && rng.random_bool(0.6) {
                    let amount = begun.swap_remove(rng.random_range(0..begun.len()));
                    ledger.give_back(amount);
                }
            }
            // Whoever asked gets its turn.
            while !begun.is_empty() || !waiting.is_empty() {
                begun.drain(..).for_each(|amount| ledger.give_back(amount));
                let (number, amount) = *waiting.front().unwrap_or(&(u64::MAX, 0));
                if ledger.grant(number) {
                    waiting.pop_front();
                    begun.push(amount);
                }
            }
        }
    }

    #[test]
    fn threads_together_stay_within_the_limit() {
        let admission = Admission::new(100);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for seed in 0..8 {
                let (admission, now, most) = (&admission, &now, &most);
                scope.spawn(move || {
                    let mut rng = ChaCha8Rng::seed_from_u64(seed);
                    for _ in 0..300 {
                        let amount = rng.random_range(1..=110);
                        let Some(held) = admission.hold(amount) else {
                            assert!(amount > 100);
                            continue;
                        };
                        let sum = now.fetch_add(amount, Ordering::SeqCst) + amount;
                        most.fetch_max(sum, Ordering::SeqCst);
                        now.fetch_sub(amount, Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
        let most = most.into_inner();
        assert!((50..=100).contains(&most), "{most}");
    }
}

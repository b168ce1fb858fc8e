//! The threads on which single cases are computed.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The pool, and the process that made it.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Does work on all cores.
///
/// A process that was forked, as Python's `multiprocessing` does, has a copy of its parent's pool
/// without the threads, and would wait for them for ever: it makes a pool of its own.
pub(crate) fn install<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match current() {
        Some(pool) => pool.install(work),
        // No thread can be started: this one does it all.
        None => work(),
    }
}

fn current() -> Option<Arc<ThreadPool>> {
    let mut held = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, pool)) = &*held
        && *owner == process
    {
        return Some(Arc::clone(pool));
    }
    let pool = Arc::new(ThreadPoolBuilder::new().build().ok()?);
    // Taking down the parent's pool would wake threads that are not here.
    std::mem::forget(held.replace((process, Arc::clone(&pool))));
    Some(pool)
}

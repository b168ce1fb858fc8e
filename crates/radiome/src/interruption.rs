//! A wish to stop, from the keyboard or from a batch system.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// Tells long work that it should stop: what has begun is finished, nothing else begins.
///
/// Copies share one state.
#[derive(Clone, Debug, Default)]
pub struct Interruption {
    /// Number of the signal; 0 while there was none.
    signal: Arc<AtomicUsize>,
}

impl Interruption {
    /// Follows Ctrl-C (SIGINT) and what batch systems send before they kill (SIGTERM). The second
    /// such signal ends the process at once, with 128 and the signal's number as exit status.
    ///
    /// # Errors
    /// The system refuses; the signals then end the process as ever.
    pub fn of_signals() -> io::Result<Self> {
        let interruption = Self::default();
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In the order in which they act: the first signal finds `again` still false.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, again.clone())?;
            signal_hook::flag::register(signal, again.clone())?;
            let number = usize::try_from(signal).unwrap_or_default();
            signal_hook::flag::register_usize(signal, interruption.signal.clone(), number)?;
        }
        Ok(interruption)
    }

    /// Asks for the stop, as Ctrl-C does.
    pub fn request(&self) {
        let number = usize::try_from(SIGINT).unwrap_or_default();
        self.signal.store(number, Ordering::Relaxed);
    }

    /// Whether work should stop.
    #[must_use]
    pub fn requested(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// The exit status of a process that stopped for it: 130 after Ctrl-C, 143 after SIGTERM;
    /// `None` where nothing was asked for.
    #[must_use]
    pub fn exit_status(&self) -> Option<u8> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => u8::try_from(128 + signal).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_share_the_wish() {
        let first = Interruption::default();
        let second = first.clone();
        assert_eq!((second.requested(), second.exit_status()), (false, None));
        first.request();
        assert_eq!(
            (second.requested(), second.exit_status()),
            (true, Some(130))
        );
    }
}

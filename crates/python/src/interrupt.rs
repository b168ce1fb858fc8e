//! Long work that Ctrl-C ends.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use radiome::interruption::Interruption;

/// How often signals are looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Does work on a thread of its own and waits for it without the interpreter's lock.
///
/// The first signal, such as Ctrl-C, asks for the `interruption` and waits until the work has stopped;
/// a second one, or the first where there is nothing to ask, ends the waiting, and the work goes on
/// until it is done or the process ends.
pub(crate) fn watched<T: Send + 'static>(
    py: Python<'_>,
    interruption: Option<&Interruption>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    let (sender, mut receiver) = channel();
    std::thread::Builder::new()
        // As deep as the main thread of a program.
        .stack_size(8 << 20)
        // Nobody hears the result any more where the waiting has ended.
        .spawn(move || drop(sender.send(work())))?;
    let mut stopping = None;
    loop {
        match heard(py, &mut receiver) {
            Ok(done) => {
                return match stopping {
                    None => Ok(done),
                    Some(signal) => Err(signal),
                };
            }
            Err(RecvTimeoutError::Timeout) => match (py.check_signals(), interruption) {
                (Err(signal), Some(interruption)) if stopping.is_none() => {
                    interruption.request();
                    stopping = Some(signal);
                }
                (found, _) => found?,
            },
            Err(RecvTimeoutError::Disconnected) => {
                let told = "radiome failed; please report it";
                return Err(PyRuntimeError::new_err(told));
            }
        }
    }
}

/// What has been sent, waited for without the interpreter's lock until it is time to look for signals.
pub(crate) fn heard<T: Send>(
    py: Python<'_>,
    receiver: &mut Receiver<T>,
) -> Result<T, RecvTimeoutError> {
    py.detach(move || receiver.recv_timeout(LOOK))
}

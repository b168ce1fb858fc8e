//! What is asked of every reader: whatever the bytes, it ends with a value or an error, soon, in
//! memory that the bytes account for.

mod allocation;
#[cfg(feature = "program")]
mod command;
mod images;
mod objects;
#[cfg(feature = "program")]
pub mod program;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub use images::{gzip, label_descriptions, meta_image, nifti, nrrd};
pub use objects::{contours, dicom, dicom_series, pixels, segmentation, zip};

/// Bytes that a target may always take: buffers of readers and states of decoders.
const FIXED: usize = 16 << 20;

/// Runs a target. It returns for how many bytes its input may stand, once it is unpacked; memory
/// beyond 4 times the input, 24 times that and [`FIXED`] is a finding, as is a panic. A panic that
/// the reader itself catches, as it does around decoders of pixels, is none.
pub fn watched(data: &[u8], target: fn(&[u8]) -> usize) {
    static START: Once = Once::new();
    START.call_once(|| {
        // The reader's own thread does what threads do, so that its coverage counts.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        let _ = pool.use_current_thread().build_global();
        std::panic::set_hook(Box::new(|_| {}));
    });
    let mut stands_for = Ok(0);
    let clock = Clock::start();
    let peak = allocation::peak(|| {
        stands_for = catch_unwind(AssertUnwindSafe(|| target(data)));
    });
    // The longest execution stands in the log, so that the note of a run can say it.
    static LONGEST: AtomicU64 = AtomicU64::new(0);
    let milliseconds = clock.elapsed().as_millis() as u64;
    if milliseconds > LONGEST.fetch_max(milliseconds, Ordering::Relaxed) {
        eprintln!("longest execution: {milliseconds} ms");
    }
    let Ok(stands_for) = stands_for else {
        let _ = std::panic::take_hook();
        // Once more, to say where.
        target(data);
        std::process::abort();
    };
    let allowed = 4 * data.len() + 24 * stands_for + FIXED;
    if peak > allowed {
        eprintln!(
            "{peak} bytes of memory for {} of input, {allowed} allowed",
            data.len()
        );
        std::process::abort();
    }
}

/// Time of this thread on the processor, where the system tells it (Linux); elsewhere time as it
/// passes, which counts other programs too.
struct Clock {
    on_processor: Option<u64>,
    start: Instant,
}

impl Clock {
    fn start() -> Self {
        Self {
            on_processor: nanoseconds_on_processor(),
            start: Instant::now(),
        }
    }

    fn elapsed(&self) -> Duration {
        match (self.on_processor, nanoseconds_on_processor()) {
            (Some(before), Some(now)) => Duration::from_nanos(now.saturating_sub(before)),
            _ => self.start.elapsed(),
        }
    }
}

fn nanoseconds_on_processor() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// The files that an input stands for: parts between marks.
fn parts(data: &[u8]) -> Vec<&[u8]> {
    const MARK: &[u8] = b"=====";
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(place) = rest.windows(MARK.len()).position(|bytes| bytes == MARK) {
        if parts.len() == 7 {
            break;
        }
        parts.push(&rest[..place]);
        rest = &rest[place + MARK.len()..];
    }
    parts.push(rest);
    parts
}

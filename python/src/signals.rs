//! Ctrl-C in the middle of a loop that does not hold Python's lock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

/// How often Python is asked for signals: seldom enough to cost nothing, often enough that Ctrl-C feels immediate.
pub(crate) const EVERY: Duration = Duration::from_millis(20);

/// Says, in a loop that does not hold Python's lock, whether a signal has come: Ctrl-C.
pub(crate) enum Signals<'a> {
    /// Asks Python, which knows in its main thread alone.
    Here { asked: Instant },
    /// Another thread asks, and sets the flag.
    Elsewhere(&'a AtomicBool),
}

impl<'a> Signals<'a> {
    pub(crate) fn here() -> Self {
        Self::Here { asked: Instant::now() }
    }

    pub(crate) fn of(interrupted: &'a AtomicBool) -> Self {
        Self::Elsewhere(interrupted)
    }

    /// # Errors
    /// What the handler of a signal raised: as a rule `KeyboardInterrupt`.
    #[allow(clippy::redundant_closure_for_method_calls, reason = "the method alone is not general enough")]
    pub(crate) fn check(&mut self) -> PyResult<()> {
        match self {
            Self::Here { asked } => {
                if asked.elapsed() < EVERY {
                    return Ok(());
                }
                let result = Python::attach(|py| py.check_signals());
                *asked = Instant::now();
                result
            }
            Self::Elsewhere(interrupted) if interrupted.load(Ordering::Relaxed) => {
                Err(PyKeyboardInterrupt::new_err("stopped by another thread"))
            }
            Self::Elsewhere(_) => Ok(()),
        }
    }
}

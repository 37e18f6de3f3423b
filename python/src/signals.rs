use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// How often Python is asked for signals: seldom enough to cost nothing, often enough that Ctrl-C feels immediate.
const EVERY: Duration = Duration::from_millis(20);

/// Asks Python, from a loop that does not hold its lock, whether a signal has come: Ctrl-C.
pub(crate) struct Signals {
    asked: Instant,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self { asked: Instant::now() }
    }

    /// # Errors
    /// What the handler of a signal raised: as a rule `KeyboardInterrupt`.
    #[allow(clippy::redundant_closure_for_method_calls, reason = "the method alone is not general enough")]
    pub(crate) fn check(&mut self) -> PyResult<()> {
        if self.asked.elapsed() < EVERY {
            return Ok(());
        }
        let result = Python::attach(|py| py.check_signals());
        self.asked = Instant::now();
        result
    }
}

//! The time that a run takes.

use std::time::Duration;

/// Whether there is a clock: not in WebAssembly without a system interface, where asking for the time panics.
pub(crate) const TICKS: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// Measures from its start. Without a clock no time passes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(Option<std::time::Instant>);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(TICKS.then(std::time::Instant::now))
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.map_or(Duration::ZERO, |start| start.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_where_there_is_a_clock() {
        let clock = Clock::start();
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.elapsed() >= Duration::from_millis(2));
        assert_eq!(Clock(None).elapsed(), Duration::ZERO);
    }
}

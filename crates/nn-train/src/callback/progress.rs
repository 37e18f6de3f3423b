use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::time::Duration;

use indicatif::{HumanCount, HumanDuration, ProgressDrawTarget, ProgressStyle};
use nn_core::Scalar;

use super::{Callback, End, Epoch, Start};
use crate::clock::Clock;
use crate::figure::Figure;
use crate::{StopReason, TrainError};

/// A progress bar on the standard error stream: epochs, loss, validation loss, rows a second, time left.
///
/// ```text
/// ██████████████░░░░░░░░░░ 60/100 epochs  loss 0.2718, validation 0.3142, 1,048,576 rows/s, 4s left
/// ```
///
/// The loss is the [running one](Epoch::running_loss). The validation loss is the last that the history has or that a
/// callback added before the bar has asked for: the bar takes no score of its own, and so costs next to nothing and changes
/// nothing. Rows a second and time left are those of the run so far, with all that callbacks take.
///
/// Nothing is drawn, or computed, when the standard error stream is not a terminal; no colour when the variable `NO_COLOR`
/// is set. The line is cleared at the end.
///
/// # Example
/// ```
/// use nn_train::{ProgressBar, Sgd, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Sgd::new()).callback(ProgressBar::new());
/// ```
#[derive(Debug, Default)]
pub struct ProgressBar {
    bar: Option<indicatif::ProgressBar>,
    drawn: Option<Clock>,
    /// Epochs that were run before.
    before: usize,
    /// Samples of an epoch.
    samples: usize,
    validation: Option<f64>,
    /// Another than the standard error stream.
    target: Option<ProgressDrawTarget>,
}

/// Time between two updates: fast enough for the eye, and no burden on epochs of microseconds.
const REFRESH: Duration = Duration::from_millis(50);

impl ProgressBar {
    /// A bar that appears when the run begins.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<T: Scalar> Callback<T> for ProgressBar {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        // Drawn often enough that no update of ours is dropped.
        let target = self.target.take().unwrap_or_else(|| ProgressDrawTarget::stderr_with_hz(u8::MAX));
        let before = start.first - 1;
        let bar = indicatif::ProgressBar::with_draw_target(Some(start.epochs as u64), target);
        let style = ProgressStyle::with_template("{wide_bar:.cyan} {pos}/{len} epochs  {msg}");
        bar.set_style(style.expect("a valid template").progress_chars("█░"));
        // The first epoch may take long.
        let bar = bar.with_position(before as u64);
        bar.tick();
        *self = Self { bar: Some(bar), before, samples: start.samples, ..Self::default() };
        Ok(())
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        let Some(bar) = self.bar.as_ref().filter(|bar| !bar.is_hidden()) else {
            return ControlFlow::Continue(());
        };
        if let Some(score) = epoch.observed.free_validation() {
            self.validation = Some(score.loss);
        }
        if self.drawn.is_none_or(|drawn| drawn.elapsed() >= REFRESH) {
            let run = epoch.number() - self.before;
            let pace = Pace { run, left: epoch.epochs() - epoch.number(), elapsed: epoch.elapsed() };
            bar.set_message(pace.message(epoch.running_loss(), self.validation, self.samples));
            bar.set_position(epoch.number() as u64);
            self.drawn = Some(Clock::start());
        }
        ControlFlow::Continue(())
    }

    fn on_end(&mut self, _: &mut End<'_, T>) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// Epochs that were run and are left, and the time that the former took.
struct Pace {
    run: usize,
    left: usize,
    elapsed: Duration,
}

impl Pace {
    fn message(&self, loss: f64, validation: Option<f64>, samples: usize) -> String {
        let mut text = format!("loss {}", Figure(loss));
        if let Some(loss) = validation {
            let _ = write!(text, ", validation {}", Figure(loss));
        }
        let (run, seconds) = (self.run as f64, self.elapsed.as_secs_f64());
        // Without a clock there is neither speed nor time left.
        if seconds > 0.0 {
            let rows = run * samples as f64 / seconds;
            let left = Duration::try_from_secs_f64(seconds / run * self.left as f64);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive")]
            let rows = HumanCount(rows.round() as u64);
            let left = HumanDuration(left.unwrap_or(Duration::MAX));
            let _ = write!(text, ", {rows} rows/s, {left:#} left");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;
    use ndarray::{Array2, array};
    use nn_core::{Batch, Dense, HalfSquaredError, Network};

    use super::*;
    use crate::{Sgd, Trainer};

    /// A terminal of 120 columns that keeps each line.
    #[derive(Debug, Clone, Default)]
    struct Screen(Arc<Mutex<Vec<String>>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            120
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().expect("no panic").push(text.trim_end().to_owned());
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Shows an epoch to the bar, and looks at what it made of it.
    struct Look<'a, F>(ProgressBar, &'a mut Vec<F>, fn(&mut ProgressBar, &mut Epoch<'_, f64>) -> F);

    impl<F> Callback<f64> for Look<'_, F> {
        fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
            Callback::<f64>::on_start(&mut self.0, start)
        }

        fn on_epoch(&mut self, epoch: &mut Epoch<'_, f64>) -> ControlFlow<StopReason> {
            let flow = self.0.on_epoch(epoch);
            self.1.push((self.2)(&mut self.0, epoch));
            flow
        }
    }

    fn data() -> (Array2<f64>, Array2<f64>) {
        (array![[1.0], [2.0], [3.0]], array![[1.0], [0.0], [2.0]])
    }

    fn fit(trainer: &mut Trainer<'_, f64, Sgd<f64>>, validation: bool) -> f64 {
        let (x, y) = data();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0).expect("it fits");
        let held = validation.then_some(data);
        let report = trainer.fit(&mut network, &HalfSquaredError::mean(), data, held).expect("it trains");
        report.history.records()[0].train_loss
    }

    fn bar(screen: &Screen) -> ProgressBar {
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(screen.clone()), u8::MAX);
        ProgressBar { target: Some(target), ..ProgressBar::new() }
    }

    #[test]
    fn the_figures_are_those_of_the_run_so_far() {
        let pace = |run, left, seconds| Pace { run, left, elapsed: Duration::from_secs(seconds) };
        let message = pace(4, 6, 2).message(0.5, Some(0.25), 1000);
        assert_eq!(message, "loss 0.5000, validation 0.2500, 2,000 rows/s, 3s left");
        let message = pace(1, 720, 10).message(12.0, None, 5_000_000);
        assert_eq!(message, "loss 12.0000, 500,000 rows/s, 2h left");
        // Without a clock, and for longer than there is a duration.
        assert_eq!(pace(1, 1, 0).message(0.5, None, 10), "loss 0.5000");
        assert!(pace(1, usize::MAX, 1 << 40).message(0.5, None, 10).ends_with("y left"));
    }

    #[test]
    fn a_line_shows_epochs_and_figures() {
        let screen = Screen::default();
        let trainer = Trainer::new(Sgd::new()).epochs(3).full_batch();
        let validation = fit(&mut trainer.callback(bar(&screen)), true);
        let lines = screen.0.lock().expect("no panic").clone();
        assert!(lines[0].ends_with("░ 0/3 epochs"), "{lines:?}");
        let figures = format!(", validation {}, ", Figure(validation));
        let line = lines.iter().find(|line| line.contains("1/3 epochs  loss ")).expect("the first epoch");
        assert!(line.contains(&figures) && line.contains(" rows/s, ") && line.ends_with(" left"), "{line}");
        assert!(line.starts_with('█') || line.starts_with('\u{1b}'), "{line}");
    }

    #[test]
    fn a_run_that_goes_on_begins_where_the_last_one_ended() {
        let screen = Screen::default();
        let mut trainer = Trainer::new(Sgd::new()).epochs(2).warm_start(true).full_batch();
        fit(&mut trainer, false);
        fit(&mut trainer.callback(bar(&screen)), false);
        let lines = screen.0.lock().expect("no panic").clone();
        assert!(lines[0].ends_with(" 2/4 epochs"), "{lines:?}");
        assert!(lines.iter().any(|line| line.contains(" 3/4 epochs  loss ")), "{lines:?}");
        assert!(!lines.concat().contains("validation"), "{lines:?}");
    }

    /// A score that the bar asks for could end a run that would go on without it, or slow it down.
    #[test]
    fn it_asks_for_no_score_that_is_not_taken_anyway() {
        let seen = |every: usize, asks: bool, validation: bool| {
            let mut seen = Vec::new();
            let screen = Screen::default();
            let look = Look(bar(&screen), &mut seen, |bar, epoch| {
                (bar.validation.take().is_some(), epoch.observed.free_validation().is_some())
            });
            let mut trainer = Trainer::new(Sgd::new()).epochs(6).record_every(every);
            if asks {
                trainer = trainer.callback(|epoch: &mut Epoch<'_, f64>| {
                    epoch.validation();
                    ControlFlow::Continue(())
                });
            }
            fit(&mut trainer.callback(look), validation);
            assert!(seen.iter().all(|(shown, free)| shown == free), "{seen:?}");
            seen.into_iter().map(|(shown, _)| u8::from(shown)).collect::<Vec<_>>()
        };
        assert_eq!(seen(2, false, true), [1, 0, 1, 0, 1, 1]);
        assert_eq!(seen(1, false, true), [1; 6]);
        assert_eq!(seen(2, true, true), [1; 6]);
        assert_eq!(seen(1, true, false), [0; 6]);
    }

    #[test]
    fn without_a_terminal_it_does_nothing() {
        let mut seen = Vec::new();
        let hidden = ProgressBar { target: Some(ProgressDrawTarget::hidden()), ..ProgressBar::new() };
        let look = Look(hidden, &mut seen, |bar, _| bar.drawn.is_some() || bar.validation.is_some());
        fit(&mut Trainer::new(Sgd::new()).epochs(3).callback(look), true);
        assert_eq!(seen, [false; 3]);
    }
}

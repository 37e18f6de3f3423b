//! Rows that a network learns from or is judged by: all of them in one process, or a share in each of several that learn together.

use std::borrow::Cow;
use std::ops::Range;

use ndarray::{Array1, Array2, Axis};
use nn_data::{Classification, DataError, Regression, TableEncoder, TableRows, TableTarget};

use crate::samples::Samples;
use crate::words::{self, Doing};
use crate::{Failure, Workers};

/// A table, and who shares its rows.
#[derive(Clone, Copy)]
pub(crate) struct Source<'t, 'w> {
    pub(crate) table: &'t dyn TableRows,
    pub(crate) workers: Option<&'w dyn Workers>,
}

impl<'w> Source<'_, 'w> {
    /// Rows of the table, encoded, in the order in which they are given.
    pub(crate) fn rows(&self, encoder: &TableEncoder, rows: &[usize]) -> Result<Rows<'w>, Failure> {
        let own = &rows[self.workers.map_or(0..rows.len(), |workers| share(workers, rows.len()))];
        let encoded = || -> Result<_, DataError> {
            let part = encoder.part_from_table::<f32>(self.table, own)?;
            let (dropped, unseen) = (part.dropped, part.unseen);
            // One process alone says that there is nothing.
            let is_empty = part.x.nrows() == 0 && self.workers.is_some();
            Ok(((!is_empty).then(|| Samples::of_part(encoder, part)).transpose()?, dropped, unseen))
        };
        let encoded = encoded();
        if let Some(workers) = self.workers {
            let failed = encoded.as_ref().err().map(|error| words::of_data(error, Doing::Training));
            workers.agree(failed.as_deref())?;
        }
        let (own, dropped, unseen) = encoded?;
        let classes = match encoder.target() {
            Some(TableTarget::Classes { classes, .. }) => Some(classes.len()),
            _ => None,
        };
        let mut rows = Rows {
            features: encoder.features(),
            outputs: classes.unwrap_or(1),
            is_of_classes: classes.is_some(),
            first: 0,
            count: own.as_ref().map_or(0, Samples::rows),
            dropped,
            unseen,
            own: own.map(Cow::Owned),
            workers: self.workers,
        };
        if let Some(workers) = self.workers {
            let mine = [rows.count as f64, rows.dropped as f64, rows.unseen as f64];
            let all = workers.gather(&mine);
            let sum =
                |of: usize, processes| all.chunks_exact(3).take(processes).map(|n| integer(n[of])).sum();
            rows.first = sum(0, workers.rank());
            [rows.count, rows.dropped, rows.unseen] = [0, 1, 2].map(|of| sum(of, workers.size()));
            if rows.count == 0 {
                return Err(DataError::Empty { what: "sample" }.into());
            }
        }
        Ok(rows)
    }
}

/// Which of so many rows are this process's.
fn share(workers: &dyn Workers, rows: usize) -> Range<usize> {
    let first = |rank: usize| rows * rank / workers.size();
    first(workers.rank())..first(workers.rank() + 1)
}

/// Encoded rows with their answers, of which each process has its share.
pub(crate) struct Rows<'w> {
    /// This process's; none if there are too few.
    own: Option<Cow<'w, Samples>>,
    /// The number of the first of them, and how many all processes have.
    first: usize,
    count: usize,
    features: usize,
    /// One a class, or the value.
    outputs: usize,
    is_of_classes: bool,
    /// Rows of the table that were left out, and those with a category that was not there in training.
    pub(crate) dropped: usize,
    pub(crate) unseen: usize,
    workers: Option<&'w dyn Workers>,
}

impl<'w> Rows<'w> {
    /// All of them in this process.
    pub(crate) fn whole(samples: Cow<'w, Samples>) -> Self {
        Self {
            first: 0,
            count: samples.rows(),
            features: samples.x().ncols(),
            outputs: samples.outputs(),
            is_of_classes: samples.classes().is_some(),
            dropped: 0,
            unseen: 0,
            own: Some(samples),
            workers: None,
        }
    }

    /// This process's, of which there must be one at least to learn from.
    pub(crate) fn own(&self) -> Result<&Samples, Failure> {
        let size = self.workers.map_or(1, Workers::size);
        match &self.own {
            Some(own) if self.count >= size => Ok(own),
            _ => Err(format!(
                "{0} rows to learn from, or to set aside, are too few for {size} processes; start {0} at most, or one alone by `smallnet train`",
                self.count
            )
            .into()),
        }
    }

    /// This process's, if it has some.
    pub(crate) fn mine(&self) -> Option<&Samples> {
        self.own.as_deref()
    }

    /// How many all processes have.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn features(&self) -> usize {
        self.features
    }

    /// Outputs of a network that answers: one a class, or the value.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    pub(crate) fn workers(&self) -> Option<&'w dyn Workers> {
        self.workers
    }

    /// Numbers of each process, one after the other.
    pub(crate) fn gather(&self, numbers: Vec<f64>) -> Vec<f64> {
        match self.workers {
            Some(workers) => workers.gather(&numbers),
            None => numbers,
        }
    }

    /// How many rows each class has.
    pub(crate) fn class_counts(&self) -> Vec<usize> {
        let own = self.own.as_deref().and_then(Samples::classes);
        let own = own.map_or_else(|| vec![0; self.outputs], Classification::class_counts);
        let all = self.gather(own.iter().map(|&count| count as f64).collect());
        let mut counts = vec![0; self.outputs];
        for process in all.chunks_exact(self.outputs) {
            counts.iter_mut().zip(process).for_each(|(count, &n)| *count += integer(n));
        }
        counts
    }

    /// All of them, or `most`, evenly spaced; every process has them.
    pub(crate) fn some(&self, most: usize) -> Result<Cow<'_, Samples>, Failure> {
        let chosen = evenly(self.count, most);
        if self.workers.is_none() {
            let own = self.own()?;
            return Ok(if chosen.len() == own.rows() {
                Cow::Borrowed(own)
            } else {
                Cow::Owned(own.select(&chosen)?)
            });
        }
        let mut numbers = Vec::new();
        if let Some(own) = &self.own {
            let mine = chosen.iter().filter_map(|&row| row.checked_sub(self.first));
            for row in mine.filter(|&row| row < own.rows()) {
                numbers.extend(own.x().row(row).iter().map(|&x| f64::from(x)));
                numbers.push(own.answer(row));
            }
        }
        let numbers = self.gather(numbers);
        let width = self.features + 1;
        #[allow(clippy::cast_possible_truncation, reason = "they were `f32`")]
        let single = |number: f64| number as f32;
        let x = Array2::from_shape_fn((chosen.len(), self.features), |(n, j)| single(numbers[n * width + j]));
        let answers = (0..chosen.len()).map(|n| numbers[n * width + self.features]);
        Ok(Cow::Owned(if self.is_of_classes {
            Samples::Classes(Classification::new(x, answers.map(integer).collect(), self.outputs)?)
        } else {
            Samples::Values(Regression::new(
                x,
                answers.map(single).collect::<Array1<_>>().insert_axis(Axis(1)),
            )?)
        }))
    }
}

/// A number that was a `usize` when it was handed on.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was one")]
pub(crate) fn integer(number: f64) -> usize {
    number as usize
}

/// All of so many rows, or `most` of them, evenly spaced.
pub(crate) fn evenly(rows: usize, most: usize) -> Vec<usize> {
    if rows <= most { (0..rows).collect() } else { (0..most).map(|n| n * rows / most).collect() }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};
    use std::thread;
    use std::time::Duration;

    use nn_core::{Batch, Dense, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy};
    use nn_data::{Dialect, Missing, Table, TableOptions};
    use nn_train::{Adam, Report, Trainer};

    use super::*;
    use crate::Scored;
    use crate::answers::Answers;
    use crate::fit::Net;

    /// Where threads wait for each other, but not for one that does not come.
    #[derive(Default)]
    struct Meeting {
        arrivals: Mutex<usize>,
        arrived: Condvar,
    }

    impl Meeting {
        fn wait(&self, size: usize) {
            let mut arrivals = self.arrivals.lock().expect("no panic");
            *arrivals += 1;
            let all = arrivals.next_multiple_of(size);
            self.arrived.notify_all();
            let wait = self.arrived.wait_timeout_while(arrivals, Duration::from_secs(20), |n| *n < all);
            assert!(!wait.expect("no panic").1.timed_out(), "another thread does not come");
        }
    }

    /// A thread that takes itself for a process.
    struct Thread<'b> {
        rank: usize,
        size: usize,
        numbers: &'b Mutex<Vec<Vec<f64>>>,
        meeting: &'b Meeting,
    }

    impl Workers for Thread<'_> {
        fn rank(&self) -> usize {
            self.rank
        }

        fn size(&self) -> usize {
            self.size
        }

        fn gather(&self, numbers: &[f64]) -> Vec<f64> {
            self.numbers.lock().expect("no panic")[self.rank] = numbers.to_vec();
            self.meeting.wait(self.size);
            let all = self.numbers.lock().expect("no panic").concat();
            self.meeting.wait(self.size);
            all
        }

        fn agree(&self, failed: Option<&str>) -> Result<(), Failure> {
            let all = self.gather(&[f64::from(u8::from(failed.is_some()))]);
            match all.iter().position(|&failed| failed != 0.0) {
                Some(rank) if rank == self.rank => Err(failed.unwrap_or_default().into()),
                Some(rank) => Err(format!("process {rank} failed").into()),
                None => Ok(()),
            }
        }

        fn reads(&self, _: u64) {
            unreachable!("nothing is read")
        }

        fn check_same(&self, _: &'static str, _: &str) -> Result<(), Failure> {
            unreachable!("nothing is read")
        }

        fn of_first(&self, _: usize) -> usize {
            unreachable!("nothing is stopped")
        }

        fn fit_classes(
            &self,
            _: Trainer<'_, f32, Adam<f32>>,
            _: &mut Net,
            _: &SoftmaxCrossEntropy,
            _: Batch<'_, f32, [usize]>,
            _: Option<Batch<'_, f32, [usize]>>,
        ) -> Result<Report, Failure> {
            unreachable!("nothing is learned")
        }

        fn fit_values(
            &self,
            _: Trainer<'_, f32, Adam<f32>>,
            _: &mut Net,
            _: &MeanSquaredError,
            _: Batch<'_, f32, ndarray::ArrayRef2<f32>>,
            _: Option<Batch<'_, f32, ndarray::ArrayRef2<f32>>>,
        ) -> Result<Report, Failure> {
            unreachable!("nothing is learned")
        }

        fn share_out(
            &self,
            _: usize,
            _: &(dyn Fn(usize) -> Scored + Sync),
            _: &mut dyn FnMut(usize, Scored) -> Result<(), Failure>,
        ) -> Result<(), Failure> {
            unreachable!("there are no jobs")
        }
    }

    /// What each of so many processes comes to.
    fn on_threads<R: Send>(size: usize, work: impl Fn(&dyn Workers) -> R + Sync) -> Vec<R> {
        let (numbers, meeting) = (Mutex::new(vec![Vec::new(); size]), Meeting::default());
        thread::scope(|scope| {
            let start = |rank| {
                let (work, numbers, meeting) = (&work, &numbers, &meeting);
                scope.spawn(move || work(&Thread { rank, size, numbers, meeting }))
            };
            let threads: Vec<_> = (0..size).map(start).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        })
    }

    /// Rows of which two have a gap.
    fn table(target: impl Fn(usize) -> String) -> (Table, TableEncoder) {
        let gap = |n: usize| if n == 7 || n == 22 { String::new() } else { (n * 37 % 41).to_string() };
        let row = |n: usize| format!("{},{},{}\n", gap(n), ["u", "v", "w"][n * n % 3], target(n));
        let text = (0..23).map(row).fold("a,b,target\n".to_owned(), |text, row| text + &row);
        let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
        let options = TableOptions { missing: Missing::DropRows, ..TableOptions::default() };
        let encoder = TableEncoder::fit_table(&table, &options).expect("columns");
        (table, encoder)
    }

    #[test]
    fn shares_are_the_rows_of_one_process() {
        for of_classes in [true, false] {
            let (table, encoder) = table(|n| {
                if of_classes {
                    ["no", "yes"][n * 5 % 7 / 4].to_owned()
                } else {
                    format!("{}.5", n * 11 % 17)
                }
            });
            let outputs = if of_classes { 2 } else { 1 };
            let layers = Sequential::new().then(Dense::linear(outputs));
            let network: Net = Network::new(encoder.features(), layers, 3).expect("a network");
            let rows: Vec<usize> = (0..23).map(|n| n * 5 % 23).collect();
            let of = |workers: Option<&dyn Workers>| {
                let found = Source { table: &table, workers }.rows(&encoder, &rows).expect("rows");
                let some = |most| {
                    let some = found.some(most).expect("rows");
                    (some.x().to_owned(), (0..some.rows()).map(|row| some.answer(row)).collect::<Vec<_>>())
                };
                let answers = Answers::of_all(&network, &found, &encoder).expect("answers");
                let counts = of_classes.then(|| found.class_counts());
                ([found.count(), found.dropped, found.unseen], some(100), some(4), answers, counts)
            };
            let alone = of(None);
            assert_eq!(alone.0, [21, 2, 0]);
            assert_eq!((alone.1.0.nrows(), alone.2.0.nrows()), (21, 4));
            assert_eq!(alone.2.0.row(1), alone.1.0.row(5), "evenly spaced");
            // Of 23 processes two have the rows that are left out.
            for size in [1, 2, 3, 4, 8, 23, 30] {
                for found in on_threads(size, |workers| of(Some(workers))) {
                    assert_eq!(found, alone, "{size} processes");
                }
            }
        }
    }

    #[test]
    fn nothing_is_learned_by_more_processes_than_rows() {
        let (table, encoder) = table(|n| ["no", "yes"][n % 2].to_owned());
        let message = |workers: &dyn Workers, rows: &[usize]| {
            let found = Source { table: &table, workers: Some(workers) }.rows(&encoder, rows);
            found.and_then(|rows| rows.own().map(Samples::rows)).map_err(|error| error.to_string())
        };
        let expected = "2 rows to learn from, or to set aside, are too few for 3 processes; start 2 at most, or one alone by `smallnet train`";
        for found in on_threads(3, |workers| message(workers, &[0, 1])) {
            assert_eq!(found, Err(expected.to_owned()));
        }
        // None is left.
        for found in on_threads(2, |workers| message(workers, &[7, 22])) {
            assert_eq!(found, Err(DataError::Empty { what: "sample" }.to_string()));
        }
        assert_eq!(on_threads(3, |workers| message(workers, &[0, 1, 2])), [Ok(1), Ok(1), Ok(1)]);
    }

    #[test]
    fn a_row_that_one_process_cannot_encode_fails_in_all() {
        let (_, encoder) = table(|n| ["no", "yes"][n % 2].to_owned());
        let other =
            Table::from_reader("a,b,target\n1,u,no\n2,u,no\nx,u,no\n".as_bytes(), &Dialect::default());
        let other = other.expect("a table");
        let message = |workers: &dyn Workers| {
            let found = Source { table: &other, workers: Some(workers) }.rows(&encoder, &[0, 1, 2]);
            found.err().map(|error| error.to_string()).expect("`x` is no number")
        };
        let found = on_threads(3, message);
        assert!(found[2].contains("`x`") && found[2].contains("line 4"), "{}", found[2]);
        assert_eq!(found[..2], ["process 2 failed", "process 2 failed"]);
    }
}

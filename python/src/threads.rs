//! The threads that an engine works on, and Ctrl-C while it does.

use std::convert::Infallible;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::signals::{EVERY, Signals};
use crate::value_error;

/// So many threads, made when there is work for them. They go with the engine, so that a process can be forked between two.
pub(crate) struct Threads {
    count: usize,
    pool: OnceLock<ThreadPool>,
}

/// What a thread that works tells the one that waits.
enum Told<M, R> {
    Message(M),
    Done(R),
}

/// Sends a message to the one that waits.
pub(crate) type Tell<'a, M> = dyn Fn(M) + Send + Sync + 'a;

impl Threads {
    pub(crate) fn new(count: usize) -> Self {
        Self { count, pool: OnceLock::new() }
    }

    /// Runs `work`, where its arithmetic finds the threads if it is `worth` it, else on this one.
    ///
    /// # Errors
    /// Those of `work`; what the handler of a signal raised.
    pub(crate) fn run<R: Send>(
        &self,
        worth: bool,
        work: impl FnOnce(&mut Signals<'_>) -> PyResult<R> + Send,
    ) -> PyResult<R> {
        if self.count < 2 || !worth {
            return work(&mut Signals::here());
        }
        let (result, interruption) = self.apart(
            |interrupted, _| work(&mut Signals::of(interrupted)),
            |message: Infallible| match message {},
        )?;
        interruption?;
        result
    }

    /// Runs `work` on another thread, where its arithmetic finds the others; this one waits, receives its messages, and asks
    /// Python for signals, which knows of them in its main thread alone. The flag says that one has come.
    ///
    /// # Errors
    /// When there are no threads to be had. What the handler of a signal raised is the second result.
    pub(crate) fn apart<M: Send, R: Send>(
        &self,
        work: impl FnOnce(&AtomicBool, &Tell<'_, M>) -> R + Send,
        receive: impl FnMut(M),
    ) -> PyResult<(R, PyResult<()>)> {
        let interrupted = AtomicBool::new(false);
        let (tell, told) = channel();
        let work = || work_and_tell(work, &interrupted, tell);
        if self.count < 2 {
            return Ok(std::thread::scope(|scope| {
                scope.spawn(work);
                attend(&told, &interrupted, receive)
            }));
        }
        Ok(self.pool()?.in_place_scope(|scope| {
            scope.spawn(|_| work());
            attend(&told, &interrupted, receive)
        }))
    }

    fn pool(&self) -> PyResult<&ThreadPool> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let name = |index| format!("smallnet-{index}");
        let pool = ThreadPoolBuilder::new()
            .num_threads(self.count)
            .thread_name(name)
            .build()
            .map_err(value_error)?;
        Ok(self.pool.get_or_init(|| pool))
    }
}

fn work_and_tell<M: Send, R: Send>(
    work: impl FnOnce(&AtomicBool, &Tell<'_, M>) -> R,
    interrupted: &AtomicBool,
    tell: Sender<Told<M, R>>,
) {
    // The receiver is there as long as this runs.
    let result = work(interrupted, &|message| drop(tell.send(Told::Message(message))));
    drop(tell.send(Told::Done(result)));
}

fn attend<M, R>(
    told: &Receiver<Told<M, R>>,
    interrupted: &AtomicBool,
    mut receive: impl FnMut(M),
) -> (R, PyResult<()>) {
    let (mut signals, mut interruption) = (Signals::here(), Ok(()));
    loop {
        match told.recv_timeout(EVERY) {
            Ok(Told::Message(message)) => receive(message),
            Ok(Told::Done(result)) => return (result, interruption),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("a thread of the engine panicked"),
        }
        if interruption.is_ok()
            && let Err(raised) = signals.check()
        {
            interrupted.store(true, Ordering::Relaxed);
            interruption = Err(raised);
        }
    }
}

/// One thread for all that asks for none of its own, whatever the machine has.
pub(crate) fn one_by_default() {
    // It fails if it was called before: then there is one already.
    let _ = ThreadPoolBuilder::new().num_threads(1).build_global();
}

//! Jobs that ranks ask for: what is different work for each of them, such as the trials of a search.

use std::error::Error as StdError;
use std::fmt::Debug;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use mpi::Tag;
use mpi::traits::{Communicator, Destination, Source};
use nn_train::search::{Job, Search, Stopped};

use crate::{Error, Ranks};

/// What a job came to: a score, the higher the better, or any error.
pub type Scored = Result<f64, Box<dyn StdError + Send + Sync>>;

/// From a rank to the first: what its job came to, that it is there, or, without a word, that it wants one.
const REPORT: Tag = 1;

/// From the first rank to another: the number of a job, or one of the words below.
const JOB: Tag = 2;

/// There is no job, but others have not ended: ask again, so that all go on together.
const WAIT: &str = "wait";

/// All jobs are through.
const THROUGH: &str = "through";

/// After what time to ask again.
const PAUSE: Duration = Duration::from_millis(20);

/// How often a rank that works says that it is there.
const BEAT: Duration = Duration::from_secs(1);

/// How often the first rank looks for reports, while it works itself.
const LOOK: Duration = Duration::from_millis(1);

/// Runs what has no result yet of a search, each job on the rank that asks for it first: [`Search::run`] on several machines, with the
/// same winner. All ranks call it with the same search, and have the same results afterwards.
///
/// `observe` is shown the search after each result: on rank 0 as soon as it is there, to write it down; on the others after each rung.
///
/// # Errors
/// [`Error::Differ`] when ranks have other searches; [`Error::OnRank`] when `observe` fails on rank 0.
///
/// # Example
/// ```no_run
/// use nn_mpi::{Ranks, run_search};
/// use nn_train::search::RandomSearch;
///
/// fn main() -> std::process::ExitCode {
///     Ranks::run(|ranks| {
///         let mut search = RandomSearch::new(100, 30).sample(|sampler| sampler.log_uniform(1e-4, 1e-1))?;
///         run_search(ranks, &mut search, |job| Ok(-(job.settings.ln() + 5.0).abs()), |_| Ok(()))?;
///         if ranks.is_first() {
///             println!("{search}");
///         }
///         Ok::<(), Box<dyn std::error::Error>>(())
///     })
/// }
/// ```
pub fn run_search<S: Clone + Debug + Sync>(
    ranks: &Ranks,
    search: &mut Search<S>,
    evaluate: impl Fn(&Job<'_, S>) -> Scored + Sync,
    mut observe: impl FnMut(&Search<S>) -> Result<(), Box<dyn StdError>>,
) -> Result<(), Error> {
    let hint = "give all ranks the same settings, seed and results so far";
    ranks.check_same("the search", &format!("{search:?}"), hint)?;
    loop {
        let snapshot = search.clone();
        let (jobs, mut stopped) = (snapshot.jobs(), false);
        share_out(ranks, jobs.len(), &|n| evaluate(&jobs[n]), &mut |n, score| {
            stopped |= !search.record(&jobs[n], score)?;
            observe(search)
        })?;
        if jobs.is_empty() || stopped {
            return Ok(());
        }
    }
}

/// Has jobs, counted from 0, done by `work`, each on the rank that asks for it first, and calls `done` with what each came to: on
/// rank 0 as soon as it is there, on the others when all are through, in the order of the jobs. Rank 0 works, too, on a thread of its own.
///
/// # Errors
/// [`Error::OnRank`] when `done` fails on rank 0, which then gives out no more.
pub fn share_out(
    ranks: &Ranks,
    jobs: usize,
    work: &(dyn Fn(usize) -> Scored + Sync),
    done: &mut dyn FnMut(usize, Scored) -> Result<(), Box<dyn StdError>>,
) -> Result<(), Error> {
    let mut results: Vec<(usize, String)> = Vec::new();
    let outcome = if ranks.is_first() {
        give_out(ranks, jobs, work, &mut |job, text| {
            results.push((job, text.clone()));
            done(job, unpack(&text)).map_err(|error| error.to_string())
        })
    } else {
        ask(ranks, work);
        Ok(())
    };
    ranks.agree("giving out jobs", outcome)?;
    results.sort_unstable();
    let text = ranks.from_first("sharing results", || serde_json::to_string(&results).expect("texts"));
    if !ranks.is_first() {
        let results: Vec<(usize, String)> = serde_json::from_str(&text).expect("written by the same program");
        for (job, text) in results {
            let told = done(job, unpack(&text));
            told.map_err(|error| Error::OnRank {
                rank: ranks.rank(),
                size: ranks.size(),
                message: error.to_string(),
            })?;
        }
    }
    Ok(())
}

/// What the first rank does.
fn give_out(
    ranks: &Ranks,
    jobs: usize,
    work: &(dyn Fn(usize) -> Scored + Sync),
    done: &mut dyn FnMut(usize, String) -> Result<(), String>,
) -> Result<(), String> {
    thread::scope(|scope| {
        let (give, own) = mpsc::channel::<usize>();
        let (report, reports) = mpsc::channel();
        scope.spawn(move || work_off(&own, &report, work));
        let mut desk = Desk { next: 0, jobs, out: 0, result: Ok(()), done };
        let mut heard: Vec<Option<Instant>> = vec![Some(Instant::now()); ranks.size()];
        heard[0] = None;
        desk.next().map(|job| give.send(job));
        while desk.out > 0 || heard.iter().any(Option::is_some) {
            match reports.recv_timeout(LOOK) {
                Ok((job, text)) => {
                    desk.take(job, text);
                    desk.next().map(|job| give.send(job));
                }
                Err(RecvTimeoutError::Timeout) => {}
                // It has panicked, and with it the process.
                Err(RecvTimeoutError::Disconnected) => unreachable!("this thread has the sender of its jobs"),
            }
            while let Some((rank, text)) = ranks.receive(REPORT) {
                heard[rank] = Some(Instant::now());
                if text == "here" {
                    continue;
                }
                if let Some((job, text)) = text.split_once(' ') {
                    desk.take(job.parse().expect("a number"), text.to_owned());
                }
                match desk.next() {
                    Some(job) => ranks.send(rank, JOB, &job.to_string()),
                    None if desk.out > 0 => ranks.send(rank, JOB, WAIT),
                    None => {
                        ranks.send(rank, JOB, THROUGH);
                        heard[rank] = None;
                    }
                }
            }
            let silent =
                |heard: &Option<Instant>| heard.is_some_and(|heard| heard.elapsed() > ranks.timeout());
            if let Some(rank) = heard.iter().position(silent) {
                ranks.give_up(&format!("rank {rank}, which may have a job"));
            }
        }
        desk.result
    })
}

/// Which jobs are out, and what has come of the others.
struct Desk<'d> {
    next: usize,
    jobs: usize,
    out: usize,
    result: Result<(), String>,
    done: &'d mut dyn FnMut(usize, String) -> Result<(), String>,
}

impl Desk<'_> {
    fn next(&mut self) -> Option<usize> {
        if self.next == self.jobs || self.result.is_err() {
            return None;
        }
        self.next += 1;
        self.out += 1;
        Some(self.next - 1)
    }

    fn take(&mut self, job: usize, text: String) {
        self.out -= 1;
        if self.result.is_ok() {
            self.result = (self.done)(job, text);
        }
    }
}

/// What every other rank does.
fn ask(ranks: &Ranks, work: &(dyn Fn(usize) -> Scored + Sync)) {
    thread::scope(|scope| {
        let (give, own) = mpsc::channel::<usize>();
        let (report, reports) = mpsc::channel();
        scope.spawn(move || work_off(&own, &report, work));
        ranks.send(0, REPORT, "");
        loop {
            let word = ranks.receive_from_first(JOB, "rank 0, for a job");
            if word == THROUGH {
                return;
            }
            if word == WAIT {
                thread::sleep(PAUSE);
                ranks.send(0, REPORT, "");
                continue;
            }
            give.send(word.parse().expect("a number")).expect("the thread listens");
            let (job, text) = loop {
                match reports.recv_timeout(BEAT) {
                    Ok(report) => break report,
                    Err(_) => ranks.send(0, REPORT, "here"),
                }
            };
            ranks.send(0, REPORT, &format!("{job} {text}"));
        }
    });
}

/// A thread that does jobs, beside the one that meets other ranks.
fn work_off(
    own: &Receiver<usize>,
    report: &Sender<(usize, String)>,
    work: &(dyn Fn(usize) -> Scored + Sync),
) {
    for job in own {
        if report.send((job, pack(work(job)))).is_err() {
            return;
        }
    }
}

/// A result as a text, a score with every bit.
fn pack(score: Scored) -> String {
    match score {
        Ok(score) => format!("score {}", score.to_bits()),
        Err(error) if error.is::<Stopped>() => "stopped".to_owned(),
        Err(error) => format!("error {error}"),
    }
}

fn unpack(text: &str) -> Scored {
    match text.split_once(' ') {
        Some(("score", bits)) => Ok(f64::from_bits(bits.parse().expect("a number"))),
        Some((_, error)) => Err(error.into()),
        None => Err(Stopped.into()),
    }
}

impl Ranks {
    fn send(&self, rank: usize, tag: Tag, text: &str) {
        let rank = i32::try_from(rank).expect("ranks are few");
        self.world().process_at_rank(rank).send_with_tag(text.as_bytes(), tag);
    }

    /// A message that has come from any rank.
    fn receive(&self, tag: Tag) -> Option<(usize, String)> {
        let status = self.world().any_process().immediate_probe_with_tag(tag)?;
        let rank = status.source_rank();
        let (bytes, _) = self.world().process_at_rank(rank).receive_vec_with_tag::<u8>(tag);
        Some((
            usize::try_from(rank).expect("ranks count from 0"),
            String::from_utf8_lossy(&bytes).into_owned(),
        ))
    }

    /// Waits for a message of rank 0.
    fn receive_from_first(&self, tag: Tag, what: &str) -> String {
        let begun = Instant::now();
        loop {
            if let Some((_, text)) = self.receive(tag) {
                return text;
            }
            if begun.elapsed() > self.timeout() {
                self.give_up(what);
            }
            thread::sleep(LOOK);
        }
    }
}

//! The processes of a run, and how they meet: each meeting has a deadline.

use std::cell::Cell;
use std::fmt::{self, Display};
use std::process::{self, ExitCode, Termination};
use std::time::{Duration, Instant};
use std::{env, fs, panic, thread};

use mpi::Count;
use mpi::datatype::{Partition, PartitionMut};
use mpi::environment::Universe;
use mpi::request::{Request, Scope};
use mpi::topology::SimpleCommunicator;
use mpi::traits::{Communicator, CommunicatorCollectives, Equivalence};
use nn_core::{Batch, Dense, Fingerprint, Mode, Network, Shards, SoftmaxCrossEntropy, Tanh};

use crate::Error;

/// How long a rank waits for the others, unless it is told otherwise.
const TIMEOUT: Duration = Duration::from_secs(25);

/// How long a rank waits without letting others have its core: about what they need to come if they are on their way.
const SPIN: Duration = Duration::from_micros(50);

/// What [`Ranks::run`] waits for the other ranks' errors, so that one that all have is said once.
const ERRORS: Duration = Duration::from_secs(3);

/// The processes that `mpirun` has started, of which this is one: a rank.
///
/// Whatever they do together begins with a meeting of all. Who waits for longer than the [`timeout`](Ranks::timeout) ends all
/// of them with a message: a rank that hangs, or is cut off, is not waited for in vain. One that dies, or panics, `mpirun` finds at
/// once, and ends the others.
///
/// # Example
/// ```no_run
/// use nn_mpi::{Error, Ranks};
///
/// fn main() -> std::process::ExitCode {
///     Ranks::run(|ranks| {
///         println!("rank {} of {}", ranks.rank(), ranks.size());
///         Ok::<(), Error>(())
///     })
/// }
/// ```
pub struct Ranks {
    world: SimpleCommunicator,
    /// Of its own, so that an error can be told while the others wait for something else.
    ends: SimpleCommunicator,
    rank: usize,
    size: usize,
    timeout: Cell<Duration>,
    /// Ends MPI when it is dropped: the last of the fields, after the communicators.
    _universe: Universe,
}

impl fmt::Debug for Ranks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self { rank, size, .. }, timeout) = (self, self.timeout());
        f.debug_struct("Ranks").field("rank", rank).field("size", size).field("timeout", &timeout).finish()
    }
}

impl Ranks {
    /// Runs `work` on every rank; gives what the process is to end with.
    ///
    /// An error that all ranks have is printed once, and they end. One that a single rank has is printed by it and ends all others,
    /// as does a panic.
    pub fn run<R: Termination, E: Display>(work: impl FnOnce(&Self) -> Result<R, E>) -> ExitCode {
        let Some(ranks) = Self::begin() else {
            eprintln!("{}", Error::Begun);
            return ExitCode::FAILURE;
        };
        let result = ranks.check_build().map_err(|error| error.to_string());
        let result = result.and_then(|()| work(&ranks).map_err(|error| error.to_string()));
        ranks.end(result)
    }

    fn begin() -> Option<Self> {
        let universe = mpi::initialize()?;
        let (world, ends) = (universe.world(), universe.world().duplicate());
        let number = |n: i32| usize::try_from(n).expect("ranks count from 0");
        let (rank, size) = (number(world.rank()), number(world.size()));
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            hook(panic);
            // The others would wait for this rank in vain. `mpirun` ends them when one is aborted.
            process::abort();
        }));
        Some(Self { world, ends, rank, size, timeout: Cell::new(TIMEOUT), _universe: universe })
    }

    /// Which of the processes this is, from 0.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// How many there are.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether this is rank 0, which writes and says what one alone should.
    pub fn is_first(&self) -> bool {
        self.rank == 0
    }

    /// How long a rank waits for the others at each meeting, 25 seconds by default. It must be longer than what one of them does
    /// alone in between: reading its rows, a callback, a mini-batch.
    pub fn timeout(&self) -> Duration {
        self.timeout.get()
    }

    /// Another [`timeout`](Ranks::timeout), which should be the same on all ranks.
    pub fn set_timeout(&self, timeout: Duration) {
        self.timeout.set(timeout);
    }

    /// Gathers `counts[r]` numbers of each rank r, one after the other; `mine` are those of this one.
    ///
    /// # Panics
    /// When `mine` has not as many as `counts` says, or there are 2^31 in all.
    pub fn all_gather<E>(&self, doing: &str, mine: &[E], counts: &[usize], all: &mut [E])
    where
        E: Equivalence + Copy,
    {
        assert_eq!(mine.len(), counts[self.rank], "numbers of rank {}", self.rank);
        if self.size == 1 || all.is_empty() {
            all.copy_from_slice(mine);
            return;
        }
        // Where nothing lies, an empty slice may point at an address that has a meaning to MPI.
        let nothing = Vec::with_capacity(1);
        let mine = if mine.is_empty() { &nothing[..] } else { mine };
        let (counts, places) = partition(counts);
        let mut all = PartitionMut::new(all, counts, places);
        mpi::request::scope(|scope| {
            self.wait(doing, self.world.immediate_all_gather_varcount_into(scope, mine, &mut all));
        });
    }

    /// Sends `counts[0][r]` numbers of `mine` to each rank r, and receives `counts[1][r]` of it, one after the other.
    ///
    /// # Panics
    /// When there are 2^31 in all.
    pub fn all_to_all<E>(&self, doing: &str, mine: &[E], counts: [&[usize]; 2], received: &mut [E])
    where
        E: Equivalence + Copy,
    {
        if self.size == 1 {
            received.copy_from_slice(mine);
            return;
        }
        let nothing = Vec::with_capacity(1);
        let mine = if mine.is_empty() { &nothing[..] } else { mine };
        let (sent, places) = partition(counts[0]);
        let mine = Partition::new(mine, sent, places);
        let (counts, places) = partition(counts[1]);
        let mut received = PartitionMut::new(received, counts, places);
        mpi::request::scope(|scope| {
            self.wait(doing, self.world.immediate_all_to_all_varcount_into(scope, &mine, &mut received));
        });
    }

    /// A number of each rank.
    pub fn gather_numbers(&self, doing: &str, mine: u64) -> Vec<u64> {
        let mut all = vec![0; self.size];
        self.all_gather(doing, &[mine], &vec![1; self.size], &mut all);
        all
    }

    /// A text of each rank.
    pub fn gather_texts(&self, doing: &str, mine: &str) -> Vec<String> {
        let lengths = self.gather_numbers(doing, mine.len() as u64);
        let lengths: Vec<usize> =
            lengths.into_iter().map(|length| usize::try_from(length).expect("it fits")).collect();
        let mut bytes = vec![0_u8; lengths.iter().sum()];
        self.all_gather(doing, mine.as_bytes(), &lengths, &mut bytes);
        let mut rest = &bytes[..];
        let text = |length: &usize| {
            let (text, after) = rest.split_at(*length);
            rest = after;
            String::from_utf8_lossy(text).into_owned()
        };
        lengths.iter().map(text).collect()
    }

    /// The text of rank 0, on all.
    pub fn from_first(&self, doing: &str, text: impl FnOnce() -> String) -> String {
        let mine = if self.is_first() { text() } else { String::new() };
        self.gather_texts(doing, &mine).swap_remove(0)
    }

    /// What has come of something on this rank, if it has come to something on all.
    ///
    /// # Errors
    /// [`Error::OnRank`] of the first rank that failed.
    pub fn agree<R, E: Display>(&self, doing: &str, result: Result<R, E>) -> Result<R, Error> {
        let (result, mine) = match result {
            Ok(result) => (Some(result), String::new()),
            // A mark before, so that no error is an empty text.
            Err(error) => (None, format!("!{error}")),
        };
        let all = self.gather_texts(doing, &mine);
        match (all.iter().position(|text| !text.is_empty()), result) {
            (None, Some(result)) => Ok(result),
            (rank, _) => {
                let rank = rank.unwrap_or(self.rank);
                let message = all[rank].chars().skip(1).collect();
                Err(Error::OnRank { rank, size: self.size, message })
            }
        }
    }

    /// Checks that all ranks have the same text.
    ///
    /// # Errors
    /// [`Error::Differ`].
    pub fn check_same(&self, what: &'static str, text: &str, hint: &'static str) -> Result<(), Error> {
        let mut all = self.gather_texts(what, text);
        match all.iter().position(|text| *text != all[0]) {
            None => Ok(()),
            Some(rank) => {
                let other = all.swap_remove(rank);
                Err(Error::Differ { what, first: all.swap_remove(0), rank, other, hint })
            }
        }
    }

    /// Checks that all ranks run the same program, with the same arithmetic.
    fn check_build(&self) -> Result<(), Error> {
        let program = env::current_exe().and_then(fs::read).map_or_else(
            |error| format!("a program that cannot be read ({error})"),
            |bytes| {
                let mut fingerprint = Fingerprint::new();
                bytes.chunks(8).for_each(|chunk| {
                    let mut word = [0; 8];
                    word[..chunk.len()].copy_from_slice(chunk);
                    fingerprint.integer(u64::from_le_bytes(word));
                });
                format!("the program {:016x}", fingerprint.finish())
            },
        );
        self.check_same("the program", &program, "install the same build on all machines")?;
        let hint = "their processors compute otherwise (without fused multiply-add, perhaps); take machines of one kind";
        self.check_same("arithmetic", &format!("the bits {:016x}", arithmetic()), hint)
    }

    /// Waits until it is done, but not for ever.
    fn wait<'a, D: ?Sized, S: Scope<'a>>(&self, doing: &str, request: Request<'a, D, S>) {
        if !wait_until(request, Instant::now() + self.timeout()) {
            self.give_up(&format!("the other ranks ({doing})"));
        }
    }

    /// Ends all ranks, since this one has waited for too long.
    pub(crate) fn give_up(&self, whom: &str) -> ! {
        let (Self { rank, size, .. }, timeout) = (self, self.timeout());
        eprintln!(
            "nn-mpi: rank {rank} of {size} has waited {} s for {whom}: one hangs, is cut off, or takes longer than the timeout. All are ended; go on from the last checkpoint",
            timeout.as_secs_f64()
        );
        self.world.abort(1);
    }

    pub(crate) fn world(&self) -> &SimpleCommunicator {
        &self.world
    }

    /// Says errors, each once, and what the process ends with.
    fn end<R: Termination>(self, result: Result<R, String>) -> ExitCode {
        let failed = u64::from(result.is_err());
        // Who is through may have to wait for rank 0 to write what has come of it.
        let patience = if result.is_err() { ERRORS } else { self.timeout() * 10 };
        let mut all = vec![0_u64; self.size];
        let met = mpi::request::scope(|scope| {
            let request = self.ends.immediate_all_gather_into(scope, &failed, &mut all[..]);
            let met = wait_until(request, Instant::now() + patience);
            if !met {
                // Only this rank's: the others are in the midst of something.
                let message = result.as_ref().map_or_else(String::as_str, |_| "the others do not end");
                eprintln!("nn-mpi: rank {} of {}: {message}", self.rank, self.size);
                self.world.abort(1);
            }
            met
        });
        debug_assert!(met, "aborted otherwise");
        match (all.iter().position(|&failed| failed != 0), result) {
            (None, Ok(result)) => result.report(),
            (rank, result) => {
                if let (true, Err(message)) = (rank == Some(self.rank), result) {
                    eprintln!("nn-mpi: {message}");
                }
                ExitCode::FAILURE
            }
        }
    }
}

/// Waits until it is done or the deadline is over; gives whether it is done. If not, whoever calls must end the process.
fn wait_until<'a, D: ?Sized, S: Scope<'a>>(mut request: Request<'a, D, S>, deadline: Instant) -> bool {
    let begun = Instant::now();
    loop {
        request = match request.test() {
            Ok(_) => return true,
            Err(request) => request,
        };
        if Instant::now() > deadline {
            // It is not done, and MPI still writes into its memory, which must not be freed.
            std::mem::forget(request);
            return false;
        }
        if begun.elapsed() > SPIN {
            // There may be more ranks than cores: let the others get on.
            thread::yield_now();
        }
    }
}

/// Counts and places as MPI has them.
fn partition(counts: &[usize]) -> (Vec<Count>, Vec<Count>) {
    let number = |n: usize| Count::try_from(n).expect("fewer than 2^31 numbers at a time");
    let mut next = 0;
    let places = counts.iter().map(|count| {
        let place = next;
        next += count;
        number(place)
    });
    let places = places.collect();
    number(next);
    (counts.iter().map(|&count| number(count)).collect(), places)
}

/// A hash of a small step, which differs between processors that compute otherwise.
fn arithmetic() -> u64 {
    let network = Network::<f32, _>::new(5, (Dense::new(7, Tanh), Dense::linear(3)), 1).expect("it fits");
    let x = ndarray::Array2::from_shape_fn((20, 5), |(n, j)| ((n * 31 + j * 17) % 29) as f32 / 29.0);
    let labels: Vec<usize> = (0..20).map(|n| n % 3).collect();
    let data = Batch::new(x.view(), &labels[..]).expect("finite");
    let (mut shards, mut gradient) = (Shards::new(), vec![0.0; network.params().len()]);
    shards.gather(&network, &data, &(0..20).collect::<Vec<_>>());
    network.loss_and_gradient(&SoftmaxCrossEntropy::mean(), &mut shards, Mode::train(0, 0), &mut gradient);
    let mut fingerprint = Fingerprint::new();
    fingerprint.scalars(&gradient);
    fingerprint.finish()
}

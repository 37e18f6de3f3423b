use nn_core::{Batch, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy};
use nn_train::{Adam, Report, Trainer};

/// Whatever goes wrong.
pub type Failure = Box<dyn std::error::Error>;

/// What a trial came to: a score, the higher the better, or any error.
pub type Scored = Result<f64, Box<dyn std::error::Error + Send + Sync>>;

/// Processes that do the work of `train` and `tune` together. Each of them runs the command with the same arguments, and comes to the
/// same network and the same winner as one process alone.
///
/// The crate `nn-mpi` has those of MPI.
pub trait Workers {
    /// Which of the processes this is, from 0.
    fn rank(&self) -> usize;

    /// How many there are.
    fn size(&self) -> usize;

    /// Whether this process is the one that writes files and says what comes of it.
    fn is_first(&self) -> bool {
        self.rank() == 0
    }

    /// Says that each process reads a file of so many bytes several times before it learns, and may be late.
    fn reads(&self, bytes: u64);

    /// The numbers of each process, one after the other, on all.
    fn gather(&self, numbers: &[f64]) -> Vec<f64>;

    /// Whether all processes could do what each of them does by itself; `failed` is why this one could not.
    ///
    /// # Errors
    /// With what the first one says that could not.
    fn agree(&self, failed: Option<&str>) -> Result<(), Failure>;

    /// Checks that all have the same text, which says what they read.
    ///
    /// # Errors
    /// When they have not.
    fn check_same(&self, what: &'static str, text: &str) -> Result<(), Failure>;

    /// A number of the first one, on all: what came of something that is not the same everywhere, such as whether there was a Ctrl-C.
    fn of_first(&self, number: usize) -> usize;

    /// [`Trainer::fit`] on the samples of all processes: this one's follow those of the processes before it.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    fn fit_classes(
        &self,
        trainer: Trainer<'_, f32, Adam<f32>>,
        network: &mut Network<f32, Sequential<f32>>,
        loss: &SoftmaxCrossEntropy,
        train: Batch<'_, f32, [usize]>,
        held: Option<Batch<'_, f32, [usize]>>,
    ) -> Result<Report, Failure>;

    /// The same for values.
    ///
    /// # Errors
    /// As [`Trainer::fit`].
    fn fit_values(
        &self,
        trainer: Trainer<'_, f32, Adam<f32>>,
        network: &mut Network<f32, Sequential<f32>>,
        loss: &MeanSquaredError,
        train: Batch<'_, f32, ndarray::ArrayRef2<f32>>,
        held: Option<Batch<'_, f32, ndarray::ArrayRef2<f32>>>,
    ) -> Result<Report, Failure>;

    /// Has jobs, counted from 0, done by `work`, each by one of the processes; in each of them calls `done` with what every job came to.
    ///
    /// # Errors
    /// When `done` fails in the first one.
    fn share_out(
        &self,
        jobs: usize,
        work: &(dyn Fn(usize) -> Scored + Sync),
        done: &mut dyn FnMut(usize, Scored) -> Result<(), Failure>,
    ) -> Result<(), Failure>;
}
